"""Does a case travel whole, without the patient unless asked, and arrive as what it was? Files are read raw (H-43)."""

from __future__ import annotations

import os
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace

import pytest

from planner.casebook.case_file import CASE_SUFFIX
from planner.casebook.library import CaseLibrary, CaseState
from planner.casebook.pseudonym import has_slip
from planner.domain.case import CasePlan
from planner.domain.errors import CaseFileError, CaseInvalid, PlannerError
from planner.domain.identity import PatientIdentity, PlanId, Sha256
from planner.persistence import abandoned
from planner.persistence.planfile import PlanFile
from planner.services import case_library
from planner.services.case_commands import NameCase, PutCasePlan, TakePlanOut
from planner.services.case_library import duplicate_case, export_case, import_case, look_into, start_case
from planner.services.casework import OpenCase
from tests.case_with_plans import IDENTITY, WORD, case_with_plans, plan_in
from tests.random_case_edits import AT

LATER = "2026-04-01T08:00:00Z"


@pytest.fixture
def kept(tmp_path):
    return case_with_plans(tmp_path)


@pytest.fixture
def elsewhere(tmp_path):
    return CaseLibrary(tmp_path / "elsewhere")


@pytest.fixture
def file(kept, tmp_path):
    path = tmp_path / f"case{CASE_SUFFIX}"
    export_case(kept.library, kept.case_id, path)
    return path


def without_paths(case):
    return replace(case, plans=tuple(replace(plan, path="") for plan in case.plans))


