"""Is what is said of suggested placements right, on both sides of the body, and is none lost among near-equals?"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import BlobRef, ProbeId, Sha256, StructureId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.suggestion import SuggestCandidate, SuggestFigures, WorstMargin, dominates
from planner.planning.suggest_choice import non_dominated
from planner.planning.suggest_words import explanation, passages

GRID = Grid.from_axes((40, 40, 40), origin_lps_mm=(-39.0,) * 3, spacing_ijk_mm=(2.0,) * 3)
Z, Y, X = np.meshgrid(*(np.arange(40) * 2.0 - 39,) * 3, indexing="ij")
ARTERY = Structure(
    StructureId("a"), "Artery", StructureKind.ARTERY, BlobRef(Sha256("0" * 64), (40, 40, 40), "bool"),
    StructureOrigin.DRAWN,
)  # fmt: skip
FIGURES = SuggestFigures(90.0, 80.0, 18.0, 20.0, None, -70.0, -78.0, 60.0, 10.0, 1, 480.0, None, (1, 0, 0, 0))


def passed(at_x_mm, shaft_x_mm, *, midline_x_mm=0.0):
    """A tube along z about (at_x, 0), and a shaft along y beside it."""
    mask = np.hypot(X - at_x_mm, Y) < 4
    probe = ProbePlacement(ProbeId("p"), "P1", "m", (shaft_x_mm, -35.0, 0.0), (shaft_x_mm, 30.0, 0.0))
    (found,) = passages(probe, (ARTERY,), {ARTERY.id: mask}, GRID, midline_x_mm=midline_x_mm)
    return probe, found


@pytest.mark.parametrize(
    ("at_x_mm", "shaft_x_mm", "words"),
    [
        (15.0, 25.0, "lateral to"),
        (15.0, 6.0, "medial to"),
        (-15.0, -25.0, "lateral to"),
        (-15.0, -6.0, "medial to"),
        (7.0, -2.0, "medial to"),  # the shaft is beyond the midline, nearer to it than the artery
        (-7.0, 2.0, "medial to"),
        (0.0, 9.0, "lateral to"),  # of what lies on the midline both ways lead away from it
        (0.0, -9.0, "lateral to"),
    ],
)
def test_lateral_is_away_from_the_midline_on_the_side_of_the_structure(at_x_mm, shaft_x_mm, words):
    """In patient space the midline may be anywhere, and left is +x."""
    assert passed(at_x_mm, shaft_x_mm)[1].words == words
    assert passed(at_x_mm, shaft_x_mm, midline_x_mm=None)[1].words == (
        f"to the patient’s {'left' if shaft_x_mm > at_x_mm else 'right'} of"
    )


def candidate(**changed):
    protocol = Protocol("8 min", (Phase(PhaseKind.FREEZE, 480.0),))
    probe, inside = passed(15.0, 15.0)
    figures = replace(FIGURES, **changed)
    return SuggestCandidate("A", (probe,), protocol, figures, Sha256("1" * 64), passages=(inside,))


def test_a_shaft_within_a_structure_is_told_to_be_inside():
    told = " ".join(explanation(candidate(), isotherm_c=-20.0, position=PatientPosition.HFS))
    assert " mm inside artery" in told
    assert "−" not in told.split("inside artery")[0].split("passes")[1]
    assert "-" not in told.split("inside artery")[0].split("passes")[1]


def test_no_figure_of_an_explanation_is_rounded_onto_what_it_does_not_reach():
    margin = WorstMargin("s", "Skin", 4.96, 6.0, 5.0)
    near = candidate(covered_percent=99.7, covered_low_percent=94.9, margin=margin)
    told = " ".join(explanation(near, isotherm_c=-20.0, position=PatientPosition.HFS))
    assert "treat 99 % of" in told
    assert ", 94 % with the smallest ice" in told
    assert "4.96 mm from the largest ice" in told


def ring():
    """Coverage, path and tilt: each beats the next by 0.8 of what is told apart, and loses 0.4 twice."""
    gains = ((0.4, 0.0, 0.4), (-0.4, 0.4, 0.8), (0.0, 0.8, 0.0))
    return [
        replace(FIGURES, covered_percent=90.0 + a, longest_mm=60.0 - 2 * b, tilt_deg=10.0 - 2 * c) for a, b, c in gains
    ]


def test_of_placements_that_beat_each_other_in_a_ring_one_stays():
    every = ring()
    assert all(any(dominates(other, own) for other in every) for own in every)  # so it is a ring
    worse = replace(FIGURES, covered_percent=80.0, longest_mm=90.0, tilt_deg=30.0)
    for order in permutations([*every, worse]):
        kept = non_dominated(order, lambda one: one)
        assert kept == [next(one for one in order if one is not worse)]
