"""Which of thousands of open ways are worth computing? Ranked by the rough round shape of the ice, and kept different.

Nothing here is shown or judged. Placements of several probes are built one probe after the other from ways that treat
a part of the target each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.target import TargetBody
from planner.planning.coverage import body_points, section_points
from planner.planning.nerve import smooth_curve, treatment_segment_mm
from planner.planning.suggest_choice import spread
from planner.planning.suggest_shape import drops, spares_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel
    from planner.domain.target import Target
    from planner.planning.suggest_aims import Fan
    from planner.planning.suggest_shape import IceShape

MOST_POINTS = 360
STARTS = 24
PARTNERS = 3
APART_MM = 5.0
"""Shafts of one placement are at least this far apart: hands and hubs need room (project default)."""
NEARLY_C = 25.0
_BRIDGE_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Open ways of one model, with where each would freeze.

    Parameters
    ----------
    middles_lps_mm, axes_lps
        shape (N, 3): middle of the active zone, unit vector from entry to tip.
    """

    fan: Fan
    model: ProbeModel
    middles_lps_mm: NDArray[np.float64]
    axes_lps: NDArray[np.float64]

    @classmethod
    def of(cls, fan: Fan, model: ProbeModel, *, beyond_mm: float) -> Ways:
        """Take the middle of the zone ``beyond_mm`` short of the tip."""
        axes = fan.directions_lps
        return cls(fan, model, fan.tips_lps_mm - beyond_mm * axes, axes)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a target and its surroundings are judged at.

    Parameters
    ----------
    points_lps_mm
        shape (P, 3): of a nerve cross-section after cross-section, ``sections`` of them; of a body any.
    sections
        0 for a body.
    spared_lps_mm, needed_mm, hard_mm
        shape (S, 3), (S,) and (S,): places of surfaces to be kept from the ice, from which distance they pass, and
        from which they do not fail.
    """

    points_lps_mm: NDArray[np.float64]
    sections: int
    spared_lps_mm: NDArray[np.float64]
    needed_mm: NDArray[np.float64]
    hard_mm: NDArray[np.float64]
    isotherm_c: float
    caution_c: float


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The round shapes of one model's ice, one per stop: as predicted, and the largest."""

    nominal: tuple[IceShape, ...]
    largest: tuple[IceShape, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What single ways do to a target and its surroundings, per stop.

    Parameters
    ----------
    drops
        shape (stops, N, P).
    spare_mm, hard_mm
        shape (stops, N): least to spare with the largest ice, until rows pass and until rows fail.
    """

    judged: Judged
    shapes: Shapes
    drops: NDArray[np.float32]
    spare_mm: NDArray[np.float64]
    hard_mm: NDArray[np.float64]

    @classmethod
    def of(cls, ways: Ways, shapes: Shapes, judged: Judged) -> Scene:
        """Read the shapes off for every way."""
        where = {"middles": ways.middles_lps_mm, "axes": ways.axes_lps}
        spared = judged.spared_lps_mm
        return cls(
            judged,
            shapes,
            drops(shapes.nominal, judged.points_lps_mm, **where),
            spares_mm(shapes.largest, spared, judged.needed_mm, **where),
            spares_mm(shapes.largest, spared, judged.hard_mm, **where),
        )

    def few(self, which: NDArray[np.intp]) -> Scene:
        """Return the scene of some of the ways."""
        return Scene(self.judged, self.shapes, self.drops[:, which], self.spare_mm[:, which], self.hard_mm[:, which])

    def rough(self) -> Rough:
        """Return the figures of every way alone."""
        return rough(self, self.drops, self.spare_mm, self.hard_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Rough:
    """Rough figures of some placements, at the best stop of each, shape (N,) each.

    ``covered`` 0 to 1, ``spare_mm`` of the worst margin, ``score`` to rank by.
    """

    covered: NDArray[np.float64]
    spare_mm: NDArray[np.float64]
    score: NDArray[np.float64]


def target_points(target: Target) -> tuple[NDArray[np.float64], int]:
    """Return points at which coverage is roughly told, and of a nerve how many cross-sections they are."""
    course = target.course
    if isinstance(course, TargetBody):
        points = body_points(course)
        return np.asarray(points[:: max(1, len(points) // MOST_POINTS)]), 0
    curve = smooth_curve(course)
    start, end = treatment_segment_mm(course)
    discs = section_points(curve, target.diameter_mm or 0.0)[(curve.arc_mm >= start) & (curve.arc_mm <= end)]
    discs = discs[:: max(1, len(discs) // 24), ::4]
    return discs.reshape(-1, 3), len(discs)


def rough(
    scene: Scene,
    summed: NDArray[np.float32],
    spare_mm: NDArray[np.float64],
    hard_mm: NDArray[np.float64],
) -> Rough:
    """Return the figures of placements whose drops (stops, N, P) and spares (stops, N) are known."""
    best: Rough | None = None
    for stop, shape in enumerate(scene.shapes.nominal):
        temperature = shape.temperature_c(summed[stop])
        covered, graded = _covered(temperature, scene.judged)
        too_cold = np.maximum(scene.judged.caution_c - temperature.min(axis=1), 0.0)
        score = 0.7 * covered + 0.3 * graded - 0.004 * too_cold + 0.05 * np.clip(hard_mm[stop], -12.0, 0.5)
        score = score + 0.01 * np.clip(spare_mm[stop], -15.0, 5.0)
        found = Rough(covered, spare_mm[stop], score)
        if best is None:
            best = found
            continue
        better = score > best.score
        best = Rough(
            np.where(better, covered, best.covered),
            np.where(better, found.spare_mm, best.spare_mm),
            np.where(better, score, best.score),
        )
    assert best is not None  # noqa: S101 - there is at least one stop
    return best


def _covered(temperature_c: NDArray[np.float32], judged: Judged) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return which share is treated, and the same with partial credit for what nearly is: a slope to climb."""
    warmest = temperature_c
    if judged.sections:
        warmest = temperature_c.reshape(len(temperature_c), judged.sections, -1).max(axis=2)
    nearly = np.clip((judged.isotherm_c + NEARLY_C - warmest) / NEARLY_C, 0.0, 1.0)
    return np.asarray((warmest <= judged.isotherm_c).mean(axis=1)), np.asarray(nearly.mean(axis=1), dtype=np.float64)


def picked_singles(ways: Ways, figures: Rough, *, most: int) -> list[int]:
    """Return different ways, chosen in turn by score, margin, length and angle among those that treat enough."""
    enough = figures.score >= np.quantile(figures.score, max(0.0, 1 - 12 * most / max(len(figures.score), 1)))
    good = np.flatnonzero(enough)
    lengths, tilts = ways.fan.lengths_mm[good], np.abs(ways.axes_lps[good, 2])
    covers = figures.covered[good] >= figures.covered.max() - 0.05
    orders = (
        np.lexsort((lengths, -figures.score[good])),
        np.lexsort((-figures.score[good], -np.round(figures.spare_mm[good]), ~covers)),
        np.lexsort((-figures.score[good], np.round(lengths / 3), ~covers)),
        np.lexsort((-figures.score[good], np.round(tilts * 20), ~covers)),
    )
    chosen: dict[int, None] = {}
    each = -(-most // len(orders))
    for number, order in enumerate(orders, start=1):
        taken = list(chosen)
        merged = np.concatenate((np.asarray(taken, dtype=np.intp), good[order]))
        for place in spread(
            merged, tips_lps_mm=ways.fan.tips_lps_mm, directions_lps=ways.axes_lps, most=number * each, apart_mm=2.0
        ):
            chosen.setdefault(place)
    return list(chosen)[:most]


def pool(ways: Ways, scene: Scene, *, most: int) -> NDArray[np.intp]:
    """Return different ways to build placements of several probes from: good ones alone, and others that spare most."""
    alone = scene.rough()
    order = np.lexsort((ways.fan.lengths_mm, -alone.score))
    tips, axes = ways.fan.tips_lps_mm, ways.axes_lps
    good = spread(order, tips_lps_mm=tips, directions_lps=axes, most=most // 2, apart_mm=2.5)
    spared = order[np.argsort(-np.round(alone.spare_mm[order]), kind="stable")]
    rest = np.concatenate((np.asarray(good, dtype=np.intp), spared))
    return np.asarray(spread(rest, tips_lps_mm=tips, directions_lps=axes, most=most, apart_mm=2.5), dtype=np.intp)


def picked_groups(ways: Ways, scene: Scene, *, probes: int, most: int) -> list[tuple[int, ...]]:
    """Return groups of ways that together treat the target, built probe by probe, the best first."""
    gaps = _gaps_mm(ways)
    alone = scene.rough()
    # A way that treats a part well is a good start, also where it would not do alone.
    order = np.lexsort((-alone.spare_mm, -alone.score))
    groups: dict[tuple[int, ...], float] = {(int(place),): float(alone.score[place]) for place in order[:STARTS]}
    for place in np.linspace(0, len(order) - 1, STARTS).astype(int):
        groups.setdefault((int(order[place]),), float(alone.score[order[place]]))
    for _ in range(probes - 1):
        groups = _grown(groups, scene, gaps)
    ranked = sorted(groups, key=lambda group: (-groups[group], group))
    if not ranked:
        return []
    middles = np.array([ways.middles_lps_mm[list(group)].mean(axis=0) for group in ranked])
    axes = np.array([ways.axes_lps[list(group)].mean(axis=0) for group in ranked])
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-9)
    chosen = spread(np.arange(len(ranked)), tips_lps_mm=middles, directions_lps=axes, most=most, apart_mm=1.5)
    taken = set(chosen)
    chosen += [place for place in range(len(ranked)) if place not in taken]
    return [ranked[place] for place in chosen[:most]]


def _grown(
    groups: dict[tuple[int, ...], float], scene: Scene, gaps: NDArray[np.float64]
) -> dict[tuple[int, ...], float]:
    """Return the groups with one way more: for each those few that add most."""
    found: dict[tuple[int, ...], float] = {}
    kept = sorted(groups, key=lambda group: (-groups[group], group))[: 3 * STARTS]
    for group in kept:
        members = list(group)
        figures = rough(
            scene,
            scene.drops[:, members].sum(axis=1)[:, None] + scene.drops,
            _bridged(scene.spare_mm, members),
            _bridged(scene.hard_mm, members),
        )
        allowed = np.asarray((gaps[members] >= APART_MM).all(axis=0))
        allowed[members] = False
        score = np.where(allowed, figures.score, -np.inf)
        for place in np.argsort(-score, kind="stable")[:PARTNERS]:
            if np.isfinite(score[place]):
                found[tuple(sorted((*group, int(place))))] = float(score[place])
    return found


def _bridged(spare_mm: NDArray[np.float64], members: list[int]) -> NDArray[np.float64]:
    """Return what several balls of ice leave to spare: the least of each, and what grows between them."""
    return np.asarray(np.minimum(spare_mm[:, members].min(axis=1)[:, None], spare_mm) - _BRIDGE_MM)


def _gaps_mm(ways: Ways) -> NDArray[np.float64]:
    """Return how near every pair of shafts comes, told at steps of their length, shape (N, N), mm."""
    steps = np.linspace(0.0, 1.0, 25)
    entries, tips = ways.fan.entries_lps_mm, ways.fan.tips_lps_mm
    along = tips - entries
    length_sq = np.maximum((along**2).sum(axis=1), 1e-9)
    found = np.full((len(tips), len(tips)), np.inf)
    for step in steps:
        points = entries + step * along
        share = np.clip((points @ along.T - (entries * along).sum(axis=1)[None]) / length_sq[None], 0.0, 1.0)
        nearest = entries[None] + share[:, :, None] * along[None]
        found = np.minimum(found, np.linalg.norm(points[:, None] - nearest, axis=2))
    return np.asarray(np.minimum(found, found.T), dtype=np.float64)
