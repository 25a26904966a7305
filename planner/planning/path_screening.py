"""Which of very many straight ways to a target may a shaft take? Hard limits only, none of them ever traded (H-31).

A way is open when the assessment's own rows would have nothing against its shaft: long enough, no structure in the way
or within its margin, inside the scan, not out of the question by its angle, not through the table, the hub outside the
body and well inside the bore. What is not known closes nothing and is told by :meth:`PathScreen.not_assessed`.

Room along a way is read off one map: over all obstacles, the least of the distance to a structure less what is needed
of it, on the CT's own voxels, rounded down. Read linearly between voxels it is never more than what the rows read, so
no way is accepted that they reject. A bound of one cell holds for others ahead, but for twice the diagonal of a voxel:
the voxels between which a point lies may be one diagonal nearer, and a surface may hide between two of them.

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
    """Ways in patient space: ends, shape (n, 3), LPS mm, unit vectors inward, and lengths, shape (n,), mm."""

    entries: NDArray[np.float64]
    tips: NDArray[np.float64]
    along: NDArray[np.float64]
    lengths_mm: NDArray[np.float64]

    @classmethod
    def of(cls, entries_lps_mm: ArrayLike, tips_lps_mm: ArrayLike) -> _Ways:
        entries = np.asarray(entries_lps_mm, dtype=np.float64).reshape(-1, 3)
        tips = np.broadcast_to(np.asarray(tips_lps_mm, dtype=np.float64), entries.shape)
        step = tips - entries
        lengths = np.sqrt(np.einsum("ij,ij->i", step, step))
        return cls(entries, tips, step / np.maximum(lengths, 1e-9)[:, None], lengths)


class PathScreen:
    """A plan laid out for screening: obstacles, their room within a box of the CT, body, table and bore.

    Not for two threads at once; the work of one call is spread over two.
    """

    def __init__(
        self, plan: Plan, *, limits: AccessLimits, obstacles: tuple[Obstacle, ...], box: Box, body: BodyBlocks | None
    ) -> None:
        self.plan, self.limits, self.obstacles = plan, limits, obstacles
        self._grid, self._box, self._body = plan.volume.grid, box, body
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
        screen = cls(plan, limits=limits, obstacles=obstacles_of(plan, rules), box=box, body=body)
        unread = []
        for number, obstacle in enumerate(screen.obstacles):
            mask = masks.get(obstacle.structure.id)
            if mask is None or not mask.any():
                unread.append(obstacle.structure.name)
                continue
            there = kept.map_of(obstacle, mask, grid, box)
            if there is not None:
                screen._maps[number] = (obstacle, there)
        screen._unread = tuple(unread)
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
        is_seen = self._grid.contains(ways.entries) & self._grid.contains(ways.tips)
        clearance, nearest = self._clearances(ways, fits & is_seen, model)
        _close(reason, clearance < 0, PathReason.STRUCTURE)
        _close(reason, ~is_seen, PathReason.SCAN)
        _close(reason, self._is_steep(ways), PathReason.ANGLE)
        _close(reason, self._is_through_table(ways), PathReason.TABLE)
        self._close_by_hub(reason, ways, usable_mm)
        return ScreenedPaths(reason, nearest, clearance.astype(np.float32), ways.lengths_mm.astype(np.float32))

    # --- structures --------------------------------------------------------------------------------------------------

    def _clearances(
        self, ways: _Ways, wanted: NDArray[np.bool_], model: ProbeModel | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
        """Return the room of each way, mm, NaN where not wanted, and the obstacle it belongs to."""
        from planner.spatial import path_kernels as kernels

        count, radius_mm = len(ways.lengths_mm), shaft_radius_mm(model)
        there = self._room(radius_mm)
        lower = np.array([span.start for span in self._box][::-1])
        tips = np.ascontiguousarray(self._grid.to_index(ways.tips) - lower)
        entries = np.ascontiguousarray(self._grid.to_index(ways.entries) - lower)
        self._require_within(tips[wanted])
        self._require_within(entries[wanted])
        lengths = np.where(wanted, ways.lengths_mm, 0.0)
        breach, narrow = np.empty(count, np.int32), np.empty(count, np.int32)
        least = np.empty(count)
        slack_most = np.array([there.slack_mm, TOLD_MM])

        def look(part: slice) -> None:
            kernels.first_breach(
                there.room, there.code, tips[part], entries[part], lengths[part], there.slack_mm, breach[part]
            )
            open_mm = np.where(breach[part] < 0, lengths[part], 0.0)
            kernels.least_room(
                there.room, there.code, tips[part], entries[part], open_mm, slack_most, least[part], narrow[part]
            )

        _in_parts(look, count)
        at = np.where(breach >= 0, breach, narrow)
        room, nearest = self._nearest_at(entries, tips, ways.lengths_mm, at, radius_mm)
        clearance = np.where(breach >= 0, np.minimum(room, -1), least) / kernels.ROOM_PER_MM
        clearance[~wanted] = np.nan
        nearest[(at < 0) | (clearance >= TOLD_MM)] = -1
        return clearance, nearest

    def _nearest_at(
        self,
        entries: NDArray[np.float64],
        tips: NDArray[np.float64],
        lengths_mm: NDArray[np.float64],
        at: NDArray[np.int32],
        radius_mm: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
        """Return the least room at one numbered point of each way, in steps, and the obstacle it belongs to."""
        from planner.spatial import path_kernels as kernels

        steps = np.maximum(1, np.ceil(lengths_mm / kernels.STEP_MM))
        share = np.clip(at / steps, 0.0, 1.0)[:, None]
        points = np.ascontiguousarray(entries + share * (tips - entries))
        least, nearest = np.full(len(at), np.inf), np.full(len(at), -1, np.int16)

        def look(part: slice) -> None:
            for number, (obstacle, there) in self._maps.items():
                corner = np.array([span.start for span in there.box][::-1], np.int64)
                needed_mm = radius_mm if obstacle.margin_mm is None else 0.0
                kernels.nearer_here(there.room, corner, points[part], number, needed_mm, least[part], nearest[part])

        _in_parts(look, len(at))
        return least, nearest

    def _room(self, radius_mm: float) -> _Room:
        """Return the room for shafts of a radius, made when it is asked for first."""
        from planner.spatial.path_kernels import bounds_of_cells

        if radius_mm not in self._rooms:
            shape = tuple(span.stop - span.start for span in self._box)
            room = joined_room(self._maps, (shape[0], shape[1], shape[2]), radius_mm=radius_mm)
            code = np.empty(room.shape, np.uint8)
            _in_parts(lambda part: bounds_of_cells(room, code, part.start, part.stop), len(room), least=8)
            slack_mm = 2 * float(np.linalg.norm(self._grid.spacing_ijk_mm))
            self._rooms.clear()  # one at a time: it is as large as the CT
            self._rooms[radius_mm] = _Room(room, code, slack_mm)
        return self._rooms[radius_mm]

    def _require_within(self, ijk: NDArray[np.float64]) -> None:
        shape = np.array([span.stop - span.start for span in self._box][::-1])
        if len(ijk) and not ((ijk >= -0.5) & (ijk <= shape - 0.5)).all():
            raise PlanInvalid(
                "A way to screen ends outside the box that was prepared. Prepare the screen with all entries and tips.",
                code="screen-outside",
            )

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
        body = (self._body.body.view(np.bool_), self._body.grid)
        room_mm = bore_room_mm(hubs, entries[:, 2], gantry, position=self.plan.position, body=body)
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
