"""Whatever a hand records, does it leave whole, valid and nameless? Random cases, read back by csv, json and FHIR."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter

import pytest
from fhir.resources.R4B.bundle import Bundle

from planner.casebook.registry.dictionary import dictionary
from planner.casebook.registry.extract import extract
from planner.casebook.registry.package import RegistryForm, write_package
from planner.casebook.registry.salted_ids import SaltedIds
from planner.services.casework import OpenCase
from tests.random_case_edits import WORDS, CaseHand, MemoryKeeper, new_case

IDS = SaltedIds(bytes(range(32)))
ACTS = 120
SHORTEST = 6  # letters of a word that would be found where it must not be


def worked_on(seed):
    """Return a case after a hand has worked on it for a while."""
    opened = OpenCase(MemoryKeeper(new_case(seed)), new_case(seed).id)
    hand = CaseHand(opened, random.Random(seed))
    for _ in range(ACTS):
        hand.act()
    return opened.case


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("with_texts", [False, True])
def test_whatever_was_recorded_leaves_and_reads_back(tmp_path, seed, with_texts):
    case = worked_on(seed)
    found = extract([case], IDS, dictionary(), with_texts=with_texts)
    if not case.is_of_a_patient:
        assert (found.cases, found.left_out) == (0, 1)
        return
    write_package(found, dictionary(), IDS, folder=tmp_path / "out", forms=list(RegistryForm))
    held = json.loads((tmp_path / "out" / "registry.json").read_text(encoding="utf-8"))["tables"]
    assert held == {name: list(rows) for name, rows in found.tables.items()}
    for name, rows in held.items():
        path = tmp_path / "out" / f"{name}.csv"
        assert path.exists() == bool(rows)
        if rows:
            text = path.read_bytes().decode("utf-8-sig")
            read = list(csv.reader(io.StringIO(text, newline="")))
            assert len(read) == len(rows) + 1
            assert {len(row) for row in read} == {len(rows[0])}
    (path,) = (tmp_path / "out" / "fhir").iterdir()
    bundle = Bundle.model_validate_json(path.read_bytes())
    assert not re.search(r"\\u00(?:0[0-8bcefBCEF]|1)", path.read_text(encoding="utf-8"))  # FHIR takes no controls
    kinds = Counter(entry.resource.get_resource_type() for entry in bundle.entry)
    coded = {(table.name, one.name) for table in dictionary().tables for one in table.variables if one.code}
    rows = [(name, row) for name, held_rows in held.items() if name not in ("targets", "answers") for row in held_rows]
    members = sum(row[field] is not None for name, row in rows for table, field in coded if table == name)
    assert kinds["Observation"] == len(rows) + members
    assert kinds["Procedure"] == len(case.procedures)
    assert kinds["QuestionnaireResponse"] == bool(case.intake.answers)
    assert kinds["Patient"] == kinds["Condition"] == 1


@pytest.mark.parametrize("seed", range(8))
def test_H_43_nothing_typed_leaves_unasked(tmp_path, seed):
    case = worked_on(seed)
    if not case.is_of_a_patient:
        return
    found = extract([case], IDS, dictionary())
    write_package(found, dictionary(), IDS, folder=tmp_path / "out", forms=list(RegistryForm))
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.*"))
    typed = [word for word in WORDS if len(word) >= SHORTEST]
    assert not [
        word for word in (*typed, "Question?", "agent", "Dr ", "2026-", case.pseudonym, case.id) if word in written
    ]
