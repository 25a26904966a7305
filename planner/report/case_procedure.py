"""What is printed of a procedure? What was planned and what was done side by side, in the terms of AHMED2014."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.domain.digest import short_hash
from planner.domain.procedure import Frame
from planner.persistence.gradings import grading, gradings
from planner.report import numbers
from planner.report.case_printed import (
    PrintedComplication,
    PrintedDissection,
    PrintedDone,
    PrintedDose,
    PrintedGrading,
    PrintedMoment,
    PrintedPair,
    PrintedProcedure,
    PrintedReading,
    PrintedUse,
    Said,
)
from planner.report.case_words import MISSING, as_entered, signed, signed_minutes, yes_or_no
from planner.report.printed import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.procedure import (
        DonePhase,
        MeasuredIce,
        PlannedProbe,
        PlannedProcedure,
        Procedure,
        ScanDose,
        UsedProbe,
    )
    from planner.domain.protocol import Phase
    from planner.report.case_words import Teller

NOTHING_SAID = "Not recorded: the record says neither that there was a complication nor that there was none."
USE_UNKNOWN = "planned; whether it was used is not recorded"
OPEN_RECORD = "open"
_SAME_MM = 0.05
IN_PROCEDURE_CT = "In the procedure CT’s coordinates."


@dataclass(frozen=True, slots=True)
class ProbeApart:
    """How far a probe was from its planned place, mm and degrees; ``why_not`` says why that is not told."""

    tip_mm: float | None = None
    lateral_mm: float | None = None
    depth_mm: float | None = None
    angle_deg: float | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One procedure against its plan: quantities of the whole, and each used probe by its label."""

    pairs: tuple[PrintedPair, ...] = ()
    probes: Mapping[str, ProbeApart] = field(default_factory=lambda: MappingProxyType({}))


def printed_procedure(procedure: Procedure, compared: Compared, *, tell: Teller) -> PrintedProcedure:
    """Word one procedure."""
    return PrintedProcedure(
        day=tell.day(procedure.day),
        facts=_facts(procedure, tell),
        uses=_uses(procedure, compared.probes, tell),
        phases=tuple(_done(phase, tell) for phase in procedure.phases),
        pairs=compared.pairs,
        dissections=tuple(
            PrintedDissection(
                spacer=one.spacer.value,
                volume=as_entered(one.volume_ml, "mL"),
                protects=tell.said(one.protects),
                is_scanned=MISSING if one.is_scanned_after is None else yes_or_no(is_it=one.is_scanned_after),
                note=tell.said(one.note),
            )
            for one in procedure.dissections
        ),
        temperatures=tuple(
            PrintedReading(
                tell.said(one.place), as_entered(one.temperature_c, "°C"), tell.clock(one.at), note=tell.said(one.note)
            )
            for one in procedure.temperatures
        ),
        monitoring=tuple(
            PrintedReading(
                tell.said(one.nerve),
                as_entered(one.threshold_ma, "mA"),
                tell.clock(one.at),
                finding=tell.said(one.finding),
                method=tell.said(one.method),
            )
            for one in procedure.monitoring
        ),
        scans=_doses(procedure.scans),
        complications=tuple(
            PrintedComplication(
                what=tell.said(one.what),
                grading=one.grading,
                grade=one.grade,
                meaning=grade_meaning(one.grading, one.grade),
                day=tell.day(one.day),
                outcome=tell.said(one.outcome),
            )
            for one in procedure.complications
        ),
        complication_words=_complication_words(procedure, tell),
        moments=tuple(
            PrintedMoment(tell.clock(one.at), tell.said(one.words), _clock_words(one.clock_jump_s))
            for one in procedure.moments
        ),
        note=tell.said(procedure.note),
    )


def printed_form(planned: PlannedProcedure | None) -> PrintedProcedure:
    """Return an empty record to fill by hand; probes and times of a plan stand in it where there is one."""
    if planned is None:
        return PrintedProcedure("", (), (), (), gradings=printed_gradings())
    return PrintedProcedure(
        day="",
        facts=(Said("Plan", _plan_words(planned)), Fact("Protocol", planned.protocol)),
        uses=tuple(_planned_use(probe) for probe in planned.probes),
        phases=tuple(_to_be_done(phase) for phase in planned.phases),
        pairs=(
            (PrintedPair("Ice, long × short axis", _axes(planned.ice_long_mm, planned.ice_short_mm), "", ""),)
            if planned.ice_long_mm is not None
            else ()
        ),
        gradings=printed_gradings(),
    )


