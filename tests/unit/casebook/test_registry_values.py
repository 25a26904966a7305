"""Do the values that leave equal the case? Read back by csv, json and the FHIR library, against figures by hand."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from fhir.resources.R4B.bundle import Bundle

from planner.casebook.registry.dictionary import dictionary
from planner.casebook.registry.extract import extract
from planner.casebook.registry.package import RegistryForm, write_package
from planner.casebook.registry.salted_ids import SaltedIds
from planner.domain.case import Case
from planner.domain.identity import CaseId
from tests.registry_case import Canaries, full_case

IDS = SaltedIds(bytes(range(32)))
SYSTEM = "urn:x-frostline:registry:1"
LOINC_PAIN = ("http://loinc.org", "72514-3")

# What the case of tests/registry_case.py says, written down by hand: a value, or None for what was not recorded.
CASE = {
    "day_zero": "first procedure", "plans": 1, "procedures": 2, "follow_ups": 2, "answers": 7, "baseline_day": -10,
    "baseline_average_nrs": 7, "baseline_worst_nrs": 9, "baseline_function_instrument": "other",
    "baseline_function_score": 41.5, "baseline_opioid_mg_per_day": 62.5, "block": "yes", "block_day": -17,
    "block_relief_percent": 80,
}  # fmt: skip
ANSWERS = [
    {"item": "diagnosis", "answer": "yes", "day": -10},
    {"item": "blood-thinners", "answer": "no", "day": -10},
    {"item": "allergies", "answer": "not applicable", "day": -10},
    {"item": "baseline", "answer": "yes", "day": -10},
    {"item": "block", "answer": "yes", "day": -10},
    {"item": "other", "answer": "yes", "day": -10},
    {"item": "consent", "answer": "yes", "day": -9},
]
PROCEDURES = [
    {
        "number": 1, "day": 0, "is_planned": True, "is_finished": True, "is_technical_success": True,
        "complications": "recorded", "planned_ice_long_mm": 32.4, "planned_ice_short_mm": 21.6, "ice_long_mm": 33.5,
        "ice_short_mm": 20.25,
    },
    {
        "number": 2, "day": 61, "is_planned": False, "is_finished": False, "is_technical_success": None,
        "complications": "not recorded", "planned_ice_long_mm": None, "planned_ice_short_mm": None,
        "ice_long_mm": None, "ice_short_mm": None,
    },
]  # fmt: skip
TABLES = {
    "cases": [CASE],
    "targets": [{"target": "intercostal"}, {"target": "other"}],
    "answers": ANSWERS,
    "procedures": PROCEDURES,
    "planned_targets": [
        {"number": 1, "target": "intercostal", "recovery_low_days": 45, "recovery_high_days": 120.5},
        {"number": 2, "target": "other", "recovery_low_days": None, "recovery_high_days": None},
    ],
    "planned_phases": [
        {"number": 1, "probe": None, "kind": "freeze", "duration_s": 600, "duty": 0.8},
        {"number": 2, "probe": None, "kind": "passive thaw", "duration_s": 300, "duty": 1},
        {"number": 3, "probe": None, "kind": "freeze", "duration_s": 600, "duty": 1},
        {"number": 4, "probe": 2, "kind": "freeze", "duration_s": 480, "duty": 1},
    ],
    "planned_probes": [
        {"number": 1, "model": "generic-17g-short", "depth_mm": 50},
        {"number": 2, "model": "other", "depth_mm": 60},
    ],
    # Planned from (0, -50, 0) to (0, 0, 0), the tip used at (3, 4, 0): 3 beside the axis, 4 beyond, 5 away.
    "probes": [
        {
            "number": 1, "model": "generic-17g-short", "planned_probe": 1, "depth_mm": 53.5, "tip_mm": 5,
            "lateral_mm": 3, "along_mm": 4, "angle_deg": 0, "frame": "planning CT", "place": "typed",
        },
        {
            "number": 2, "model": "other", "planned_probe": None, "depth_mm": None, "tip_mm": None,
            "lateral_mm": None, "along_mm": None, "angle_deg": None, "frame": "procedure CT", "place": "other",
        },
    ],
    "phases": [
        {
            "number": 1, "kind": "freeze", "start_s": 0, "duration_s": 630, "planned_s": 600, "extended_s": 30,
            "planned_number": 1, "is_for_all": False, "probes": "1",
        },
        {
            "number": 2, "kind": "passive thaw", "start_s": 630, "duration_s": 300, "planned_s": 300, "extended_s": 0,
            "planned_number": None, "is_for_all": True, "probes": None,
        },
        {
            "number": 3, "kind": "freeze", "start_s": 930, "duration_s": None, "planned_s": None, "extended_s": 0,
            "planned_number": None, "is_for_all": True, "probes": None,
        },
    ],
    "moments": [{"number": 1, "at_s": 480, "clock_jump_s": 3600}],
    "dissections": [{"number": 1, "spacer": "CO₂", "volume_ml": 45.5, "is_scanned_after": True}],
    "temperatures": [
        {"number": 1, "temperature_c": -12.5, "at_s": 180},
        {"number": 2, "temperature_c": 36.25, "at_s": None},
    ],
    "monitoring": [{"number": 1, "threshold_ma": 1.5, "at_s": 240}],
    "scans": [
        {"purpose": "planning", "scans": 2, "dlp_mgy_cm": 310.5},
        {"purpose": "survey", "scans": 1, "dlp_mgy_cm": None},
    ],
    "complications": [
        {"number": 1, "grading": "CIRSE 2017", "grade": "2", "day": 3},
        {"number": 2, "grading": "other", "grade": "other", "day": None},
    ],
    "follow_ups": [
        {
            "number": 1, "day": 42, "days_after_procedure": 42, "interval_days": 42, "contact": "call",
            "average_nrs": 3, "worst_nrs": 5, "function_instrument": "ODI", "function_score": 22,
            "opioid_mg_per_day": 0, "relief_percent": 55.5, "neuritis": "yes", "weakness": "no",
            "horner": "not applicable", "skin": None, "recovered": "partly", "repeat": "no",
        },
        {
            "number": 2, "day": 91, "days_after_procedure": 30, "interval_days": None, "contact": None,
            **dict.fromkeys((
                "average_nrs", "worst_nrs", "function_instrument", "function_score", "opioid_mg_per_day",
                "relief_percent", "neuritis", "weakness", "horner", "skin", "recovered", "repeat",
            )),
        },
    ],
}  # fmt: skip
KEYS = ("case_id", "procedure_id", "follow_up_id")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry") / "out"
    found = extract([full_case()], IDS, dictionary())
    write_package(found, dictionary(), IDS, folder=folder, forms=list(RegistryForm))
    return folder


def without_ids(row):
    return {name: value for name, value in row.items() if name not in KEYS}


def is_same(read, expected):
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return read == pytest.approx(expected, abs=1e-4)
    return read == expected


def same(rows, expected):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert set(row) == set(wanted)
        assert not [(name, row[name], wanted[name]) for name in wanted if not is_same(row[name], wanted[name])]


def test_the_figures_by_hand_are_those_of_every_variable_that_is_no_text():
    for table in dictionary().tables:
        names = {one.name for one in table.variables if not one.is_text and one.name not in KEYS}
        assert {name for row in TABLES[table.name] for name in row} == names


@pytest.mark.parametrize("table", TABLES)
def test_csv_reads_back_as_the_case(package, table):
    text = (package / f"{table}.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = TABLES[table]
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert set(row) - set(KEYS) == set(wanted)
        for name, value in wanted.items():
            if value is None:
                assert row[name] == ""
            elif isinstance(value, bool):
                assert row[name] == ("true" if value else "false")
            elif isinstance(value, str):
                assert row[name] == value
            else:
                assert float(row[name]) == pytest.approx(value, abs=1e-4), name


@pytest.mark.parametrize("table", TABLES)
def test_json_reads_back_as_the_case(package, table):
    rows = json.loads((package / "registry.json").read_text(encoding="utf-8"))["tables"][table]
    same([without_ids(row) for row in rows], TABLES[table])


def test_no_file_holds_anything_that_the_dictionary_does_not_list(package):
    listed = json.loads((package / "dictionary.json").read_text(encoding="utf-8"))
    names = {table["name"]: [one["name"] for one in table["variables"]] for table in listed["tables"]}
    for path in package.glob("*.csv"):
        heading = path.read_bytes().decode("utf-8-sig").splitlines()[0]
        assert heading.split(",") == names[path.stem]
    held = json.loads((package / "registry.json").read_text(encoding="utf-8"))["tables"]
    assert set(held) == set(names)
    assert all(list(row) == names[table] for table, rows in held.items() for row in rows)


# ---------------------------------------------------------------- FHIR, read by the library alone


@pytest.fixture(scope="module")
def bundle(package):
    (path,) = (package / "fhir").iterdir()
    return Bundle.model_validate_json(path.read_bytes())


def resources(bundle, kind):
    return [entry.resource for entry in bundle.entry if entry.resource.get_resource_type() == kind]


def own_code(concept):
    return next(one.code for one in concept.coding if one.system == SYSTEM)


def day_of(resource):
    found = [one.valueInteger for one in resource.extension or [] if one.url == f"{SYSTEM}:day"]
    return found[0] if found else None


def value_of(held):
    """A value as the tables have it: a yes is a yes, a number a number."""
    if held.valueCodeableConcept is not None:
        (coding,) = held.valueCodeableConcept.coding
        return {"Y": "yes", "N": "no", "NA": "not applicable"}.get(coding.code, coding.code)
    if held.valueQuantity is not None:
        assert isinstance(held.valueQuantity.value, Decimal)
        return float(held.valueQuantity.value)
    for name in ("valueBoolean", "valueInteger", "valueString"):
        if getattr(held, name) is not None:
            return getattr(held, name)
    raise AssertionError("a value is missing")


def rows_of(bundle, table):
    """The rows of one table, from the Observations alone."""
    observations = {f"urn:uuid:{one.id}": one for one in resources(bundle, "Observation")}
    rows = []
    for one in observations.values():
        if own_code(one.code) != table:
            continue
        row = {own_code(part.code).partition(".")[2]: value_of(part) for part in one.component or []}
        for member in one.hasMember or []:
            found = observations[member.reference]
            row[own_code(found.code).partition(".")[2]] = value_of(found)
        if day_of(one) is not None and table != "cases":
            row["day"] = day_of(one)
        rows.append(row)
    return rows


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("targets", "answers")])
def test_fhir_reads_back_as_the_case(bundle, table):
    expected = [{name: value for name, value in row.items() if value is not None} for row in TABLES[table]]
    same(rows_of(bundle, table), expected)


def test_the_answers_are_a_questionnaire_response(bundle):
    (response,) = resources(bundle, "QuestionnaireResponse")
    words = {"Y": "yes", "N": "no", "NA": "not applicable"}
    read = [
        {
            "item": item.linkId.partition(".")[2],
            "answer": words[item.answer[0].valueCoding.code],
            "day": day_of(item),
        }
        for item in response.item
    ]
    assert read == ANSWERS
    assert response.item[1].text == "On blood thinners?"


def test_patient_condition_and_procedures_refer_to_one_another(bundle, package):
    (patient,) = resources(bundle, "Patient")
    (condition,) = resources(bundle, "Condition")
    first, second = resources(bundle, "Procedure")
    assert patient.id == next((package / "fhir").iterdir()).stem
    assert set(patient.model_dump(exclude_none=True)) == {"resourceType", "id", "meta"}
    assert condition.subject.reference == first.subject.reference == f"urn:uuid:{patient.id}"
    assert first.reasonReference[0].reference == f"urn:uuid:{condition.id}"
    assert (first.status, day_of(first)) == ("completed", 0)
    assert (second.status, day_of(second)) == ("unknown", 61)
    assert [site.coding[0].code for site in condition.bodySite] == ["intercostal", "other"]
    assert [used.coding[0].code for used in first.usedCode] == ["generic-17g-short", "other"]
    known = {entry.fullUrl for entry in bundle.entry}
    assert known == {f"urn:uuid:{entry.resource.id}" for entry in bundle.entry}
    assert len(known) == len(bundle.entry)


def test_what_was_done_in_a_procedure_is_a_part_of_it(bundle):
    first, second = resources(bundle, "Procedure")
    of_cases = {"cases", "follow_ups"}
    for one in resources(bundle, "Observation"):
        table = own_code(one.code).partition(".")[0]
        wholes = [part.reference for part in one.partOf or []]
        number = [part.valueInteger for part in one.component or [] if own_code(part.code) == "procedures.number"]
        expected = second if number == [2] else first
        assert wholes == ([] if table in of_cases else [f"urn:uuid:{expected.id}"])


def test_dose_stands_under_its_published_code_with_its_unit(bundle):
    (dose,) = [one for one in resources(bundle, "Observation") if one.code.coding[0].code == "113838"]
    assert dose.code.coding[0].system == "http://dicom.nema.org/resources/ontology/DCM"
    assert (float(dose.valueQuantity.value), dose.valueQuantity.code) == (310.5, "mGy.cm")


def test_pain_stands_under_its_published_code(bundle):
    found = [
        one
        for one in resources(bundle, "Observation")
        if (one.code.coding[0].system, one.code.coding[0].code) == LOINC_PAIN
    ]
    assert sorted(float(one.valueQuantity.value) for one in found) == [3, 5, 7, 9]
    assert {one.valueQuantity.code for one in found} == {"{score}"}
    assert sorted(day_of(one) for one in found) == [-10, -10, 42, 42]


def test_no_resource_carries_a_date(package):
    (path,) = (package / "fhir").iterdir()
    text = path.read_text(encoding="utf-8")
    assert "1944" not in text
    assert not [
        word for word in ("DateTime", "Period", "birthDate", "recordedDate", "authored", "issued") if word in text
    ]


# ---------------------------------------------------------------- other cases


def test_a_case_with_nothing_in_it_leaves_as_nothing_recorded():
    case = Case(CaseId("0" * 32), "FL-7K3Q-2M4A", "Pain", "2026-11-01T12:00:00Z")
    found = extract([case], IDS, dictionary())
    (row,) = found.tables["cases"]
    assert row["day_zero"] == "case opened"
    assert {name for name, value in row.items() if value is not None} == {
        "case_id", "day_zero", "plans", "procedures", "follow_ups", "answers"
    }  # fmt: skip
    assert not [name for name, rows in found.tables.items() if rows and name != "cases"]


def test_without_a_procedure_days_count_from_the_baseline():
    whole = full_case()
    case = Case(whole.id, "FL-7K3Q-2M4A", "Pain", whole.opened_at, intake=whole.intake, follow_ups=whole.follow_ups)
    found = extract([case], IDS, dictionary())
    (row,) = found.tables["cases"]
    assert (row["day_zero"], row["baseline_day"], row["block_day"]) == ("baseline", 0, -7)
    # 27 May to 18 July 1944 and to 5 September.
    assert [one["day"] for one in found.tables["follow_ups"]] == [52, 101]
    assert [one["days_after_procedure"] for one in found.tables["follow_ups"]] == [None, None]


def test_texts_leave_as_they_were_written_when_they_are_asked_for(tmp_path):
    canaries = Canaries()
    found = extract([full_case(1, canaries)], IDS, dictionary(), with_texts=True)
    write_package(found, dictionary(), IDS, folder=tmp_path / "out", forms=list(RegistryForm))
    rows = json.loads((tmp_path / "out" / "registry.json").read_text(encoding="utf-8"))["tables"]
    (case,) = rows["cases"]
    assert case["problem"].startswith("=Xanthippos")
    assert rows["follow_ups"][0]["neuritis_remark"].startswith("Xanthippos")
    plain = (tmp_path / "out" / "cases.csv").read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(plain, newline=""))
    assert row["problem"] == f"'{case['problem']}"  # a table program takes it for no formula (H-42)
    (path,) = (tmp_path / "out" / "fhir").iterdir()
    bundle = Bundle.model_validate_json(path.read_bytes())
    (condition,) = resources(bundle, "Condition")
    assert condition.code.text == case["problem"]
    (response,) = resources(bundle, "QuestionnaireResponse")
    remarks = [item.answer[0].item[0].answer[0].valueString for item in response.item if item.answer[0].item]
    assert remarks == [row["remark"] for row in rows["answers"] if row["remark"] is not None]


def test_cases_stand_in_the_order_of_their_ids_not_of_their_coming():
    cases = [
        Case(CaseId(f"{number:032x}"), f"FL-TEST-{number:03d}", "Pain", "2026-01-01T00:00:00Z") for number in range(9)
    ]
    one = extract(cases, IDS, dictionary()).tables["cases"]
    other = extract(reversed(cases), IDS, dictionary()).tables["cases"]
    assert one == other
    assert [row["case_id"] for row in one] == sorted(row["case_id"] for row in one)