def everything_in(path):
    """Every value of a case file, what is compressed in it, and every value of the plan files in it."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [value for table in tables for row in connection.execute(f"SELECT * FROM {table}") for value in row]  # noqa: S608
    found = [path.read_bytes()]
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode()
        found.append(data)
        if data.startswith(b"SQLite format 3"):
            inner = path.with_name(f"{path.name}.inner")
            inner.write_bytes(data)
            found += everything_in(inner)
            inner.unlink()
        elif isinstance(value, bytes):
            found.append(zlib.decompress(data))
    return found


# ---------------------------------------------------------------- beginning and duplicating


def test_a_case_begins_under_a_pseudonym_that_tells_slips(elsewhere):
    case_id = start_case(elsewhere, "  Neuralgia ", at=AT, identity=IDENTITY)
    case, number = elsewhere.read(case_id)
    assert (case.problem, case.opened_at, number) == ("Neuralgia", AT, 1)
    assert case.pseudonym.startswith("FL-")
    assert not has_slip(case.pseudonym)
    assert elsewhere.identities.get(case_id) == IDENTITY
    assert elsewhere.find(case.pseudonym) == case_id
    with pytest.raises(CaseInvalid, match="Say what the problem is"):
        start_case(elsewhere, "  ", at=AT)
    assert len(elsewhere.rows()) == 1


def test_H_20_a_case_begun_with_a_synthetic_plan_is_called_training(elsewhere):
    plan = CasePlan(PlanId("1"), "Demo", "", Sha256("0" * 64), "demo", (), (), AT)
    case, _ = elsewhere.read(start_case(elsewhere, "Practice", at=AT, plan=plan))
    assert case.pseudonym.startswith("TRAIN-")
    assert case.plans == (plan,)


def test_a_case_whose_patient_cannot_be_kept_is_not_begun(elsewhere, monkeypatch):
    def refuse(*_: object) -> None:
        raise CaseFileError("no", code="case-io")

    monkeypatch.setattr(elsewhere.identities, "put", refuse)
    with pytest.raises(CaseFileError):
        start_case(elsewhere, "Neuralgia", at=AT, identity=IDENTITY)
    assert elsewhere.rows(state=CaseState.ALL) == ()


def test_a_duplicate_has_the_answers_and_plans_and_nothing_that_was_done(kept):
    old, number = kept.library.read(kept.case_id)
    assert old.intake.answers
    assert old.procedures or old.follow_ups, "the history holds nothing that must not be copied"
    new, first = kept.library.read(duplicate_case(kept.library, kept.case_id, at=LATER))
    assert (first, new.opened_at, new.is_archived) == (1, LATER, False)
    assert (new.intake, new.plans, new.problem, new.note) == (old.intake, old.plans, old.problem, old.note)
    assert (new.procedures, new.follow_ups) == ((), ())
    assert new.id != old.id
    assert new.pseudonym != old.pseudonym
    assert kept.library.identities.get(new.id) == IDENTITY
    assert kept.library.read(kept.case_id) == (old, number)
    assert [one.label for one in kept.library.history(new.id)] == [f"duplicate {old.pseudonym}"]


# ---------------------------------------------------------------- export


def test_H_43_an_export_holds_neither_the_patient_nor_a_path_nor_a_files_name(kept, file):
    assert WORD in str(kept.plans[0])
    with closing(sqlite3.connect(kept.plans[0])) as plan:
        assert WORD in plan.execute("SELECT identity FROM patient").fetchone()[0]
    for data in everything_in(file):
        assert WORD.encode() not in data
        assert b"1944-06-06" not in data


def test_H_43_the_patient_travels_when_asked(kept, tmp_path):
    path = tmp_path / "asked.frostcase"
    export_case(kept.library, kept.case_id, path, with_identity=True)
    with closing(sqlite3.connect(path)) as connection:
        assert WORD in connection.execute("SELECT identity FROM patient").fetchone()[0]
        assert connection.execute("SELECT count(*) FROM plan").fetchone() == (2,)


def test_an_export_holds_every_revision_and_the_plans_as_they_stand(kept, file, tmp_path):
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"FROC", "big"),)
        revisions = connection.execute("SELECT label, at FROM revision ORDER BY n").fetchall()
        plans = connection.execute("SELECT plan_id, name, data FROM plan ORDER BY plan_id").fetchall()
    assert revisions == [(one.label, one.at) for one in kept.library.history(kept.case_id)]
    for (plan_id, name, data), path in zip(plans, kept.plans, strict=True):
        carried = tmp_path / "carried.frostline"
        carried.write_bytes(data)
        plan, identity, folder = plan_in(carried)
        assert plan == plan_in(path)[0]
        assert (plan.id, plan.name) == (plan_id, name)
        assert (identity, folder) == (PatientIdentity(), "")
        assert plan_in(path)[1] == IDENTITY  # the plan's own file is as it was


def test_a_plan_that_another_window_holds_travels_too(kept, tmp_path):
    held = PlanFile.open(kept.plans[0])
    try:
        done = export_case(kept.library, kept.case_id, tmp_path / "held.frostcase")
    finally:
        held.close()
    assert len(done.plans) == 2
    assert done.notes == ()


def test_a_plan_that_is_not_where_it_was_is_named_and_the_case_travels(kept, tmp_path, elsewhere):
    kept.plans[0].unlink()
    kept.plans[1].write_bytes(b"no plan any more")
    done = export_case(kept.library, kept.case_id, tmp_path / "case.frostcase")
    assert done.plans == ()
    assert len(done.notes) == 2
    assert "does not exist" in done.notes[0]
    taken = import_case(elsewhere, done.path, plans_folder=tmp_path / "plans", at=LATER)
    assert taken.plans == ()
    assert len(taken.notes) == 2
    assert [plan.path for plan in elsewhere.read(taken.case_id)[0].plans] == ["", ""]


def test_another_plan_under_the_old_name_does_not_travel_as_the_cases(kept, tmp_path):
    kept.plans[0].write_bytes(kept.plans[1].read_bytes())
    done = export_case(kept.library, kept.case_id, tmp_path / "case.frostcase")
    assert len(done.plans) == 1
    assert "another plan" in done.notes[0]


def test_plans_stay_behind_when_asked(kept, tmp_path):
    done = export_case(kept.library, kept.case_id, tmp_path / "case.frostcase", with_plans=False)
    assert (done.plans, done.notes) == ((), ())
    assert look_into(done.path, kept.library).plans == ()


def test_H_43_nothing_of_an_export_stays_in_the_temporary_folder_also_after_a_kill(kept, tmp_path, monkeypatch):
    """A killed export leaves its folder without an owner; the next one sweeps it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    left = temporary / "frostline-killed"
    left.mkdir()
    os.close(abandoned.hold(left))
    (left / "plan").write_text(WORD)
    export_case(kept.library, kept.case_id, tmp_path / "case.frostcase", with_identity=True)
    look_into(tmp_path / "case.frostcase", kept.library)
    assert list(temporary.iterdir()) == []


