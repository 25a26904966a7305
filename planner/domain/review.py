"""What did somebody have to accept by name? Findings with a severity, and acknowledgements kept in the plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import PlanInvalid


class Severity(StrEnum):
    """REFUSE cannot continue; ACK needs a named acknowledgement, kept and printed; NOTE is shown."""

    REFUSE = "refuse"
    ACK = "acknowledge"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found, with its stable code and a sentence that holds the number.

    ``value`` is that number for programs, in ``unit`` (``"mm"``, ``"°"``, ``"HU"``; empty for a count); None where
    nothing was measured.
    """

    code: str
    severity: Severity
    sentence: str
    value: float | None = field(default=None, metadata=ADDED_LATER)
    unit: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise PlanInvalid(f"The finding “{self.code}” holds no number.", code="finding-value")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding accepted by a named person for a typed reason.

    ``when`` is ISO 8601 UTC, given by the caller. ``subject_id`` is the target that the finding is about; empty for
    findings about the CT.
    """

    finding_code: str
    sentence: str
    who: str
    reason: str
    when: str
    subject_id: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.reason.strip():
            raise PlanInvalid("An acknowledgement needs a name and a reason.", code="acknowledgement-empty")
