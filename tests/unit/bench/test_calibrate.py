"""What the fits of the catalogue read, refuse and write; the fit itself is tested in the thermal room."""

from __future__ import annotations

import json
import shutil

import pytest

from planner.bench import calibrate
from planner.domain.calibration import Axis
from planner.domain.errors import InputRefused
from planner.persistence.resources import read_probe_models, resources_dir
from planner.thermal.calibration import SurfaceFit

SPHERE, PERC24 = "galil-icesphere-1.5", "endocare-perc24"


@pytest.fixture
def fitted(monkeypatch):
    """Every fit answers −80 °C with sizes 0.5 mm too wide, without a prediction; its calls are listed."""
    calls = []

    def fit_bath(sizes, *, shape, bath, spacing_mm):
        calls.append((sizes, shape, bath, spacing_mm))
        predicted = tuple(size.measured_mm + 0.5 for size in sizes)
        tried = tuple((c, tuple(mm - 0.1 * (c + 80) for mm in predicted)) for c in (-85.0, -80.0, -75.0))
        return SurfaceFit(-80.0, predicted, tuple(0.25 for _ in sizes), "", tried)

    monkeypatch.setattr(calibrate, "fit_bath", fit_bath)
    return calls


def outcomes_by_id():
    return {outcome.model.id: outcome for outcome in calibrate.run_fits()}


def test_only_measured_sizes_of_a_known_freeze_are_used(fitted):
    used = outcomes_by_id()[SPHERE].used
    assert [(s.level_c, s.axis, s.measured_mm) for s in calibrate.measured_sizes(used)] == [(0.0, Axis.WIDTH, 22.48)]
    sizes, shape, bath, _ = fitted[0]
    assert [size.measured_mm for size in sizes] == [22.48]
    assert (shape.diameter_mm, shape.active_mm) == (1.5, 22.0)
    assert (bath.start_c, bath.freeze_s, bath.properties["liquidus_c"]) == (28.0, 600.0, -0.52)


@pytest.mark.usefixtures("fitted")
def test_an_unknown_active_length_is_tried_but_never_stored():
    outcome = outcomes_by_id()[PERC24]
    assert [trial.active_mm for trial in outcome.trials] == list(calibrate.ASSUMED_ACTIVE_MM)
    assert outcome.calibration is None
    assert outcome.not_calibrated.startswith("not calibrated: active tip length not known")


@pytest.mark.usefixtures("fitted")
def test_published_isotherms_without_medium_or_time_are_told_and_not_fitted():
    outcome = outcomes_by_id()["n2o-lloyd-1.4"]
    assert outcome.trials == ()
    assert "without medium, start temperature, freeze time" in outcome.not_calibrated


@pytest.mark.usefixtures("fitted")
def test_one_standard_deviation_of_the_sizes_becomes_a_spread_of_the_surface():
    (trial,) = outcomes_by_id()[SPHERE].trials
    # 0.762 mm at 0.1 mm per °C, round the surface that gives the measured size itself (5 °C warmer).
    assert trial.spread_c == pytest.approx((-82.6, -67.4), abs=0.3)


@pytest.mark.usefixtures("fitted")
def test_written_fits_are_read_back_by_the_catalogue(tmp_path):
    shipped = resources_dir()
    shutil.copy(shipped / "sources.json", tmp_path)
    shutil.copytree(shipped / "probes", tmp_path / "probes")
    outcomes = calibrate.run_fits()
    path = calibrate.write_fits(outcomes, tmp_path)
    models = {model.id: model for model in read_probe_models(tmp_path)}
    assert models[SPHERE].surface_temperature_c.value == -80.0
    assert models[SPHERE].calibration == next(o for o in outcomes if o.model.id == SPHERE).calibration
    assert models[PERC24].not_calibrated.startswith("not calibrated: active tip length not known")
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == 1


@pytest.mark.usefixtures("fitted")
def test_part_of_the_catalogue_is_not_written_and_an_unknown_probe_is_refused(tmp_path):
    shutil.copy(resources_dir() / "sources.json", tmp_path)
    shutil.copytree(resources_dir() / "probes", tmp_path / "probes")
    with pytest.raises(InputRefused, match="whole catalogue"):
        calibrate.write_fits(calibrate.run_fits(SPHERE), tmp_path)
    with pytest.raises(InputRefused, match="no probe “nobody”"):
        calibrate.run_fits("nobody")


@pytest.mark.usefixtures("fitted")
def test_the_table_and_the_rows_show_measured_predicted_and_residual():
    outcomes = calibrate.run_fits(SPHERE)
    text = "\n".join(calibrate.table_lines(outcomes))
    assert "measured  22.5  predicted  23.0  radius +0.25 mm" in text
    (row,) = calibrate.rows_of(outcomes[0])
    assert (row["measured_mm"], row["predicted_mm"], row["radius_residual_mm"]) == (22.48, 22.98, 0.25)


@pytest.mark.usefixtures("fitted")
def test_the_command_prints_rows_as_json_and_writes_nothing_unasked(capsys):
    from planner.__main__ import main

    before = (resources_dir() / "probes" / "calibration.json").read_bytes()
    assert main(["bench", "calibrate", "--probe", PERC24, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["active_mm"] for row in rows} == set(calibrate.ASSUMED_ACTIVE_MM)
    assert {row["level_c"] for row in rows} == {-30.0, 0.0}
    assert main(["bench", "calibrate", "--probe", "nobody"]) == 2
    assert (resources_dir() / "probes" / "calibration.json").read_bytes() == before
