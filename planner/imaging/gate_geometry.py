"""Do the slices lie on one regular, straight line? Checks used by the gate, in mm over the whole stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.review import Finding, Severity
from planner.imaging.gate_headers import refuse
from planner.imaging.headers import SliceHeader
from planner.imaging.orientation import place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.imaging.stack import Stack

Headers = Sequence[SliceHeader]
Findings = Iterator[Finding]

# Whole-stack tolerance; a project figure. Table and tilt errors add up, so it is not a share of the spacing.
TOLERANCE_MM = 0.1
# Half the tolerance: the fitted grid runs through the middle of what the tolerance allows.
_GRID_TOLERANCE_MM = TOLERANCE_MM / 2
_COSINE_TOLERANCE = 1e-3
# With two slices a missing one between them cannot be seen.
FEWEST_SLICES = 3
SAME_PLACE_MM = 0.01
# Gantries lean at most 30°; the rest is rounding in the headers. Beyond it the stack is something else.
MOST_TILT_DEG = 30.1
_THICK_MM, _TOO_THICK_MM = 3.0, 5.0
_SPACING_ROUNDING_MM = 1e-3


def orientation(headers: Headers) -> Findings:
    """Refuse orientations that are not two perpendicular unit vectors, or differ within the stack (H-06)."""
    directions = np.array([header.orientation for header in headers]).reshape(-1, 2, 3)
    lengths = np.linalg.norm(directions, axis=2)
    cosines = np.abs((directions[:, 0] * directions[:, 1]).sum(axis=1))
    off = np.maximum(np.abs(lengths - 1).max(axis=1), cosines)
    worst = int(off.argmax())
    if off[worst] > _COSINE_TOLERANCE:
        yield refuse(
            "orientation-invalid",
            f"ImageOrientationPatient in {headers[worst].name} is not two perpendicular unit directions "
            f"(lengths {lengths[worst, 0]:.4f} and {lengths[worst, 1]:.4f}, cosine {cosines[worst]:.4f}). "
            "Export the series again.",
            value=off[worst],
        )
        return
    # The farthest corner decides whether two directions are the same.
    rows_mm, columns_mm = headers[0].spacing_ji_mm
    right, down = np.moveaxis(directions - _usual(directions), 1, 0)
    right, down = right * (headers[0].columns - 1) * columns_mm, down * (headers[0].rows - 1) * rows_mm
    corner_mm = np.linalg.norm(np.stack([right, down, right + down]), axis=2).max(axis=0)
    count = int((corner_mm > _GRID_TOLERANCE_MM).sum())
    if count:
        worst = int(corner_mm.argmax())
        yield refuse(
            "mixed-orientations",
            f"{_slices(count, 'faces', 'face')} another way than most of the {len(headers)}; in "
            f"{headers[worst].name} a corner lies {corner_mm[worst]:.1f} mm off. Send one orientation in a series, or "
            "export it again.",
            value=corner_mm[worst],
            unit="mm",
        )


def _usual(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the directions that most slices share, shape (2, 3)."""
    kinds, member, counts = np.unique(
        directions.reshape(-1, 6).round(3), axis=0, return_inverse=True, return_counts=True
    )
    del kinds
    usual: NDArray[np.float64] = np.median(directions[member.reshape(-1) == counts.argmax()], axis=0)
    return usual


def enough_slices(headers: Headers) -> Findings:
    """Refuse a single slice, whose spacing would be invented, and two, between which nothing proves the spacing."""
    if len(headers) < FEWEST_SLICES:
        counted = "Only one slice" if len(headers) == 1 else "Only two slices"
        yield refuse(
            "too-few-slices",
            f"{counted}: at least three are needed to prove the spacing of a volume.",
            value=len(headers),
        )


def unique_positions(stack: Stack) -> Findings:
    """Refuse two slices at one place (H-02), saying how many there are at each."""
    same = np.flatnonzero(np.diff(stack.along_mm) < SAME_PLACE_MM)
    if not same.size:
        return
    images, places = len(stack.ordered), len(stack.ordered) - same.size
    identifiers = {header.sop_instance_uid for header in stack.ordered if header.frame == 0}
    copies = sum(header.frame == 0 for header in stack.ordered) - len(identifiers)
    if copies == same.size and "" not in identifiers:
        what = "They are copies of the same images: remove the second copy and scan again."
    elif places == 1:
        what = f"All {images} slices lie there, as in a bolus test: they are no volume."
    elif images % places == 0:
        what = (
            f"{images} slices lie at {places} places, {images // places} at each, and nothing in their headers tells "
            "the volumes apart completely: send one acquisition at a time."
        )
    else:
        what = "Two acquisitions or copies are in one series: send one at a time."
    yield refuse(
        "duplicate-positions",
        f"{_slices(same.size, 'is', 'are')} at a place that another slice already has, first at "
        f"{_place(stack, same[0])} mm. {what}",
        value=same.size,
    )


def is_tilted(stack: Stack) -> bool:
    """Whether slices drift to the side by more than a volume may ignore; it is resampled then, if it is straight."""
    return stack.drift_mm > TOLERANCE_MM


