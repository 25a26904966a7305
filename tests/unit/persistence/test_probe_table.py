"""The catalogue's classes and fits, and slips of unit that no single range shows (H-25, H-52)."""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.datum import Status
from planner.domain.digest import canonical_json
from planner.domain.errors import ResourceInvalid
from planner.domain.probe import ProbeModel
from planner.persistence import resources as r
from planner.persistence.codec import decode

SPHERE, SEED, PERC24, IOVERA = "galil-icesphere-1.5", "galil-iceseed-1.5", "endocare-perc24", "iovera-1x90"


@pytest.fixture
def edited(tmp_path):
    """A function that edits the catalogue, and if given the fits, of a private copy and reads it again."""
    shipped = r.resources_dir()
    shutil.copy(shipped / "sources.json", tmp_path)
    shutil.copytree(shipped / "probes", tmp_path / "probes")

    def change(catalogue=lambda _data: None, fits=lambda _data: None):
        for name, edit in (("probes.json", catalogue), ("calibration.json", fits)):
            path = tmp_path / "probes" / name
            data = json.loads(path.read_text(encoding="utf-8"))
            edit(data)
            path.write_text(json.dumps(data), encoding="utf-8")
        return {model.id: model for model in r.read_probe_models(tmp_path)}

    return change


def entry(data, probe_id):
    return next(probe for probe in data["probes"] if probe["id"] == probe_id)


def fit_of(**changes):
    """A made-up fit of the IceSeed to an isotherm that :func:`published` adds."""
    return {
        "id": SEED,
        "medium": "agar",
        "tissue_id": "water",
        "start_temperature_c": 37,
        "freeze_min": 10,
        "shaft_diameter_mm": 1.5,
        "active_tip_mm": 20,
        "surface_temperature_c": -100.5,
        "sizes": [{"level_c": 0, "axis": "width", "measured_mm": 25, "predicted_mm": 25.1}],
        "source": "SHAH2016",
        "solver_version": "3",
    } | changes


def published(data):
    entry(data, SEED)["isotherms"] = [
        {
            "level_c": 0,
            "width_mm": {"value": 25, "status": "found", "source": "SHAH2016"},
            "medium": "agar",
            "tissue_id": "water",
            "start_temperature_c": 37,
            "freeze_min": 10,
            "probes": 1,
        }
    ]


def test_a_fit_is_a_models_surface_and_goes_before_its_class(edited):
    model = edited(published, lambda data: data["fits"].append(fit_of()))[SEED]
    assert (model.surface_temperature_c.value, model.surface_temperature_c.status) == (-100.5, Status.COMPUTED)
    assert model.calibration is not None
    assert model.calibration.sizes[0].residual_mm == pytest.approx(0.05)
    assert "fitted to the measured 0 °C isotherm in agar" in model.boundary_words


def test_a_fits_range_holds_the_spread_of_its_sizes_and_what_was_read_on_the_models_surface(edited):
    spread = {"value": -104, "upper": -97, "status": "computed", "source": "SHAH2016"}
    reading = {"value": -93, "upper": -90, "status": "found", "source": "LARD2025"}

    def change(data):
        published(data)
        entry(data, SEED)["published_surface_c"] = reading

    model = edited(change, lambda data: data["fits"].append(fit_of(surface_spread_c=spread)))[SEED]
    assert (model.surface_spread_c.value, model.surface_spread_c.upper) == (-104.0, -90.0)
    assert model.surface_spread_c.source == "SHAH2016, LARD2025"
    assert model.boundary_words.endswith("may be −104 to −90 °C (SHAH2016, LARD2025).")


def test_a_reason_for_no_fit_is_told_with_the_class_value(edited):
    def refuse(data):
        data["refused"].append({"id": SEED, "reason": "not calibrated: told so"})

    model = edited(published, refuse)[SEED]
    assert model.surface_temperature_c.status is Status.CLASS_VALUE
    assert model.boundary_words.endswith("not calibrated: told so.")


