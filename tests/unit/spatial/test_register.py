"""A scan that was moved by a known amount, with other grey values, is laid back to where it was."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.spatial.register import moved_grid, register_rigid

MIDDLE = np.array([10.0, -160.0, 40.0])
# Ellipsoids of an asymmetric body: centre and half-axes (mm), CT value, MR value.
ORGANS = (
    ((0, 0, 0), (70, 50, 60), 40, 300),
    ((25, 12, 10), (22, 18, 25), 90, 120),
    ((-28, 5, -12), (18, 20, 28), -800, 20),
    ((-5, -25, 22), (12, 9, 16), 160, 700),
    ((8, 30, -18), (9, 12, 30), 700, 60),
    ((30, -18, -25), (10, 14, 9), -90, 500),
)


def body(points_lps_mm: np.ndarray, *, modality: int) -> np.ndarray:
    """The value at points (N, 3): air outside, later organs over earlier ones."""
    values = np.full(len(points_lps_mm), -1000.0 if modality == 0 else 0.0)
    for centre, half, *scanned in ORGANS:
        inside = (((points_lps_mm - MIDDLE - centre) / half) ** 2).sum(axis=1) < 1
        values[inside] = scanned[modality]
    return values


def scanned(grid: Grid, *, modality: int, placed: Grid | None = None) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    where = (placed or grid).to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    noise = np.random.default_rng(3).normal(0, 8, len(where))
    return (body(where, modality=modality) + noise).reshape(grid.shape_kji).astype(np.float32)


def rigid(turn_deg: tuple[float, float, float], shift_mm: tuple[float, float, float]) -> np.ndarray:
    """A turn about the body's middle by three angles, then a shift: written out, not taken from the program."""
    a, b, c = np.radians(turn_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_y @ about_x
    matrix[:3, 3] = MIDDLE - matrix[:3, :3] @ MIDDLE + np.array(shift_mm)
    return matrix


def box(shape_kji, spacing_ijk_mm, *, aside=(0.0, 0.0, 0.0)) -> Grid:
    half = np.array(shape_kji[::-1]) * np.array(spacing_ijk_mm) / 2
    return Grid.from_axes(shape_kji, origin_lps_mm=MIDDLE - half + np.array(aside), spacing_ijk_mm=spacing_ijk_mm)


FIXED = box((56, 60, 80), (2.2, 2.0, 2.4))
MOVING = box((30, 60, 72), (2.2, 2.2, 4.0))


@pytest.fixture(scope="module")
def fixed() -> np.ndarray:
    return scanned(FIXED, modality=0)


@pytest.mark.parametrize(
    ("turn_deg", "shift_mm", "same_frame"),
    [((0, 0, 0), (0, 0, 0), True), ((4, -3, 5), (9, -7, 6), False)],
    ids=["as scanned", "moved"],
)
def test_a_known_motion_is_found_to_half_a_millimetre(fixed, turn_deg, shift_mm, same_frame):
    truth = rigid(turn_deg, shift_mm)
    moving = scanned(MOVING, modality=1, placed=moved_grid(MOVING, truth))
    stages = []
    found = register_rigid(
        fixed, FIXED, moving, MOVING, same_frame=same_frame, tick=lambda done, total: stages.append((done, total))
    )
    corners = MOVING.corners_lps_mm()
    there = corners @ found.moving_to_fixed[:3, :3].T + found.moving_to_fixed[:3, 3]
    expected = corners @ truth[:3, :3].T + truth[:3, 3]
    assert np.linalg.norm(there - expected, axis=1).max() <= 0.7  # at the corners; half a millimetre inside
    assert found.disagreement_mm <= 1.5  # the way back samples slices of 4 mm, coarser than the way there
    assert found.overlap > 0.7
    turn = found.moving_to_fixed[:3, :3]
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
    assert stages == [(0, 2), (1, 2), (2, 2)]


def test_the_same_scans_give_the_same_bytes(fixed):
    moving = scanned(MOVING, modality=1, placed=moved_grid(MOVING, rigid((2, 1, -2), (3, 2, -4))))
    one, other = (register_rigid(fixed, FIXED, moving, MOVING, same_frame=True, tick=lambda *_: None) for _ in range(2))
    assert one.moving_to_fixed.tobytes() == other.moving_to_fixed.tobytes()
    assert one.disagreement_mm == other.disagreement_mm


def test_scans_of_two_places_are_refused_in_words(fixed):
    far = box((30, 60, 72), (2.2, 2.2, 4.0), aside=(0.0, 0.0, 900.0))
    with pytest.raises(GeometryRefused, match="0% of the second scan"):
        register_rigid(fixed, FIXED, scanned(far, modality=1), far, same_frame=True, tick=lambda *_: None)


def test_noise_shows_in_the_disagreement(fixed):
    """Two scans without anything in common: the two directions end at different places."""
    noise = np.random.default_rng(4).normal(0, 100, MOVING.shape_kji).astype(np.float32)
    try:
        found = register_rigid(fixed, FIXED, noise, MOVING, same_frame=True, tick=lambda *_: None)
    except GeometryRefused:
        return
    assert found.disagreement_mm > 3.0
