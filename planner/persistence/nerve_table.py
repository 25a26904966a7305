"""What does the atlas say of each target, and can it be used? ``nerves/nerves.json``, read strictly.

A landmark template is refused when it could not make a course: weights that do not add up, axes without landmarks to
span them, a body with more than one centre.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.domain.atlas import (
    AtlasEntry,
    CourseTemplate,
    ExpectedStructure,
    Landmark,
    SourcedText,
    TargetForm,
    TemplatePoint,
)
from planner.domain.datum import MISSING, Datum
from planner.domain.structure import StructureKind
from planner.persistence.record import Range, Record

if TYPE_CHECKING:
    from typing import Any

NERVE_MM: Range = (0.1, 50.0)
RECOVERY_MONTHS: Range = (0.1, 60.0)
WEIGHT: Range = (-1.0, 2.0)
OFFSET_MM: Range = (-60.0, 60.0)
FEWEST_LANDMARKS, MOST_LANDMARKS = 2, 4
_AXES = 3
_CODE = "resource-template"


def atlas_of(table: Record) -> tuple[AtlasEntry, ...]:
    """Return every entry of the atlas; raises ResourceInvalid naming file, entry and field."""
    return tuple(_entry(entry) for entry in table.records("targets"))


def general_advice(table: Record) -> tuple[SourcedText, ...]:
    """Return what the sources say of every target alike."""
    return _statements(table, "general")


def _entry(entry: Record) -> AtlasEntry:
    form = entry.choice("form", TargetForm)
    landmarks = _landmarks(entry)
    result = AtlasEntry(
        id=entry.text("id"),
        name=entry.text("name"),
        form=form,
        fibres=_sourced_text(_inner(entry, "fibres")),
        levels=_statements(entry, "levels"),
        approaches=_statements(entry, "approaches"),
        diameter_mm=entry.datum("diameter_mm", NERVE_MM),
        body_length_mm=entry.datum("body_length_mm", NERVE_MM),
        body_width_mm=entry.datum("body_width_mm", NERVE_MM),
        expected=tuple(_expected(item) for item in entry.records("expected")),
        nearby=_sourced_text(_inner(entry, "nearby")),
        risks=_statements(entry, "risks"),
        protocols=_statements(entry, "protocols"),
        outcomes=_statements(entry, "outcomes", optional=True),
        notes=_statements(entry, "notes", optional=True),
        off_label=statement(entry, "off_label"),
        block_first=statement(entry, "block_first"),
        recovery_months=_recovery(entry),
        landmarks=landmarks,
        template=_template(entry, len(landmarks), form),
    )
    entry.finish()
    return result


def _recovery(entry: Record) -> Datum:
    return entry.datum("recovery_months", RECOVERY_MONTHS) if entry.has("recovery_months") else MISSING


def _statements(entry: Record, field: str, *, optional: bool = False) -> tuple[SourcedText, ...]:
    return tuple(_sourced_text(item) for item in entry.records(field, optional=optional))


def statement(entry: Record, field: str) -> SourcedText | None:
    """Return one sourced statement; None where the field is absent."""
    return _sourced_text(_inner(entry, field)) if entry.has(field) else None


def _inner(entry: Record, field: str) -> Record:
    return Record(entry.raw(field), where=f"{entry.where} › {field}", sources=entry.sources)


def _sourced_text(item: Record) -> SourcedText:
    status, source = item.sourced_status()
    text = SourcedText(item.text("text"), status, source=source, confidence=item.confidence())
    item.finish()
    return text


def _expected(item: Record) -> ExpectedStructure:
    expected = ExpectedStructure(item.text("name"), item.choice("kind", StructureKind).value)
    item.finish()
    return expected


def _landmarks(entry: Record) -> tuple[Landmark, ...]:
    marks = []
    for item in entry.records("landmarks"):
        status, source = item.sourced_status()
        marks.append(Landmark(item.text("name"), item.text("how"), status, source))
        item.finish()
    names = [mark.name for mark in marks]
    if not FEWEST_LANDMARKS <= len(marks) <= MOST_LANDMARKS or len(set(names)) != len(names):
        raise entry.fail("landmarks", f"must be two to four of different names, not {names}.", "resource-landmarks")
    return tuple(marks)


def _template(entry: Record, count: int, form: TargetForm) -> CourseTemplate:
    item = _inner(entry, "template")
    status, source = item.sourced_status()
    frame = _numbers(item, "frame", (0.0, count - 1.0))
    points = tuple(_template_point(point, count) for point in item.records("points"))
    item.finish()
    whole = tuple(int(number) for number in frame)
    if whole != frame or len(set(whole)) != len(whole) or len(whole) not in (_AXES - 1, _AXES):
        raise item.fail("frame", f"names landmarks by number, two or three different ones, not {frame}.", _CODE)
    if len(points) != 1 if form is TargetForm.BODY else len(points) < _AXES - 1:
        raise item.fail("points", f"must be one for a body and more for a nerve, not {len(points)}.", _CODE)
    if len(whole) < _AXES and any(any(point.offset_mm[1:]) for point in points):
        raise item.fail("frame", "names two landmarks, but a point is moved off the line between them.", _CODE)
    return CourseTemplate(whole, points, status, source)


def _template_point(item: Record, count: int) -> TemplatePoint:
    weights = _numbers(item, "weights", WEIGHT)
    offset = _numbers(item, "offset_mm", OFFSET_MM) if item.has("offset_mm") else (0.0, 0.0, 0.0)
    item.finish()
    if len(weights) != count or not math.isclose(sum(weights), 1.0, abs_tol=1e-6):
        raise item.fail("weights", f"must be {count} numbers that add up to 1, not {weights}.", _CODE)
    if len(offset) != _AXES:
        raise item.fail("offset_mm", f"must be three numbers, not {offset}.", _CODE)
    return TemplatePoint(weights, (offset[0], offset[1], offset[2]))


def _numbers(item: Record, field: str, plausible: Range) -> tuple[float, ...]:
    """Return a list of numbers, each finite and in the plausible range."""
    values: Any = item.raw(field)
    if not isinstance(values, list):
        raise item.fail(field, "must be a list of numbers.", "resource-type")
    named = Record({str(place): value for place, value in enumerate(values)}, where=item.where, sources=())
    numbers = [named.number(str(place), plausible) for place in range(len(values))]
    return tuple(number for number in numbers if number is not None)
