"""What can be typed into a procedure record, and what does it mean? One form per kind of row; nothing has a default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from planner.casebook.freeze_early import ON_TIME_S
from planner.domain.errors import CaseInvalid
from planner.domain.procedure import (
    Complication,
    Dissection,
    DonePhase,
    MeasuredIce,
    MeasuredTemperature,
    NerveMonitoring,
    ScanDose,
    ScanPurpose,
    Spacer,
)
from planner.domain.protocol import PhaseKind
from planner.persistence.gradings import grading, gradings, published_doses
from planner.report.numbers import MINUS, minutes, number
from planner.ui.case.clock_texts import clock_words, moment_of
from planner.ui.case.record_form import Column, ColumnKind, Options, RecordForm, Texts
from planner.ui.widgets.typed_field import number_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    DayOf = Callable[[], str]
    """Gives the procedure's ISO day, on which times of day lie."""

_NUMBER_PX, _TIME_PX = 76, 84
YES, NO = "yes", "no"
_Kind = TypeVar("_Kind", bound=StrEnum)


def numeral(value: float | None) -> str:
    """Write a number as typed, with a true minus; empty for None."""
    return "" if value is None else f"{value:g}".replace("-", MINUS)


def read_number(text: str, unit: str, *, what: str) -> float | None:
    """Read a number that may be left out."""
    return number_reader(unit, what=what)(text) if text.strip() else None


def _needed(text: str, unit: str, *, what: str) -> float:
    value = read_number(text, unit, what=what)
    if value is None:
        raise CaseInvalid(f"Type {what} in {unit}.", code="record-number")
    return value


def _chosen(kind: type[_Kind], text: str, *, what: str) -> _Kind:
    if not text:
        raise CaseInvalid(f"Choose {what}.", code="record-choice")
    return kind(text)


def _yes_no(text: str) -> bool | None:
    return None if not text else text == YES


def _answer(value: bool | None) -> str:
    return "" if value is None else YES if value else NO


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _titled(*values: str) -> Options:
    return tuple((_title(value), value) for value in values)


# --- dissection, temperatures, monitoring ----------------------------------------------------------------------------


def dissection_form() -> RecordForm[Dissection]:
    """Return the rows of hydro- and pneumodissection."""

    def read(texts: Texts, _before: Dissection | None) -> Dissection:
        spacer, volume, protects, scanned, note = (text.strip() for text in texts)
        return Dissection(
            _chosen(Spacer, spacer, what="what was put in"),
            _needed(volume, "mL", what="the volume"),
            protects,
            is_scanned_after=_yes_no(scanned),
            note=note,
        )

    return RecordForm(
        "dissection",
        (
            Column("Spacer", ColumnKind.CHOICE, 110, "Choose", lambda _t: _titled(*Spacer)),
            Column("Volume, mL", ColumnKind.NUMBER, _NUMBER_PX),
            Column("Keeps away", hint="such as bowel, skin"),
            Column(
                "Scanned after",
                ColumnKind.CHOICE,
                120,
                "Not noted",
                lambda _t: (("Not noted", ""), ("Yes", YES), ("No", NO)),
            ),
            Column("Note"),
        ),
        lambda one: (one.spacer.value, numeral(one.volume_ml), one.protects, _answer(one.is_scanned_after), one.note),
        read,
    )


def temperature_form(day_of: DayOf) -> RecordForm[MeasuredTemperature]:
    """Return the rows of thermocouple readings on a day."""

    def read(texts: Texts, before: MeasuredTemperature | None) -> MeasuredTemperature:
        place, value, at, note = (text.strip() for text in texts)
        celsius = _needed(value, "°C", what="the temperature")
        return MeasuredTemperature(place, celsius, _moment(at, day_of(), "" if before is None else before.at), note)

    return RecordForm(
        "reading",
        (
            Column("Where", hint="such as skin over P1, nerve T9"),
            Column("°C", ColumnKind.NUMBER, _NUMBER_PX),
            Column("Time", ColumnKind.NUMBER, _TIME_PX, "hh:mm"),
            Column("Note"),
        ),
        lambda one: (one.place, numeral(one.temperature_c), clock_words(one.at), one.note),
        read,
    )


