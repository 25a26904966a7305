"""How is a number printed? One formatter per quantity: true minus, unit after a space, only finite numbers.

Lengths 0.1 mm, temperatures whole °C, angles 0.1°, volumes 0.1 mL, times m:ss (the design's table of numbers).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from planner.domain.errors import ReportRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.geometry import PointLps

MISSING = "—"
MINUS = "\N{MINUS SIGN}"

_DECIMALS = {"mm": 1, "°C": 0, "°": 1, "mL": 1, "%": 1, "HU": 0, "s": 0}
_MOST_DECIMALS = 3


def number(value: float, *, decimals: int) -> str:
    """Print one finite number with a true minus; a value that rounds to zero has no sign.

    Raises
    ------
    ReportRefused
        When the value is NaN or infinite: a report never prints it and never leaves it out silently.
    """
    if not math.isfinite(value):
        raise ReportRefused(
            f"A value of the report is {value}, not a number. Compute the prediction again.", code="report-not-finite"
        )
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < 0 and float(text) != 0 else text


def measure(value: float | None, unit: str) -> str:
    """Print a value with its unit at the unit's usual precision; a missing value is an em dash."""
    if value is None:
        return MISSING
    return _joined(number(value, decimals=_DECIMALS.get(unit, 1)), unit)


def judged(value: float | None, unit: str, *, limits: Iterable[float | None]) -> str:
    """Print a value beside its limits, with more decimals where rounding would seem to carry it across one.

    9.96 mm against "at least 10 mm" reads 9.96 mm, not 10.0 mm: the printed number never contradicts its verdict.
    """
    if value is None:
        return MISSING
    usual = _DECIMALS.get(unit, 1)
    known = [limit for limit in limits if limit is not None]
    for decimals in range(usual, _MOST_DECIMALS + 1):
        if all(_side(round(value, decimals), limit) == _side(value, limit) for limit in known):
            return _joined(number(value, decimals=decimals), unit)
    return _joined(number(value, decimals=_MOST_DECIMALS), unit)


def mm(value: float | None) -> str:
    """Print a length, ``"38.3 mm"``."""
    return measure(value, "mm")


def celsius(value: float | None) -> str:
    """Print a temperature, ``"−75 °C"``."""
    return measure(value, "°C")


def millilitres(value: float | None) -> str:
    """Print a volume, ``"1.3 mL"``."""
    return measure(value, "mL")


def degrees(value: float, toward: str = "") -> str:
    """Print an angle with the side or end it leans to, ``"47.5° R"`` or ``"2.0° head"``; no word when it is zero."""
    text = measure(value, "°")
    return f"{text} {toward}" if toward and text != "0.0°" else text


def minutes(seconds: float) -> str:
    """Print a duration as minutes and seconds, ``"5:00"``."""
    whole = round(float(number(seconds, decimals=0).replace(MINUS, "-")))
    sign = MINUS if whole < 0 else ""
    return f"{sign}{abs(whole) // 60}:{abs(whole) % 60:02d}"


def utc_minute(at: str) -> str:
    """Return an ISO 8601 UTC time as printed, to the minute: ``"2026-11-22 12:00 UTC"``."""
    if not at:
        return "time not recorded"
    known = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?Z", at)
    return f"{known[1]} {known[2]} UTC" if known else at


def head_feet(z_mm: float) -> str:
    """Print a position along the body, ``"F 576.9 mm"``: H toward the head, F toward the feet of the scanner's zero."""
    return f"{_lettered(z_mm, 'HF')} mm"


def patient_point(lps_mm: PointLps) -> str:
    """Print a point in patient letters, ``"R 62.3 · P 286.8 · F 576.9 mm"``."""
    x, y, z = lps_mm
    return f"{_lettered(x, 'LR')} · {_lettered(y, 'PA')} · {_lettered(z, 'HF')} mm"


def point_words(lps_mm: PointLps) -> str:
    """Print a point in words, ``"62.3 mm right, 286.8 mm posterior, 576.9 mm toward the feet"`` of the zero."""
    sides = (("right", "left"), ("anterior", "posterior"), ("toward the feet", "toward the head"))
    texts = [number(value, decimals=1) for value in lps_mm]
    return ", ".join(
        f"{text.removeprefix(MINUS)} mm {words[0 if text.startswith(MINUS) else 1]}"
        for text, words in zip(texts, sides, strict=True)
    )


def signed_point(lps_mm: PointLps) -> str:
    """Print a point as the signed LPS numbers of DICOM, ``"−62.3, 286.8, −576.9 mm"``."""
    return f"{', '.join(number(value, decimals=1) for value in lps_mm)} mm"


def _lettered(value_mm: float, letters: str) -> str:
    text = number(value_mm, decimals=1)
    return f"{letters[1]} {text.removeprefix(MINUS)}" if text.startswith(MINUS) else f"{letters[0]} {text}"


def _joined(text: str, unit: str) -> str:
    return f"{text}{unit}" if unit == "°" else f"{text} {unit}".rstrip()


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
