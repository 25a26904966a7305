"""Is an edit of a case ever lost? Killed at any moment, or refused by the disk, the library holds what was kept.

H-14, H-33, H-34, H-35, H-37. FROSTLINE_KILLS sets how many times a working program is killed.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from planner.casebook.library import CaseLibrary, CaseState
from planner.domain.digest import content_hash
from planner.domain.errors import CaseFileError, PlannerError
from planner.domain.identity import PatientIdentity
from planner.services.case_commands import NameCase
from planner.services.case_library import export_case, import_case, look_into
from planner.services.casework import OpenCase
from tests import random_case_edits
from tests.case_with_plans import case_with_plans
from tests.random_case_edits import AT, CaseHand, hashes_of, new_case

KILLS = int(os.environ.get("FROSTLINE_KILLS", "40"))
LONGEST_S = 0.15
FLIPS = int(os.environ.get("FROSTLINE_CASE_FLIPS", "100"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def test_H_33_H_35_a_program_killed_at_any_moment_has_lost_nothing_it_had_said_was_kept(tmp_path):
    program = [sys.executable, random_case_edits.__file__, str(tmp_path), str(KILLS), str(LONGEST_S)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(program, check=True, env=environment, capture_output=True)
    library, acts, torn = CaseLibrary(tmp_path), 0, 0
    for seed in range(KILLS):
        said = tmp_path / f"{seed}.said"
        hashes = said.read_text().split() if said.exists() else []
        if not hashes:  # killed before it had said anything
            continue
        truth = hashes_of(seed, acts=len(hashes))
        assert hashes == truth[: len(hashes)], seed
        found = str(content_hash(library.read(new_case(seed).id)[0]))  # verifies the whole chain
        # What was said to be kept is there; at most the act that was under way is there as well.
        assert found in truth[len(hashes) - 1 :], seed
        torn += found != truth[len(hashes) - 1]
        acts += len(hashes) - 1
    assert acts > 0, "the programs were killed before they had done anything"
    assert not library.unreadable
    with sqlite3.connect(library.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@contextmanager
def files_no_larger_than(size):
    """Let no file of this process grow beyond a size."""
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


def edit_until_refused(opened):
    """Note longer and longer words, hardly to be compressed, until the disk takes no more; returns the refusal."""
    dice = random.Random(34)
    for n in range(2000):
        try:
            opened.apply(NameCase(f"problem {n}", "".join(chr(dice.randrange(33, 900)) for _ in range(2000))))
        except CaseFileError as error:
            return error
    raise AssertionError("the disk took everything")


def test_H_34_a_full_disk_is_a_sentence_keeps_the_case_and_takes_edits_once_there_is_room(small_disk):
    library = CaseLibrary(small_disk)
    filler = small_disk / "filler"
    library.add(new_case(1), at=AT)
    library.identities.put(new_case(1).id, PatientIdentity(patient_name="Somebody"))
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 65_536))
    opened = OpenCase(library, new_case(1).id)
    refusal = edit_until_refused(opened)
    assert refusal.code == "case-io"
    assert "disk is full, 0.0 MB are free" in refusal.sentence
    assert "Nothing of it is changed" in refusal.sentence
    assert refusal.where == "cases.sqlite"
    kept = opened.case
    assert kept.problem != "Intercostal neuralgia", "nothing was kept before the disk was full"
    assert library.read(kept.id)[0] == kept
    assert not list(small_disk.glob("*journal*"))
    filler.unlink()
    opened.apply(NameCase("there is room again"))
    assert CaseLibrary(small_disk).read(kept.id)[0].problem == "there is room again"
    assert library.identities.get(kept.id).patient_name == "Somebody"


def test_H_34_a_library_that_may_not_grow_keeps_what_it_had(tmp_path):
    library = CaseLibrary(tmp_path)
    library.add(new_case(1), at=AT)
    opened = OpenCase(library, new_case(1).id)
    with files_no_larger_than(library.path.stat().st_size):
        refusal = edit_until_refused(opened)
    assert refusal.code == "case-io"
    assert library.read(opened.case.id)[0] == opened.case
    opened.apply(NameCase("later"))
    assert library.read(opened.case.id)[0].problem == "later"


def test_H_34_a_new_library_on_a_full_disk_is_refused_and_made_later(small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 4096))
    library = CaseLibrary(small_disk / "cases")
    with pytest.raises(CaseFileError):
        library.add(new_case(1), at=AT)
    filler.unlink()
    assert library.rows(state=CaseState.ALL) == ()
    library.add(new_case(1), at=AT)
    assert len(CaseLibrary(small_disk / "cases").rows()) == 1


def test_H_34_an_export_that_finds_no_room_leaves_the_old_file_whole(small_disk, tmp_path):
    kept = case_with_plans(tmp_path, acts=5)
    path = small_disk / "case.frostcase"
    export_case(kept.library, kept.case_id, path, with_plans=False)
    before = path.read_bytes()
    filler = small_disk / "filler"
    for room in (0, 4096, 16_384, 65_536):  # none at all, none for the tables, none for the plans
        filler.write_bytes(b"")
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - room))
        with pytest.raises(PlannerError) as refusal:
            export_case(kept.library, kept.case_id, path)
        assert "free" in refusal.value.sentence
        assert path.read_bytes() == before
        assert {one.name for one in small_disk.iterdir()} == {"case.frostcase", "filler"}
    filler.unlink()
    export_case(kept.library, kept.case_id, path)
    assert len(look_into(path, kept.library).plans) == 2


def test_H_34_an_import_that_finds_no_room_takes_nothing_in(small_disk, tmp_path):
    kept = case_with_plans(tmp_path, acts=5)
    path = tmp_path / "case.frostcase"
    export_case(kept.library, kept.case_id, path)
    library, plans = CaseLibrary(small_disk / "cases"), small_disk / "plans"
    filler = small_disk / "filler"
    for room in (0, 8192, 100_000):  # none at all, none for a plan, none for the second plan
        filler.write_bytes(b"")
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - room))
        with pytest.raises(PlannerError):
            import_case(library, path, plans_folder=plans, at=AT)
        assert library.rows(state=CaseState.ALL) == ()
        assert not plans.exists() or list(plans.iterdir()) == []
    filler.unlink()
    assert len(import_case(library, path, plans_folder=plans, at=AT).plans) == 2


def test_H_34_a_library_that_may_only_be_read_is_shown_and_edits_are_refused(small_disk):
    library = CaseLibrary(small_disk)
    library.add(new_case(1), at=AT)
    library.identities.put(new_case(1).id, PatientIdentity(patient_name="Somebody"))
    opened = OpenCase(library, new_case(1).id)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for refused in (
        lambda: opened.apply(NameCase("never")),
        lambda: library.add(new_case(2), at=AT),
        lambda: library.identities.remove(new_case(1).id),
        lambda: library.remove(new_case(1).id, name="FL-0001"),
    ):
        with pytest.raises(CaseFileError, match=r"cannot be (written|read or written)"):
            refused()
    assert opened.case.problem == "Intercostal neuralgia"
    assert CaseLibrary(small_disk).read(opened.case.id) == (new_case(1), 1)
    assert len(CaseLibrary(small_disk).rows("somebody", with_identity=True)) == 1
    missing = CaseLibrary(small_disk / "none")
    with pytest.raises(CaseFileError, match="Read-only"):
        missing.add(new_case(1), at=AT)


def test_H_37_a_library_that_another_program_holds_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.casebook.library_schema._BUSY_S", 0.05)
    library = CaseLibrary(tmp_path)
    library.add(new_case(1), at=AT)
    opened = OpenCase(library, new_case(1).id)
    with sqlite3.connect(library.path, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CaseFileError) as refusal:
            opened.apply(NameCase("waits"))
        assert refusal.value.code == "case-locked"
        holder.execute("ROLLBACK")
    holder.close()
    opened.apply(NameCase("waits"))
    assert library.read(opened.case.id)[0].problem == "waits"


def test_H_37_programs_that_edit_one_case_at_once_never_overwrite_each_other(tmp_path):
    """Three programs count to 25 in one note: 75, in as many revisions, or something was lost."""
    library = CaseLibrary(tmp_path)
    library.add(replace(new_case(1), note="0"), at=AT)
    program = [sys.executable, random_case_edits.__file__, str(tmp_path), "count", "25"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    working = [subprocess.Popen(program, env=environment) for _ in range(3)]
    assert [one.wait() for one in working] == [0, 0, 0]
    case, number = library.read(new_case(1).id)
    assert (case.note, number) == ("75", 76)


def shown_by(library, case_id):
    """Everything the library says of a case; None when it refuses, or names a case that it cannot read."""
    with suppress(CaseFileError):
        listed = [row.case for row in library.rows(state=CaseState.ALL) if row.case.id == case_id]
        if listed or not library.unreadable:
            return library.read(case_id), library.history(case_id), listed
    return None


def test_H_14_no_changed_byte_of_the_library_shows_another_case_than_was_kept(tmp_path):
    library = CaseLibrary(tmp_path)
    for seed in (1, 2, 3):
        library.add(new_case(seed), at=AT)
        hand = CaseHand(OpenCase(library, new_case(seed).id), random.Random(seed))
        for _ in range(12):
            hand.act()
    truth = {seed: shown_by(library, new_case(seed).id) for seed in (1, 2, 3)}
    good, dice, refused = library.path.read_bytes(), random.Random(14), 0
    for _ in range(FLIPS):
        data = bytearray(good)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        library.path.write_bytes(data)
        found = {seed: shown_by(CaseLibrary(tmp_path), new_case(seed).id) for seed in truth}
        refused += None in found.values()
        assert all(found[seed] in (truth[seed], None) for seed in truth)
    assert refused > FLIPS / 4
