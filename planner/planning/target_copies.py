"""Where does another target go that is like one already marked? On the patient's other side, or at another level.

A copy keeps what holds for the nerve as such: its course's shape, its diameter and where that came from. What belongs
to one nerve of one patient alone is not copied: its diagnostic block, and what somebody accepted about it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side, point
from planner.domain.identity import TargetId
from planner.domain.target import NerveCurve, TargetBody

if TYPE_CHECKING:
    from planner.domain.atlas import AtlasEntry
    from planner.domain.geometry import PointLps
    from planner.domain.target import Target

OTHER_SIDE = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
# How many spinal nerves there are of each letter.
_SPINAL = {"C": 8, "T": 12, "L": 5, "S": 5}
_LEVEL = re.compile(r"^([CTLS])\s?(\d{1,2})$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\(([^()]*,[^()]*)\)")


def mirrored_target(target: Target, *, midline_x_mm: float) -> Target:
    """Return the target on the other side of the sagittal plane at patient x ``midline_x_mm`` (positive to the left).

    Raises
    ------
    PlanInvalid
        For a target in the midline.
    """
    if target.side not in OTHER_SIDE:
        raise PlanInvalid(f"{target.words} lies in the midline: it has no other side.", code="target-midline")

    def mirrored(lps_mm: PointLps) -> PointLps:
        return 2 * midline_x_mm - lps_mm[0], lps_mm[1], lps_mm[2]

    course = target.course
    if isinstance(course, TargetBody):
        axis = (-course.axis_lps[0], course.axis_lps[1], course.axis_lps[2])
        there: NerveCurve | TargetBody = replace(course, centre_lps_mm=mirrored(course.centre_lps_mm), axis_lps=axis)
    else:
        there = replace(course, points_lps_mm=tuple(mirrored(p) for p in course.points_lps_mm))
    return _copy(replace(target, side=OTHER_SIDE[target.side], course=there))


def moved_target(target: Target, level: str, *, first_lps_mm: PointLps) -> Target:
    """Return the target at another level: the same shape with its first point, or its centre, where it was clicked."""
    course = target.course
    if isinstance(course, TargetBody):
        return _copy(replace(target, level=level, course=replace(course, centre_lps_mm=first_lps_mm)))
    if not course.points_lps_mm:
        raise PlanInvalid(f"{target.words} has no course to copy. Draw it first.", code="target-points")
    shift = np.subtract(first_lps_mm, course.points_lps_mm[0])
    points = tuple(point(np.add(p, shift)) for p in course.points_lps_mm)
    return _copy(replace(target, level=level, course=replace(course, points_lps_mm=points)))


def _copy(target: Target) -> Target:
    return replace(target, id=TargetId(uuid4().hex), block=None)


def levels_beside(level: str) -> tuple[str, ...]:
    """Return the next level toward the head and the next toward the feet, as far as there are any; none for words."""
    found = _LEVEL.match(level.strip())
    if found is None:
        return ()
    letter, number = found[1].upper(), int(found[2])
    return tuple(f"{letter}{n}" for n in (number - 1, number + 1) if 1 <= n <= _SPINAL[letter])


def level_suggestions(entry: AtlasEntry) -> tuple[str, ...]:
    """Return what a level or branch of an atlas entry may be called, to choose from; anything else can be typed.

    An entry that stands for several nerves names them: ``"Genicular nerves (SM, SL, IM)"``, ``"Greater / third / lesser
    occipital nerve"``.
    """
    if "intercostal" in entry.name.lower():
        return tuple(f"T{n}" for n in range(1, _SPINAL["T"] + 1))
    bracketed = _IN_BRACKETS.search(entry.name)
    if bracketed is not None:
        return tuple(part.strip() for part in bracketed[1].split(","))
    parts = [part.strip() for part in entry.name.split("/")]
    if len(parts) > 2:
        last = parts[-1].split()
        return tuple(part[:1].lower() + part[1:] for part in (*parts[:-1], last[0]))
    return ()
