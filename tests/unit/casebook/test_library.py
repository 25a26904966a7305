"""Does the library hold what was put in, refuse what was altered, and keep names apart? Read by raw SQLite and JSON."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import stat
import zlib
from contextlib import closing
from dataclasses import replace

import pytest

from planner.casebook.library import CaseLibrary, CaseState
from planner.domain.case import Case, CasePlan
from planner.domain.errors import CaseFileError, CaseInvalid
from planner.domain.identity import CaseId, PatientIdentity, PlanId, ProcedureId, Sha256
from planner.domain.procedure import PlannedProcedure, Procedure
from planner.services.case_commands import ArchiveCase, NameCase
from planner.services.casework import OpenCase
from tests.random_case_edits import AT, CaseHand

SOMEBODY = PatientIdentity(patient_name="Xanthippos^Maria", patient_id="4711-XYZ")


def a_case(number: int = 1, **facts: object) -> Case:
    given = {"problem": "Intercostal neuralgia", "opened_at": AT} | facts
    return Case(CaseId(f"{number:032x}"), f"FL-{number:04d}", **given)


def a_plan(name: str = "Plan", **facts: object) -> CasePlan:
    given = {
        "plan_id": PlanId(name), "name": name, "path": "/somewhere/x.frostline", "plan_hash": Sha256("0" * 64),
        "case_kind": "patient", "targets": ("Left intercostal nerve T8",), "atlas_ids": ("intercostal",),
        "added_at": AT,
    } | facts  # fmt: skip
    return CasePlan(**given)


@pytest.fixture
def library(tmp_path):
    return CaseLibrary(tmp_path / "cases")


def raw(library: CaseLibrary, query: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(library.path, isolation_level=None)) as connection:
        return connection.execute(query, values).fetchall()


def worked(library: CaseLibrary, *, acts: int = 40, number: int = 1) -> OpenCase:
    """A case with a history of some length."""
    library.add(a_case(number), at=AT)
    opened = OpenCase(library, a_case(number).id)
    hand = CaseHand(opened, random.Random(number))
    for _ in range(acts):
        hand.act()
    return opened


def test_a_library_that_nobody_wrote_to_is_empty_and_makes_no_file(library):
    assert library.rows() == ()
    assert library.find("FL-0001") is None
    assert not library.has(a_case().id)
    assert library.identities.all() == {}
    with pytest.raises(CaseFileError, match="not in the library"):
        library.read(a_case().id)
    assert not library.path.parent.exists()


def test_every_revision_is_the_case_as_canonical_json_and_chained_to_the_one_before(library):
    """Read and hashed anew here, as the file's description says."""
    opened = worked(library)
    chain = ""
    rows = raw(library, "SELECT n, label, at, data, chain FROM revision WHERE case_id = ? ORDER BY n", opened.case.id)
    for number, (n, label, at, data, stored) in enumerate(rows, start=1):
        parts = [chain, str(opened.case.id), number, label, at, hashlib.sha256(data).hexdigest()]
        chain = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
        assert (n, stored) == (number, chain)
        plain = json.loads(zlib.decompress(data))
        assert plain["pseudonym"] == "FL-0001"
    assert len(rows) > 10
    assert raw(library, "SELECT n, chain FROM head") == [(len(rows), chain)]
    last = json.loads(zlib.decompress(rows[-1][3]))
    assert last["problem"] == opened.case.problem
    assert [one["item_id"] for one in last["intake"]["answers"]] == [one.item_id for one in opened.case.intake.answers]
    assert [one["day"] for one in last["follow_ups"]] == [one.day for one in opened.case.follow_ups]


def test_H_37_the_second_of_two_windows_is_refused_until_it_reads_anew(library):
    library.add(a_case(), at=AT)
    one, two = OpenCase(library, a_case().id), OpenCase(CaseLibrary(library.path.parent), a_case().id)
    one.apply(NameCase("First"))
    with pytest.raises(CaseFileError, match="Another window edited this case meanwhile: “name the case”") as refusal:
        two.apply(NameCase("Second"))
    assert refusal.value.code == "case-stale"
    assert two.case.problem == "Intercostal neuralgia"
    assert two.undo_label == ""
    two.read_anew()
    assert two.case.problem == "First"
    two.apply(NameCase("Second"))
    with pytest.raises(CaseFileError):
        one.undo()
    assert library.read(a_case().id)[0].problem == "Second"


