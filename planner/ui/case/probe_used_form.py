"""What can be typed of a probe as used? Its place, and a depth that goes with it unless it was read by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import CaseInvalid
from planner.domain.geometry import distance_mm
from planner.domain.procedure import Frame, PlannedProbe, UsedProbe
from planner.report.numbers import number, patient_point
from planner.ui.case.procedure_forms import numeral, read_number
from planner.ui.case.record_form import Column, ColumnKind, RecordForm, Texts, fixed_options
from planner.ui.models.typed_point import typed_point

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps

_PLACE_PX = 184
_READ_DECIMALS, _PLACE_DECIMALS = 2, 1


@dataclass(frozen=True, slots=True)
class ProbeSlot:
    """A planned probe, a used one, or both: the used one stands for the planned.

    ``number`` counts the probes used for one planned one, from 1: the second was exchanged for the first.
    """

    planned: PlannedProbe | None = None
    used: UsedProbe | None = None
    number: int = 1


def probe_form() -> RecordForm[ProbeSlot]:
    """Return the rows of the probes used, each beside the one that was planned."""
    return RecordForm("probe", _COLUMNS, _write, _read)


_FRAMES = fixed_options(*(frame.value for frame in Frame))
_COLUMNS = (
    Column("Probe", width_px=76, hint="P1"),
    Column("Model", hint="as used"),
    Column("Tip, mm", width_px=_PLACE_PX, hint="R … P … F …"),
    Column("Entry, mm", width_px=_PLACE_PX, hint="R … P … F …"),
    Column("Depth, mm", ColumnKind.NUMBER, 72),
    Column("Coordinates of", ColumnKind.CHOICE, 128, "Choose", _FRAMES, needs=(2, 3)),
    Column("Note"),
)


def _write(slot: ProbeSlot) -> Texts:
    used = slot.used
    if used is None:
        return ("" if slot.planned is None else slot.planned.label, "", "", "", "", "", "")
    has_place = used.tip_lps_mm is not None or used.entry_lps_mm is not None
    return (
        used.label,
        used.model_name,
        _place_words(used.tip_lps_mm),
        _place_words(used.entry_lps_mm),
        _depth_words(used),
        used.frame.value if has_place else "",
        used.note,
    )


def _depth_words(used: UsedProbe) -> str:
    """Write a depth with the digits of what it is from: a place is shown to 0.1 mm."""
    decimals = _PLACE_DECIMALS if used.depth_goes_along else _READ_DECIMALS
    return numeral(None if used.depth_mm is None else round(used.depth_mm, decimals))


def _read(texts: Texts, before: ProbeSlot | None) -> ProbeSlot:
    slot = before or ProbeSlot()
    name, model, tip, entry, _, frame, note = (text.strip() for text in texts)
    if slot.used is None and texts[1:] == ("",) * 6 and slot.planned is not None and name == slot.planned.label:
        return ProbeSlot(slot.planned)
    old = slot.used
    kept = _write(slot) if old is not None else ("",) * len(_COLUMNS)
    tip_mm = old.tip_lps_mm if old is not None and tip == kept[2] else _place(tip, what=f"tip of {name}")
    entry_mm = old.entry_lps_mm if old is not None and entry == kept[3] else _place(entry, what=f"entry of {name}")
    if (tip_mm is not None or entry_mm is not None) and not frame:
        raise CaseInvalid(f"{name}: choose in which scan’s coordinates the place is told.", code="record-frame")
    shaft_mm = None if tip_mm is None or entry_mm is None else distance_mm(entry_mm, tip_mm)
    depth_mm, goes_along = _depth(texts[4].strip(), kept[4], old, shaft_mm)
    is_same_place = old is not None and texts[2:4] == kept[2:4] and texts[5] == kept[5]
    used = UsedProbe(
        name,
        model,
        planned_label="" if slot.planned is None else slot.planned.label,
        tip_lps_mm=tip_mm,
        entry_lps_mm=entry_mm,
        depth_mm=depth_mm,
        frame=Frame(frame) if frame else Frame.PLANNING_CT,
        source=old.source if old is not None and is_same_place else "typed",
        note=note,
        is_depth_of_place=goes_along,
    )
    return ProbeSlot(slot.planned, used, slot.number)


def _depth(text: str, kept: str, old: UsedProbe | None, shaft_mm: float | None) -> tuple[float | None, bool]:
    """Return the depth, and whether it is that of entry and tip.

    One that was read off the probe stays whatever becomes of the place; one that came with a place goes along with it,
    and with nothing in its field it is what the place says: depth and place never contradict each other unsaid.
    """
    is_touched = old is None or text != kept
    if text and (is_touched or (old is not None and not old.depth_goes_along)):
        own_mm = old.depth_mm if old is not None and not is_touched else read_number(text, "mm", what="the depth")
        return own_mm, False
    return shaft_mm, shaft_mm is not None


def planned_under(planned: PlannedProbe | None) -> Texts:
    """Return what was planned, column by column, to stand under a probe's row; empty for one that was not planned."""
    if planned is None:
        return ()
    places = (_place_words(planned.tip_lps_mm), _place_words(planned.entry_lps_mm))
    return ("Planned", planned.model_name, *places, number(planned.depth_mm, decimals=1), Frame.PLANNING_CT.value, "")


def _place_words(place: PointLps | None) -> str:
    return "" if place is None else patient_point(place).removesuffix(" mm").replace(" · ", "  ")


def _place(text: str, *, what: str) -> PointLps | None:
    return typed_point(text, what=what) if text else None