def monitoring_form(day_of: DayOf) -> RecordForm[NerveMonitoring]:
    """Return the rows of nerve monitoring and stimulation on a day."""

    def read(texts: Texts, before: NerveMonitoring | None) -> NerveMonitoring:
        nerve, method, finding, threshold, at = (text.strip() for text in texts)
        stimulus_ma = read_number(threshold, "mA", what="the stimulus that answered")
        when = _moment(at, day_of(), "" if before is None else before.at)
        return NerveMonitoring(nerve, method, finding, stimulus_ma, when)

    return RecordForm(
        "finding",
        (
            Column("Nerve", hint="such as femoral, motor branch"),
            Column("Method", hint="such as EMG, stimulation"),
            Column("Finding", hint="in words"),
            Column("Threshold, mA", ColumnKind.NUMBER, 88),
            Column("Time", ColumnKind.NUMBER, _TIME_PX, "hh:mm"),
        ),
        lambda one: (one.nerve, one.method, one.finding, numeral(one.threshold_ma), clock_words(one.at)),
        read,
    )


def _moment(text: str, day: str, before: str, *, after: str = "") -> str:
    """Read a time of day; one that was not touched keeps its exact moment."""
    return before if before and text == clock_words(before) else moment_of(text, day=day, near=before, after=after)


# --- freeze and thaw -------------------------------------------------------------------------------------------------


def phase_form(day_of: DayOf) -> RecordForm[DonePhase]:
    """Return the rows of freezes and thaws on a day: those of the timer, and typed ones."""

    def write(one: DonePhase) -> Texts:
        lasted = "running" if one.lasted_s is None else minutes(one.lasted_s)
        parts = (one.planned_s, one.extended_s or None)
        planned = " + ".join(minutes(part) for part in parts if part is not None)
        times = (clock_words(one.started_at), clock_words(one.ended_at))
        return (one.kind.value, *times, lasted, planned, ", ".join(one.probe_labels), one.note)

    def read(texts: Texts, before: DonePhase | None) -> DonePhase:
        kind, start, end, _, _, probes, note = (text.strip() for text in texts)
        read_kind = _chosen(PhaseKind, kind, what="freeze or thaw")
        began = _moment(start, day_of(), "" if before is None else before.started_at)
        if not began:
            raise CaseInvalid("Type when it began, such as 10:42.", code="record-start")
        ended = _moment(end, day_of(), "" if before is None else before.ended_at, after=began)
        if before is None and not ended:
            raise CaseInvalid("Type when it ended, or press Timer to time it.", code="record-end")
        labels = tuple(dict.fromkeys(part.strip() for part in probes.split(",") if part.strip()))
        fresh = DonePhase(read_kind, began, ended, probe_labels=labels, note=note)
        if before is None:
            return fresh
        is_other = before.kind is not read_kind
        return replace(
            before,
            kind=read_kind,
            started_at=began,
            ended_at=ended,
            probe_labels=labels,
            note=note,
            planned_s=None if is_other else before.planned_s,
            planned_number=None if is_other else before.planned_number,
        )

    return RecordForm(
        "phase",
        (
            Column("Phase", ColumnKind.CHOICE, 130, "Choose", lambda _t: _titled(*PhaseKind)),
            Column("Began", ColumnKind.NUMBER, _TIME_PX, "hh:mm"),
            Column("Ended", ColumnKind.NUMBER, _TIME_PX, "hh:mm"),
            Column("Lasted", ColumnKind.FIGURE, 62),
            Column("Planned", ColumnKind.FIGURE, 96),
            Column("Probes", width_px=110, hint="all"),
            Column("Note"),
        ),
        write,
        read,
    )


def short_remark(phase: DonePhase) -> str:
    """Say that a phase ended short of the plan; empty when it did not."""
    short_s = 0.0 if phase.planned_s is None or phase.lasted_s is None else phase.planned_s - phase.lasted_s
    return f"Ended {minutes(short_s)} short of plan." if short_s > ON_TIME_S else ""


# --- complications ---------------------------------------------------------------------------------------------------


