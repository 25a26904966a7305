"""Which of very many straight ways to a target may a shaft take? Hard limits only, none of them ever traded (H-31).

A way is open when the assessment's own rows would have nothing against its shaft: long enough, no structure in the way
or within its margin, inside the scan, not out of the question by its angle, not through the table, the hub outside the
body and well inside the bore. What is not known closes nothing and is told by :meth:`PathScreen.not_assessed`.

Room along a way is read off one map: over all obstacles, the least of the distance to a structure less what is needed
of it, on the CT's own voxels, rounded down. Read linearly between voxels it is never more than what the rows read, so
no way is accepted that they reject. The bound of a cell holds for others ahead, less two things: the diagonal of a
voxel, since corners of cells may be that much nearer to each other than the points in them; and, where less than a
voxel is needed, the rest of a voxel, for beside a surface distances are to its tangent plane.

Distances are of the shaft's axis, as in the rules. Where a rule asks that nothing be crossed, half the shaft's diameter
is kept besides, for a shaft has a surface.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.access import PathReason, ScreenedPaths
from planner.domain.errors import PlanInvalid
from planner.domain.structure import StructureKind
from planner.planning.gantry import ROOM_MM
from planner.planning.hub_screening import BodyBlocks, bore_room_mm, is_hub_inside
from planner.planning.path_obstacles import (
    Obstacle,
    ObstacleMap,
    ObstacleStore,
    joined_room,
    obstacles_of,
    shaft_radius_mm,
)
from planner.planning.shaft_rows import ShaftEvidence
from planner.planning.table import LEVEL_DEG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.access import AccessLimits
    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.rule import RuleSet
    from planner.spatial.box import Box

TOLD_MM = 8.0
"""Room is told apart up to here; more reads as this much."""
SHORTEST_MM, LONGEST_MM = 1.0, 400.0
_THREADS = 2
_FEWEST_A_THREAD = 256
# Boxes end at every so-manieth voxel, so that a target moved a little is screened with the maps that are there.
_BOX_VOXELS = 32
_AT_LIMIT_DEG = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """The least room over all obstacles for one radius: exact and as bounds of cells; see ``spatial.path_kernels``."""

    room: NDArray[np.int16]
    code: NDArray[np.uint8]
    slack_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """Ways in patient space: entries, shape (n, 3), LPS mm, as many tips or one, and what follows from them."""

    entries: NDArray[np.float64]
    tips: NDArray[np.float64]
    along: NDArray[np.float64]
    """Unit vectors inward, shape (n, 3)."""
    lengths_mm: NDArray[np.float64]

    @classmethod
    def of(cls, entries_lps_mm: ArrayLike, tips_lps_mm: ArrayLike) -> _Ways:
        entries = np.ascontiguousarray(entries_lps_mm, dtype=np.float64).reshape(-1, 3)
        tips = np.ascontiguousarray(tips_lps_mm, dtype=np.float64).reshape(-1, 3)
        if len(tips) not in (1, len(entries)):
            raise PlanInvalid(f"{len(entries)} entries need as many tips or one, not {len(tips)}.", code="screen-tips")
        step = tips - entries
        lengths = np.sqrt(np.einsum("ij,ij->i", step, step))
        step /= np.maximum(lengths, 1e-9)[:, None]
        return cls(entries, tips, step, lengths)

    def some(self, which: NDArray[np.int64]) -> _Ways:
        """Return those of some numbers."""
        tips = self.tips if len(self.tips) == 1 else self.tips[which]
        return _Ways(self.entries[which], tips, self.along[which], self.lengths_mm[which])

    def part(self, part: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return tips and entries of some of them."""
        return self.tips if len(self.tips) == 1 else self.tips[part], self.entries[part]


