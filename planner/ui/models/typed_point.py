"""Which point of the patient was typed? Letters before numbers, in any order: ``R 62.3 P 286.8 F 576.9``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps

# Letter to axis and sign, LPS.
_LETTERS = {"L": (0, 1.0), "R": (0, -1.0), "P": (1, 1.0), "A": (1, -1.0), "H": (2, 1.0), "F": (2, -1.0)}
_OTHER = {"L": "R", "R": "L", "P": "A", "A": "P", "H": "F", "F": "H"}
_AXES = ("left or right", "front or back", "head or feet")
_PART = re.compile(r"([LRAPHF])\s*([-+\N{MINUS SIGN}]?)\s*(\d+(?:[.,]\d*)?|[.,]\d+)", re.IGNORECASE)
_LEFT_OVER = re.compile(r"[\s·,;]*(?:mm)?[\s·,;.]*", re.IGNORECASE)
_FARTHEST_MM = 5000.0


def typed_point(text: str, *, what: str) -> PointLps:
    """Read a point in patient letters; ``what`` names it in the sentence of a refusal.

    Raises
    ------
    PlanInvalid
        When a direction is missing, twice there, negative (nobody knows which side was meant) or followed by no number.
    """
    found: dict[int, float] = {}
    for letter, sign, digits in _PART.findall(text):
        axis, way = _LETTERS[letter.upper()]
        if axis in found:
            raise _refused(what, f"says {_AXES[axis]} twice")
        if sign not in ("", "+"):
            other = _OTHER[letter.upper()]
            raise _refused(what, f"has a minus after {letter.upper()}; write {other} {digits} when you mean that")
        value = float(digits.replace(",", "."))
        if value > _FARTHEST_MM:
            raise _refused(what, f"lies {digits} mm from the scanner’s zero")
        found[axis] = way * value
    if not _LEFT_OVER.fullmatch(_PART.sub(" ", text)) or len(found) != 3:
        raise _refused(what, "needs a letter before each of three numbers")
    return found[0], found[1], found[2]


def _refused(what: str, why: str) -> PlanInvalid:
    return PlanInvalid(f"The {what} {why}, such as R 62.3 P 286.8 F 576.9.", code="typed-point")