def test_a_case_deleted_by_another_window_takes_no_edit(library):
    library.add(a_case(), at=AT)
    opened = OpenCase(library, a_case().id)
    library.remove(a_case().id, name="FL-0001")
    with pytest.raises(CaseFileError) as refusal:
        opened.apply(NameCase("late"))
    assert refusal.value.code == "case-unknown"
    assert library.rows(state=CaseState.ALL) == ()


def test_an_id_or_a_pseudonym_is_given_once(library):
    library.add(a_case(1), at=AT)
    with pytest.raises(CaseFileError, match="has a case FL-0001 already"):
        library.add(replace(a_case(1), pseudonym="FL-9999"), at=AT)
    with pytest.raises(CaseFileError, match="has a case FL-0001 already"):
        library.add(replace(a_case(2), pseudonym="FL-0001"), at=AT)
    with pytest.raises(CaseFileError, match="keeps its pseudonym"):
        library.keep(replace(a_case(1), pseudonym="FL-9999"), after=1, label="x", at=AT)
    assert len(library.rows()) == 1


def test_a_case_too_long_to_be_read_again_is_refused_before_it_is_kept(library):
    library.add(a_case(), at=AT)
    opened = OpenCase(library, a_case().id)
    with pytest.raises(CaseInvalid, match=r"9\.0 MB of text, above 8 MB"):
        opened.apply(NameCase("long", "x" * 9_000_000))
    assert library.read(a_case().id) == (a_case(), 1)


# ---------------------------------------------------------------- searching


def test_words_are_looked_for_in_pseudonym_problem_plans_and_targets(library):
    library.add(a_case(1, problem="Post-thoracotomy pain", plans=(a_plan("Rib eight"),)), at="2026-01-01T00:00:00Z")
    library.add(a_case(2, problem="Phantom limb", plans=(a_plan("Stump", targets=("Right sciatic nerve",)),)), at=AT)
    library.add(a_case(3, problem="Prüfung ÄÖ", is_archived=True), at=AT)

    def found(query, **how):
        return [row.case.pseudonym for row in library.rows(query, **how)]

    assert found("") == ["FL-0002", "FL-0001"]  # the last edited first
    assert found("thoracotomy") == ["FL-0001"]
    assert found("RIB t8") == ["FL-0001"]
    assert found("sciatic") == ["FL-0002"]
    assert found("fl-0002") == ["FL-0002"]
    assert found("rib limb") == []
    assert found("prüfung") == []
    assert found("prüfung äö", state=CaseState.ARCHIVED) == ["FL-0003"]
    assert len(found("", state=CaseState.ALL)) == 3
    assert [str(name) for name in library.cases_of_plan(PlanId("Stump"))] == [f"{2:032x}"]


def test_a_list_shows_edits_of_another_window(library):
    library.add(a_case(1), at=AT)
    assert library.rows()[0].number == 1
    other = OpenCase(CaseLibrary(library.path.parent), a_case().id)
    other.apply(NameCase("Named elsewhere"))
    assert library.rows("elsewhere")[0].number == 2
    other.apply(ArchiveCase(is_archived=True))
    assert library.rows() == ()
    CaseLibrary(library.path.parent).remove(a_case().id, name="FL-0001")
    assert library.rows(state=CaseState.ALL) == ()


# ---------------------------------------------------------------- who it is (H-43)


