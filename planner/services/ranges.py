"""How much smaller or larger may the ice be? A plan's prediction three times, and the band that encloses them.

The only way to a range: what is drawn around the ice, told beside a margin and printed comes from one
:class:`planner.services.shared.SharedRange`. The printed table holds the three cases as computed; the band drawn around
them, and :attr:`SharedRange.rows`, are wider by the model's known error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json, content_hash
from planner.domain.identity import BlobRef, Sha256
from planner.domain.rule import Verdict
from planner.domain.uncertainty import (
    SHOWN_LEVELS_C,
    BandRow,
    CaseOutcome,
    IceCase,
    PredictionRange,
    RangeRow,
    UncertaintyRanges,
)
from planner.persistence import codec
from planner.services.heat_sinks import CELLS_MM, heat_sinks
from planner.services.prediction import body_at_rest, judged, predict, request_for
from planner.services.range_quantities import is_coverage, is_margin, is_of_ice
from planner.services.range_words import varied_words
from planner.services.shared import SharedRange

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment, Check
    from planner.domain.plan import Plan
    from planner.domain.progress import Progress
    from planner.domain.simulation import SimulationRequest, SimulationResult
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import PredictRange

NEAR_MM = 15.0
"""Structures farther from the largest ice are not listed: half as far again as the widest margin asked for."""
ROWS_MADE = 2
"""Counts up when :func:`range_rows` lists other rows: a range kept before is then made again."""
_WORDS = {IceCase.SMALLEST: "Smallest ice", IceCase.NOMINAL: "Nominal ice", IceCase.LARGEST: "Largest ice"}


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything the range depends on."""

    plan_hash: Sha256
    request_hash: Sha256
    rules_hash: Sha256
    ranges: UncertaintyRanges
    heat_sink_cells_mm: float = CELLS_MM
    rows_made: int = ROWS_MADE


@dataclass(frozen=True, slots=True)
class _Case:
    """One computed case."""

    outcome: CaseOutcome
    assessment: Assessment
    minimum: BlobRef


@dataclass(frozen=True, slots=True)
class _Band:
    """What is kept of a band."""

    rows: tuple[BandRow, ...]


def predict_range(request: PredictRange, *, blobs: BlobStore, progress: Progress) -> SharedRange:
    """Task: predict and judge a plan in the three cases, and lay the band around them for the isotherms asked for."""
    from planner.persistence.resources import rule_set
    from planner.persistence.uncertainty import model_card
    from planner.services.band import VISIBLE_C, shared_edges

    shared = _range(request, blobs=blobs, progress=progress)
    progress(0, 1, "Drawing the band")
    isotherm_c = rule_set(request.plan.rule_set_id).treatment_isotherm_c
    error_mm = model_card().known_error_mm
    edges = shared_edges(
        [blobs.get(ref) for ref in shared.minima],
        shared.grid,
        levels_c=(*request.levels_c, VISIBLE_C, isotherm_c),
        error_mm=error_mm,
        blobs=blobs,
    )
    rows = _band(request.plan, replace(shared, error_mm=error_mm, edges=edges), isotherm_c=isotherm_c, blobs=blobs)
    return replace(shared, error_mm=error_mm, edges=edges, rows=rows)


def _band(plan: Plan, shared: SharedRange, *, isotherm_c: float, blobs: BlobStore) -> tuple[BandRow, ...]:
    """Return what the band means for targets and structures; told once, also when isotherms are added."""
    from planner.services.band import band_rows
    from planner.services.band_structures import BandFields, structure_band_rows

    name = f"band-{content_hash((shared.prediction.range_hash, shared.error_mm, isotherm_c))}.json"
    kept = blobs.note(name)
    if kept is not None:
        return codec.decode(kept, _Band, where=name).rows
    edges, error_mm = shared.edges, shared.error_mm
    rows = band_rows(plan, shared.prediction.rows, edges, isotherm_c=isotherm_c, error_mm=error_mm, blobs=blobs)
    fields = BandFields(tuple(blobs.get(ref) for ref in shared.minima), shared.grid, edges, isotherm_c, error_mm)
    band = _Band((*rows, *structure_band_rows(plan, fields, known=rows, blobs=blobs)))
    blobs.keep_note(name, canonical_json(band))
    return band.rows


