"""Is nothing lost, and all of it said, when the disk is full, a folder is read-only, or another window was first?

On a real file system of half a megabyte where this user may mount one; a limit on the size of files stands in for it
elsewhere. H-34, H-37.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from planner.persistence.planfile import PlanFile
from planner.services.commands import RenamePlan
from planner.services.history import History
from planner.ui.widgets.banner import Banner, Notice

LEFT = Qt.MouseButton.LeftButton
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and mounts of POSIX")


def _kept_in(window, case, folder):
    """The small plan on the desk, kept in a folder."""
    path = folder / "Small.frostline"
    case.session.keep_in(path, source_folder="/nowhere")
    window.desk.open(case.session, case.shared)
    return path


def _on_disk(path):
    file = PlanFile.open(path)
    try:
        return History.replay(file.steps())
    finally:
        file.close()


def _press(window, text):
    QApplication.processEvents()
    banner = next(b for b in window.banners.findChildren(Banner) if b.isVisible())
    QTest.mouseClick(next(b for b in banner.findChildren(QPushButton) if b.text().startswith(text)), LEFT)


@contextlib.contextmanager
def _files_no_larger_than(size):
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 512 kB."""
    mount, folder = shutil.which("mount"), tmp_path / "disk"
    folder.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=512k", "none", str(folder)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system of its own")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _edit_until_refused(window):
    """Rename until the disk takes no more; every name is in memory."""
    for n in range(400):
        window.desk.apply(RenamePlan(f"name {n}"))
        if window.desk.session.unkept_edits:
            return f"name {n}"
    raise AssertionError("the disk took everything")


def test_H_34_a_full_disk_is_a_sentence_and_every_edit_is_written_once_there_is_room(window, case, small_disk, qtbot):
    path = _kept_in(window, case, small_disk)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 16_384))
    name = _edit_until_refused(window)
    window.desk.apply(RenamePlan("one more"))
    sentence = window.banners.sentence_of("NOT KEPT")
    assert sentence.startswith("The disk is full: 0.0 MB left where “one more” is kept. 2 edits are in memory only")
    assert not window.banners.sentence_of("REFUSED")
    assert window.desk.session.plan.name == "one more"
    assert _names(path)[-1] != "one more"
    window.desk.undo()
    assert window.desk.session.plan.name == name
    assert "3 edits are in memory only" in window.banners.sentence_of("NOT KEPT")
    filler.unlink()
    qtbot.waitUntil(lambda: not window.banners.words(), timeout=10_000)  # tried again by itself
    assert window.desk.session.unkept_edits == 0
    window.close()
    history = _on_disk(path)
    assert (history.plan.name, history.redo_label) == (name, "rename plan")


def _names(path):
    """Names in the file, read past the lock of the window that holds it."""
    import sqlite3

    copy = path.parent.parent / "look"
    copy.write_bytes(path.read_bytes())
    connection = sqlite3.connect(copy)
    try:
        rows = connection.execute("SELECT json_extract(plan, '$.name') FROM step ORDER BY n").fetchall()
    finally:
        connection.close()
        copy.unlink()
    return [name for (name,) in rows]


def test_H_34_a_window_with_edits_the_disk_refused_stays_open_until_they_are_copied_or_given_up(
    window, case, tmp_path, monkeypatch
):
    path = _kept_in(window, case, tmp_path)
    with _files_no_larger_than(path.stat().st_size):
        name = _edit_until_refused(window)
        assert "in memory only" in window.banners.sentence_of("NOT KEPT")
        assert not window.close()
        assert window.isVisible()
        assert "Close and lose 1 edit" in [text for text, _ in window.banners._notices["NOT KEPT"].buttons]
    with _refusing(monkeypatch, path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "copy.frostline"), ""))
        _press(window, "Save a copy")
        assert _on_disk(tmp_path / "copy.frostline").plan.name == name
        assert window.close()
    assert _on_disk(tmp_path / "copy.frostline").plan.name == name


