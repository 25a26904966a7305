"""What did somebody have to accept by name? Findings with a severity, and acknowledgements kept in the plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.errors import PlanInvalid


class Severity(StrEnum):
    """REFUSE cannot continue; ACK needs a named acknowledgement, kept and printed; NOTE is shown."""

    REFUSE = "refuse"
    ACK = "acknowledge"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found, with its stable code and a sentence that holds the number."""

    code: str
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding accepted by a named person for a typed reason. ``when`` is ISO 8601 UTC, given by the caller."""

    finding_code: str
    sentence: str
    who: str
    reason: str
    when: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.reason.strip():
            raise PlanInvalid("An acknowledgement needs a name and a reason.", code="acknowledgement-empty")
