"""Do template courses lie where the hand puts them, on both sides, and does a turned patient change nothing?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from planner.domain.atlas import TargetForm
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.target import NerveCurve
from planner.persistence.resources import atlas
from planner.phantoms import chest_frame, neck_frame
from planner.phantoms.neck import GANGLION
from planner.planning.landmarks import landmark_course
from planner.planning.nerve import smooth_curve

ENTRIES = {entry.id: entry for entry in atlas()}
MIRROR = np.array([-1.0, 1.0, 1.0])


def some_landmarks(entry, seed=0):
    """Landmarks in general position, 20 to 60 mm apart."""
    corners = np.array([[0.0, 0, 0], [40, 5, -8], [18, 30, 12], [-10, 14, 33]])
    shake = np.random.default_rng(seed).uniform(-4, 4, (4, 3))
    return [tuple(p) for p in (corners + shake)[: len(entry.landmarks)]]


def test_intercostal_nerve_by_hand_lies_below_and_inside_the_rib_on_both_sides():
    """A left rib along the patient's x at the back; inside is toward the front (−y), the feet are −z."""
    edge, rib_below = [(0.0, 0, 0), (20, 0, 0), (40, 0, 0)], (20.0, 0, -15)
    left = landmark_course(ENTRIES["intercostal"], [*edge, rib_below], Side.LEFT)
    assert np.allclose(left, [(0, -2, -3), (20, -2, -3), (40, -2, -3)])
    mirrored = [tuple(MIRROR * p) for p in (*edge, rib_below)]
    right = landmark_course(ENTRIES["intercostal"], mirrored, Side.RIGHT)
    assert np.allclose(right, MIRROR * np.array(left))


def test_lateral_femoral_cutaneous_nerve_by_hand_leaves_15_6_mm_along_the_ligament():
    spine, tubercle, below = (100.0, -60, 0), (40.0, -60, -80), (95.0, -50, -50)
    first, second = landmark_course(ENTRIES["lfcn"], [spine, tubercle, below], Side.LEFT)
    assert np.allclose(first, (100 - 15.6 * 0.6, -60, -15.6 * 0.8))  # 60 and 80 of 100 mm
    assert np.allclose(second, below)


def test_greater_occipital_nerve_by_hand_lies_behind_the_muscle():
    """Muscle along x to the patient's left, the head up: behind is +y on either side."""
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        marks = [(0.0, 0, 0), (sign * 50, 0, 0), (sign * 10, 0, 60)]
        low, high = landmark_course(ENTRIES["occipital"], marks, side)
        assert np.allclose(low, (sign * 20, 8, 0))
        assert np.allclose(high, (sign * 15, 10, 25))


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT, Side.MIDLINE])
def test_a_patient_turned_on_the_table_turns_the_template(entry, side):
    turn, shift = Rotation.from_rotvec([0.7, -1.1, 2.0]), np.array([11.0, -250.0, 1300.0])
    marks = some_landmarks(entry)
    turned = [tuple(p) for p in turn.apply(marks) + shift]
    expected = turn.apply(landmark_course(entry, marks, side)) + shift
    assert np.allclose(landmark_course(entry, turned, side), expected, atol=1e-9)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_the_right_side_is_the_mirror_image_of_the_left(entry):
    marks = some_landmarks(entry, seed=1)
    left = np.array(landmark_course(entry, marks, Side.LEFT))
    right = landmark_course(entry, [tuple(MIRROR * p) for p in marks], Side.RIGHT)
    assert np.allclose(right, MIRROR * left)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_template_makes_a_target_near_its_landmarks(entry):
    marks = some_landmarks(entry, seed=2)
    course = landmark_course(entry, marks, Side.LEFT)
    assert len(course) == 1 if entry.form is TargetForm.BODY else len(course) >= 2
    gaps = np.linalg.norm(np.array(course)[:, None] - np.array(marks)[None], axis=-1).min(axis=1)
    assert gaps.max() < 40
    if len(course) > 1:
        assert smooth_curve(NerveCurve(course)).length_mm > 3


def _curve(rows, *, up):
    """A line of the chest phantom by its own table, its points raised by ``up`` times the half height, every 0.5 mm."""
    table = np.array(rows)
    points = table[:, :3] + up * np.outer(table[:, 3], [0, 0, 1.0])
    return smooth_curve(NerveCurve(tuple(tuple(p) for p in points)))