@contextlib.contextmanager
def _refusing(monkeypatch, path):
    """The plan's own file takes nothing; other files do."""
    append = PlanFile.append

    def refused(self, step):
        if self.path == path:
            from planner.domain.errors import PlanFileError

            raise PlanFileError("The disk is full.", code="plan-io")
        append(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(PlanFile, "append", refused)
        yield


def test_H_34_another_plan_does_not_push_out_one_with_edits_the_disk_refused(window, case, tmp_path, monkeypatch):
    path = _kept_in(window, case, tmp_path)
    with _refusing(monkeypatch, path):
        window.desk.apply(RenamePlan("only in memory"))
        before = window.desk.session
        from tests.ui.conftest import SmallCase

        other = SmallCase(window.desk.blobs)
        assert not window.opener._put_on_desk(other.session, other.shared)
        assert window.desk.session is before
        assert before.plan.name == "only in memory"
        assert "nothing was opened" in window.status.sentence.whole_text()
    assert window.desk.is_all_kept()


def test_H_34_a_plan_whose_folder_takes_no_file_is_worked_on_in_memory_and_finds_a_home(
    window, case, tmp_path, monkeypatch
):
    window.desk.services.plans_folder.write_text("a file where the folder should be")
    window.opener._keep_and_open(case.session, _opened(case), folder="/ct")
    assert "has no file" in window.banners.sentence_of("NOT KEPT")
    assert window.desk.apply(RenamePlan("named"))
    assert not window.close()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "home.frostline"), ""))
    _press(window, "Save a copy")
    assert not window.banners.sentence_of("NOT KEPT")
    assert window.desk.session.file_path == tmp_path / "home.frostline"
    window.desk.apply(RenamePlan("named again"))
    window.close()
    history = _on_disk(tmp_path / "home.frostline")
    assert history.plan.name == "named again"
    assert history.undo()
    assert history.plan.name == "named"
    assert history.undo()


def _opened(case):
    from planner.services.tasks import OpenedSeries

    return OpenedSeries(case.shared, case.session.identity)


def test_a_folder_that_is_read_only_is_a_banner_and_the_plan_is_shown_as_it_was(bench, small_disk, app):
    from tests.ui.small_ct import write_series

    write_series(small_disk.parent / "ct")
    bench.opener.scan(small_disk.parent / "ct")
    series = bench.start.tree.current()
    bench.start_plan(series, str(small_disk.parent / "ct"))
    session = bench.desk.session
    path = small_disk / "Kept.frostline"
    session.save_copy(path)
    bench.desk.close_session()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    before = path.read_bytes()
    bench.opener.open_plan(path)
    app.processEvents()
    assert bench.desk.session.is_read_only
    assert "edits are off here" in bench.banners.sentence_of("READ-ONLY")
    shown = bench.desk.session.plan
    assert not bench.desk.apply(RenamePlan("another"))
    assert bench.desk.session.plan is shown
    bench.desk.close_session()
    assert path.read_bytes() == before


def test_no_banner_moves_the_views_while_a_hand_holds_something(planned, qtbot):
    planned.grab()
    axial = planned.plan.grid.views["axial"]
    middle = axial.rect().center()
    before = axial.mapToGlobal(middle), axial.size()
    QTest.mousePress(axial, LEFT, pos=middle)
    try:
        for word, tone in (("STALE", "check"), ("REFUSED", "fail"), ("NOT KEPT", "fail")):
            planned.desk.notice(Notice(word, "It is so.", tone))
        QTest.qWait(200)
        assert (axial.mapToGlobal(middle), axial.size()) == before
        assert not planned.banners.isVisible()
        planned.desk.unnotice("STALE")
    finally:
        QTest.mouseRelease(axial, LEFT, pos=middle)
    qtbot.waitUntil(planned.banners.isVisible)
    shown = [banner.notice.word for banner in planned.banners.findChildren(Banner) if banner.isVisible()]
    assert shown == ["NOT KEPT", "REFUSED"]