class PathScreen:
    """A plan laid out for screening: obstacles, their room within a box of the CT, body, table and bore.

    Not for two threads at once; the work of one call is spread over two.
    """

    def __init__(
        self, plan: Plan, *, limits: AccessLimits, obstacles: tuple[Obstacle, ...], box: Box, body: BodyBlocks | None
    ) -> None:
        self.plan, self.limits, self.obstacles = plan, limits, obstacles
        self._grid, self._box, self._body = plan.volume.grid, box, body
        i, j, k = (span.start for span in box[::-1])
        shape = (box[0].stop - k, box[1].stop - j, box[2].stop - i)
        self._to_ijk = np.ascontiguousarray(np.linalg.inv(self._grid.cropped((i, j, k), shape).matrix)[:3])
        self._maps: dict[int, tuple[Obstacle, ObstacleMap]] = {}
        self._unread: tuple[str, ...] = ()
        self._rooms: dict[float, _Room] = {}

    @classmethod
    def of(
        cls,
        plan: Plan,
        rules: RuleSet,
        masks: Mapping[StructureId, NDArray[np.bool_]],
        *,
        ends_lps_mm: ArrayLike,
        limits: AccessLimits,
        store: ObstacleStore | None = None,
    ) -> PathScreen:
        """Prepare a plan.

        Parameters
        ----------
        masks
            bool, shape (K, J, I) of the plan's CT; a structure whose mask is missing is told by :meth:`not_assessed`.
        ends_lps_mm
            shape (n, 3): all entries and tips to come lie in the box round these.
        store
            Keeps what rests from one screen to the next.
        """
        grid, kept = plan.volume.grid, store or ObstacleStore()
        box = _box_round(np.asarray(ends_lps_mm, dtype=np.float64).reshape(-1, 3), grid)
        skin = plan.skin
        body = None if skin is None or skin.id not in masks else kept.body(skin, masks[skin.id], grid)
        screen = cls(plan, limits=limits, obstacles=obstacles_of(ShaftEvidence(plan, rules, masks)), box=box, body=body)
        read = {}
        for number, obstacle in enumerate(screen.obstacles):
            mask = masks.get(obstacle.structure.id)
            if mask is not None and mask.any():
                read[number] = (obstacle, mask)
        screen._unread = tuple(o.structure.name for n, o in enumerate(screen.obstacles) if n not in read)
        maps = kept.maps_of(tuple(read.values()), grid, box)
        for number, there in zip(read, maps, strict=True):
            if there is not None:
                screen._maps[number] = (screen.obstacles[number], there)
        return screen

    def not_assessed(self, model: ProbeModel | None) -> tuple[str, ...]:
        """Return in sentences what was not looked at, for it is not known; none of it closes a way."""
        plan, name = self.plan, "this probe" if model is None else model.label
        said = []
        if model is None or model.usable_length_mm.value is None:
            said.append(f"The usable length of {name} is not known: neither its reach nor its hub is looked at.")
        if model is None or model.shaft_diameter_mm.value is None:
            said.append(f"The diameter of {name} is not known: its axis is looked at.")
        if self._body is None:
            said.append("The skin is not segmented: where the hub is cannot be told.")
        if plan.gantry is None:
            said.append("The scanner’s bore is not in the plan: it closes nothing.")
        said += [f"{words}: its mask is empty or not at hand." for words in self._unread]
        if not any(structure.kind is not StructureKind.SKIN for structure in plan.structures):
            said.append("The plan has no structure but the skin: nothing stands in the way because nothing is known.")
        return tuple(said)

    def screen(self, entries_lps_mm: ArrayLike, tips_lps_mm: ArrayLike, model: ProbeModel | None) -> ScreenedPaths:
        """Look at straight ways for one probe.

        Parameters
        ----------
        entries_lps_mm, tips_lps_mm
            shape (n, 3), LPS mm; or one tip, shape (3,). Ways to one tip are quickest one after the other.

        Raises
        ------
        PlanInvalid
            When an end lies in the scan and outside the box that was prepared.
        """
        ways = _Ways.of(entries_lps_mm, tips_lps_mm)
        count = len(ways.lengths_mm)
        reason = np.zeros(count, np.int8)
        usable_mm = None if model is None else model.usable_length_mm.value
        longest_mm = LONGEST_MM if usable_mm is None else min(usable_mm, LONGEST_MM)
        fits = (ways.lengths_mm >= SHORTEST_MM) & (ways.lengths_mm <= longest_mm)
        reason[~fits] = PathReason.LENGTH
        is_seen = self._is_seen(ways)
        at, nearest, clearance = self._breaches(ways, fits & is_seen, model)
        _close(reason, at >= 0, PathReason.STRUCTURE)
        _close(reason, ~is_seen, PathReason.SCAN)
        _close(reason, self._is_steep(ways), PathReason.ANGLE)
        _close(reason, self._is_through_table(ways), PathReason.TABLE)
        self._close_by_hub(reason, ways, usable_mm)
        still = np.flatnonzero(reason == PathReason.OPEN)
        clearance[still], nearest[still] = self._clearances(ways.some(still), model)
        return ScreenedPaths(reason, nearest, clearance, ways.lengths_mm.astype(np.float32))

    # --- structures --------------------------------------------------------------------------------------------------

    def _breaches(
        self, ways: _Ways, wanted: NDArray[np.bool_], model: ProbeModel | None
    ) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.float32]]:
        """Return at which of its points each way breaks a margin, −1 for none, whose, and the room there, mm."""
        from planner.spatial.path_kernels import ROOM_PER_MM, first_breach

        radius_mm = shaft_radius_mm(model)
        there, lengths = self._room(radius_mm), np.where(wanted, ways.lengths_mm, 0.0)
        breach = np.empty(len(lengths), np.int32)

        def look(part: slice) -> None:
            ends = ways.part(part)
            first_breach(there.room, there.code, *ends, lengths[part], self._to_ijk, there.slack_mm, breach[part])

        _in_parts(look, len(lengths))
        nearest, clearance = np.full(len(lengths), -1, np.int16), np.full(len(lengths), np.nan, np.float32)
        broken = np.flatnonzero(breach >= 0)
        room, nearest[broken] = self._nearest_at(ways.some(broken), breach[broken], radius_mm)
        clearance[broken] = np.minimum(room, -1) / ROOM_PER_MM
        return breach, nearest, clearance

    def _clearances(self, ways: _Ways, model: ProbeModel | None) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Return the least room of ways that break no margin, mm, and whose it is."""
        from planner.spatial.path_kernels import ROOM_PER_MM, least_room

        radius_mm, count = shaft_radius_mm(model), len(ways.lengths_mm)
        there = self._room(radius_mm)
        least, narrow = np.empty(count), np.empty(count, np.int32)
        slack_most = np.array([there.slack_mm, TOLD_MM])

        def look(part: slice) -> None:
            maps, ends, lengths = (there.room, there.code), ways.part(part), ways.lengths_mm[part]
            least_room(*maps, *ends, lengths, self._to_ijk, slack_most, least[part], narrow[part])

        _in_parts(look, count)
        _, nearest = self._nearest_at(ways, narrow, radius_mm)
        clearance = (least / ROOM_PER_MM).astype(np.float32)
        nearest[clearance >= TOLD_MM] = -1
        return clearance, nearest

    def _nearest_at(
        self, ways: _Ways, at: NDArray[np.int32], radius_mm: float
    ) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
        """Return the least room at one numbered point of each way, in steps, and the obstacle it belongs to."""
        from planner.spatial import path_kernels as kernels

        least, nearest = np.full(len(at), np.inf), np.full(len(at), -1, np.int16)

        def look(part: slice) -> None:
            places = np.empty((part.stop - part.start, 3))
            kernels.places_on_ways(*ways.part(part), at[part], self._to_ijk, places)
            for number, (obstacle, there) in self._maps.items():
                corner = np.array([span.start for span in there.box][::-1], np.int64)
                needed_mm = radius_mm if obstacle.margin_mm is None else 0.0
                kernels.nearer_here(there.room, corner, places, number, needed_mm, least[part], nearest[part])

        _in_parts(look, len(at))
        return least, nearest

    def distances_mm(self, entry_lps_mm: ArrayLike, tip_lps_mm: ArrayLike) -> dict[int, float]:
        """Return the least distance of one way's axis to each obstacle that is near, by its number; negative inside."""
        from planner.spatial import path_kernels as kernels

        ways = _Ways.of(entry_lps_mm, tip_lps_mm)
        count = max(1, int(np.ceil(ways.lengths_mm[0] / kernels.STEP_MM))) + 1
        share = np.linspace(0.0, 1.0, count)[:, None]
        points = ways.entries[0] + share * (ways.tips[0] - ways.entries[0])
        places = np.ascontiguousarray(points @ self._to_ijk[:, :3].T + self._to_ijk[:, 3])
        found = {}
        for number, (obstacle, there) in self._maps.items():
            corner = np.array([span.start for span in there.box][::-1], np.int64)
            least, nearest = np.full(count, np.inf), np.full(count, -1, np.int16)
            kernels.nearer_here(there.room, corner, places, number, 0.0, least, nearest)
            if nearest.max() >= 0:
                found[number] = float(least.min()) / kernels.ROOM_PER_MM + (obstacle.margin_mm or 0.0)
        return found

    def _room(self, radius_mm: float) -> _Room:
        """Return the room for shafts of a radius, made when it is asked for first."""
        from planner.spatial.path_kernels import bounds_of_cells

        if radius_mm not in self._rooms:
            shape = tuple(span.stop - span.start for span in self._box)
            room = joined_room(self._maps, (shape[0], shape[1], shape[2]), radius_mm=radius_mm)
            code = np.empty(room.shape, np.uint8)
            _in_parts(lambda part: bounds_of_cells(room, code, part.start, part.stop), len(room), least=8)
            slack_mm = self._slack_mm(radius_mm)
            self._rooms.clear()  # one at a time: it is as large as the CT
            self._rooms[radius_mm] = _Room(room, code, slack_mm)
        return self._rooms[radius_mm]

    def _slack_mm(self, radius_mm: float) -> float:
        """Return what a bound of a cell loses at once."""
        spacing = np.array(self._grid.spacing_ijk_mm)
        margins = [obstacle.margin_mm for obstacle, _ in self._maps.values()]
        needed = [radius_mm if margin_mm is None else margin_mm for margin_mm in margins]
        beside_mm = max(float(spacing.max()) - min(needed, default=0.0), 0.0)
        return float(np.linalg.norm(spacing)) + beside_mm

    def _is_seen(self, ways: _Ways) -> NDArray[np.bool_]:
        """Return which ways lie in the scan; raise PlanInvalid when one of these leaves the box that was laid out."""
        from planner.spatial.path_kernels import ends_within

        k, j, i = self._box
        low, size = np.array([i.start, j.start, k.start]), np.array([i.stop, j.stop, k.stop])
        scan = np.array(self._grid.shape_kji[::-1])
        boxes = np.array([-low - 0.5, scan - low - 0.5, np.full(3, -0.5), size - low - 0.5])
        held = np.empty(len(ways.lengths_mm), np.uint8)
        ends_within(ways.tips, ways.entries, self._to_ijk, boxes, held)
        if (held == 1).any():
            raise PlanInvalid(
                "A way to screen ends outside the box that was laid out. Lay out all entries and tips.",
                code="screen-outside",
            )
        return held > 0

    # --- direction, table, hub ---------------------------------------------------------------------------------------

    def _is_steep(self, ways: _Ways) -> NDArray[np.bool_]:
        """Return which ways are out of the question by tilt or in-plane angle."""
        tilt_deg, in_plane_deg = self.limits.tilt_deg.value, self.limits.in_plane_deg.value
        found = np.zeros(len(ways.lengths_mm), np.bool_)
        if tilt_deg is not None:
            found |= np.degrees(np.arcsin(np.clip(np.abs(ways.along[:, 2]), 0, 1))) > tilt_deg + _AT_LIMIT_DEG
        if in_plane_deg is not None:
            down = np.asarray(self.plan.position.down_lps)
            across = np.array([abs(down[1]), abs(down[0]), 0.0])
            angle = np.degrees(np.arctan2(np.abs(ways.along @ across), ways.along @ down))
            found |= angle > in_plane_deg + _AT_LIMIT_DEG
        return found

    def _is_through_table(self, ways: _Ways) -> NDArray[np.bool_]:
        """Return which hubs point below the level, as the patient will lie."""
        down = np.asarray(self.plan.position.down_lps)
        below_deg = -np.degrees(np.arcsin(np.clip(ways.along @ down, -1, 1)))
        return np.asarray(below_deg > LEVEL_DEG - _AT_LIMIT_DEG)

    def _close_by_hub(self, reason: NDArray[np.int8], ways: _Ways, usable_mm: float | None) -> None:
        """Close ways whose hub is in the body again, or too near the bore's wall, where both can be told."""
        still = np.flatnonzero(reason == PathReason.OPEN)
        if usable_mm is None or self._body is None or not len(still):
            return
        gantry = self.plan.gantry
        beyond_mm = usable_mm - ways.lengths_mm[still] + (0.0 if gantry is None else gantry.hub_mm)
        entries, along = ways.entries[still], ways.along[still]
        is_inside = is_hub_inside(self._body, entries, along, beyond_mm)
        reason[still[is_inside]] = PathReason.HUB
        if gantry is None:
            return
        hubs = entries - beyond_mm[:, None] * along
        room_mm = bore_room_mm(hubs, entries[:, 2], gantry, position=self.plan.position, blocks=self._body)
        _close(reason, np.isin(np.arange(len(reason)), still[room_mm < ROOM_MM]), PathReason.BORE)


