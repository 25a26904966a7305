"""How do nerves and probes get into 3D Slicer? As markups, one file each, in its published JSON form.

Schema: ``markups-schema-v1.0.3`` of Slicer (Modules/Loadable/Markups/Resources/Schema in its repository). Positions are
LPS millimetres, said in the file, so nothing is turned on the way. A nerve is its smooth course, point by point, so
that another program's curve through them is the same; its treated part is a curve of its own. A probe is a line from
the skin entry to the tip, in that order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.domain.target import NerveCurve, TargetBody
from planner.planning.nerve import smooth_curve, treatment_segment_mm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.target import Target
    from planner.spatial.curve import SampledCurve

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
STEP_MM = 1.0
"""Most between neighbouring points of a nerve's curve."""

_Labelled = tuple[PointLps, str]


def markups(plan: Plan) -> dict[str, bytes]:
    """Return a file for each nerve, its treated part, each body and each probe, by a name in plain letters."""
    files: dict[str, bytes] = {}
    for number, target in enumerate(plan.targets, start=1):
        files |= {f"target_{number}{part}.mrk.json": _file(markup) for part, markup in _of_target(target)}
    for number, probe in enumerate(plan.probes, start=1):
        files[f"probe_{number}.mrk.json"] = _file(_of_probe(probe))
    return files


def _of_target(target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    course = target.course
    if isinstance(course, TargetBody):
        size = f"{course.length_mm:g} × {course.width_mm:g} mm about this point"
        yield "", _markup("Fiducial", target.words, [(course.centre_lps_mm, target.words)], note=size)
    elif len(course.points_lps_mm) >= 2:
        whole, treated = _pieces(course)
        yield "", _markup("Curve", target.words, [(place, "") for place in whole])
        yield "_treated", _markup("Curve", f"{target.words}, treated part", [(place, "") for place in treated])


def _pieces(course: NerveCurve) -> tuple[list[PointLps], list[PointLps]]:
    """Return points along the whole smooth course, and along its part to be treated, ends included."""
    curve = smooth_curve(course)
    return _along(curve, 0.0, curve.length_mm), _along(curve, *treatment_segment_mm(course))


def _along(curve: SampledCurve, start_mm: float, end_mm: float) -> list[PointLps]:
    count = max(2, int(np.ceil((end_mm - start_mm) / STEP_MM)) + 1)
    at_mm = np.linspace(start_mm, end_mm, count)
    across = [np.interp(at_mm, curve.arc_mm, curve.points_lps_mm[:, axis]) for axis in range(3)]
    return [point(place) for place in np.stack(across, axis=-1)]


def _of_probe(probe: ProbePlacement) -> dict[str, Any]:
    ends = [(probe.entry_lps_mm, f"{probe.label} entry"), (probe.tip_lps_mm, f"{probe.label} tip")]
    return _markup("Line", probe.label, ends)


def _markup(kind: str, name: str, points: Sequence[_Labelled], *, note: str = "") -> dict[str, Any]:
    """Return one markup: locked, since who moves it in another program does not move it in the plan."""
    return {
        "type": kind,
        "name": name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": True,
        "fixedNumberOfControlPoints": True,
        "labelFormat": "%N-%d",
        "controlPoints": [
            {
                "id": str(number),
                "label": label,
                "description": note,
                "position": list(place),
                "selected": True,
                "locked": True,
                "visibility": True,
                "positionStatus": "defined",
            }
            for number, (place, label) in enumerate(points, start=1)
        ],
        "display": {"visibility": True, "pointLabelsVisibility": kind != "Curve"},
    }


def _file(markup: dict[str, Any]) -> bytes:
    content = {"@schema": SCHEMA, "markups": [markup]}
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
