"""Is the prediction asked for when the hand rests, and is nothing old ever shown as current?"""

from __future__ import annotations

import pytest

from planner.domain.errors import SimulationRefused
from planner.services.commands import MoveProbe, RemoveProbe
from planner.services.tasks import Predict


@pytest.fixture
def asked(planned, runner, qtbot):  # noqa: ARG001 - opens the plan
    """Wait until the loop has asked for a preview and a result of the plan on the desk."""

    def wait(count):
        qtbot.waitUntil(lambda: len(runner.requests(Predict)) >= count, timeout=30000)
        return runner.requests(Predict)

    wait(2)
    return wait


def _move(window, y):
    probe = window.desk.session.plan.probes[0]
    window.desk.apply(MoveProbe(probe.id, probe.label, probe.entry_lps_mm, (0.0, y, 0.0), "tip"))


def test_preview_and_result_are_asked_for_one_plan(planned, asked):
    jobs = asked(2)
    assert [job.request.spacing_mm for job in jobs] == [2.0, 1.0]
    assert {job.request.plan.hash for job in jobs} == {planned.desk.session.plan.hash}


def test_many_edits_in_a_row_are_one_question(planned, asked, runner):
    for y in (1.0, 2.0, 3.0, 4.0):
        _move(planned, y)
    assert len(asked(4)) == 4
    assert all(job.cancelled for job in runner.jobs[:2])
    assert runner.requests(Predict)[-1].request.plan.probes[0].tip_lps_mm == (0.0, 4.0, 0.0)


def test_a_late_answer_is_never_shown(planned, case, asked):
    late = case.prediction()
    first = asked(2)[1]
    _move(planned, 1.0)
    first.on_done(late)
    assert planned.desk.session.result is None


def test_undo_brings_the_known_prediction_back_at_once(planned, case, asked):
    asked(2)[1].on_done(case.prediction())
    assert planned.desk.session.result_is_current
    _move(planned, 1.0)
    assert not planned.desk.session.result_is_current
    assert "STALE" in planned.banners.words()
    planned.actions_by_id["undo"].trigger()
    assert planned.desk.session.result_is_current
    assert "STALE" not in planned.banners.words()


def test_a_preview_never_replaces_the_result(planned, case, asked):
    preview, result = asked(2)
    result.on_done(case.prediction())
    preview.on_done(case.prediction(spacing_mm=2.0))
    assert planned.desk.session.result.grid.spacing_ijk_mm[0] == pytest.approx(1.0)
    assert "1 mm result" in planned.status.grade.text()


def test_a_refused_prediction_is_a_sentence(planned, asked):
    error = SimulationRefused("The energy balance is off by 9 %. No picture is shown.", code="energy")
    asked(2)[1].on_failed(error)
    assert "energy balance" in planned.banners.sentence_of("NO PREDICTION")


@pytest.mark.usefixtures("asked")
def test_nothing_is_asked_without_a_probe(planned, runner):
    planned.desk.apply(RemoveProbe("p1", "P1"))
    planned.prediction._rest.timeout.emit()
    assert len(runner.requests(Predict)) == 2