def printed_gradings() -> tuple[PrintedGrading, ...]:
    """Return the published gradings with what each grade means."""
    return tuple(
        PrintedGrading(one.id, tuple(Fact(each.grade, grade_meaning(one.id, each.grade)) for each in one.grades))
        for one in gradings()
    )


def grade_meaning(grading_id: str, sign: str) -> str:
    """Return what a grade means, and whether that was read; nothing for one that this version does not know."""
    scale = grading(grading_id)
    grade = None if scale is None else scale.grade(sign)
    return "" if grade is None else grade.meaning


def _facts(procedure: Procedure, tell: Teller) -> tuple[Fact | Said, ...]:
    planned = procedure.planned
    lines: tuple[Fact | Said, ...] = (
        Said("Operator", tell.said(procedure.operator)),
        *((Said("Plan", _plan_words(planned, tell)), Fact("Protocol", planned.protocol)) if planned else ()),
        Said("Sedation", tell.said(procedure.sedation)),
        Fact("Technical success", _success_words(is_it=procedure.is_technical_success)),
        Said("Ice measured on", _ice_words(procedure.ice, tell)),
        *_record_facts(procedure, tell),
    )
    return tuple(line for line in lines if line.text)


def _success_words(*, is_it: bool | None) -> str:
    return "not stated" if is_it is None else yes_or_no(is_it=is_it)


def _clock_words(jump_s: float) -> str:
    """Say that the computer's clock was set while the timer ran."""
    return f"the computer’s clock was set by {signed_minutes(jump_s)}" if jump_s else ""


def _record_facts(procedure: Procedure, tell: Teller) -> tuple[Fact | Said, ...]:
    if not procedure.is_finished:
        return (Fact("Record", OPEN_RECORD),)
    finished = _by(procedure.finished_by, procedure.finished_at, tell)
    amended = _by(procedure.amended_by, procedure.amended_at, tell) if procedure.amended_at else ""
    return (
        Said("Finished by", finished) if finished else Fact("Record", "finished"),
        Said("Edited afterwards by", amended),
    )


def _by(who: str, at: str, tell: Teller) -> str:
    return ", ".join(part for part in (tell.said(who), tell.when(at)) if part)


def _plan_words(planned: PlannedProcedure, tell: Teller | None = None) -> str:
    name = planned.plan_name if tell is None else tell.said(planned.plan_name)
    proof = short_hash(planned.plan_hash) if planned.plan_hash else ""
    return " · ".join(part for part in (name, proof) if part)


def _uses(procedure: Procedure, apart: Mapping[str, ProbeApart], tell: Teller) -> tuple[PrintedUse, ...]:
    """List the planned probes in their order with what was used in their place, then the others."""
    planned = procedure.planned.probes if procedure.planned else ()
    by_label = {probe.label for probe in planned}
    rows = []
    for one in planned:
        # Several where one was exchanged for another; none where nobody said.
        stood_for = [used for used in procedure.probes if used.planned_label == one.label]
        rows += [_use(used, one, apart=apart.get(used.label), tell=tell) for used in stood_for]
        if not stood_for:
            rows.append(_planned_use(one, note=USE_UNKNOWN))
    others = (used for used in procedure.probes if used.planned_label not in by_label)
    rows += [_use(used, None, apart=apart.get(used.label), tell=tell) for used in others]
    return tuple(rows)


def _planned_use(probe: PlannedProbe, *, note: str = "") -> PrintedUse:
    return PrintedUse(
        label=probe.label,
        planned_model=probe.model_name,
        planned_entry=numbers.patient_point(probe.entry_lps_mm),
        planned_tip=numbers.patient_point(probe.tip_lps_mm),
        planned_depth=numbers.mm(probe.depth_mm),
        why_not=note,
    )


