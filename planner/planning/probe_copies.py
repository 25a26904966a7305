"""Where does another probe go that follows one already placed? Beside it, or on the patient's other side.

A copy keeps the angles and the depth of the one it follows: its entry may then lie off the skin, which its card says.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import point
from planner.domain.identity import ProbeId

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.probe import ProbePlacement

# A direction nearer to the shaft than this has no part across it to speak of (10°, project default).
_LEAST_ACROSS = float(np.sin(np.radians(10.0)))


class Toward(Enum):
    """A direction of the patient, LPS."""

    LEFT = (1.0, 0.0, 0.0)
    RIGHT = (-1.0, 0.0, 0.0)
    FRONT = (0.0, -1.0, 0.0)
    BACK = (0.0, 1.0, 0.0)
    HEAD = (0.0, 0.0, 1.0)
    FEET = (0.0, 0.0, -1.0)

    @property
    def words(self) -> str:
        """Such as ``"the head"``."""
        return {"HEAD": "the head", "FEET": "the feet", "FRONT": "the front", "BACK": "the back"}.get(
            self.name, f"the patient’s {self.name.lower()}"
        )


def parallel_copy(probe: ProbePlacement, label: str, *, spacing_mm: float, toward: Toward) -> ProbePlacement:
    """Return a probe beside another: its shaft runs parallel, ``spacing_mm`` away, on the side given.

    Raises
    ------
    PlanInvalid
        When the shaft itself runs in that direction, so that nothing lies beside it there.
    """
    shaft = np.asarray(probe.direction_lps)
    across = np.asarray(toward.value) - (np.asarray(toward.value) @ shaft) * shaft
    share = float(np.linalg.norm(across))
    if share < _LEAST_ACROSS:
        raise PlanInvalid(
            f"{probe.label} runs toward {toward.words} itself; choose a direction across its shaft.",
            code="copy-along-shaft",
        )
    shift = spacing_mm * across / share
    return _copy(probe, label, entry=point(probe.entry_lps_mm + shift), tip=point(probe.tip_lps_mm + shift))


def mirrored_copy(probe: ProbePlacement, label: str, *, midline_x_mm: float) -> ProbePlacement:
    """Return a probe on the other side of the sagittal plane at patient x ``midline_x_mm`` (positive to the left)."""

    def mirrored(lps_mm: PointLps) -> PointLps:
        return 2 * midline_x_mm - lps_mm[0], lps_mm[1], lps_mm[2]

    return _copy(probe, label, entry=mirrored(probe.entry_lps_mm), tip=mirrored(probe.tip_lps_mm))


def _copy(probe: ProbePlacement, label: str, *, entry: PointLps, tip: PointLps) -> ProbePlacement:
    return replace(probe, id=ProbeId(uuid4().hex), label=label, entry_lps_mm=entry, tip_lps_mm=tip)
