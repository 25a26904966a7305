"""Hub and bore by hand: a box of a body, a known tube, a known shaft."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.datum import MISSING
from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.persistence.resources import probe_models
from planner.planning.gantry import bore_clearance, hub_lps_mm, length_back_inside_mm, resting_place

MODEL = next(model for model in probe_models() if model.id == "generic-17g-short")  # 175 mm usable
BODY_HALF = (120.0, 80.0)  # across, front to back; its middle lies 10 mm to the left, 5 mm to the back
GRID = Grid.from_axes((30, 120, 160), origin_lps_mm=(-158, -118, -58), spacing_ijk_mm=(2, 2, 4))


def body(*, shift=(10.0, 5.0), half=BODY_HALF, grid=GRID):
    centres = grid.to_lps(np.stack(np.indices(grid.shape_kji)[::-1], axis=-1))
    return (np.abs(centres[..., 0] - shift[0]) < half[0]) & (np.abs(centres[..., 1] - shift[1]) < half[1])


def probe(entry, tip):
    return ProbePlacement(ProbeId("p"), "P1", MODEL.id, entry, tip)


FRONT = probe((10.0, -75.0, 0.0), (10.0, -15.0, 0.0))  # 60 mm deep: 115 mm of shaft stay outside


def test_the_hub_ends_where_usable_length_and_hub_reach():
    assert hub_lps_mm(FRONT, MODEL, hub_mm=40.0) == pytest.approx((10.0, -75.0 - 115.0 - 40.0, 0.0))
    assert hub_lps_mm(FRONT, None, hub_mm=40.0) is None
    lacking = next(model for model in probe_models() if model.usable_length_mm.value is None)
    assert hub_lps_mm(FRONT, lacking, hub_mm=0.0) is None


@pytest.mark.parametrize(
    ("position", "table", "middle"),
    [("HFS", 85.0, 10.0), ("FFP", 75.0, 10.0), ("HFDL", 130.0, 5.0), ("FFDR", 110.0, 5.0)],
)
def test_the_table_is_under_the_lowest_skin_and_the_middle_is_the_bodys(position, table, middle):
    rest = resting_place(body(), GRID, z_mm=0.0, position=PatientPosition(position))
    assert rest.table_mm == pytest.approx(table, abs=1.01)
    assert rest.middle_mm == pytest.approx(middle, abs=1.01)


def test_the_clearance_of_a_vertical_hub_is_the_bores_radius_less_its_height_over_the_axis():
    gantry = Gantry(700.0, 180.0, 40.0)
    # The table at +85, the axis 180 above it at −95; the hub ends at −230, 135 mm over the axis, over the middle.
    answer = bore_clearance(FRONT, MODEL, gantry, position=PatientPosition.HFS, body=(body(), GRID))
    assert answer.clearance_mm == pytest.approx(350 - 135, abs=1.1)
    assert "table’s top" in answer.reason


def test_a_slanting_hub_is_measured_in_the_plane_across_the_bore():
    way = np.array([0.6, -0.48, 0.64])  # from tip to hub
    tip = np.array([10.0, -15.0, 0.0])
    slanting = probe(tuple(tip + 60 * way), tuple(tip))
    hub = tip + 175 * way
    gantry = Gantry(600.0, 120.0)
    answer = bore_clearance(slanting, MODEL, gantry, position=PatientPosition.HFS, body=(body(), GRID))
    expected = 300 - math.hypot(hub[0] - 10.0, hub[1] - (85.0 - 120.0))
    assert answer.clearance_mm == pytest.approx(expected, abs=1.5)


def test_a_patient_turned_over_has_the_table_on_the_other_side():
    gantry = Gantry(700.0, 180.0, 40.0)
    prone = bore_clearance(FRONT, MODEL, gantry, position=PatientPosition.HFP, body=(body(), GRID))
    # Down is the front: the table at −75, the axis at +105; the hub at −230 is 335 mm under it, almost at the wall.
    assert prone.clearance_mm == pytest.approx(350 - 335, abs=1.1)


def test_tilted_slices_tell_the_same_table():
    tilt = math.radians(12)
    turn = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    grid = Grid.from_axes((50, 150, 160), origin_lps_mm=(-158, -150, -110), spacing_ijk_mm=(2, 2, 3), direction=turn)
    rest = resting_place(body(grid=grid), grid, z_mm=0.0, position=PatientPosition.HFS)
    assert rest.table_mm == pytest.approx(85.0, abs=2.0)
    assert rest.middle_mm == pytest.approx(10.0, abs=1.01)


def test_what_is_not_known_is_said_and_not_guessed():
    gantry = Gantry(700.0, 180.0)
    no_skin = bore_clearance(FRONT, MODEL, gantry, position=PatientPosition.HFS, body=None)
    assert (no_skin.clearance_mm, "not segmented" in no_skin.reason) == (None, True)
    lacking = replace(MODEL, usable_length_mm=MISSING)
    no_length = bore_clearance(FRONT, lacking, gantry, position=PatientPosition.HFS, body=(body(), GRID))
    assert (no_length.clearance_mm, "usable length" in no_length.reason) == (None, True)
    cut = bore_clearance(FRONT, MODEL, gantry, position=PatientPosition.HFS, body=(body(half=(120.0, 400.0)), GRID))
    assert (cut.clearance_mm, "table’s side" in cut.reason) == (None, True)
    wide = bore_clearance(FRONT, MODEL, gantry, position=PatientPosition.HFS, body=(body(half=(400.0, 80.0)), GRID))
    assert (wide.clearance_mm, "middle" in wide.reason) == (None, True)
    away = resting_place(body(), GRID, z_mm=900.0, position=PatientPosition.HFS)
    assert isinstance(away, str)


def test_a_shaft_that_enters_the_body_again_is_found_and_one_that_leaves_the_scan_is_said_to():
    mask = body(half=(120.0, 40.0))
    arm = body(shift=(10.0, -71.0), half=(120.0, 10.0))
    low = probe((10.0, -35.0, 0.0), (10.0, 15.0, 0.0))
    end = (10.0, -110.0, 0.0)
    assert length_back_inside_mm(low, end, body=mask, grid=GRID) == (0.0, True)
    inside, seen = length_back_inside_mm(low, end, body=mask | arm, grid=GRID)
    assert (inside, seen) == (pytest.approx(20.0, abs=0.5), True)
    assert length_back_inside_mm(low, (10.0, -300.0, 0.0), body=mask, grid=GRID) == (0.0, False)
    # The usable length ends before the skin: the hub itself would lie 5 mm deep.
    assert length_back_inside_mm(low, (10.0, -30.0, 0.0), body=mask, grid=GRID)[0] == pytest.approx(5.0)


def test_a_bore_no_scanner_has_is_refused():
    with pytest.raises(PlanInvalid, match="300 to 1200 mm"):
        Gantry(70.0, 180.0)
