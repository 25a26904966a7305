"""Is the best suggestion for a demonstration patient as good as its plan drawn by hand, wherever it says so?

The search is a small one; ``frostline bench suggest`` makes the whole one. ``FROSTLINE_SUGGEST_DEMO=neck`` tests that
patient too, for whom more must be looked at.
"""

from __future__ import annotations

import os

import numba
import pytest

from planner.domain.progress import silent
from planner.domain.suggestion import SuggestAxis, SuggestWish, dominates, with_candidate
from planner.persistence.blobs import BlobStore
from planner.services.demo import demo_plan
from planner.services.local_processes import InThisProcess
from planner.services.suggest import suggest
from planner.services.suggest_effort import Effort
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.tasks import BuildCase, ImportStructures, OpenSeries, Predict, ScanFolder, perform

SMALL = Effort(aims=80, paths=200_000, singles=16, around=4, per_centre=4, largest=10, fine=3)
EFFORT = {"chest-wall": SMALL, "neck": Effort()}
CASES = ("chest-wall", *os.environ.get("FROSTLINE_SUGGEST_DEMO", "").split())


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize("case", CASES)
def test_the_best_suggestion_keeps_what_it_claims_against_the_plan_by_hand(case, tmp_path):
    blobs = BlobStore(tmp_path)
    built = perform(BuildCase(case, str(tmp_path / "dicom")), blobs=blobs, progress=silent)
    (series,) = perform(ScanFolder(built.series_folder), blobs=blobs, progress=silent).series
    opened = perform(OpenSeries(series.slices), blobs=blobs, progress=silent)
    fresh = perform(ImportStructures(opened.volume, built.structures_file), blobs=blobs, progress=silent)
    plan = demo_plan(built, opened, fresh, name=built.title)
    wish = SuggestWish(plan.targets[0].id, (plan.probes[0].model_id,), draws=0)
    told = suggest(
        SuggestPlacements(opened.volume, plan, wish),
        executor=InThisProcess(),
        blobs=blobs,
        progress=silent,
        effort=EFFORT[case],
    )
    assert told.candidates
    assert told.present is not None
    best, own = told.candidates[0], told.present
    if not told.present_broken:  # the plan by hand breaks nothing: then the best is no step back from it
        assert not dominates(own, best.figures)
        assert best.figures.covered_percent >= own.covered_percent - SuggestAxis.COVERAGE.told_apart
    assert not any(row.is_broken for row in best.hard_rows)
    _claims_are_true(best, own)
    _figures_are_the_assessments(plan, best, opened.volume, blobs)


def _claims_are_true(best, own):
    """Every axis that is said to be gained is better by the figures, every other that differs is said to be a cost."""
    (sentence,) = [words for words in best.explanation if words.startswith("Against the plan as it")]
    gains, _, costs = sentence.partition("costs ")
    said = {
        SuggestAxis.COVERAGE: "of coverage",
        SuggestAxis.MARGIN: "mm of margin",
        SuggestAxis.LENGTH: "a path",
        SuggestAxis.TILT: "tilt",
        SuggestAxis.FREEZE: "freeze",
    }
    for axis, words in said.items():
        a, b = best.figures.on(axis), own.on(axis)
        gain = a - b if axis.more_is_better else b - a
        if words in gains:
            assert gain > 0, (axis, sentence)
        elif words in costs:
            assert gain < 0, (axis, sentence)
        else:
            assert abs(gain) <= axis.told_apart / 2, (axis, sentence)


def _figures_are_the_assessments(plan, best, volume, blobs):
    """The adopted plan, predicted and judged anew in its own box, says what the suggestion said."""
    adopted = with_candidate(plan, best)
    assert adopted.judged_hash == best.plan_hash
    checks = perform(Predict(volume, adopted, 1.0), blobs=blobs, progress=silent).assessment.checks
    said = {
        (row.subject_id, row.quantity): row for row in best.hard_rows if row.case != "largest" and row.value is not None
    }
    seen = 0
    for check in checks:
        row = said.get((check.subject_id, check.quantity))
        if row is not None and check.value is not None:
            assert row.verdict is check.verdict, check
            if check.subject_kind != "prediction" and "Outside the predicted box" not in check.reason:  # of the box
                assert row.value == pytest.approx(check.value, abs=0.3), check
                seen += 1
    assert seen >= 10
