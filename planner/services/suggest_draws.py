"""In how many draws of the placement error does each suggested placement hold? Few draws each, on coarse cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.rule import Verdict
from planner.planning.robustness import wilson
from planner.planning.verdicts import TREATMENT
from planner.services.suggest_places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.probe import ProbePlacement
    from planner.domain.robustness import LimitValue, Share
    from planner.planning.robust_limits import PathLimits
    from planner.services.suggest_options import Option
    from planner.services.suggest_places import PlacesPlan, PlaceTold
    from planner.services.suggest_search import Search

DRAW_CHUNK = 6


def shares_held(search: Search, plan: PlacesPlan, options: Sequence[Option]) -> list[Share | None]:
    """Return the share of draws in which every limit of the wanted target, of structures and of shafts holds.

    Without locked probes, which lie where they lie here, the draws of an option are the first ones of the adopted
    plan's robustness: same technique, seed and numbers.
    """
    drawn = [_drawn(search, option) for option in options]
    places = [
        Place(0, probes, option.protocol, stops_s=_stop(option))
        for option, each in zip(options, drawn, strict=True)
        for probes in each
        if probes
    ]
    told = iter(search.work.told(plan, places, chunk=DRAW_CHUNK, phase="Drawing placement errors"))
    limits = _path_limits(search, [probe for each in drawn for probes in each for probe in probes])
    shares: list[Share | None] = []
    for option, each in zip(options, drawn, strict=True):
        kept = tuple(probe for probe in search.base.probes)
        held = sum(_is_held(search, next(told), limits.values((*kept, *probes))) for probes in each if probes)
        shares.append(wilson(held, len(each)) if option.probes else None)
    return shares


def _stop(option: Option) -> tuple[float, ...]:
    from planner.planning.suggest_freeze import is_single

    return (option.figures.freeze_s,) if is_single(option.protocol) else ()


def _drawn(search: Search, option: Option) -> list[tuple[ProbePlacement, ...]]:
    """Return the probes of every draw; empty for a draw in which a shaft is none any more."""
    from planner.planning.placement_errors import displaced, draws

    assert search.technique is not None  # noqa: S101 - asked before
    wish, found = search.asked.wish, []
    for draw in draws(option.probes, search.technique, seed=wish.seed, numbers=range(wish.draws)):
        try:
            found.append(displaced(option.probes, draw))
        except PlanInvalid:
            found.append(())
    return found


def _path_limits(search: Search, probes: Sequence[ProbePlacement]) -> PathLimits:
    from planner.persistence.resources import probe_models
    from planner.planning.robust_limits import PathLimits

    every = (*search.base.probes, *probes)
    ends = np.array([end for probe in every for end in (probe.entry_lps_mm, probe.tip_lps_mm)], dtype=np.float64)
    models = {model.id: model for model in probe_models()}
    plan = replace(search.base, probes=())
    return PathLimits.of(plan, search.rules, search.masks, models=models, ends_lps_mm=ends)


def _is_held(search: Search, told: PlaceTold, paths: Sequence[LimitValue]) -> bool:
    """Whether every limit was told and none failed; other targets than the wanted one are not to be treated."""
    if told.reason:
        return False
    own = [
        value
        for key, value in zip(search.keys, told.ice[0].values, strict=True)
        if key.quantity not in TREATMENT or key.subject_id == search.target.id
    ]
    return all(value.verdict in (Verdict.PASS, Verdict.CHECK) for value in (*own, *paths))
