"""Does the store of a killed program go at the next start, and nobody else's?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from planner.persistence.blobs import BlobStore

_PROGRAM = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from planner.persistence.blobs import BlobStore
print(BlobStore.temporary().folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def program(temporary):
    """Another program with a store of its own: (process, name of its store)."""
    command = [sys.executable, "-c", _PROGRAM, str(temporary)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process, os.path.basename(process.stdout.readline().strip())  # noqa: PTH119
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_H_43_a_killed_programs_store_is_swept_and_a_living_ones_is_not(temporary, program) -> None:
    process, name = program
    (temporary / name / "scan.npy").write_bytes(b"patient")
    first = BlobStore.temporary()
    assert (temporary / name / "scan.npy").exists()
    process.kill()
    process.wait()
    second = BlobStore.temporary()
    assert sorted(temporary.iterdir()) == sorted([first.folder, second.folder])
    first.close()
    second.close()
    assert list(temporary.iterdir()) == []


def test_what_is_not_marked_as_a_store_is_left_alone(temporary) -> None:
    (temporary / "frostline-notes").mkdir()
    (temporary / "frostline-file").write_bytes(b"x")
    target = temporary / "elsewhere"
    target.mkdir()
    (target / "owner").write_bytes(b"")
    (temporary / "frostline-link").symlink_to(target)
    (temporary / "frostline-inner").mkdir()
    (temporary / "frostline-inner" / "owner").symlink_to(target / "owner")
    before = sorted(temporary.iterdir())
    BlobStore.temporary().close()
    assert sorted(temporary.iterdir()) == before
    assert (target / "owner").exists()
