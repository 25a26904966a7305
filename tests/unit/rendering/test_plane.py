"""Is the patient's right at the left edge, however the CT was stored?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.rendering.plane import (
    Orientation,
    SlicePlane,
    coordinate_words,
    direction_letters,
    on_slice,
    point_words,
    slice_position,
)

if TYPE_CHECKING:
    from planner.domain.geometry import Grid

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
# (left, right, top, bottom) of the radiological convention, from its definition and not from the code.
RADIOLOGICAL = {
    Orientation.AXIAL: ("R", "L", "A", "P"),
    Orientation.CORONAL: ("R", "L", "H", "F"),
    Orientation.SAGITTAL: ("A", "P", "H", "F"),
}


@pytest.mark.parametrize("orientation", STANDARD)
def test_letters_follow_the_radiological_convention(orientation: Orientation) -> None:
    plane = SlicePlane(orientation, (1.0, 2.0, 3.0), 0.5, (300, 200))
    assert tuple(plane.edge_letters()) == RADIOLOGICAL[orientation]


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_step_to_a_letter_moves_toward_that_letters_edge(orientation: Orientation) -> None:
    plane = SlicePlane(orientation, (0.0, 0.0, 0.0), 0.5, (300, 200))
    steps = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}
    toward = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
    for edge, letter in plane.edge_letters()._asdict().items():
        moved = plane.to_px(np.array(steps[letter]) * 10.0) - (150, 100)
        assert moved == pytest.approx(np.array(toward[edge]) * 20.0)


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ((0, 0, 5), "H"),
        ((-3, 1, 0.2), "RP"),
        ((-1, -1.01, 0), "AR"),
        ((1, 1.2, -1.1), "PFL"),
        ((1, 0.03, 0), "L"),
    ],
)
def test_oblique_letters_are_ordered_by_dominance(direction: tuple[float, ...], letters: str) -> None:
    assert direction_letters(direction) == letters


@pytest.mark.parametrize("orientation", STANDARD)
def test_pixels_and_points_convert_back_and_forth(orientation: Orientation) -> None:
    plane = SlicePlane(orientation, (12.5, -40.0, 371.0), 0.37, (641, 355))
    px = np.random.default_rng(3).uniform(-50, 700, (40, 2))
    assert plane.to_px(plane.to_lps(px)) == pytest.approx(px, abs=1e-9)
    assert plane.off_plane_mm(plane.to_lps(px)) == pytest.approx(0, abs=1e-9)


def test_oblique_plane_converts_back_and_forth() -> None:
    plane = SlicePlane.oblique((1, 2, 3), right=(1, 1, 0.2), down=(0, 0.1, -1), mm_per_px=0.3, size_px=(200, 100))
    px = np.array([(0.0, 0.0), (200, 100), (17.3, 81.1)])
    assert plane.to_px(plane.to_lps(px)) == pytest.approx(px, abs=1e-9)
    beside = plane.to_lps(px) + 4.0 * np.asarray(plane.normal_lps)
    assert plane.off_plane_mm(beside) == pytest.approx(4.0)


@pytest.mark.parametrize("orientation", STANDARD)
def test_fit_shows_the_whole_volume_and_no_more(stored_grid: Grid, orientation: Orientation) -> None:
    plane = SlicePlane.fit(orientation, stored_grid, size_px=(400, 300))
    k, j, i = stored_grid.shape_kji
    outer = [(a, b, c) for a in (-0.5, i - 0.5) for b in (-0.5, j - 0.5) for c in (-0.5, k - 0.5)]
    px = plane.to_px(stored_grid.to_lps(outer))
    assert px.min() >= -1e-6
    assert (px <= np.array([400, 300]) + 1e-6).all()
    assert (np.ptp(px, axis=0) / (400, 300)).max() > 0.9


def test_zoom_keeps_the_point_under_the_cursor_and_pan_moves_the_picture() -> None:
    plane = SlicePlane(Orientation.CORONAL, (0.0, 5.0, 10.0), 0.8, (300, 200))
    under = plane.to_lps((40.0, 170.0))
    zoomed = plane.zoomed(2.5, at_px=(40.0, 170.0))
    assert zoomed.to_px(under) == pytest.approx((40.0, 170.0))
    assert zoomed.mm_per_px == pytest.approx(0.32)
    assert plane.panned(12, -7).to_px(under) == pytest.approx((52.0, 163.0))


@pytest.mark.parametrize("orientation", STANDARD)
def test_steps_go_up_to_head_front_and_right_by_one_stored_slice(stored_grid: Grid, orientation: Orientation) -> None:
    plane = on_slice(SlicePlane.fit(orientation, stored_grid, size_px=(200, 200)), stored_grid)
    moved = np.asarray(on_slice(plane, stored_grid, steps=1).centre_lps_mm) - np.asarray(plane.centre_lps_mm)
    axis, sign = {"axial": (2, 1), "coronal": (1, -1), "sagittal": (0, -1)}[orientation.value]
    assert np.sign(moved[axis]) == sign
    spacing = [s for s, column in zip(stored_grid.spacing_ijk_mm, stored_grid.direction.T, strict=True) if column[axis]]
    assert abs(moved[axis]) == pytest.approx(spacing[0])
    assert np.delete(moved, axis) == pytest.approx(0)


def test_steps_stop_at_the_last_slice(stored_grid: Grid) -> None:
    plane = on_slice(SlicePlane.fit(Orientation.AXIAL, stored_grid, size_px=(200, 200)), stored_grid, steps=10_000)
    position = slice_position(plane, stored_grid)
    assert position.number in (1, position.count)
    assert stored_grid.contains(plane.centre_lps_mm)


def test_words_are_sign_free_and_never_minus_zero() -> None:
    assert point_words((-83.5, 262.0, -578.81)) == "R 83.5 · P 262.0 · F 578.8 mm"
    assert coordinate_words(-0.04, 0) == "L 0.0"
    assert SlicePlane(Orientation.SAGITTAL, (-83.5, 0, 0), 1, (9, 9)).position_words() == "R 83.5 mm"


@pytest.mark.parametrize("bad", [{"mm_per_px": 0.0}, {"mm_per_px": float("nan")}, {"size_px": (0, 5)}])
def test_impossible_views_are_refused(bad: dict[str, object]) -> None:
    arguments = {
        "orientation": Orientation.AXIAL,
        "centre_lps_mm": (0.0, 0.0, 0.0),
        "mm_per_px": 1.0,
        "size_px": (9, 9),
    }
    with pytest.raises(PlanInvalid):
        SlicePlane(**(arguments | bad))