def test_H_43_a_name_is_in_a_file_of_its_own_that_only_the_user_reads(library):
    library.add(a_case(), at=AT)
    library.identities.put(a_case().id, SOMEBODY)
    assert CaseLibrary(library.path.parent).identities.get(a_case().id) == SOMEBODY
    holding = [path.name for path in library.path.parent.iterdir() if b"Xanthippos" in path.read_bytes()]
    assert holding == ["patients.sqlite"]
    for path in (library.path, library.identities.path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(library.path.parent.stat().st_mode) == 0o700
    assert "Xanthippos" not in repr(library.rows())


def test_H_43_names_are_searched_only_when_asked(library):
    library.add(a_case(), at=AT)
    library.identities.put(a_case().id, SOMEBODY)
    assert library.rows("xanthippos") == ()
    assert len(library.rows("xanthippos maria", with_identity=True)) == 1
    assert len(library.rows("4711", with_identity=True)) == 1


@pytest.mark.parametrize("how", ["removed", "replaced", "emptied", "with the case"])
def test_H_43_a_name_that_was_taken_away_is_nowhere_on_the_disk(library, how):
    library.add(a_case(), at=AT)
    library.identities.put(a_case().id, SOMEBODY)
    if how == "removed":
        library.identities.remove(a_case().id)
    elif how == "replaced":
        library.identities.put(a_case().id, PatientIdentity(patient_name="N"))
    elif how == "emptied":
        library.identities.put(a_case().id, PatientIdentity())
    else:
        library.remove(a_case().id, name="FL-0001")
    assert not [path for path in library.path.parent.iterdir() if b"Xanthippos" in path.read_bytes()]


def test_H_43_a_damaged_list_of_patients_is_refused_without_quoting_it(library):
    library.add(a_case(), at=AT)
    library.identities.put(a_case().id, SOMEBODY)
    with closing(sqlite3.connect(library.identities.path)) as connection, connection:
        connection.execute("UPDATE identity SET identity = ?", ('{"patient_name": 4711, "Xanthippos": 1}',))
    with pytest.raises(CaseFileError, match="list of patients is damaged") as refusal:
        library.identities.get(a_case().id)
    assert "Xanthippos" not in str(refusal.value)
    assert "4711" not in str(refusal.value)
    assert len(library.rows()) == 1  # the cases need nobody's name


# ---------------------------------------------------------------- deleting


def test_a_case_is_deleted_by_its_typed_name_and_no_plan_or_ct_file_is_touched(library, tmp_path):
    plan, ct = tmp_path / "plan.frostline", tmp_path / "ct" / "slice.dcm"
    ct.parent.mkdir()
    plan.write_bytes(b"a plan")
    ct.write_bytes(b"a slice")
    library.add(a_case(1, plans=(a_plan(path=str(plan)),), problem="Onlyherexyz"), at=AT)
    library.add(a_case(2), at=AT)
    library.identities.put(a_case(1).id, SOMEBODY)
    for typed in ("", "FL-0002", "FL-000", "delete"):
        with pytest.raises(CaseFileError, match="type FL-0001"):
            library.remove(a_case(1).id, name=typed)
    assert library.read(a_case(1).id)[1] == 1
    library.remove(a_case(1).id, name=" fl-0001 ")
    assert (plan.read_bytes(), ct.read_bytes()) == (b"a plan", b"a slice")
    assert [row.case.pseudonym for row in library.rows(state=CaseState.ALL)] == ["FL-0002"]
    assert raw(library, "SELECT DISTINCT case_id FROM revision") == [(f"{2:032x}",)]
    assert library.identities.all() == {}


# ---------------------------------------------------------------- what was altered (H-14)


def test_H_14_an_alteration_of_any_column_of_any_revision_is_found_and_named(library):
    opened = worked(library, acts=25)
    worked(library, acts=3, number=2)
    rows = raw(library, "SELECT n, label, at, data, chain FROM revision WHERE case_id = ?", opened.case.id)
    for n, label, at, data, chain in rows:
        for column, value in (
            ("label", label + "x"),
            ("at", at.replace("2", "3")),
            ("data", zlib.compress(zlib.decompress(data).replace(b"FL-0001", b"FL-0001 "))),
            ("chain", chain[::-1]),
        ):
            old = {"label": label, "at": at, "data": data, "chain": chain}[column]
            where = f"UPDATE revision SET {column} = ? WHERE case_id = ? AND n = ?"  # noqa: S608 - names of ours
            raw(library, where, value, opened.case.id, n)
            with pytest.raises(CaseFileError) as refusal:
                library.read(opened.case.id)
            assert refusal.value.code == "case-altered"
            assert f"at revision {n}," in refusal.value.sentence
            assert refusal.value.where == "FL-0001"
            raw(library, where, old, opened.case.id, n)
    assert library.read(opened.case.id)[0] == opened.case


def test_H_14_a_revision_taken_out_cut_off_or_exchanged_is_found(library):
    worked(library, acts=25)
    backup = library.path.read_bytes()
    for alter in (
        ("DELETE FROM revision WHERE n = 3",),
        ("DELETE FROM revision WHERE n = (SELECT n FROM head)",),
        ("DELETE FROM revision WHERE n = (SELECT n FROM head)", "UPDATE head SET n = n - 1"),
        ("DELETE FROM revision",),
        ("UPDATE revision SET n = -n WHERE n IN (3, 4)", "UPDATE revision SET n = 7 + n WHERE n < 0"),
        ("UPDATE head SET n = n - 1",),
        ("UPDATE head SET pseudonym = 'FL-9999'",),
        ("UPDATE head SET case_id = 'another'", "UPDATE revision SET case_id = 'another'"),
    ):
        library.path.write_bytes(backup)
        for statement in alter:
            raw(library, statement)
        name = raw(library, "SELECT case_id FROM head")[0][0]
        with pytest.raises(CaseFileError) as refusal:
            library.read(CaseId(name))
        assert refusal.value.code == "case-altered", alter


def test_H_14_one_altered_case_is_named_and_the_others_are_listed(library):
    for number in (1, 2, 3):
        worked(library, acts=4, number=number)
    raw(library, "UPDATE revision SET label = 'forged' WHERE case_id = ?", f"{2:032x}")
    fresh = CaseLibrary(library.path.parent)
    assert {row.case.pseudonym for row in fresh.rows(state=CaseState.ALL)} == {"FL-0001", "FL-0003"}
    (one,) = fresh.unreadable
    assert one.pseudonym == "FL-0002"
    assert "altered outside the program" in one.sentence


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("PRAGMA user_version = 9", "case-newer", "format 9, this one reads 1"),
        ("PRAGMA application_id = 7", "case-foreign", "not a library of cases"),
        ("CREATE TABLE more (n)", "case-schema", "tables that are not ours"),
        ("CREATE TRIGGER t AFTER INSERT ON head BEGIN DELETE FROM revision; END", "case-schema", "not ours"),
        ("DROP TABLE head", "case-schema", "not ours"),
    ],
)
def test_H_36_a_library_of_another_program_or_version_is_refused_and_not_written(library, statement, code, words):
    library.add(a_case(), at=AT)
    raw(library, statement)
    before = library.path.read_bytes()
    for refused in (library.rows, lambda: library.add(a_case(2), at=AT)):
        with pytest.raises(CaseFileError, match=words) as refusal:
            refused()
        assert refusal.value.code == code
    assert library.path.read_bytes() == before


