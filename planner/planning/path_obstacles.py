"""What may a shaft not come near, and how much room is there around it? One map of a plan's obstacles.

An obstacle is any structure with a path rule, confirmed or not, and any other that a needle is to stay away from by its
role: no rule says how far, so it must not be crossed. One that holds a target is entered by whatever reaches it, and is
an obstacle only by a rule. Its distances are made once from its mask and kept by
content, so that another target, another probe or another margin costs a glance, not a distance map.
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Operator, Quantity
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.crossings import AVOIDED
from planner.planning.hub_screening import BodyBlocks
from planner.planning.own_target import holds_a_target
from planner.planning.structure_rules import PATH, structure_rules
from planner.spatial.box import grown, mask_box, shape_of, shared, voxels_for_mm, within
from planner.spatial.distance import signed_distance_mm
from planner.spatial.path_kernels import ROOM_PER_MM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.probe import ProbeModel
    from planner.domain.rule import Rule
    from planner.domain.structure import Structure
    from planner.planning.evidence import PathEvidence
    from planner.spatial.box import Box

REACH_MM = 12.0
"""Beyond what is needed, room is told up to here; more reads as this much."""
_THICKEST_MM = 3.0
_DEEPEST_MM = 100.0
# A distance map cut through a structure is off beside the cut; this many voxels hold that away.
_CUT_VOXELS = 5
_THREADS = 2
_LARGE_VOXELS = 2**24
_ONE_LARGE = Lock()
_MOST_BYTES = 800 * 2**20


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A structure that a shaft must keep away from, by the strictest of its path rules."""

    structure: Structure
    rule: Rule | None
    """None where its role alone keeps the shaft out."""

    @property
    def margin_mm(self) -> float | None:
        """How far the shaft's axis must stay from it; None where it must not cross it, however thick it is."""
        if self.rule is None or self.rule.quantity is not Quantity.PATH_DISTANCE_MM:
            return None
        return self.rule.pass_limit

    def needed_mm(self, model: ProbeModel | None) -> float:
        """Return how far the axis of this probe's shaft must stay from it, mm; half its diameter to pass beside it."""
        margin_mm = self.margin_mm
        return shaft_radius_mm(model) if margin_mm is None else margin_mm


def shaft_radius_mm(model: ProbeModel | None) -> float:
    """Return half the shaft's diameter; 0 where the catalogue lacks it: then the axis is screened."""
    diameter = None if model is None else model.shaft_diameter_mm.value
    return 0.0 if diameter is None else min(diameter / 2, _THICKEST_MM)


def obstacles_of(evidence: PathEvidence) -> tuple[Obstacle, ...]:
    """Return what stands in the way by rules and roles, in the plan's order."""
    found, rules = [], evidence.rules
    for structure in evidence.plan.structures:
        of_path = [rule for rule in structure_rules(structure, rules).judged if rule.quantity in PATH]
        screened = [rule for rule in of_path if rule.pass_limit is not None and _keeps_away(rule)]
        if screened:
            found.append(Obstacle(structure, max(screened, key=_strictness)))
        elif _is_kept_out_of(structure) and not holds_a_target(evidence, structure):
            found.append(Obstacle(structure, None))
    return tuple(found)


def _is_kept_out_of(structure: Structure) -> bool:
    is_skin = structure.kind is StructureKind.SKIN  # which every shaft enters
    return structure.effective_role in AVOIDED | {StructureRole.OBSTACLE} and not is_skin


def _keeps_away(rule: Rule) -> bool:
    is_distance = rule.quantity is Quantity.PATH_DISTANCE_MM
    return rule.operator is (Operator.AT_LEAST if is_distance else Operator.AT_MOST)


def _strictness(rule: Rule) -> float:
    return (rule.pass_limit or 0.0) if rule.quantity is Quantity.PATH_DISTANCE_MM else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ObstacleMap:
    """Distance to one obstacle's surface, less its margin, round it.

    Parameters
    ----------
    room
        int16 in steps of ``1 / ROOM_PER_MM`` mm, rounded down, for the voxels of ``box``, which counts from the first
        voxel of the screen's box.
    """

    room: NDArray[np.int16]
    box: Box


