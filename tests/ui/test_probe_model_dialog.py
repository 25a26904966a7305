"""About this probe: every figure with its status and source, isotherms with their conditions, the site's own file."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from planner.persistence import site_probes
from planner.persistence.resources import probe_models
from planner.ui.dialogs.probe_model import ProbeModelDialog
from planner.ui.dialogs.probe_model_rows import isotherm_rows, value_rows

FITTED = next(model for model in probe_models() if model.calibration is not None)


@pytest.fixture
def site_file(tmp_path, monkeypatch):
    path = tmp_path / "frostline" / "probes.json"
    monkeypatch.setattr(site_probes, "site_probes_file", lambda: path)
    return path


def words(dialog):
    return [one.text() for one in dialog.findChildren(QLabel)]


def press(dialog, name):
    next(b for b in dialog.findChildren(QPushButton) if b.text() == name).click()


def write(path, *entries):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"schema": 1, "about": "ours", "probes": entries}), encoding="utf-8")


def test_every_figure_stands_with_status_and_source_and_missing_stays_missing():
    for model in probe_models():
        rows = {row[0][0]: [text for text, _ in row[1:]] for row in value_rows(model)}
        for name, datum in (
            ("Shaft diameter", model.shaft_diameter_mm),
            ("Active tip", model.active_tip_mm),
            ("Usable length", model.usable_length_mm),
            ("Surface temperature", model.surface_temperature_c),
        ):
            value, status, source = rows[name]
            assert source == datum.source
            if datum.value is None:
                assert (value, status.startswith("missing")) == ("", True)
            else:
                assert value.startswith(f"{datum.value:g}".replace("-", "−"))
                assert datum.flag in status
                if datum.status.value == "recalled":
                    assert "unverified" in status


def test_published_isotherms_stand_with_medium_start_time_and_source():
    seen = 0
    for model in probe_models():
        for one, row in zip(model.isotherms, isotherm_rows(model.isotherms), strict=True):
            level, _width, _length, conditions, origin = (text for text, _ in row)
            assert level == f"{one.level_c:g} °C".replace("-", "−")
            assert one.medium in conditions
            assert ("time not stated" in conditions) == (one.freeze_s is None)
            assert ("start not stated" in conditions) == (one.start_c is None)
            assert ("Not used for a fit" in conditions) == (not one.is_usable)
            assert any(datum.source in origin for datum in (one.width_mm, one.length_mm) if datum.value is not None)
            seen += 1
    assert seen > 10


def test_the_dialog_shows_fit_and_sources_and_how_a_site_adds_its_own(window, site_file):
    dialog = ProbeModelDialog(window, FITTED.id)
    said = "\n".join(words(dialog))
    assert FITTED.boundary_words in said
    assert f"Radius RMS {FITTED.calibration.rms_mm:.1f} mm" in said
    assert f"{FITTED.calibration.source}: " in said
    assert str(site_file) in [one.whole_text() for one in dialog.findChildren(QLabel) if hasattr(one, "whole_text")]
    assert dialog.site_words == "There is no such file yet."
    press(dialog, "Copy an example")
    example = json.loads(QApplication.clipboard().text())
    assert example["probes"][0]["active_tip_mm"] is None  # nothing is invented
    dialog.deleteLater()


def test_the_sites_file_is_read_again_on_demand_and_what_is_wrong_is_said(window, site_file):
    dialog = ProbeModelDialog(window, "galil-icerod-1.5")
    write(site_file, {"id": "galil-icerod-1.5", "document": "IFU 1", "active_tip_mm": 3})
    press(dialog, "Check the file")
    assert dialog.site_words
    assert "There is no such" not in dialog.site_words
    write(site_file, {"id": "galil-icerod-1.5", "document": "IFU 1", "active_tip_cm": 3})
    press(dialog, "Check the file")
    assert "active_tip" in dialog.site_words
    write(site_file, {"id": "galil-icerod-1.5", "document": "IFU 1", "active_tip_mm": 30})
    press(dialog, "Check the file")
    assert dialog.site_words == "The file can be used. It has figures for IceRod 1.5."
    dialog.deleteLater()


def test_a_model_nobody_knows_is_said_to_be_unknown(window, site_file):
    del site_file
    dialog = ProbeModelDialog(window, "gone")
    assert "Unknown model gone" in words(dialog)
    dialog.deleteLater()
