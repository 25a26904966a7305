"""Does what was dropped end in a plan, with everything accepted by name in it? Real files, real windows."""

from __future__ import annotations

import zipfile

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QTreeView

from planner.domain.review import Finding, Severity
from planner.domain.series import SeriesVerdict
from planner.persistence.planfile import PlanFile
from planner.services.commands import RenamePlan
from planner.services.tasks import OpenedSeries, OpenSeries, PreparePlan
from planner.ui.dialogs.acknowledge import AcknowledgeDialog, hazard_of
from planner.ui.start.import_dialog import ImportDialog
from tests.ui.small_ct import write_series


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


@pytest.mark.parametrize(
    "code",
    [
        "gantry-tilt",
        "spacing-thick",
        "slices-left-out",
        "damaged-files",
        "frame-of-reference-per-slice",
        "identifiers-missing",
        "mixed-reconstructions",
        "monochrome1",
        "lossy",
        "hu-implausible",
    ],
)
def test_H_19_every_kind_of_finding_states_its_own_hazard(code):
    unknown = hazard_of(Finding("some-new-check", Severity.ACK, "Something was found."))
    assert unknown
    assert hazard_of(Finding(code, Severity.ACK, "Something was found.")) != unknown


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


def test_H_37_a_plan_held_by_another_window_is_shown_read_only_and_a_copy_can_be_worked_on(bench, tmp_path, app):
    write_series(tmp_path / "ct")
    path = _kept_plan(bench, tmp_path / "ct")
    other = PlanFile.open(path)
    try:
        bench.opener.open_plan(path)
        session = bench.desk.session
        assert session.is_read_only
        assert "edits are off here" in bench.banners.sentence_of("READ-ONLY")
        before = session.plan
        assert not bench.desk.apply(RenamePlan("another name"))
        assert session.plan is before
        assert "edits are off here" in bench.banners.sentence_of("REFUSED")
        dict(bench.banners._notices["READ-ONLY"].buttons)["Open a copy"]()
        app.processEvents()
    finally:
        other.close()
    assert not bench.desk.session.is_read_only
    assert bench.desk.session.file_path != path
    assert not bench.banners.sentence_of("READ-ONLY")
    assert bench.desk.apply(RenamePlan("another name"))
    assert not list(bench.desk.blobs.folder.glob("look-*"))


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


def test_H_11_a_typed_path_is_what_is_read_and_never_the_folder_shown(bench, tmp_path, qtbot):
    for name in ("one", "other"):
        (tmp_path / name / "ct").mkdir(parents=True)
    dialog = ImportDialog(bench, str(tmp_path / "one"))
    dialog.open()
    field = dialog.findChild(QLineEdit)
    qtbot.keyClicks(field, str(tmp_path / "nowhere"))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.chosen == ()
    assert "nowhere" in dialog.labelText(QFileDialog.DialogLabel.FileName)
    field.clear()
    qtbot.keyClicks(field, str(tmp_path / "other" / "ct"))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.chosen == (tmp_path / "other" / "ct",)
    dialog.deleteLater()


def test_a_plan_asked_for_twice_is_opened_once_and_takes_edits(bench, tmp_path, monkeypatch):
    write_series(tmp_path / "ct")
    path = _kept_plan(bench, tmp_path / "ct")
    start, held = bench.desk.jobs.start, []

    def hold(request, **callbacks):
        if isinstance(request, PreparePlan):
            held.append(lambda: start(request, **callbacks))
            return None
        return start(request, **callbacks)

    monkeypatch.setattr(bench.desk.jobs, "start", hold)
    bench.opener.open_plan(path)
    bench.opener.open_plan(path)
    for go_on in held:
        go_on()
    assert len(held) == 2
    assert bench.desk.session.file_path == path
    assert not bench.desk.session.is_read_only
    assert bench.desk.apply(RenamePlan("another name"))


def test_H_37_nothing_is_drawn_in_a_plan_that_takes_no_edit(bench, tmp_path):
    write_series(tmp_path / "ct")
    path = _kept_plan(bench, tmp_path / "ct")
    other = PlanFile.open(path)
    try:
        bench.opener.open_plan(path)
        assert not bench.desk.painting.begin_stroke()
        assert "edits are off here" in bench.banners.sentence_of("REFUSED")
        bench.desk.close_session()
    finally:
        other.close()
