"""Are cases found, begun, archived and deleted from the start page, by mouse and by keyboard?"""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from planner.domain.errors import CaseFileError
from planner.domain.identity import PatientIdentity, ProcedureId
from planner.domain.procedure import Procedure
from planner.services.case_library_list import CaseFilter
from planner.ui.case.delete_case import DeleteCaseDialog
from planner.ui.case.new_case import NewCaseDialog
from tests.ui.case_bench import a_case, a_plan, listed, wait_until
from tests.ui.real_hands import CTRL, SHIFT, Keyboard

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window):
    """The list with three cases: one with a procedure long ago, one with a patient, one in the archive."""
    library = window.case_desk.library
    old = Procedure(ProcedureId("a" * 32), "2020-01-01")
    library.add(a_case(1, procedures=(old,), plans=(a_plan(),)), at="2026-03-01T08:00:00Z")
    library.add(a_case(2, problem="Pudendal neuralgia"), at="2026-03-02T08:00:00Z")
    library.add(a_case(3, problem="Stump pain", is_archived=True), at="2026-03-03T08:00:00Z")
    library.identities.put(a_case(2).id, PatientIdentity(patient_name="Doe^Jane", patient_id="4711"))
    Keyboard(window).press(Qt.Key.Key_C, CTRL | SHIFT)
    wait_until(lambda: not window.cases.list.is_busy)
    return window.cases.list


def _problems(page):
    return [line.problem for line in page.list.lines()]


def _dialog(kind):
    QApplication.processEvents()
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible())


def _search(page, text):
    page.search.setFocus()
    QTest.keyClicks(page.search, text)
    listed(page)


def test_open_cases_are_listed_the_last_edited_first(page):
    assert page.isVisible()
    assert _problems(page) == ["Pudendal neuralgia", "Intercostal neuralgia, right"]


def test_each_filter_says_how_many_it_has_and_lists_them(page):
    old, other, put_away = "Intercostal neuralgia, right", "Pudendal neuralgia", "Stump pain"
    for kind, expected in (
        (CaseFilter.OPEN, {old, other}),
        (CaseFilter.DUE, {old}),
        (CaseFilter.NOT_READY, {old, other}),
        (CaseFilter.ARCHIVED, {put_away}),
        (CaseFilter.ALL, {old, other, put_away}),
    ):
        QTest.mouseClick(page.filters[kind], LEFT)
        assert set(_problems(page)) == expected
        assert page.filters[kind].text() == f"{kind.value.capitalize()}  {len(expected)}"


def test_search_finds_by_target_and_pseudonym_and_offers_the_way_back(page):
    for text, found in (("intercostal t8", 1), ("FL-TEST-002", 1), ("nowhere", 0)):
        page.search.clear()
        _search(page, text)
        assert len(page.list.lines()) == found
    assert "nowhere" in page._empty.words.text()
    QTest.mouseClick(page._empty.button, LEFT)
    wait_until(lambda: not page.is_busy)
    assert len(page.list.lines()) == 2


