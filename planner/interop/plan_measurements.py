"""Which numbers of a judged plan leave as measurements? Checks, their pessimistic values, and figures beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.geometry import PointLps
    from planner.domain.structure_figures import StructureFigures
    from planner.domain.target_figures import Pieces, TargetFigures
    from planner.domain.uncertainty import BandRow


@dataclass(frozen=True, slots=True)
class Measured:
    """One number of a subject, with its unit as printed and the place where it occurs (LPS mm), if it has one.

    ``is_pessimistic`` tells the value at the pessimistic edge of the band from the nominal one.
    """

    subject_id: str
    quantity: str
    value: float
    unit: str
    at_lps_mm: PointLps | None = None
    is_pessimistic: bool = False


def measurements(assessment: Assessment, band: Sequence[BandRow] = ()) -> list[Measured]:
    """Return every number there is of a plan, in the order of its checks, then figures of targets and structures.

    Parameters
    ----------
    band
        What the band of the prediction means for checks; its pessimistic values follow the nominal ones.
    """
    pessimistic = {(row.subject_id, row.quantity): row for row in band if row.pessimistic is not None}
    made: list[Measured] = []
    for check in assessment.checks:
        if check.value is not None:
            made.append(Measured(check.subject_id, check.quantity, check.value, check.unit, check.worst_point_lps_mm))
        row = pessimistic.pop((check.subject_id, check.quantity), None)
        made += _pessimistic(row)
    for row in pessimistic.values():
        made += [] if row.nominal is None else [Measured(row.subject_id, row.quantity, row.nominal, row.unit)]
        made += _pessimistic(row)
    for target in assessment.targets:
        made += _of_target(target)
    for structure in assessment.structures:
        made += _of_structure(structure)
    return made


def level_words(level_c: float) -> str:
    """Write an isotherm as every table does, ``"−20 °C"``."""
    return f"{level_c:g} °C".replace("-", "−")


def _pessimistic(row: BandRow | None) -> list[Measured]:
    if row is None or row.pessimistic is None:
        return []
    return [Measured(row.subject_id, row.quantity, row.pessimistic, row.unit, is_pessimistic=True)]


def _of_target(figures: TargetFigures) -> Iterator[Measured]:
    """Yield lengths and shares at each isotherm with their times, extremes, circumference and marked pieces."""
    subject = figures.target_id
    for reach in figures.reaches:
        level = level_words(reach.level_c)
        for quantity, value, unit in (
            (f"length at or below {level}, full cross-section", reach.length_mm, "mm"),
            (f"longest piece at or below {level}, full cross-section", reach.longest_mm, "mm"),
            (f"share at or below {level}", reach.share_percent, "%"),
            (f"time at or below {level} of what is asked for", reach.hold_s, "s"),
            (f"longest time at or below {level}", reach.core_s, "s"),
        ):
            if value is not None:
                yield Measured(subject, quantity, value, unit)
    yield Measured(subject, "coldest temperature reached", figures.coldest_c, "°C", figures.coldest_at_lps_mm)
    yield Measured(subject, "warmest temperature reached", figures.warmest_c, "°C", figures.warmest_at_lps_mm)
    for quantity, share in (
        ("least share of the circumference at the treatment isotherm", figures.around_percent),
        ("mean share of the circumference at the treatment isotherm", figures.around_mean_percent),
    ):
        if share is not None:
            yield Measured(subject, quantity, share, "%")
    for quantity, pieces in (
        ("length in the neurapraxia band", figures.under_treated_mm),
        ("length below the caution temperature", figures.caution_mm),
        ("length below the temperature of neurotmesis", figures.neurotmesis_mm),
    ):
        if figures.segment_mm is not None:
            yield Measured(subject, quantity, _length_mm(pieces), "mm")


def _of_structure(figures: StructureFigures) -> Iterator[Measured]:
    """Yield the minimum with its place, both signed distances with theirs, and the volume at each isotherm."""
    subject = figures.structure_id
    if figures.minimum_c is not None:
        quantity = "minimum temperature, bound from below" if figures.minimum_is_bound else "minimum temperature"
        yield Measured(subject, quantity, figures.minimum_c, "°C", figures.minimum_at_lps_mm)
    if figures.edge_mm is not None:
        quantity = "signed distance of the 0 °C edge"
        yield Measured(subject, quantity, figures.edge_mm, "mm", figures.edge_at_lps_mm)
    if figures.treatment_mm is not None:
        quantity = "signed distance of the treatment isotherm"
        yield Measured(subject, quantity, figures.treatment_mm, "mm", figures.treatment_at_lps_mm)
    for part in figures.volumes:
        level = level_words(part.level_c)
        yield Measured(subject, f"volume at or below {level}", part.volume_ml, "mL")
        yield Measured(subject, f"share of the volume at or below {level}", part.share_percent, "%")


def _length_mm(pieces: Pieces) -> float:
    return float(sum(end - start for start, end in pieces))
