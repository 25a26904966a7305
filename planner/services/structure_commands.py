"""What can be done to the structures of a plan? Add, describe, redraw, confirm, remove, and waive one that is expected.

A confirmation is of what was seen: whoever redraws a structure, or says it is another organ, on another side or in
another role, takes the name off it again (H-28).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.structure import EDITED
from planner.rendering.palette import require_not_ice

if TYPE_CHECKING:
    from planner.domain.identity import BlobRef, StructureId
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.domain.waiver import Waiver

MOST_EDIT_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class AddStructures:
    """Add segmented or imported structures; one of the same id is replaced."""

    structures: tuple[Structure, ...]
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        names = [structure.name for structure in self.structures]
        return f"add {names[0]}" if len(names) == 1 else f"add {len(names)} structures"

    def apply(self, plan: Plan) -> Plan:
        """Put every structure."""
        for structure in self.structures:
            plan = plan.with_structure(structure)
        return plan


@dataclass(frozen=True, slots=True)
class ConfirmStructure:
    """Put a person's name under a structure, or take it away with an empty name. ``at`` is ISO 8601 UTC."""

    structure_id: StructureId
    name: str
    who: str
    at: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"{'confirm' if self.who else 'unconfirm'} {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Replace the confirmation."""
        who = self.who.strip()
        if who and not self.at.strip():
            raise PlanInvalid(f"{self.name}: a confirmation needs its time.", code="confirmation-time")
        at = self.at if who else ""
        return plan.with_structure(replace(plan.structure(self.structure_id), confirmed_by=who, confirmed_at=at))


@dataclass(frozen=True, slots=True)
class EditStructure:
    """Change the facts of a structure: name, kind, side, role, margin, colour; ``what`` is the verb, "rename".

    Its outline, origin and method stay as they are. Another kind, side or role withdraws the confirmation: something
    else is judged of it then.
    """

    structure: Structure
    what: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase, such as "change role of Aorta"; a bare verb ("rename") stands before the name alone."""
        return f"{self.what}{' of' if ' ' in self.what else ''} {self.structure.name}"

    def apply(self, plan: Plan) -> Plan:
        """Put the facts; raise PlanInvalid on another mask, or a colour that looks like ice."""
        new, old = self.structure, plan.structure(self.structure.id)
        if new.mask != old.mask:
            raise PlanInvalid(
                f"{old.name}: its outline changed meanwhile. Take the structure up again.", code="structure-other-mask"
            )
        if new.colour and new.colour != old.colour:
            require_not_ice(new.colour)
        stays = (new.kind, new.side, new.effective_role) == (old.kind, old.side, old.effective_role)
        return plan.with_structure(
            replace(
                new,
                origin=old.origin,
                method=old.method,
                confirmed_by=old.confirmed_by if stays else "",
                confirmed_at=old.confirmed_at if stays else "",
            )
        )


@dataclass(frozen=True, slots=True)
class ReplaceMask:
    """Redraw a structure: its confirmation is withdrawn, and its method says what was done; its origin stays.

    ``words`` is what was done ("brush", "smoothed by 1 mm"); ``name`` is the structure's, for the label.
    """

    structure_id: StructureId
    mask: BlobRef
    words: str
    name: str = ""
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"{self.words} in {self.name}" if self.name else self.words

    def apply(self, plan: Plan) -> Plan:
        """Replace the mask."""
        old = plan.structure(self.structure_id)
        if self.mask == old.mask:
            return plan
        method = edited_method(old.method, self.words)
        return plan.with_structure(replace(old, mask=self.mask, method=method, confirmed_by="", confirmed_at=""))


@dataclass(frozen=True, slots=True)
class RemoveStructure:
    """Take a structure out of the plan."""

    structure_id: StructureId
    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"remove {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it."""
        plan.structure(self.structure_id)
        return replace(plan, structures=tuple(s for s in plan.structures if s.id != self.structure_id))


@dataclass(frozen=True, slots=True)
class WaiveExpected:
    """Answer by name for not segmenting an expected structure; one waived before gets the new reason."""

    waiver: Waiver
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"waive {self.waiver.name}"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        others = _without(plan, self.waiver.name, self.waiver.kind)
        return replace(plan, waivers=(*others, self.waiver))


@dataclass(frozen=True, slots=True)
class WithdrawWaiver:
    """Take a waiver back."""

    name: str
    kind: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"withdraw waiver of {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it."""
        left = _without(plan, self.name, self.kind)
        if len(left) == len(plan.waivers):
            raise PlanInvalid(f"{self.name} is not waived in this plan.", code="waiver-unknown")
        return replace(plan, waivers=left)


def edited_method(method: str, words: str) -> str:
    """Return a method with one more edit: ``"threshold 300 HU; edited: brush ×3; smoothed by 1 mm"``.

    Runs of equal edits are counted; the oldest beyond ``MOST_EDIT_CHARACTERS`` give way to an ellipsis.
    """
    before, mark, edits = method.partition(EDITED)
    if not mark:
        return f"{method}; {EDITED}{words}" if method else f"{EDITED}{words}"
    run = re.fullmatch(rf"(?P<earlier>.*; |){re.escape(words)}(?: ×(?P<count>\d+))?", edits, re.DOTALL)
    edits = f"{run['earlier']}{words} ×{int(run['count'] or 1) + 1}" if run else f"{edits}; {words}"
    while len(edits) > MOST_EDIT_CHARACTERS and "; " in edits.removeprefix("…; "):
        edits = "…; " + edits.removeprefix("…; ").split("; ", 1)[1]
    return f"{before}{EDITED}{edits}"


def _without(plan: Plan, name: str, kind: str) -> tuple[Waiver, ...]:
    return tuple(waiver for waiver in plan.waivers if not waiver.is_for(name, kind))
