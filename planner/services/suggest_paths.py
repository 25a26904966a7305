"""Which of a million shafts to a target are open, and what closes the others? The first stage of a suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.access import PathReason
from planner.domain.errors import PlanInvalid
from planner.domain.probe import active_zone_lps_mm
from planner.domain.suggestion import Exclusion, SuggestStage
from planner.planning.suggest_aims import Fan, aims_lps_mm, beyond_aim_mm, fan
from planner.planning.suggest_crossed import first_crossed, uncrossed
from planner.planning.suggest_pick import Ways

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.access import ScreenedPaths
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.planning.path_screening import PathScreen

KEPT_PER_AIM = 64
"""Open ways of an aim that are looked at further; evenly taken from all."""
ENTRY_SPACING_MM = 4.0
_HINTS = {
    PathReason.LENGTH: "Choose a longer probe.",
    PathReason.STRUCTURE: "Plan another position of the patient, or look at the structure's mask and role.",
    PathReason.SCAN: "Scan more of the body.",
    PathReason.ANGLE: "The limits of the angle are project defaults (resources/access).",
    PathReason.TABLE: "Plan another position of the patient.",
    PathReason.HUB: "Choose a longer probe.",
    PathReason.BORE: "Lower the table, or take a shorter probe.",
}


@dataclass(frozen=True, slots=True, eq=False)
class OpenWays:
    """What screening left of one model's shafts.

    Parameters
    ----------
    kept
        Some of the open ones, the same number at most for every aim; None when none is open.
    closed
        How many each reason closed.
    """

    kept: Ways | None
    paths: int
    open_paths: int
    closed: tuple[Exclusion, ...]


def open_ways(
    plan: Plan,
    target: Target,
    models: Sequence[ProbeModel],
    *,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    seed: int,
) -> Iterator[tuple[ProbeModel, OpenWays, tuple[str, ...]]]:
    """Screen the shafts of each model; also return in words what could not be looked at.

    Raises
    ------
    PlanInvalid
        When the skin is not segmented: then nobody knows where a probe may enter.
    """
    from planner.persistence.access_table import access_limits
    from planner.persistence.resources import rule_set
    from planner.planning.path_screening import PathScreen

    entries = _entries_lps_mm(plan, masks)
    rules, limits = rule_set(plan.rule_set_id), access_limits()
    fans = {model.id: fan(_aims(plan, target, model, seed=seed), entries, model) for model in models}
    ends = [end for each in fans.values() if len(each) for end in (each.entries_lps_mm, each.tips_lps_mm)]
    if not ends:
        raise PlanInvalid(
            "No skin lies within a probe's reach of the target. Choose a longer probe, or look at the skin.",
            code="suggest-no-skin",
        )
    corners = np.array([bound(axis=0) for each in ends for bound in (each.min, each.max)])
    screen = PathScreen.of(plan, rules, masks, ends_lps_mm=corners, limits=limits)
    spared = uncrossed(plan, target, masks)
    for model in models:
        tried = fans[model.id]
        found = screen.screen(tried.entries_lps_mm, tried.tips_lps_mm, model)
        yield model, _sorted_out(tried, found, screen, (model, spared, masks)), screen.not_assessed(model)


def _entries_lps_mm(plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]) -> NDArray[np.float64]:
    from planner.planning.access import skin_entries

    if plan.skin is None or not masks[plan.skin.id].any():
        raise PlanInvalid(
            "The skin is not segmented, so nobody knows where a probe may enter. Segment it in the Structures step.",
            code="suggest-no-skin",
        )
    return np.asarray(skin_entries(plan, masks, spacing_mm=ENTRY_SPACING_MM).entries_lps_mm, dtype=np.float64)


def _aims(plan: Plan, target: Target, model: ProbeModel, *, seed: int) -> NDArray[np.float64]:
    """Return the aims; where the plan's own probes of this model freeze near the target is among them."""
    aims = aims_lps_mm(target, seed=seed)
    own = [
        np.mean(active_zone_lps_mm(probe, model), axis=0)
        for probe in plan.probes
        if probe.model_id == model.id and not plan.is_locked(probe.id)
    ]
    near = [middle for middle in own if np.linalg.norm(aims - middle, axis=1).min() < 2 * beyond_aim_mm(model)]
    return np.concatenate((aims, np.array(near))) if near else aims


def _sorted_out(
    tried: Fan,
    found: ScreenedPaths,
    screen: PathScreen,
    spared: tuple[ProbeModel, Sequence[Structure], Mapping[StructureId, NDArray[np.bool_]]],
) -> OpenWays:
    """Take some of the open ways of each aim, and of these what crosses nothing critical."""
    model, structures, masks = spared
    is_open = np.flatnonzero(found.is_open)
    closed = _closed(found, screen, model)
    if not len(is_open):
        return OpenWays(None, len(tried), 0, closed)
    kept = tried.taken(_some_per_aim(tried.aim[is_open], is_open))
    crossed = first_crossed(kept, structures, masks, screen.plan.volume.grid)
    counts = np.bincount(crossed[crossed >= 0], minlength=len(structures))
    closed += tuple(
        Exclusion(
            SuggestStage.SHAFTS,
            f"{structure.name}, crossed by the shaft",
            int(count),
            _HINTS[PathReason.STRUCTURE],
            structure.id,
        )
        for structure, count in zip(structures, counts, strict=True)
        if count
    )
    kept = kept.taken(crossed < 0)
    ways = Ways.of(kept, model, beyond_mm=beyond_aim_mm(model)) if len(kept) else None
    return OpenWays(ways, len(tried), len(is_open), closed)


def _some_per_aim(aim: NDArray[np.int32], place: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the places of at most ``KEPT_PER_AIM`` ways of each aim, evenly spread over its own."""
    starts = np.flatnonzero(np.r_[True, aim[1:] != aim[:-1]])
    ends = np.r_[starts[1:], len(aim)]
    chosen = [
        np.unique(np.linspace(start, end - 1, min(KEPT_PER_AIM, end - start)).round().astype(np.intp))
        for start, end in zip(starts, ends, strict=True)
    ]
    return place[np.concatenate(chosen)]


def _closed(found: ScreenedPaths, screen: PathScreen, model: ProbeModel) -> tuple[Exclusion, ...]:
    """Return how many ways each reason closed, structure by structure, most first."""
    told = []
    for reason, count in found.counts().items():
        if reason is PathReason.OPEN or not count:
            continue
        if reason is not PathReason.STRUCTURE:
            told.append(Exclusion(SuggestStage.SHAFTS, reason.words, count, _HINTS[reason]))
            continue
        which = found.structure_index[found.reason == reason]
        for number, many in enumerate(np.bincount(which[which >= 0], minlength=len(screen.obstacles))):
            if many:
                obstacle = screen.obstacles[number]
                words = f"{obstacle.structure.name}, shaft nearer than {obstacle.needed_mm(model):.1f} mm"
                told.append(
                    Exclusion(SuggestStage.SHAFTS, words, int(many), _HINTS[reason], subject_id=obstacle.structure.id)
                )
    return tuple(sorted(told, key=lambda each: (-each.count, each.words)))
