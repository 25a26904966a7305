"""What is a follow-up measured against? The goal, when one is overdue and which signs to expect, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from planner.domain.follow_up import Sign
from planner.persistence.record import Range, read_record
from planner.persistence.resources import atlas, read_sources, resources_dir

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from planner.domain.datum import Datum, Status
    from planner.persistence.record import Record

_PERCENT: Range = (1.0, 100.0)
_DAYS: Range = (0.0, 3650.0)


@dataclass(frozen=True, slots=True)
class SignNote:
    """What is known of a sign.

    ``expected_days`` is how long after the freeze it is expected, None where not told. ``only_for`` holds the atlas ids
    of the targets after which it can occur; empty: any.
    """

    sign: Sign
    text: str
    status: Status
    source: str
    expected_days: float | None = None
    only_for: tuple[str, ...] = ()

    def is_asked_of(self, atlas_ids: Collection[str]) -> bool:
        """Whether it can occur after one of these targets."""
        return not self.only_for or any(name in atlas_ids for name in self.only_for)


@dataclass(frozen=True, slots=True)
class FollowUpRules:
    """The goal in % less pain than at baseline, the days until a missing follow-up is overdue, and the signs."""

    goal_percent: Datum
    overdue_after_days: Datum
    signs: tuple[SignNote, ...]

    @property
    def goal(self) -> float:
        """The goal, %."""
        return self.goal_percent.value or 0.0

    @property
    def patience_days(self) -> int:
        """How many days after its day a missing follow-up is called overdue."""
        return int(self.overdue_after_days.value or 0)

    def note(self, sign: Sign) -> SignNote:
        """Return what is known of a sign."""
        return next(note for note in self.signs if note.sign is sign)


@cache
def follow_up_rules() -> FollowUpRules:
    """Return the shipped table."""
    return read_follow_up_rules(resources_dir())


def read_follow_up_rules(folder: Path) -> FollowUpRules:
    """Read ``follow_up/default.json`` of a resources folder.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing, implausible or without its source, or a sign is missing or there twice.
    """
    table = read_record(folder / "follow_up" / "default.json", sources=read_sources(folder))
    signs = tuple(_sign(entry) for entry in table.records("signs"))
    if sorted(note.sign for note in signs) != sorted(Sign):
        raise table.fail("signs", "must tell of every sign once.", "resource-signs")
    rules = FollowUpRules(
        goal_percent=table.datum("goal_percent", _PERCENT),
        overdue_after_days=table.datum("overdue_after_days", _DAYS),
        signs=signs,
    )
    table.finish()
    return rules


def _sign(entry: Record) -> SignNote:
    sign, text = entry.choice("sign", Sign), entry.text("text")
    status, source = entry.sourced_status()
    entry.confidence()
    expected_days = entry.datum("expected_days", _DAYS).value if entry.has("expected_days") else None
    only_for = entry.texts("only_for")
    unknown = set(only_for) - {target.id for target in atlas()}
    if unknown:
        raise entry.fail("only_for", f"names {min(unknown)}, which the atlas lacks.", "resource-choice")
    entry.finish()
    return SignNote(sign, text, status, source, expected_days, only_for)
