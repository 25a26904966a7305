"""What does a vessel cost the ice? The same freeze with the vessel, and with the tissue around in its place."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.geometry import PointLps
from planner.domain.identity import TargetId


@dataclass(frozen=True, slots=True)
class TargetLoss:
    """How much less of a target is treated: of a nerve its longest treated piece, of a body its treated share.

    Parameters
    ----------
    before_mm, lost_mm
        Of a nerve: what would be treated without the vessel, and how much less it is; None without its diameter.
    before_percent, lost_percent
        The same of a body's volume; None of a nerve.
    """

    target_id: TargetId
    name: str
    before_mm: float | None = None
    lost_mm: float | None = None
    before_percent: float | None = None
    lost_percent: float | None = None

    @property
    def unit(self) -> str:
        """The unit of :attr:`before` and :attr:`lost`."""
        return "mm" if self.before_percent is None else "%"

    @property
    def before(self) -> float | None:
        """What would be treated without the vessel, in ``unit``."""
        return self.before_mm if self.before_percent is None else self.before_percent

    @property
    def lost(self) -> float | None:
        """How much less is treated, in ``unit``."""
        return self.lost_mm if self.lost_percent is None else self.lost_percent


@dataclass(frozen=True, slots=True)
class HeatSink:
    """What one vessel near the ice, or several of them together, take from it.

    Parameters
    ----------
    structure_ids
        The vessels; one, or all of them together.
    gap_mm
        Distance of the nominal 0 °C edge to the nearest of them, mm; negative where the ice reaches into one.
    edge_lost_mm, edge_at_lps_mm
        By how much the 0 °C edge is pulled back where it is pulled back most, mm, and where it would have been.
    treatment_lost_mm
        The same of the treatment isotherm, mm.
    frozen_lost_ml, treated_lost_ml
        Volume lost at or below 0 °C and at or below the treatment isotherm, mL.
    reason
        Why its warmth is not in the prediction; every figure is then None. Empty otherwise.
    """

    structure_ids: tuple[str, ...]
    name: str
    gap_mm: float
    edge_lost_mm: float | None = None
    edge_at_lps_mm: PointLps | None = None
    treatment_lost_mm: float | None = None
    frozen_lost_ml: float | None = None
    treated_lost_ml: float | None = None
    targets: tuple[TargetLoss, ...] = ()
    reason: str = ""

    @property
    def is_modelled(self) -> bool:
        """Whether the prediction holds its warmth."""
        return not self.reason
