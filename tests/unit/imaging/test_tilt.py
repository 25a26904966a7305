"""Is a tilted stack shown where it was imaged? Landmarks of an anatomy given by a formula; shifts by hand (H-03)."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import Cancelled, GeometryRefused, InputRefused
from planner.domain.geometry import Grid
from planner.imaging import limits
from planner.imaging.cornercheck import check_straightened
from planner.imaging.stack import fit_stack, unit_axes
from planner.imaging.tilt import is_tilted, straighten

ROWS, COLUMNS, SLICES = 72, 60, 25
# Balls in patient space, mm from the middle of the stack: (toward i, toward j, along the normal).
BALLS_MM = ((-9.3, 4.1, -14.2), (6.7, -8.8, -3.1), (0.4, 9.9, 8.3), (11.2, 1.7, 13.6))
RADIUS_MM = 4.0
ORIENTATIONS = {
    "axial": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    "leaning": (1.0, 0.0, 0.0, 0.0, 0.9588197, 0.2840153),
    "coronal": (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
    "feet first, face down": (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
}


def _positions(axes, *, shear_ij, spacing_mm=1.5):
    """First pixels of slices whose middle drifts by the shear along i and j for each mm along the normal."""
    along = (np.arange(SLICES) - (SLICES - 1) / 2) * spacing_mm
    first = np.array([-20.0, -22.0, 0.0])
    local = first + np.stack([along * shear_ij[0], along * shear_ij[1], along], axis=1)
    return np.round(local @ axes.T + (30.0, -40.0, 1200.0), 6)


def _imaged(headers, axes):
    """HU at each pixel's place by its own header: soft balls on a slope, a smooth formula of the place alone."""
    centres = np.array(BALLS_MM) @ axes.T + (30.0, -40.0, 1200.0)
    hu = np.empty((len(headers), headers[0].rows, headers[0].columns))
    for k, header in enumerate(headers):
        row_mm, column_mm = header.spacing_ji_mm
        j, i = np.indices(hu.shape[1:])
        right, down = np.array(header.orientation[:3]), np.array(header.orientation[3:])
        place = np.array(header.position_lps_mm) + i[..., None] * column_mm * right + j[..., None] * row_mm * down
        away = np.linalg.norm(place[:, :, None] - centres, axis=3)
        hu[k] = 20.0 + (1000 * np.clip(RADIUS_MM + 0.5 - away, 0, 1)).sum(axis=2)
    return np.rint(hu).astype(np.int16), centres


def _centroid_mm(hu, grid, centre):
    """Middle of the brightness around a place, in patient mm."""
    k, j, i = np.indices(hu.shape)
    places = grid.to_lps(np.stack([i, j, k], axis=-1))
    near = np.linalg.norm(places - centre, axis=-1) < RADIUS_MM + 2.5
    weight = np.where(near, hu - 20.0, 0.0)
    weight[hu == -1024] = 0
    return (places * weight[..., None]).sum(axis=(0, 1, 2)) / weight.sum()


def _tilted(stack_at, *, orientation="axial", shear_ij=(0.0, 0.3), **changes):
    axes = unit_axes(ORIENTATIONS[orientation])
    shape = {"rows": ROWS, "columns": COLUMNS, "spacing_ji_mm": (0.6, 0.7)}
    headers = stack_at(_positions(axes, shear_ij=shear_ij), orientation=ORIENTATIONS[orientation], **(shape | changes))
    return headers, axes


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
@pytest.mark.parametrize("tilt_deg", [-30.0, -16.5, -1.0, 0.2, 5.0, 30.0])
def test_H_03_landmarks_lie_where_they_were_imaged(tilt_deg, orientation, stack_at) -> None:
    """Spread of a ball's slices by the tilt would move its middle by up to 8 mm; 0.3 mm are allowed."""
    shear = float(np.tan(np.radians(tilt_deg)))
    headers, axes = _tilted(stack_at, orientation=orientation, shear_ij=(0.0, shear))
    source, centres = _imaged(headers, axes)
    stack = fit_stack(headers)
    assert is_tilted(stack)
    assert stack.tilt_deg == pytest.approx(abs(tilt_deg), abs=1e-3)
    hu, padding, grid = straighten(source, None, stack=stack)
    assert hu.dtype == np.int16
    for centre in centres:
        off_mm = np.linalg.norm(_centroid_mm(hu, grid, centre) - centre)
        assert off_mm <= 0.1, f"{off_mm:.3f} mm off"
    assert check_straightened(hu, padding, grid=grid, source=source, ordered=stack.ordered) < 1e-3


def test_H_03_nothing_is_cropped_and_the_rest_is_padding(stack_at) -> None:
    """A shift of 0.3 mm a mm over 36 mm is 10.8 mm, 18 rows of 0.6 mm; columns stay."""
    headers, axes = _tilted(stack_at)
    source, _ = _imaged(headers, axes)
    hu, padding, grid = straighten(source, None, stack=fit_stack(headers))
    assert hu.shape == (SLICES, ROWS + 18, COLUMNS)
    assert (hu[padding] == -1024).all()
    assert (hu[~padding] >= 20).all()
    assert ((~padding).sum(axis=(1, 2)) == ROWS * COLUMNS).all()
    for header in (headers[0], headers[-1]):
        assert grid.contains(header.position_lps_mm)