@pytest.mark.parametrize(
    "slip",
    [
        {"active_tip_mm": 22},
        {"shaft_diameter_mm": 1.7},
        {"freeze_min": 15},
        {"sizes": [{"level_c": 0, "axis": "width", "measured_mm": 26, "predicted_mm": 25.1}]},
        {"sizes": []},
        {"surface_temperature_c": 172.6},
        {"source": "HEARSAY"},
        {"id": "nobody"},
        {"surprise": 1},
    ],
)
def test_a_fit_made_with_other_figures_is_refused(edited, slip):
    with pytest.raises(ResourceInvalid):
        edited(published, lambda data: data["fits"].append(fit_of(**slip)))


def test_a_fit_that_no_longer_belongs_says_how_to_make_it_again(edited):
    with pytest.raises(ResourceInvalid, match="bench calibrate") as refusal:
        edited(published, lambda data: data["fits"].append(fit_of(active_tip_mm=22)))
    assert refusal.value.code == "resource-fit"


def scaled(probe_id, field, factor):
    def change(data):
        datum = entry(data, probe_id)[field]
        datum["value"] *= factor

    return change


SLIPS = {
    "shaft in cm": scaled(SPHERE, "shaft_diameter_mm", 0.1),
    "shaft in µm": scaled(SPHERE, "shaft_diameter_mm", 1000),
    "shaft ten times too thick": scaled(SPHERE, "shaft_diameter_mm", 10),
    "active tip in cm": scaled(SPHERE, "active_tip_mm", 0.1),
    "active tip ten times too long": scaled(SPHERE, "active_tip_mm", 10),
    "shaft length in cm": scaled(IOVERA, "usable_length_mm", 0.1),
    "shaft length in m": scaled(IOVERA, "usable_length_mm", 0.001),
    "surface in K": lambda d: d["probes"][0]["surface_temperature_c"].update(value=153.15),
    "surface without its sign": lambda d: d["probes"][0]["surface_temperature_c"].update(value=120),
    "class surface in K": lambda d: d["classes"][0]["surface_temperature_c"].update(value=183),
    "class surface as a measurement": lambda d: d["classes"][0]["surface_temperature_c"].update(status="found"),
    "ice in cm, thinner than the shaft": lambda d: entry(d, PERC24)["isotherms"][0]["width_mm"].update(value=1.2),
    "ice in cm, colder wider than warmer": lambda d: entry(d, PERC24)["isotherms"][2]["width_mm"].update(value=3.33),
    "ice in m": lambda d: entry(d, PERC24)["isotherms"][0]["width_mm"].update(value=0.012),
    "freeze in seconds": lambda d: entry(d, PERC24)["isotherms"][0].update(freeze_min=900),
    "start in K": lambda d: entry(d, PERC24)["isotherms"][0].update(start_temperature_c=312),
    "isotherm in K": lambda d: entry(d, PERC24)["isotherms"][0].update(level_c=243),
    "power in mW": lambda d: entry(d, SEED).update(
        power_limit_w={"value": 20000, "status": "found", "source": "SHAH2016"}
    ),
    "a class there is none of": lambda d: entry(d, SEED).update(probe_class="helium"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_H_25_a_slip_of_unit_in_the_catalogue_is_refused_in_words(edited, name):
    with pytest.raises(ResourceInvalid) as refusal:
        edited(SLIPS[name], lambda data: data.update(fits=[], refused=[]))
    assert refusal.value.where.startswith("probes.json")
    assert "The field “" in refusal.value.sentence
    assert len(refusal.value.sentence) > 25


def test_every_usable_isotherm_names_a_medium_of_the_tissue_table():
    media = {tissue.id for tissue in r.tissues()}
    named = {item.tissue_id for model in r.probe_models() for item in model.isotherms if item.tissue_id}
    assert named
    assert named <= media


def test_every_published_isotherm_is_fitted_or_says_why_not():
    for model in r.probe_models():
        if model.isotherms:
            assert (model.calibration is None) == model.not_calibrated.startswith("not calibrated: ")


def test_a_model_with_its_fit_and_isotherms_survives_json():
    for model in r.probe_models():
        assert decode(canonical_json(model), ProbeModel, where="test") == model
