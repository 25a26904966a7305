"""The shipped tables: complete, honest about their status, and refused when anything slips (H-25, H-52)."""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.atlas import TargetForm
from planner.domain.datum import Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.structure import StructureKind
from planner.persistence import resources as r

READERS = {
    "probes/probes.json": r.read_probe_models,
    "tissue/tissue.json": r.read_tissues,
    "tissue/conditions.json": r.read_conditions,
    "nerves/nerves.json": r.read_atlas,
    "rules/default.json": lambda folder: r.read_rule_set(folder, "default"),
    "protocols/protocols.json": r.read_protocols,
}


@pytest.fixture
def copy(tmp_path):
    """A private copy of the tables, and a function that edits one file of it and reads it again."""
    shipped = r.resources_dir()
    shutil.copy(shipped / "sources.json", tmp_path)
    for table in r.TABLES:
        shutil.copytree(shipped / table, tmp_path / table)

    def edited(relative, change):
        path = tmp_path / relative
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data), encoding="utf-8")
        return READERS[relative](tmp_path)

    return edited


def leaves(value, path=()):
    """Every sourced datum under a parsed file: (path, object)."""
    if isinstance(value, dict):
        if "status" in value and "value" in value:
            yield path, value
        else:
            for key, item in value.items():
                yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))


def test_every_value_has_a_status_and_its_source_is_cited():
    citations = r.sources()
    for relative in READERS:
        data = json.loads((r.resources_dir() / relative).read_text(encoding="utf-8"))
        for path, datum in leaves(data):
            status = Status(datum["status"])
            assert (datum["value"] is None) == (status is Status.MISSING), (relative, path)
            for source in filter(None, datum.get("source", "").split(", ")):
                assert source in citations, (relative, path)


def test_the_catalogue_has_22_products_and_few_are_known_well_enough_to_be_simulated():
    models = r.probe_models()
    assert len(models) == 25
    assert [m.id for m in models if m.is_generic] == ["generic-17g-short", "generic-17g-long", "generic-14g"]
    known = {m.id for m in models if m.can_simulate and not m.is_generic}
    assert known == {"galil-iceseed-1.5", "galil-icesphere-1.5"}
    for model in models:
        if model.active_tip_mm.value is None or model.shaft_diameter_mm.value is None:
            assert model.boundary_words.startswith("No prediction until the site enters the")


def test_a_reading_that_is_no_boundary_is_told_but_not_used():
    models = {m.id: m for m in r.probe_models()}
    sphere, iovera = models["galil-icesphere-1.5"], models["iovera-1x90"]
    assert sphere.active_tip_mm == Datum(
        22.0, Status.FOUND, "SARSHOGHI2026", confidence="low", note=sphere.active_tip_mm.note
    )
    assert any("−91 to −74 °C" in note for note in sphere.notes)
    assert any(note.startswith("0 °C isotherm: width 15.98 ± 2.88 mm") for note in sphere.notes)
    assert any("−55 °C" in note for note in iovera.notes)
    assert iovera.surface_temperature_c.status is Status.MISSING


def test_a_probe_without_a_fit_takes_its_class_and_both_readings_of_the_class_are_told():
    seed = next(m for m in r.probe_models() if m.id == "galil-iceseed-1.5")
    assert (seed.surface_temperature_c.value, seed.surface_temperature_c.flag) == (-90.0, "class value")
    assert "the value of its class" in seed.boundary_words
    assert (seed.surface_spread_c.value, seed.surface_spread_c.upper) == (-150.0, -74.0)
    told = " ".join(seed.notes)
    assert "−140 to −150 °C" in told
    assert "−74 to −91 °C" in told


def test_recalled_gauges_are_flagged_and_missing_ones_empty():
    gauges = {m.id: m.gauge for m in r.probe_models()}
    assert gauges["galil-icesphere-1.5"] == "17G"
    assert gauges["galil-iceseed-1.5"] == "17G (unverified)"
    assert gauges["visica2"] == ""


def test_generic_probes_say_that_every_figure_is_ours():
    for model in r.probe_models()[:3]:
        for datum in (model.shaft_diameter_mm, model.active_tip_mm, model.surface_temperature_c):
            assert datum.status is Status.PROJECT_DEFAULT
            assert datum.flag == "project default"


