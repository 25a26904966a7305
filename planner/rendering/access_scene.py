"""How does the skin show where a shaft may enter? Open skin by its room, closed skin by its reason, each as a pattern.

A colour never stands alone (H-18): what is open is light and whole, lighter the more room there is; what is closed is
darker, cut by stripes that run another way for each reason. Colours are none of ice and none of anatomy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.access import PathReason
from planner.rendering.isosurface import Mesh
from planner.rendering.palette import rgb
from planner.rendering.scene3d import poly_data

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDE_MM, FAIR_MM = 5.0, 2.0
_STRIPE_MM = 10.0
_OPEN_OPACITY, _CLOSED_OPACITY, _STALE_OPACITY = 1.0, 0.5, 0.25


class Stripes(Enum):
    """Which way stripes run on closed skin, seen from the front."""

    NONE = "none"
    LEVEL = "level"
    UPRIGHT = "upright"
    RISING = "rising"
    FALLING = "falling"
    CHECKED = "checked"


_ACROSS_STRIPES_LPS: dict[Stripes, tuple[tuple[float, float, float], ...]] = {
    Stripes.NONE: (),
    Stripes.LEVEL: ((0.0, 0.0, 1.0),),
    Stripes.UPRIGHT: ((1.0, 0.0, 0.0),),
    Stripes.RISING: ((-0.7, 0.0, 0.7),),
    Stripes.FALLING: ((0.7, 0.0, 0.7),),
    Stripes.CHECKED: ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
}


@dataclass(frozen=True, slots=True)
class AccessClass:
    """One entry of the legend. ``dark`` is the colour of the stripes; the same as ``colour`` where there are none."""

    label: str
    colour: str
    dark: str
    stripes: Stripes
    reason: PathReason
    at_least_mm: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a shaft may enter there."""
        return self.reason is PathReason.OPEN


ACCESS_CLASSES = (
    AccessClass("Open, ≥ 5 mm to spare", "#b8f5cf", "#b8f5cf", Stripes.NONE, PathReason.OPEN, WIDE_MM),
    AccessClass("Open, 2 to 5 mm", "#56c596", "#56c596", Stripes.NONE, PathReason.OPEN, FAIR_MM),
    AccessClass("Open, < 2 mm", "#2f8f68", "#2f8f68", Stripes.NONE, PathReason.OPEN, -np.inf),
    AccessClass("Structure in the way", "#c9685a", "#86372b", Stripes.FALLING, PathReason.STRUCTURE),
    AccessClass("Table", "#7d7468", "#57514a", Stripes.LEVEL, PathReason.TABLE),
    AccessClass("Angle", "#a08a4a", "#6f6034", Stripes.RISING, PathReason.ANGLE),
    AccessClass("Shaft too short", "#6a6f76", "#6a6f76", Stripes.NONE, PathReason.LENGTH),
    AccessClass("Leaves the scan", "#8b6f8f", "#5f4c62", Stripes.UPRIGHT, PathReason.SCAN),
    AccessClass("Hub in the body", "#b07d48", "#7a5631", Stripes.CHECKED, PathReason.HUB),
    AccessClass("Scanner’s bore", "#8f8f8f", "#5c5c5c", Stripes.CHECKED, PathReason.BORE),
)
"""In the order of the legend."""


@dataclass(frozen=True, slots=True, eq=False)
class AccessLayer:
    """The skin as it is drawn.

    Parameters
    ----------
    mesh
        Triangles of the skin.
    classes
        shape (M,), uint8: number in :data:`ACCESS_CLASSES` for each triangle.
    centres_lps_mm
        shape (M, 3): middle of each triangle.
    is_stale
        Of another state of the plan: drawn grey and clear (H-13).
    """

    mesh: Mesh
    classes: NDArray[np.uint8]
    centres_lps_mm: NDArray[np.float64]
    is_stale: bool = False


def access_classes(reason: NDArray[np.int8], room_mm: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the entry of the legend for each way, shape (M,)."""
    found = np.zeros(len(reason), np.uint8)
    for number, each in reversed(list(enumerate(ACCESS_CLASSES))):
        if each.is_open:  # from the least room up
            found[(reason == each.reason) & ((room_mm >= each.at_least_mm) | (each.at_least_mm < 0))] = number
        else:
            found[reason == each.reason] = number
    return found


def access_colours(layer: AccessLayer) -> NDArray[np.uint8]:
    """Return the colour of each triangle, shape (M, 3), stripes and all."""
    light = np.array([rgb(each.colour) for each in ACCESS_CLASSES]) * 255
    dark = np.array([rgb(each.dark) for each in ACCESS_CLASSES]) * 255
    is_dark = np.zeros(len(layer.classes), np.bool_)
    for number, each in enumerate(ACCESS_CLASSES):
        here = layer.classes == number
        for way in _ACROSS_STRIPES_LPS[each.stripes]:
            is_dark[here] ^= np.floor(layer.centres_lps_mm[here] @ np.array(way) / _STRIPE_MM).astype(int) % 2 == 1
    return np.where(is_dark[:, None], dark[layer.classes], light[layer.classes]).astype(np.uint8)


def access_actors(layer: AccessLayer) -> list[Any]:
    """Return the skin that is open, and the rest, which one sees through."""
    is_open = np.array([each.is_open for each in ACCESS_CLASSES])[layer.classes]
    colours = access_colours(layer)
    actors = []
    for chosen, opacity in ((is_open, _OPEN_OPACITY), (~is_open, _CLOSED_OPACITY)):
        if chosen.any():
            shown = _STALE_OPACITY if layer.is_stale else opacity
            actors.append(_painted(layer, np.flatnonzero(chosen), colours, opacity=shown))
    return actors


def _painted(layer: AccessLayer, which: NDArray[np.int64], colours: NDArray[np.uint8], *, opacity: float) -> Any:  # noqa: ANN401
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    data = poly_data(Mesh(layer.mesh.points_lps_mm, layer.mesh.triangles[which]))
    shown = np.full((len(which), 3), 128, np.uint8) if layer.is_stale else np.ascontiguousarray(colours[which])
    data.GetCellData().SetScalars(numpy_to_vtk(shown, deep=True))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetScalarModeToUseCellData()
    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetOpacity(opacity)
    look.SetAmbient(0.35)
    look.SetDiffuse(0.65)
    look.BackfaceCullingOn()
    return actor


def triangle_hit(
    layer: AccessLayer, start_lps_mm: NDArray[np.float64], direction_lps: NDArray[np.float64]
) -> int | None:
    """Return the triangle that a line of sight meets first from outside; None beside the skin.

    All triangles at once (Möller & Trumbore 1997).
    """
    a, b, c = (layer.mesh.points_lps_mm[layer.mesh.triangles[:, corner]] for corner in range(3))
    one, other = b - a, c - a
    across = np.cross(direction_lps, other)
    slant = np.einsum("ij,ij->i", one, across)
    # Triangles that face away have a negative slant and are passed.
    facing = slant > 1e-9
    if not facing.any():
        return None
    inverse = 1.0 / np.where(facing, slant, 1.0)
    away = start_lps_mm - a
    u = np.einsum("ij,ij->i", away, across) * inverse
    turned = np.cross(away, one)
    v = turned @ direction_lps * inverse
    along = np.einsum("ij,ij->i", other, turned) * inverse
    hit = facing & (u >= 0) & (v >= 0) & (u + v <= 1) & (along > 0)
    if not hit.any():
        return None
    return int(np.flatnonzero(hit)[np.argmin(along[hit])])
