"""What is printed of the prediction? Ice volumes, how the numbers were made, and what stands behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.datum import Datum
from planner.domain.digest import short_hash
from planner.domain.simulation import RESULT_SPACING_MM
from planner.domain.site_rules import rule_set_words
from planner.domain.temperature import STEP_C
from planner.report import numbers
from planner.report.printed import Fact, PrintedIce
from planner.thermal.exposure import volume_ml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationResult
    from planner.domain.tissue import Tissue
    from planner.report.statements import IceLegend


def ice_volumes(result: SimulationResult, legend: Sequence[IceLegend]) -> tuple[PrintedIce, ...]:
    """Measure the volume that was ever at or below each level, probes' own cells included (H-26)."""
    return tuple(
        PrintedIce(
            level_c=entry.level_c,
            legend=entry.text,
            volume=numbers.millilitres(volume_ml(result.minimum_c, result.grid, level_c=entry.level_c)),
        )
        for entry in legend
    )


def model_facts(result: SimulationResult, assessment: Assessment, *, rules: RuleSet) -> tuple[Fact, ...]:
    """State how the prediction was computed, so that somebody else can repeat it."""
    record = result.record
    slices, rows, columns = result.grid.shape_kji
    spacing_mm = result.grid.spacing_ijk_mm[0]
    grade = ", a preview and not a final prediction" if spacing_mm > RESULT_SPACING_MM else ""
    edge = (
        "the cold reaches the edge of the computed box; the true volumes are not known"
        if record.reaches_boundary
        else "the cold stays inside the computed box"
    )
    return (
        Fact("Solver", f"{record.method}, version {record.solver_version}, {record.stages} stages"),
        Fact(
            "Grid",
            f"{numbers.mm(spacing_mm)}, {columns} × {rows} × {slices}, {record.cells} cells{grade}",
        ),
        Fact("Energy error", f"{numbers.number(record.energy_error_percent, decimals=2)} %"),
        *([Fact("Convergence", record.convergence)] if record.convergence else []),
        *_storage_facts(result),
        Fact("Edge", edge),
        Fact("Treatment isotherm", numbers.celsius(rules.treatment_isotherm_c)),
        Fact("Rules", f"{rules.id}, {rule_set_words(rules)}, hash {short_hash(assessment.rule_set_hash)}"),
        Fact("Prediction hash", short_hash(result.input_hash)),
        *(Fact("Finding", finding) for finding in record.findings),
        *(Fact("Note", note) for note in record.notes),
    )


def _storage_facts(result: SimulationResult) -> tuple[Fact, ...]:
    error_c = result.record.temporal_error_c
    if error_c is None:
        return ()
    return (
        Fact(
            "Stored",
            f"{len(result.times_s)} times, to {numbers.number(STEP_C / 2, decimals=3)} °C; linear between them, where "
            f"the worst cell is off by {numbers.number(error_c, decimals=1)} °C for seconds",
        ),
    )


def unverified_values(result: SimulationResult) -> tuple[str, ...]:
    """List what the solver used without a source behind it, one line per tissue or probe."""
    groups: dict[str, list[str]] = {}
    for entry in result.record.unverified:
        owner, _, name = entry.partition(": ")
        groups.setdefault(owner, []).append(name)
    return tuple(f"{owner}: {', '.join(names)}" if any(names) else owner for owner, names in groups.items())


def tissue_sources(result: SimulationResult, tissues: Sequence[Tissue]) -> str:
    """Name the sources of the tissue values in use, in words; an em dash when no tissue states one."""
    used = set(result.tissue_ids)
    values = (getattr(tissue, name) for tissue in tissues if tissue.id in used for name in tissue.__slots__)
    named = (datum.source.split(", ") for datum in values if isinstance(datum, Datum) and datum.source)
    sources = sorted({source for several in named for source in several})
    return ", ".join(sources) or numbers.MISSING
