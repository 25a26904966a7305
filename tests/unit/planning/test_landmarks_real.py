"""On a real chest: does the intercostal template run between two ribs, in soft tissue, where a reader drew it?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from planner.domain.geometry import Grid, Side
from planner.domain.target import NerveCurve
from planner.persistence.resources import atlas
from planner.planning.landmarks import landmark_course
from planner.planning.nerve import smooth_curve
from planner.spatial.sample import trilinear

pytestmark = pytest.mark.real_data
JOBS = Path(__file__).parents[2] / "e2e" / "jobs"
LOWEST_MM, HIGHEST_MM = -625.0, -545.0
BONE_HU = 200.0


@pytest.fixture(scope="module")
def hu_at(shared_data):
    """A function from points (N, 3) to HU, of the slices about the eighth ribs."""
    files = sorted((shared_data / "thorax_lidc0314").rglob("*.dcm"))
    heads = [(pydicom.dcmread(path, specific_tags=["ImagePositionPatient"]), path) for path in files]
    near = sorted(
        (float(head.ImagePositionPatient[2]), path)
        for head, path in heads
        if LOWEST_MM < float(head.ImagePositionPatient[2]) < HIGHEST_MM
    )
    slices = [pydicom.dcmread(path) for _, path in near]
    first = slices[0]
    hu = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices])
    spacing = (*map(float, reversed(first.PixelSpacing)), near[1][0] - near[0][0])
    origin = [float(v) for v in first.ImagePositionPatient]
    grid = Grid.from_axes(hu.shape, origin_lps_mm=origin, spacing_ijk_mm=spacing)
    field = hu.astype(np.float32)
    return lambda points: trilinear(field, grid, np.atleast_2d(points), outside=-1000.0)


def bone_above_or_below(hu_at, place, sign):
    """The first bone on the way up (+1) or down (−1) from a place between two ribs."""
    way = np.array([(place[0], place[1], place[2] + sign * step) for step in np.arange(0, 25, 0.25)])
    return tuple(float(v) for v in way[np.argmax(hu_at(way) > BONE_HU)])


@pytest.mark.parametrize("first", [0, 1])
def test_the_template_lies_where_a_reader_drew_the_right_eighth_nerve(hu_at, first):
    job = json.loads((JOBS / "intercostal_right.json").read_text())
    drawn = [tuple(p) for p in job["targets"][0]["course"]["points_lps_mm"]]
    near = drawn[first : first + 3]
    clicked = [bone_above_or_below(hu_at, place, +1) for place in near]
    clicked.append(bone_above_or_below(hu_at, near[1], -1))
    entry = next(entry for entry in atlas() if entry.id == "intercostal")
    course = smooth_curve(NerveCurve(landmark_course(entry, clicked, Side.RIGHT))).points_lps_mm
    found = hu_at(course)
    assert found.min() > -150  # no lung
    assert found.max() < BONE_HU  # no rib
    reader = smooth_curve(NerveCurve(tuple(drawn))).points_lps_mm
    assert np.linalg.norm(course[:, None] - reader[None], axis=-1).min(axis=1).max() < 3.5
