"""How does a site change what it asks? Reword, add, remove and reorder; the ids that answers go by stay as they are.

Each function returns new questions and keeps nothing; :mod:`planner.persistence.intake_template` does that.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.errors import CaseInvalid
from planner.domain.intake import IntakeItem, IntakeSection, IntakeTemplate, ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE_NAME = "Site intake"


def new_question(question: str = "New question", *, kind: ItemKind = ItemKind.CHECK) -> IntakeItem:
    """Return a question of the site's own, under an id that no answer goes by."""
    return IntakeItem(f"site-{uuid.uuid4().hex[:12]}", question, kind)


def reworded(template: IntakeTemplate, item: IntakeItem, *, shipped: IntakeTemplate) -> IntakeTemplate:
    """Return the questions with ``item`` in the place of the one of its id.

    Other words than the shipped ones are the site's own: they lose the source that they did not come from.

    Raises
    ------
    CaseInvalid
        When the id is unknown, or what the answer holds would be another: that needs another question.
    """
    before = _found(template, item.id)
    if before.kind is not item.kind:
        raise CaseInvalid("What is answered cannot change; add another question.", code="intake-kind")
    model = next((one for one in shipped.items if one.id == item.id), None)
    is_shipped = model is not None and _said(model) == _said(item)
    put = model if is_shipped and model is not None else replace(item, status=Status.SITE, source="")
    if _said(before) == _said(item):
        put = before
    return _named(template, (_section_with(part, put) for part in template.sections))


def added(template: IntakeTemplate, item: IntakeItem, *, after: str) -> IntakeTemplate:
    """Return the questions with another one after that of an id; at the end when there is none of it."""
    sections = list(template.sections) or [IntakeSection("Questions", ())]
    at = next((n for n, part in enumerate(sections) if any(one.id == after for one in part.items)), len(sections) - 1)
    items = list(sections[at].items)
    place = next((n for n, one in enumerate(items) if one.id == after), len(items) - 1)
    items.insert(place + 1, item)
    sections[at] = replace(sections[at], items=tuple(items))
    return _named(template, sections)


def removed(template: IntakeTemplate, item_id: str) -> IntakeTemplate:
    """Return the questions without one; raises CaseInvalid for the block: whether a case is ready rests on it (S11)."""
    if _found(template, item_id).kind is ItemKind.BLOCK:
        raise CaseInvalid(
            "The question for the diagnostic block stays: a case is ready by its answer. Reword or move it.",
            code="intake-no-block",
        )
    parts = (replace(part, items=tuple(i for i in part.items if i.id != item_id)) for part in template.sections)
    return _named(template, parts)


def moved(template: IntakeTemplate, item_id: str, by: int) -> IntakeTemplate:
    """Return the questions with one of them moved up (−1) or down (+1), over the edge of its section too."""
    item = _found(template, item_id)
    sections = [list(part.items) for part in template.sections]
    at = next(n for n, items in enumerate(sections) if item in items)
    place = sections[at].index(item)
    sections[at].remove(item)
    if 0 <= place + by <= len(sections[at]):
        sections[at].insert(place + by, item)
    elif 0 <= at + by < len(sections):
        sections[at + by].insert(len(sections[at + by]) if by < 0 else 0, item)
    else:
        sections[at].insert(place, item)
    parts = (replace(part, items=tuple(items)) for part, items in zip(template.sections, sections, strict=True))
    return _named(template, parts)


def retitled(template: IntakeTemplate, place: int, title: str) -> IntakeTemplate:
    """Return the questions with another title over one section; raises CaseInvalid when it is empty."""
    if not title.strip():
        raise CaseInvalid("A section needs a title.", code="intake-title")
    parts = list(template.sections)
    parts[place] = replace(parts[place], title=title.strip())
    return _named(template, parts)


def with_section(template: IntakeTemplate, title: str = "New section") -> IntakeTemplate:
    """Return the questions with an empty section at the end; one that stays empty is not kept."""
    return _named(template, (*template.sections, IntakeSection(title, ())))


def without_empty(template: IntakeTemplate) -> IntakeTemplate:
    """Return the questions without the sections that hold none."""
    return replace(template, sections=tuple(part for part in template.sections if part.items))


def _named(template: IntakeTemplate, sections: Iterable[IntakeSection]) -> IntakeTemplate:
    changed = tuple(sections)
    return template if changed == template.sections else IntakeTemplate(SITE_NAME, changed)


def _section_with(part: IntakeSection, item: IntakeItem) -> IntakeSection:
    return replace(part, items=tuple(item if one.id == item.id else one for one in part.items))


def _found(template: IntakeTemplate, item_id: str) -> IntakeItem:
    for item in template.items:
        if item.id == item_id:
            return item
    raise CaseInvalid("This question is asked no more.", code="intake-item-unknown")


def _said(item: IntakeItem) -> tuple[object, ...]:
    return (item.question, item.hint, item.only_for, item.is_alert)
