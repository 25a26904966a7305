"""Is this series one regular CT volume? The only judge of geometry, and no switch turns it off.

A single DICOM file cannot be trusted: a flipped bit changes its position or spacing and still parses. Redundancy across
the series can be trusted, so everything that must be equal is compared, and positions must lie on one regular line to
0.1 mm over the whole stack (H-01…H-07, H-09…H-11, H-39). A straight but tilted one is asked about, then corrected.
Tags that merely describe the spacing (SpacingBetweenSlices, SliceThickness, InstanceNumber, GantryDetectorTilt) never
make geometry; disagreement is noted. A check that fails in itself refuses (H-54).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from planner.domain.errors import GeometryRefused
from planner.domain.review import Finding, Severity
from planner.imaging import gate_geometry, gate_headers, gate_kind, gate_mixture, gate_remarks
from planner.imaging.gate_histogram import judge_pixels
from planner.imaging.gate_kind import Purpose
from planner.imaging.stack import Stack, fit_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from planner.imaging.headers import SliceHeader

    Check = Callable[[Any], Iterator[Finding]]
    Stages = tuple[tuple[Check, ...], ...]

__all__ = ["Purpose", "judge", "judge_pixels", "refusal", "require"]


def _of_headers(check: Check) -> Check:
    """Let a check on headers run on the stack they make, under its own name."""

    @wraps(check)
    def on_stack(stack: Stack) -> Iterator[Finding]:
        return check(stack.ordered)

    return on_stack


# Groups of checks; a group is only meaningful when the ones before it refused nothing. First those on the headers one
# by one, then those on the stack that their positions make.
_HEADERS: dict[Purpose, Stages] = {
    Purpose.PLANNING: (
        (gate_kind.planning_kind,),
        (gate_headers.identity, gate_headers.needed_tags, gate_headers.needed_scale),
        (gate_headers.equal_attributes, gate_geometry.orientation, gate_headers.rescale, gate_headers.pixels),
        (gate_geometry.enough_slices,),
    ),
    Purpose.OVERLAY: (
        (gate_kind.overlay_kind,),
        (gate_headers.identity, gate_headers.needed_tags, gate_headers.scale_if_any),
        (gate_headers.equal_attributes, gate_geometry.orientation, gate_headers.pixels),
        (gate_geometry.enough_slices,),
    ),
}
_STACK: dict[Purpose, Stages] = {
    Purpose.PLANNING: (
        (gate_geometry.unique_positions,),
        (gate_mixture.interleaved,),
        (gate_geometry.straight, gate_geometry.regular),
        (gate_geometry.fits_grid,),
        (_of_headers(gate_headers.patient_position), gate_geometry.fine_enough),
        (gate_geometry.tilted,),
    ),
    Purpose.OVERLAY: (
        (gate_geometry.unique_positions,),
        (gate_mixture.interleaved,),
        (gate_geometry.straight, gate_geometry.regular),
        (gate_geometry.fits_grid,),
        (gate_geometry.tilted, gate_geometry.coarse),
    ),
}
_REMARKS: Stages = (
    (
        _of_headers(gate_headers.missing_identifiers),
        _of_headers(gate_headers.frame_per_slice),
        _of_headers(gate_headers.lossy),
        _of_headers(gate_headers.shown_inverted),
        gate_mixture.changes,
        gate_remarks.spacing_tag,
        gate_remarks.apart,
        gate_remarks.instance_order,
        gate_remarks.tilt_tag,
    ),
)


def judge(headers: Sequence[SliceHeader], *, purpose: Purpose = Purpose.PLANNING) -> tuple[Finding, ...]:
    """Return every finding about a series: REFUSE, ACK or NOTE; nothing for a clean one.

    Checks build on one another, so the findings after a stage that refuses are not computed. A series of MR images is
    refused for planning with the code ``"overlay-only"`` when it can be laid over a CT.
    """
    if not headers:
        return (Finding("no-images", Severity.REFUSE, "The series holds no images."),)
    if purpose is Purpose.PLANNING and all(header.modality == "MR" for header in headers):
        return (_magnetic(headers),)
    findings = _run(_HEADERS[purpose], headers)
    if refusal(findings) is None:
        stack = fit_stack(headers)
        findings += _run((*_STACK[purpose], *_REMARKS), stack)
    return tuple(findings)


def refusal(findings: Iterable[Finding]) -> Finding | None:
    """Return the first finding that refuses, if any."""
    return next((finding for finding in findings if finding.severity is Severity.REFUSE), None)


def require(headers: Sequence[SliceHeader], *, purpose: Purpose = Purpose.PLANNING) -> tuple[Finding, ...]:
    """Judge, and raise GeometryRefused with the first refusal; return what remains to be accepted or noted."""
    findings = judge(headers, purpose=purpose)
    first = refusal(findings)
    if first is not None:
        raise GeometryRefused(first.sentence, code=first.code)
    return findings


def _run(stages: Stages, subject: Sequence[SliceHeader] | Stack) -> list[Finding]:
    findings: list[Finding] = []
    for stage in stages:
        for check in stage:
            findings.extend(_findings(check, subject))
        if refusal(findings) is not None:
            break
    return findings


def _findings(check: Check, subject: Sequence[SliceHeader] | Stack) -> list[Finding]:
    """Run one check; one that fails in itself, or gives no answer, refuses (H-54)."""
    try:
        return list(check(subject))
    except Exception as error:  # noqa: BLE001 - whatever it is, the series was not checked
        name = getattr(check, "__name__", "unnamed").replace("_", " ")
        sentence = (
            f"The check “{name}” could not be completed ({type(error).__name__}), so the series cannot be loaded. "
            "Export it again; if that does not help, report it."
        )
        return [Finding("check-failed", Severity.REFUSE, sentence)]


def _magnetic(headers: Sequence[SliceHeader]) -> Finding:
    """Return why an MR series carries no plan, and whether it can be laid over a CT."""
    first = refusal(judge(headers, purpose=Purpose.OVERLAY))
    said = "Not a CT image (MR): it has no Hounsfield units to plan on."
    if first is None:
        return Finding("overlay-only", Severity.REFUSE, f"{said} Open the CT; this series can then be laid over it.")
    return Finding(
        "not-ct",
        Severity.REFUSE,
        f"{said} It cannot be laid over a CT either: {first.sentence}",
        value=first.value,
        unit=first.unit,
    )
