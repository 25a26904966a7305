"""How does a series become a volume? Gate, pixels, grid, corner check: in that order, and each can refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef
from planner.imaging import gate, limits
from planner.imaging.cornercheck import check_corners
from planner.imaging.decode import decode
from planner.imaging.gate_headers import has_frame_per_slice
from planner.imaging.headers import read_header
from planner.imaging.stack import fit_stack
from planner.imaging.transfer import packing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.identity import PatientIdentity
    from planner.domain.progress import Progress
    from planner.domain.review import Finding
    from planner.domain.series import SliceFile
    from planner.imaging.headers import SliceHeader
    from planner.imaging.stack import Stack

_LOCATION_TOLERANCE_MM = 0.1


def load_series(slices: Sequence[SliceFile], *, progress: Progress) -> tuple[Volume, PatientIdentity]:
    """Load one series as a volume in Hounsfield units, with the identity kept apart.

    Parameters
    ----------
    slices
        All slices of one volume, in any order; the order never changes the result (H-04).

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
    headers = []
    for done, part in enumerate(slices):
        progress(done, len(slices), "Reading headers")
        headers.append(read_header(Path(part.path)))
    findings = gate.require(headers)
    stack = fit_stack(headers)
    hu, padding = decode(stack.ordered, progress=progress)
    first = stack.ordered[0]
    grid = Grid.from_matrix((len(stack.ordered), first.rows, first.columns), stack.matrix)
    progress(0, 1, "Checking corners")
    check_corners(grid, stack.ordered)
    hu.flags.writeable = False
    ref = _reference(stack, grid=grid, hu=hu, findings=findings)
    return Volume(ref=ref, hu=hu, padding=padding), first.patient


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
    )


def series_label(header: SliceHeader) -> str:
    """Return number and description, such as ``"3 · Thorax 1.0 mm"``."""
    parts = [part for part in (header.series_number, header.series_description) if part]
    return " · ".join(parts) or "Series without a name"


def slice_location_fit(ordered: Sequence[SliceHeader]) -> tuple[float | None, float | None]:
    """Return slope and offset (mm) of SliceLocation against patient H/F mm; (None, None) unless it is a straight line.

    The scanner's table coordinate has its own zero, and runs the other way in some feet-first series.
    """
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
