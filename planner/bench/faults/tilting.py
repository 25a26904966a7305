"""Injectors for slices that do not lie straight above one another: gantry tilt, shear, kinks (H-03).

The anatomy follows the stack, so that its landmarks stay in the field. Truth is the formula in patient space at the
places that the positions in the files name; nothing here knows how a tilt is corrected.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from planner.bench.faults.case import Injected, Injector
from planner.bench.faults.encoding import Encoding, axial
from planner.bench.faults.positions import one_truth
from planner.bench.faults.series import clean, named_files

TILTED = frozenset({"gantry-tilt", "sideways-shift", "tilt-too-large"})
CORRECTED_MM, ALLOWED_MM, _SURE_MM = 0.3, 0.1, 0.005
# Linear interpolation and padding beside the sheared field; the anatomy keeps to the field.
_PADDED_SHARE = 0.97
_SIZE_IJ = (36, 33)


def _tilted(angle_deg: float, stack_mm: int, way: str) -> Injected:
    """Tilt a stack of a length: ``way`` is a sheared stack of axial slices, or inclined slices along a straight table.

    ``"sheared"`` and ``"sideways"`` shift slices toward posterior or left; ``"inclined"`` turns them about the left
    axis, as a tilted gantry does.
    """
    encoding = _stack(angle_deg, stack_mm=stack_mm, way=way)
    drift_mm = abs(np.tan(np.radians(angle_deg))) * (encoding.counts_ijk[2] - 1) * _along_mm(encoding)
    files = named_files(clean(encoding))
    asks = frozenset({"gantry-tilt"}) if drift_mm > ALLOWED_MM + _SURE_MM else frozenset[str]()
    refusals = TILTED if drift_mm > ALLOWED_MM - _SURE_MM else frozenset[str]()
    thick = frozenset({"spacing-thick"}) if refusals else frozenset[str]()
    return one_truth(
        encoding,
        files,
        refusals=refusals | thick,
        asks=asks,
        landmark_mm=CORRECTED_MM if asks else ALLOWED_MM,
        hu=float("inf"),
        padded=_PADDED_SHARE if refusals else 0.0,
    )


def _stack(angle_deg: float, *, stack_mm: int, way: str) -> Encoding:
    step_mm = {60: 2.0, 120: 3.0}.get(stack_mm, 3.0)
    base = axial(slices=round(stack_mm / step_mm), step_mm=step_mm, size_ij=_SIZE_IJ)
    slope = float(np.tan(np.radians(angle_deg)))
    if way == "sheared":
        shear, step, column = (0.0, slope), (0.0, step_mm * slope, step_mm), base.column
    elif way == "sideways":
        shear, step, column = (slope, 0.0), (step_mm * slope, 0.0, step_mm), base.column
    else:
        cosine, sine = float(np.cos(np.radians(angle_deg))), float(np.sin(np.radians(angle_deg)))
        shear, step, column = (0.0, 0.0), base.step_mm, (0.0, cosine, sine)
    anatomy = replace(base.anatomy, shear=shear)
    if way == "inclined":
        # Inclined slices reach beyond the first and the last height; the anatomy stays in the middle of the field.
        middle = (_SIZE_IJ[1] - 1) / 2 * base.spacing_ij_mm[1]
        first = np.add(base.anatomy.first_lps_mm, (0, middle - middle * column[1], -middle * column[2]))
        return replace(base, column=column, first_lps_mm=tuple(first.tolist()), anatomy=anatomy)
    return replace(base, step_mm=step, column=column, anatomy=anatomy)


def _along_mm(encoding: Encoding) -> float:
    """Return how far neighbouring slices are apart along their normal."""
    normal = np.cross(encoding.row, encoding.column)
    return abs(float(normal @ np.asarray(encoding.step_mm)))


def _kinked(kind: str, off_mm: float, at: int) -> Injected:
    """Shift slices sideways otherwise than evenly: one alone, from one on, a bend, or every other."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    for one in slices:
        k = one["_k"]
        shift = {
            "one": off_mm * (k == at),
            "step": off_mm * (k >= at),
            "bend": off_mm * max(0, k - at),
            "alternating": off_mm * (k % 2),
        }[kind]
        position = np.add(encoding.position_lps_mm(k), (shift, 0, 0))
        one["ImagePositionPatient"] = [float(v) for v in position]
        one["PixelData"] = encoding.image(position).astype("<i2").tobytes()
    return one_truth(
        encoding,
        named_files(slices),
        refusals=TILTED | {"grid-misfit", "corner-check"},
        landmark_mm=ALLOWED_MM,
        hu=float("inf"),
    )


def _tags_only(angle: str) -> Injected:
    """State a tilt that the positions do not have."""
    encoding = axial(slices=14)
    slices = [one | {"GantryDetectorTilt": angle} for one in clean(encoding)]
    return one_truth(encoding, named_files(slices))


_ANGLES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)

INJECTORS = (
    Injector(
        "tilt",
        "H-03",
        [
            {"angle_deg": sign * angle, "stack_mm": stack_mm, "way": way}
            for angle, sign, (stack_mm, way) in itertools.product(
                _ANGLES,
                (1, -1),
                ((60, "sheared"), (60, "sideways"), (60, "inclined"), (120, "sheared"), (120, "inclined")),
            )
        ],
        _tilted,
    ),
    Injector(
        "tilt-long",
        "H-03",
        [
            {"angle_deg": sign * angle, "stack_mm": stack_mm, "way": "sheared"}
            for angle, sign, stack_mm in itertools.product((0.005, 0.02, 0.05, 0.5, 5.0, 20.0), (1, -1), (240, 600))
        ],
        _tilted,
    ),
    Injector(
        "kink",
        "H-03",
        [
            {"kind": kind, "off_mm": off_mm, "at": at}
            for kind, off_mm, at in itertools.product(
                ("one", "step", "bend", "alternating"), (0.15, 0.5, 2.0, 10.0), (1, 7, 12)
            )
        ],
        _kinked,
    ),
    Injector("tilt-tag", "H-03", [{"angle": angle} for angle in ("0", "-12.5", "20", "90", "NaN", "")], _tags_only),
)
