"""Does the band come by itself when the hand rests, leave at an edit, and are isotherms those that were chosen?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel

from planner.domain.errors import SimulationRefused
from planner.domain.identity import Sha256
from planner.domain.uncertainty import CaseOutcome, IceCase, IsothermSize, PredictionRange
from planner.rendering.primitives import Role
from planner.services.band import shared_edges
from planner.services.shared import SharedRange
from planner.services.tasks import Predict, PredictRange
from planner.ui.dialogs.model_card import ModelCardDialog
from planner.ui.ice_levels import remember_levels
from planner.ui.preferences import ICE_LEVELS, OWN_ICE_LEVEL, Preferences
from planner.ui.slices.layers import Layers
from planner.ui.view_state import ViewState

NOWHERE = Sha256("0" * 64)


@pytest.fixture
def predicted(planned, case):
    """The window with a prediction of its plan."""
    show_prediction(planned, case)
    return planned


def show_prediction(window, case):
    prediction = case.prediction()
    session = window.desk.session
    window.prediction._cancel()
    window.prediction._kept[session.judged_hash] = prediction
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)


def a_range(window, case, levels_c=(0.0, -20.0, -40.0)):
    """As the task would reply: the nominal ice, and a warmer and a colder field."""
    session = window.desk.session
    result = session.result
    fields = [result.minimum_c + 10, result.minimum_c, result.minimum_c - 10]
    outcomes = tuple(
        CaseOutcome(each, NOWHERE, (IsothermSize(0.0, float(n), 10.0 * n),)) for n, each in enumerate(IceCase, start=1)
    )
    found = PredictionRange(session.judged_hash, NOWHERE, 1.0, outcomes, (), (), ())
    edges = shared_edges(fields, result.grid, levels_c=levels_c, error_mm=1.0, blobs=case.blobs)
    return SharedRange(found, result.grid, tuple(case.blobs.put(field) for field in fields), 1.0, edges)


def rest(window):
    """Let the hand have rested."""
    assert window.band._rest.isActive()
    window.band._rest.stop()
    window.band._rest.timeout.emit()


def asked(runner):
    return [job for job in runner.requests(PredictRange) if not job.cancelled]


def loud(window):
    """Jobs on the range that the status line shows."""
    return [job.verb for job in window.desk.jobs.running if not job.is_quiet and "range" in job.verb]


def band_lines(window):
    axial = window.plan.grid.slices[0]
    return [mark.name for mark in axial.primitives() if mark.role is Role.ICE and mark.pen and mark.pen.dash_px]


def test_the_band_is_asked_for_quietly_once_the_result_is_there_and_the_hand_has_rested(planned, case, runner):
    assert not planned.band.is_pending
    show_prediction(planned, case)
    assert asked(runner) == []
    rest(planned)
    (job,) = asked(runner)
    assert job.request.plan == planned.desk.session.plan
    assert job.request.levels_c == (0.0, -20.0, -40.0)
    assert loud(planned) == []
    assert band_lines(planned) == []
    job.on_done(a_range(planned, case))
    assert band_lines(planned) == ["0 °C edge, pessimistic", "−20 °C, pessimistic"]
    planned.desk.view.set_flag("whole_band", on=True)
    assert band_lines(planned) == [
        f"{level}, {edge}"
        for level, edges in (("0 °C edge", ("p", "o")), ("−20 °C", ("o", "p")), ("−40 °C", ("o", "p")))
        for edge in ({"p": "pessimistic", "o": "optimistic"}[each] for each in edges)
    ]
    assert "of the plan as it stands" in planned.band.words()
    assert not planned.band.is_pending


def test_an_edit_ends_it_at_once_and_nothing_of_it_is_drawn(predicted, case, runner):
    rest(predicted)
    (job,) = asked(runner)
    made = a_range(predicted, case)
    predicted.actions_by_id["slide_in"].trigger()
    assert job.cancelled
    assert not predicted.band.is_pending
    job.on_done(made)
    assert band_lines(predicted) == []
    assert predicted.desk.session.uncertainty is None
    # No band is asked for round a prediction that does not fit, nor while it is computed.
    QTest.qWait(50)
    assert asked(runner) == []


def test_an_edit_before_the_hand_has_rested_costs_nothing(predicted, runner):
    assert predicted.band.is_pending
    predicted.actions_by_id["slide_in"].trigger()
    assert not predicted.band.is_pending
    assert runner.requests(PredictRange) == []


def test_undo_brings_the_band_back_with_its_prediction_and_nothing_is_computed(predicted, case, runner):
    rest(predicted)
    asked(runner)[0].on_done(a_range(predicted, case))
    predicted.actions_by_id["slide_in"].trigger()
    assert band_lines(predicted) == []
    predicted.actions_by_id["undo"].trigger()
    assert predicted.desk.session.range_is_current
    assert band_lines(predicted)
    assert not predicted.band.is_pending
    assert len(runner.requests(PredictRange)) == 1


def test_the_switch_takes_the_band_away_and_ends_its_computation(predicted, case, runner, qtbot):
    rest(predicted)
    predicted.actions_by_id["show_band"].trigger()
    assert runner.requests(PredictRange)[0].cancelled
    assert "switched off" in predicted.band.words()
    predicted.actions_by_id["show_band"].trigger()
    rest(predicted)
    asked(runner)[-1].on_done(a_range(predicted, case))
    assert band_lines(predicted)
    axial = predicted.plan.grid.slices[0]
    predicted.activateWindow()
    axial.setFocus()
    qtbot.waitUntil(axial.hasFocus)
    QTest.keyClick(axial, Qt.Key.Key_U)
    assert not predicted.desk.view.show_band
    assert band_lines(predicted) == []
    assert Layers().ice(predicted.desk.session, predicted.desk.view).band is None


def test_the_action_makes_the_quiet_job_a_loud_one_and_switches_the_band_on(predicted, case, runner):
    rest(predicted)
    predicted.actions_by_id["range"].trigger()
    (job,) = asked(runner)
    assert loud(predicted) == ["Predicting the range"]
    job.on_done(a_range(predicted, case))
    assert "1.0 to 3.0 mL" in predicted.status.sentence.whole_text()


def test_a_refusal_is_told_and_not_asked_again_until_the_plan_changes(predicted, case, runner):
    rest(predicted)
    asked(runner)[0].on_failed(SimulationRefused("The largest ice leaves the scan.", code="box"))
    assert "largest ice leaves the scan" in predicted.band.words()
    assert "REFUSED" not in predicted.banners.words()
    assert not predicted.band.is_pending
    predicted.actions_by_id["slide_in"].trigger()
    show_prediction(predicted, case)
    assert predicted.band.is_pending


def test_a_level_that_is_added_is_asked_for_beside_those_that_are_there(predicted, case, runner):
    rest(predicted)
    asked(runner)[0].on_done(a_range(predicted, case))
    predicted.desk.view.set_flag("whole_band", on=True)
    predicted.desk.view.set_levels((0.0, -60.0))
    assert {"0 °C edge, pessimistic"} <= set(band_lines(predicted))
    rest(predicted)
    assert asked(runner)[1].request.levels_c == (0.0, -20.0, -40.0, -60.0)
    asked(runner)[1].on_done(a_range(predicted, case, levels_c=(0.0, -20.0, -40.0, -60.0)))
    assert any(name.startswith("−60 °C, ") for name in band_lines(predicted))
    assert not any(name.startswith("−20 °C") for name in band_lines(predicted))
    predicted.desk.view.set_levels((0.0, -20.0))
    assert not predicted.band.is_pending


def test_an_isotherm_that_no_place_surely_reaches_says_so_where_it_stands(predicted, case):
    session = predicted.desk.session
    made = a_range(predicted, case)
    edges = tuple(replace(each, inner=None) for each in made.edges)
    assert session.show_range(replace(made, edges=edges))
    words = [
        mark.text
        for mark in predicted.plan.grid.slices[0].primitives()
        if mark.role is Role.ICE_LABEL and hasattr(mark, "text")
    ]
    assert words == ["0 °C edge", "−20 °C unsure", "−40 °C"]


def test_the_result_comes_first_when_both_are_wanted(predicted, runner, qtbot):
    rest(predicted)
    predicted.actions_by_id["slide_in"].trigger()
    qtbot.waitUntil(lambda: len(runner.requests(Predict)) >= 1, timeout=30000)
    assert asked(runner) == []


# --- isotherms -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lines(planned):
    """The open list of isotherms."""
    planned.plan.toolbar.open_ice_lines()
    yield planned.plan.toolbar.ice_lines
    planned.plan.toolbar.ice_lines.close()


def ticks(lines):
    return {tick.text().strip(): tick for tick in lines.findChildren(QCheckBox)}


def test_a_tick_draws_an_isotherm_and_the_legend_says_what_it_means(planned, case, lines):
    show_prediction(planned, case)
    QTest.mouseClick(ticks(lines)["−60 °C"], Qt.MouseButton.LeftButton)
    assert planned.desk.view.levels_c == (0.0, -20.0, -40.0, -60.0)
    assert "−60 °C: conservative" in planned.plan.toolbar.legend.toolTip()
    drawn = [mark.name for mark in planned.plan.grid.slices[0].primitives() if mark.role is Role.ICE]
    assert drawn == ["0 °C edge", "−20 °C", "−40 °C", "−60 °C"]
    words = " ".join(label.text() for label in lines.findChildren(QLabel))
    for said in ("not cell death", "onset of axonotmesis", "caution", "neurotmesis", "EVANS1981", "3.1 mm (IJH2020"):
        assert said in words


def test_the_last_isotherm_stays_and_says_why(planned, lines):
    for name in ("0 °C edge", "−40 °C"):
        QTest.mouseClick(ticks(lines)[name], Qt.MouseButton.LeftButton)
    assert planned.desk.view.levels_c == (-20.0,)
    assert not ticks(lines)["−20 °C"].isEnabled()
    assert "Press O" in ticks(lines)["−20 °C"].toolTip()


def test_an_own_isotherm_is_typed_drawn_and_moves(planned, lines):
    field = lines._own_field
    for typed, levels in (("-33", (0.0, -20.0, -33.0, -40.0)), ("-52,5", (0.0, -20.0, -40.0, -52.5))):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert planned.desk.view.levels_c == levels
    assert ticks(lines)["Own"].isChecked()
    QTest.mouseClick(ticks(lines)["Own"], Qt.MouseButton.LeftButton)
    assert planned.desk.view.levels_c == (0.0, -20.0, -40.0)
    assert planned.desk.view.own_level_c == -52.5


def test_an_own_isotherm_that_is_in_the_list_is_ticked_there(planned, lines):
    field = lines._own_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "-60")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert planned.desk.view.levels_c == (0.0, -20.0, -40.0, -60.0)
    assert not ticks(lines)["Own"].isChecked()
    assert planned.desk.view.own_level_c == -30.0
    assert any("is in the list" in label.text() for label in lines.findChildren(QLabel))


def test_all_edges_of_the_band_are_chosen_in_the_list(planned, lines):
    tick = ticks(lines)["Both edges of every isotherm drawn"]
    assert not tick.isChecked()
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(10, 12))
    assert planned.desk.view.whole_band


def test_escape_closes_the_list(lines):
    assert lines.isVisible()
    QTest.keyClick(lines, Qt.Key.Key_Escape)
    assert not lines.isVisible()


def test_isotherms_are_there_again_after_a_restart(tmp_path):
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    first = ViewState()
    remember_levels(first, Preferences(settings))
    assert first.levels_c == (0.0, -20.0, -40.0)
    first.set_own_level(-33.5)
    first.set_levels((0.0, -33.5, -100.0))
    first.set_flag("whole_band", on=True)
    again = ViewState()
    remember_levels(again, Preferences(settings))
    assert again.levels_c == (0.0, -33.5, -100.0)
    assert again.own_level_c == -33.5
    assert again.whole_band


@pytest.mark.parametrize("kept", [["warm", "nan"], ["-5000"], ["-17"], []])
def test_isotherms_that_another_program_wrote_are_left_out(tmp_path, kept):
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    settings.setValue(ICE_LEVELS, kept)
    settings.setValue(OWN_ICE_LEVEL, "inf")
    view = ViewState()
    remember_levels(view, Preferences(settings))
    assert view.levels_c == (0.0, -20.0, -40.0)
    assert view.own_level_c == -30.0


# --- model card ------------------------------------------------------------------------------------------------------


def card_words(window):
    (dialog,) = [each for each in window.findChildren(ModelCardDialog) if each.isVisible()]
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    dialog.close()
    return words


def test_the_model_card_says_that_nothing_is_known_without_a_prediction(planned):
    planned.actions_by_id["model_card"].trigger()
    words = card_words(planned)
    assert "NOT ASSESSED" in words
    assert "3.1 mm (IJH2020)" in words


def test_the_model_card_names_what_of_the_plan_was_never_compared(predicted, monkeypatch):
    predicted.actions_by_id["model_card"].trigger()
    assert "INSIDE" in card_words(predicted) or "OUTSIDE" in card_words(predicted)
    monkeypatch.setattr("planner.ui.dialogs.model_card.outside_card", lambda *_: ("X: 5 mm is outside 1 to 2 mm.",))
    predicted.plan.toolbar.ice_lines.card_asked.emit()
    words = card_words(predicted)
    assert "OUTSIDE" in words
    assert "X: 5 mm is outside 1 to 2 mm." in words
    assert "EX-08" in words
