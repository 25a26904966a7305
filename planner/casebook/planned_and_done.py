"""How far was what was done from what was planned? Deviations of each probe, and rows of planned, done and difference.

Deviations of a probe, of the tip as used from the shaft as planned:

- *tip distance*: straight line from the planned to the used tip;
- *lateral*: distance of the used tip from the planned axis, which goes on beyond the tip;
- *along*: how far the used tip lies beyond the planned one along the planned axis, positive when deeper;
- *angle*: between the planned and the used direction from entry to tip.

Tip distance² = lateral² + along². A place is compared only where it is told in the planning CT's own coordinates: in
another scan the patient lies differently, and the difference would be that of two tables.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import distance_mm
from planner.domain.procedure import Frame
from planner.domain.protocol import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.domain.procedure import DonePhase, PlannedProbe, Procedure, UsedProbe
    from planner.domain.protocol import Phase

NO_PLACE = "No tip recorded."
NO_ENTRY = "No entry recorded."
NO_DEPTH = "No depth recorded."
OTHER_FRAME = "In the procedure CT’s coordinates; not compared."
NOT_PLANNED = "Not planned."
NOT_RECORDED = "Not recorded."
RUNNING = "Still running."
NOT_NOTED = "Not noted."
NO_PREDICTION = "No prediction when the record began."
NOT_MEASURED = "Not measured."
NO_PLAN = "No plan when the record began."
OWN_READING = "Read off the probe; from entry to tip it is another depth."
_SAME_DEPTH_MM = 0.05


class Quantity(StrEnum):
    """What one row compares; the words that a reader sees in English."""

    MODEL = "model"
    TIP = "tip distance"
    LATERAL = "lateral"
    ALONG = "along the shaft"
    ANGLE = "angle"
    DEPTH = "depth from the skin"
    PROBES = "probes"
    FREEZES = "freezes"
    FREEZE_TIME = "freezing in all"
    PHASE = "duration"
    ICE_LONG = "longest axis"
    ICE_SHORT = "shortest axis"


class Unit(StrEnum):
    """How the values of a row are printed."""

    NONE = ""
    COUNT = "count"
    MM = "mm"
    DEGREES = "°"
    SECONDS = "s"


@dataclass(frozen=True, slots=True)
class ProbeDeviation:
    """One probe as used against the probe that it stands for; None where it cannot be told, and why.

    ``along_mm`` and ``depth_difference_mm`` are positive where the probe went deeper than planned.
    """

    label: str
    tip_mm: float | None = None
    lateral_mm: float | None = None
    along_mm: float | None = None
    angle_deg: float | None = None
    depth_difference_mm: float | None = None
    why_no_tip: str = ""
    why_no_angle: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row: ``subject`` is whose, such as ``"P1"``, ``"P1, P2: freeze 2"`` or ``"ice"``.

    Values are numbers of ``unit``, or words where the unit is none; None where there is none. ``difference`` is done
    less planned; of deviations, which have neither, it is the deviation. ``reason`` says why one is missing.
    """

    subject: str
    quantity: Quantity
    unit: Unit
    planned: float | str | None = None
    done: float | str | None = None
    difference: float | None = None
    reason: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether words of planned and done differ."""
        return isinstance(self.planned, str) and isinstance(self.done, str) and self.planned != self.done


def deviation(planned: PlannedProbe, used: UsedProbe) -> ProbeDeviation:
    """Return how far a probe as used lies from the one that was planned."""
    depth_mm = used.depth_mm if used.depth_mm is not None else used.shaft_mm
    deeper_mm = None if depth_mm is None else depth_mm - planned.depth_mm
    if used.tip_lps_mm is None or used.frame is not Frame.PLANNING_CT:
        why = NO_PLACE if used.tip_lps_mm is None else OTHER_FRAME
        return ProbeDeviation(used.label, depth_difference_mm=deeper_mm, why_no_tip=why, why_no_angle=why)
    start, tip = np.asarray(planned.entry_lps_mm), np.asarray(planned.tip_lps_mm)
    axis = (tip - start) / np.linalg.norm(tip - start)
    off = np.asarray(used.tip_lps_mm) - tip
    along_mm = float(off @ axis)
    angle_deg, why = None, NO_ENTRY
    if used.entry_lps_mm is not None:
        angle_deg, why = _angle_deg(axis, np.subtract(used.tip_lps_mm, used.entry_lps_mm)), ""
    return ProbeDeviation(
        used.label,
        tip_mm=distance_mm(used.tip_lps_mm, planned.tip_lps_mm),
        lateral_mm=float(np.linalg.norm(off - along_mm * axis)),
        along_mm=along_mm,
        angle_deg=angle_deg,
        depth_difference_mm=deeper_mm,
        why_no_angle=why,
    )


def _angle_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the angle of two directions; by both of sine and cosine, so that small ones keep their digits."""
    across = float(np.linalg.norm(np.cross(one, other)))
    return math.degrees(math.atan2(across, float(np.dot(one, other))))