def test_atlas_keeps_missing_diameters_missing_and_forms():
    atlas = {e.id: e for e in r.atlas()}
    assert len(atlas) == 19
    missing = {e.id for e in atlas.values() if e.diameter_mm.value is None}
    assert {"intercostal", "splanchnic", "sciatic", "genicular", "impar", "adrenal"} <= missing
    bodies = {e.id for e in atlas.values() if e.form is TargetForm.BODY}
    assert bodies == {
        "stellate", "celiac", "superior_hypogastric", "impar", "trigeminal_sphenopalatine", "adrenal",
    }  # fmt: skip
    assert {e.id for e in atlas.values() if e.block_only} == {"superior_hypogastric", "trigeminal_sphenopalatine"}
    assert atlas["femoral"].has_motor_fibres
    assert not atlas["stellate"].has_motor_fibres
    kinds = {kind.value for kind in StructureKind}
    assert all(item.kind in kinds for e in atlas.values() for item in e.expected)


def test_rules_name_project_defaults_and_every_subject_is_known():
    rules = r.rule_set()
    assert rules.treatment_isotherm_c == -20.0
    found = {rule.id for rule in rules.rules if rule.status is Status.FOUND}
    assert found == {"target-nerve-length", "target-nerve-cold", "target-body-cold"}
    (skin,) = (rule for rule in rules.for_subject("skin") if rule.id == "skin-edge")
    assert (skin.pass_limit, skin.fail_limit) == (10.0, 5.0)


def test_only_schedules_with_known_minutes_are_offered():
    minutes = {p.name: [phase.duration_s / 60 for phase in p.phases] for p in r.protocols()}
    assert minutes["Nerve, one freeze of 8 min"] == [8]
    assert minutes["Nerve, one freeze of 10 min"] == [10]
    assert minutes["Tumour, for contrast: 10–5–10 min"] == [10, 5, 10]
    assert not any("two cycles" in name for name in minutes)
    assert all(p.source and p.has_freeze for p in r.protocols())


def test_conditions_are_plain_numbers_with_their_status_on_file():
    conditions = r.body_conditions()
    assert (conditions.core_temperature_c, conditions.skin_convection_w_per_m2_k) == (37.0, 10.0)
    assert {d.status for d in r.read_conditions(r.resources_dir()).values()} == {Status.PROJECT_DEFAULT}


def test_hashes_follow_content_not_layout(copy, tmp_path):
    assert r.read_hash(tmp_path, "rules") == r.resource_hash("rules")
    path = tmp_path / "rules" / "default.json"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert r.read_hash(tmp_path, "rules") == r.resource_hash("rules")
    copy("rules/default.json", lambda data: data["rules"][0].update(pass_limit=11))
    assert r.read_hash(tmp_path, "rules") != r.resource_hash("rules")
    with pytest.raises(ResourceInvalid):
        r.resource_hash("nothing")


@pytest.mark.parametrize("relative", READERS)
def test_H_52_an_unknown_field_anywhere_is_refused(copy, relative):
    with pytest.raises(ResourceInvalid) as refusal:
        copy(relative, lambda data: data.update(surprise=1))
    assert refusal.value.code == "resource-unknown"
    assert "surprise" in refusal.value.sentence
    assert relative.split("/")[1] in refusal.value.where


