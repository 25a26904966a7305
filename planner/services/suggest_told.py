"""What is told of a search? The candidates with names and reasons, what excluded the others, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.suggestion import (
    MOST_CANDIDATES,
    NAMES,
    Exclusion,
    SuggestCandidate,
    SuggestStage,
    with_placement,
)
from planner.planning.suggest_choice import non_dominated
from planner.planning.suggest_limits import is_cautious, untold_words
from planner.planning.suggest_words import against, explanation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.services.suggest_options import Option
    from planner.services.suggest_search import Search

MOST_HINTS = 4
_TREATS = ("treated", "worst diameter")


def candidates_of(search: Search) -> tuple[SuggestCandidate, ...]:
    """Return the placements that hold: none beaten on every axis, none near to another, the best covering first."""
    good = non_dominated(search.held, lambda one: one.figures)
    good.sort(key=lambda one: _order(search, one))
    chosen: list[Option] = []
    for one in good:
        if len(chosen) < MOST_CANDIDATES and not any(one.is_near(other) for other in chosen):
            chosen.append(one)
    found: list[SuggestCandidate] = []
    for name, one in zip(NAMES, chosen, strict=False):
        found.append(_candidate(search, one, name=name, first=found[0] if found else None))
    return tuple(found)


def _order(search: Search, one: Option) -> tuple[float, ...]:
    """Put the best covering first; of equal ones that above the caution, with more to spare, fewer probes, shorter."""
    figures = one.figures
    spare = 99.0 if figures.margin is None else figures.margin.spare_mm
    is_warned = not is_cautious(one.rows, search.target)
    return (
        -round(figures.covered_percent or 0.0),
        is_warned,
        -round(min(spare, 6.0)),
        figures.probes,
        figures.longest_mm,
    )


def _candidate(search: Search, one: Option, *, name: str, first: SuggestCandidate | None) -> SuggestCandidate:
    plan = with_placement(search.plan, one.probes, one.protocol)
    candidate = SuggestCandidate(
        name=name,
        probes=one.probes,
        protocol=one.protocol,
        figures=one.figures,
        plan_hash=plan.judged_hash,
        passages=one.passed,
        hard_rows=one.rows,
        not_assessed=untold_words(one.rows),
    )
    told = explanation(candidate, isotherm_c=search.rules.treatment_isotherm_c, position=plan.position)
    if first is not None:
        told = (*told, against(one.figures, first.figures, name=first.name))
    if search.present is not None:
        told = (*told, against(one.figures, search.present.figures, name="the plan as it was searched for"))
    return replace(candidate, explanation=told)


def exclusions_told(search: Search) -> tuple[Exclusion, ...]:
    """Return what excluded how many, stage by stage, most first."""
    later = [
        Exclusion(stage, words, count, _hint(search, subject_id, quantity), subject_id)
        for (stage, words, subject_id, quantity), count in search.excluded.items()
    ]
    merged: dict[tuple[SuggestStage, str], Exclusion] = {}
    for each in (*search.closed, *later):
        key = (each.stage, each.words)
        merged[key] = replace(each, count=each.count + (merged[key].count if key in merged else 0))
    order = list(SuggestStage)
    return tuple(sorted(merged.values(), key=lambda each: (order.index(each.stage), -each.count, each.words)))


def _hint(search: Search, subject_id: str, quantity: str) -> str:
    """Return what can be done about a limit that the ice breaks."""
    if subject_id == search.target.id:
        if quantity.startswith(_TREATS):
            return "Allow more probes, a longer freeze, or a model with larger ice."
        return "Choose a model with less cold, or a shorter freeze."
    if any(target.id == subject_id for target in search.plan.targets):
        return "Another target of the plan would become too cold: plan it apart."
    if not subject_id:
        return ""
    return "Plan a barrier (fluid or gas) before it, a shorter freeze, or a model with smaller ice."


def none_words(search: Search, exclusions: Sequence[Exclusion]) -> tuple[str, tuple[str, ...]]:
    """Return why there is no candidate, and what to do."""
    if not search.paths:
        return "No shaft could be tried: no skin lies within reach.", ("Choose a longer probe.",)
    stage = SuggestStage.SHAFTS
    if search.open_paths:
        stage = SuggestStage.FINE if search.fine else SuggestStage.COARSE
    own = [each for each in exclusions if each.stage is stage]
    most = f" Most often: {own[0].words} ({own[0].count} times)." if own else ""
    sentence = {
        SuggestStage.SHAFTS: f"None of {search.paths} shafts is open.",
        SuggestStage.COARSE: f"{search.open_paths} of {search.paths} shafts are open, but none of {search.coarse} "
        "computed placements holds every hard limit.",
        SuggestStage.FINE: f"Of {search.coarse} computed placements {search.fine} held on 2 mm cells, none on 1 mm.",
    }[stage]
    hints = dict.fromkeys(each.hint for each in own if each.hint)
    return sentence + most, tuple(hints)[:MOST_HINTS]


def notes_of(search: Search, *, shown: int) -> tuple[str, ...]:
    """Return what holds of all candidates."""
    notes = [*search.not_seen, *search.uncomputed]
    kept = [probe.label for probe in search.base.probes]
    if kept:
        drawn = "" if search.technique is None else " Placement errors are drawn of the suggested ones alone."
        notes.append(f"Locked probes stay and freeze with the suggested ones: {', '.join(kept)}.{drawn}")
    others = [target.words for target in search.plan.targets if target.id != search.target.id]
    if others:
        notes.append(f"Only {search.target.words} is meant to be treated; not {', '.join(others)}.")
    if search.technique is not None:
        notes.append(
            f"Draws: {search.technique.label}, {search.asked.wish.draws} a candidate on 2 mm cells; run the robustness "
            "of the adopted plan for more."
        )
    beaten = len(search.held) - shown
    if beaten > 0:
        are = "more holds but is" if beaten == 1 else "more hold but are"
        notes.append(f"{beaten} placement{'s' if beaten > 1 else ''} {are} beaten on every axis, or like one of these.")
    notes.append(
        "Margins are of the largest ice: every value of tissue and probe at the end that makes more ice. Adopting "
        "places the probes; the assessment of the adopted plan is what counts."
    )
    return tuple(notes)
