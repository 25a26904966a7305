"""Does what was dropped end in a plan, with everything accepted by name in it? Real files, real windows."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton, QTreeView

from planner.domain.review import Finding, Severity
from planner.domain.series import SeriesVerdict
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation
from planner.services.jobs import InlineRunner
from planner.services.tasks import OpenedSeries, OpenSeries, PeekSeries
from planner.ui.dialogs.acknowledge import AcknowledgeDialog
from planner.ui.dialogs.header import HeaderDialog
from planner.ui.start.import_dialog import ImportDialog
from tests.ui.small_ct import PIXEL_MM, write_series


@pytest.fixture
def bench(app, no_leaks, tmp_path):
    """A window whose tasks run at once, in this process, on real files."""
    del no_leaks
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices

    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), tmp_path / "plans")
    made = make_window(services, settings=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    made.show()
    yield made
    made.close()
    made.deleteLater()
    app.processEvents()


def _accept(window, *, name="Dr Ada", reason="Looked at in coronal view"):
    dialog = window.findChild(AcknowledgeDialog)
    dialog.name_field.setText(name)
    for block in dialog.blocks:
        block.tick.setChecked(True)
        block.reason_field.setText(reason)
    dialog.accept()
    return dialog


@pytest.mark.parametrize("kind", ["folder", "zip", "files"])
def test_what_is_dropped_is_listed_and_starts_a_plan_with_one_press(bench, tmp_path, kind):
    paths = write_series(tmp_path / "ct")
    dropped = [tmp_path / "ct"] if kind == "folder" else paths
    if kind == "zip":
        dropped = [tmp_path / "ct.zip"]
        with zipfile.ZipFile(dropped[0], "w") as archive:
            for path in paths:
                archive.write(path, f"DICOM/{path.name}")
    bench.take(*dropped)
    series = bench.start.tree.current()
    assert (series.verdict, series.images) == (SeriesVerdict.READY, 12)
    bench.start.preview.ask_start()
    plan = bench.desk.session.plan
    assert plan.volume.grid.shape_kji == (12, 40, 48)
    assert not plan.acknowledgements
    assert "Canary" not in bench.desk.session.file_path.name


def test_H_03_a_tilted_series_ends_with_its_degrees_in_the_plan(bench, tmp_path):
    write_series(tmp_path / "ct", tilt_deg=15.0)
    bench.take(tmp_path / "ct")
    series = bench.start.tree.current()
    assert series.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    bench.start.preview.ask_start()
    dialog = bench.findChild(AcknowledgeDialog)
    (block,) = [block for block in dialog.blocks if block.finding.code == "gantry-tilt"]
    assert (block.finding.value, block.finding.unit) == (pytest.approx(15.0, abs=0.01), "°")
    assert not dialog._start.isEnabled()
    _accept(bench)
    accepted = {given.finding_code: given for given in bench.desk.session.plan.acknowledgements}
    assert "15.0" in accepted["gantry-tilt"].sentence
    assert (accepted["gantry-tilt"].who, accepted["gantry-tilt"].reason) == ("Dr Ada", "Looked at in coronal view")


def test_each_finding_has_its_own_tick_and_reason_and_none_accepts_all(window):
    findings = (
        Finding("spacing-thick", Severity.ACK, "Slices are 4.00 mm apart.", 4.0, "mm"),
        Finding("lossy", Severity.ACK, "Compressed with loss."),
    )
    dialog = AcknowledgeDialog(window, findings, who="Dr Ada")
    first, second = dialog.blocks
    first.tick.setChecked(True)
    first.reason_field.setText("Only scan there is")
    assert not dialog._start.isEnabled()
    assert dialog._missing.text() == "Still needed: a tick and a reason."
    second.tick.setChecked(True)
    second.reason_field.setText("Looks sharp")
    assert dialog._start.isEnabled()
    assert [given.reason for given in dialog.acknowledgements()] == ["Only scan there is", "Looks sharp"]
    dialog.deleteLater()


def test_what_only_the_pixels_show_is_accepted_before_the_plan_begins(window, runner, case, tmp_path):
    del tmp_path
    from tests.ui.test_start_page import _READY

    window.start_plan(_READY, "/data")
    found = Finding("hu-implausible", Severity.ACK, "No air was found.", 0.0, "")
    opened = OpenedSeries(case.shared, case.session.identity, (found,))
    runner.requests(OpenSeries)[0].on_done(opened)
    assert window.desk.session is None
    _accept(window, reason="A phantom in water")
    (given,) = window.desk.session.plan.acknowledgements
    assert (given.finding_code, given.reason) == ("hu-implausible", "A phantom in water")


def test_nothing_begins_when_nobody_accepts(window, runner, case):
    from tests.ui.test_start_page import _READY

    window.start_plan(_READY, "/data")
    found = Finding("hu-implausible", Severity.ACK, "No air was found.")
    runner.requests(OpenSeries)[0].on_done(OpenedSeries(case.shared, case.session.identity, (found,)))
    window.findChild(AcknowledgeDialog).reject()
    assert window.desk.session is None
    assert "no plan was started" in window.status.sentence.whole_text()


# --- looking at a series ----------------------------------------------------------------------------------------------


def test_the_preview_shows_the_middle_image_with_letters_and_scale(bench, tmp_path, app):
    write_series(tmp_path / "ct")
    bench.take(tmp_path / "ct")
    app.processEvents()
    view = bench.start.preview.view
    picture = view._picture
    assert (picture.plane, picture.letters) == (Orientation.AXIAL, ("R", "L", "A", "P"))
    assert picture.spacing_xy_mm == (PIXEL_MM, PIXEL_MM)
    assert picture.image.pixelColor(39, 20).value() > 250  # bone, at the patient's left: the right edge
    assert "Im 7/12" in view.spoken_value()


def test_the_wheel_and_keys_go_through_the_series(bench, tmp_path, qtbot):
    write_series(tmp_path / "ct")
    bench.take(tmp_path / "ct")
    preview = bench.start.preview
    for key, number in ((Qt.Key.Key_Up, 8), (Qt.Key.Key_Home, 1), (Qt.Key.Key_End, 12)):
        qtbot.keyClick(preview.view, key)
        qtbot.waitUntil(lambda number=number: f"Im {number}/12" in preview.view.spoken_value())


def test_H_07_nothing_is_drawn_that_the_header_does_not_say(bench, tmp_path):
    def patch(dataset, _k):
        del dataset.PixelSpacing, dataset.ImageOrientationPatient

    write_series(tmp_path / "ct", patch=patch)
    bench.take(tmp_path / "ct")
    series = bench.start.tree.current()
    assert series.verdict is SeriesVerdict.NOT_USABLE
    picture = bench.start.preview.view._picture
    assert (picture.letters, picture.spacing_xy_mm, picture.plane) == (None, None, None)
    assert not bench.start.preview._start.isEnabled()


def test_an_image_that_cannot_be_shown_says_why(window, runner):
    from planner.domain.errors import InputRefused
    from tests.ui.test_start_page import _READY

    window.start._preview_series(_READY)
    runner.requests(PeekSeries)[0].on_failed(InputRefused("This decoder is not installed.", code="x"))
    assert "not installed" in window.start.preview.view.spoken_value()


# --- header -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def header(bench, tmp_path):
    """The header viewer of a small series."""
    write_series(tmp_path / "ct")
    bench.take(tmp_path / "ct")
    bench.start.preview._header.click()
    dialog = bench.findChild(HeaderDialog)
    yield dialog
    dialog.reject()


def _find(dialog, words):
    dialog.search.setText(words)
    dialog._search()
    return [dialog.rows.row_text(row) for row in range(dialog.rows.rowCount())]


@pytest.mark.parametrize("words", ["convolution", "0018,1210", "b30f", "KERNEL B30F"])
def test_the_header_is_searched_by_tag_name_and_value(header, words):
    (row,) = _find(header, words)
    assert row.split("\t")[1:] == ["ConvolutionKernel", "SH", "B30f"]


def test_the_header_of_any_image_of_the_series(header):
    header.image.setValue(3)
    header._ask()
    assert _find(header, "InstanceNumber")[0].endswith("\t3")
    header.table.selectRow(0)
    header.copy.click()
    assert QGuiApplication.clipboard().text() == header.rows.row_text(0)


def test_H_43_the_header_names_nobody_while_names_are_hidden(bench, header):
    assert any("Canary" in row for row in _find(header, ""))
    bench.desk.view.set_flag("hide_identity", on=True)
    header._ask()
    rows = _find(header, "")
    assert not any(secret in row for row in rows for secret in ("Canary", "ID-77", "20260102", "Trial"))
    assert any("hidden" in row for row in rows if "PatientName" in row)
    assert any(row.endswith("\tB30f") for row in rows)
    assert "IM0" not in header._file.whole_text()


# --- a CT that was moved ----------------------------------------------------------------------------------------------


def _kept_plan(bench, folder):
    bench.take(folder)
    bench.start.preview.ask_start()
    path = bench.desk.session.file_path
    bench.desk.close_session()
    bench.desk.opened.emit()
    return path


def test_H_12_a_moved_ct_is_found_again_and_another_one_is_refused(bench, tmp_path, app):
    write_series(tmp_path / "ct")
    path = _kept_plan(bench, tmp_path / "ct")
    (tmp_path / "ct").rename(tmp_path / "moved")

    def other(dataset, k):
        dataset.ImagePositionPatient = [-35.0, -29.0, 2.0 * k + 50.0]

    write_series(tmp_path / "wrong", patch=other)
    bench.opener.open_plan(path)
    assert "is not in" in bench.banners.sentence_of("REFUSED")
    asked = []
    bench.opener.find_asked.connect(lambda *what: asked.append(what))
    dict(bench.banners._notices["REFUSED"].buttons)["Find the CT…"]()
    app.processEvents()
    assert asked == [(path, str(tmp_path / "ct"))]
    dialog = bench.findChild(ImportDialog)
    dialog.reject()
    bench.opener.open_plan(path, look_in=tmp_path / "wrong")
    assert bench.desk.session is None
    assert bench.banners.sentence_of("REFUSED")
    bench.opener.open_plan(path, look_in=tmp_path / "moved")
    assert bench.desk.session.file_path == path
    bench.desk.close_session()
    bench.opener.open_plan(path)
    assert bench.desk.session is not None


def test_one_dialog_takes_a_folder_or_files(bench, tmp_path, qtbot):
    write_series(tmp_path / "ct", slices=3)
    dialog = ImportDialog(bench, str(tmp_path))
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.open()
    view = dialog.findChild(QTreeView, "treeView")
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Open" and b.isVisible())
    button.click()
    assert dialog.chosen == (tmp_path,)  # nothing chosen: the folder shown
    dialog.open()
    qtbot.waitUntil(lambda: "ct" in [view.model().index(r, 0, view.rootIndex()).data() for r in range(_rows(view))])
    names = [view.model().index(r, 0, view.rootIndex()).data() for r in range(_rows(view))]
    view.setCurrentIndex(view.model().index(names.index("ct"), 0, view.rootIndex()))
    button.click()
    assert dialog.chosen == (tmp_path / "ct",)
    dialog.selectFile(str(tmp_path / "ct" / "IM00001.dcm"))
    dialog.accept()
    assert dialog.chosen == (tmp_path / "ct" / "IM00001.dcm",)
    dialog.deleteLater()


def _rows(view):
    return view.model().rowCount(view.rootIndex())


def test_H_43_a_file_dialog_leaves_no_folder_in_qts_own_settings(bench, tmp_path, app):
    (tmp_path / "Canary^Carla").mkdir()
    dialog = ImportDialog(bench, str(tmp_path / "Canary^Carla"))
    dialog.accept()
    dialog.deleteLater()
    app.sendPostedEvents(dialog, QEvent.Type.DeferredDelete.value)
    kept = QSettings(QSettings.Scope.UserScope, "QtProject")
    assert not [key for key in kept.allKeys() if "Canary" in str(kept.value(key))]


# --- slices as they come ----------------------------------------------------------------------------------------------


def _arriving(tmp_path, *, done, first=6):
    from planner.services.tasks import OpeningVolume

    hu = np.full((12, 40, 48), -1000, np.int16)
    for k in range(12):
        hu[k, : 2 * k + 2] = 240  # rows from the front tell slices apart
    path = tmp_path / "draft.npy"
    np.save(path, hu)
    return OpeningVolume(str(path), hu.shape, "int16", (400.0, 40.0), (1.5, 1.5, 2.0), done, first)


def test_slices_are_shown_as_they_come_with_count_and_cancel(window, runner, tmp_path):
    from tests.ui.test_import_scan import _report, _series

    series = _series(1, images=12)
    window.start.show_report(_report(series, _series(2, images=3)))
    window.start.preview.ask_start()
    (job,) = runner.requests(OpenSeries)
    job.on_progress(5, 12, "Reading slices")
    job.on_partial(_arriving(tmp_path, done=3))
    preview = window.start.preview
    assert preview._why.text() == "Reading slices 5 of 12 …"
    assert "Im 7/12" in preview.view.spoken_value()
    image = preview.view._picture.image
    assert [image.pixelColor(0, row).value() > 200 for row in (13, 14)] == [True, False]
    preview.browser.step(9)
    assert "Im 9/12" in preview.view.spoken_value()  # slices 7 to 9 are there
    assert not preview._start.isVisibleTo(preview)
    preview._cancel.click()
    assert job.cancelled
    assert preview._start.isVisibleTo(preview)
    assert window.desk.session is None


def test_H_11_slices_of_one_series_are_never_shown_under_anothers_name(window, runner, tmp_path):
    from tests.ui.test_import_scan import _report, _series

    opened, other = _series(1, images=12), _series(2, images=11)
    window.start.show_report(_report(opened, other))
    window.start.preview.ask_start()
    (job,) = runner.requests(OpenSeries)
    job.on_partial(_arriving(tmp_path, done=3))
    window.start.tree.choose(other)
    job.on_partial(_arriving(tmp_path, done=5))
    assert not window.start.preview.view.has_picture
    assert "/12" not in window.start.preview.view.spoken_value()
    window.start.tree.choose(opened)
    assert "Im 7/12" in window.start.preview.view.spoken_value()


def test_a_draft_that_has_gone_leaves_the_picture_there_was(window, runner, tmp_path):
    from tests.ui.test_import_scan import _report, _series

    window.start.show_report(_report(_series(1, images=12)))
    window.start.preview.ask_start()
    opening = _arriving(tmp_path, done=12)
    (tmp_path / "draft.npy").unlink()
    runner.requests(OpenSeries)[0].on_partial(opening)
    assert window.start.preview.is_opening
