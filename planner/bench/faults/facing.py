"""Injectors for the direction slices face: every right encoding, and every wrong orientation (H-06, H-10)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from planner.bench.faults.case import Injected, Injector
from planner.bench.faults.encoding import (
    PATIENT_POSITIONS,
    Encoding,
    Vector,
    all_faces,
    along_axes,
    axial,
    rotation_about,
    turned,
)
from planner.bench.faults.positions import one_truth
from planner.bench.faults.series import clean, named_files

BAD_ORIENTATION = frozenset({"orientation-invalid", "missing-orientation", "header-unreadable", "grid-misfit"})
TURNED = frozenset(
    {
        "mixed-orientations",
        "orientation-invalid",
        "grid-misfit",
        "too-few-slices",
        "missing-slices",
        "uneven-spacing",
        "duplicate-positions",
        "sideways-shift",
        "gantry-tilt",
    }
)
_FACES = tuple(all_faces())


def face_encoding(face: int, *, reverse: bool, position: str = "HFS") -> Encoding:
    """Return one of the 24 faces of the reference lattice, slices up or down."""
    row, column = _FACES[face]
    return along_axes(row, column, patient_position=position, reverse=reverse)


def _face(face: int, reverse: bool, position: str) -> Injected:  # noqa: FBT001 - a parameter of the case
    encoding = face_encoding(face, reverse=reverse, position=position)
    return one_truth(encoding, named_files(clean(encoding), order=face))


def _oblique(axes: tuple[tuple[int, float], ...]) -> Injected:
    rotation = np.eye(3)
    for axis, angle in axes:
        rotation = rotation @ rotation_about(axis, angle)
    encoding = turned(axial(slices=14), rotation)
    return one_truth(encoding, named_files(clean(encoding)))


def _bad_orientation(change: str, value: Any, which: str) -> Injected:  # noqa: ANN401 - any value, also absurd ones
    """Write directions that are no two perpendicular unit vectors, in one slice or in all."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    for one in slices if which == "all" else slices[6:7]:
        row, column = np.array(encoding.row), np.array(encoding.column)
        if change == "length":
            orientation: Any = [*(row * value), *(column * value)]
        elif change == "column length":
            orientation = [*row, *(column * value)]
        elif change == "skew":
            orientation = [*row, *(column + value * row)]
        elif change == "skewed unit":
            orientation = [*row, *((column + value * row) / np.hypot(1, value))]
        else:
            orientation = value
        one["ImageOrientationPatient"] = (
            orientation if isinstance(orientation, str) else [float(number) for number in orientation]
        )
    return one_truth(encoding, named_files(slices), refusals=BAD_ORIENTATION | TURNED, acceptable=False)


def _odd_slice(axis: int, angle_deg: float, at: int) -> Injected:
    """Turn one slice's directions, its pixels as they were: refused once its far corner is off."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    rotation = rotation_about(axis, angle_deg)
    directions = [*(rotation @ encoding.row), *(rotation @ encoding.column)]
    slices[at]["ImageOrientationPatient"] = [round(float(value), 9) for value in directions]
    reach = np.hypot(
        encoding.counts_ijk[0] * encoding.spacing_ij_mm[0], encoding.counts_ijk[1] * encoding.spacing_ij_mm[1]
    )
    off_mm = float(np.radians(abs(angle_deg)) * reach)
    # One slice at an end leaves a regular volume behind; in the middle it leaves a gap.
    return one_truth(
        encoding, named_files(slices), refusals=TURNED if off_mm > 0.02 else frozenset(), landmark_mm=0.05, hu=2.0
    )


def _odd_spacing(spacing: Any, at: int, which: str) -> Injected:  # noqa: ANN401 - any value, also absurd ones
    """Write other pixel sizes into one slice, or into one half."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    for one in slices[at : at + 1] if which == "one" else slices[:7]:
        one["PixelSpacing"] = list(spacing)
    codes = {"mixed-pixel-spacing", "too-few-slices", "missing-slices", "grid-misfit"}
    # A half by itself is a regular volume of its own pixel size; the anatomy tells whether that size was true.
    return one_truth(encoding, named_files(slices), refusals=frozenset(codes))


def _thickness(step_mm: float) -> Injected:
    """Space slices from fine to coarse: asked above 3 mm, refused above 5 mm."""
    encoding = axial(slices=8, step_mm=step_mm)
    files = named_files(clean(encoding))
    if step_mm > 5:
        return one_truth(encoding, files, refusals=frozenset({"spacing-too-thick"}), acceptable=False)
    return one_truth(encoding, files, asks=frozenset({"spacing-thick"} if step_mm > 3 else ()))


