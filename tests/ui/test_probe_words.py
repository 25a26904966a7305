"""A probe's facts in words: what is bad first, numbers with units, and never a figure that is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.identity import ProbeId, StructureId
from planner.domain.probe import ProbePlacement
from planner.domain.structure import StructureKind, StructureRole
from planner.persistence.resources import probe_models
from planner.planning.crossings import Crossing
from planner.planning.gantry import BoreAnswer
from planner.planning.probe_facts import HubFacts, ProbeFacts
from planner.ui.panels import probe_words as words

PROBE = ProbePlacement(ProbeId("p"), "P1", "generic-17g-short", (0.0, -40.0, 0.0), (0.0, 0.0, 0.0))
MODEL = next(model for model in probe_models() if model.id == PROBE.model_id)
HUB = HubFacts((0.0, -175.0, 0.0), 0.0, is_seen=True, bore=None)
NOTHING = ProbeFacts(PROBE, (), (), (), HUB, frozenset({StructureKind.LUNG, StructureKind.BONE}), True, (), False)


def crossing(name, kind, role, start, end):
    return Crossing(StructureId(name), name, kind, role, start, end)


RIB = crossing("Rib 8", StructureKind.BONE, StructureRole.OBSTACLE, 31.2, 33.1)
MUSCLE = crossing("Muscle", StructureKind.MUSCLE, StructureRole.PASSABLE, 4.0, 30.0)
LUNG = crossing("Lung, right", StructureKind.LUNG, StructureRole.CRITICAL, 35.0, 36.0)
VEIN = crossing("Vein", StructureKind.VEIN, StructureRole.HEAT_SINK, 20.0, 24.5)


@pytest.mark.parametrize(
    ("crossings", "said"),
    [
        ((), "Crosses nothing segmented that it should not. No lung."),
        ((MUSCLE,), "Crosses nothing segmented that it should not. No lung."),
        ((MUSCLE, RIB), "Crosses Rib 8 for 1.9 mm at 31 mm depth. No lung."),
        ((RIB, LUNG), "Crosses Lung, right for 1.0 mm at 35 mm depth and Rib 8 for 1.9 mm at 31 mm depth."),
        (
            (VEIN, RIB, LUNG),
            "Crosses Vein for 4.5 mm at 20 mm depth and Lung, right for 1.0 mm at 35 mm depth and 1 more.",
        ),
    ],
)
def test_crossings_are_said_worst_first(crossings, said):
    assert words.crossing_words(replace(NOTHING, crossings=crossings)) == said


def test_no_lung_is_said_only_of_a_lung_that_was_looked_at():
    blind = replace(NOTHING, avoided=frozenset({StructureKind.BONE}))
    assert "lung" not in words.crossing_words(blind)
    partly = words.crossing_words(replace(NOTHING, unread=("Lung, left",)))
    assert "No lung" not in partly
    assert "Not looked at yet: Lung, left." in partly
    assert "not known" in words.crossing_words(replace(NOTHING, has_structures=False))
    assert words.crossing_words(replace(NOTHING, leaves_scan=True)).endswith("outside the scan.")


def test_reach_names_the_length_with_its_status_or_that_it_is_not_known():
    assert words.reach_words(PROBE, MODEL) == ("135.0 mm spare of 175 mm (project default)", "")
    deep = replace(PROBE, entry_lps_mm=(0.0, -180.0, 0.0))
    assert words.reach_words(deep, MODEL) == ("5.0 mm too short: 175 mm (project default) usable", "fail")
    assert words.reach_words(PROBE, None)[0].startswith("NOT ASSESSED")


def test_hub_and_bore_say_what_is_known():
    def told(hub):
        known = replace(NOTHING, hub=hub)
        return words.hub_words(known)[0], *words.bore_words(known)

    assert told(HUB) == ("Outside the body, ends 135.0 mm from the skin", "NOT ASSESSED: no bore in the plan", "")
    inside = replace(HUB, inside_mm=3.2, bore=BoreAnswer(-4.0, "", HUB.end_lps_mm))
    assert told(inside) == ("3.2 mm of shaft or hub inside the body again", "4.0 mm beyond the bore’s wall", "fail")
    tight = replace(HUB, is_seen=False, bore=BoreAnswer(12.0, "", HUB.end_lps_mm))
    assert told(tight) == ("NOT ASSESSED: 135.0 mm out, beyond the scan", "12.0 mm inside the bore’s wall", "check")
    unknown = HubFacts(None, None, is_seen=True, bore=BoreAnswer(None, "The skin is not segmented."))
    assert told(unknown)[0] == told(unknown)[1] == "NOT ASSESSED: usable length not known"
    no_skin = replace(HUB, inside_mm=None, bore=BoreAnswer(None, "The skin is missing.", HUB.end_lps_mm))
    assert told(no_skin)[1] == "NOT ASSESSED: the skin is missing"


def test_unverified_isotherms_are_flagged():
    recalled = [m for m in probe_models() if any(one.width_mm.flag == "unverified" for one in m.isotherms)]
    assert recalled
    assert all("isotherms" in words.model_flags(model) for model in recalled)