def _close(reason: NDArray[np.int8], is_broken: NDArray[np.bool_], why: PathReason) -> None:
    """Close what no limit before has closed."""
    reason[is_broken & (reason == PathReason.OPEN)] = why


def _in_parts(look: Callable[[slice], None], count: int, *, least: int = _FEWEST_A_THREAD) -> None:
    """Do two halves at a time; they have nothing in common, so the answer does not depend on it."""
    middle = count // _THREADS
    if middle < least:
        look(slice(0, count))
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(look, (slice(0, middle), slice(middle, count))))


def _box_round(ends_lps_mm: NDArray[np.float64], grid: Grid) -> Box:
    """Return the voxels round some points, a voxel beyond each way, ends at whole steps."""
    shape = np.array(grid.shape_kji)
    if not len(ends_lps_mm):
        raise PlanInvalid("There is no way to screen: give entries and tips.", code="screen-nothing")
    kji = np.clip(grid.to_index(ends_lps_mm)[:, ::-1], 0, shape - 1)
    low = (np.floor(kji.min(axis=0)) - 1).astype(int) // _BOX_VOXELS * _BOX_VOXELS
    high = -(-(np.ceil(kji.max(axis=0)) + 2).astype(int) // _BOX_VOXELS) * _BOX_VOXELS
    k, j, i = (slice(int(a), int(b)) for a, b in zip(np.maximum(low, 0), np.minimum(high, shape), strict=True))
    return k, j, i
