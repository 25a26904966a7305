"""Which expected structure is left out on purpose? A name, a time and a reason, kept in the plan and printed."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.errors import PlanInvalid


@dataclass(frozen=True, slots=True)
class Waiver:
    """One structure that the atlas expects and that somebody answers for not having segmented (H-28).

    A waiver takes nothing away: the structure stays in the assessment as NOT ASSESSED, with who waived it and why.

    Parameters
    ----------
    name, kind
        As the atlas words the expected structure: ``"vertebral artery"``, a StructureKind value.
    at
        ISO 8601 UTC, given by the caller.
    """

    name: str
    kind: str
    who: str
    at: str
    reason: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.reason.strip() or not self.at.strip():
            raise PlanInvalid(
                f"{self.name or 'A structure'} cannot be waived without a name, a time and a reason.",
                code="waiver-empty",
            )
        if not self.name.strip() or not self.kind.strip():
            raise PlanInvalid("A waiver says which expected structure it is for.", code="waiver-of-nothing")

    @property
    def words(self) -> str:
        """Who and why: ``"Waived by Dr A. Reader: not in this scan's field of view"``."""
        return f"Waived by {self.who}: {self.reason}"

    def is_for(self, name: str, kind: str) -> bool:
        """Whether this waives the expected structure of that name and kind."""
        return (self.name, self.kind) == (name, kind)
