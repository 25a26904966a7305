"""Is a stored image hung as radiologists hang it, whichever way its rows and columns run?"""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from planner.rendering.plane import EdgeLetters, Orientation
from planner.ui.start.picture import hang, picture_of

_UNITS = [tuple(sign * v for v in np.eye(3)[axis]) for axis in range(3) for sign in (1, -1)]
_FACES = [(r, c) for r, c in permutations(_UNITS, 2) if np.dot(r, c) == 0]
# Right edge and lower edge as the convention sheet says: seen from the feet, the front, the patient's left.
_HUNG = {
    Orientation.AXIAL: ((1, 0, 0), (0, 1, 0), EdgeLetters("R", "L", "A", "P")),
    Orientation.CORONAL: ((1, 0, 0), (0, 0, -1), EdgeLetters("R", "L", "H", "F")),
    Orientation.SAGITTAL: ((0, 1, 0), (0, 0, -1), EdgeLetters("A", "P", "H", "F")),
}


@pytest.mark.parametrize(("row", "column"), _FACES)
def test_H_16_every_facing_is_hung_the_same_way_with_right_letters(row, column):
    hung = hang((row, column))
    right, down, letters = _HUNG[hung.plane]
    assert hung.letters == letters
    # Each pixel's grey is its place along one patient direction: it must grow that way on the screen.
    j, i = np.mgrid[:5, :7]
    places = i[..., None] * np.array(row) + j[..., None] * np.array(column)
    for direction, axis in ((right, 1), (down, 0)):
        along = (places @ np.array(direction, dtype=float)).round().astype(np.int16) + 20
        steps = np.diff(hung.turn(along.astype(np.uint8)).astype(int), axis=axis)
        assert (steps == 1).all()


@pytest.mark.parametrize("tilt_deg", [-30, -12, 12, 30])
def test_a_tilted_slice_keeps_its_plane_and_says_its_lean(tilt_deg):
    angle = np.radians(tilt_deg)
    hung = hang(((1, 0, 0), (0, np.cos(angle), np.sin(angle))))
    assert hung.plane is Orientation.AXIAL
    assert hung.letters.right == "L"
    assert hung.letters.bottom == ("PH" if tilt_deg > 0 else "PF")


def test_a_plane_between_two_standard_ones_is_called_oblique():
    hung = hang(((1, 0, 0), (0, np.sqrt(0.5), np.sqrt(0.5))))
    assert hung.plane is Orientation.OBLIQUE


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("row", "column"), list(product(_UNITS[:2], _UNITS[2:4])))
def test_pixel_size_follows_the_turn(row, column):
    image = np.zeros((4, 6), np.int16)
    upright = picture_of(image, window_hu=(400, 40), spacing_ji_mm=(0.5, 0.9), axes=(row, column))
    turned = picture_of(image, window_hu=(400, 40), spacing_ji_mm=(0.5, 0.9), axes=(column, row))
    assert (upright.spacing_xy_mm, upright.image.width()) == ((0.9, 0.5), 6)
    assert (turned.spacing_xy_mm, turned.image.width()) == ((0.5, 0.9), 4)


@pytest.mark.usefixtures("app")
def test_a_large_radiograph_is_thinned_and_keeps_its_scale():
    picture = picture_of(np.zeros((3000, 2000), np.int16), window_hu=None, spacing_ji_mm=(0.1, 0.1), axes=None)
    assert picture.image.height() == 1000
    assert picture.spacing_xy_mm == pytest.approx((0.3, 0.3))
    assert picture.letters is None


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("size_mm", [0.0, -1.0, float("nan"), float("inf"), 1e-300])
def test_H_07_an_absurd_pixel_size_is_no_pixel_size(size_mm):
    picture = picture_of(np.zeros((4, 4)), window_hu=None, spacing_ji_mm=(0.5, size_mm), axes=None)
    assert picture.spacing_xy_mm is None