def test_a_name_is_found_only_when_asked_and_never_while_names_are_hidden(page, window):
    _search(page, "doe")
    assert not page.list.lines()
    QTest.mouseClick(page.names, LEFT, pos=QPoint(8, page.names.height() // 2))
    wait_until(lambda: not page.is_busy)
    assert _problems(page) == ["Pudendal neuralgia"]
    assert "Doe" in page.list.rows()[0].spoken
    window.desk.view.toggle("hide_identity")
    listed(page)
    assert not page.list.lines()
    page.search.clear()
    listed(page)
    rows = page.list.rows()
    assert not any("Doe" in f"{row.spoken} {row.cells}" for row in rows)


def test_enter_and_a_double_click_open_a_case(page, window):
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert window.case_desk.case.id == a_case(1).id
    assert window.case.isVisible()
    Keyboard(window).press(Qt.Key.Key_C, CTRL | SHIFT)
    place = page.list.place_of(a_case(2).id)
    QTest.mouseClick(page.list.viewport(), LEFT, pos=place)
    QTest.mouseDClick(page.list.viewport(), LEFT, pos=place)
    QTest.mouseRelease(page.list.viewport(), LEFT, pos=place)
    assert window.case_desk.case.id == a_case(2).id


def test_a_case_is_begun_by_keyboard_with_its_patient_kept_apart(page, window):
    QTest.mouseClick(page.first, LEFT)
    dialog = _dialog(NewCaseDialog)
    assert not dialog.answer.isEnabled()
    keys = Keyboard(window)
    keys.write("Neuroma, left calf")
    keys.tab_to("Keep who the patient is")
    keys.press(Qt.Key.Key_Space)
    keys.tab_to("Patient's name")
    keys.write("Canary^Xaver")
    keys.press(Qt.Key.Key_Return)
    case = window.case_desk.case
    assert case.problem == "Neuroma, left calf"
    library = window.case_desk.library
    with sqlite3.connect(library.path) as db:
        told = b"".join(row[0] for row in db.execute("SELECT data FROM revision"))
    db.close()
    assert b"Xaver" not in library.path.read_bytes() + told
    assert library.identities.get(case.id).patient_name == "Canary^Xaver"
    assert "Canary, Xaver" in window.case.head.patient.whole_text()
    window.desk.view.toggle("hide_identity")
    assert "Xaver" not in window.case.head.patient.whole_text()


def _menu(page, key):
    QTest.mouseClick(page.list.viewport(), LEFT, pos=page.list.place_of(key))
    page.list.menu_asked.emit(key, page.list.viewport().mapToGlobal(page.list.place_of(key)))
    return next(menu for menu in page.findChildren(QMenu) if menu.isVisible())


def _press(menu, text):
    action = next(action for action in menu.actions() if action.text() == text)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def test_a_row_is_archived_and_taken_out_again_and_stays_in_the_list_of_all(page, window):
    key = a_case(2).id
    _press(_menu(page, key), "Archive")
    listed(page)
    assert _problems(page) == ["Intercostal neuralgia, right"]
    assert window.case_desk.library.read(key)[0].is_archived
    QTest.mouseClick(page.filters[CaseFilter.ARCHIVED], LEFT)
    _press(_menu(page, key), "Take out of the archive")
    listed(page)
    assert not window.case_desk.library.read(key)[0].is_archived


def test_deleting_asks_for_the_pseudonym_and_touches_no_other_file(page, window, tmp_path):
    plan_file = tmp_path / "a.frostline"
    plan_file.write_bytes(b"plan")
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    dialog = _dialog(DeleteCaseDialog)
    keys = Keyboard(window)
    keys.write("FL-TEST-00")
    assert not dialog.answer.isEnabled()
    keys.write("2")
    keys.press(Qt.Key.Key_Return)
    listed(page)
    assert _problems(page) == ["Intercostal neuralgia, right"]
    with pytest.raises(CaseFileError, match="not in the library"):
        window.case_desk.library.read(a_case(2).id)
    assert window.case_desk.library.identities.get(a_case(2).id) == PatientIdentity()
    assert plan_file.read_bytes() == b"plan"


def test_follow_ups_that_wait_are_listed_and_lead_to_the_case(page, window):
    assert page.reminders.isVisible()
    (row,) = page.reminders.texts()
    assert row[0] == "1 year"
    assert row[1].startswith("2020-12-31")  # 2020-01-01 and 365 days of a leap year
    page.reminders.list.setFocus()
    QTest.keyClick(page.reminders.list, Qt.Key.Key_Return)
    assert window.case_desk.case.id == a_case(1).id
    assert window.case.rail.current.value == "Follow-up"


def test_a_duplicate_keeps_the_plan_and_not_the_procedure(page, window):
    _press(_menu(page, a_case(1).id), "Duplicate")
    case = window.case_desk.case
    assert case.id != a_case(1).id
    assert (case.problem, len(case.plans), case.procedures) == (a_case(1).problem, 1, ())


def test_a_library_that_cannot_be_read_says_so_in_place_of_the_list(window):
    folder = window.desk.services.cases_folder
    folder.mkdir(parents=True)
    (folder / "cases.sqlite").write_bytes(b"not a library at all")
    page = window.cases.list
    window.show_cases()
    listed(page)
    assert page._empty.isVisible()
    assert page._empty.words.text()
    assert page._empty.button.text() == "Try again"
    window.case_desk.library.path.unlink()
    QTest.mouseClick(page._empty.button, LEFT)
    wait_until(lambda: not page.is_busy)
    assert "No cases yet" in page._empty.words.text()


def test_nothing_of_cases_is_on_disk_before_the_first_one(window):
    listed(window.cases.list)
    assert not window.desk.services.cases_folder.exists()