def test_H_03_whole_steps_move_values_without_changing_one(stack_at) -> None:
    """A shift of exactly one row a slice: 0.6 mm every 1.5 mm."""
    headers, _ = _tilted(stack_at, shear_ij=(0.0, 0.4))
    source = np.random.default_rng(5).integers(-1000, 3000, (SLICES, ROWS, COLUMNS)).astype(np.int16)
    hu, padding, _ = straighten(source, None, stack=fit_stack(headers))
    for k in range(SLICES):
        assert np.array_equal(hu[k, k : k + ROWS], source[k])
        assert padding[k].sum() == (SLICES - 1) * COLUMNS


def test_H_03_shift_along_rows_and_columns(stack_at) -> None:
    """0.35 mm a slice along rows is half a column: the mean of two neighbours. Half of 0.6 mm the other way down."""
    headers, _ = _tilted(stack_at, shear_ij=(0.35 / 1.5, -0.3 / 1.5))
    source = np.random.default_rng(6).integers(-1000, 3000, (SLICES, ROWS, COLUMNS)).astype(np.float32)
    hu, padding, grid = straighten(source, None, stack=fit_stack(headers))
    assert hu.dtype == np.float32
    assert hu.shape == (SLICES, ROWS + 12, COLUMNS + 12)
    mean = (source[1, :-1, :-1] + source[1, 1:, :-1] + source[1, :-1, 1:] + source[1, 1:, 1:]) / 4
    # The last slice lies highest; the second is 11.5 rows down and half a column to the right of the first.
    assert np.array_equal(hu[1, 12 : 12 + ROWS - 1, 1:COLUMNS], mean)
    # Half a pixel before the first pixels' middles is still within them.
    assert np.array_equal(hu[1, 11, 1:COLUMNS], (source[1, 0, :-1] + source[1, 0, 1:]) / 2)
    assert hu[1, 11, 0] == source[1, 0, 0]
    assert not padding[1, 11 : 11 + ROWS, :COLUMNS].any()
    assert padding[1].sum() == hu[1].size - ROWS * COLUMNS
    assert np.allclose(grid.spacing_ijk_mm, (0.7, 0.6, 1.5))


def test_H_03_padding_grows_over_every_value_it_would_touch(stack_at) -> None:
    headers, _ = _tilted(stack_at)
    source = np.full((SLICES, ROWS, COLUMNS), 40, np.int16)
    padded = np.zeros(source.shape, bool)
    padded[:, :10] = True
    source[padded] = -1024
    hu, padding, _ = straighten(source, padded, stack=fit_stack(headers))
    assert set(np.unique(hu[~padding]).tolist()) == {40}
    assert (hu[padding] == -1024).all()


def test_straightening_leaves_its_input_alone(stack_at) -> None:
    headers, axes = _tilted(stack_at)
    source, _ = _imaged(headers, axes)
    before = source.copy()
    source.flags.writeable = False
    straighten(source, None, stack=fit_stack(headers))
    assert np.array_equal(source, before)


def test_H_04_file_order_does_not_change_a_bit(stack_at) -> None:
    headers, axes = _tilted(stack_at, orientation="leaning", shear_ij=(0.01, 0.2))
    source, _ = _imaged(headers, axes)
    one, _, grid = straighten(source, None, stack=fit_stack(headers))
    other, _, same = straighten(source, None, stack=fit_stack(headers[::-1]))
    assert np.array_equal(one, other)
    assert grid == same


def test_H_40_a_field_too_large_is_refused(stack_at, monkeypatch) -> None:
    headers, axes = _tilted(stack_at)
    source, _ = _imaged(headers, axes)
    monkeypatch.setattr(limits, "MOST_VOXELS", source.size)
    with pytest.raises(InputRefused, match="gantry tilt") as refusal:
        straighten(source, None, stack=fit_stack(headers))
    assert refusal.value.code == "volume-too-large"


@pytest.mark.parametrize("spoil", ["wrong way", "half a row", "next slice", "grid shifted", "grid apart", "cropped"])
def test_H_08_a_wrong_correction_is_seen(spoil, stack_at) -> None:
    headers, axes = _tilted(stack_at)
    source, _ = _imaged(headers, axes)
    stack = fit_stack(headers)
    hu, padding, grid = straighten(source, None, stack=stack)
    matrix = grid.matrix
    if spoil == "wrong way":
        hu, padding = hu[:, ::-1], padding[:, ::-1]
    elif spoil == "half a row":
        matrix[:3, 3] += matrix[:3, 1] / 2
    elif spoil == "next slice":
        hu, padding = np.roll(hu, 1, axis=0), np.roll(padding, 1, axis=0)
    elif spoil == "grid shifted":
        matrix[:3, 3] += matrix[:3, 2] * 0.05
    elif spoil == "grid apart":
        matrix[:3, 2] *= 1.01
    else:
        hu, padding = hu[:, 2:], padding[:, 2:]
        matrix[:3, 3] += 2 * matrix[:3, 1]
    wrong = Grid.from_matrix(hu.shape, matrix)
    with pytest.raises(GeometryRefused) as refusal:
        check_straightened(hu, padding, grid=wrong, source=source, ordered=stack.ordered)
    assert refusal.value.code == "corner-check"


def test_a_stopped_correction_ends_at_once(stack_at) -> None:
    headers, axes = _tilted(stack_at)
    source, _ = _imaged(headers, axes)

    def stop(done, total, phase):
        assert (total, phase) == (SLICES, "Correcting tilt")
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        straighten(source, None, stack=fit_stack(headers), progress=stop)
