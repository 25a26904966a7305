"""Is the dictionary whole, in step with the tables it takes values from, and a wall for everything else? (H-43)"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import replace

import pytest

from planner.casebook.registry import package
from planner.casebook.registry.dictionary import VariableType, described, dictionary, read_dictionary
from planner.casebook.registry.extract import extract
from planner.casebook.registry.fhir_bundle import bundle_json, bundles
from planner.casebook.registry.package import RegistryForm, write_package
from planner.casebook.registry.salted_ids import SaltedIds
from planner.domain import case, follow_up, intake, procedure, target
from planner.domain.case import Case
from planner.domain.errors import InputRefused, ReportRefused, ResourceInvalid
from planner.domain.identity import CaseId
from planner.domain.procedure import Procedure
from planner.domain.protocol import PhaseKind
from planner.persistence.resources import probe_models, resources_dir
from tests.registry_case import full_case
from tests.ui.case_bench import a_case, a_plan

IDS = SaltedIds(bytes(range(32)))
RAW = json.loads((resources_dir() / "registry" / "dictionary.json").read_text(encoding="utf-8"))
WITHOUT_UNIT = ("duty",)


def variables():
    return [(table, one) for table in RAW["tables"] for one in table["variables"]]


def test_every_measured_variable_carries_its_unit():
    for table, one in variables():
        if one["type"] == "number" and one["name"] not in WITHOUT_UNIT:
            assert one.get("unit"), f"{table['name']}.{one['name']}"
            assert one.get("ucum"), f"{table['name']}.{one['name']}"


def test_only_codes_that_were_looked_up_stand_in_it():
    codes = {(one["code"]["system"], one["code"]["code"]) for _, one in variables() if "code" in one}
    assert codes == {("http://loinc.org", "72514-3"), ("http://dicom.nema.org/resources/ontology/DCM", "113838")}


def test_names_are_plain_and_each_there_once():
    for table in RAW["tables"]:
        names = [one["name"] for one in table["variables"]]
        assert len(set(names)) == len(names)
        assert all(name.isascii() and name.islower() and name.isidentifier() for name in names)
        assert table["variables"][0]["name"] == "case_id"


def test_the_shared_values_are_those_of_the_shipped_tables():
    nerves = json.loads((resources_dir() / "nerves" / "nerves.json").read_text(encoding="utf-8"))
    intake = json.loads((resources_dir() / "intake" / "default.json").read_text(encoding="utf-8"))
    probes = json.loads((resources_dir() / "probes" / "probes.json").read_text(encoding="utf-8"))
    gradings = json.loads((resources_dir() / "procedure" / "gradings.json").read_text(encoding="utf-8"))
    expected = {
        ("targets", "target"): [entry["id"] for entry in nerves["targets"]],
        ("answers", "item"): [item["id"] for section in intake["sections"] for item in section["items"]],
        ("probes", "model"): [one["id"] for one in probes["probes"]],
        ("complications", "grading"): [one["id"] for one in gradings["gradings"]],
    }
    for (table, name), ids in expected.items():
        variable = next(one for one in dictionary().table(table).variables if one.name == name)
        assert [value for value, _ in variable.allowed] == [*ids, "other"]


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [
        ("cases", "day_zero", "Xanthippos"),
        ("cases", "plans", "3"),
        ("cases", "plans", True),
        ("cases", "baseline_average_nrs", 10.5),
        ("cases", "baseline_average_nrs", math.nan),
        ("cases", "baseline_opioid_mg_per_day", math.inf),
        ("cases", "case_id", "FL-7K3Q-2M4A"),
        ("cases", "baseline_day", 1.5),
        ("procedures", "is_planned", "true"),
        ("phases", "probes", "P1"),
        ("phases", "probes", "1, 2"),
        ("phases", "kind", "thaw"),
        ("cases", "problem", 7),
    ],
)
def test_H_43_what_the_dictionary_does_not_allow_does_not_leave(table, name, value):
    row = dict.fromkeys(one.name for one in dictionary().table(table).variables)
    assert set(dictionary().row_of(table, row, with_texts=True).values()) == {None}
    with pytest.raises(ReportRefused) as refusal:
        dictionary().row_of(table, row | {name: value}, with_texts=False)
    assert refusal.value.code == "registry-value"
    assert f"{table}.{name}" in refusal.value.sentence
    assert "Xanthippos" not in str(refusal.value)  # the value is not told: it may be what must not leave


def test_a_variable_that_is_not_listed_or_is_missing_is_refused():
    row = dict.fromkeys(one.name for one in dictionary().table("targets").variables)
    for odd in (row | {"side": "left"}, {"case_id": None}):
        with pytest.raises(ReportRefused, match="disagree"):
            dictionary().row_of("targets", odd, with_texts=False)


def test_every_string_that_is_no_text_comes_from_a_list_or_is_an_id():
    found = extract([full_case()], IDS, dictionary())
    kinds = {(table.name, one.name): one for table in dictionary().tables for one in table.variables}
    strings = [
        (kinds[name, field], value)
        for name, rows in found.tables.items()
        for row in rows
        for field, value in row.items()
        if isinstance(value, str)
    ]
    assert len(strings) > 100
    for variable, value in strings:
        assert variable.type in (VariableType.ID, VariableType.CODE, VariableType.NUMBERS)
        if variable.type is VariableType.CODE:
            assert value in [allowed for allowed, _ in variable.allowed]


def test_H_43_a_probe_of_the_sites_own_leaves_as_other(tmp_path, monkeypatch):
    entry = {
        "id": "xanthippos-17g", "label": "Clinic Xanthippos 17G", "manufacturer": "Its maker", "cryogen": "argon",
        "gauge": "17G", "document": "1 rev. A", "active_tip_mm": 30,
    }  # fmt: skip
    (tmp_path / "probes.json").write_text(
        json.dumps({"schema": 1, "about": "Ours", "probes": [entry]}), encoding="utf-8"
    )
    monkeypatch.setattr("planner.persistence.site_probes.site_probes_file", lambda: tmp_path / "probes.json")
    caches = (probe_models, dictionary)
    for one in caches:
        one.cache_clear()
    try:
        assert "xanthippos-17g" in {model.id for model in probe_models()}
        assert "anthippos" not in json.dumps(described(dictionary(), with_texts=True))
        assert dictionary().choice("probes", "model", "Clinic Xanthippos 17G") == "other"
    finally:
        for one in caches:
            one.cache_clear()


def test_a_phase_of_probes_that_the_record_does_not_name_is_not_one_of_all():
    whole = full_case()
    own = procedure.DonePhase(PhaseKind.FREEZE, "1944-06-06T13:37:42Z", probe_labels=("P7",))
    common = procedure.DonePhase(PhaseKind.FREEZE, "1944-06-06T13:30:00Z", "1944-06-06T13:31:00Z")
    first = replace(whole.procedures[0], probes=(), phases=(common, own))
    found = extract([replace(whole, procedures=(first,))], IDS, dictionary()).tables["phases"]
    assert [(row["is_for_all"], row["probes"]) for row in found] == [(True, None), (False, None)]


def test_a_model_that_was_not_noted_stays_not_recorded():
    whole = full_case()
    first = replace(whole.procedures[0], probes=(procedure.UsedProbe("P1", ""),))
    found = extract([replace(whole, procedures=(first,))], IDS, dictionary())
    (row,) = found.tables["probes"]
    assert {name: value for name, value in row.items() if value is not None}.keys() == {
        "case_id", "procedure_id", "number"
    }  # fmt: skip
    ((_, data),) = bundles(found, dictionary(), IDS)
    kinds = [entry["resource"] for entry in json.loads(data)["entry"]]
    assert "usedCode" not in next(one for one in kinds if one["resourceType"] == "Procedure")


def test_H_20_synthetic_and_training_cases_stay_and_are_counted():
    training = Case(CaseId("9" * 32), "TRAIN-7K3Q-2M4A", "Pain", "2026-01-01T00:00:00Z")
    demo = a_case(2, plans=(a_plan(2, case_kind="demo"),))
    found = extract([a_case(1), demo, training], IDS, dictionary())
    assert (found.cases, found.left_out) == (1, 2)
    assert [row["case_id"] for row in found.tables["cases"]] == [IDS.of("case", a_case(1).id)]
    assert found.tables["targets"] == ()


def test_an_unreadable_dictionary_is_refused_with_the_place(tmp_path):
    folder = tmp_path / "registry"
    folder.mkdir()
    for change in (
        lambda raw: raw["tables"][0]["variables"].append(raw["tables"][0]["variables"][0]),
        lambda raw: raw["tables"].append(raw["tables"][0]),
        lambda raw: raw["tables"][0]["variables"][0].update(extra=1),
        lambda raw: raw["tables"][0]["variables"][0].update(allowed=["a"]),
        lambda raw: raw["tables"][0]["variables"][0].update(type="date"),
    ):
        raw = json.loads(json.dumps(RAW))
        change(raw)
        (folder / "dictionary.json").write_text(json.dumps(raw), encoding="utf-8")
        with pytest.raises(ResourceInvalid):
            read_dictionary(tmp_path)


# What a case holds: facts that leave (maybe as texts, days or salted ids), and after the bar facts that stay.
FACTS = {
    "Case": "id problem plans intake procedures follow_ups note opened_at"
    " | pseudonym intervals_days is_archived schema",
    "CasePlan": "atlas_ids case_kind | plan_id name path plan_hash targets added_at",
    "Intake": "answers | template_name",
    "IntakeAnswer": "item_id question kind answer at text scores block | who",
    "Scores": "average_nrs worst_nrs function_scale function_score opioid opioid_mg_per_day |",
    "DiagnosticBlock": "day agent relief_percent lasted |",
    "Procedure": "id day planned probes phases dissections temperatures monitoring scans complications"
    " no_complication_by ice sedation note finished_at moments is_technical_success"
    " | operator finished_by amended_at amended_by",
    "PlannedProcedure": "protocol probes targets phases ice_long_mm ice_short_mm case_kind"
    " | plan_id plan_name plan_hash moments",
    "PlannedProbe": "label model_id depth_mm phases tip_lps_mm entry_lps_mm | probe_id model_name",
    "PlannedTarget": "atlas_id recovery_low_days recovery_high_days | target_id words recovery_words",
    "UsedProbe": "label model_name planned_label tip_lps_mm entry_lps_mm depth_mm frame source note"
    " | is_depth_of_place",
    "DonePhase": "kind started_at ended_at planned_s probe_labels note planned_number extended_s |",
    "NotedMoment": "at words clock_jump_s |",
    "Dissection": "spacer volume_ml protects is_scanned_after note |",
    "MeasuredTemperature": "place temperature_c at note |",
    "NerveMonitoring": "nerve method finding threshold_ma at |",
    "ScanDose": "purpose scans dlp_mgy_cm |",
    "Complication": "what grading grade day outcome |",
    "MeasuredIce": "long_mm short_mm source | at",
    "FollowUp": "id day contact interval_days scores relief_percent signs recovered recovered_text repeat repeat_text"
    " note | who at",
    "SignSeen": "sign answer text |",
}


@pytest.mark.parametrize("name", FACTS)
def test_H_43_of_every_fact_it_was_decided_whether_it_leaves(name):
    """A fact added to a case fails here until somebody has decided: into the dictionary, or after the bar."""
    modules = (case, follow_up, intake, procedure, target)
    fact = next(getattr(module, name) for module in modules if hasattr(module, name))
    leaves, stays = (set(words.split()) for words in FACTS[name].split("|"))
    assert {field.name for field in dataclasses.fields(fact)} == leaves | stays


# ---------------------------------------------------------------- the package


def test_nothing_is_written_into_a_folder_that_holds_anything(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Xanthippos", encoding="utf-8")
    found = extract([full_case()], IDS, dictionary())
    with pytest.raises(InputRefused, match="holds other files"):
        write_package(found, dictionary(), IDS, folder=tmp_path, forms=list(RegistryForm))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_without_a_case_or_a_form_nothing_is_written(tmp_path):
    demo = extract([a_case(1, plans=(a_plan(1, case_kind="demo"),))], IDS, dictionary())
    with pytest.raises(InputRefused, match=r"no case of a patient.* 1\."):
        write_package(demo, dictionary(), IDS, folder=tmp_path / "out", forms=list(RegistryForm))
    found = extract([full_case()], IDS, dictionary())
    with pytest.raises(InputRefused, match="which form"):
        write_package(found, dictionary(), IDS, folder=tmp_path / "out", forms=())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", [1, 2, 9, 20])
def test_H_33_an_export_that_the_disk_breaks_off_is_taken_back(tmp_path, monkeypatch, at):
    calls = []

    def put(complete, place):
        calls.append(place)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        return complete.replace(place)

    monkeypatch.setattr(package, "put_in_place", put)
    found = extract([full_case()], IDS, dictionary())
    with pytest.raises(InputRefused, match="No space left"):
        write_package(found, dictionary(), IDS, folder=tmp_path / "out", forms=list(RegistryForm))
    assert len(calls) == at
    assert list((tmp_path / "out").iterdir()) == []


def test_two_exports_of_the_same_cases_are_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        found = extract([full_case(), a_case(2)], IDS, dictionary())
        write_package(found, dictionary(), IDS, folder=tmp_path / name, forms=list(RegistryForm))
    one, two = (
        {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 21  # 16 tables, the JSON of them, dictionary, manifest, two bundles


# ---------------------------------------------------------------- what the library of FHIR's models leaves unchecked


def resources():
    patient = {"resourceType": "Patient", "id": "a"}
    seen = {
        "resourceType": "Observation",
        "id": "b",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "urn:uuid:a"},
    }
    return patient, seen


def test_a_bundle_that_is_whole_is_taken():
    assert json.loads(bundle_json(list(resources())))["entry"][1]["resource"]["status"] == "final"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"status": "finished"}, "entry.resource.status"),
        ({"subject": {"reference": "urn:uuid:nobody"}}, "entry.resource.subject"),
        ({"partOf": [{"reference": "urn:uuid:a"}]}, "entry.resource.partOf"),
        ({"code": None}, "code"),
        ({"valueQuantity": {"value": "much"}}, "value"),
        ({"valueString": "x", "valueBoolean": True}, ""),
        ({"side": "left"}, ""),
    ],
)
def test_what_is_no_fhir_is_refused_without_its_values(change, place):
    patient, seen = resources()
    with pytest.raises(ReportRefused) as refusal:
        bundle_json([patient, seen | change])
    assert refusal.value.code == "registry-fhir"
    assert place in refusal.value.sentence
    assert "finished" not in refusal.value.sentence
    assert "nobody" not in refusal.value.sentence


def test_ids_of_rows_do_not_meet_even_when_procedures_are_alike():
    alike = full_case()
    twin = replace(alike.procedures[0], id="twin")
    held = replace(alike, procedures=(alike.procedures[0], twin, Procedure("third", "1944-08-06")))
    found = extract([held], IDS, dictionary())
    assert len({row["procedure_id"] for row in found.tables["procedures"]}) == 3
    ((_, data),) = bundles(found, dictionary(), IDS)
    ids = [entry["resource"]["id"] for entry in json.loads(data)["entry"]]
    assert len(set(ids)) == len(ids)


# ---------------------------------------------------------------- its page


def test_the_page_lists_every_variable_with_its_words_unit_and_codes():
    page = (resources_dir() / "docs" / "registry.md").read_text(encoding="utf-8")
    for table in RAW["tables"]:
        section = page.partition(f"### {table['name']}\n")[2].partition("\n### ")[0]
        assert table["about"] in section
        rows = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")
        ]
        assert [row[0].strip("`") for row in rows] == [one["name"] for one in table["variables"]]
        for row, one in zip(rows, table["variables"], strict=True):
            assert row[1].startswith(one["label"])
            assert one.get("code", {"code": ""})["code"] in row[1]
            assert row[2] == one.get("unit", "")
            if "allowed" in one:
                assert row[3] == " · ".join(one["allowed"])
            assert (row[3] == "*text*") == (one["type"] == "text")


def test_the_page_names_the_dictionarys_version_and_system():
    page = (resources_dir() / "docs" / "registry.md").read_text(encoding="utf-8")
    assert f"version {RAW['version']};" in page
    assert RAW["system"] in page
