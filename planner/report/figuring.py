"""What is printed beside the checks? Lengths and times of targets, volumes and temperatures of structures near ice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.rule import Quantity, Verdict
from planner.planning.rules import QUANTITY_WORDS
from planner.report import numbers
from planner.report.anatomy import printed_swatch
from planner.report.printed import Fact, PrintedFigures, PrintedHeatSink, PrintedReach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.heat_sink import TargetLoss
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.domain.structure_figures import LevelVolume, StructureFigures
    from planner.domain.target_figures import LevelReach, TargetFigures
    from planner.domain.uncertainty import BandRow, PredictionRange

NEAR_MM = 15.0
"""A structure farther from the ice than this, and without a cell in the cold, has no row of figures."""


LEAST_DRAWN_PERCENT = 0.05
"""A smaller share of a structure has no curve: there is nothing to see in it."""


def printed_reaches(figures: TargetFigures | None) -> tuple[PrintedReach, ...]:
    """Word how much of one target reaches each isotherm; nothing where no figures were told."""
    return () if figures is None else tuple(_reach(reach) for reach in figures.reaches)


def reach_facts(figures: TargetFigures | None) -> tuple[Fact, ...]:
    """Word what else was measured of one target: round it, and the pieces of it that are too warm or too cold."""
    if figures is None:
        return ()
    facts = []
    if figures.intent:
        facts.append(Fact("Intent", figures.intent))
    if figures.around_percent is not None:
        around = f"at least {_percent(figures.around_percent)} of the circumference at the treatment isotherm"
        if figures.around_mean_percent is not None:
            around += f", on average {_percent(figures.around_mean_percent)}"
        facts.append(Fact("Around", around))
    for label, pieces in (
        ("Neurapraxia band", figures.under_treated_mm),
        ("Caution for cold", figures.caution_mm),
        ("Sheaths at risk", figures.neurotmesis_mm),
    ):
        if pieces:
            facts.append(Fact(label, f"{_pieces(pieces)} along the nerve"))
    return tuple(facts)


def structure_figures(plan: Plan, assessment: Assessment, band: Sequence[BandRow]) -> tuple[PrintedFigures, ...]:
    """Word the figures of every structure near the ice, the nearest first."""
    edge_words = QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM]
    worst = {row.subject_id: row.pessimistic for row in band if row.quantity == edge_words}
    near = [(figures, structure) for figures, structure in _figures(plan, assessment) if _is_near(figures)]
    near.sort(key=lambda pair: (pair[0].edge_mm is None, pair[0].edge_mm or 0.0))
    return tuple(_structure(figures, structure, worst.get(structure.id)) for figures, structure in near)


def far_words(plan: Plan, assessment: Assessment) -> str:
    """Name the structures whose figures are not listed, because the ice is far from them; empty when there are none."""
    far = [structure.name for figures, structure in _figures(plan, assessment) if not _is_near(figures)]
    if not far:
        return ""
    return f"Farther than {numbers.number(NEAR_MM, decimals=0)} mm from the ice and not cold: {'; '.join(far)}."


def figure_levels(assessment: Assessment) -> tuple[str, ...]:
    """Return the isotherms below which volumes were told, in words."""
    told = (found.volumes for found in assessment.structures if found.volumes)
    return tuple(numbers.celsius(volume.level_c) for volume in next(told, ()))


def heat_sinks(plan: Plan, found: PredictionRange | None) -> tuple[PrintedHeatSink, ...]:
    """Word what each vessel near the ice takes from it, the nearest first, then all of them together."""
    if found is None:
        return ()
    swatches = {str(structure.id): printed_swatch(structure.kind, structure.colour) for structure in plan.structures}
    return tuple(
        PrintedHeatSink(
            name=sink.name,
            gap=numbers.mm(sink.gap_mm),
            edge_lost=numbers.mm(sink.edge_lost_mm),
            treatment_lost=numbers.mm(sink.treatment_lost_mm),
            frozen_lost=_millilitres(sink.frozen_lost_ml),
            treated_lost=_millilitres(sink.treated_lost_ml),
            targets=tuple(_loss(loss) for loss in sink.targets),
            reason=sink.reason,
            swatch=swatches.get(sink.structure_ids[0]) if len(sink.structure_ids) == 1 else None,
        )
        for sink in found.heat_sinks
    )


def no_heat_sinks(found: PredictionRange | None) -> str:
    """Say why nothing is told of vessels: nobody computed it, or there is none near; empty when something is."""
    if found is None:
        return f"{Verdict.NOT_ASSESSED.value}: what vessels take from the ice is computed with the range."
    return "" if found.heat_sinks else "No artery or vein that is outlined lies near the ice."


def _loss(loss: TargetLoss) -> Fact:
    if loss.lost is None:
        return Fact(loss.name, numbers.MISSING)
    of = "" if loss.before is None else f" of {numbers.measure(loss.before, loss.unit)}"
    return Fact(loss.name, f"{numbers.measure(loss.lost, loss.unit)}{of}")


def _millilitres(volume_ml: float | None) -> str:
    if volume_ml is None:
        return numbers.MISSING
    return "0" if volume_ml == 0 else f"{numbers.number(volume_ml, decimals=2)} mL"


def _reach(reach: LevelReach) -> PrintedReach:
    return PrintedReach(
        level=numbers.celsius(reach.level_c),
        reached=numbers.mm(reach.length_mm) if reach.share_percent is None else _percent(reach.share_percent),
        longest=numbers.mm(reach.longest_mm),
        hold=_time(reach.hold_s),
        core=_time(reach.core_s),
    )


def _time(seconds: float | None) -> str:
    return numbers.MISSING if seconds is None else f"{numbers.minutes(seconds)} min"


def _percent(share: float) -> str:
    return numbers.measure(share, "%")


def _pieces(pieces: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{numbers.number(start, decimals=1)} to {numbers.mm(end)}" for start, end in pieces)


def _figures(plan: Plan, assessment: Assessment) -> list[tuple[StructureFigures, Structure]]:
    found = ((assessment.figures_of(structure.id), structure) for structure in plan.structures)
    return [(figures, structure) for figures, structure in found if figures is not None]


def _is_near(figures: StructureFigures) -> bool:
    if any(volume.volume_ml > 0 for volume in figures.volumes):
        return True
    return figures.edge_mm is None or figures.edge_mm <= NEAR_MM


def _volume(volume: LevelVolume) -> str:
    """Return mL and share, ``"0.12 mL · 0.4 %"``, with the digits that tell a little from nothing; ``"0"`` is none."""
    if volume.volume_ml == 0:
        return "0"
    return f"{_telling(volume.volume_ml)} mL · {_telling(volume.share_percent)} %"


def _telling(value: float) -> str:
    for decimals in (1, 2, 3):
        text = numbers.number(value, decimals=decimals)
        if float(text) != 0 and (decimals > 1 or value >= 1):
            return text
    return "< 0.001"


def _top(figures: StructureFigures) -> str:
    """Return the highest point of the curve in words, ``"12.0 % ≤ 20 °C"``."""
    temperature_c, percent = figures.histogram[-1] if figures.histogram else (0.0, 0.0)
    if percent < LEAST_DRAWN_PERCENT:
        return ""
    return f"{_telling(percent)} % ≤ {numbers.celsius(temperature_c)}"


def _structure(figures: StructureFigures, structure: Structure, worst_mm: float | None) -> PrintedFigures:
    least = numbers.celsius(figures.minimum_c)
    return PrintedFigures(
        name=structure.name,
        kind=structure.kind.value,
        coldest=f"≥ {least}" if figures.minimum_is_bound and figures.minimum_c is not None else least,
        edge=numbers.mm(figures.edge_mm),
        edge_pessimistic=numbers.mm(worst_mm),
        treatment=numbers.mm(figures.treatment_mm),
        volumes=tuple(_volume(volume) for volume in figures.volumes),
        swatch=printed_swatch(structure.kind, structure.colour),
        histogram=figures.histogram if _top(figures) else (),
        histogram_top=_top(figures),
    )
