"""How cold is the nerve along its length, with the ice as it is shown? Centre and warmest of each cross-section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.target import NerveCurve
from planner.planning.coverage import nerve_coverage
from planner.spatial.sample import trilinear
from planner.ui.slices.layers import layers_of, time_words
from planner.ui.strip.course import nerve_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_THINNEST_MM = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class NerveTemperatures:
    """Temperatures along a nerve.

    Parameters
    ----------
    arc_mm
        shape (N,), mm along the nerve.
    centre_c, warmest_c, coldest_c
        shape (N,), °C: on the curve, and at the warmest and the coldest point of its cross-section.
    when
        ``"at 5:00"`` or ``"coldest reached"``.
    grade
        ``"STALE"``, ``"PREVIEW"`` or empty.
    has_diameter
        Whether the nerve's diameter is known: without it there is no cross-section, and the curve stands alone.
    """

    arc_mm: NDArray[np.float64]
    centre_c: NDArray[np.float64]
    warmest_c: NDArray[np.float64]
    coldest_c: NDArray[np.float64]
    when: str
    grade: str = ""
    has_diameter: bool = True

    def at(self, arc_mm: float) -> tuple[float, float, float]:
        """Return (centre, warmest, coldest) at an arc length, °C."""
        centre, warmest, coldest = (
            float(np.interp(arc_mm, self.arc_mm, values)) for values in (self.centre_c, self.warmest_c, self.coldest_c)
        )
        return centre, warmest, coldest


def nerve_temperatures(session: Session, view: ViewState) -> NerveTemperatures | None:
    """Sample the ice that the views show; None without a nerve or without ice."""
    target, ice = nerve_of(session, view), layers_of(session).ice(session, view)
    if target is None or ice is None or not isinstance(target.course, NerveCurve):
        return None
    field_c = np.asarray(ice.field_c, dtype=np.float32)
    found = nerve_coverage(target.course, target.diameter_mm or _THINNEST_MM, field_c, ice.grid)
    centre = trilinear(field_c, ice.grid, found.curve.points_lps_mm, outside=float(field_c.max()))
    when = "end of the first freeze" if ice.is_preview else time_words(view.time_s)
    grade = "STALE" if ice.is_stale else "PREVIEW" if ice.is_preview else ""
    has_diameter = target.diameter_mm is not None
    return NerveTemperatures(found.curve.arc_mm, centre, found.warmest_c, found.coldest_c, when, grade, has_diameter)


def why_none(session: Session, view: ViewState) -> str:
    """Say in one sentence why there is no curve."""
    if nerve_of(session, view) is None:
        return "No nerve yet."
    if not view.show_ice:
        return "The ice is hidden. Press O to show it."
    return "No prediction of this plan yet."
