"""How far off are probes placed, by technique? ``robustness/techniques.json``, read strictly: the only such numbers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.robustness import Magnitude, RobustnessTable, Technique
from planner.domain.uncertainty import IceCase
from planner.persistence.record import Range, Record, read_record
from planner.persistence.resources import read_sources, resources_dir

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain.datum import Datum

_ERROR_MM: Range = (0.0, 50.0)
_SHARE: Range = (0.0, 1.0)
_PERCENT: Range = (0.0, 100.0)


@cache
def robustness_table() -> RobustnessTable:
    """Return the shipped table."""
    return read_robustness_table(resources_dir())


def technique_named(technique_id: str) -> Technique:
    """Return one technique of the table; raise InputRefused with those there are when it has no such one."""
    techniques = robustness_table().techniques
    for technique in techniques:
        if technique.id == technique_id:
            return technique
    known = ", ".join(technique.id for technique in techniques)
    raise InputRefused(f"There is no technique “{technique_id}”. Choose one of: {known}.", code="technique-unknown")


def read_robustness_table(folder: Path) -> RobustnessTable:
    """Read ``robustness/techniques.json`` of a resources folder.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing, implausible or without its source, or a technique is there twice.
    """
    table = read_record(folder / "robustness" / "techniques.json", sources=read_sources(folder))
    techniques = tuple(_technique(entry) for entry in table.records("techniques"))
    if not techniques or len({one.id for one in techniques}) != len(techniques):
        raise table.fail("techniques", "must hold every technique once.", "resource-twice")
    shares = Record(table.raw("case_shares"), where=f"{table.where} › case_shares", sources=table.sources)
    found = RobustnessTable(
        techniques=techniques,
        pass_percent=_value(table, "pass_percent", _PERCENT),
        check_percent=_value(table, "check_percent", _PERCENT),
        case_shares=tuple((case, _value(shares, case.value, _SHARE)) for case in IceCase),
    )
    shares.finish()
    table.finish()
    return found


def _technique(entry: Record) -> Technique:
    technique = Technique(
        id=entry.text("id"),
        label=entry.text("label"),
        magnitude=entry.choice("magnitude", Magnitude),
        mean_mm=_value(entry, "mean_mm", _ERROR_MM),
        sd_mm=entry.datum("sd_mm", _ERROR_MM),
        depth_sd_mm=_value(entry, "depth_sd_mm", _ERROR_MM),
        entry_share=_value(entry, "entry_share", _SHARE),
        note=entry.text("note", default=""),
    )
    entry.finish()
    return technique


def _value(entry: Record, field: str, plausible: Range) -> Datum:
    datum = entry.datum(field, plausible)
    if datum.value is None:
        raise entry.fail(field, "has no value.", "resource-missing")
    return datum
