"""Can the probe be brought in from there, as the patient will lie? The table is under the patient, and probes are not.

Where the table's top lies is not known: CT series seldom say, and patients are turned and padded. What is known is
which way is down, so a hub that points below the horizontal is asked about, by how many degrees.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.review import Finding, Severity

if TYPE_CHECKING:
    from planner.domain.geometry import PatientPosition
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement

# Less than the hand can tell from level (project default).
LEVEL_DEG = 2.0


def below_horizontal_deg(probe: ProbePlacement, position: PatientPosition) -> float:
    """Return how far below the horizontal the hub points from the tip, degrees; negative when it points up."""
    down = np.asarray(position.down_lps)
    return -math.degrees(math.asin(float(np.clip(down @ np.asarray(probe.direction_lps), -1.0, 1.0))))


def table_findings(probe: ProbePlacement, position: PatientPosition) -> tuple[Finding, ...]:
    """Return what to say of a probe that comes from beneath: the table is there."""
    below = below_horizontal_deg(probe, position)
    if below <= LEVEL_DEG:
        return ()
    sentence = (
        f"{probe.label} comes {below:.0f}° from below with the patient {position.words}: the table is there. Plan "
        "another position or another entry."
    )
    return (Finding("probe-through-table", Severity.ACK, sentence, value=below, unit="°"),)


def position_words(plan: Plan) -> str:
    """Say what it means that the patient will lie otherwise than scanned; empty when as scanned."""
    if plan.planned_position is None:
        return ""
    return (
        f"Scanned {plan.volume.patient_position.words}, planned {plan.position.words}: organs, nerves and skin move "
        "when a patient is turned. Angles are said for the planned position; image again in it."
    )