def complication_form() -> RecordForm[Complication]:
    """Return the rows of complications, graded by a published scale."""

    def grades(texts: Texts) -> Options:
        known = grading(texts[1])
        return () if known is None else tuple((grade.label, grade.grade) for grade in known.grades)

    def read(texts: Texts, _before: Complication | None) -> Complication:
        what, scale, grade, day, outcome = (text.strip() for text in texts)
        known = grading(scale)
        if known is not None and known.grade(grade) is None:
            raise CaseInvalid(f"Choose a grade of {scale}.", code="record-grade")
        return Complication(what, scale, grade, day, outcome)

    return RecordForm(
        "complication",
        (
            Column("What happened", hint="in words"),
            Column("Scale", ColumnKind.CHOICE, 112, "Choose", lambda texts: _scales(texts[1])),
            Column("Grade", ColumnKind.CHOICE, 0, "Choose", grades),
            Column("Day", width_px=112, hint="yyyy-mm-dd"),
            Column("Outcome", hint="in words"),
        ),
        lambda one: (one.what, one.grading, one.grade, one.day, one.outcome),
        read,
    )


def complication_remark(one: Complication) -> str:
    """Return what the grade means in full: its field is too narrow for it."""
    known = grading(one.grading)
    grade = None if known is None else known.grade(one.grade)
    return "" if grade is None else f"{one.grading} grade {grade.label}."


def _scales(kept: str) -> Options:
    """Return the scales offered; one that this version does not know stays to be seen."""
    known = tuple((one.id, one.id) for one in gradings())
    return known if not kept or any(kept == one for one, _ in known) else (*known, (kept, kept))


# --- scans and ice ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """The row of one purpose of scans; ``dose`` None while nothing is noted of it."""

    purpose: ScanPurpose
    dose: ScanDose | None = None


def dose_form() -> RecordForm[PurposeRow]:
    """Return the four rows of scans and doses; a count or a dose may be known alone."""

    def write(row: PurposeRow) -> Texts:
        dose = row.dose
        noted = ("", "") if dose is None else (numeral(dose.scans), numeral(dose.dlp_mgy_cm))
        return (_title(row.purpose.value), *noted, "")

    def read(texts: Texts, before: PurposeRow | None) -> PurposeRow:
        if before is None:
            raise CaseInvalid("Scans are noted by their purpose.", code="record-purpose")
        _, scans, product, _ = (text.strip() for text in texts)
        if not scans and not product:
            return PurposeRow(before.purpose)
        told = read_number(product, "mGy cm", what="the dose-length product")
        return PurposeRow(before.purpose, ScanDose(before.purpose, _count_of_scans(scans), told))

    return RecordForm(
        "purpose of scans",
        (
            Column("Purpose", ColumnKind.SHOWN, 110),
            Column("Scans", ColumnKind.NUMBER, _NUMBER_PX),
            Column("DLP, mGy cm", ColumnKind.NUMBER, 96),
            Column("", ColumnKind.SHOWN),
        ),
        write,
        read,
    )


def _count_of_scans(text: str) -> int | None:
    """Read how many scans there were; a dose can be told without it."""
    if not text:
        return None
    if not text.isdecimal():
        raise CaseInvalid(f"“{text[:40]}” is no count of scans. Type a whole number, such as 4.", code="scan-count")
    return int(text)


def published_words(purpose: ScanPurpose) -> str:
    """Return what others used for scans of one purpose: ``"4.8 ± 2.2 mSv, about 320 mGy cm"``."""
    doses = published_doses()
    told = doses.of(purpose)
    spread = f"{number(told.mean_msv, decimals=1)} ± {number(told.sd_msv, decimals=1)} mSv"
    return f"{spread}, about {doses.dlp_mgy_cm(told.mean_msv):.0f} mGy cm"


def ice_form(day_of: DayOf) -> RecordForm[MeasuredIce | None]:
    """Return the one row of the ice as measured on a day."""

    def write(ice: MeasuredIce | None) -> Texts:
        if ice is None:
            return "", "", "", ""
        return numeral(ice.long_mm), numeral(ice.short_mm), ice.source, clock_words(ice.at)

    def read(texts: Texts, before: MeasuredIce | None) -> MeasuredIce | None:
        long, short, source, at = (text.strip() for text in texts)
        if not any((long, short, source, at)):
            return None
        longest, shortest = _needed(long, "mm", what="the longest axis"), _needed(short, "mm", what="the shortest axis")
        return MeasuredIce(longest, shortest, source, _moment(at, day_of(), "" if before is None else before.at))

    return RecordForm(
        "measured ice",
        (
            Column("Longest axis, mm", ColumnKind.NUMBER, 112),
            Column("Shortest axis, mm", ColumnKind.NUMBER, 112),
            Column("Measured on", hint="such as series 5, axial"),
            Column("Time", ColumnKind.NUMBER, _TIME_PX, "hh:mm"),
        ),
        write,
        read,
    )
