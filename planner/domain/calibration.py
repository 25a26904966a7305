"""Which measured ice does a probe's boundary temperature rest on? Published isotherms, and the fit made to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.datum import MISSING, Datum, Status

MEASURED = (Status.FOUND, Status.DERIVED, Status.SITE)
"""Statuses of a size that a fit may use: read in its source, worked out from such figures, or the site's own."""


class Axis(StrEnum):
    """Which way a size is measured."""

    WIDTH = "width"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Isotherm:
    """One published isotherm of a probe.

    Parameters
    ----------
    level_c
        Temperature of the isotherm.
    medium
        The medium in the words of the source.
    tissue_id
        Entry of the tissue table that has the medium's properties; empty when the source does not tell the medium.
    start_c, freeze_s
        Temperature of the medium before freezing, and the time frozen until the size was taken; ``None`` unstated.
    width_mm, length_mm
        Diameter across the shaft and extent along it.
    width_sd_mm, length_sd_mm
        Standard deviation of repeated measurements; ``None`` unstated.
    probes, spacing_mm
        How many probes froze, and how far apart.
    is_measured
        False for figures that the authors computed.
    """

    level_c: float
    medium: str
    tissue_id: str = ""
    start_c: float | None = None
    freeze_s: float | None = None
    width_mm: Datum = MISSING
    length_mm: Datum = MISSING
    width_sd_mm: float | None = None
    length_sd_mm: float | None = None
    probes: int = 1
    spacing_mm: float | None = None
    is_measured: bool = True

    @property
    def unusable_words(self) -> str:
        """Why a single probe cannot be fitted to this isotherm, in words; empty when it can."""
        lacking = [
            word
            for word, is_known in (
                ("medium", bool(self.tissue_id)),
                ("start temperature", self.start_c is not None),
                ("freeze time", self.freeze_s is not None),
            )
            if not is_known
        ]
        if not self.is_measured:
            return "computed by its authors, not measured"
        if lacking:
            return f"without {', '.join(lacking)}"
        if self.probes != 1:
            return f"{self.probes} probes"
        if self.width_mm.status not in MEASURED:
            return f"width {self.width_mm.flag or self.width_mm.status.value}"
        return ""

    @property
    def is_usable(self) -> bool:
        """Whether the boundary of a single probe may be fitted to it."""
        return not self.unusable_words


@dataclass(frozen=True, slots=True)
class FittedSize:
    """One measured size beside what the fitted probe gives."""

    level_c: float
    axis: Axis
    measured_mm: float
    predicted_mm: float

    @property
    def residual_mm(self) -> float:
        """Predicted less measured radius (half length): positive when the prediction is larger."""
        return (self.predicted_mm - self.measured_mm) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """A probe's surface temperature as fitted to its published isotherms. One parameter, nothing else is adjusted.

    Parameters
    ----------
    medium, tissue_id, start_c, time_s
        What was frozen, from which temperature and for how long.
    sizes
        Every size used, measured and predicted.
    surface_c
        Fitted temperature of the active surface.
    spread_c
        Colder and warmer end when the measured sizes vary by one standard deviation; ``None`` when none was published.
    diameter_mm, active_mm
        Geometry the fit was made with; the fit is void for any other.
    solver_version
        Version of the solver that made it.
    source
        Sources of the sizes.
    """

    medium: str
    tissue_id: str
    start_c: float
    time_s: float
    sizes: tuple[FittedSize, ...]
    surface_c: float
    diameter_mm: float
    active_mm: float
    solver_version: str
    source: str
    spread_c: tuple[float, float] | None = None

    @property
    def rms_mm(self) -> float:
        """Root mean square of the radius differences."""
        return float((sum(size.residual_mm**2 for size in self.sizes) / len(self.sizes)) ** 0.5)

    @property
    def worst_mm(self) -> float:
        """Largest radius difference, without its sign."""
        return max(abs(size.residual_mm) for size in self.sizes)

    @property
    def words(self) -> str:
        """The fit in one clause: which isotherms, in what, from where, how well."""
        levels = ", ".join(dict.fromkeys(f"{size.level_c:g}".replace("-", "−") for size in self.sizes))
        single = len(self.sizes) == 1
        how_well = "one size, so nothing tests the fit" if single else f"radius RMS {self.rms_mm:.1f} mm"
        return (
            f"fitted to the measured {levels} °C isotherm{'' if single else 's'} in {self.medium} from "
            f"{self.start_c:g} °C after {self.time_s / 60:g} min ({self.source}); {how_well}"
        )
