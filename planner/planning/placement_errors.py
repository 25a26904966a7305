"""Where may the probes come to lie instead? Laws fitted to published errors, and draws from them.

Published errors are magnitudes, mean ± SD. Across the axis the law of the magnitude is

* Rayleigh where a source gives a mean alone: scatter alike in both directions, and nothing else;
* Rice where SD/mean is below Rayleigh's 0.523: the same scatter about an offset, whose direction nobody knows;
* Weibull where it is above: no such scatter has so many large errors; slope 2 is Rayleigh, less has a longer tail.

Each has the published mean, and Rice and Weibull the published SD. Every direction across the axis is alike likely.
Draws come from uniform numbers alone, so they do not depend on how a library makes normal ones, and every draw has its
own stream: how many are drawn, or in which process, changes none of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import ResourceInvalid
from planner.domain.geometry import point
from planner.domain.probe import ProbePlacement
from planner.domain.robustness import Draw, ErrorLaw, LawForm, Magnitude, ProbeError, case_of_share
from planner.domain.uncertainty import IceCase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.robustness import Technique

RAYLEIGH_SD_PER_MEAN = math.sqrt(4 / math.pi - 1)
_LEAST_SLOPE, _MOST_OFFSET = 0.3, 60.0
_NUMBERS_PER_PROBE = 7
_STEPS = 200


def fitted_law(technique: Technique) -> ErrorLaw:
    """Return the law whose magnitudes have a technique's published mean, and its SD where there is one.

    Raises
    ------
    ResourceInvalid
        When no such law exists: the mean is missing, or the SD is beyond what a law can have.
    """
    mean_mm, sd_mm = technique.mean_mm.value, technique.sd_mm.value
    if mean_mm is None:
        raise ResourceInvalid(f"“{technique.label}” has no mean error.", code="technique-mean", where=technique.id)
    if mean_mm == 0:
        return ErrorLaw(LawForm.NONE, 0.0, 0.0, 0.0)
    if sd_mm is None:
        scale_mm = mean_mm / math.sqrt(math.pi / 2)
        return ErrorLaw(LawForm.RAYLEIGH, scale_mm, mean_mm, mean_mm * RAYLEIGH_SD_PER_MEAN)
    ratio = sd_mm / mean_mm
    if ratio < RAYLEIGH_SD_PER_MEAN:
        offset = _solved(_rice_ratio, ratio, 0.0, _MOST_OFFSET)
        scale_mm = mean_mm / _rice_mean(offset)
        return ErrorLaw(LawForm.RICE, scale_mm, mean_mm, sd_mm, offset_mm=offset * scale_mm)
    slope = _solved(_weibull_ratio, ratio, _LEAST_SLOPE, 2.0)
    return ErrorLaw(LawForm.WEIBULL, mean_mm / math.gamma(1 + 1 / slope), mean_mm, sd_mm, weibull_slope=slope)


def magnitudes_mm(law: ErrorLaw, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return magnitudes from uniform numbers between 0 and 1, shape (N, 2) in and (N,) out."""
    radius = np.sqrt(-2 * np.log1p(-uniform[:, 0]))  # of two independent normal numbers
    if law.form is LawForm.WEIBULL:
        return np.asarray(law.scale_mm * (radius**2 / 2) ** (1 / law.weibull_slope))
    if law.form is LawForm.RICE:
        angle = 2 * np.pi * uniform[:, 1]
        across, along = law.scale_mm * radius * np.cos(angle) + law.offset_mm, law.scale_mm * radius * np.sin(angle)
        return np.asarray(np.hypot(across, along))
    return np.asarray(law.scale_mm * radius)


def draws(
    probes: Sequence[ProbePlacement],
    technique: Technique,
    *,
    seed: int,
    numbers: range,
    case_shares: Mapping[IceCase, float] | None = None,
) -> tuple[Draw, ...]:
    """Return the draws of these numbers: each the same whichever others are asked for.

    Parameters
    ----------
    case_shares
        How often each case of tissue and probes is drawn; None keeps every draw nominal.
    """
    law = fitted_law(technique)
    found = []
    for number in numbers:
        stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
        # The case is drawn first and always: asking for tissue leaves every placement where it was.
        at, uniform = stream.random(), stream.random((len(probes), _NUMBERS_PER_PROBE))
        errors = tuple(_error(probe, technique, law, uniform[place]) for place, probe in enumerate(probes))
        found.append(Draw(number, case_of_share(case_shares, at_share=at) if case_shares else IceCase.NOMINAL, errors))
    return tuple(found)


