"""What becomes of a press that the library refuses? It counts, is said, and is kept later with its own time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.errors import CaseFileError
from planner.services.case_commands import NameCase, PutProcedure
from planner.services.casework import OpenCase
from tests.ui.timer_bench import PROCEDURE, TimerBench
from tests.unit.casebook.freeze_case import FREEZE, THAW, TWO_FREEZES, at


@pytest.fixture
def timer(app, no_leaks, tmp_path):
    del app, no_leaks
    made = TimerBench(tmp_path, TWO_FREEZES)
    yield made
    made.close()


class FullDisk:
    """Stands before a library and refuses to keep anything."""

    def __init__(self, library) -> None:
        self._library = library

    def read(self, case_id):
        return self._library.read(case_id)

    def keep(self, case, *, after, label, at):
        del case, after, label, at
        raise CaseFileError("The disk is full: 0 MB left.", code="case-disk")


def fill_disk(timer, monkeypatch) -> None:
    monkeypatch.setattr(timer.case_desk.open_case, "_library", FullDisk(timer.case_desk.library))


def test_H_34_a_press_on_a_full_disk_counts_and_is_kept_later_with_its_own_time(timer, monkeypatch) -> None:
    library = timer.case_desk.library
    fill_disk(timer, monkeypatch)
    timer.click(timer.page.keys.primary)
    assert timer.kept_rows() == []
    assert timer.page.not_kept.isVisible()
    assert "does not have it yet" in timer.page.not_kept.sentence.text()
    assert timer.desk.refused == ["The disk is full: 0 MB left."]
    timer.passes(8)
    assert timer.words.figures[0].text == "8:00"
    timer.click(timer.page.keys.primary)
    timer.passes(1)
    assert timer.words.name == "Passive thaw 1 of 2"
    monkeypatch.setattr(timer.case_desk.open_case, "_library", library)
    timer.click(timer.page.not_kept.keep)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8)), (THAW, at(8), "")]
    assert not timer.page.not_kept.isVisible()


def test_a_press_that_is_not_kept_can_be_dropped_or_taken_back(timer, monkeypatch) -> None:
    fill_disk(timer, monkeypatch)
    timer.click(timer.page.keys.primary)
    timer.click(timer.page.not_kept.drop)
    assert timer.words.name == "Not begun"
    timer.passes(1)
    timer.click(timer.page.keys.primary)
    assert timer.page.keys.undo.words[1] == "start freeze 1 of 2"
    timer.click(timer.page.keys.undo)
    assert timer.words.name == "Not begun"
    assert not timer.page.not_kept.isVisible()


def test_H_37_a_press_is_kept_on_the_record_as_another_window_left_it(timer) -> None:
    other = OpenCase(timer.case_desk.library, timer.case.id)
    other.apply(NameCase("Named elsewhere"))
    timer.click(timer.page.keys.primary)
    assert timer.page.not_kept.isVisible()
    timer.passes(0, 30)
    timer.click(timer.page.not_kept.keep)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    assert timer.case_desk.case.problem == "Named elsewhere"


def test_H_37_two_windows_do_not_begin_the_same_freeze_twice(timer) -> None:
    other = OpenCase(timer.case_desk.library, timer.case.id)
    begun = TimerBench.begun(other.case.procedure(PROCEDURE), timer.clock.wall_s() + 5)
    other.apply(PutProcedure(begun, "start freeze 1 of 2"))
    timer.passes(0, 10)
    timer.click(timer.page.keys.primary)
    timer.click(timer.page.not_kept.keep)
    assert timer.kept_rows() == [(FREEZE, at(0, 5), "")]
    assert "gone on since this was pressed" in timer.page.said.text()


def test_a_procedure_that_was_removed_is_said_with_a_way_back(timer) -> None:
    from planner.services.case_commands import RemoveProcedure

    left = []
    timer.page.back_asked.connect(lambda: left.append(True))
    timer.case_desk.apply(RemoveProcedure(PROCEDURE))
    assert not timer.page.keys.isVisible()
    timer.key(Qt.Key.Key_Space)
    timer.key(Qt.Key.Key_Escape)
    assert left == [True]


def test_a_finger_presses_as_a_mouse_does(timer) -> None:
    device = QTest.createTouchDevice()
    button = timer.page.keys.primary
    where = button.mapTo(timer.page, button.rect().center())
    window = timer.page.windowHandle()
    QTest.touchEvent(window, device).press(0, QPoint(where)).commit()
    QTest.touchEvent(window, device).release(0, QPoint(where)).commit()
    QTest.qWait(1)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_an_edit_of_a_finished_record_is_marked(timer) -> None:
    from dataclasses import replace

    procedure = timer.case_desk.case.procedure(PROCEDURE)
    finished = replace(procedure, finished_at="2026-11-23T11:00:00Z", finished_by="B. Doctor")
    timer.case_desk.apply(PutProcedure(finished, "finish the record"))
    assert timer.page.said.text() == (
        "This record was finished by B. Doctor: what is pressed now is marked as a later edit."
    )
    timer.click(timer.page.keys.primary)
    assert (timer.kept().amended_by, timer.kept().finished_by) == ("A. Nurse", "B. Doctor")


def test_undo_leaves_alone_what_was_not_done_at_the_timer(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.case_desk.apply(NameCase("Another problem"))
    timer.page.look()
    assert timer.page.keys.undo.words[1] == "start of freeze 1 of 2"
    timer.click(timer.page.keys.undo)
    assert timer.kept_rows() == []
    assert timer.case_desk.case.problem == "Another problem"


def test_H_20_the_timer_of_a_training_case_says_so(timer) -> None:
    from dataclasses import replace

    assert not timer.page.training.isVisible()
    procedure = timer.case_desk.case.procedure(PROCEDURE)
    trained = replace(procedure, planned=replace(procedure.planned, case_kind="synthetic"))
    timer.case_desk.apply(PutProcedure(trained, "begin anew"))
    assert timer.page.training.isVisible()
    assert timer.page.training.text() == "TRAINING"
