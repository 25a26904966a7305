"""What does the report say, and may it be made at all? Plan, prediction and assessment in, printed text out.

The only way to a page leads through :func:`build_report`. It refuses when the three do not belong together (H-50) or
when a number is not finite (H-17).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import canonical_json, content_hash, short_hash
from planner.domain.errors import PlanInvalid, ReportRefused
from planner.domain.site_rules import other_rules_sentence
from planner.planning.permission import title_words
from planner.report import (
    anatomy,
    figuring,
    judging,
    operating,
    placing,
    predicting,
    ranging,
    risking,
    robusting,
    ruling,
    targeting,
)
from planner.report.export import assessment_json, plan_json
from planner.report.printed import Attachment, Fact, ReportModel
from planner.report.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.atlas import AtlasEntry, SourcedText
    from planner.domain.identity import PatientIdentity, ProbeId
    from planner.domain.model_card import ModelCard
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.robustness import Robustness, RobustnessTable
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationResult
    from planner.domain.site_rules import RuleChange
    from planner.domain.tissue import Tissue
    from planner.domain.uncertainty import BandRow, PredictionRange
    from planner.planning.probe_facts import ProbeFacts
    from planner.report.case_printed import PrintedCase

__all__ = ["ReportModel", "ReportStamp", "ReportTables", "build_report"]


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The tables the plan was made with: probe catalogue, tissues of the prediction, rules of the assessment, atlas.

    ``card`` is the model card, ``outside`` the sentences about where this prediction leaves it. ``uncertainty`` is the
    smallest and largest ice of the plan, ``robustness`` what its draws said, judged by ``robustness_table``; without
    them those sections read NOT ASSESSED. ``band`` is what that range means
    for each check, ``band_words`` what its dashed line in the pictures is, ``probe_facts`` what each shaft meets.
    ``measured`` holds what was measured on the CT as (name, figures), ``advice`` what the sources say of every target
    alike. ``rule_changes`` is the site's record of its rules, ``site_name`` and ``site_texts`` (by atlas id) its own
    words; ``attached`` are files that travel with the plan's own, and win over those by their name. ``case`` are the
    pages of the case that the plan is in, ``case_fact`` what the first page says of it.
    """

    models: Sequence[ProbeModel]
    rules: RuleSet
    tissues: Sequence[Tissue] = ()
    card: ModelCard | None = None
    outside: Sequence[str] = ()
    uncertainty: PredictionRange | None = None
    robustness: Robustness | None = None
    robustness_table: RobustnessTable | None = None
    measured: Sequence[tuple[str, str]] = ()
    atlas: Sequence[AtlasEntry] = ()
    advice: Sequence[SourcedText] = ()
    band: Sequence[BandRow] = ()
    band_words: str = ""
    probe_facts: Mapping[ProbeId, ProbeFacts] = field(default_factory=dict)
    site_name: str = ""
    site_texts: Mapping[str, str] = field(default_factory=dict)
    rule_changes: Sequence[RuleChange] = ()
    attached: Sequence[Attachment] = ()
    case: PrintedCase | None = None
    case_fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class ReportStamp:
    """When, by whom and with which program. ``made_at`` is timezone-aware; no clock is read here."""

    made_at: datetime
    version: str
    author: str = ""

    def __post_init__(self) -> None:
        if self.made_at.utcoffset() is None:
            raise ReportRefused("The report's time has no time zone. Give it in UTC.", code="report-time-zone")

    @property
    def utc(self) -> str:
        """ISO 8601 in UTC to the second, such as ``"2026-11-22T11:48:00Z"``."""
        return self.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build_report(
    plan: Plan,
    *,
    identity: PatientIdentity,
    result: SimulationResult,
    assessment: Assessment,
    tables: ReportTables,
    stamp: ReportStamp,
) -> ReportModel:
    """Gather everything printed.

    Parameters
    ----------
    identity
        As it shall stand on the page; an empty :class:`PatientIdentity` prints "Unnamed patient".

    Raises
    ------
    ReportRefused
        When the assessment is of another plan, prediction or rule set, the range is of another plan, a probe's model
        is unknown, or a number is not finite.
    """
    _refuse_strangers(plan, result=result, assessment=assessment, tables=tables)
    _refuse_other_range(plan, tables.uncertainty)
    _refuse_other_draws(plan, tables.robustness)
    _refuse_not_finite(assessment, result)
    statements = load_statements()
    pessimist = judging.Pessimist(tables.band)
    model = ReportModel(
        title=_title(plan),
        identity=identity.label,
        made_at=stamp.utc,
        version=stamp.version,
        disclaimer=statements.disclaimer,
        mark=_mark(plan),
        plan_hash=plan.hash,
        plan_hash_short=short_hash(plan.hash),
        overall=assessment.verdict.value,
        counts=judging.verdict_counts(assessment),
        case_facts=placing.case_facts(plan, identity, author=stamp.author),
        scan_facts=placing.scan_facts(plan),
        scan_ids=placing.scan_ids(plan.volume),
        scan_notes=plan.volume.notes,
        targets=targeting.printed_targets(plan, assessment, tables.atlas),
        probes=operating.printed_probes(
            plan, tables.models, assessment=assessment, pessimist=pessimist, facts=tables.probe_facts
        ),
        protocol_name=plan.protocol.title,
        protocol_source=plan.protocol.source,
        phases=placing.printed_phases(plan.protocol, plan.probes),
        ice=predicting.ice_volumes(result, statements.ice_legend),
        attention=judging.attention(assessment, pessimist),
        groups=judging.groups(assessment, plan, pessimist),
        not_assessed=judging.not_assessed_by_reason(assessment, pessimist),
        acknowledgements=targeting.printed_acknowledgements(plan, tables.atlas),
        model_facts=_model_facts(result, assessment, tables),
        unverified=predicting.unverified_values(result),
        model_limits=statements.model_limits,
        warnings=statements.warnings,
        sources=(),
        attachments=_attachments(plan, assessment, tables.attached),
        head_notes=_head_notes(plan, assessment, tables.rules),
        structures=anatomy.printed_structures(plan, tables.rules),
        waivers=anatomy.printed_waivers(plan, assessment),
        title_words=title_words(plan, tables.atlas),
        advice=targeting.printed_advice(plan, tables.advice),
        cover_facts=(
            *placing.cover_facts(plan, identity, site_name=tables.site_name),
            *((tables.case_fact,) if tables.case_fact is not None else ()),
        ),
        tally=judging.tally(assessment),
        terms=statements.terms,
        signatures=_signatures(stamp),
        case=tables.case,
    )
    model = _with_tables(model, plan, assessment, tables)
    return replace(model, sources=statements.cited_in(_texts_with_sources(model)))


