"""Is this series one regular CT volume? The only judge of geometry, and no switch turns it off.

A single DICOM file cannot be trusted: a flipped bit changes its position or spacing and still parses. Redundancy across
the series can be trusted, so everything that must be equal is compared, and positions must lie on one regular,
perpendicular line to 0.1 mm over the whole stack (H-01…H-07, H-09…H-11, H-39). Tags that merely describe the spacing
(SpacingBetweenSlices, SliceThickness, InstanceNumber, GantryDetectorTilt) never make geometry; disagreement is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import GeometryRefused
from planner.domain.review import Finding, Severity
from planner.imaging import gate_geometry, gate_headers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.imaging.headers import SliceHeader

# Groups of checks; a group is only meaningful when the ones before it refused nothing.
_STAGES = (
    (gate_headers.kind,),
    (gate_headers.identity, gate_headers.needed_tags),
    (gate_headers.equal_attributes, gate_geometry.orientation, gate_headers.rescale, gate_headers.pixels),
    (gate_geometry.enough_slices, gate_geometry.unique_positions),
    (gate_geometry.perpendicular, gate_geometry.regular),
    (gate_geometry.fits_grid,),
    (gate_headers.patient_position, gate_geometry.fine_enough),
)
_REMARKS = (
    gate_headers.missing_identifiers,
    gate_headers.frame_per_slice,
    gate_headers.lossy,
    gate_geometry.cross_checks,
)


def judge(headers: Sequence[SliceHeader]) -> tuple[Finding, ...]:
    """Return every finding about a series: REFUSE, ACK or NOTE; nothing for a clean one.

    Checks build on one another, so the findings after a stage that refuses are not computed.
    """
    if not headers:
        return (Finding("no-images", Severity.REFUSE, "The series holds no images."),)
    findings: list[Finding] = []
    for stage in _STAGES:
        for check in stage:
            findings.extend(check(headers))
        if refusal(findings) is not None:
            return tuple(findings)
    for remark in _REMARKS:
        findings.extend(remark(headers))
    return tuple(findings)


def refusal(findings: Sequence[Finding]) -> Finding | None:
    """Return the first finding that refuses, if any."""
    return next(_refusals(findings), None)


def require(headers: Sequence[SliceHeader]) -> tuple[Finding, ...]:
    """Judge, and raise GeometryRefused with the first refusal; return what remains to be accepted or noted."""
    findings = judge(headers)
    first = refusal(findings)
    if first is not None:
        raise GeometryRefused(first.sentence, code=first.code)
    return findings


def _refusals(findings: Sequence[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.severity is Severity.REFUSE)
