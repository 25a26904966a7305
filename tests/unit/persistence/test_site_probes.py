"""What a site enters fills the catalogue, names its document, and is refused as strictly as ours."""

from __future__ import annotations

import json

import pytest

from planner.domain.datum import Status
from planner.domain.errors import ResourceInvalid
from planner.persistence import resources as r
from planner.persistence import site_probes
from planner.persistence.record import read_record

ROD, SPHERE = "galil-icerod-1.5", "galil-icesphere-1.5"
NEW = {
    "id": "our-probe",
    "label": "Our probe",
    "manufacturer": "Maker",
    "cryogen": "argon",
    "document": "IFU 7",
    "shaft_diameter_mm": 1.8,
    "active_tip_mm": 25,
    "surface_temperature_c": -95,
    "power_limit_w": 30,
}


@pytest.fixture
def entered(tmp_path):
    """A function that lays entries over the shipped catalogue, by id."""

    def read(*entries):
        path = tmp_path / "probes.json"
        path.write_text(json.dumps({"schema": 1, "about": "ours", "probes": entries}), encoding="utf-8")
        shipped = r.read_probe_models(r.resources_dir())
        models = site_probes.with_site_figures(shipped, read_record(path, sources=()))
        return {model.id: model for model in models}

    return read


def test_a_missing_figure_is_filled_in_and_names_its_document(entered):
    rod = entered({"id": ROD, "document": "IFU 12 rev. C", "active_tip_mm": 30})[ROD]
    assert rod.can_simulate
    assert (rod.active_tip_mm.value, rod.active_tip_mm.status, rod.active_tip_mm.source) == (
        30.0,
        Status.SITE,
        "IFU 12 rev. C",
    )
    assert "the value of its class" in rod.boundary_words
    assert "Entered by the site: active tip (IFU 12 rev. C)." in rod.notes


def test_a_surface_temperature_of_the_site_goes_before_fit_and_class(entered):
    sphere = entered({"id": SPHERE, "document": "IFU 9", "active_tip_mm": 25, "surface_temperature_c": -110})[SPHERE]
    assert sphere.boundary_words == "Surface −110 °C, entered by the site (IFU 9)."
    assert sphere.calibration is None


def test_a_probe_of_its_own_can_be_added(entered):
    models = entered(NEW)
    assert list(models)[-1] == "our-probe"
    assert models["our-probe"].can_simulate
    assert models["our-probe"].power_limit_w.value == 30
    assert len(models) == 26


@pytest.mark.parametrize(
    "slip",
    [
        {"document": ""},
        {"active_tip_mm": 2.5},
        {"shaft_diameter_mm": 18},
        {"surface_temperature_c": 178},
        {"surprise": 1},
        {"label": ""},
        {"id": "generic-14g"},
        {"usable_length_mm": None},
    ],
)
def test_H_25_a_slip_in_a_sites_entry_is_refused_in_words(entered, slip):
    with pytest.raises(ResourceInvalid) as refusal:
        entered(NEW | slip)
    assert refusal.value.where.startswith("probes.json")


def test_twice_the_same_probe_and_an_entry_without_a_figure_are_refused(entered):
    with pytest.raises(ResourceInvalid, match="twice"):
        entered(NEW, NEW)
    with pytest.raises(ResourceInvalid, match="without a figure"):
        entered({"id": ROD, "document": "IFU 12"})


def test_another_geometry_than_the_fits_needs_a_surface_temperature(entered):
    with pytest.raises(ResourceInvalid, match="enter the surface temperature as well"):
        entered({"id": SPHERE, "document": "IFU 9", "active_tip_mm": 25})
    assert entered({"id": SPHERE, "document": "IFU 9", "active_tip_mm": 22})[SPHERE].calibration is not None


def test_the_catalogue_looks_for_the_file_in_the_users_data_folder(tmp_path, monkeypatch):
    path = tmp_path / "probes.json"
    path.write_text(json.dumps({"schema": 1, "about": "ours", "probes": [NEW]}), encoding="utf-8")
    monkeypatch.setattr(site_probes, "site_probes_file", lambda: path)
    r.probe_models.cache_clear()
    try:
        assert r.probe_models()[-1].id == "our-probe"
    finally:
        r.probe_models.cache_clear()
