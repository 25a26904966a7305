"""The registry export in a real window: what leaves is on the screen first, and nothing leaves unasked (H-43)."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from planner.domain.identity import CaseId
from planner.ui.dialogs.registry_export import RegistryExportDialog
from tests.registry_case import full_case
from tests.ui.case_bench import AT, a_case, a_plan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def out(monkeypatch, tmp_path):
    """The folder chosen whenever one is asked for; the site's salt lies in this test's own folder."""
    folder = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(folder))
    monkeypatch.setattr("planner.ui.dialogs.registry_export.salt_file", lambda: tmp_path / "salt")
    return folder


@pytest.fixture
def cases(window):
    """Two cases of patients and one of a synthetic patient in the window's library."""
    library = window.case_desk.library
    held = (
        replace(full_case(), id=CaseId("f" * 32), pseudonym="FL-FULL-001"),
        a_case(2),
        a_case(3, plans=(a_plan(1, case_kind="demo"),)),
    )
    for one in held:
        library.add(one, at=AT)
    return held


def opened(window, only=None):
    window.show_cases()
    window.cases.deeds.export_registry(only)
    return window.findChild(RegistryExportDialog)


def settled(qtbot, dialog):
    qtbot.waitUntil(lambda: dialog._found is not None)


def press(tick):
    QTest.mouseClick(tick, LEFT, pos=QPoint(8, tick.height() // 2))


def choose_folder(dialog):
    button = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Choose folder…")
    QTest.mouseClick(button, LEFT)


def words_of(view):
    model = view.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


@pytest.mark.usefixtures("cases")
def test_H_43_what_leaves_is_shown_before_it_leaves(window, out, qtbot, app):
    dialog = opened(window)
    settled(qtbot, dialog)
    assert dialog.summary.text().startswith("2 cases, 16 tables, ")
    assert dialog.summary.text().endswith(" 1 synthetic or training case left out.")
    tables = words_of(dialog.listed.tables)
    assert tables[0] == ["Cases", "2"]
    assert ["Freeze and thaw", "3"] in tables
    fields = {row[0]: row[1:] for row in words_of(dialog.listed.fields)}
    assert fields["Average pain before treatment"] == ["number, points", "1 of 2", "7"]
    assert fields["Day of the baseline"] == ["number, days", "1 of 2", "−10"]
    assert fields["Case"] == ["salted id", "2 of 2", ""]
    assert not [row for row in fields.values() if row[0] == "text"]
    assert "Xanthippos" not in str(fields)
    assert not out.exists()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    app.processEvents()
    assert not out.exists()


@pytest.mark.usefixtures("cases")
def test_another_table_is_chosen_by_the_mouse_and_by_the_keyboard(window, qtbot, app):
    dialog = opened(window)
    settled(qtbot, dialog)
    app.processEvents()
    view = dialog.listed.tables
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.model().index(1, 0)).center())
    assert [row[0] for row in words_of(dialog.listed.fields)] == ["Case", "Target"]
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert [row[0] for row in words_of(dialog.listed.fields)][1:3] == ["Question", "Answer"]
    dialog.reject()
    app.processEvents()


@pytest.mark.usefixtures("cases")
def test_texts_are_shown_with_a_warning_before_they_leave(window, qtbot, app):
    dialog = opened(window)
    settled(qtbot, dialog)
    press(dialog.texts)
    settled(qtbot, dialog)
    assert "a name in a remark leaves" in dialog.words.text()
    fields = {row[0]: row[1:] for row in words_of(dialog.listed.fields)}
    assert fields["Problem"][:2] == ["text", "2 of 2"]
    press(dialog.texts)
    settled(qtbot, dialog)
    assert "stays here" in dialog.words.text()
    assert "Problem" not in {row[0] for row in words_of(dialog.listed.fields)}
    dialog.reject()
    app.processEvents()


@pytest.mark.usefixtures("cases")
def test_what_is_ticked_is_written_and_nothing_else(window, out, qtbot, app):
    dialog = opened(window)
    settled(qtbot, dialog)
    for form, tick in dialog.ticks.items():
        if form.value == "fhir":
            press(tick)
    choose_folder(dialog)
    said = []
    window.desk.said.connect(said.append)
    qtbot.waitUntil(lambda: not window.cases.deeds.is_busy)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["cases"], manifest["synthetic_or_training_cases_left_out"]) == (2, 1)
    assert manifest["forms"] == ["csv", "json"]
    assert not (out / "fhir").exists()
    with (out / "cases.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 2
    assert said[-1].startswith("Registry export: 2 cases in ")
    # Nothing of the patient beside the library itself: not in the package, the salt or the window's settings (H-43).
    left = [
        path
        for path in out.parent.rglob("*")
        if path.is_file() and "cases" not in path.relative_to(out.parent).parts[:-1]
    ]
    assert {"salt", "manifest.json"} <= {path.name for path in left}
    assert not [path for path in left if b"anthippos" in path.read_bytes() or b"1944-0" in path.read_bytes()]
    app.processEvents()


def test_one_case_leaves_alone(window, cases, qtbot, app):
    dialog = opened(window, cases[1].id)
    settled(qtbot, dialog)
    assert dialog.windowTitle() == "Registry export of this case"
    assert [case.id for case in dialog.cases] == [cases[1].id]
    assert dialog.summary.text().startswith("1 case, 1 table, ")
    dialog.reject()
    app.processEvents()


def test_without_a_form_or_a_case_the_button_says_why(window, cases, qtbot, app):
    dialog = opened(window)
    settled(qtbot, dialog)
    for tick in dialog.ticks.values():
        press(tick)
    assert not dialog.answer.isEnabled()
    assert "Tick a form" in dialog.answer.toolTip()
    dialog.reject()
    app.processEvents()
    dialog = opened(window, cases[2].id)
    settled(qtbot, dialog)
    assert not dialog.answer.isEnabled()
    assert "no case of a patient" in dialog.answer.toolTip()
    dialog.reject()
    app.processEvents()


@pytest.mark.usefixtures("cases")
def test_a_folder_that_holds_files_is_refused_in_words(window, out, qtbot, app):
    out.mkdir()
    (out / "letter.txt").write_text("Xanthippos", encoding="utf-8")
    dialog = opened(window)
    settled(qtbot, dialog)
    noticed = []
    window.desk.noticed.connect(noticed.append)
    choose_folder(dialog)
    qtbot.waitUntil(lambda: not window.cases.deeds.is_busy)
    assert "holds other files" in noticed[-1].sentence
    assert [path.name for path in out.iterdir()] == ["letter.txt"]
    app.processEvents()


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_no_word_of_it_is_cut(window, qtbot, app, size):
    window.resize(*size)
    dialog = opened(window)
    settled(qtbot, dialog)
    press(dialog.texts)
    press(dialog.fresh)
    settled(qtbot, dialog)
    app.processEvents()
    assert dialog.words.height() >= dialog.words.heightForWidth(dialog.words.width())
    assert dialog.height() <= window.height() - 40
    dialog.reject()
    app.processEvents()