def compared(procedure: Procedure) -> tuple[ComparedRow, ...]:
    """Return every row of a record, probes first, then freeze and thaw, then the ice."""
    return (*probe_rows(procedure), *phase_rows(procedure), *ice_rows(procedure))


def probe_rows(procedure: Procedure) -> tuple[ComparedRow, ...]:
    """Return the rows of every probe used for a planned one, and of every used one that was not planned."""
    planned = () if procedure.planned is None else procedure.planned.probes
    rows = [ComparedRow("", Quantity.PROBES, Unit.COUNT, *_counted(procedure))]
    for probe in planned:
        stood_for = [used for used in procedure.probes if used.planned_label == probe.label]
        if not stood_for:
            rows.append(
                ComparedRow(probe.label, Quantity.MODEL, Unit.NONE, planned=probe.model_name, reason=NOT_RECORDED)
            )
        for used in stood_for:  # several where one was exchanged for another: each lay somewhere
            rows.extend(_rows_of_probe(probe, used))
    known = {probe.label for probe in planned}
    rows.extend(
        ComparedRow(used.label, Quantity.MODEL, Unit.NONE, done=used.model_name, reason=NOT_PLANNED)
        for used in procedure.probes
        if used.planned_label not in known
    )
    return tuple(rows)


def _counted(procedure: Procedure) -> tuple[float | None, float | None, float | None, str]:
    """Count planned and used probes; a record that names none does not say that none was used."""
    planned = None if procedure.planned is None else float(len(procedure.planned.probes))
    if not procedure.probes:
        return planned, None, None, NOT_RECORDED
    done = float(len(procedure.probes))
    return (None, done, None, NO_PLAN) if planned is None else (planned, done, done - planned, "")


def _rows_of_probe(planned: PlannedProbe, used: UsedProbe) -> Iterator[ComparedRow]:
    who = used.label if used.label == planned.label else f"{used.label} for {planned.label}"
    off = deviation(planned, used)
    noted = used.model_name.strip() or None
    why = "" if noted else NOT_NOTED
    yield ComparedRow(who, Quantity.MODEL, Unit.NONE, planned.model_name, noted, reason=why)
    for quantity, value in ((Quantity.TIP, off.tip_mm), (Quantity.LATERAL, off.lateral_mm)):
        yield ComparedRow(who, quantity, Unit.MM, difference=value, reason=off.why_no_tip)
    yield ComparedRow(who, Quantity.ALONG, Unit.MM, difference=off.along_mm, reason=off.why_no_tip)
    yield ComparedRow(who, Quantity.ANGLE, Unit.DEGREES, difference=off.angle_deg, reason=off.why_no_angle)
    done_mm = used.depth_mm if used.depth_mm is not None else used.shaft_mm
    why = _why_depth(used)
    yield ComparedRow(who, Quantity.DEPTH, Unit.MM, planned.depth_mm, done_mm, off.depth_difference_mm, why)


def _why_depth(used: UsedProbe) -> str:
    """Say why there is no depth, or that the one read by itself and the place contradict each other."""
    depth_mm, shaft_mm = used.depth_mm, used.shaft_mm
    if depth_mm is None or shaft_mm is None:
        return NO_DEPTH if depth_mm is None and shaft_mm is None else ""
    return OWN_READING if abs(depth_mm - shaft_mm) >= _SAME_DEPTH_MM else ""


# --- freeze and thaw -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Timed:
    """The probes that share a plan of phases and what was done, and both."""

    labels: tuple[str, ...]
    planned: tuple[Phase, ...]
    done: tuple[DonePhase, ...]


def phase_rows(procedure: Procedure) -> tuple[ComparedRow, ...]:
    """Return freezes, freezing in all and each phase, for all probes or for each group that was timed on its own."""
    groups = _groups(procedure)
    has_plan = procedure.planned is not None
    rows: list[ComparedRow] = []
    for group in groups:
        who = "" if len(groups) == 1 else ", ".join(group.labels)
        rows.extend(_rows_of_group(group, who, has_plan=has_plan))
    return tuple(rows)


