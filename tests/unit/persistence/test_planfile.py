import errno
import hashlib
import json
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.errors import InputRefused, PlanFileError
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import BlobRef, PatientIdentity
from planner.domain.plan import Plan
from planner.domain.volume import VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile, Step, StepKind

GRID = Grid.from_axes((3, 4, 5), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 2))
WHO = PatientIdentity(patient_name="Test^Person", patient_id="T-1")


def plan(name="first"):
    return Plan("p1", name, VolumeRef("0" * 64, GRID, PatientPosition.HFS, "1.2", "1.3", "1.4"))


def step(name="first", kind=StepKind.EDIT):
    return Step(kind, f"rename to {name}", "tester", "2026-01-02T03:04:05Z", plan(name))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plan.frostline"


@pytest.fixture
def opened(path):
    file = PlanFile.create(path, step(kind=StepKind.START), identity=WHO, source_folder="/ct")
    yield file
    file.close()


def test_steps_identity_and_source_come_back_after_reopening(path, opened):
    opened.append(step("second"))
    opened.append(step("first", StepKind.UNDO))
    opened.close()
    again = PlanFile.open(path)
    try:
        assert [(s.kind.value, s.plan.name) for s in again.steps()] == [
            ("start", "first"),
            ("edit", "second"),
            ("undo", "first"),
        ]
        assert again.identity() == WHO
        assert again.source_folder() == "/ct"
    finally:
        again.close()


def test_identity_is_not_inside_the_plan(path, opened):
    opened.close()
    text = sqlite3.connect(path).execute("SELECT plan FROM step").fetchone()[0]
    assert "Test^Person" not in text


def test_H_37_a_second_window_is_refused(path, opened):
    opened.append(step("mine"))
    with pytest.raises(PlanFileError) as refusal:
        PlanFile.open(path)
    assert refusal.value.code == "plan-locked"


def test_H_14_an_edit_from_outside_is_found(path, opened):
    opened.append(step("second"))
    opened.close()
    outside = sqlite3.connect(path)
    outside.execute("UPDATE step SET plan = replace(plan, 'second', 'sexond')")
    outside.commit()
    outside.close()
    with pytest.raises(PlanFileError) as refusal:
        PlanFile.open(path)
    assert refusal.value.code == "plan-altered"


def test_H_14_single_byte_changes_never_pass_unnoticed(path, opened):
    opened.append(step("second"))
    opened.close()
    original = path.read_bytes()
    text_at = original.index(b'"name":"second"')
    for offset in range(text_at, text_at + 15):
        path.write_bytes(original[:offset] + bytes([original[offset] ^ 1]) + original[offset + 1 :])
        with pytest.raises(PlanFileError):
            PlanFile.open(path)


def test_H_36_a_newer_format_is_refused_in_words(path, opened):
    opened.close()
    outside = sqlite3.connect(path)
    outside.execute("PRAGMA user_version = 99")
    outside.commit()
    outside.close()
    with pytest.raises(PlanFileError, match=r"newer program \(format 99"):
        PlanFile.open(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\x00" * 500])
def test_what_is_no_plan_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(PlanFileError):
        PlanFile.open(path)


def test_a_missing_file_is_refused(path):
    with pytest.raises(PlanFileError, match="does not exist"):
        PlanFile.open(path)


def test_masks_travel_in_the_file(opened):
    mask = np.random.default_rng(1).random((3, 4, 5)) > 0.5
    store, other = BlobStore.temporary(), BlobStore.temporary()
    try:
        ref = store.put(mask)
        opened.keep_blobs([ref], store)
        opened.restore_blobs([ref], other)
        np.testing.assert_array_equal(other.get(ref), mask)
    finally:
        store.close()
        other.close()


def test_an_altered_mask_is_refused(opened):
    store = BlobStore.temporary()
    try:
        ref = store.put(np.ones((3, 4, 5), bool))
        opened.keep_blobs([ref], store)
        wrong = BlobRef(hashlib.sha256(b"x").hexdigest(), ref.shape, ref.dtype)
        with pytest.raises(PlanFileError, match="missing or altered"):
            opened.restore_blobs([wrong], store)
    finally:
        store.close()


def test_H_33_a_store_that_takes_nothing_says_so_and_keeps_no_half(monkeypatch):
    def full(file, *_, **__):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    store = BlobStore.temporary()
    try:
        monkeypatch.setattr(np.lib.format, "write_array", full)
        with pytest.raises(InputRefused, match="No space left"):
            store.put(np.ones((3, 4, 5), bool))
        assert [path.name for path in store.folder.iterdir()] == ["owner"]  # the lock of a store in use
    finally:
        store.close()


def test_save_copy_opens_as_the_same_plan(tmp_path, opened):
    opened.save_copy(tmp_path / "copy.frostline")
    copy = PlanFile.open(tmp_path / "copy.frostline")
    try:
        assert copy.steps()[-1].plan == plan()
    finally:
        copy.close()


def test_H_33_a_file_that_cannot_be_begun_leaves_its_name_free(path):
    for unwritable in (
        lambda: PlanFile.create(path, replace(step(), label="\ud800"), identity=WHO, source_folder="/ct"),
        lambda: PlanFile.create(path, step(), identity=WHO, source_folder="/cd/\udce9tude"),
    ):
        with pytest.raises(PlanFileError) as refusal:
            unwritable()
        assert refusal.value.code == "plan-text"
        assert not path.exists()
    PlanFile.create(path, step(kind=StepKind.START), identity=WHO, source_folder="/ct").close()
    again = PlanFile.open(path)
    assert again.steps()[0].plan == plan()
    again.close()


def test_an_existing_file_is_never_replaced(tmp_path, opened):
    taken = tmp_path / "taken.frostline"
    taken.write_text("mine")
    for attempt in (
        lambda: PlanFile.create(taken, step(), identity=WHO, source_folder=""),
        lambda: opened.save_copy(taken),
    ):
        with pytest.raises(PlanFileError) as refusal:
            attempt()
        assert refusal.value.code == "plan-exists"
    assert taken.read_text() == "mine"


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(PlanFileError) as refusal:
        PlanFile.create(tmp_path / "none" / "plan.frostline", step(), identity=WHO, source_folder="")
    assert refusal.value.code == "plan-io"


def test_a_file_without_identity_or_source_is_damaged(path, opened):
    opened.close()
    outside = sqlite3.connect(path)
    outside.execute("DELETE FROM patient")
    outside.execute("DELETE FROM source")
    outside.commit()
    outside.close()
    file = PlanFile.open(path)
    try:
        for read in (file.identity, file.source_folder):
            with pytest.raises(PlanFileError, match="damaged"):
                read()
    finally:
        file.close()


def test_a_step_of_unknown_kind_is_damaged_even_with_a_right_chain(path, opened):
    opened.close()
    outside = sqlite3.connect(path)
    row = ["warp", *outside.execute("SELECT label, initiator, at, plan FROM step").fetchone()]
    chain = hashlib.sha256(json.dumps(["", *row], ensure_ascii=False).encode()).hexdigest()
    outside.execute("UPDATE step SET kind = 'warp', chain = ?", (chain,))
    outside.commit()
    outside.close()
    file = PlanFile.open(path)
    try:
        with pytest.raises(PlanFileError, match="damaged"):
            file.steps()
    finally:
        file.close()


def test_plan_hash_changes_with_any_edit():
    assert replace(plan(), name="other").hash != plan().hash