def _range(request: PredictRange, *, blobs: BlobStore, progress: Progress) -> SharedRange:
    """Return the three cases; a range already in the store is not made again."""
    from planner.persistence.resources import rule_set
    from planner.persistence.uncertainty import uncertainty_ranges

    plan, ranges = request.plan, uncertainty_ranges()
    asked = request_for(plan, spacing_mm=request.spacing_mm)
    inputs = _Inputs(plan.judged_hash, asked.input_hash, content_hash(rule_set(plan.rule_set_id)), ranges)
    name = f"range-{content_hash(inputs)}.json"
    kept = blobs.note(name)
    if kept is not None:
        return codec.decode(kept, SharedRange, where=name)
    cases, tissue_ids = _cases(request, asked, ranges, blobs=blobs, progress=progress)
    nominal = cases[IceCase.NOMINAL].assessment
    sinks = heat_sinks(plan, request.volume, nominal, blobs=blobs, progress=_named(progress, "Heat sinks"))
    found = PredictionRange(
        plan_hash=plan.judged_hash,
        range_hash=content_hash(inputs),
        spacing_mm=request.spacing_mm,
        cases=tuple(case.outcome for case in cases.values()),
        rows=range_rows({case: each.assessment for case, each in cases.items()}),
        varied=varied_words(asked, ranges, tissue_ids=tissue_ids),
        held=tuple(f"{entry.words}: {entry.reason}." for entry in ranges.held),
        heat_sinks=sinks,
    )
    shared = SharedRange(found, asked.grid, tuple(case.minimum for case in cases.values()))
    blobs.keep_note(name, canonical_json(shared))
    return shared


def _cases(
    request: PredictRange,
    asked: SimulationRequest,
    ranges: UncertaintyRanges,
    *,
    blobs: BlobStore,
    progress: Progress,
) -> tuple[dict[IceCase, _Case], tuple[str, ...]]:
    """Run the three requests on one tissue map, one after the other; also return the tissues on it.

    The nominal one is the plan's own prediction: when that is in the store, it is not made again.
    """
    from planner.services.tasks import Predict
    from planner.thermal.run import simulate
    from planner.thermal.uncertainty import variants

    tissue_map = body_at_rest(asked, request.volume, blobs=blobs, progress=progress).tissue_map
    cases = {}
    for case, varied in variants(asked, ranges).items():
        told = _named(progress, _WORDS[case])
        if case is IceCase.NOMINAL:
            made = predict(Predict(request.volume, request.plan, request.spacing_mm), blobs=blobs, progress=told)
            result, assessment = made.result.open(blobs), made.assessment
        else:
            result = simulate(varied, tissue_map, progress=told)
            told(0, 1, "Judging margins")
            assessment = judged(request.plan, result, blobs=blobs)
        cases[case] = _Case(_outcome(case, varied, result), assessment, blobs.put(result.minimum_c))
    return cases, tissue_map.tissue_ids


def _outcome(case: IceCase, varied: SimulationRequest, result: SimulationResult) -> CaseOutcome:
    from planner.domain.probe import active_zone_lps_mm
    from planner.planning.ice_size import isotherm_sizes

    zones = [active_zone_lps_mm(probe, varied.model_of(probe)) for probe in varied.probes]
    return CaseOutcome(
        case, varied.input_hash, isotherm_sizes(result.minimum_c, result.grid, SHOWN_LEVELS_C, zones=zones)
    )