def _groups(procedure: Procedure) -> list[_Timed]:
    """Return the probes by what was planned and done for them, in their order."""
    plan = procedure.planned
    probes: list[tuple[str, frozenset[str], tuple[Phase, ...]]] = []
    for one in () if plan is None else plan.probes:
        stood_for = {used.label for used in procedure.probes if used.planned_label == one.label}
        probes.append((one.label, frozenset((one.label, *stood_for)), one.phases))
    known = {one.label for one in (() if plan is None else plan.probes)}
    own = [used.label for used in procedure.probes if used.planned_label not in known]
    common = () if plan is None else plan.phases
    probes.extend((label, frozenset((label,)), common) for label in own)
    if not probes:
        return [_Timed((), common, procedure.phases)]
    grouped: dict[tuple[tuple[Phase, ...], tuple[DonePhase, ...]], list[str]] = {}
    for label, names, phases in probes:
        done = tuple(one for one in procedure.phases if not one.probe_labels or names & set(one.probe_labels))
        grouped.setdefault((phases, done), []).append(label)
    return [_Timed(tuple(labels), phases, done) for (phases, done), labels in grouped.items()]


def _rows_of_group(group: _Timed, who: str, *, has_plan: bool) -> Iterator[ComparedRow]:
    frozen = [one for one in group.planned if one.kind is PhaseKind.FREEZE]
    freezes = [one for one in group.done if one.kind is PhaseKind.FREEZE]
    planned_n, planned_s = (float(len(frozen)), sum(one.duration_s for one in frozen)) if has_plan else (None, None)
    done_n, done_s = (float(len(freezes)), sum(one.lasted_s or 0.0 for one in freezes)) if group.done else (None, None)
    why = NOT_RECORDED if not group.done else "" if has_plan else NO_PLAN
    yield ComparedRow(who, Quantity.FREEZES, Unit.COUNT, planned_n, done_n, _less(done_n, planned_n), why)
    is_running = any(one.lasted_s is None for one in freezes)
    longer_s = None if is_running else _less(done_s, planned_s)
    why = RUNNING if is_running else why
    yield ComparedRow(who, Quantity.FREEZE_TIME, Unit.SECONDS, planned_s, done_s, longer_s, why)
    yield from _paired_rows(group, who)


def _less(done: float | None, planned: float | None) -> float | None:
    return None if done is None or planned is None else done - planned


def _paired_rows(group: _Timed, who: str) -> Iterator[ComparedRow]:
    """Lay each planned phase beside the one that was done for it, in planned order; what was not planned follows."""
    pairs, extra = _pairs(group)
    told: Counter[PhaseKind] = Counter()
    for kind, asked_s, made in (
        *((asked.kind, asked.duration_s, made) for asked, made in pairs),
        *((made.kind, None, made) for made in extra),
    ):
        told[kind] += 1
        name = f"{kind.value} {told[kind]}"
        subject = f"{who}: {name}" if who else name
        done_s = None if made is None else made.lasted_s
        why = NOT_RECORDED if made is None else RUNNING if done_s is None else NOT_PLANNED if asked_s is None else ""
        less = None if asked_s is None or done_s is None else done_s - asked_s
        yield ComparedRow(subject, Quantity.PHASE, Unit.SECONDS, asked_s, done_s, less, why)


def _pairs(group: _Timed) -> tuple[list[tuple[Phase, DonePhase | None]], list[DonePhase]]:
    """Pair by the number that the timer gave; typed ones by their order among the same kind."""
    made_for: dict[int, DonePhase] = {}
    left = []
    for one in group.done:
        number = one.planned_number
        if number is not None and 1 <= number <= len(group.planned) and number not in made_for:
            made_for[number] = one
        else:
            left.append(one)
    pairs: list[tuple[Phase, DonePhase | None]] = []
    for number, asked in enumerate(group.planned, start=1):
        if number == 1 and asked.kind is PhaseKind.PASSIVE_THAW and len(group.planned) > 1:
            continue  # probes that wait for others: nobody presses anything, and nothing is recorded
        made = made_for.get(number) or next((one for one in left if one.kind is asked.kind), None)
        if made in left:
            left.remove(made)
        pairs.append((asked, made))
    return pairs, left


# --- ice -------------------------------------------------------------------------------------------------------------


def ice_rows(procedure: Procedure) -> tuple[ComparedRow, ...]:
    """Return the axes of the 0 °C edge, predicted at the end of the last freeze and as measured."""
    plan, ice = procedure.planned, procedure.ice
    predicted = (None, None) if plan is None else (plan.ice_long_mm, plan.ice_short_mm)
    seen = (None, None) if ice is None else (ice.long_mm, ice.short_mm)
    rows = []
    for quantity, planned_mm, done_mm in zip((Quantity.ICE_LONG, Quantity.ICE_SHORT), predicted, seen, strict=True):
        less = None if planned_mm is None or done_mm is None else done_mm - planned_mm
        why = NOT_MEASURED if done_mm is None else NO_PREDICTION if planned_mm is None else ""
        rows.append(ComparedRow("ice", quantity, Unit.MM, planned_mm, done_mm, less, why))
    return tuple(rows)