def test_H_36_a_case_of_a_newer_program_is_named_and_not_read(library):
    library.add(a_case(), at=AT)
    newer = {"schema": 2, "id": a_case().id, "future": True}
    data = zlib.compress(json.dumps(newer).encode())
    parts = ["", str(a_case().id), 1, "open the case", AT, hashlib.sha256(data).hexdigest()]
    chain = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    raw(library, "UPDATE revision SET data = ?, chain = ?", data, chain)
    raw(library, "UPDATE head SET chain = ?", chain)
    with pytest.raises(CaseFileError, match="newer program") as refusal:
        library.read(a_case().id)
    assert refusal.value.code == "case-newer"


def test_a_file_that_is_no_database_is_a_sentence(library):
    library.path.parent.mkdir()
    library.path.write_bytes(b"not a database at all" * 300)
    with pytest.raises(CaseFileError, match="is damaged"):
        library.rows()


def test_H_20_a_case_never_mixes_a_patient_with_a_synthetic_one():
    case = a_case(1, plans=(a_plan("One"),))
    with pytest.raises(CaseInvalid, match="not of both"):
        case.with_plan(a_plan("Two", case_kind="demo"))
    assert not a_case(1, plans=(a_plan("Two", case_kind="demo"),)).is_of_a_patient


def test_H_20_a_case_begun_for_training_stays_one_and_takes_no_patients_plan():
    case = replace(a_case(1), pseudonym="TRAIN-7K3Q-2M4A")
    assert not case.is_of_a_patient
    with pytest.raises(CaseInvalid, match="not of both"):
        case.with_plan(a_plan("One"))
    assert case.with_plan(a_plan("Two", case_kind="training")).plans


@pytest.mark.parametrize("kind", ["patient", "demo", "training"])
def test_H_20_what_was_planned_on_a_synthetic_patient_stays_so_when_its_plan_is_taken_out(kind):
    planned = PlannedProcedure(PlanId("1"), "Plan", Sha256("0" * 64), "", (), (), (), case_kind=kind)
    case = a_case(1, procedures=(Procedure(ProcedureId("p"), "2026-02-03", planned=planned),))
    assert case.is_of_a_patient == (kind == "patient")
