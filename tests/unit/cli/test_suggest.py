"""What does ``frostline suggest`` print, and what does it ask for? By a hand-made answer."""

from __future__ import annotations

import argparse

import pytest

from planner.cli.suggest import add_arguments, lines
from planner.domain.identity import ProbeId, Sha256, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.robustness import Share
from planner.domain.suggestion import (
    Exclusion,
    SuggestCandidate,
    SuggestCounts,
    SuggestFigures,
    Suggestion,
    SuggestStage,
    SuggestWish,
    WorstMargin,
)

WISH = SuggestWish(TargetId("t"), ("m",))
COUNTS = SuggestCounts(1_000_000, 12_000, 78, 7, 2, 180)
EXCLUSIONS = tuple(Exclusion(SuggestStage.SHAFTS, f"Thing {n}, in the way", 100 - n, "Look.") for n in range(10))


def _figures(covered, spare, probes=1):
    margin = WorstMargin("s", "Gullet", 10 + spare, 12 + spare, 10.0)
    share = Share(14, 20, 70.0, 48.1, 85.5)
    return SuggestFigures(
        covered, 80.0, None, None, margin, -80.0, -95.0, 64.0, 12.0, probes, 480.0, share, (9, 1, 0, 2)
    )


def _candidate(name, figures):
    probe = ProbePlacement(ProbeId(name), "P1", "m", (0.0, -60.0, 0.0), (0.0, 0.0, 0.0))
    return SuggestCandidate(
        name,
        (probe,),
        Protocol("Eight", (Phase(PhaseKind.FREEZE, 480.0),)),
        figures,
        Sha256("0" * 64),
        not_assessed=("P1, hub outside the body: not known.",),
        explanation=("P1: 60.0 mm deep.",),
    )


def _suggestion(*candidates, **more):
    exclusions = EXCLUSIONS
    return Suggestion(Sha256("1" * 64), Sha256("2" * 64), WISH, "Left nerve", candidates, exclusions, COUNTS, **more)


def test_the_table_marks_the_best_of_each_axis_and_shows_the_plan_as_it_is():
    told = _suggestion(
        _candidate("A", _figures(99.0, 1.0)), _candidate("B", _figures(90.0, 3.0)), present=_figures(70.0, 2.0)
    )
    printed = list(lines("Plan", told))
    text = "\n".join(printed)
    assert printed[0] == "Plan: 2 candidates for Left nerve"
    (a,) = [line for line in printed if line.startswith("A   ")]
    (b,) = [line for line in printed if line.startswith("B   ")]
    assert "99.0*" in a
    assert "90.0 " in b
    assert "3.0*" in b
    assert any(line.startswith("as it is") and "70.0" in line for line in printed)
    assert "NOT ASSESSED: P1, hub outside the body" in text
    assert "Thing 0, in the way" in text
    assert "and 2 reasons more" in text


def test_without_a_candidate_it_says_why_and_what_to_do():
    told = _suggestion(reason="None of 1000000 shafts is open.", hints=("Turn the patient.",))
    printed = list(lines("Plan", told))
    assert printed[0] == "Plan: 0 candidates for Left nerve"
    assert "None of 1000000 shafts is open." in printed
    assert "  Turn the patient." in printed


@pytest.mark.parametrize("words", [["x.frostline"], ["x.frostline", "--model", "a", "--model", "b", "--probes", "3"]])
def test_models_may_be_given_several_times(words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parsed = parser.parse_args(words)
    assert parsed.model == (["a", "b"] if "--model" in words else [])
    assert parsed.draws == 20
    assert not parsed.json
