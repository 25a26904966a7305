"""Does the band enclose the three cases at the known error, and do margins and coverage follow its edges?

Balls of cold, whose temperature rises 5 °C a millimetre: every edge, length and share has a closed form.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from planner.domain.geometry import Side, isotropic_box
from planner.domain.identity import StructureId, TargetId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.uncertainty import IceCase, RangeRow
from planner.persistence.blobs import BlobStore
from planner.persistence.uncertainty import model_card
from planner.services.band import band_rows, edge_fields, shared_edges
from planner.services.shared import SharedRange

GRID = isotropic_box((0.3, -0.2, 0.1), extent_mm=(50, 50, 50), spacing_mm=1)
ERROR_MM = 3.1
WITHIN_MM = 0.2


def ball(radius_at_0c_mm: float) -> np.ndarray:
    k, j, i = np.indices(GRID.shape_kji)
    radius = np.linalg.norm(GRID.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3)), axis=-1)
    return (5 * (radius - radius_at_0c_mm)).reshape(GRID.shape_kji).astype(np.float32)


SMALLEST, NOMINAL, LARGEST = ball(12.0), ball(15.0), ball(17.0)


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path)


def test_the_known_error_of_the_card_is_a_sourced_figure():
    card = model_card()
    assert card.known_error_mm == 3.1
    assert card.error_words.startswith("3.1 mm (IJH2020): mean distance between predicted and visible ice in lung")


@pytest.mark.parametrize("level_c", [0.0, -20.0, -33.0])
def test_edges_lie_at_the_known_error_around_the_largest_and_within_the_smallest(level_c):
    outer, inner = edge_fields(LARGEST, SMALLEST, GRID, level_c=level_c, error_mm=ERROR_MM)
    assert outer is not None
    assert inner is not None
    for field, radius_mm in ((outer[0], 17 + level_c / 5 + ERROR_MM), (inner, 12 + level_c / 5 - ERROR_MM)):
        for axis in range(3):
            line, x = _through_middle(field, outer[1], axis)
            ends = [float(np.interp(0.0, line[part] * sign, x[part])) for part, sign in _halves(line)]
            assert ends == pytest.approx([-radius_mm, radius_mm], abs=WITHIN_MM)


def _through_middle(field, grid, axis):
    """Values along the line of cells nearest the origin, and where along the axis they lie."""
    i0, j0, k0 = (round(float(n)) for n in grid.to_index((0.0, 0.0, 0.0)))
    at = [k0, j0, i0]
    at[2 - axis] = slice(None)
    line = field[tuple(at)]
    index = np.tile([float(i0), float(j0), float(k0)], (len(line), 1))
    index[:, axis] = np.arange(len(line))
    points = grid.to_lps(index)
    off = np.linalg.norm(np.delete(points[0], axis))
    # The line passes the origin at a small distance: places along it are read as radii.
    along = points[:, axis]
    return line, np.sign(along) * np.hypot(along, off)


def _halves(line):
    middle = int(np.argmin(line))
    return (slice(0, middle + 1), -1), (slice(middle, len(line)), 1)


def test_the_band_holds_every_case_even_where_they_cross(blobs):
    mixed = np.where(np.indices(GRID.shape_kji)[2] < 25, LARGEST, SMALLEST)
    (edges,) = shared_edges([mixed, NOMINAL, SMALLEST], GRID, levels_c=(-20.0,), error_mm=1.0, blobs=blobs)
    outer, inner = (blobs.get(ref) for ref in (edges.outer, edges.inner))
    low = np.round(GRID.to_index(edges.grid.to_lps((0.0, 0.0, 0.0)))).astype(int)[::-1]
    box = tuple(slice(max(a, 0), a + n) for a, n in zip(low, outer.shape, strict=True))
    inside = tuple(slice(max(-a, 0), max(-a, 0) + s.stop - s.start) for a, s in zip(low, box, strict=True))
    for case in (mixed, NOMINAL, SMALLEST):
        part = case[box]
        assert (outer[inside][: part.shape[0], : part.shape[1], : part.shape[2]][part <= -20] < 0).all()
        assert (part[inner[inside][: part.shape[0], : part.shape[1], : part.shape[2]] <= 0] <= -20).all()


def test_where_nothing_gets_that_cold_there_is_no_edge_and_where_nothing_is_sure_no_inner_one(blobs):
    levels = (-70.0, -80.0, -100.0)
    found = shared_edges([SMALLEST, NOMINAL, LARGEST], GRID, levels_c=levels, error_mm=ERROR_MM, blobs=blobs)
    assert [edges.level_c for edges in found] == [-70.0, -80.0, -100.0]
    # -70 °C: 3 mm in the largest case, nowhere in the smallest; -100 °C: in no case.
    assert [(edges.outer is None, edges.inner is None) for edges in found] == [
        (False, True),
        (False, True),
        (True, True),
    ]


def _row(subject_id, quantity, decisive, values, unit="mm"):
    return RangeRow("A name", quantity, unit, *values, decisive, subject_id=subject_id)


def _plan_of(*targets):
    return SimpleNamespace(targets=targets, structures=())


def test_a_structure_is_nearer_and_a_target_less_covered_by_the_known_error(blobs):
    nerve = NerveCurve(((-40.0, 0.0, 0.0), (0.0, 0.0, 0.0), (40.0, 0.0, 0.0)))
    body = TargetBody((0.0, 0.0, 0.0), (0, 0, 1.0), 24.0, 24.0)
    targets = (
        Target(TargetId("n"), "Nerve", "intercostal", Side.LEFT, nerve, diameter_mm=4.0, diameter_source="test"),
        Target(TargetId("b"), "Ganglion", "celiac", Side.LEFT, body),
        Target(TargetId("u"), "No diameter", "intercostal", Side.LEFT, nerve),
    )
    rows = (
        _row("n", "treated length at −20 °C", IceCase.SMALLEST, (15.5, 21.6, 25.7)),
        _row("b", "treated share at −20 °C", IceCase.SMALLEST, (30.0, 77.0, 99.0), "%"),
        _row("b", "worst diameter at −20 °C", IceCase.SMALLEST, (66.7, 91.7, 100.0), "%"),
        _row("u", "treated length at −20 °C", IceCase.SMALLEST, (None, None, None)),
        _row("s", "0 °C edge", IceCase.LARGEST, (9.0, 6.0, 4.0)),
        _row("c", "0 °C edge", IceCase.LARGEST, (9.0, 6.0, None)),
        # No distance: the known error in mm says nothing of these, other rows of the band do.
        _row("t", "coldest", IceCase.LARGEST, (9.0, 4.0, -3.0), "°C"),
        _row("n", "marked part at −20 to 0 °C", IceCase.SMALLEST, (9.0, 4.0, 2.0)),
    )
    edges = shared_edges([SMALLEST, NOMINAL, LARGEST], GRID, levels_c=(-20.0,), error_mm=ERROR_MM, blobs=blobs)
    found = band_rows(_plan_of(*targets), rows, edges, isotherm_c=-20.0, error_mm=ERROR_MM, blobs=blobs)
    assert {row.quantity.split()[0] for row in found} == {"treated", "worst", "0"}
    by_id = {row.subject_id: row for row in found if not row.quantity.startswith("worst")}
    (diameter,) = (row for row in found if row.quantity.startswith("worst"))
    inner_mm, outer_mm = 8 - ERROR_MM, 13 + ERROR_MM
    # The whole cross-section, 2 mm off the axis, is inside a ball over this length.
    assert by_id["n"].pessimistic == pytest.approx(2 * np.sqrt(inner_mm**2 - 4), abs=2 * WITHIN_MM)
    assert by_id["n"].optimistic == pytest.approx(2 * np.sqrt(outer_mm**2 - 4), abs=2 * WITHIN_MM)
    assert by_id["b"].pessimistic == pytest.approx(100 * (inner_mm / 12) ** 3, rel=3 * WITHIN_MM / inner_mm)
    assert by_id["b"].optimistic == pytest.approx(100.0)
    # Every diameter of the body, 24 mm, runs through the middle of the ball.
    assert diameter.pessimistic == pytest.approx(100 * inner_mm / 12, abs=100 * WITHIN_MM / 12)
    assert diameter.optimistic == pytest.approx(100.0)
    assert (by_id["u"].pessimistic, by_id["u"].optimistic) == (None, None)
    assert (by_id["s"].pessimistic, by_id["s"].nominal, by_id["s"].optimistic) == pytest.approx((0.9, 6.0, 12.1))
    assert (by_id["c"].pessimistic, by_id["c"].optimistic) == (None, pytest.approx(12.1))


def test_ice_is_never_deeper_in_a_structure_than_the_structure_is_thick(blobs):
    # A plate of 4 mm square to x, its middle 16 mm off: the nominal ice, 15 mm, is 1 mm in it; the outer edge,
    # at 20.1 mm, lies beyond its far face, so that the deepest ice is in its middle, 2 mm from either face.
    x = GRID.to_lps([(i, 0, 0) for i in range(GRID.shape_kji[2])])[:, 0]
    mask = np.broadcast_to(np.abs(x - 16.0) <= 2.0, GRID.shape_kji).copy()
    plate = Structure(StructureId("p"), "Plate", StructureKind.ARTERY, blobs.put(mask), StructureOrigin.DRAWN)
    plan = _plan_of()
    plan.structures = (plate,)
    plan.volume = SimpleNamespace(grid=GRID)
    edges = shared_edges([SMALLEST, NOMINAL, LARGEST], GRID, levels_c=(0.0,), error_mm=ERROR_MM, blobs=blobs)
    row = _row("p", "0 °C edge", IceCase.LARGEST, (2.0, -1.0, -2.0))
    (found,) = band_rows(plan, (row,), edges, isotherm_c=-20.0, error_mm=ERROR_MM, blobs=blobs)
    assert found.pessimistic == pytest.approx(-2.0, abs=0.5)
    assert found.optimistic == pytest.approx(5.1)


def test_a_target_that_nothing_surely_reaches_is_not_covered(blobs):
    body = TargetBody((0.0, 0.0, 0.0), (0, 0, 1.0), 4.0, 4.0)
    edges = shared_edges([ball(5.0), NOMINAL, LARGEST], GRID, levels_c=(-20.0,), error_mm=ERROR_MM, blobs=blobs)
    row = _row("b", "treated share at −20 °C", IceCase.SMALLEST, (1.0, 50.0, 100.0), "%")
    target = Target(TargetId("b"), "Ganglion", "celiac", Side.LEFT, body)
    (found,) = band_rows(_plan_of(target), (row,), edges, isotherm_c=-20.0, error_mm=ERROR_MM, blobs=blobs)
    assert found.pessimistic == 0.0


def test_a_range_tells_which_levels_and_rows_it_has(blobs):
    edges = shared_edges([SMALLEST, NOMINAL, LARGEST], GRID, levels_c=(0.0, -20.0), error_mm=1.0, blobs=blobs)
    shared = SharedRange(None, GRID, (), 1.0, edges)
    assert shared.has_levels((0.0,))
    assert not shared.has_levels((0.0, -60.0))
    assert shared.row_of("s", "0 °C edge") is None