def straight(stack: Stack) -> Findings:
    """Refuse a stack that is bent, or tilted beyond any gantry (H-03)."""
    if not is_tilted(stack):
        return
    if stack.bend_mm > TOLERANCE_MM:
        beside = stack.aside_mm
        worst = int(beside.argmax())
        yield refuse(
            "sideways-shift",
            f"The slice at {_place(stack, worst)} mm lies {beside[worst]:.1f} mm to the side of the others. The series "
            "is not one straight stack: export it again, or reconstruct it without moving the field.",
            value=beside[worst],
            unit="mm",
        )
    elif stack.tilt_deg > MOST_TILT_DEG:
        yield refuse(
            "tilt-too-large",
            f"The stack leans by {stack.tilt_deg:.2f}°: {_sideways(stack)}. No gantry tilts beyond 30°, so the "
            "positions are wrong or the series is no scan; reconstruct it without tilt.",
            value=stack.tilt_deg,
            unit="°",
        )


def tilted(stack: Stack) -> Findings:
    """Ask before a straight but tilted stack is resampled along its true positions (H-03)."""
    if is_tilted(stack):
        yield Finding(
            "gantry-tilt",
            Severity.ACK,
            f"Gantry tilt of {stack.tilt_deg:.2f}° corrected by resampling: {_sideways(stack)}, so each is moved along "
            "its own plane to its true position in the patient. Distances are right; fine detail is smoothed by up to "
            "a pixel.",
            value=stack.tilt_deg,
            unit="°",
        )


def _sideways(stack: Stack) -> str:
    return f"the slices shift sideways by {stack.drift_mm:.1f} mm from first to last"


def regular(stack: Stack) -> Findings:
    """Refuse missing slices and uneven spacing, naming where (H-01, H-05)."""
    if stack.deviation_mm <= TOLERANCE_MM:
        return
    steps = np.diff(stack.along_mm)
    usual = float(np.median(steps))
    # Slices are missing only where the wide steps are whole multiples of an otherwise regular one.
    multiples = np.rint(steps / usual)
    missing = np.flatnonzero(multiples > 1)
    if missing.size and 3 * missing.size <= steps.size and np.abs(steps - multiples * usual).max() <= TOLERANCE_MM:
        count = int((multiples[missing] - 1).sum())
        at = missing[0]
        what = "A slice is" if count == 1 else f"{count} slices are"
        between = f"between {_place(stack, at)} and {_place(stack, at + 1)} mm"
        others = missing.size - 1
        more = f" and at {others} other {'place' if others == 1 else 'places'}" if others else ""
        yield refuse(
            "missing-slices",
            f"{what} missing {between}{more}. Send the complete series again.",
            value=steps[missing].max(),
            unit="mm",
        )
        return
    worst = int(np.abs(steps - usual).argmax())
    yield refuse(
        "uneven-spacing",
        f"The slices are not evenly spaced: mostly {usual:.2f} mm apart, but {steps[worst]:.2f} mm at "
        f"{_place(stack, worst)} mm; {stack.deviation_mm:.2f} mm off over the whole stack, {TOLERANCE_MM} mm allowed. "
        "Reconstruct the series with one spacing.",
        value=stack.deviation_mm,
        unit="mm",
    )


def fits_grid(stack: Stack) -> Findings:
    """Refuse small errors that only together exceed what the regular grid can absorb, at the farthest corner."""
    misfit = stack.misfit_mm(straightened=is_tilted(stack))
    worst = int(misfit.argmax())
    if misfit[worst] > _GRID_TOLERANCE_MM + 1e-9:
        yield refuse(
            "grid-misfit",
            f"The slices fit a regular grid only to {misfit[worst]:.3f} mm (at {_place(stack, worst)} mm); "
            f"{_GRID_TOLERANCE_MM} mm are allowed. Positions and directions in the headers contradict one another "
            "slightly: export the series again.",
            value=misfit[worst],
            unit="mm",
        )


def fine_enough(stack: Stack) -> Findings:
    """Ask above 3 mm and refuse above 5 mm: a nerve is 1 to 4 mm thick (H-10)."""
    spacing = _coarsest_mm(stack)
    if spacing > _TOO_THICK_MM + _SPACING_ROUNDING_MM:
        yield refuse(
            "spacing-too-thick",
            f"Slices or pixels are {spacing:.2f} mm apart; above {_TOO_THICK_MM:.0f} mm a nerve cannot be planned. "
            "Reconstruct at 1 mm.",
            value=spacing,
            unit="mm",
        )
    else:
        yield from coarse(stack)


def coarse(stack: Stack) -> Findings:
    """Ask above 3 mm."""
    spacing = _coarsest_mm(stack)
    if spacing > _THICK_MM + _SPACING_ROUNDING_MM:
        yield Finding(
            "spacing-thick",
            Severity.ACK,
            f"Slices or pixels are {spacing:.2f} mm apart, coarse for a nerve (above {_THICK_MM:.0f} mm). "
            "Distances along that direction are uncertain by about half of it.",
            value=spacing,
            unit="mm",
        )


def _coarsest_mm(stack: Stack) -> float:
    return max(stack.spacing_mm, *stack.ordered[0].spacing_ji_mm)


def _place(stack: Stack, index: int) -> str:
    return place(stack.ordered[index].position_lps_mm, stack.axes[:, 2])


def _slices(count: int, one: str, many: str) -> str:
    return f"One slice {one}" if count == 1 else f"{count} slices {many}"
