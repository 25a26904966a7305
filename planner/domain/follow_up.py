"""How does the patient fare? One look at the patient after treatment: scores, signs, what came back, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.errors import CaseInvalid
from planner.domain.identity import FollowUpId
from planner.domain.intake import Answer, Scores
from planner.domain.moment import require_day, require_moment


class Sign(StrEnum):
    """What is looked for after a cryoneurolysis."""

    NEURITIS = "neuritis"
    WEAKNESS = "weakness"
    HORNER = "Horner's syndrome"
    SKIN = "skin injury"


class Recovered(StrEnum):
    """How much of feeling and strength is back."""

    NOT_YET = "not yet"
    PARTLY = "partly"
    FULLY = "fully"


class Contact(StrEnum):
    """How the patient was seen."""

    VISIT = "visit"
    CALL = "call"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class SignSeen:
    """Whether a sign was there; not applicable where it cannot occur. ``text`` is a remark."""

    sign: Sign
    answer: Answer
    text: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up. What was not asked is None or absent, never "no".

    Parameters
    ----------
    day
        ISO date of the contact.
    contact
        How the patient was seen; None where that was not noted.
    interval_days
        Which of the case's chosen intervals it answers; None for one outside them.
    relief_percent
        How much less pain the patient tells, 0 to 100 %.
    repeat
        Whether the treatment is to be repeated; ``repeat_text`` says when or why not.
    who, at
        Who recorded it, and when: ISO 8601 UTC, given by the caller.
    """

    id: FollowUpId
    day: str
    who: str
    at: str
    contact: Contact | None = None
    interval_days: int | None = None
    scores: Scores | None = None
    relief_percent: float | None = None
    signs: tuple[SignSeen, ...] = ()
    recovered: Recovered | None = None
    recovered_text: str = ""
    repeat: Answer | None = None
    repeat_text: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        require_day(self.day, "the follow-up")
        if not self.who.strip() or not self.at.strip():
            raise CaseInvalid("A follow-up carries who recorded it and when.", code="follow-up-nobody")
        require_moment(self.at, "the record")
        if self.relief_percent is not None and not 0 <= self.relief_percent <= 100:
            raise CaseInvalid(f"Relief is 0 to 100 %, not {self.relief_percent:g} %.", code="follow-up-relief")
        signs = [seen.sign for seen in self.signs]
        if len(set(signs)) != len(signs):
            raise CaseInvalid(f"{max(signs, key=signs.count).value} is answered twice.", code="follow-up-sign-twice")

    def sign(self, sign: Sign) -> SignSeen | None:
        """Return what was seen of a sign; None when it was not asked."""
        return next((seen for seen in self.signs if seen.sign is sign), None)
