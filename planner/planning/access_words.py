"""Why is a way open or closed? One sentence with the figure that decides, for whoever points at the skin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.access import PathReason
from planner.domain.geometry import operator_pose, point
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.planning.gantry import ROOM_MM, bore_clearance
from planner.planning.path_screening import TOLD_MM
from planner.planning.table import below_horizontal_deg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.access import ScreenedPaths
    from planner.domain.geometry import PointLps
    from planner.domain.identity import StructureId
    from planner.domain.probe import ProbeModel
    from planner.planning.path_obstacles import Obstacle
    from planner.planning.path_screening import PathScreen

_MOST_NAMED = 2


def way_words(
    screen: PathScreen,
    *,
    entry_lps_mm: PointLps,
    tip_lps_mm: PointLps,
    model: ProbeModel | None,
    masks: Mapping[StructureId, NDArray[np.bool_]],
) -> str:
    """Say of one way whether it is open, what is nearest, and what closes it.

    Parameters
    ----------
    masks
        bool, shape (K, J, I) of the plan's CT; those that the screen was made with.
    """
    found = screen.screen(np.array([entry_lps_mm]), np.array(tip_lps_mm), model)
    reason, length_mm = PathReason(int(found.reason[0])), float(found.length_mm[0])
    if reason is PathReason.OPEN:
        return f"Open: {length_mm:.0f} mm deep; {_room_words(screen, found)}."
    if reason is PathReason.STRUCTURE:
        return f"Closed: {_structure_words(screen, entry_lps_mm, tip_lps_mm, model)}."
    return f"Closed: {_other_words(screen, reason, (entry_lps_mm, tip_lps_mm), model=model, masks=masks)}."


def tip_words(screen: PathScreen, tip_lps_mm: PointLps, model: ProbeModel | None) -> str:
    """Say what is too near to the tip itself, so that no way to it can be open; empty when nothing is."""
    distances = screen.distances_mm(tip_lps_mm, tip_lps_mm)
    rooms = {number: mm - screen.obstacles[number].needed_mm(model) for number, mm in distances.items()}
    worst = min(rooms, key=lambda number: (rooms[number], number), default=None)
    if worst is None or rooms[worst] >= 0:
        return ""
    obstacle, distance_mm = screen.obstacles[worst], distances[worst]
    if distance_mm < 0:
        return f"No way can be open: the tip itself would lie in {_name(obstacle)}."
    return f"No way can be open: the tip itself would lie too near to {_obstacle_words(obstacle, distance_mm, model)}."


def _room_words(screen: PathScreen, found: ScreenedPaths) -> str:
    number, room_mm = int(found.structure_index[0]), float(found.worst_clearance_mm[0])
    if number < 0:
        return f"no structure within {TOLD_MM:.0f} mm of its limit"
    return f"{room_mm:.1f} mm more than needed at {_name(screen.obstacles[number])}"


def _structure_words(screen: PathScreen, entry: PointLps, tip: PointLps, model: ProbeModel | None) -> str:
    """Name what stands in the way, the worst first, with distance and what is needed."""
    distances = screen.distances_mm(entry, tip)
    rooms = {number: mm - screen.obstacles[number].needed_mm(model) for number, mm in distances.items()}
    worst = sorted((number for number, room in rooms.items() if room < 0), key=lambda number: (rooms[number], number))
    said = [_obstacle_words(screen.obstacles[number], distances[number], model) for number in worst[:_MOST_NAMED]]
    more = len(worst) - len(said)
    return " · ".join(said) + (f" · {more} more" if more > 0 else "")


def _obstacle_words(obstacle: Obstacle, distance_mm: float, model: ProbeModel | None) -> str:
    name, needed_mm = _name(obstacle), obstacle.needed_mm(model)
    if distance_mm < 0:
        return f"through {name}" + (
            "" if obstacle.rule is not None else f" ({obstacle.structure.effective_role.value})"
        )
    if obstacle.margin_mm is None:
        return f"{name}, {distance_mm:.1f} mm; half the shaft is {needed_mm:.1f} mm"
    return f"{name}, {distance_mm:.1f} mm; needs {needed_mm:g} mm"


def _name(obstacle: Obstacle) -> str:
    return obstacle.structure.name + ("" if obstacle.structure.is_confirmed else " (not confirmed)")


def _other_words(
    screen: PathScreen,
    reason: PathReason,
    ends: tuple[PointLps, PointLps],
    *,
    model: ProbeModel | None,
    masks: Mapping[StructureId, NDArray[np.bool_]],
) -> str:
    entry, tip = ends
    plan, length_mm = screen.plan, float(np.linalg.norm(np.subtract(entry, tip)))
    if reason is PathReason.LENGTH:
        usable_mm = None if model is None else model.usable_length_mm.value
        reach = "" if usable_mm is None else f"; this probe reaches {usable_mm:g} mm"
        return f"{length_mm:.0f} mm deep{reach}"
    if reason is PathReason.SCAN:
        return "a part of the way is not in the scan"
    probe = ProbePlacement(ProbeId("way"), "way", "" if model is None else model.id, point(entry), point(tip))
    if reason is PathReason.ANGLE:
        return _angle_words(screen, probe)
    if reason is PathReason.TABLE:
        below = below_horizontal_deg(probe, plan.position)
        return f"comes {below:.0f}° from below with the patient {plan.position.words}: the table is there"
    if reason is PathReason.HUB:
        return "shaft or hub would be in the body again beyond the entry"
    skin = plan.skin
    body = None if skin is None or skin.id not in masks else (masks[skin.id], plan.volume.grid)
    if plan.gantry is None:
        return reason.words
    answer = bore_clearance(probe, model, plan.gantry, position=plan.position, body=body)
    room = "" if answer.clearance_mm is None else f"{answer.clearance_mm:.0f} mm "
    return f"hub {room}from the bore’s wall; needs {ROOM_MM:g} mm"


def _angle_words(screen: PathScreen, probe: ProbePlacement) -> str:
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, screen.plan.position)
    tilt = screen.limits.tilt_deg
    if tilt.value is not None and pose.tilt_deg > tilt.value:
        return f"tilted {pose.tilt_deg:.0f}° to the {pose.hub_toward}; {tilt.value:g}° at most ({tilt.status.value})"
    in_plane = screen.limits.in_plane_deg
    most = "" if in_plane.value is None else f"; {in_plane.value:g}° at most ({in_plane.status.value})"
    return f"in-plane {pose.in_plane_deg:.0f}°{most}"