@pytest.mark.parametrize("number", [5, 7, 8, 9])
@pytest.mark.parametrize("from_mm", [60.0, 110.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_intercostal_template_follows_the_nerve_of_the_chest_phantom(number, from_mm, sign):
    """The phantom's own nerve lies 4.1 mm below the rib and 1.8 mm inward of its middle."""
    mirror = np.array([sign, 1, 1])
    edge = _curve(chest_frame.rib_rows(number), up=-1)
    clicked = [edge.points_lps_mm[np.searchsorted(edge.arc_mm, from_mm + step)] for step in (0, 20, 40)]
    below = _curve(chest_frame.rib_rows(number + 1), up=1).points_lps_mm
    clicked.append(below[np.argmin(np.linalg.norm(below - clicked[1], axis=1))])
    side = Side.LEFT if sign > 0 else Side.RIGHT
    course = landmark_course(ENTRIES["intercostal"], [tuple(p * mirror) for p in clicked], side)
    drawn = smooth_curve(NerveCurve(course)).points_lps_mm * mirror
    rows = chest_frame.neurovascular_rows(number, below_mm=4.1, inward_mm=1.8, radius_mm=1.1)
    nerve = smooth_curve(NerveCurve(tuple(row[:3] for row in rows))).points_lps_mm
    gap_mm = np.linalg.norm(drawn[:, None] - nerve[None], axis=-1).min(axis=1)
    assert gap_mm.max() < 3.0
    assert (drawn[:, 2] < np.interp(drawn[:, 0], *_rising(edge.points_lps_mm))).all()


def _rising(points):
    """x and z of points along a rib while x grows: at the back and the side."""
    end = int(np.argmax(points[:, 0]))
    return points[:end, 0], points[:end, 2]


def test_stellate_template_lies_before_the_neck_of_the_first_rib_of_the_neck_phantom():
    neck = next(row for row in neck_frame.RIBS[1] if row[0] == 25)
    c7 = next(v for v in neck_frame.vertebrae() if v.z == 19.5)
    t1 = next(v for v in neck_frame.vertebrae() if v.z == 0)
    marks = np.array(
        [
            (neck[0], neck[1] - neck[4], neck[2]),
            (c7.process_reach - 2, c7.y - 1.5, c7.z - 1.5),
            (0, t1.y - t1.half_depth, t1.z),
        ]
    )
    for sign, side in ((1.0, Side.LEFT), (-1.0, Side.RIGHT)):
        mirror = np.array([sign, 1, 1])
        (centre,) = landmark_course(ENTRIES["stellate"], [tuple(p * mirror) for p in marks], side)
        assert np.linalg.norm(np.array(centre) * mirror - GANGLION) < 5  # inside the ganglion, 10 mm across
        assert 3 < marks[0][1] - centre[1] < 12


def test_missing_near_and_lined_up_landmarks_are_told_in_words():
    entry = ENTRIES["stellate"]
    marks = [(25.0, 7, 3.5), (28.0, -8, 18), (0.0, -9, 0)]
    for count in (0, 1, 2):
        with pytest.raises(PlanInvalid, match=f"{count} of 3 landmarks") as few:
            landmark_course(entry, marks[:count], Side.LEFT)
        assert few.value.code == "landmarks-few"
        assert entry.landmarks[count].name in str(few.value)
    cases = (
        ([*marks, (0.0, 0, 50)], "landmarks-many", "3 landmarks, not 4"),
        ([marks[0], (25.0, 7, 5.5), marks[2]], "landmarks-near", "2.0 mm apart"),
        ([(0.0, 0, 0), (0.0, 0, 30), (1.0, 0, 60)], "landmarks-line", "1.0 mm from the line"),
    )
    for points, code, words in cases:
        with pytest.raises(PlanInvalid, match=words) as refusal:
            landmark_course(entry, points, Side.LEFT)
        assert refusal.value.code == code
    with pytest.raises(PlanInvalid) as none:
        landmark_course(replace(entry, template=None, landmarks=()), marks, Side.LEFT)
    assert none.value.code == "landmarks-none"


def test_a_straight_pair_of_landmarks_needs_no_plane():
    first, middle, last = landmark_course(ENTRIES["splanchnic"], [(1.0, 2, 3), (1.0, 2, -27)], Side.RIGHT)
    assert np.allclose([first, middle, last], [(1, 2, 3), (1, 2, -12), (1, 2, -27)])