def _coarse_pixels(pixel_mm: float) -> Injected:
    encoding = axial(slices=8)
    factor = pixel_mm / max(encoding.spacing_ij_mm)
    spacing = (encoding.spacing_ij_mm[0] * factor, encoding.spacing_ij_mm[1] * factor)
    coarse = Encoding(
        encoding.row, encoding.column, encoding.step_mm, encoding.first_lps_mm, encoding.counts_ijk, spacing
    )
    files = named_files(clean(coarse))
    if pixel_mm > 5:
        return one_truth(coarse, files, refusals=frozenset({"spacing-too-thick"}), acceptable=False)
    return one_truth(coarse, files, asks=frozenset({"spacing-thick"} if pixel_mm > 3 else ()))


_LEFT: Vector = (1.0, 0.0, 0.0)
_TURNS = tuple(
    ((2, a), (0, b)) for a, b in itertools.product((-40.0, -3.0, 10.0, 33.0, 61.0), (-35.0, 5.0, 20.0, 44.0))
) + tuple(((0, a), (1, b), (2, 7.0)) for a, b in itertools.product((-80.0, 15.0, 52.0), (-25.0, 12.0, 70.0)))
_BAD_TEXTS = (
    "",
    "1\\0\\0\\0\\1",
    "1\\0\\0\\0\\1\\0\\0",
    "NaN\\0\\0\\0\\1\\0",
    "a\\b\\c\\d\\e\\f",
    "1\\0\\0\\1\\0\\0",
    "0\\0\\0\\0\\0\\0",
    "1e300\\0\\0\\0\\1\\0",
    "inf\\0\\0\\0\\1\\0",
    "1\\0\\0\\0\\0\\0",
)

INJECTORS = (
    Injector(
        "faces",
        "H-06",
        [
            # Every face up and down: 48 encodings; each patient position six times.
            {"face": face, "reverse": reverse, "position": PATIENT_POSITIONS[(face + 3 * reverse) % 8]}
            for face, reverse in itertools.product(range(24), (False, True))
        ],
        _face,
    ),
    Injector(
        "patient-positions",
        "H-06",
        [
            {"face": face, "reverse": False, "position": position}
            for face, position in itertools.product((0, 5), PATIENT_POSITIONS)
        ],
        _face,
    ),
    Injector("oblique", "H-06", [{"axes": axes} for axes in _TURNS], _oblique),
    Injector(
        "bad-orientation",
        "H-06",
        [
            {"change": change, "value": value, "which": which}
            for (change, value), which in itertools.product(
                [("length", v) for v in (0.9, 0.99, 1.01, 1.1, 2.0, -1.002)]
                + [("column length", v) for v in (0.5, 0.995, 1.005, 3.0)]
                + [("skew", v) for v in (0.01, -0.01, 0.1, 0.5)]
                + [("skewed unit", v) for v in (0.005, -0.02, 0.2, 1.0)]
                + [("text", v) for v in _BAD_TEXTS],
                ("one", "all"),
            )
        ],
        _bad_orientation,
    ),
    Injector(
        "odd-slice",
        "H-06",
        [
            {"axis": axis, "angle_deg": angle, "at": at}
            for axis, angle, at in itertools.product((0, 1, 2), (0.01, 0.1, 0.5, 2.0, 20.0, 90.0, 180.0), (0, 6))
        ],
        _odd_slice,
    ),
    Injector(
        "odd-pixel-spacing",
        "H-06",
        [
            {"spacing": spacing, "at": at, "which": which}
            for spacing, (at, which) in itertools.product(
                ((0.7, 1.1), (1.1, 0.71), (1.1, 1.1), (2.2, 1.4), (1.1001, 0.7)),
                ((0, "one"), (6, "one"), (13, "one"), (0, "half")),
            )
        ],
        _odd_spacing,
    ),
    Injector(
        "slice-distance",
        "H-10",
        [{"step_mm": step} for step in (0.5, 0.625, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 2.9, 3.0, 3.1, 3.5, 4.0, 4.5)]
        + [{"step_mm": step} for step in (4.9, 5.0, 5.1, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0)],
        _thickness,
    ),
    Injector(
        "pixel-distance", "H-10", [{"pixel_mm": mm} for mm in (0.3, 1.0, 2.0, 3.0, 3.2, 5.0, 5.2, 8.0)], _coarse_pixels
    ),
)