# ---------------------------------------------------------------- import


def test_a_case_arrives_as_it_was_with_its_history_and_plans(kept, file, elsewhere, tmp_path):
    look = look_into(file, elsewhere)
    old, number = kept.library.read(kept.case_id)
    assert look.case == without_paths(old)
    assert (look.revisions, len(look.plans), look.has_identity, look.is_there) == (number, 2, False, False)
    assert not elsewhere.path.exists()
    taken = import_case(elsewhere, file, plans_folder=tmp_path / "plans", at=LATER)
    case, revisions = elsewhere.read(taken.case_id)
    assert without_paths(case) == without_paths(old)
    assert (taken.pseudonym, taken.notes) == (old.pseudonym, ())
    history = [(one.number, one.label, one.at) for one in kept.library.history(kept.case_id)]
    arrived = [(one.number, one.label, one.at) for one in elsewhere.history(taken.case_id)]
    assert arrived == [*history, (number + 1, "import the case", LATER)]
    assert revisions == number + 1
    for plan, source in zip(case.plans, kept.plans, strict=True):
        assert plan_in(case_path := type(source)(plan.path))[0] == plan_in(source)[0]
        assert case_path.parent == tmp_path / "plans"
    assert elsewhere.identities.all() == {}


def test_a_case_that_is_there_stays_and_the_other_gets_an_id_of_its_own(kept, file, tmp_path):
    before = kept.library.read(kept.case_id)
    taken = import_case(kept.library, file, plans_folder=tmp_path / "plans", at=LATER)
    assert kept.library.read(kept.case_id) == before
    case, _ = kept.library.read(taken.case_id)
    assert case.id != before[0].id
    assert case.pseudonym == taken.pseudonym != before[0].pseudonym
    assert not has_slip(case.pseudonym)
    assert without_paths(replace(case, id=before[0].id, pseudonym=before[0].pseudonym)) == without_paths(before[0])
    assert "in the library already" in taken.notes[0]
    assert kept.library.identities.get(case.id) == PatientIdentity()
    assert len(kept.library.rows(state=CaseState.ALL)) == 2


def test_a_case_is_replaced_only_when_asked_and_keeps_who_it_is(kept, file, tmp_path):
    OpenCase(kept.library, kept.case_id).apply(NameCase("Edited after the export"))
    taken = import_case(kept.library, file, plans_folder=tmp_path / "plans", at=LATER, replacing=True)
    assert taken.case_id == kept.case_id
    case, _ = kept.library.read(kept.case_id)
    assert case.problem == "Intercostal neuralgia, T8"
    assert kept.library.identities.get(kept.case_id) == IDENTITY
    assert all(path.exists() for path in kept.plans)
    assert len(kept.library.rows(state=CaseState.ALL)) == 1


@pytest.mark.parametrize("struck", ["identities.put", "add_history"])
def test_H_33_a_replacement_that_breaks_off_leaves_case_patient_and_plans_as_they_were(
    kept, tmp_path, monkeypatch, struck
):
    path = tmp_path / "asked.frostcase"
    export_case(kept.library, kept.case_id, path, with_identity=True)
    OpenCase(kept.library, kept.case_id).apply(NameCase("Another problem"))
    kept.library.identities.put(kept.case_id, PatientIdentity("Somebody else"))
    before, plans = kept.library.read(kept.case_id), tmp_path / "plans"

    def full(*_given, **_named):
        raise CaseFileError("The disk is full.", code="case-io")

    owner = kept.library.identities if struck == "identities.put" else kept.library
    with monkeypatch.context() as patching:
        patching.setattr(owner, struck.rpartition(".")[2], full)
        with pytest.raises(CaseFileError, match="disk is full"):
            import_case(kept.library, path, plans_folder=plans, at=LATER, replacing=True)
    assert kept.library.read(kept.case_id) == before
    assert kept.library.identities.get(kept.case_id) == PatientIdentity("Somebody else")
    assert [one for one in plans.rglob("*") if one.is_file()] == []