MUTATIONS = {
    "shaft in metres": ("probes/probes.json", lambda d: d["probes"][0]["shaft_diameter_mm"].update(value=0.0015)),
    "surface in kelvin": ("probes/probes.json", lambda d: d["probes"][0]["surface_temperature_c"].update(value=153.15)),
    "text for a number": ("probes/probes.json", lambda d: d["probes"][0]["active_tip_mm"].update(value="15")),
    "true for a number": ("probes/probes.json", lambda d: d["probes"][0]["active_tip_mm"].update(value=True)),
    "value without status": ("probes/probes.json", lambda d: d["probes"][0]["active_tip_mm"].pop("status")),
    "found without source": ("probes/probes.json", lambda d: d["probes"][4]["active_tip_mm"].pop("source")),
    "unknown source": ("probes/probes.json", lambda d: d["probes"][4]["active_tip_mm"].update(source="HEARSAY")),
    "missing with a value": (
        "probes/probes.json",
        lambda d: d["probes"][4]["surface_temperature_c"].update(value=-120),
    ),
    "value lost": ("probes/probes.json", lambda d: d["probes"][4]["active_tip_mm"].update(value=None)),
    "range upside down": ("probes/probes.json", lambda d: d["probes"][0]["active_tip_mm"].update(upper=10)),
    "confidence invented": ("probes/probes.json", lambda d: d["probes"][4]["active_tip_mm"].update(confidence="sure")),
    "same id twice": ("probes/probes.json", lambda d: d["probes"][0].update(id="generic-14g")),
    "field missing": ("probes/probes.json", lambda d: d["probes"][0].pop("label")),
    "nested unknown field": ("probes/probes.json", lambda d: d["probes"][0]["active_tip_mm"].update(unit="cm")),
    "density in g/cm³": ("tissue/tissue.json", lambda d: d["tissues"][0]["density_kg_per_m3"].update(value=1.09e6)),
    "latent heat in kJ/m³": (
        "tissue/tissue.json",
        lambda d: d["tissues"][0]["latent_heat_j_per_kg"].update(value=2.5e8),
    ),
    "freezing in kelvin": ("tissue/tissue.json", lambda d: d["tissues"][0]["solidus_c"].update(value=265.15)),
    "solidus above liquidus": ("tissue/tissue.json", lambda d: d["tissues"][0]["solidus_c"].update(value=-0.5)),
    "conductivity of steel": ("tissue/tissue.json", lambda d: d["tissues"][1]["k_frozen_w_per_m_k"].update(value=50)),
    "room in kelvin": ("tissue/conditions.json", lambda d: d["air_temperature_c"].update(value=295)),
    "body without value": (
        "tissue/conditions.json",
        lambda d: d.update(core_temperature_c={"value": None, "status": "missing"}),
    ),
    "nerve in metres": ("nerves/nerves.json", lambda d: d["targets"][5]["diameter_mm"].update(value=0.0046)),
    "unknown kind": ("nerves/nerves.json", lambda d: d["targets"][0]["expected"][0].update(kind="wood")),
    "limits crossed": ("rules/default.json", lambda d: d["rules"][0].update(fail_limit=20)),
    "unknown quantity": ("rules/default.json", lambda d: d["rules"][0].update(quantity="EDGE")),
    "unknown subject": ("rules/default.json", lambda d: d["rules"][0].update(subject="soul")),
    "isotherm in kelvin": ("rules/default.json", lambda d: d["treatment_isotherm_c"].update(value=253)),
    "minutes for seconds": (
        "protocols/protocols.json",
        lambda d: d["protocols"][0]["phases"][0].update(duration_s=28800),
    ),
    "no minutes, no reason": ("protocols/protocols.json", lambda d: d["protocols"][0].update(phases=[])),
    "newer schema": ("rules/default.json", lambda d: d.update(schema=2)),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_H_52_a_slip_is_refused_with_its_place(copy, name):
    relative, change = MUTATIONS[name]
    with pytest.raises(ResourceInvalid) as refusal:
        copy(relative, change)
    assert refusal.value.sentence
    assert refusal.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"{", "resource-json"),
        (b'{"schema": 1, "schema": 1}', "resource-json"),
        (b'{"schema": NaN}', "resource-json"),
        (b"[]", "resource-type"),
        (b"\xff\xfe\x00", "resource-json"),
    ],
)
@pytest.mark.usefixtures("copy")
def test_a_broken_file_is_refused_in_words(tmp_path, text, code):
    (tmp_path / "rules" / "default.json").write_bytes(text)
    with pytest.raises(ResourceInvalid) as refusal:
        r.read_rule_set(tmp_path, "default")
    assert refusal.value.code == code


@pytest.mark.usefixtures("copy")
def test_an_unknown_rule_set_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ResourceInvalid, match="no rule set “mine”; there is default"):
        r.rule_set("mine")
    (tmp_path / "probes" / "probes.json").unlink()
    with pytest.raises(ResourceInvalid) as refusal:
        r.read_probe_models(tmp_path)
    assert refusal.value.code == "resource-read"


def test_the_word_safe_is_in_no_table():
    for relative in READERS:
        assert b"safe" not in (r.resources_dir() / relative).read_bytes().lower()


def test_a_preset_may_state_how_much_of_the_time_the_gas_flows(copy, tmp_path):
    def edit(data):
        data["protocols"][0]["phases"][0]["duty"] = 0.6

    copy("protocols/protocols.json", edit)
    assert r.read_protocols(tmp_path)[0].phases[0].duty == 0.6
    assert all(phase.duty == 1 for protocol in r.protocols() for phase in protocol.phases)
    with pytest.raises(ResourceInvalid):
        copy("protocols/protocols.json", lambda data: data["protocols"][0]["phases"][0].update(duty=1.5))


def test_schedules_for_nerves_stand_first_and_those_for_tumours_apart():
    found = [(preset.group.value, preset.name) for preset in r.presets() if preset.protocol is not None]
    assert found[:2] == [("nerve", "Nerve, one freeze of 8 min"), ("nerve", "Nerve, one freeze of 10 min")]
    assert all(name.startswith("Tumour, for contrast") == (group == "tumour") for group, name in found)
    withheld = [preset for preset in r.presets() if preset.protocol is None]
    assert withheld
    assert all(preset.not_offered for preset in withheld)
