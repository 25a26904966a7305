"""Does a case leave and come back by the window's own dialogs, without the patient unless asked (H-43)?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QRadioButton

from planner.casebook.library import CaseState
from planner.domain.identity import PatientIdentity
from planner.services.case_commands import ArchiveCase, NameCase
from planner.ui.case.carry_case import ExportCaseDialog, ImportCaseDialog
from planner.ui.case.delete_case import DeleteCaseDialog
from planner.ui.case.new_case import EditCaseDialog
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import DARK, LIGHT
from planner.ui.widgets.choice_dot import ChoiceDot
from tests.ui.case_bench import a_case, add_case, wait_until
from tests.ui.real_hands import CTRL, Keyboard

LEFT = Qt.MouseButton.LeftButton
NAME = "Canaryname^Xaver"


@pytest.fixture
def window_with_case(window):
    """The window with a case whose patient is kept."""
    case = add_case(window, a_case())
    window.case_desk.library.identities.put(case.id, PatientIdentity(patient_name=NAME, patient_id="CANARY-77"))
    return window


def _dialog(kind):
    QApplication.processEvents()
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible())


def _choose(window, text):
    """Press an entry of the head's menu, by the mouse."""
    menu = window.case.head.menu
    menu.popup(window.mapToGlobal(QPoint(400, 200)))
    QApplication.processEvents()
    action = next(action for action in menu.actions() if action.text() == text)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    QApplication.processEvents()


def _export(window, path, monkeypatch, *, with_identity=False):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
    _choose(window, "Export case…")
    dialog = _dialog(ExportCaseDialog)
    if with_identity:
        QTest.mouseClick(dialog.with_identity, LEFT, pos=QPoint(8, dialog.with_identity.height() // 2))
    QTest.mouseClick(dialog.answer, LEFT)
    wait_until(lambda: not window.cases.deeds.is_busy)
    return path


def _import(window, path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
    window.cases.deeds.choose_import()
    wait_until(lambda: not window.cases.deeds.is_busy)
    QApplication.processEvents()


def _all(window):
    return [row.case for row in window.case_desk.library.rows(state=CaseState.ALL)]


def test_a_case_leaves_without_its_patient_and_comes_back_beside_itself(window_with_case, tmp_path, monkeypatch):
    window = window_with_case
    path = _export(window, tmp_path / "out.frostcase", monkeypatch)
    told = path.read_bytes()
    assert b"Canaryname" not in told
    assert b"CANARY-77" not in told
    _import(window, path, monkeypatch)
    dialog = _dialog(ImportCaseDialog)
    assert len(dialog.findChildren(QRadioButton)) == 2
    QTest.mouseClick(dialog.answer, LEFT)
    wait_until(lambda: len(_all(window)) == 2 and not window.cases.deeds.is_busy)
    assert len({case.pseudonym for case in _all(window)}) == 2
    here = window.case_desk.case
    assert here.id != a_case().id
    assert window.case_desk.library.identities.get(here.id) == PatientIdentity()


def test_with_the_patient_only_when_ticked_and_in_place_only_when_chosen(window_with_case, tmp_path, monkeypatch):
    window = window_with_case
    path = _export(window, tmp_path / "with.frostcase", monkeypatch, with_identity=True)
    window.case_desk.apply(NameCase("Edited since"))
    _import(window, path, monkeypatch)
    dialog = _dialog(ImportCaseDialog)
    beside, replacing = dialog.findChildren(QRadioButton)
    assert beside.isChecked()
    QTest.mouseClick(replacing, LEFT, pos=QPoint(8, replacing.height() // 2))
    QTest.mouseClick(dialog.answer, LEFT)
    wait_until(lambda: not window.cases.deeds.is_busy)
    wait_until(lambda: window.case_desk.case.problem == a_case().problem)
    (only,) = _all(window)
    assert only.id == a_case().id
    assert window.case_desk.library.identities.get(only.id).patient_name == NAME


def test_a_damaged_file_is_refused_in_words_and_nothing_is_taken_in(window_with_case, tmp_path, monkeypatch):
    window = window_with_case
    path = tmp_path / "bad.frostcase"
    path.write_bytes(b"this is no case")
    _import(window, path, monkeypatch)
    assert window.banners.sentence_of("REFUSED")
    assert not any(isinstance(widget, QDialog) and widget.isVisible() for widget in QApplication.topLevelWidgets())
    assert len(_all(window)) == 1


def test_the_case_is_named_anew_and_its_patient_forgotten_by_emptying_the_fields(window_with_case):
    window = window_with_case
    window.case.show_case()
    assert "Canaryname" in window.case.head.patient.whole_text()
    _choose(window, "Name and patient…")
    dialog = _dialog(EditCaseDialog)
    keys = Keyboard(window)
    keys.press(Qt.Key.Key_A, CTRL)
    keys.write("Neuroma")
    for field in (dialog.patient.name, dialog.patient.number):
        field.setFocus()
        keys.press(Qt.Key.Key_A, CTRL)
        keys.press(Qt.Key.Key_Delete)
    QTest.mouseClick(dialog.answer, LEFT)
    QTest.qWait(5)
    assert window.case_desk.case.problem == "Neuroma"
    assert window.case_desk.library.identities.get(a_case().id) == PatientIdentity()
    assert "Canaryname" not in window.case.head.patient.whole_text()


def test_hidden_names_are_neither_shown_nor_lost_by_naming_the_case(window_with_case):
    window = window_with_case
    Keyboard(window).press(Qt.Key.Key_X)
    assert window.desk.view.hide_identity
    assert "Canaryname" not in window.case.head.patient.whole_text()
    _choose(window, "Name and patient…")
    dialog = _dialog(EditCaseDialog)
    assert not dialog.patient.isVisible()
    QTest.mouseClick(dialog.answer, LEFT)
    assert window.case_desk.library.identities.get(a_case().id).patient_name == NAME


def test_the_open_case_is_archived_and_deleted_from_its_own_menu(window_with_case):
    window = window_with_case
    _choose(window, "Archive")
    assert window.case_desk.case.is_archived
    assert window.case_desk.open_case.undo_label == ArchiveCase(is_archived=True).label
    _choose(window, "Delete…")
    keys = Keyboard(window)
    assert not _dialog(DeleteCaseDialog).answer.isEnabled()
    keys.write(a_case().pseudonym.lower())
    keys.press(Qt.Key.Key_Return)
    assert window.case_desk.case is None
    assert window.cases.list.isVisible()
    assert not _all(window)


@pytest.mark.parametrize("tokens", [DARK, LIGHT])
def test_both_ways_to_take_a_case_in_have_a_ring_that_is_seen(app, tokens):
    """Along the middle of its ring each button has pixels that stand out of the ground round it."""
    theme().apply(app, tokens)
    made = [ChoiceDot("Keep both"), ChoiceDot("Replace")]
    made[0].setChecked(True)
    try:
        for one in made:
            one.resize(160, 28)
            picture = one.grab().toImage()
            ground = picture.pixelColor(picture.width() - 2, 1)
            row = [picture.pixelColor(x, picture.height() // 2) for x in range(16)]
            apart = [max(abs(a - b) for a, b in zip(one.getRgb(), ground.getRgb(), strict=True)) for one in row]
            assert sum(value > 40 for value in apart) >= 2
    finally:
        theme().apply(app, DARK)
