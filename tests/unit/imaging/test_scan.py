"""Is a folder read within its bounds? Hostile and plain folders, without CT in them."""

from __future__ import annotations

import os

import pytest

from planner.domain.errors import Cancelled, InputRefused
from planner.domain.progress import silent
from planner.imaging import limits
from planner.imaging.scan import scan_folder


def test_empty_folder_gives_an_empty_report(tmp_path) -> None:
    report = scan_folder(tmp_path, progress=silent)
    assert (report.files_read, report.series, report.rejected) == (0, (), ())


def test_missing_folder_and_file_are_refused(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(InputRefused, match="There is no folder"):
            scan_folder(path, progress=silent)


def test_other_files_are_rejected_with_a_sentence(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "cut.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x02\x00\x10")
    (tmp_path / "rubbish.dcm").write_bytes(b"\0" * 128 + b"DICM" + bytes(range(256)) * 8)
    report = scan_folder(tmp_path, progress=silent)
    assert report.files_read == 4
    listed = len(report.rejected) + sum(len(series.slices) for series in report.series)
    assert listed == 4
    assert all(item.sentence.endswith(".") for item in report.rejected)


def test_H_40_links_pipes_and_loops_are_passed_over(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert scan_folder(tmp_path, progress=silent).files_read == 0


def test_H_40_too_many_files_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 5)
    for number in range(6):
        (tmp_path / str(number)).write_bytes(b"")
    with pytest.raises(InputRefused, match="more than 5 files"):
        scan_folder(tmp_path, progress=silent)


def test_H_40_huge_file_is_not_opened(tmp_path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(limits.MOST_FILE_BYTES + 1)
    (rejected,) = scan_folder(tmp_path, progress=silent).rejected
    assert "at most 512 MB" in rejected.sentence


def test_cancel_passes_through(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"")

    def stop(done, total, phase):
        del done, total, phase
        raise Cancelled

    with pytest.raises(Cancelled):
        scan_folder(tmp_path, progress=stop)
