"""Which of a million shafts to a target are open, and what closes the others? The first stage of a suggestion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.access import PathReason
from planner.domain.errors import PlanInvalid
from planner.domain.probe import active_zone_lps_mm
from planner.domain.suggestion import Exclusion, SuggestStage
from planner.planning.suggest_aims import Fan, aims_lps_mm, beyond_aim_mm, fan
from planner.planning.suggest_pick import Ways

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.access import ScreenedPaths
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.target import Target
    from planner.planning.path_screening import PathScreen
    from planner.services.suggest_effort import Effort

KEPT_PER_AIM = 56
"""Open ways of an aim that are looked at further; evenly taken from all."""
ENTRY_SPACING_MM = 4.0
ROOM_MM = 20.0
"""Shafts near to those of the fans are looked at later."""
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


class Screening:
    """The skin, the fans of shafts of each model, and what stands in their way."""

    def __init__(
        self,
        plan: Plan,
        target: Target,
        models: Sequence[ProbeModel],
        *,
        masks: Mapping[StructureId, NDArray[np.bool_]],
        tried: tuple[int, Effort],
    ) -> None:
        """Lay it out; ``tried`` are the seed and how much is looked at.

        Raises
        ------
        PlanInvalid
            When the skin is not segmented: then nobody knows where a probe may enter.
        """
        from planner.persistence.access_table import access_limits
        from planner.persistence.resources import rule_set
        from planner.planning.path_screening import PathScreen

        self.entries_lps_mm = _entries_lps_mm(plan, masks)
        seed, effort = tried
        self._fans = {
            model.id: fan(
                _aims(plan, aims_lps_mm(target, seed=seed, count=effort.aims), model),
                self.entries_lps_mm,
                model,
                paths=effort.paths,
            )
            for model in models
        }
        ends = [end for each in self._fans.values() if len(each) for end in (each.entries_lps_mm, each.tips_lps_mm)]
        if not ends:
            raise PlanInvalid(
                "No skin lies within a probe's reach of the target. Choose a longer probe, or look at the skin.",
                code="suggest-no-skin",
            )
        ends += [np.array((probe.entry_lps_mm, probe.tip_lps_mm)) for probe in plan.probes]
        corners = np.array([bound(axis=0) for each in ends for bound in (each.min, each.max)])
        room = np.array((-ROOM_MM, ROOM_MM))[:, None]
        corners = np.concatenate((corners, np.array((corners.min(axis=0), corners.max(axis=0))) + room))
        limits = access_limits()
        # What holds another target is in the way of this one.
        alone = replace(plan, targets=(target,))
        self._screen = PathScreen.of(alone, rule_set(plan.rule_set_id), masks, ends_lps_mm=corners, limits=limits)

    def not_assessed(self, model: ProbeModel) -> tuple[str, ...]:
        """Return in words what could not be looked at."""
        return self._screen.not_assessed(model)

    def open_ways(self, model: ProbeModel) -> OpenWays:
        """Screen the whole fan of a model and keep some of the open ways of each aim."""
        tried = self._fans[model.id]
        found = self._screen.screen(tried.entries_lps_mm, tried.tips_lps_mm, model)
        is_open = np.flatnonzero(found.is_open)
        closed = _closed(found, self._screen, model)
        if not len(is_open):
            return OpenWays(None, len(tried), 0, closed)
        kept = tried.taken(_some_per_aim(tried.aim[is_open], is_open, most=KEPT_PER_AIM))
        ways = Ways.of(kept, model, beyond_mm=beyond_aim_mm(model))
        return OpenWays(ways, len(tried), len(is_open), closed)

    def is_open(self, shafts: Fan, model: ProbeModel) -> NDArray[np.bool_]:
        """Return which shafts no hard limit of a shaft closes, shape (N,)."""
        return self._screen.screen(shafts.entries_lps_mm, shafts.tips_lps_mm, model).is_open


def _entries_lps_mm(plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]) -> NDArray[np.float64]:
    from planner.planning.access import skin_entries

    if plan.skin is None or not masks[plan.skin.id].any():
        raise PlanInvalid(
            "The skin is not segmented, so nobody knows where a probe may enter. Segment it in the Structures step.",
            code="suggest-no-skin",
        )
    return np.asarray(skin_entries(plan, masks, spacing_mm=ENTRY_SPACING_MM).entries_lps_mm, dtype=np.float64)


def _aims(plan: Plan, aims: NDArray[np.float64], model: ProbeModel) -> NDArray[np.float64]:
    """Return the aims, and where the plan's own probes of this model freeze near them."""
    own = [
        np.mean(active_zone_lps_mm(probe, model), axis=0)
        for probe in plan.probes
        if probe.model_id == model.id and not plan.is_locked(probe.id)
    ]
    near = [middle for middle in own if np.linalg.norm(aims - middle, axis=1).min() < 2 * beyond_aim_mm(model)]
    return np.concatenate((aims, np.array(near))) if near else aims


def _some_per_aim(aim: NDArray[np.int32], place: NDArray[np.intp], *, most: int) -> NDArray[np.intp]:
    """Return the places of at most so many ways of each aim, evenly spread over its own."""
    starts = np.flatnonzero(np.r_[True, aim[1:] != aim[:-1]])
    ends = np.r_[starts[1:], len(aim)]
    chosen = [
        np.unique(np.linspace(start, end - 1, min(most, end - start)).round().astype(np.intp))
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
