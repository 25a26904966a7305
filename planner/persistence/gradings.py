"""By which published scales are complications graded, and what doses were published? Read strictly."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.grading import Grade, Grading, PublishedDoses, PurposeDose
from planner.domain.procedure import ScanPurpose
from planner.persistence.record import Range, Record, read_record
from planner.persistence.resources import read_sources, resources_dir

if TYPE_CHECKING:
    from pathlib import Path

_MSV: Range = (0.1, 500.0)
_FACTOR: Range = (0.001, 0.1)


@cache
def gradings() -> tuple[Grading, ...]:
    """Return the shipped gradings, in the order in which they are offered."""
    return read_procedure_table(resources_dir())[0]


@cache
def published_doses() -> PublishedDoses:
    """Return the published doses that stand beside a record's own."""
    return read_procedure_table(resources_dir())[1]


def grading(grading_id: str) -> Grading | None:
    """Return one grading; None for one that this version does not know."""
    return next((one for one in gradings() if one.id == grading_id), None)


def read_procedure_table(folder: Path) -> tuple[tuple[Grading, ...], PublishedDoses]:
    """Read ``procedure/gradings.json`` of a resources folder.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing, implausible or without its source, a grade is there twice, or a purpose is
        missing.
    """
    citations = read_sources(folder)
    table = read_record(folder / "procedure" / "gradings.json", sources=citations)
    found = tuple(_grading(entry, citations) for entry in table.records("gradings"))
    if len({one.id for one in found}) != len(found):
        raise table.fail("gradings", "has one id twice.", "resource-twice")
    doses = _doses(Record(table.raw("doses"), where=f"{table.where} › doses", sources=citations), citations)
    table.finish()
    return found, doses


def _grading(entry: Record, citations: dict[str, str]) -> Grading:
    name, title = entry.text("id"), entry.text("title")
    status, source = entry.sourced_status()
    grades = tuple(_grade(one) for one in entry.records("grades"))
    if not grades or len({one.grade for one in grades}) != len(grades):
        raise entry.fail("grades", "must hold every grade once.", "resource-grades")
    note = entry.text("note", default="")
    entry.finish()
    return Grading(name, title, status, source, _cited(source, citations), note, grades)


def _grade(entry: Record) -> Grade:
    grade = Grade(entry.text("grade"), entry.text("words"), entry.choice("status", Status))
    entry.finish()
    return grade


def _doses(entry: Record, citations: dict[str, str]) -> PublishedDoses:
    about = entry.text("about")
    _, source = entry.sourced_status()
    factor = entry.number("conversion_msv_per_mgy_cm", _FACTOR) or 0.0
    purposes = tuple(_purpose(one) for one in entry.records("purposes"))
    if sorted(one.purpose for one in purposes) != sorted(ScanPurpose):
        raise entry.fail("purposes", "must tell every purpose once.", "resource-purposes")
    total, deviation = entry.number("total_msv", _MSV) or 0.0, entry.number("total_sd_msv", _MSV) or 0.0
    entry.finish()
    return PublishedDoses(about, source, _cited(source, citations), factor, purposes, total, deviation)


def _purpose(entry: Record) -> PurposeDose:
    purpose = entry.choice("purpose", ScanPurpose)
    dose = PurposeDose(purpose, entry.number("mean_msv", _MSV) or 0.0, entry.number("sd_msv", _MSV) or 0.0)
    entry.finish()
    return dose


def _cited(source: str, citations: dict[str, str]) -> str:
    return "; ".join(citations[part] for part in source.split(", ") if part)
