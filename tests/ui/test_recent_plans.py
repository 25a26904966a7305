"""Is every plan found again on the start page: told apart, opened by keyboard, looked for when it was moved?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from planner.persistence.open_mark import OpenMark
from planner.persistence.planfile import PlanFile
from planner.persistence.planglance import glance_at
from planner.services.commands import RenamePlan
from planner.services.tasks import PreparePlan
from planner.ui.start.plan_rows import last_edit_words
from planner.ui.start.recent_delegate import EDITED, PATIENT, PLACE

SECOND = "2026-01-02T03:04:05Z"


@pytest.fixture
def kept(window, case, tmp_path, qtbot):
    """The small plan, kept, judged, opened and closed again; the window shows the start page."""
    folder = window.desk.services.plans_folder
    folder.mkdir(parents=True)
    path = folder / "Small.frostline"
    case.session.keep_in(path, source_folder=str(tmp_path))
    window.desk.open(case.session, case.shared)
    prediction = case.prediction()
    case.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    window.desk.close_session()
    _show(window, qtbot)
    return path


def _show(window, qtbot):
    window.show_start()
    qtbot.waitUntil(lambda: not window.recents.is_busy)


def _row(window):
    (row,) = window.recents.rows
    return row


def _page(window):
    return window.start.recent


def _button(window, text):
    return next(b for b in window.start.recent.findChildren(QPushButton) if b.text() == text and b.isVisible())


@pytest.mark.usefixtures("kept")
def test_a_row_tells_a_plan_apart(window):
    assert window.start.is_recent_shown
    row = _row(window)
    record = row.record
    assert (record.name, record.target) == ("Small", "Midline intercostal nerve T8")
    assert "Doe" in record.patient
    assert record.study == "2026-01-02 · 2 · Block"
    assert (row.state.word, row.sentence) == ("FAIL", "1 FAIL, 1 NOT ASSESSED.")
    delegate = window.start.recent.list._delegate
    assert delegate.lines(row, EDITED)[0] == "Today"
    assert delegate.lines(row, PLACE) == ("Frostline plans", "Small.frostline")
    spoken = window.start.recent.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    for part in ("Small", "Midline intercostal nerve T8", "Doe", "FAIL: 1 FAIL", "Frostline plans"):
        assert part in spoken
    assert len(row.picture) > 200


@pytest.mark.usefixtures("kept")
def test_the_picture_shows_the_patient_and_no_name(window):
    from planner.ui.start.plan_picture import SIZE_PX, picture_of

    image = picture_of(_row(window).picture)
    assert (image.width(), image.height()) == (2 * SIZE_PX[0], 2 * SIZE_PX[1])
    centre, corner = image.pixelColor(image.width() // 2, image.height() // 2), image.pixelColor(1, 1)
    assert centre != corner


@pytest.mark.usefixtures("kept")
def test_hidden_names_are_in_no_row(window):
    window.desk.view.toggle("hide_identity")
    rows = window.start.recent.list
    shown = " ".join(str(rows.model().index(0, 0).data(role)) for role in (0, int(Qt.ItemDataRole.AccessibleTextRole)))
    tips = " ".join(str(rows.model().index(0, c).data(Qt.ItemDataRole.ToolTipRole)) for c in range(5))
    assert "Doe" not in shown + tips
    assert rows._delegate.lines(_row(window), PATIENT)[0] == "Name hidden"


def test_an_edit_since_then_leaves_no_verdict_standing(window, kept, qtbot):
    file = PlanFile.open(kept)
    last = file.steps()[-1]
    file.append(replace(last, label="elsewhere", at=SECOND, plan=replace(last.plan, probes=())))
    file.close()
    _show(window, qtbot)
    row = _row(window)
    assert (row.state.word, row.sentence) == ("NOT ASSESSED", "No probe is placed.")
    assert row.record.edited_at == SECOND


def test_enter_opens_the_plan_and_a_double_click_too(window, kept, runner):
    rows = window.start.recent.list
    assert window.focusWidget() is rows
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert [job.request.path for job in runner.requests(PreparePlan)] == [str(kept)]
    at = rows.visualRect(rows.model().index(0, 1)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(runner.requests(PreparePlan)) == 2


def test_a_moved_file_is_chosen_and_found_again(window, kept, qtbot, runner, monkeypatch, tmp_path):
    picture = _row(window).picture
    there = tmp_path / "there"
    there.mkdir()
    kept.rename(there / "Renamed.frostline")
    _show(window, qtbot)
    row = _row(window)
    assert (row.state.word, row.record.name) == ("NOT FOUND", "Small")
    assert "moved, renamed or removed" in row.sentence
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args, **_more: (str(there / "Renamed.frostline"), ""))
    QTest.mouseClick(_button(window, "Find the file"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.recents.is_busy)
    assert [job.request.path for job in runner.requests(PreparePlan)] == [str(there / "Renamed.frostline")]
    row = _row(window)
    assert (row.path, row.picture, row.state.word) == (there / "Renamed.frostline", picture, "FAIL")


def test_another_plan_does_not_take_its_place(window, kept, qtbot, runner, monkeypatch, tmp_path):
    other = tmp_path / "Other.frostline"
    file = PlanFile.open(kept)
    last = file.steps()[-1]
    file.close()
    different = replace(last, plan=replace(last.plan, id="another"))
    PlanFile.create(other, different, identity=glance_at(kept).identity, source_folder="").close()
    kept.unlink()
    _show(window, qtbot)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args, **_more: (str(other), ""))
    QTest.mouseClick(_button(window, "Find the file"), Qt.MouseButton.LeftButton)
    assert not runner.requests(PreparePlan)
    assert "holds another plan" in window.status.sentence.whole_text()
    assert _row(window).state.word == "NOT FOUND"


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_plan_is_taken_off_the_list_and_its_file_left_alone(window, kept, qtbot, is_gone):
    if is_gone:
        kept.unlink()
        _show(window, qtbot)
    QTest.mouseClick(_button(window, "Take off the list"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.recents.is_busy)
    assert window.recents.rows == ()
    assert kept.exists() is not is_gone
    _show(window, qtbot)
    assert window.recents.rows == ()


def test_a_plan_open_elsewhere_or_left_by_a_crash_says_so(window, kept, qtbot):
    mark = OpenMark(window.recents.store.mark_of(kept), kept, steps=0, at=SECOND)
    _show(window, qtbot)
    assert _row(window).state.word == "OPEN ELSEWHERE"
    mark.release()
    window.recents.store.mark_of(kept).write_text(json.dumps({"path": str(kept), "steps": 0, "made": 0, "at": SECOND}))
    _show(window, qtbot)
    assert _row(window).state.word == "RECOVERED"


def test_what_is_no_plan_says_so_and_open_is_off_with_its_reason(window, kept, qtbot):
    kept.write_bytes(b"not a plan at all")
    _show(window, qtbot)
    assert _row(window).state.word == "CANNOT BE READ"
    assert not _button(window, "Open plan").isEnabled()
    assert "Open is off" in window.start.recent._words.whole_text()


def test_the_plan_on_the_desk_is_on_the_list_and_stays_there(window, case, tmp_path, qtbot):
    folder = window.desk.services.plans_folder
    folder.mkdir(parents=True)
    case.session.keep_in(folder / "Small.frostline", source_folder=str(tmp_path))
    window.desk.open(case.session, case.shared)
    window.desk.apply(RenamePlan("T8 right"))
    _show(window, qtbot)
    row = _row(window)
    assert "Open here." in row.sentence
    assert not _button(window, "Take off the list").isEnabled()
    QTest.keyClick(window.start.recent.list, Qt.Key.Key_Return)
    assert window.plan.isVisible()


def test_without_any_plan_the_start_page_is_the_import(window):
    window.show_start()
    assert not window.start.is_recent_shown


@pytest.mark.parametrize(
    ("ago", "words"),
    [(timedelta(), "today 12:00"), (timedelta(days=1), "yesterday 12:00"), (timedelta(days=9), "2026-03-01 12:00")],
)
def test_times_are_said_as_a_person_says_them(ago, words):
    noon = datetime.now(UTC).astimezone().replace(year=2026, month=3, day=10, hour=12, minute=0)
    assert last_edit_words((noon - ago).isoformat(), now=noon) == words
    assert last_edit_words("no time") == "—"
