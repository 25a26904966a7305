"""Does the import page keep up with a scan? Rows as they come, a stop that says so, reasons, and what is remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from planner.domain.errors import InputRefused
from planner.domain.identity import PatientIdentity
from planner.domain.review import Finding, Severity
from planner.domain.series import RejectedFile, ScanReport, SeriesSummary, SliceFile
from planner.services.tasks import OpenSeries, PeekSeries, ScanFolder
from planner.ui.preferences import KEEP_RECENT, RECENT_FOLDERS
from planner.ui.start.rejected import reasons
from planner.ui.start.scanning import ScanState
from planner.ui.start.series_list import SeriesTree
from planner.ui.start.series_rows import GROUP_ROLE, SERIES_ROLE

_STILL = Finding("still-reading", Severity.REFUSE, "Still being read.")


def _series(number, *findings, patient="Canary^Carla", study="1", date="2026-01-02", modality="CT", images=20):
    return SeriesSummary(
        series_instance_uid=f"1.2.{number}",
        study_instance_uid=study,
        patient=PatientIdentity(patient_name=patient, study_description=f"Study {study}", study_date=date),
        label=f"{number} · Series",
        modality=modality,
        images=images,
        size_ji=(512, 512),
        spacing_ijk_mm=(0.7, 0.7, 1.0),
        extent_hf_mm=(-10.0, 9.0),
        date=date,
        detail="kernel D",
        patient_position="FFS",
        scanner="Maker Model",
        compression="none",
        slices=tuple(SliceFile(f"/data/{number}/{k}.dcm") for k in range(images)),
        findings=findings,
    )


def _report(*series, rejected=(), is_complete=True):
    return ScanReport("/data", 61, series, rejected, is_complete=is_complete)


@pytest.fixture
def scan(window, runner, tmp_path):
    """A scan under way, as the runner sees it."""
    window.take(tmp_path)
    (job,) = runner.requests(ScanFolder)
    return job


def _labels(tree):
    return [item.data(SERIES_ROLE).label for item in tree._rows.series_items()]


def test_everything_dropped_goes_as_one_scan(window, runner, tmp_path):
    paths = [tmp_path / "a.zip", tmp_path / "folder", tmp_path / "one.dcm"]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(drop)
    (job,) = runner.requests(ScanFolder)
    assert (job.request.path, *job.request.also) == tuple(str(path) for path in paths)


def test_rows_and_counts_appear_while_the_scan_runs(window, scan):
    scan.on_progress(1284, 3000, "Reading headers")
    scan.on_partial(_report(_series(2, _STILL), is_complete=False))
    assert _labels(window.start.tree) == ["2 · Series"]
    window.start._bar._show()
    assert window.start._bar._read.text().replace("\N{THIN SPACE}", " ") == "1 284 of 3 000 files"
    assert window.start._bar._cancel.isVisibleTo(window.start)
    window.start._ask_start(_series(2))
    assert "whole folder" in window.status.sentence.whole_text()
    scan.on_done(_report(_series(2), _series(3)))
    assert _labels(window.start.tree) == ["2 · Series", "3 · Series"]
    assert not window.start._bar._cancel.isVisibleTo(window.start)
    assert window.start.preview._start.isEnabled()


def test_choice_and_scroll_position_survive_new_rows(window, scan, qtbot):
    many = [_series(n, _STILL) for n in range(2, 40)]
    scan.on_partial(_report(*many, is_complete=False))
    tree = window.start.tree
    tree.setFocus()
    for _ in range(20):
        qtbot.keyClick(tree, Qt.Key.Key_Down)
    chosen = tree.current()
    tree.doItemsLayout()
    place = tree.verticalScrollBar().value()
    scan.on_partial(_report(*many, _series(50, _STILL), is_complete=False))
    scan.on_done(_report(*(replace(s, findings=()) for s in many), _series(50), _series(51, images=900)))
    assert tree.current().key == chosen.key
    assert tree.verticalScrollBar().value() == place
    assert place > 0


def test_a_stopped_scan_keeps_its_rows_and_says_that_they_are_incomplete(window, scan, runner):
    scan.on_progress(84, 3000, "Reading headers")
    scan.on_partial(_report(_series(2, _STILL), is_complete=False))
    window.start._bar._cancel.click()
    assert scan.cancelled
    assert _labels(window.start.tree) == ["2 · Series"]
    assert "incomplete" in window.start._bar._read.text()
    series = window.start.tree.current()
    assert "Reading was stopped" in series.sentence
    window.start._ask_start(series)
    assert not runner.requests(OpenSeries)
    window.start._bar._again.click()
    assert len(runner.requests(ScanFolder)) == 2


def test_cancel_in_the_status_line_stops_the_scan_too(window, scan):
    window.status._cancel_shown()
    assert scan.cancelled
    assert window.opener.scanning.state.stopped
    assert window.start._empty_button.text() == "Read again"


def test_a_second_folder_takes_the_place_of_the_first(window, scan, runner, tmp_path):
    window.take(tmp_path / "other")
    assert scan.cancelled
    runner.requests(ScanFolder)[1].on_done(_report(_series(4)))
    scan.on_done(_report(_series(2)))
    assert _labels(window.start.tree) == ["4 · Series"]


def test_rows_by_patient_newest_study_first_then_number(window):
    old = {"study": "old", "date": "2020-01-01"}
    new = {"study": "new", "date": "2026-01-01"}
    other = _series(1, patient="Able^A")
    window.start.show_report(
        _report(_series(10, **old), _series(9, **new), _series(2, **old), _series(11, **new), other)
    )
    assert [label.split(" ")[0] for label in _labels(window.start.tree)] == ["1", "9", "11", "2", "10"]
    kinds = [item.data(GROUP_ROLE) for item in window.start.tree._rows.group_items()]
    assert kinds == ["patient", "patient", "study", "study"]


@pytest.mark.parametrize(("words", "left"), [("mr", ["2"]), ("carla ct", ["1"]), ("study 1 able", ["3"]), ("zzz", [])])
def test_the_filter_looks_in_patient_study_series_and_modality(window, words, left):
    report = _report(_series(1), _series(2, modality="MR"), _series(3, patient="Able^A"))
    window.start.show_report(report)
    window.start.filter.setText(words)
    window.start._list_series()
    assert [label.split(" ")[0] for label in _labels(window.start.tree)] == left
    if not left:
        assert "No series matches" in window.start._empty_words.text()
        window.start._empty_button.click()
        assert window.start.filter.text() == ""


def test_keys_go_through_series_and_enter_starts(window, runner, qtbot):
    window.start.show_report(_report(_series(1), _series(2, images=90), _series(3)))
    tree = window.start.tree
    tree.setFocus()
    assert tree.current().label == "2 · Series"
    qtbot.keyClick(tree, Qt.Key.Key_Down)
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert runner.requests(OpenSeries)[0].request.slices == _series(3).slices


def test_thumbnails_are_asked_one_at_a_time_and_quietly(window, runner, app):
    window.start.show_report(_report(*(_series(n) for n in range(1, 6))))
    window.start.tree.viewport().repaint()
    app.processEvents()
    assert len(runner.requests(PeekSeries)) == 1
    assert all(job.is_quiet for job in window.desk.jobs.running)


def test_H_11_an_image_of_the_disc_before_is_never_shown_for_a_file_of_the_same_name(window, runner, app):
    """Disc after disc is read from one place, with the same file names."""
    first, second = _series(1, patient="Able^A"), _series(1, patient="Baker^B")
    window.start.show_report(_report(first))
    window.start.tree.viewport().repaint()
    (asked,) = runner.requests(PeekSeries)
    window.start.show_report(_report(second))
    asked.on_failed(InputRefused("Of the first disc.", code="x"))
    window.start.tree.viewport().repaint()
    app.processEvents()
    assert window.start._peeks.thumb(second) is None
    (_, again) = runner.requests(PeekSeries)
    again.on_failed(InputRefused("Of the second disc.", code="x"))
    assert window.start._peeks.thumb(second) == "Of the second disc."
    window.start.show_report(_report(second))
    assert window.start._peeks.thumb(second) is None


def test_the_folder_line_shows_the_end_of_the_path_and_nothing_while_names_are_hidden(window):
    bar = window.start._bar
    window.start.show_state(ScanState(paths=("/srv/export/2026/Roe R/study",), is_running=True))
    assert bar._folder.whole_text() == "…/Roe R/study"
    assert bar._folder.toolTip() == "/srv/export/2026/Roe R/study"
    window.desk.view.set_flag("hide_identity", on=True)
    assert bar._folder.whole_text() == "Folder hidden"
    assert "Roe" not in bar._folder.toolTip() + bar._folder.accessibleName()
    window.desk.view.set_flag("hide_identity", on=False)
    assert bar._folder.whole_text() == "…/Roe R/study"


# --- rejected files ---------------------------------------------------------------------------------------------------


def test_many_files_with_one_reason_share_a_row_that_opens_to_all(window):
    short = [RejectedFile(f"/data/x/IM{n:05d}", f"IM{n:05d} ends early.", "cut-off") for n in (921, 922, 923)]
    other = RejectedFile("/data/README.TXT", "Not a DICOM file.", "not-dicom")
    window.start.show_report(_report(_series(1), rejected=(*short, other)))
    listed = window.start.rejected
    assert listed.texts()[0][0] == "x/IM00921 to x/IM00923"
    assert listed.texts()[0][1].startswith("this file ends early.")
    assert listed.texts()[1] == ("README.TXT", "Not a DICOM file.")
    top = listed._rows.index(0, 0)
    listed._tree.expand(top)
    assert [listed._rows.index(n, 1, top).data() for n in range(3)] == [file.sentence for file in short]
    listed._tree.setCurrentIndex(listed._rows.index(1, 0, top))
    assert listed.chosen_folder() == "/data/x"
    listed._filter.setText("readme")
    assert listed.texts() == [("README.TXT", "Not a DICOM file.")]


def test_H_43_while_names_are_hidden_no_file_is_named_and_every_reason_is_told(window):
    files = [RejectedFile(f"/data/ROE_R/ROE_{n}.dcm", f"ROE_{n}.dcm ends early.", "cut-off") for n in (1, 2, 3)]
    other = RejectedFile("/data/ROE_R/roe.txt", "roe.txt is no DICOM file.", "not-dicom")
    window.start.show_report(_report(_series(1), rejected=(*files, other)))
    listed = window.start.rejected
    named = listed.texts()
    window.desk.view.set_flag("hide_identity", on=True)
    model = listed._rows
    listed._tree.expand(model.index(0, 0))
    cells = [model.item(row, column) for row in range(2) for column in range(2)]
    cells += [model.item(0).child(row, column) for row in range(3) for column in range(2)]
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    said = [str(cell.data(role) or "") for cell in cells for role in roles]
    assert any("ends early" in words for words in said)
    assert any("no DICOM file" in words for words in said)
    assert not any("roe" in words.lower() for words in said)
    window.desk.view.set_flag("hide_identity", on=False)
    assert listed.texts() == named


def test_figures_that_differ_are_one_reason():
    files = [RejectedFile(f"/d/a{n}", f"Ends after {n} 000 bytes. Copy the file again.", "x") for n in (1, 2, 3)]
    (reason,) = reasons(files, "/d")
    assert (reason.names, reason.sentence) == ("a1 to a3", "Ends after … bytes. Copy the file again.")


def test_names_that_do_not_follow_on_are_counted_not_spanned():
    files = [RejectedFile(f"/d/{name}", "No.", "x") for name in ("a1", "a2", "a9")]
    assert reasons(files, "/d")[0].names == "a1 and 2 more"


def test_rejected_files_are_listed_where_no_series_was_found(window):
    window.start.show_report(_report(rejected=(RejectedFile("/data/x", "Not a DICOM file.", "x"),)))
    assert window.start.rejected.isVisibleTo(window.start)
    assert "No DICOM series here" in window.start._empty_words.text()


# --- what is remembered -----------------------------------------------------------------------------------------------


def test_H_43_folders_are_remembered_only_when_allowed_and_forgotten_when_not(window, runner, tmp_path):
    def read(name):
        window.take(tmp_path / name)
        runner.requests(ScanFolder)[-1].on_done(replace(_report(_series(1)), folder=str(tmp_path / name)))

    read("one")
    assert window.desk.preferences.texts(RECENT_FOLDERS) == ()
    window.start.nav._keep.setChecked(True)
    read("two")
    read("three")
    assert window.desk.preferences.flag(KEEP_RECENT)
    assert window.desk.preferences.texts(RECENT_FOLDERS) == (str(tmp_path / "three"), str(tmp_path / "two"))
    assert b"Canary" not in (tmp_path / "window.ini").read_bytes()
    window.start.nav._keep.setChecked(False)
    assert window.desk.preferences.texts(RECENT_FOLDERS) == ()
    assert str(tmp_path / "three").encode() not in (tmp_path / "window.ini").read_bytes()


def test_the_preview_goes_to_the_middle_once_the_series_is_complete(window, runner, scan):
    whole = _series(2, images=21)
    scan.on_partial(_report(replace(whole, slices=whole.slices[:1], findings=(_STILL,)), is_complete=False))
    assert runner.requests(PeekSeries)[0].request.slices == whole.slices[:1]
    scan.on_done(_report(whole))
    assert window.start.preview.browser._index == 10
    assert window.start.preview.browser._asked() == whole.slices


def test_H_43_hidden_names_are_neither_seen_nor_spoken(window):
    from PySide6.QtCore import Qt

    window.start.show_report(_report(_series("1")))
    rows = window.start.findChild(SeriesTree).model()

    def told() -> str:
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return " ".join(str(item.data(role)) for item in rows.group_items() for role in roles)

    name = _series("1").patient.label
    assert name in told()
    window.desk.view.set_flag("hide_identity", on=True)
    assert name not in told()
    assert "Name hidden" in told()
    window.start.show_report(_report(_series("1"), _series("2")))
    assert name not in told()
    window.desk.view.set_flag("hide_identity", on=False)
    assert name in told()
