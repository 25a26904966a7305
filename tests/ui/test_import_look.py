"""Does the import page show what is there, and nothing else? Images, headers, slices as they come, hostile text."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from planner.domain.series import SeriesVerdict
from planner.rendering.plane import Orientation
from planner.services.tasks import OpenSeries, PeekSeries
from planner.ui.dialogs.header import HeaderDialog
from tests.ui.small_ct import PIXEL_MM, write_series

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
    for _ in range(5):  # an X server refuses the clipboard to a claim that is older than its last owner's
        header.copy.click()
        if QGuiApplication.clipboard().text():
            break
        QTest.qWait(50)
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


def test_H_42_what_a_header_or_file_name_says_is_never_markup(bench, tmp_path):
    evil = "<img src=x><b>Eve</b>"
    paths = write_series(tmp_path / "ct", name=evil, description=evil)
    (paths[0].parent / "<b>odd.txt").write_text("no image")
    bench.take(tmp_path / "ct")
    bench.start.preview._header.click()
    bench.resize(bench.minimumSize())  # so narrow that texts are shortened and tooltips carry them
    labels = bench.findChildren(QLabel)
    assert any("<b>" in label.text() or "<b>" in label.accessibleName() for label in labels)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels if "<" in label.text())
    tips = [widget.toolTip() for widget in bench.findChildren(QWidget)]
    model = bench.start.rejected._rows
    tips += [model.item(row, column).toolTip() for row in range(model.rowCount()) for column in (0, 1)]
    header = bench.findChild(HeaderDialog)
    rows = header.rows
    tips += [
        rows.data(rows.index(row, column), Qt.ItemDataRole.ToolTipRole)
        for row in range(rows.rowCount())
        for column in range(4)
    ]
    assert any("&lt;b&gt;" in tip for tip in tips)
    assert not any("<b>" in tip or "<img" in tip for tip in tips)
    header.reject()