def range_rows(assessments: dict[IceCase, Assessment]) -> tuple[RangeRow, ...]:
    """Put the three cases side by side.

    Coverage of targets is decided by the smallest ice, the margins of structures near the ice by the largest. Of all
    other checks that move with the ice those are listed that fail, ask for attention or are worse in the case that
    decides than in the nominal one: none of them may be held back (H-26).
    """
    by_case = {case: {_key(check): check for check in each.checks} for case, each in assessments.items()}
    # The largest ice may meet a structure of which the nominal one has no check at all.
    every = by_case[IceCase.NOMINAL] | by_case[IceCase.LARGEST] | by_case[IceCase.SMALLEST]
    coverage, margins, others = [], [], []
    for key in every:
        three = {case: checks.get(key) for case, checks in by_case.items()}
        check = three[IceCase.NOMINAL] or every[key]
        if _is_coverage(check):
            coverage.append(_row(check, three, IceCase.SMALLEST))
            continue
        decisive = _decisive(check, three)
        if _is_margin(check) and _is_near(three[IceCase.LARGEST]):
            margins.append(_row(check, three, IceCase.LARGEST))
        elif _is_in_question(three, decisive):
            others.append(_row(check, three, decisive))
    margins.sort(key=lambda row: (row.largest is None, row.largest or 0.0))
    others.sort(key=lambda row: -Verdict(row.verdict).rank)
    return (*coverage, *margins, *others)


def _key(check: Check) -> tuple[str, str]:
    return check.subject_id, check.quantity


def _is_coverage(check: Check) -> bool:
    return _is_of_target(check) and is_coverage(check.quantity)


def _is_of_target(check: Check) -> bool:
    return check.subject_kind.startswith("target ")


def _is_margin(check: Check) -> bool:
    return is_margin(check.quantity)


def _is_near(largest: Check | None) -> bool:
    """Whether the largest ice comes near a structure, or nearer than a wide margin of its own allows."""
    if largest is None or largest.value is None:
        return True
    return largest.value <= max(NEAR_MM, largest.pass_limit or 0.0)


def _decisive(check: Check, three: dict[IceCase, Check | None]) -> IceCase:
    """Return the case a check should hold in: the largest ice, but for a target whichever of the ends is worse."""
    smallest, largest = three[IceCase.SMALLEST], three[IceCase.LARGEST]
    if smallest is None or not _is_of_target(check):
        return IceCase.LARGEST
    is_worse = largest is None or smallest.verdict.rank > largest.verdict.rank
    return IceCase.SMALLEST if is_worse else IceCase.LARGEST


def _is_in_question(three: dict[IceCase, Check | None], decisive: IceCase) -> bool:
    """Whether the deciding case fails, asks for attention, or is worse than the nominal one.

    What is the same whatever the ice does, as a needle's path is, is no matter of the range.
    """
    found, nominal = three[decisive], three[IceCase.NOMINAL]
    if found is None:
        return False
    if nominal is not None and found.verdict.rank > nominal.verdict.rank:
        return True
    if found.verdict not in (Verdict.FAIL, Verdict.CHECK):
        return False
    said = {None if each is None else (each.verdict, each.value) for each in three.values()}
    return is_of_ice(found.quantity) or len(said) > 1


def _row(check: Check, three: dict[IceCase, Check | None], decisive: IceCase) -> RangeRow:
    values = {case: None if found is None else found.value for case, found in three.items()}
    decided = three[decisive] or check
    return RangeRow(
        subject_name=check.subject_name,
        quantity=check.quantity,
        unit=check.unit,
        smallest=values[IceCase.SMALLEST],
        nominal=values[IceCase.NOMINAL],
        largest=values[IceCase.LARGEST],
        decisive=decisive,
        limit=decided.limit,
        verdict=decided.verdict.value,
        reason=decided.reason,
        subject_id=check.subject_id,
        pass_limit=decided.pass_limit,
        fail_limit=decided.fail_limit,
    )


def _named(progress: Progress, words: str) -> Progress:
    """Put the case's name before each phase."""

    def named(done: int, total: int, phase: str) -> None:
        progress(done, total, f"{words}: {phase[:1].lower()}{phase[1:]}")

    return named