def _use(used: UsedProbe, planned: PlannedProbe | None, *, apart: ProbeApart | None, tell: Teller) -> PrintedUse:
    off = apart or ProbeApart()
    return PrintedUse(
        label=used.label,
        planned_model=planned.model_name if planned else "",
        planned_entry=numbers.patient_point(planned.entry_lps_mm) if planned else "",
        planned_tip=numbers.patient_point(planned.tip_lps_mm) if planned else "",
        planned_depth=numbers.mm(planned.depth_mm) if planned else "",
        model=used.model_name.strip() or MISSING,
        entry=MISSING if used.entry_lps_mm is None else numbers.patient_point(used.entry_lps_mm),
        tip=MISSING if used.tip_lps_mm is None else numbers.patient_point(used.tip_lps_mm),
        depth=_depth_words(used),
        source=used.source,
        tip_off=numbers.mm(off.tip_mm),
        lateral_off=numbers.mm(off.lateral_mm),
        depth_off=signed(off.depth_mm, "mm"),
        angle_off=numbers.measure(off.angle_deg, "°"),
        why_not=off.why_not or (IN_PROCEDURE_CT if used.frame is Frame.PROCEDURE_CT else ""),
        note=tell.said(used.note),
    )


def _depth_words(used: UsedProbe) -> str:
    """Return the depth; one that was read by itself and is another than from entry to tip, with that one."""
    depth_mm, shaft_mm = used.depth_mm, used.shaft_mm
    if depth_mm is None or shaft_mm is None or abs(depth_mm - shaft_mm) < _SAME_MM:
        return numbers.mm(depth_mm if depth_mm is not None else shaft_mm)
    return f"{numbers.mm(depth_mm)}, entry to tip {numbers.mm(shaft_mm)}"


def _done(phase: DonePhase, tell: Teller) -> PrintedDone:
    took_s = phase.lasted_s
    off_s = None if took_s is None or phase.planned_s is None else took_s - phase.planned_s
    return PrintedDone(
        kind=phase.kind.value,
        planned=MISSING if phase.planned_s is None else numbers.minutes(phase.planned_s),
        done=MISSING if took_s is None else numbers.minutes(took_s),
        difference=signed_minutes(off_s),
        began=tell.clock(phase.started_at),
        ended=tell.clock(phase.ended_at) if phase.ended_at else "still running",
        probes=", ".join(phase.probe_labels),
        note=tell.said(phase.note),
        extended=signed_minutes(phase.extended_s) if phase.extended_s else "",
    )


def _to_be_done(phase: Phase) -> PrintedDone:
    planned = numbers.minutes(phase.duration_s)
    return PrintedDone(phase.words, planned, done="", difference="", began="", ended="", probes="", note="")


def _doses(scans: Sequence[ScanDose]) -> tuple[PrintedDose, ...]:
    """List scans by purpose, and all together where there is more than one row."""
    rows = [
        PrintedDose(
            one.purpose.value,
            MISSING if one.scans is None else str(one.scans),
            as_entered(one.dlp_mgy_cm, "mGy cm"),
        )
        for one in scans
    ]
    if len(scans) > 1:
        noted = [one.dlp_mgy_cm for one in scans if one.dlp_mgy_cm is not None]
        lacking = sum(one.dlp_mgy_cm is None and one.scans != 0 for one in scans)
        counts = [one.scans for one in scans if one.scans is not None]
        total = as_entered(round(sum(noted), 6) if noted else None, "mGy cm")
        words = f"{total}, {lacking} not noted" if noted and lacking else total
        rows.append(PrintedDose("together", str(sum(counts)) if len(counts) == len(scans) else MISSING, words))
    return tuple(rows)


def _complication_words(procedure: Procedure, tell: Teller) -> str:
    if procedure.complications:
        return ""
    if not procedure.no_complication_by:
        return NOTHING_SAID
    who = tell.said(procedure.no_complication_by)
    return f"None, stated by {who}." if who else "None, stated by name."


def _ice_words(ice: MeasuredIce | None, tell: Teller) -> str:
    """Say where the ice was measured, and when."""
    return "" if ice is None else ", ".join(part for part in (tell.said(ice.source), tell.when(ice.at)) if part)


def _axes(long_mm: float | None, short_mm: float | None) -> str:
    return f"{numbers.mm(long_mm)} × {numbers.mm(short_mm)}"
