"""Is a case printed from its own page as it is ticked, into the file that is chosen (H-43)?"""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from planner.domain.case_print import CaseParts
from planner.domain.identity import PatientIdentity
from planner.ui.dialogs.print_case import PrintCaseDialog
from tests.ui.case_bench import a_case, add_case, wait_until
from tests.ui.real_hands import Keyboard

LEFT = Qt.MouseButton.LeftButton
PATIENT = PatientIdentity("Quendel^Jane", "ID-4711", "F")


@pytest.fixture
def chosen(monkeypatch, tmp_path):
    """The file that is chosen whenever one is asked for."""
    path = tmp_path / "printed.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
    return path


def asked(window, *, identity=None):
    case = add_case(window, a_case(note="Referred by the pain clinic."))
    if identity is not None:
        window.case_desk.library.identities.put(case.id, identity)
    menu = window.cases.page.head.menu
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Print")).trigger()
    QApplication.processEvents()
    return case, next(one for one in QApplication.topLevelWidgets() if isinstance(one, PrintCaseDialog))


def press(tick):
    QTest.mouseClick(tick, LEFT, pos=QPoint(8, tick.height() // 2))


def text_of(path):
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(path.read_bytes())).pages)


def done(window, path):
    wait_until(lambda: path.exists() and not window.cases.deeds.is_busy)


def test_a_case_is_printed_with_mouse_alone_and_without_the_patient_unless_asked(window, chosen):
    case, dialog = asked(window, identity=PATIENT)
    assert dialog.parts == CaseParts(form=True)  # nothing is recorded yet: the record to fill by hand is offered
    QTest.mouseClick(dialog.answer, LEFT)
    done(window, chosen)
    text = text_of(chosen)
    assert case.pseudonym in text
    assert "Procedure record" in text
    assert "Quendel" not in text


def test_the_patient_is_named_where_that_is_ticked(window, chosen):
    _case, dialog = asked(window, identity=PATIENT)
    press(dialog.identity)
    QTest.mouseClick(dialog.answer, LEFT)
    done(window, chosen)
    assert "Quendel, Jane" in text_of(chosen)


def test_H_43_without_names_nothing_typed_is_in_it_and_the_patient_cannot_be_ticked(window, chosen):
    case, dialog = asked(window, identity=PATIENT)
    press(dialog.identity)
    press(dialog.nobodys)
    assert not dialog.identity.isEnabled()
    QTest.mouseClick(dialog.answer, LEFT)
    done(window, chosen)
    text = text_of(chosen)
    for words in ("Quendel", case.pseudonym, case.problem, case.note):
        assert words not in text
    assert not PdfReader(io.BytesIO(chosen.read_bytes())).attachments


def test_without_a_page_it_says_what_is_missing_and_by_keyboard_one_is_ticked_again(window, chosen):
    _case, dialog = asked(window)
    for tick in (dialog.intake, dialog.procedure, dialog.follow_up, dialog.form):
        press(tick)
    assert not dialog.answer.isEnabled()
    assert dialog.answer.toolTip() == "Tick a page."
    keys = Keyboard(dialog)
    keys.tab_to("Follow-up")
    keys.press(Qt.Key.Key_Space)
    assert dialog.parts == CaseParts(intake=False, procedure=False)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert not chosen.exists()
