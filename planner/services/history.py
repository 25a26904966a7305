"""What can be undone? Snapshots of the plan with the verb that led to each; snapshots share everything unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.persistence.planfile import Step, StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan and the verb phrase of the edit that made it; the first entry's label is empty."""

    plan: Plan
    label: str = ""
    merge_key: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a history stood: every plan from the first to the last that redo would reach, and the position in them."""

    entries: tuple[Entry, ...]
    at: int


class History:
    """A line of plans with a position in it; a new edit drops what had been undone."""

    def __init__(self, first: Plan) -> None:
        self._entries = [Entry(first)]
        self._at = 0

    @classmethod
    def replay(cls, steps: Iterable[Step]) -> History:
        """Rebuild the line from a plan file's steps, so that undo works across restarts."""
        remaining = iter(steps)
        history = cls(next(remaining).plan)
        for step in remaining:
            if step.kind is StepKind.UNDO:
                history.undo()
            elif step.kind is StepKind.REDO:
                history.redo()
            else:
                history.push(Entry(step.plan, step.label))
        return history

    @property
    def plan(self) -> Plan:
        """The plan at the current position."""
        return self._entries[self._at].plan

    @property
    def length(self) -> int:
        """How many edits there are, those taken back included."""
        return len(self._entries) - 1

    @property
    def undo_label(self) -> str:
        """Verb phrase of the edit that undo would take back; empty when there is none."""
        return self._entries[self._at].label if self._at else ""

    @property
    def redo_label(self) -> str:
        """Verb phrase of the edit that redo would repeat; empty when there is none."""
        return self._entries[self._at + 1].label if self._at + 1 < len(self._entries) else ""

    @property
    def merge_key(self) -> str:
        """Merge key of the current entry, for the gesture that may still extend it."""
        return self._entries[self._at].merge_key

    @property
    def place(self) -> Place:
        """Where the history stands now, to come back to."""
        return Place(tuple(self._entries), self._at)

    def return_to(self, place: Place) -> None:
        """Stand again where it stood, as if nothing had been done since."""
        self._entries, self._at = list(place.entries), place.at

    def push(self, entry: Entry) -> None:
        """Add an edit after the current position and drop what had been undone."""
        del self._entries[self._at + 1 :]
        self._entries.append(entry)
        self._at += 1

    def replace_top(self, entry: Entry) -> None:
        """Let a gesture's next step take the place of its last one."""
        self._entries[self._at] = entry

    def undo(self) -> bool:
        """Step back; False at the beginning."""
        if not self._at:
            return False
        self._at -= 1
        return True

    def redo(self) -> bool:
        """Step forward; False at the end."""
        if self._at + 1 >= len(self._entries):
            return False
        self._at += 1
        return True
