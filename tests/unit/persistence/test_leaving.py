"""Does a file leave whole or not at all, whatever the disk refuses?"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import stat

import pytest

from planner.domain.errors import InputRefused
from planner.persistence.leaving import leaving_into, put_in_place

OLD, NEW = b"old" * 1000, b"new" * 3000


def _leave(folder) -> None:
    with leaving_into(folder, what="The report") as staging:
        (staging / "report.pdf").write_bytes(NEW)
        (staging / "plan.json").write_bytes(NEW)
        for name in ("report.pdf", "plan.json"):
            put_in_place(staging / name, folder / name)


def test_files_get_their_names_in_a_folder_that_was_not_there(tmp_path) -> None:
    _leave(tmp_path / "a" / "b")
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["plan.json", "report.pdf"]
    assert (tmp_path / "a" / "b" / "report.pdf").read_bytes() == NEW


def test_H_34_a_full_disk_is_a_sentence_and_leaves_what_was_there(tmp_path) -> None:
    (tmp_path / "report.pdf").write_bytes(OLD)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD), old[1]))
        with pytest.raises(InputRefused, match=r"The report cannot be written there \(File too large, \d+ MB are free"):
            _leave(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]
    assert (tmp_path / "report.pdf").read_bytes() == OLD


def test_H_34_a_source_that_cannot_be_read_is_not_taken_for_a_disk_that_cannot_be_written(tmp_path) -> None:
    missing = tmp_path / "ct" / "1.dcm"
    with (
        pytest.raises(InputRefused, match="a file it is made from cannot be read") as refused,
        leaving_into(tmp_path / "out", what="The report"),
    ):
        missing.read_bytes()
    assert refused.value.where == str(missing)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("at", range(4))
def test_H_33_a_disk_that_fails_at_any_call_leaves_each_file_old_or_new(tmp_path, monkeypatch, call, at) -> None:
    for name in ("report.pdf", "plan.json"):
        (tmp_path / name).write_bytes(OLD)
    done, real = [], getattr(os, call)

    def failing(*args, **kwargs):
        done.append(args)
        if len(done) > at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, failing)
    last_call = {"fsync": 3, "replace": 1}[call]
    if at > last_call:
        _leave(tmp_path)
    else:
        with pytest.raises(InputRefused, match="Input/output error"):
            _leave(tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(kept) == ["plan.json", "report.pdf"]
    assert set(kept.values()) <= {OLD, NEW}
    assert (kept["plan.json"] == NEW) <= (kept["report.pdf"] == NEW)


def test_a_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(InputRefused, match="cannot be written there"):
        _leave(tmp_path / "file" / "below")


def test_a_file_is_forced_to_the_disk_through_a_handle_that_may_write(tmp_path, monkeypatch) -> None:
    """Windows refuses to flush a handle that may only read."""
    ways, real = {}, os.fsync

    def watching(descriptor):
        ways[stat.S_ISREG(os.fstat(descriptor).st_mode)] = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    _leave(tmp_path)
    assert ways[True] == os.O_RDWR