def undisturbed(probes: Sequence[ProbePlacement]) -> Draw:
    """Return the plan as drawn up, as a draw without any error."""
    errors = tuple(ProbeError(probe.id, probe.entry_lps_mm, probe.tip_lps_mm, 0.0, 0.0, 0.0) for probe in probes)
    return Draw(-1, IceCase.NOMINAL, errors)


def displaced(probes: Sequence[ProbePlacement], draw: Draw) -> tuple[ProbePlacement, ...]:
    """Return the probes where a draw has them; raise PlanInvalid for a shaft that is none any more."""
    errors = {error.probe_id: error for error in draw.errors}
    return tuple(
        ProbePlacement(
            probe.id, probe.label, probe.model_id, errors[probe.id].entry_lps_mm, errors[probe.id].tip_lps_mm
        )
        for probe in probes
    )


def _error(probe: ProbePlacement, technique: Technique, law: ErrorLaw, uniform: NDArray[np.float64]) -> ProbeError:
    """Return where one probe comes to lie: the tip by the law, the entry by its share of the error across the axis."""
    axis = np.asarray(probe.direction_lps)
    magnitude_mm = float(magnitudes_mm(law, uniform[None, :2])[0])
    azimuth = 2 * math.pi * float(uniform[2])
    extra_mm = (technique.depth_sd_mm.value or 0.0) * _normal(float(uniform[4]), float(uniform[5]))
    if technique.magnitude is Magnitude.TIP:  # every direction in space alike
        cosine = 2 * float(uniform[3]) - 1
        lateral_mm, depth_mm = magnitude_mm * math.sqrt(1 - cosine**2), magnitude_mm * cosine + extra_mm
    else:
        lateral_mm, depth_mm = magnitude_mm, extra_mm
    first, second = _across(axis)
    lateral = lateral_mm * (math.cos(azimuth) * first + math.sin(azimuth) * second)
    entry = np.asarray(probe.entry_lps_mm) + (technique.entry_share.value or 0.0) * lateral
    tip = np.asarray(probe.tip_lps_mm) + lateral + depth_mm * axis
    return ProbeError(
        probe.id, point(entry), point(tip), lateral_mm, depth_mm, _angle_deg(axis, np.asarray(tip - entry))
    )


def _across(axis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two directions that make a right-handed frame with the axis."""
    helper = np.array((0.0, 0.0, 1.0)) if abs(axis[2]) < 0.9 else np.array((1.0, 0.0, 0.0))
    first = np.cross(helper, axis)
    first /= np.linalg.norm(first)
    return first, np.cross(axis, first)


def _angle_deg(axis: NDArray[np.float64], way: NDArray[np.float64]) -> float:
    return math.degrees(math.atan2(float(np.linalg.norm(np.cross(axis, way))), float(axis @ way)))


def _normal(first: float, second: float) -> float:
    """Return one normal number from two uniform ones (Box and Muller)."""
    return math.sqrt(-2 * math.log1p(-first)) * math.cos(2 * math.pi * second)


def _rice_mean(offset: float) -> float:
    """Mean of a Rice magnitude with σ 1."""
    from scipy.special import ive

    y = offset**2 / 4
    return float(math.sqrt(math.pi / 2) * ((1 + 2 * y) * ive(0, y) + 2 * y * ive(1, y)))


def _rice_ratio(offset: float) -> float:
    mean = _rice_mean(offset)
    return math.sqrt(max(2 + offset**2 - mean**2, 0.0)) / mean


def _weibull_ratio(slope: float) -> float:
    return math.sqrt(math.gamma(1 + 2 / slope) / math.gamma(1 + 1 / slope) ** 2 - 1)


def _solved(ratio_of: Callable[[float], float], ratio: float, low: float, high: float) -> float:
    """Return where a law has an SD/mean, which falls from ``low`` to ``high``."""
    if not ratio_of(high) - 1e-9 <= ratio <= ratio_of(low) + 1e-9:
        raise ResourceInvalid(
            f"An SD of {ratio:.3g} times the mean is none that an error of placement has.", code="technique-sd"
        )
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio_of(middle) > ratio else (low, middle)
    return (low + high) / 2