def test_a_case_that_had_a_patients_plan_before_a_synthetic_one_travels_again_after_it_was_renamed(elsewhere, tmp_path):
    real = CasePlan(PlanId("a"), "A", "", Sha256("0" * 64), "patient", (), (), AT)
    opened = OpenCase(elsewhere, start_case(elsewhere, "Neuralgia", at=AT))
    for command in (PutCasePlan(real), TakePlanOut(real.plan_id), PutCasePlan(replace(real, case_kind="demo"))):
        opened.apply(command)
    first, second = (tmp_path / f"{name}{CASE_SUFFIX}" for name in "ab")
    export_case(elsewhere, opened.case.id, first)
    taken = import_case(elsewhere, first, plans_folder=tmp_path / "plans", at=LATER)
    export_case(elsewhere, taken.case_id, second)
    assert look_into(second, elsewhere).case.pseudonym == taken.pseudonym
    assert not look_into(second, elsewhere).case.is_of_a_patient


def test_another_cases_pseudonym_is_not_taken_twice(kept, file, elsewhere, tmp_path):
    start_case(elsewhere, "Another", at=AT)
    other = elsewhere.rows()[0].case
    with closing(sqlite3.connect(elsewhere.path)) as connection, connection:
        connection.execute("UPDATE head SET pseudonym = ? WHERE case_id = ?", (kept.pseudonym, other.id))
    taken = import_case(elsewhere, file, plans_folder=tmp_path / "plans", at=LATER)
    assert taken.case_id == kept.case_id
    assert taken.pseudonym != kept.pseudonym
    assert "pseudonym of another case" in taken.notes[0]
    assert elsewhere.read(taken.case_id)[0].pseudonym == taken.pseudonym


def test_the_patient_arrives_when_asked(kept, elsewhere, tmp_path):
    path = tmp_path / "asked.frostcase"
    export_case(kept.library, kept.case_id, path, with_identity=True)
    assert look_into(path, elsewhere).has_identity
    taken = import_case(elsewhere, path, plans_folder=tmp_path / "plans", at=LATER)
    assert elsewhere.identities.get(taken.case_id) == IDENTITY
    assert plan_in(taken.plans[0])[1] == IDENTITY


def test_plans_never_take_the_name_of_another_file_and_the_same_file_is_kept_once(kept, file, elsewhere, tmp_path):
    folder = tmp_path / "plans"
    folder.mkdir()
    names = [plan.name for plan in kept.library.read(kept.case_id)[0].plans]
    title = case_library._names(names[0])
    (folder / f"{next(title)}.frostline").write_bytes(b"somebody's plan")
    one = import_case(elsewhere, file, plans_folder=folder, at=LATER)
    assert (folder / f"{next(case_library._names(names[0]))}.frostline").read_bytes() == b"somebody's plan"
    assert one.plans[0].name == f"{next(title)}.frostline"
    two = import_case(elsewhere, file, plans_folder=folder, at=LATER)
    assert two.plans == one.plans
    assert len(list(folder.iterdir())) == 3


def test_what_the_library_refuses_leaves_no_file_behind(file, elsewhere, tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise CaseFileError("The disk is full.", code="case-io")

    monkeypatch.setattr(elsewhere, "add_history", refuse)
    folder = tmp_path / "plans"
    with pytest.raises(CaseFileError, match="disk is full"):
        import_case(elsewhere, file, plans_folder=folder, at=LATER)
    assert list(folder.iterdir()) == []


def test_a_plan_of_another_case_in_the_file_is_refused(file, elsewhere, tmp_path):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE plan SET plan_id = ? WHERE plan_id = ?", ("f" * 32, f"{1:032x}"))
    with pytest.raises(PlannerError, match="not of this case"):
        import_case(elsewhere, file, plans_folder=tmp_path / "plans", at=LATER)
    assert not (tmp_path / "plans").exists()


def test_deleting_a_case_touches_no_plan_file(kept):
    before = [path.read_bytes() for path in kept.plans]
    kept.library.remove(kept.case_id, name=kept.pseudonym)
    assert [path.read_bytes() for path in kept.plans] == before
    assert kept.library.identities.all() == {}