class ObstacleStore:
    """Distance maps by what they were made from, the oldest given up first. Not for two threads at once."""

    def __init__(self) -> None:
        self._maps: OrderedDict[object, ObstacleMap | None] = OrderedDict()
        self._body: tuple[object, BodyBlocks] | None = None

    def body(self, skin: Structure, mask: NDArray[np.bool_], grid: Grid) -> BodyBlocks:
        """Return the body laid out for hubs; the last one is kept."""
        key = (skin.mask.sha256, grid)
        if self._body is None or self._body[0] != key:
            self._body = (key, BodyBlocks.of(mask, grid))
        return self._body[1]

    def maps_of(
        self, obstacles: Sequence[tuple[Obstacle, NDArray[np.bool_]]], grid: Grid, box: Box
    ) -> list[ObstacleMap | None]:
        """Return the maps of obstacles within a box of the CT, each made when it is asked for first; None when far.

        Parameters
        ----------
        obstacles
            Each with its mask, bool, shape (K, J, I) of ``grid``.
        """
        spans = tuple((span.start, span.stop) for span in box)
        keys = [(each.structure.mask.sha256, grid, spans, each.margin_mm) for each, _ in obstacles]
        missing = {key: asked for key, asked in zip(keys, obstacles, strict=True) if key not in self._maps}
        with ThreadPoolExecutor(_THREADS) as threads:
            made = threads.map(lambda asked: obstacle_map(asked[0], asked[1], grid, box), missing.values())
            self._maps.update(zip(missing, made, strict=True))
        for key in keys:
            self._maps.move_to_end(key)
        found = [self._maps[key] for key in keys]
        while len(self._maps) > len(set(keys)) and self._held_bytes > _MOST_BYTES:
            self._maps.popitem(last=False)
        return found

    @property
    def _held_bytes(self) -> int:
        return sum(each.room.nbytes for each in self._maps.values() if each is not None)


def obstacle_map(obstacle: Obstacle, mask: NDArray[np.bool_], grid: Grid, box: Box) -> ObstacleMap | None:
    """Measure the distances of an obstacle within a box of the CT; None when none of it is near."""
    margin_mm = obstacle.margin_mm or 0.0
    reach_mm = REACH_MM + (margin_mm if obstacle.margin_mm is not None else _THICKEST_MM)
    spacing_kji = grid.spacing_ijk_mm[::-1]
    reach = voxels_for_mm(reach_mm, spacing_kji)
    there = mask_box(mask)
    if there is None:
        return None
    around = grown(there, mask.shape, reach)
    here = shared(around, box)
    if min(shape_of(here)) == 0:
        return None
    cut = shared(around, grown(box, mask.shape, [n + _CUT_VOXELS for n in reach]))
    k, j, i = cut
    part = mask[cut]
    part_grid = grid.cropped((i.start, j.start, k.start), part.shape)
    # Distances take several times their voxels in memory: large ones are made one at a time.
    with _ONE_LARGE if part.size > _LARGE_VOXELS else nullcontext():
        distance = signed_distance_mm(part, part_grid, within_mm=reach_mm)[within(here, cut)]
    return ObstacleMap(_rounded_down(distance, margin_mm), within(here, box))


def _rounded_down(distance_mm: NDArray[np.float32], margin_mm: float) -> NDArray[np.int16]:
    """Return room in whole steps, one step less for what the arithmetic rounds."""
    room = distance_mm - np.float32(margin_mm)
    np.clip(room, -_DEEPEST_MM, REACH_MM + _THICKEST_MM, out=room)
    room *= ROOM_PER_MM
    np.floor(room, out=room)
    room -= 1
    return room.astype(np.int16)


def joined_room(
    obstacles: Mapping[int, tuple[Obstacle, ObstacleMap]], shape_kji: tuple[int, int, int], *, radius_mm: float
) -> NDArray[np.int16]:
    """Return the least room over all obstacles for a shaft of some radius, int16, in steps, shape of the box."""
    room = np.full(shape_kji, int(REACH_MM * ROOM_PER_MM), np.int16)
    radius = np.int16(np.ceil(radius_mm * ROOM_PER_MM))
    for obstacle, there in obstacles.values():
        near = there.room - radius if obstacle.margin_mm is None else there.room
        np.minimum(room[there.box], near, out=room[there.box])
    return room
