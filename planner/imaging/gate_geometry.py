"""Do the slices lie on one regular, perpendicular line? Checks used by the gate, in mm over the whole stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from planner.domain.review import Finding, Severity
from planner.imaging.gate_headers import refuse
from planner.imaging.headers import SliceHeader
from planner.imaging.orientation import place
from planner.imaging.stack import Stack, fit_stack, unit_axes

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
_THICK_MM, _TOO_THICK_MM = 3.0, 5.0
_SPACING_ROUNDING_MM = 1e-3


def orientation(headers: Headers) -> Findings:
    """Refuse orientations that are not two perpendicular unit vectors, or differ within the stack (H-06)."""
    for header in headers:
        row, column = np.array(header.orientation[:3]), np.array(header.orientation[3:])
        lengths = np.linalg.norm(row), np.linalg.norm(column)
        cosine = abs(float(row @ column))
        if max(abs(length - 1) for length in lengths) > _COSINE_TOLERANCE or cosine > _COSINE_TOLERANCE:
            yield refuse(
                "orientation-invalid",
                f"ImageOrientationPatient in {header.name} is not two perpendicular unit directions "
                f"(lengths {lengths[0]:.4f} and {lengths[1]:.4f}, cosine {cosine:.4f}).",
            )
            return
    first = np.array(headers[0].orientation)
    reach_mm = max(headers[0].rows * headers[0].spacing_ji_mm[0], headers[0].columns * headers[0].spacing_ji_mm[1])
    # The farthest corner decides whether two directions are the same.
    turned = [h for h in headers if np.abs(np.array(h.orientation) - first).max() * reach_mm > _GRID_TOLERANCE_MM]
    if turned:
        yield refuse(
            "mixed-orientations",
            f"{len(turned)} of {len(headers)} slices face another way than {headers[0].name}. "
            "Load one orientation at a time.",
        )


def enough_slices(headers: Headers) -> Findings:
    """Refuse a single slice, whose spacing would be invented, and two, between which nothing proves the spacing."""
    if len(headers) < FEWEST_SLICES:
        counted = "Only one slice" if len(headers) == 1 else "Only two slices"
        yield refuse("too-few-slices", f"{counted}: at least three are needed to prove the spacing of a volume.")


def unique_positions(headers: Headers) -> Findings:
    """Refuse two slices at one place (H-02)."""
    stack = fit_stack(headers)
    same = np.flatnonzero(np.diff(stack.along_mm) < SAME_PLACE_MM)
    if same.size:
        yield refuse(
            "duplicate-positions",
            f"{_slices(same.size)} at a place that another slice already has, first at {_place(stack, same[0])} mm. "
            "Two acquisitions or copies are in one series: load one at a time.",
        )


def perpendicular(headers: Headers) -> Findings:
    """Refuse a stack whose slices shift sideways: gantry tilt or a sheared reconstruction (H-03)."""
    stack = fit_stack(headers)
    if stack.drift_mm <= TOLERANCE_MM:
        return
    if _is_straight(stack):
        yield refuse(
            "gantry-tilt",
            f"The stack is tilted by {stack.tilt_deg:.2f}° (gantry tilt): its slices shift sideways by "
            f"{stack.drift_mm:.1f} mm from first to last. This version does not correct tilt; "
            "reconstruct the scan without tilt.",
        )
        return
    sideways = np.linalg.norm(stack.across_mm - np.median(stack.across_mm, axis=0), axis=1)
    yield refuse(
        "sideways-shift",
        f"The slice at {_place(stack, int(sideways.argmax()))} mm lies {sideways.max():.1f} mm to the side of the "
        "others. The series is not one straight stack.",
    )


def _is_straight(stack: Stack) -> bool:
    """Whether the sideways shift grows evenly with position, as a tilt makes it."""
    line = np.stack([stack.along_mm, np.ones_like(stack.along_mm)], axis=1)
    _, residual, _, _ = np.linalg.lstsq(line, stack.across_mm, rcond=None)
    left = float(np.sqrt(residual.sum() / len(stack.along_mm))) if residual.size else 0.0
    return left < stack.drift_mm / 10


def regular(headers: Headers) -> Findings:
    """Refuse missing slices and uneven spacing, naming where (H-01, H-05)."""
    stack = fit_stack(headers)
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
        more = f" and at {missing.size - 1} other places" if missing.size > 1 else ""
        yield refuse("missing-slices", f"{what} missing {between}{more}. Send the complete series again.")
        return
    worst = int(np.abs(steps - usual).argmax())
    yield refuse(
        "uneven-spacing",
        f"The slices are not evenly spaced: mostly {usual:.2f} mm apart, but {steps[worst]:.2f} mm at "
        f"{_place(stack, worst)} mm; {stack.deviation_mm:.2f} mm off over the whole stack, {TOLERANCE_MM} mm allowed.",
    )


def fits_grid(headers: Headers) -> Findings:
    """Refuse small errors that only together exceed what the regular grid can absorb."""
    stack = fit_stack(headers)
    worst = float(stack.position_errors_mm.max())
    first = headers[0]
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    axes = unit_axes(first.orientation)
    # Directions rounded in the header, against the exact right angle of the grid, at the far end of a column.
    skew = float(np.linalg.norm(column / np.linalg.norm(column) - axes[:, 1]))
    far = worst + skew * first.rows * first.spacing_ji_mm[0]
    if far > _GRID_TOLERANCE_MM + 1e-9:
        yield refuse(
            "grid-misfit",
            f"The slices fit a regular grid only to {far:.3f} mm; {_GRID_TOLERANCE_MM} mm are allowed "
            f"(row and column directions meet at a cosine of {abs(float(row @ column)):.1e}).",
        )


def fine_enough(headers: Headers) -> Findings:
    """Ask above 3 mm and refuse above 5 mm: a nerve is 1 to 4 mm thick (H-10)."""
    spacing = max(fit_stack(headers).spacing_mm, *headers[0].spacing_ji_mm)
    if spacing > _TOO_THICK_MM + _SPACING_ROUNDING_MM:
        yield refuse(
            "spacing-too-thick",
            f"Slices or pixels are {spacing:.2f} mm apart; above {_TOO_THICK_MM:.0f} mm a nerve cannot be planned. "
            "Reconstruct at 1 mm.",
        )
    elif spacing > _THICK_MM + _SPACING_ROUNDING_MM:
        yield Finding(
            "spacing-thick",
            Severity.ACK,
            f"Slices or pixels are {spacing:.2f} mm apart, coarse for a nerve (above {_THICK_MM:.0f} mm). "
            "Distances along that direction are uncertain by about half of it.",
        )


def cross_checks(headers: Headers) -> Findings:
    """Note tags that disagree with the positions; they never make geometry (H-04)."""
    stack = fit_stack(headers)
    stated = {h.spacing_between_slices_mm for h in headers} - {None}
    wrong = [value for value in stated if value is not None and abs(value - stack.spacing_mm) > TOLERANCE_MM]
    if wrong:
        yield _note(
            "spacing-tag",
            f"SpacingBetweenSlices says {wrong[0]:g} mm; the positions say {stack.spacing_mm:g} mm and are used.",
        )
    thin = [h.slice_thickness_mm for h in headers if h.slice_thickness_mm]
    if thin and min(thin) < stack.spacing_mm - TOLERANCE_MM:
        yield _note(
            "slices-apart",
            f"Slices are {min(thin):g} mm thick every {stack.spacing_mm:g} mm: tissue between them was not imaged.",
        )
    numbers = [h.instance_number for h in stack.ordered if h.instance_number is not None]
    turns = np.sign(np.diff(numbers)) if len(numbers) > 1 else np.ones(1)
    if len(set(turns.tolist())) > 1:
        yield _note("instance-order", "Image numbers do not follow the positions; the positions are used.")
    tilt = max((abs(h.gantry_tilt_deg) for h in headers if h.gantry_tilt_deg is not None), default=0.0)
    if tilt > 0.1:
        yield _note("tilt-tag", f"GantryDetectorTilt says {tilt:g}°, but the positions show a straight stack.")


def _note(code: str, sentence: str) -> Finding:
    return Finding(code, Severity.NOTE, sentence)


def _place(stack: Stack, index: int) -> str:
    return place(stack.ordered[index].position_lps_mm, stack.axes[:, 2])


def _slices(count: int) -> str:
    return "One slice is" if count == 1 else f"{count} slices are"
