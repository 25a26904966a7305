"""What do the headers of a regular stack say that does not agree? Remarks of the gate; none makes geometry (H-04)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.review import Finding, Severity
from planner.imaging.gate_geometry import TOLERANCE_MM, is_tilted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.imaging.stack import Stack

Findings = Iterator[Finding]

# GantryDetectorTilt is given to a tenth or a half of a degree.
_TILT_TAG_DEG = 0.6


def spacing_tag(stack: Stack) -> Findings:
    """Note a SpacingBetweenSlices that the positions contradict."""
    stated = {header.spacing_between_slices_mm for header in stack.ordered} - {None}
    # With a tilted gantry some scanners give the step of the table, along the leaning stack.
    leaning_mm = stack.spacing_mm / math.cos(math.radians(stack.tilt_deg))
    wrong = sorted(
        value
        for value in stated
        if value is not None and min(abs(value - stack.spacing_mm), abs(value - leaning_mm)) > TOLERANCE_MM
    )
    if wrong:
        yield _note(
            "spacing-tag",
            f"SpacingBetweenSlices says {wrong[0]:g} mm; the positions say {stack.spacing_mm:g} mm and are used.",
            value=wrong[0],
            unit="mm",
        )


def apart(stack: Stack) -> Findings:
    """Note tissue between thin slices; ask where every other slice of a thinner series seems to be left out (H-01)."""
    thin = [header.slice_thickness_mm for header in stack.ordered if header.slice_thickness_mm]
    if not thin or min(thin) >= stack.spacing_mm - TOLERANCE_MM:
        return
    numbers = _numbers(stack)
    if len(numbers) == len(stack.ordered):
        steps = np.unique(np.abs(np.diff(numbers)))
        if len(steps) == 1 and steps[0] > 1:
            yield Finding(
                "slices-left-out",
                Severity.ACK,
                f"Image numbers go in steps of {steps[0]:.0f}, and slices of {min(thin):g} mm lie every "
                f"{stack.spacing_mm:g} mm: only every {_nth(int(steps[0]))} slice of the series seems to be here. "
                "Send the complete series if there is more.",
                value=stack.spacing_mm,
                unit="mm",
            )
            return
    yield _note(
        "slices-apart",
        f"Slices are {min(thin):g} mm thick every {stack.spacing_mm:g} mm: tissue between them was not imaged.",
        value=stack.spacing_mm - min(thin),
        unit="mm",
    )


def _nth(count: int) -> str:
    return {2: "second", 3: "third"}.get(count, f"{count}th")


def instance_order(stack: Stack) -> Findings:
    """Note image numbers that go up and down along the stack."""
    if len(np.unique(np.sign(np.diff(_numbers(stack))))) > 1:
        yield _note("instance-order", "Image numbers do not follow the positions; the positions are used.")


def tilt_tag(stack: Stack) -> Findings:
    """Note a GantryDetectorTilt that the positions contradict."""
    stated = max((abs(h.gantry_tilt_deg) for h in stack.ordered if h.gantry_tilt_deg is not None), default=None)
    if stated is None:
        return
    if not is_tilted(stack):
        if stated > 0.1:
            yield _note(
                "tilt-tag",
                f"GantryDetectorTilt says {stated:g}°, but the positions show a straight stack.",
                value=stated,
                unit="°",
            )
    elif abs(stated - stack.tilt_deg) > _TILT_TAG_DEG:
        yield _note(
            "tilt-tag",
            f"GantryDetectorTilt says {stated:g}°; the positions say {stack.tilt_deg:.2f}° and are used.",
            value=stated,
            unit="°",
        )


def _numbers(stack: Stack) -> NDArray[np.float64]:
    """Return the image numbers there are, in the order of the positions."""
    numbers = [header.instance_number for header in stack.ordered if header.instance_number is not None]
    # As floats: a damaged header may hold more digits than an integer of the machine.
    return np.array(numbers, dtype=np.float64)


def _note(code: str, sentence: str, *, value: float | None = None, unit: str = "") -> Finding:
    return Finding(code, Severity.NOTE, sentence, value=value, unit=unit)