def _with_tables(model: ReportModel, plan: Plan, assessment: Assessment, tables: ReportTables) -> ReportModel:
    """Add what rests on the range, the figures beside the checks and the tables."""
    return replace(
        model,
        range=ranging.printed_range(tables.uncertainty),
        card=ranging.printed_card(tables.card, tables.outside),
        measured=tuple(Fact(name, figures) for name, figures in tables.measured),
        site_rules=ruling.printed_site_rules(tables.rules, tables.rule_changes),
        robustness=robusting.printed_robustness(tables.robustness, tables.robustness_table),
        range_notes=(*ranging.range_notes(tables.uncertainty), *robusting.robustness_notes(tables.robustness)),
        band_words=tables.band_words,
        figure_levels=figuring.figure_levels(assessment),
        structure_figures=figuring.structure_figures(plan, assessment, tables.band),
        far_structures=figuring.far_words(plan, assessment),
        heat_sinks=figuring.heat_sinks(plan, tables.uncertainty),
        heat_sinks_missing=figuring.no_heat_sinks(tables.uncertainty),
        risks=risking.printed_risks(plan, assessment, atlas=tables.atlas, site_texts=tables.site_texts),
    )


def _refuse_strangers(plan: Plan, *, result: SimulationResult, assessment: Assessment, tables: ReportTables) -> None:
    """Refuse an assessment made from another plan, prediction or rule set than the ones to be printed."""
    pairs = (
        (assessment.plan_hash, plan.judged_hash, "the plan", "report-plan-hash"),
        (assessment.input_hash, result.input_hash, "the prediction", "report-input-hash"),
        (assessment.rule_set_hash, content_hash(tables.rules), "the rules", "report-rules-hash"),
    )
    for judged, printed, words, code in pairs:
        if judged != printed:
            raise ReportRefused(
                f"The assessment was made from another state of {words}: {short_hash(judged)}, not "
                f"{short_hash(printed)}. Assess the plan again, then make the report.",
                code=code,
            )


