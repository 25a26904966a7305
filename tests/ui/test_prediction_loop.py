"""Is a preview asked for at every edit and the result when the hand rests, and is nothing old ever shown as current?"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.errors import SimulationRefused
from planner.domain.geometry import isotropic_box
from planner.rendering.primitives import Label, Role
from planner.services.commands import RenamePlan
from planner.services.probe_commands import MoveProbe, RemoveProbe
from planner.services.tasks import Predict, PreviewedIce, PreviewIce
from planner.ui.slices.layers import layers_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(planned, runner, qtbot):  # noqa: ARG001 - opens the plan
    """Wait until the loop has asked for so many results of the plan on the desk."""

    def wait(count):
        qtbot.waitUntil(lambda: len(runner.requests(Predict)) >= count, timeout=30000)
        return runner.requests(Predict)

    wait(1)
    return wait


def _move(window, y):
    probe = window.desk.session.plan.probes[0]
    window.desk.apply(MoveProbe(probe.id, probe.label, probe.entry_lps_mm, (0.0, y, 0.0), "tip"))


def _answer(job, blobs, *, cold_c=-60.0):
    """Answer a preview with a ball of cold round the tip of the plan it was asked for."""
    plan = job.request.plan
    grid = isotropic_box((0, 0, 0), extent_mm=(60, 60, 60), spacing_mm=2)
    k, j, i = np.indices(grid.shape_kji)
    radius = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - plan.probes[0].tip_lps_mm, axis=-1)
    field = np.minimum(cold_c + 8 * radius, 37).astype(np.float32)
    job.on_done(PreviewedIce(plan.hash, grid, 120.0, blobs.put(field), reaches_boundary=False))


def _ice(window):
    return layers_of(window.desk.session).ice(window.desk.session, window.desk.view)


def test_preview_and_result_are_asked_for_one_plan(planned, asked, runner):
    result, preview = asked(1)[0], runner.requests(PreviewIce)[0]
    assert result.request.spacing_mm == 1.0
    assert result.request.plan == preview.request.plan == planned.desk.session.plan


def test_many_edits_in_a_row_are_one_question(planned, asked, runner):
    for y in (1.0, 2.0, 3.0, 4.0):
        _move(planned, y)
    assert len(asked(2)) == 2
    assert runner.requests(Predict)[0].cancelled
    assert runner.requests(Predict)[-1].request.plan.probes[0].tip_lps_mm == (0.0, 4.0, 0.0)


@pytest.mark.usefixtures("asked")
def test_one_preview_is_under_way_and_the_newest_place_is_next(planned, runner, case):
    first = runner.requests(PreviewIce)[0]
    for y in (1.0, 2.0, 3.0):
        _move(planned, y)
    assert runner.requests(PreviewIce) == [first]
    _answer(first, case.blobs)
    assert [job.request.plan.probes[0].tip_lps_mm[1] for job in runner.requests(PreviewIce)] == [0.0, 3.0]
    assert runner.requests(PreviewIce)[1].request.box == planned.desk.session.preview.grid
    assert not first.cancelled
    _answer(runner.requests(PreviewIce)[1], case.blobs)
    assert len(runner.requests(PreviewIce)) == 2


@pytest.mark.usefixtures("asked")
def test_a_preview_that_trails_the_hand_says_so_and_is_never_judged(planned, runner, case):
    session = planned.desk.session
    _move(planned, 1.0)
    _answer(runner.requests(PreviewIce)[0], case.blobs)
    assert _ice(planned).is_preview
    assert not session.preview_is_current
    assert "following the probe" in _ice(planned).grade
    _answer(runner.requests(PreviewIce)[1], case.blobs)
    assert session.preview_is_current
    assert _ice(planned).grade == "PREVIEW 2 mm · end of the first freeze, 2:00"
    assert not session.result_is_current
    assert session.assessment is None
    assert "not judged" in planned.status.grade.text()
    words = [m.text for m in planned.plan.grid.slices[0].primitives() if isinstance(m, Label)]
    assert "PREVIEW" in words


def test_the_ice_of_a_preview_replaces_the_stale_one_and_the_result_replaces_it(planned, case, asked, runner):
    asked(1)[0].on_done(case.prediction())
    _move(planned, 1.0)
    assert _ice(planned).is_stale
    _answer(runner.requests(PreviewIce)[0], case.blobs)
    _answer(runner.requests(PreviewIce)[1], case.blobs)
    assert _ice(planned).is_preview
    # What is on screen is the preview: no banner pushes the views about while the hand steers by them.
    assert "STALE" not in planned.banners.words()
    assert not [m for m in planned.plan.grid.slices[0].primitives() if m.role is Role.STALE]
    asked(2)[1].on_done(case.prediction())
    assert not _ice(planned).is_preview
    assert planned.desk.session.preview is None
    assert "STALE" not in planned.banners.words()


def test_after_the_result_the_next_drag_is_prepared_round_where_the_probes_are(planned, case, asked, runner):
    _answer(runner.requests(PreviewIce)[0], case.blobs)
    asked(1)[0].on_done(case.prediction())
    ahead = runner.requests(PreviewIce)[1]
    assert ahead.request.box is None
    _answer(ahead, case.blobs)
    assert planned.desk.session.preview is None
    assert planned.desk.session.result_is_current
    _move(planned, 1.0)
    assert runner.requests(PreviewIce)[2].request.box is not None


def test_a_late_preview_never_covers_the_result(planned, case, asked, runner):
    result, preview = asked(1)[0], runner.requests(PreviewIce)[0]
    result.on_done(case.prediction())
    _answer(preview, case.blobs)
    assert planned.desk.session.preview is None
    assert planned.desk.session.result.grid.spacing_ijk_mm[0] == pytest.approx(1.0)
    assert "1 mm result" in planned.status.grade.text()


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("change", [lambda w: w.desk.undo(), lambda w: w.desk.apply(RenamePlan("Other"))])
def test_a_preview_ends_with_any_other_change(planned, runner, case, change):
    _move(planned, 1.0)
    _answer(runner.requests(PreviewIce)[0], case.blobs)
    late = runner.requests(PreviewIce)[1]
    assert planned.desk.session.preview is not None
    change(planned)
    assert planned.desk.session.preview is None
    _answer(late, case.blobs)
    assert planned.desk.session.preview is None
    assert runner.requests(PreviewIce)[2].request.plan == planned.desk.session.plan


@pytest.mark.usefixtures("asked")
def test_a_refused_preview_shows_no_ice_and_a_sentence_while_the_hand_holds_on(planned, runner, case):
    session = planned.desk.session
    session.begin_gesture()
    _move(planned, 1.0)
    _answer(runner.requests(PreviewIce)[0], case.blobs)
    assert session.preview is not None
    runner.requests(PreviewIce)[1].on_failed(SimulationRefused("40 % of P1 lies outside the body.", code="outside"))
    assert session.preview is None
    assert "outside the body" in planned.status.sentence.whole_text()
    _move(planned, 2.0)
    assert len(runner.requests(PreviewIce)) == 3
    session.end_gesture()


def test_nothing_final_is_asked_while_the_hand_holds_on_and_at_once_when_it_lets_go(planned, asked, runner):
    axial, session = planned.plan.grid.slices[0], planned.desk.session
    asked(1)
    start = QPoint(*(round(float(v)) for v in axial.plane.to_px(session.plan.probes[0].tip_lps_mm)))
    QTest.mousePress(axial, LEFT, pos=start)
    for step in range(4, 24, 4):
        QTest.mouseMove(axial, start + QPoint(step, 0))
    assert session.is_held
    QTest.qWait(450)
    assert len(runner.requests(Predict)) == 1
    QTest.mouseRelease(axial, LEFT, pos=start + QPoint(20, 0))
    assert len(runner.requests(Predict)) == 2
    assert runner.requests(Predict)[1].request.plan == session.plan


def test_a_late_answer_is_never_shown(planned, case, asked):
    late = case.prediction()
    first = asked(1)[0]
    _move(planned, 1.0)
    first.on_done(late)
    assert planned.desk.session.result is None


def test_undo_brings_the_known_prediction_back_at_once(planned, case, asked):
    asked(1)[0].on_done(case.prediction())
    assert planned.desk.session.result_is_current
    _move(planned, 1.0)
    assert not planned.desk.session.result_is_current
    assert _ice(planned).is_stale
    planned.actions_by_id["undo"].trigger()
    assert planned.desk.session.result_is_current
    assert "STALE" not in planned.banners.words()


def test_a_refused_prediction_is_a_sentence(planned, asked):
    error = SimulationRefused("The energy balance is off by 9 %. No picture is shown.", code="energy")
    asked(1)[0].on_failed(error)
    assert "energy balance" in planned.banners.sentence_of("NO PREDICTION")


@pytest.mark.usefixtures("asked")
def test_nothing_is_asked_without_a_probe(planned, runner):
    planned.desk.apply(RemoveProbe("p1", "P1"))
    planned.prediction._rest.timeout.emit()
    assert len(runner.requests(Predict)) == 1
    assert len(runner.requests(PreviewIce)) == 1


@pytest.fixture
def held(planned, asked, runner, case):
    """The window while a hand holds a probe that it has moved and rests, its preview shown."""
    asked(1)[0].on_done(case.prediction())
    planned.desk.session.begin_gesture()
    _move(planned, 1.0)
    for _ in range(3):
        _answer(runner.requests(PreviewIce)[-1], case.blobs)
    return planned


def test_the_result_is_begun_while_a_hand_that_holds_on_rests_and_shown_when_it_lets_go(held, case, asked, runner):
    session = held.desk.session
    ahead = asked(2)[1]
    assert ahead.request.plan == session.plan
    ahead.on_done(case.prediction())
    assert not session.result_is_current
    assert _ice(held).is_preview
    session.end_gesture()
    assert session.result_is_current
    assert not _ice(held).is_preview
    assert len(runner.requests(Predict)) == 2


def test_a_result_under_way_when_the_hand_lets_go_is_not_asked_for_again(held, case, asked, runner):
    session, ahead = held.desk.session, asked(2)[1]
    session.end_gesture()
    assert len(runner.requests(Predict)) == 2
    assert not ahead.cancelled
    ahead.on_done(case.prediction())
    assert session.result_is_current


def test_a_result_begun_ahead_is_given_up_when_the_hand_moves_on(held, asked, runner):
    ahead = asked(2)[1]
    _move(held, 2.0)
    assert ahead.cancelled
    held.desk.session.end_gesture()
    assert len(runner.requests(Predict)) == 3
    assert runner.requests(Predict)[2].request.plan == held.desk.session.plan


def test_a_refusal_ahead_is_said_only_when_the_hand_lets_go(held, asked, runner):
    refusal = SimulationRefused("No ice can be predicted there.", code="x")
    asked(2)[1].on_failed(refusal)
    assert "NO PREDICTION" not in held.banners.words()
    held.desk.session.end_gesture()
    runner.requests(Predict)[2].on_failed(refusal)
    assert "NO PREDICTION" in held.banners.words()
