"""Is what is being drawn seen as it is, in its own colour, without reading all of it?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.bit_packing import Box
from planner.domain.geometry import Grid
from planner.domain.structure import StructureKind
from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import ContourCache, StructureLayer
from planner.rendering.palette import EDITED_FILL_OPACITY, STRUCTURE_FILL_OPACITY
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.primitives import Path

GRID = Grid.from_axes((30, 40, 50), origin_lps_mm=(-24.5, -19.5, -14.5), spacing_ijk_mm=(1, 1, 1))


def ball(radius_mm: float = 8.0) -> np.ndarray:
    k, j, i = np.indices(GRID.shape_kji)
    return np.linalg.norm(GRID.to_lps(np.stack([i, j, k], axis=-1)), axis=-1) <= radius_mm


def axial() -> SlicePlane:
    return SlicePlane.fit(Orientation.AXIAL, GRID, size_px=(300, 240), centre_lps_mm=(0.0, 0.0, 0.5))


def oblique() -> SlicePlane:
    right, down = (0.8, 0.0, 0.6), (0.0, 1.0, 0.0)
    return SlicePlane.oblique((0.0, 0.0, 0.0), right=right, down=down, mm_per_px=0.2, size_px=(300, 240))


def paths(layer: StructureLayer, plane: SlicePlane, cache: ContourCache | None = None) -> list[Path]:
    return [m for m in structure_marks([layer], grid=GRID, plane=plane, cache=cache) if isinstance(m, Path)]


def test_its_own_colour_takes_the_place_of_its_kinds_and_the_pattern_stays():
    usual, own = (paths(StructureLayer("A", StructureKind.LUNG, ball(), colour=c), axial())[0] for c in ("", "#aabb33"))
    assert own.pen.colour == own.fill == "#aabb33"
    assert usual.pen.colour != "#aabb33"
    assert own.pen.dash_px == usual.pen.dash_px


@pytest.mark.parametrize(("is_edited", "opacity"), [(True, EDITED_FILL_OPACITY), (False, STRUCTURE_FILL_OPACITY)])
def test_what_is_edited_is_filled_more_strongly(is_edited, opacity):
    layer = StructureLayer("A", StructureKind.LIVER, ball(), is_edited=is_edited)
    assert paths(layer, axial())[0].fill_opacity == opacity


@pytest.mark.parametrize("kind", [StructureKind.SKIN, StructureKind.FAT, StructureKind.MUSCLE])
def test_what_everything_lies_in_is_not_filled(kind):
    assert paths(StructureLayer("A", kind, ball()), axial())[0].fill is None


@pytest.mark.parametrize("plane", [axial(), oblique()])
def test_a_mask_that_changes_under_the_hand_is_outlined_as_it_is_now(plane):
    mask, cache = ball(), ContourCache()
    layer = StructureLayer("A", StructureKind.LIVER, mask, box=Box(0, 0, 0, *GRID.shape_kji), is_edited=True)

    def width() -> float:
        return max(float(np.ptp(line[:, 1])) for line in paths(layer, plane, cache)[0].lines) * plane.mm_per_px

    assert width() == pytest.approx(16.0, abs=1.1)
    mask[:] = ball(5.0)
    assert width() == pytest.approx(10.0, abs=1.1)


def test_the_box_given_is_the_part_that_is_cut():
    """On an oblique plane only the box is read: what lies outside of it, by mistake, is not seen."""
    mask = ball()
    mask[:, :8] = True
    held = np.argwhere(ball())
    box = Box(*(int(n) for n in (*held.min(axis=0), *np.ptp(held, axis=0) + 1)))
    layer = StructureLayer("A", StructureKind.LIVER, mask, box=box)
    whole = StructureLayer("A", StructureKind.LIVER, ball())
    given, wanted = (paths(one, oblique())[0].lines for one in (layer, whole))
    assert len(given) == len(wanted) == 1
    assert given[0] == pytest.approx(wanted[0], abs=1e-6)


def test_an_empty_mask_under_the_hand_has_no_outline():
    layer = StructureLayer("A", StructureKind.LIVER, np.zeros(GRID.shape_kji, bool), box=Box(0, 0, 0, 0, 0, 0))
    assert not paths(layer, oblique())
    assert not paths(layer, axial())
