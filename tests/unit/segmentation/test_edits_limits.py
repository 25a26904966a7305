"""Do edits keep to their limits? One property for all of them: outside nothing changes, inside all is as without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.geometry import point
from planner.domain.mask_edit import (
    Boolean,
    BooleanKind,
    Combine,
    Connected,
    Cut,
    EditLimit,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    Smooth,
    Threshold,
    Tube,
)
from tests.unit.segmentation.edit_case import ball, edited, grid_of, ref_of


def _every_edit(grid):
    centre = point(grid.centre_lps_mm)
    ahead = point(grid.centre_lps_mm + np.array([6.0, 3.0, 2.0]))
    across = np.eye(4)
    across[:3, 3] = -grid.centre_lps_mm
    outline = ((-4.0, -20.0), (6.0, -20.0), (6.0, 20.0), (-4.0, 20.0))
    return [
        *(Threshold((-60.0, 60.0), combine) for combine in Combine),
        Connected(centre, (-100.0, 100.0), 12.0),
        Connected(centre, (-100.0, 100.0), 12.0, Combine.REPLACE),
        Grow(4.0),
        Grow(4.0, (ref_of("b", grid),)),
        FillBetween(0),
        Tube((centre, ahead), 4.0),
        Tube((centre, ahead), 4.0, Combine.REPLACE),
        Tube((centre, ahead), 4.0, Combine.KEEP_COMMON),
        Smooth(1.5),
        Margin(3.0),
        Margin(-2.0),
        Islands(None),
        Islands(0.01),
        FillHoles(in_slices=True),
        FillHoles(in_slices=False),
        *(Boolean(kind, ref_of("b", grid), "Bone") for kind in BooleanKind),
        Cut(tuple(across.ravel()), outline),
        Cut(tuple(across.ravel()), outline, keep_inside=True),
    ]


@pytest.mark.parametrize("number", range(len(_every_edit(grid_of((4, 4, 4), (1, 1, 1))))))
@pytest.mark.parametrize("low_high", [(None, None), (-30.0, None), (None, 40.0), (-30.0, 40.0)])
def test_outside_of_the_limits_no_edit_changes_a_voxel_and_inside_all_do_as_without(
    volume_of, number, low_high
) -> None:
    grid = grid_of((18, 22, 26), (1.0, 1.0, 1.4), "flipped")
    rng = np.random.default_rng(11)
    hu = ndimage.gaussian_filter(rng.normal(0, 300, grid.shape_kji), 1.0).astype(np.int16)
    hu[tuple(n // 2 for n in grid.shape_kji)] = 0
    mask = ball(grid, 7.0) ^ (rng.random(grid.shape_kji) < 0.02)
    mask[:, :, 12] = False  # a plane to fill between
    inside, other = ref_of("a", grid), ref_of("b", grid)
    masks = {inside: ball(grid, 8.5, off_mm=(2, 0, 0)), other: ball(grid, 6.0, off_mm=(-5, 2, 0))}
    edit = _every_edit(grid)[number]
    volume = volume_of(hu, grid)
    limit = EditLimit(inside, *low_high)
    free = masks[inside].copy()
    free &= hu >= (-30 if low_high[0] is not None else -32768)
    free &= hu <= (40 if low_high[1] is not None else 32767)
    after = edited(volume, mask, edit, masks=masks, limit=limit)
    np.testing.assert_array_equal(after[~free], mask[~free])
    if not isinstance(edit, Connected):  # a region is followed within the limits only
        np.testing.assert_array_equal(after[free], edited(volume, mask, edit, masks=masks)[free])


@pytest.mark.parametrize("shape", [(1, 9, 11), (2, 7, 6), (9, 1, 8), (7, 8, 1), (1, 1, 1), (3, 4, 5)])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_on_the_smallest_grids_every_edit_does_its_work_or_says_why_not(volume_of, shape, dtype) -> None:
    grid = grid_of(shape, (0.8, 1.1, 2.3), "sagittal")
    rng = np.random.default_rng(sum(shape))
    volume = volume_of(rng.normal(0, 80, shape).astype(dtype), grid)
    done, said = 0, []
    for share in (0.0, 0.2, 0.9, 1.0):
        mask = rng.random(shape) < share
        masks = {ref_of(name, grid): rng.random(shape) < 0.5 for name in "ab"}
        for edit in _every_edit(grid):
            for limit in (EditLimit(), EditLimit(ref_of("a", grid), -50.0, 50.0)):
                try:
                    edited(volume, mask, edit, masks=masks, limit=limit)
                except (PlanInvalid, InputRefused) as refused:
                    said.append(refused.sentence)
                else:
                    done += 1
    assert done > 20
    assert all(sentence.endswith(".") for sentence in said)
