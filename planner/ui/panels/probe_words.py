"""In which words are a probe's model and its facts said? Model, crossings, reach, hub and bore as sentences."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from planner.domain.geometry import distance_mm
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.crossings import AVOIDED
from planner.planning.crowding import closest_approach
from planner.planning.gantry import ROOM_MM
from planner.report.numbers import mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.crossings import Crossing
    from planner.planning.probe_facts import ProbeFacts

LOCKED_WORDS = "Locked: press the lock to move or change it."
_NO_LENGTH = "NOT ASSESSED: usable length not known"
_SAID_CROSSINGS, _SAID_PAIRS = 2, 3
_MINDED = AVOIDED | {StructureRole.OBSTACLE}


def model_words(model: ProbeModel) -> str:
    """Return a model's name in one line, such as ``"IceSphere 1.5 · 17G · argon"``."""
    parts = [model.label, *(part for part in (model.gauge, model.cryogen) if part and part not in model.label)]
    return " · ".join(parts)


def model_flags(model: ProbeModel) -> str:
    """Return which values of a model were not read in a source; empty when all were."""
    data = {
        "diameter": model.shaft_diameter_mm,
        "active tip": model.active_tip_mm,
        "surface temperature": model.surface_temperature_c,
        "usable length": model.usable_length_mm,
    }
    by_flag: dict[str, list[str]] = {}
    for word, datum in data.items():
        if datum.value is not None and datum.flag:
            by_flag.setdefault(datum.flag, []).append(word)
    if any(isotherm.width_mm.flag for isotherm in model.isotherms):
        by_flag.setdefault("unverified", []).append("isotherms")
    return "; ".join(f"{flag}: {', '.join(words)}" for flag, words in by_flag.items())


def sentence(words: str) -> str:
    """Return words with a capital first letter."""
    return words[:1].upper() + words[1:]


def minded(facts: ProbeFacts) -> tuple[Crossing, ...]:
    """Return the crossings of what a needle must or should not pass; longest first within those to stay away from."""
    found = [crossing for crossing in facts.crossings if crossing.role in _MINDED]
    return tuple(sorted(found, key=lambda one: (one.role not in AVOIDED, -one.length_mm)))


def crossing_words(facts: ProbeFacts) -> str:
    """Say what the shaft crosses, such as ``"Crosses rib 8 for 1.9 mm at 31 mm depth. No lung."``."""
    if not facts.has_structures:
        return "What the shaft crosses is not known: nothing is segmented that it could meet."
    bad = minded(facts)
    parts = [f"{one.name} for {mm(one.length_mm)} at {one.from_mm:.0f} mm depth" for one in bad[:_SAID_CROSSINGS]]
    more = len(bad) - _SAID_CROSSINGS
    if more > 0:
        parts.append(f"{more} more")
    said = f"Crosses {' and '.join(parts)}." if bad else "Crosses nothing segmented that it should not."
    is_looked_for = StructureKind.LUNG in facts.avoided and not facts.unread
    if is_looked_for and all(one.kind is not StructureKind.LUNG for one in facts.crossings):
        said += " No lung."
    if facts.unread:
        said += f" Not looked at yet: {', '.join(facts.unread)}."
    return f"{said} Part of the path lies outside the scan." if facts.leaves_scan else said


def way_words(facts: ProbeFacts) -> str:
    """List every structure on the way with its depths from the entry; empty when there is none."""
    return "\n".join(
        f"{one.name}: {one.from_mm:.1f} to {one.to_mm:.1f} mm deep ({mm(one.length_mm)})" for one in facts.crossings
    )


def reach_words(probe: ProbePlacement, model: ProbeModel | None) -> tuple[str, str]:
    """Say how the depth stands against the usable length, and its tone."""
    usable = None if model is None else model.usable_length_mm
    if usable is None or usable.value is None:
        return _NO_LENGTH, ""
    flag = f" ({usable.flag})" if usable.flag else ""
    if probe.depth_mm > usable.value:
        return f"{mm(probe.depth_mm - usable.value)} too short: {usable.value:g} mm{flag} usable", "fail"
    return f"{mm(usable.value - probe.depth_mm)} spare of {usable.value:g} mm{flag}", ""


def hub_words(facts: ProbeFacts) -> tuple[str, str]:
    """Say whether the hub stays outside the body, and its tone."""
    hub = facts.hub
    if hub.end_lps_mm is None:
        return _NO_LENGTH, ""
    if hub.inside_mm is None:
        return "NOT ASSESSED: no skin is segmented", ""
    if hub.inside_mm > 0:
        return f"{mm(hub.inside_mm)} of shaft or hub inside the body again", "fail"
    out_mm = distance_mm(hub.end_lps_mm, facts.placement.entry_lps_mm)
    if not hub.is_seen:
        return f"NOT ASSESSED: {mm(out_mm)} out, beyond the scan", ""
    return f"Outside the body, ends {mm(out_mm)} from the skin", ""


def bore_words(facts: ProbeFacts) -> tuple[str, str]:
    """Say how far the hub's end stays from the bore, and its tone."""
    bore = facts.hub.bore
    if bore is None:
        return "NOT ASSESSED: no bore in the plan", ""
    if facts.hub.end_lps_mm is None:
        return _NO_LENGTH, ""
    if bore.clearance_mm is None:
        return f"NOT ASSESSED: {bore.reason[:1].lower()}{bore.reason[1:].rstrip('.')}", ""
    if bore.clearance_mm < 0:
        return f"{mm(-bore.clearance_mm)} beyond the bore’s wall", "fail"
    return f"{mm(bore.clearance_mm)} inside the bore’s wall", "" if bore.clearance_mm >= ROOM_MM else "check"


def pair_words(probes: Sequence[ProbePlacement]) -> tuple[str, str]:
    """Say how far probes are apart at tips and shafts, nearest shafts first: a few lines, and all of them."""
    pairs = sorted(
        ((closest_approach(one, other).distance_mm, one, other) for one, other in combinations(probes, 2)),
        key=lambda pair: pair[0],
    )
    lines = [
        f"{one.label}–{other.label}: tips {mm(distance_mm(one.tip_lps_mm, other.tip_lps_mm))}, shafts {mm(gap)} apart"
        for gap, one, other in pairs
    ]
    shown = lines[:_SAID_PAIRS]
    if len(lines) > _SAID_PAIRS:
        shown.append(f"{len(lines) - _SAID_PAIRS} more pairs, all farther apart")
    return "\n".join(shown), "\n".join(lines)
