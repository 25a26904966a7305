"""What is in this folder? Every DICOM series with a verdict in words, and every other file with the reason why not."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused, PlannerError
from planner.domain.geometry import Grid
from planner.domain.series import RejectedFile, ScanReport, SeriesSummary, SliceFile
from planner.imaging import gate, gate_geometry, limits
from planner.imaging.assemble import series_label
from planner.imaging.gate_headers import is_localizer
from planner.imaging.headers import SliceHeader, read_header
from planner.imaging.stack import Stack, fit_stack
from planner.imaging.transfer import packing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planner.domain.progress import Progress
    from planner.domain.review import Finding

_DICOMDIR = "1.2.840.10008.1.3.10"
# What tells two acquisitions under one series identifier apart, in the order tried (H-02).
_SPLITS: tuple[tuple[str, Callable[[SliceHeader], str]], ...] = (
    ("acquisition", lambda header: header.acquisition_number),
    ("image type", lambda header: "\\".join(header.image_type)),
    ("kernel", lambda header: header.kernel),
    ("acquisition time", lambda header: header.acquisition_time),
)


def scan_folder(folder: Path, *, progress: Progress) -> ScanReport:
    """Read the headers of every regular file below a folder and list its series; no pixels are read.

    Symbolic links are not followed. Raises InputRefused when the folder is missing, unreadable or holds more than
    20 000 files; single bad files are listed in the report instead.
    """
    paths = _regular_files(folder)
    headers: list[SliceHeader] = []
    rejected: list[RejectedFile] = []
    for done, path in enumerate(paths):
        progress(done, len(paths), "Reading headers")
        try:
            header = read_header(path)
        except InputRefused as refusal:
            rejected.append(RejectedFile(str(path), refusal.sentence, refusal.code))
            continue
        if _DICOMDIR in (header.sop_class_uid, header.media_class_uid):
            rejected.append(
                RejectedFile(
                    str(path), "A DICOMDIR index: not followed, the files beside it are read themselves.", "dicomdir"
                )
            )
            continue
        headers.append(header)
    progress(len(paths), len(paths), "Reading headers")
    series = sorted(
        (_summary(group, part) for group, part in _groups(headers)),
        key=lambda s: (
            s.patient.label,
            s.date,
            s.study_instance_uid,
            _number_first(s.label),
            s.detail,
            s.slices[0].path,
        ),
    )
    return ScanReport(str(folder), len(paths), tuple(series), tuple(rejected))


def _regular_files(folder: Path) -> list[Path]:
    """Return regular files below the folder in a fixed order; links, devices and pipes are passed over (H-40)."""
    if not folder.is_dir():
        raise InputRefused(f"There is no folder {folder}.", code="no-folder")
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise InputRefused(
            f"The folder {error.filename} cannot be read. Check its permissions.", code="folder-unreadable"
        ) from error

    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name).absolute()
            if path.is_symlink() or not path.is_file():
                continue
            found.append(path)
            if len(found) > limits.MOST_FILES:
                raise InputRefused(
                    f"The folder {folder} holds more than {limits.MOST_FILES} files. Choose the folder of one scan.",
                    code="too-many-files",
                )
    return found


def _groups(headers: Sequence[SliceHeader]) -> Iterator[tuple[list[SliceHeader], str]]:
    """Yield the files of each series, and what sets a part apart where one identifier holds several acquisitions."""
    by_series: dict[tuple[object, ...], list[SliceHeader]] = defaultdict(list)
    for header in headers:
        # Files without a series identifier are told apart by what else they say; the gate then asks (ACK).
        anonymous: tuple[object, ...] = (
            header.patient.patient_id,
            header.study_instance_uid,
            header.frame_of_reference_uid,
            header.series_number,
            header.series_description,
            header.path.parent,
        )
        named = (header.series_instance_uid,)
        # Scouts often share the identifier of the scan they belong to.
        key = (header.modality, is_localizer(header), *(named if header.series_instance_uid else anonymous))
        by_series[key].append(header)
    for group in by_series.values():
        yield from _split(group)


def _split(group: list[SliceHeader]) -> Iterator[tuple[list[SliceHeader], str]]:
    """Split only where slices share places and one attribute separates them completely; never merge."""
    if _has_shared_places(group):
        for words, key in _SPLITS:
            parts: dict[str, list[SliceHeader]] = defaultdict(list)
            for header in group:
                parts[key(header)].append(header)
            if len(parts) > 1 and all(_may_be_a_volume(part) for part in parts.values()):
                for value, part in sorted(parts.items()):
                    yield part, f"{words} {value or 'not named'}"
                return
    yield group, ""


def _may_be_a_volume(part: Sequence[SliceHeader]) -> bool:
    """Whether a part is worth listing by itself: single images at one place are no acquisitions of a volume."""
    return len(part) >= gate_geometry.FEWEST_SLICES and not _has_shared_places(part)


def _has_shared_places(group: Sequence[SliceHeader]) -> bool:
    """Whether two slices of a group have the same position."""
    positions = np.array([h.position_lps_mm for h in group if len(h.position_lps_mm) == 3])
    if len(positions) < 2 or not np.isfinite(positions).all():
        return False
    return len(np.unique(np.round(positions / gate_geometry.SAME_PLACE_MM), axis=0)) < len(positions)


def _summary(group: list[SliceHeader], part: str) -> SeriesSummary:
    findings = gate.judge(group)
    stack = _stack_or_none(group, findings)
    first = stack.ordered[0] if stack is not None else min(group, key=_listing_order)
    ordered = stack.ordered if stack is not None else tuple(sorted(group, key=_listing_order))
    return SeriesSummary(
        series_instance_uid=first.series_instance_uid,
        study_instance_uid=first.study_instance_uid,
        patient=first.patient,
        label=series_label(first),
        modality=first.modality,
        images=sum(max(header.frames, 1) for header in group) if first.rows else len(group),
        size_ji=(first.rows, first.columns),
        spacing_ijk_mm=_spacing(stack),
        extent_hf_mm=_extent_hf(stack),
        date=first.series_date,
        detail=_detail(first, part),
        patient_position=first.patient_position,
        scanner=first.scanner,
        compression=packing(first.transfer_syntax_uid).words,
        slices=tuple(SliceFile(str(header.path)) for header in ordered),
        findings=findings,
        part=part,
    )


def _stack_or_none(group: Sequence[SliceHeader], findings: Sequence[Finding]) -> Stack | None:
    """Return the fitted stack where the headers define a regular volume."""
    refusal = gate.refusal(findings)
    # These two judge a volume that is regular; the table may show its spacing.
    if refusal is not None and refusal.code not in ("spacing-too-thick", "patient-position"):
        return None
    return fit_stack(group)


def _listing_order(header: SliceHeader) -> tuple[int, str]:
    return (header.instance_number if header.instance_number is not None else 0, str(header.path))


def _spacing(stack: Stack | None) -> tuple[float, float, float] | None:
    if stack is None:
        return None
    row_mm, column_mm = stack.ordered[0].spacing_ji_mm
    return column_mm, row_mm, stack.spacing_mm


def _extent_hf(stack: Stack | None) -> tuple[float, float] | None:
    """Return the lowest and highest patient H/F mm of the voxel centres."""
    if stack is None:
        return None
    first = stack.ordered[0]
    try:
        grid = Grid.from_matrix((len(stack.ordered), first.rows, first.columns), stack.matrix)
    except PlannerError:
        return None
    heights = grid.corners_lps_mm()[:, 2]
    return float(heights.min()), float(heights.max())


def _detail(header: SliceHeader, part: str) -> str:
    thickness = f"{header.slice_thickness_mm:g} mm thick" if header.slice_thickness_mm else ""
    kernel = f"kernel {header.kernel}" if header.kernel else ""
    contrast = "contrast" if header.contrast else ""
    return " · ".join(text for text in (thickness, kernel, contrast, part) if text)


def _number_first(label: str) -> tuple[int, str]:
    """Sort "2 · …" before "10 · …"."""
    number = label.split(" ", 1)[0]
    return (int(number) if number.isascii() and number.isdigit() else 10**9, label)
