"""Which probe, and where? Catalogue entries with provenance, and placements by entry and tip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.calibration import Calibration, Isotherm
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, distance_mm, point
from planner.domain.identity import ProbeId


@dataclass(frozen=True, slots=True)
class ProbeModel:
    """A catalogue entry. A model without shaft diameter, active tip and surface temperature cannot be simulated.

    Parameters
    ----------
    tip_to_active_mm
        Dead length between the shaft's tip and the start of the active zone.
    surface_temperature_c
        Temperature of the active surface in steady freezing: the solver's boundary, not a data-sheet inner reading.
        Fitted to published isotherms, else its class's, else missing; :attr:`boundary_words` tells which.
    surface_spread_c
        Coldest (``value``) and warmest (``upper``) figure published for that boundary; missing when nobody gives one.
    power_limit_w
        Most heat the probe can take up; missing when the source does not limit it.
    isotherms
        Published isotherms, usable for a fit or not.
    calibration
        The fit behind ``surface_temperature_c``; ``None`` when it was not fitted.
    not_calibrated
        Why published isotherms were not fitted, in words; empty when they were, or when there are none.
    is_generic
        True for the fully specified demonstration probes, which are no product.
    """

    id: str
    label: str
    manufacturer: str
    cryogen: str
    gauge: str
    shaft_diameter_mm: Datum
    active_tip_mm: Datum
    tip_to_active_mm: Datum
    surface_temperature_c: Datum
    usable_length_mm: Datum = MISSING
    is_generic: bool = False
    notes: tuple[str, ...] = ()
    surface_spread_c: Datum = MISSING
    power_limit_w: Datum = MISSING
    isotherms: tuple[Isotherm, ...] = ()
    calibration: Calibration | None = None
    not_calibrated: str = ""

    @property
    def missing_words(self) -> tuple[str, ...]:
        """Names of the values without which the model cannot be simulated, in words; empty when complete."""
        needed = {
            "shaft diameter": self.shaft_diameter_mm,
            "active tip length": self.active_tip_mm,
            "surface temperature": self.surface_temperature_c,
        }
        return tuple(word for word, datum in needed.items() if datum.value is None)

    @property
    def can_simulate(self) -> bool:
        """Whether every value the solver needs is known."""
        return not self.missing_words

    @property
    def boundary_words(self) -> str:
        """One sentence: where the temperature of the active surface comes from, or what a site must enter first."""
        if self.missing_words:
            *first, last = self.missing_words
            needed = f"{', '.join(first)} and {last}" if first else last
            return f"No prediction until the site enters the {needed}, with the number of the maker’s document."
        datum = self.surface_temperature_c
        value = f"Surface {_celsius(datum.value or 0.0)} °C"
        if self.calibration is not None:
            return f"{value}, {self.calibration.words}{self._spread_words('may be')}."
        source = f" ({datum.source})" if datum.source else ""
        origin = {
            Status.CLASS_VALUE: f"the value of its class{source}, not of this model",
            Status.SITE: f"entered by the site{source}",
            Status.PROJECT_DEFAULT: "a project default",
        }.get(datum.status, f"{datum.flag or datum.status.value}{source}")
        why = f"; {self.not_calibrated}" if self.not_calibrated else ""
        return f"{value}, {origin}{self._spread_words('published are')}{why}."

    def _spread_words(self, verb: str) -> str:
        """Return the range of the boundary in words, when there is one."""
        spread = self.surface_spread_c
        if spread.value is None or spread.upper is None:
            return ""
        return f"; {verb} {_celsius(spread.value)} to {_celsius(spread.upper)} °C ({spread.source})"


def _celsius(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class ProbePlacement:
    """One virtual probe: the shaft runs straight from the skin entry to the tip.

    Raises
    ------
    PlanInvalid
        When entry and tip are less than 1 mm or more than 400 mm apart.
    """

    id: ProbeId
    label: str
    model_id: str
    entry_lps_mm: PointLps
    tip_lps_mm: PointLps

    def __post_init__(self) -> None:
        point(self.entry_lps_mm)
        point(self.tip_lps_mm)
        if not 1 <= self.depth_mm <= 400:
            raise PlanInvalid(
                f"{self.label}: entry and tip are {self.depth_mm:.1f} mm apart; a shaft is 1 to 400 mm.",
                code="probe-depth",
            )

    @property
    def depth_mm(self) -> float:
        """Entry to tip along the shaft."""
        return distance_mm(self.entry_lps_mm, self.tip_lps_mm)

    @property
    def direction_lps(self) -> PointLps:
        """Unit vector from entry to tip."""
        step = np.subtract(self.tip_lps_mm, self.entry_lps_mm)
        return point(step / np.linalg.norm(step))


def active_zone_lps_mm(placement: ProbePlacement, model: ProbeModel) -> tuple[PointLps, PointLps]:
    """Return the (deep, shallow) ends of the active zone; raise PlanInvalid when the model does not state it.

    An unknown dead length counts as 0 mm, and the prediction's record says so.
    """
    if model.active_tip_mm.value is None:
        raise PlanInvalid(f"{model.label} has no known active tip length.", code="probe-incomplete")
    inward = np.asarray(placement.direction_lps)
    deep = np.asarray(placement.tip_lps_mm) - inward * (model.tip_to_active_mm.value or 0.0)
    return point(deep), point(deep - inward * model.active_tip_mm.value)
