"""Does the Assess panel say how robust the plan is, and only of exactly the plan as it stands?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.errors import SimulationRefused
from planner.persistence.technique_table import robustness_table
from planner.services import robustness_kept
from planner.services.robustness_shelf import current_robustness
from planner.services.robustness_tasks import AssessRobustness
from planner.services.tasks import ExportPlan
from tests.drawn_plan import drawn
from tests.ui.robust_bench import assess, run, word_of


@pytest.fixture
def section(planned, case):
    """The section of the Assess step, with a prediction of the plan."""
    return assess(planned, case)


@pytest.fixture
def told(planned):
    return drawn(planned.desk.session.plan)


@pytest.fixture
def known(planned, section, runner, told):
    """The window after a run, its details unfolded."""
    run(section, runner, told)
    section.fold.setChecked(True)
    return planned


def test_before_anything_was_run_it_is_not_assessed_and_says_what_a_run_does(section):
    assert word_of(section.badge) == "NOT ASSESSED"
    assert "500 times" in section.words.text()
    assert section.run.text() == "Run 500 draws"
    assert section.fold.isHidden()


def test_a_run_asks_for_the_plan_as_it_stands_shows_its_progress_and_can_be_cancelled(planned, section, runner):
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    (job,) = runner.requests(AssessRobustness)
    assert job.request.plan == planned.desk.session.plan
    assert (job.request.draws, job.request.is_tissue_drawn) == (500, False)
    assert not section.run.isEnabled()
    job.on_progress(120, 500, "Computing draws")
    assert section.progress_words.text() == "Computing draws 120 of 500"
    assert section.bar.value() == 120
    QTest.mouseClick(section.cancel, Qt.MouseButton.LeftButton)
    assert job.cancelled
    assert section.run.isEnabled()
    assert section.progress_words.isHidden() or not section.bar.isVisible()


def test_the_status_lines_cancel_ends_it_too(planned, section):
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    planned.desk.jobs.cancel(planned.desk.jobs.running[-1])
    assert section.loop.job is None
    assert section.run.isEnabled()


def test_the_row_says_share_technique_and_what_fails_first(planned, section, runner, told):
    run(section, runner, told)
    assert word_of(section.badge) == "70 % of 10 draws hold"
    assert section.words.text() == (
        "Freehand, in plane: lateral error 6.2 ± 2.7 mm. Skin, 0 °C edge fails first, from a tip error of 2.5 mm on."
    )
    assert section.run.text() == "Run again"
    assert current_robustness(planned.desk.session) == told


def test_the_technique_is_a_preference_no_edit_and_the_next_runs(planned, section, runner):
    before = planned.desk.session.plan_hash
    section.technique.setFocus()
    wanted = next(t for t in robustness_table().techniques if t.id == "robot-in-plane")
    section.technique.setCurrentIndex(section.technique.findData(wanted.id))
    section.technique.activated.emit(section.technique.currentIndex())
    QTest.mouseClick(section.tissue, Qt.MouseButton.LeftButton, pos=QPoint(8, section.tissue.height() // 2))
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    asked = runner.requests(AssessRobustness)[-1].request
    assert (asked.technique, asked.is_tissue_drawn) == (wanted, True)
    assert planned.desk.session.plan_hash == before
    assert planned.desk.preferences.text("robustness/technique") == wanted.id


def test_an_edit_makes_it_stale_without_a_verdict_and_undo_brings_it_back(known, section):
    known.actions_by_id["slide_in"].trigger()
    section.refresh()
    assert word_of(section.badge) == "STALE"
    assert "nothing is known" in section.words.text()
    assert section.fold.isHidden()
    assert current_robustness(known.desk.session) is None
    known.actions_by_id["undo"].trigger()
    section.refresh()
    assert word_of(section.badge) == "70 % of 10 draws hold"


def test_an_edit_ends_a_run_and_a_late_answer_is_dropped(planned, section, runner, told):
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    (job,) = runner.requests(AssessRobustness)
    planned.actions_by_id["slide_in"].trigger()
    assert job.cancelled
    job.on_done(told)
    section.loop._receive(told)  # and were it not cancelled
    assert current_robustness(planned.desk.session) is None


def test_a_refusal_stands_where_the_result_would(section, runner):
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    runner.requests(AssessRobustness)[-1].on_failed(SimulationRefused("The probe leaves the scan.", code="box"))
    assert word_of(section.badge) == "NOT ASSESSED"
    assert section.words.text() == "The probe leaves the scan."


@pytest.mark.usefixtures("known")
def test_the_details_list_limits_coverage_and_failing_draws(section):
    details = section._details
    assert [row.name for row in details._model.rows] == ["Draw 3", "Draw 5", "Draw 6"]
    assert details._draws_head.text() == "Failing draws, 3, the nearest first"
    names = [
        widget.accessibleName()
        for n in range(details._limits.count())
        if (widget := details._limits.itemAt(n).widget()) is not None
    ]
    assert any(
        name.startswith("Skin, 0 °C edge: 20 % FAIL; planned 12.0 mm · worst 4.0 mm · fails from 2.5 mm")
        for name in names
    )
    assert "nothing" not in details._notes.text()


def test_the_report_of_this_plan_gets_its_draws_and_that_of_another_does_not(known, runner, told):
    known.actions_by_id["report"].trigger()
    assert runner.requests(ExportPlan)[-1].request.robustness == told.inputs_hash
    known.actions_by_id["slide_in"].trigger()
    known.desk.session.undo()
    assert current_robustness(known.desk.session) is not None


def test_what_the_plans_file_holds_is_there_when_it_is_opened(planned, section, told, qtbot, tmp_path):
    session = planned.desk.session
    session.keep_in(tmp_path / "kept.frostline", source_folder="")
    session.file.keep_result(robustness_kept.FILE_NAME, robustness_kept.packed(told))
    section.loop._on_opened()
    qtbot.waitUntil(lambda: word_of(section.badge) == "70 % of 10 draws hold", timeout=10_000)
    assert robustness_kept.kept(told.inputs_hash, planned.desk.blobs) == told
