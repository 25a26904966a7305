"""How does a series become a volume? Gate, pixels, grid, corner check: in that order, and each can refuse."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.progress import ignore
from planner.domain.volume import Volume, VolumeRef
from planner.imaging import cornercheck, gate, limits, tilt
from planner.imaging.decode import TooWide
from planner.imaging.gate_headers import has_frame_per_slice
from planner.imaging.reading import SeriesReader
from planner.imaging.stack import fit_stack, unit_axes
from planner.imaging.summary import acquisition_words, series_label
from planner.imaging.transfer import packing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.identity import PatientIdentity
    from planner.domain.progress import Progress
    from planner.domain.review import Finding
    from planner.domain.series import SliceFile
    from planner.imaging.decode import Into, Planes
    from planner.imaging.headers import SliceHeader
    from planner.imaging.reading import Arriving
    from planner.imaging.stack import Stack

_LOCATION_TOLERANCE_MM = 0.1
_FACING_HEAD = math.cos(math.radians(0.1))


def load_series(
    slices: Sequence[SliceFile],
    *,
    into: Into = np.zeros,
    progress: Progress,
    partial: Callable[[Arriving], None] = ignore,
) -> tuple[Volume, PatientIdentity]:
    """Load one series as a volume in Hounsfield units, with the identity kept apart.

    Parameters
    ----------
    slices
        All slices of one volume, in any order; the order never changes the result (H-04). As listed by a scan they are
        in position order, and nothing has to be moved afterwards.
    into
        Makes the arrays; they become read-only once they are filled.
    partial
        Told a few times a second what can be shown so far, first the middle slice.

    Raises
    ------
    GeometryRefused
        When the gate or the corner check refuses; the sentence is the finding's.
    InputRefused
        When a file cannot be read or unpacked; it names the file.
    """
    if len(slices) > limits.MOST_FILES:
        raise InputRefused(
            f"{len(slices)} files in one series; at most {limits.MOST_FILES} are read.", code="too-many-files"
        )
    try:
        reader = SeriesReader(slices, is_float=False, into=into, progress=progress, partial=partial)
        return _assembled(reader, into=into, progress=progress)
    except TooWide:
        reader = SeriesReader(slices, is_float=True, into=into, progress=progress, partial=partial)
        return _assembled(reader, into=into, progress=progress)


def _assembled(reader: SeriesReader, *, into: Into, progress: Progress) -> tuple[Volume, PatientIdentity]:
    reader.read_headers()
    findings = gate.require(reader.headers)
    stack = fit_stack(reader.headers)
    reader.unpack()
    reader.reorder(stack.ordered)
    progress(0, 1, "Checking corners")
    hu, padding, grid = _placed(reader.planes, stack, into=into, progress=progress)
    hu.flags.writeable = False
    ref = _reference(stack, grid=grid, hu=hu, findings=findings)
    return Volume(ref=ref, hu=hu, padding=padding), stack.ordered[0].patient


def _placed(
    planes: Planes, stack: Stack, *, into: Into, progress: Progress
) -> tuple[NDArray[Any], NDArray[np.bool_] | None, Grid]:
    """Return pixels, mask and the grid they lie on: the stack's own, or that of the straightened stack (H-03)."""
    hu, padding, ordered = planes.hu, planes.mask, stack.ordered
    if tilt.is_tilted(stack):
        straight, outside, grid = tilt.straighten(hu, padding, stack=stack, into=into, progress=progress)
        cornercheck.check_straightened(straight, outside, grid=grid, source=hu, ordered=ordered)
        return straight, outside, grid
    grid = Grid.from_matrix((len(ordered), ordered[0].rows, ordered[0].columns), stack.matrix)
    cornercheck.check_corners(grid, ordered)
    return hu, padding, grid


def _reference(
    stack: Stack, *, grid: Grid, hu: np.ndarray[tuple[int, ...], np.dtype[np.generic]], findings: Sequence[Finding]
) -> VolumeRef:
    first = stack.ordered[0]
    slope, offset_mm = slice_location_fit(stack.ordered)
    return VolumeRef(
        pixel_hash=array_hash(hu),
        grid=grid,
        patient_position=PatientPosition(first.patient_position),
        study_instance_uid=first.study_instance_uid,
        series_instance_uid=first.series_instance_uid,
        frame_of_reference_uid="" if has_frame_per_slice(stack.ordered) else first.frame_of_reference_uid,
        modality=first.modality,
        series_label=series_label(first),
        scanner=first.scanner,
        compression=packing(first.transfer_syntax_uid).words,
        slice_location_slope=slope,
        slice_location_offset_mm=offset_mm,
        window_hu=first.window_hu,
        notes=tuple(finding.sentence for finding in findings),
        acquisition=acquisition_words(stack.ordered),
        image_numbers=_image_numbers(stack.ordered),
    )


def _image_numbers(ordered: Sequence[SliceHeader]) -> tuple[int, int] | None:
    """Return the first slice's image number and the step; None unless the slices are numbered evenly."""
    numbers = [header.instance_number for header in ordered if header.instance_number is not None]
    if len(numbers) != len(ordered) or len(numbers) < 2:
        return None
    step = numbers[1] - numbers[0]
    is_even = step != 0 and all(b - a == step for a, b in pairwise(numbers))
    return (numbers[0], step) if is_even else None


def slice_location_fit(ordered: Sequence[SliceHeader]) -> tuple[float | None, float | None]:
    """Return slope and offset (mm) of SliceLocation against patient H/F mm; (None, None) unless it is a straight line.

    The scanner's table coordinate has its own zero, and runs the other way in some feet-first series. Slices that do
    not face head or feet have none: where the table is then depends on more than the height.
    """
    if abs(unit_axes(ordered[0].orientation)[2, 2]) < _FACING_HEAD:
        return None, None
    located = [(h.position_lps_mm[2], h.slice_location_mm) for h in ordered if h.slice_location_mm is not None]
    if len(located) != len(ordered):
        return None, None
    hf, location = np.array(located, dtype=np.float64).T
    if np.ptp(hf) < 1.0:
        return None, None
    slope = 1.0 if (location[-1] - location[0]) * (hf[-1] - hf[0]) > 0 else -1.0
    residual = location - slope * hf
    if float(np.ptp(residual)) > _LOCATION_TOLERANCE_MM:
        return None, None
    return slope, float((residual.min() + residual.max()) / 2)