def _refuse_other_range(plan: Plan, uncertainty: PredictionRange | None) -> None:
    """Refuse a range that was predicted for another state of the plan (H-50)."""
    if uncertainty is not None and uncertainty.plan_hash != plan.judged_hash:
        raise ReportRefused(
            "The range of the prediction was made from another state of the plan. Predict the range again.",
            code="report-range-hash",
        )


def _refuse_other_draws(plan: Plan, robustness: Robustness | None) -> None:
    """Refuse draws of another state of the plan (H-50)."""
    if robustness is not None and robustness.plan_hash != plan.judged_hash:
        raise ReportRefused(
            "The robustness was computed of another state of the plan. Run the draws again.",
            code="report-robustness-hash",
        )


def _refuse_not_finite(assessment: Assessment, result: SimulationResult) -> None:
    """Refuse when any number that could be printed or drawn is NaN or infinite."""
    try:
        canonical_json(assessment)
    except PlanInvalid as error:
        raise ReportRefused(
            "The assessment holds a value that is not a number. Compute the prediction again.", code="report-not-finite"
        ) from error
    broken = int(np.count_nonzero(~np.isfinite(result.minimum_c)))
    if broken:
        raise ReportRefused(
            f"The prediction holds {broken} cells without a temperature. Compute it again.", code="report-not-finite"
        )


def _texts_with_sources(model: ReportModel) -> Iterator[str]:
    """Every printed text in which a source id may stand."""
    yield model.protocol_source
    yield from (*model.model_limits, *model.advice)
    yield from model.warnings
    yield from model.range.varied
    yield from (fact.text for fact in model.robustness.facts)
    yield from (limit.limit for limit in model.robustness.limits)
    yield from (entry.finding for entry in model.acknowledgements)
    yield from (probe.boundary for probe in model.probes)
    for structure in model.structures:
        yield from structure.margins
    if model.card is not None:
        yield from (*model.card.modelled, *model.card.not_modelled)
    for fact in (*model.model_facts, *(fact for target in model.targets for fact in target.facts)):
        yield fact.text
    judged = (check for group in model.groups for check in group.checks)
    for check in (*judged, *(check for gap in model.not_assessed for check in gap.checks)):
        yield check.limit
        yield check.reason
    for sheet in model.risks:
        yield from (*sheet.risks, *sheet.outcomes, sheet.recovery)
    yield from (term.meaning for term in model.terms)
    if model.case is not None and model.case.follow_ups is not None:
        yield from (fact.text for fact in model.case.follow_ups.signs)


def _head_notes(plan: Plan, assessment: Assessment, rules: RuleSet) -> tuple[str, ...]:
    """Return what comes before any verdict: other rules than the plan notes, the site's, what the anatomy lacks."""
    other = other_rules_sentence(plan.rule_set_hash, rules)
    site = ruling.site_rules_sentence(rules)
    return (*(said for said in (other, site) if said), *anatomy.head_notes(plan, assessment))


def _title(plan: Plan) -> str:
    words = [target.words for target in plan.targets]
    return " and ".join((*words[:1], *(word[:1].lower() + word[1:] for word in words[1:]))) or plan.name


def _mark(plan: Plan) -> str:
    if plan.case_kind == "patient":
        return ""
    return "TRAINING" if plan.case_kind in ("training", "practice") else "DEMO"


def _model_facts(result: SimulationResult, assessment: Assessment, tables: ReportTables) -> tuple[Fact, ...]:
    facts = predicting.model_facts(result, assessment, rules=tables.rules)
    return (*facts, Fact("Tissue values from", predicting.tissue_sources(result, tables.tissues)))


def _signatures(stamp: ReportStamp) -> tuple[Fact, ...]:
    """Return who signs: the planner by name where it is known, and two others, empty."""
    return (Fact("Planned by", stamp.author), Fact("Checked by", ""), Fact("Operator", ""))


def _attachments(plan: Plan, assessment: Assessment, attached: Sequence[Attachment]) -> tuple[Attachment, ...]:
    own = (
        Attachment("plan.json", plan_json(plan), "The plan as canonical JSON; its sha256 is the plan hash."),
        Attachment("assessment.json", assessment_json(assessment), "Every check with its number and limits."),
    )
    replaced = {file.name for file in attached}
    return (*(file for file in own if file.name not in replaced), *attached)
