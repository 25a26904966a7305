"""How does a volume appear in the list of series? Its facts and verdict, from the headers alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlannerError
from planner.domain.review import Finding, Severity
from planner.domain.series import SeriesSummary, SliceFile
from planner.imaging import gate
from planner.imaging.gate_geometry import is_tilted
from planner.imaging.stack import Stack, fit_stack
from planner.imaging.transfer import packing

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from planner.imaging.headers import SliceHeader

STILL_READING = Finding(
    "still-reading", Severity.REFUSE, "Still being read: the verdict follows when every file has been read."
)
# These refuse a stack that is regular; the list may show its spacing.
_REGULAR_BUT_REFUSED = ("spacing-too-thick", "patient-position", "overlay-only")
# These refuse how the slices lie: there is an order and there are figures, but no spacing to show.
_REFUSED_AS_STACK = (
    "duplicate-positions",
    "sideways-shift",
    "tilt-too-large",
    "missing-slices",
    "uneven-spacing",
    "grid-misfit",
)


def summary_of(headers: Sequence[SliceHeader], *, part: str, lost: Sequence[SliceHeader] = ()) -> SeriesSummary:
    """Judge one volume and describe it.

    Parameters
    ----------
    headers
        Every slice of the volume, in any order; the order never changes the result (H-04).
    part
        What sets the volume apart inside its series; empty for the only one.
    lost
        Headers of files, of any series, that were left out because their pixels are not there.
    """
    findings = (*gate.judge(headers), *_missed(headers, lost))
    refusal = gate.refusal(findings)
    code = "" if refusal is None else refusal.code
    stack = fit_stack(headers) if code in ("", *_REGULAR_BUT_REFUSED, *_REFUSED_AS_STACK) else None
    volume = None if code in _REFUSED_AS_STACK else stack
    ordered = stack.ordered if stack is not None else tuple(sorted(headers, key=_listing_order))
    return replace(
        _described(ordered[0], part=part),
        images=_images(ordered),
        spacing_ijk_mm=_spacing(volume),
        extent_hf_mm=_extent_hf(volume),
        slices=tuple(SliceFile(str(header.path), header.frame) for header in ordered),
        findings=findings,
        spacing_off_mm=None if stack is None else round(stack.deviation_mm, 4),
        tilt_deg=None if stack is None else round(stack.tilt_deg, 4),
    )


def _missed(headers: Sequence[SliceHeader], lost: Sequence[SliceHeader]) -> Iterator[Finding]:
    """Ask about slices that are known and not there: at an end of the stack nothing else shows that one is missing."""
    series, there = headers[0].series_instance_uid, {header.sop_instance_uid for header in headers}
    missed = [header for header in lost if series and header.series_instance_uid == series and _is_new(header, there)]
    if missed:
        count = "One file" if len(missed) == 1 else f"{len(missed)} files"
        verb, named = ("is", missed[0].name) if len(missed) == 1 else ("are", f"first {missed[0].name}")
        yield Finding(
            "damaged-files",
            Severity.ACK,
            f"{count} of this series {verb} damaged and left out ({named}), so the volume may end before the scan "
            "does. Send the complete series again.",
            value=len(missed),
        )


def _is_new(header: SliceHeader, there: Container[str]) -> bool:
    """Whether an image is in no other file: of a copy that was interrupted, nothing is missed."""
    return not header.sop_instance_uid or header.sop_instance_uid not in there


def summary_so_far(first: SliceHeader, *, images: int) -> SeriesSummary:
    """Describe a series of which ``images`` were read; its verdict refuses, so that no half of it is ever opened."""
    return replace(_described(first, part=""), images=images, findings=(STILL_READING,))


def series_label(header: SliceHeader) -> str:
    """Return number and description, such as ``"3 · Thorax 1.0 mm"``."""
    parts = [part for part in (header.series_number, header.series_description) if part]
    return " · ".join(parts) or "Series without a name"


def acquisition_words(headers: Sequence[SliceHeader]) -> str:
    """Return tube voltage and kernel, as ``"120 kVp · kernel B30f"``; each value where slices differ."""
    voltages = _each(f"{header.kvp} kVp" for header in headers if header.kvp)
    kernels = _each(header.kernel for header in headers if header.kernel)
    return " · ".join(text for text in (voltages, f"kernel {kernels}" if kernels else "") if text)


def _each(values: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(values))


def _described(first: SliceHeader, *, part: str) -> SeriesSummary:
    """Return what one slice tells about its series."""
    return SeriesSummary(
        series_instance_uid=first.series_instance_uid,
        study_instance_uid=first.study_instance_uid,
        patient=first.patient,
        label=series_label(first),
        modality=first.modality,
        images=1,
        size_ji=(first.rows, first.columns),
        spacing_ijk_mm=None,
        extent_hf_mm=None,
        date=first.series_date,
        detail=_detail(first, part),
        patient_position=first.patient_position,
        scanner=first.scanner,
        compression=packing(first.transfer_syntax_uid).words,
        slices=(SliceFile(str(first.path), first.frame),),
        part=part,
    )


def _images(ordered: Sequence[SliceHeader]) -> int:
    """Count images: a multi-frame file that was not taken apart counts for its frames."""
    paths = {header.path for header in ordered}
    if len(paths) < len(ordered) or not ordered[0].rows:
        return len(ordered)
    return sum(max(header.frames, 1) for header in ordered)


def _listing_order(header: SliceHeader) -> tuple[int, str, int]:
    return (header.instance_number if header.instance_number is not None else 0, str(header.path), header.frame)


def _spacing(stack: Stack | None) -> tuple[float, float, float] | None:
    if stack is None:
        return None
    row_mm, column_mm = stack.ordered[0].spacing_ji_mm
    return column_mm, row_mm, stack.spacing_mm


def _extent_hf(stack: Stack | None) -> tuple[float, float] | None:
    """Return the lowest and highest patient H/F mm of the voxel centres."""
    if stack is None:
        return None
    try:
        grid = stack.grid(straightened=is_tilted(stack))
    except PlannerError:
        return None
    heights = grid.corners_lps_mm()[:, 2]
    return float(heights.min()), float(heights.max())


def _detail(header: SliceHeader, part: str) -> str:
    thickness = f"{header.slice_thickness_mm:g} mm thick" if header.slice_thickness_mm else ""
    contrast = "contrast" if header.contrast else ""
    return " · ".join(text for text in (thickness, acquisition_words([header]), contrast, part) if text)
