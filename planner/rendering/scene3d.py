"""What does the plan look like in space? VTK actors, one builder per kind of thing, and off-screen pictures of them.

VTK objects are made and used on the main thread only. World = LPS mm, as everywhere.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.probe import active_zone_lps_mm
from planner.rendering.isosurface import Mesh, mask_field, surface
from planner.rendering.nerve_shares import treated_parts
from planner.rendering.palette import (
    HUB,
    PLANE_COLOUR,
    PROBE,
    SCENE_BACKGROUND,
    TARGET_COLOUR,
    rgb,
    style_for,
)
from planner.rendering.plane import EdgeLetters, Orientation, direction_letters
from planner.rendering.probe_space import HUB_FROM_SKIN_MM, HUB_LENGTH_MM
from planner.rendering.turning import UPRIGHT, Frame

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid
    from planner.domain.structure import StructureKind
    from planner.rendering.content import BodyLayer, IceLayer, NerveLayer, ProbeLayer, StructureLayer

_LOG = logging.getLogger(__name__)

SURFACE_SPACING_MM = 2.0
_HUB_RADIUS_MM = 3.5
_THINNEST_NERVE_MM = 1.5
_PEELS = 6
_BAND_OPACITY = 0.1
_CROSS_ARM_MM, _CROSS_RADIUS_MM = 8.0, 0.35


class ViewFrom(StrEnum):
    """Where the viewer stands: a patient direction."""

    ANTERIOR = "A"
    POSTERIOR = "P"
    LEFT = "L"
    RIGHT = "R"
    HEAD = "H"
    FEET = "F"


# Viewer's direction from the middle, and which way is up, LPS.
_STANDS: dict[ViewFrom, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    ViewFrom.ANTERIOR: ((0, -1, 0), (0, 0, 1)),
    ViewFrom.POSTERIOR: ((0, 1, 0), (0, 0, 1)),
    ViewFrom.LEFT: ((1, 0, 0), (0, 0, 1)),
    ViewFrom.RIGHT: ((-1, 0, 0), (0, 0, 1)),
    ViewFrom.HEAD: ((0, 0, 1), (0, -1, 0)),
    ViewFrom.FEET: ((0, 0, -1), (0, -1, 0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceLayer:
    """A structure's surface, ready to show; make the mesh with :func:`structure_surface`."""

    name: str
    kind: StructureKind
    mesh: Mesh
    colour: str = ""
    """Its own, ``"#rrggbb"``; empty: its kind's."""


@dataclass(frozen=True, slots=True, eq=False)
class SpaceContent:
    """Everything the 3-D picture shows."""

    surfaces: tuple[SurfaceLayer, ...] = ()
    nerves: tuple[NerveLayer, ...] = ()
    bodies: tuple[BodyLayer, ...] = ()
    probes: tuple[ProbeLayer, ...] = ()
    ice: IceLayer | None = None


def structure_surface(layer: StructureLayer, grid: Grid, *, spacing_mm: float = SURFACE_SPACING_MM) -> SurfaceLayer:
    """Make the surface of a structure in one go; views that must stay responsive do its two halves apart."""
    field, coarse = mask_field(layer.mask, grid, spacing_mm=spacing_mm)
    return SurfaceLayer(layer.name, layer.kind, surface(field, coarse, level=0.5), layer.colour)


def build_scene(content: SpaceContent, *, background: str = SCENE_BACKGROUND) -> Any:  # noqa: ANN401 - vtkRenderer
    """Return a vtkRenderer with an actor for everything in ``content``, lit, seen from the front."""
    renderer = new_renderer(background)
    for actor in content_actors(content):
        renderer.AddActor(actor)
    look_from(renderer, ViewFrom.ANTERIOR)
    return renderer


def new_renderer(background: str = SCENE_BACKGROUND) -> Any:  # noqa: ANN401
    """Return an empty vtkRenderer with depth peeling and a headlight."""
    # The OpenGL back-end registers itself on import; without it VTK draws nothing and says nothing.
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from vtkmodules.vtkRenderingCore import vtkRenderer

    messages_to_log()
    renderer = vtkRenderer()
    renderer.SetBackground(*rgb(background))
    renderer.UseDepthPeelingOn()
    renderer.SetMaximumNumberOfPeels(_PEELS)
    renderer.SetOcclusionRatio(0.05)
    return renderer


def content_actors(content: SpaceContent) -> list[Any]:
    """Return the actors of everything, solid things first so that sorted drawing also looks right."""
    actors = [surface_actor(layer) for layer in content.surfaces if not layer.mesh.is_empty]
    for nerve in content.nerves:
        actors += nerve_actors(nerve)
    for body in content.bodies:
        actors.append(body_actor(body))
    for probe in content.probes:
        actors += probe_actors(probe)
    if content.ice is not None:
        actors += ice_actors(content.ice) + band_actors(content.ice)
    return sorted(actors, key=lambda actor: actor.GetProperty().GetOpacity() < 1)


def surface_actor(layer: SurfaceLayer) -> Any:  # noqa: ANN401
    """Return the actor of a structure's surface in its anatomy colour; lung and skin are translucent."""
    style = style_for(layer.kind, layer.colour)
    return _mesh_actor(layer.mesh, style.colour, opacity=style.opacity_3d)


def ice_actors(ice: IceLayer) -> list[Any]:
    """Return nested shells, innermost first; a stale prediction is grey."""
    actors = []
    coldness = -np.asarray(ice.field_c, dtype=np.float32)
    for level in sorted((lv for lv in ice.levels if lv.opacity_3d > 0), key=lambda lv: lv.level_c):
        mesh = surface(coldness, ice.grid, level=-level.level_c)
        if not mesh.is_empty:
            colour = "#9aa4b0" if ice.is_stale else level.colour
            actor = _mesh_actor(mesh, colour, opacity=level.opacity_3d)
            actor.GetProperty().BackfaceCullingOn()
            actors.append(actor)
    return actors


def band_actors(ice: IceLayer) -> list[Any]:
    """Return the outermost shell of all: how far the warmest isotherm may reach; none for what is stale or a preview.

    A very clear skin: with software OpenGL at 669 × 355 px it adds 3 to 5 ms to a picture of the shells of 8 to 12 ms;
    a net of wires took twice that and veiled what lies in it.
    """
    band = ice.drawn_band
    outermost = max(ice.levels, key=lambda level: level.level_c, default=None)
    edges = None if band is None or outermost is None else band.of(outermost.level_c)
    if edges is None or outermost is None or edges.outer_mm is None:
        return []
    mesh = surface(-edges.outer_mm, edges.grid, level=0.0)
    if mesh.is_empty:
        return []
    skin = _mesh_actor(mesh, outermost.colour, opacity=_BAND_OPACITY)
    skin.GetProperty().BackfaceCullingOn()
    return [skin]


def nerve_actors(layer: NerveLayer) -> list[Any]:
    """Return a tube along the nerve as wide as the nerve (at least 1.5 mm), the untreated part thinner and fainter."""
    curve = np.asarray(layer.curve_lps_mm, dtype=float)
    radius = max(layer.diameter_mm or 0.0, _THINNEST_NERVE_MM) / 2
    if layer.segment is None:
        return [_tube_actor(curve, TARGET_COLOUR, radius_mm=radius)]
    first, last = layer.segment
    rest = [(curve[: first + 1], radius * 0.6, TARGET_COLOUR), (curve[last:], radius * 0.6, TARGET_COLOUR)]
    parts = [*treated_parts(layer, curve, radius), *rest]
    return [_tube_actor(part, colour, radius_mm=wide) for part, wide, colour in parts if len(part) > 1]


def body_actor(layer: BodyLayer) -> Any:  # noqa: ANN401
    """Return the target body's spheroid."""
    from vtkmodules.vtkCommonTransforms import vtkTransform
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    body = layer.body
    ball = vtkSphereSource()
    ball.SetRadius(1.0)
    ball.SetThetaResolution(36)
    ball.SetPhiResolution(24)
    place = vtkTransform()
    matrix = np.eye(4)
    matrix[:3, :3] = _frame_along(np.asarray(body.axis_lps)) * (
        body.width_mm / 2,
        body.width_mm / 2,
        body.length_mm / 2,
    )
    matrix[:3, 3] = body.centre_lps_mm
    place.SetMatrix(matrix.reshape(-1).tolist())
    actor = _actor(ball, TARGET_COLOUR, opacity=1.0)
    actor.SetUserTransform(place)
    return actor


def probe_actors(layer: ProbeLayer) -> list[Any]:
    """Return a probe: white shaft, thicker active zone, grey hub beyond the skin."""
    placement, model = layer.placement, layer.model
    entry, tip = np.asarray(placement.entry_lps_mm), np.asarray(placement.tip_lps_mm)
    outward = -np.asarray(placement.direction_lps)
    diameter = (model.shaft_diameter_mm.value if model is not None else None) or 1.5
    hub_start = entry + outward * HUB_FROM_SKIN_MM
    actors = [
        _tube_actor(np.array([tip, hub_start]), PROBE, radius_mm=diameter / 2),
        _tube_actor(np.array([hub_start, hub_start + outward * HUB_LENGTH_MM]), HUB, radius_mm=_HUB_RADIUS_MM),
    ]
    if model is not None and model.active_tip_mm.value is not None:
        zone = np.array(active_zone_lps_mm(placement, model))
        actors.append(_tube_actor(zone, PROBE, radius_mm=diameter * 0.8))
    return actors


def stand_direction(stand: ViewFrom) -> NDArray[np.float64]:
    """Return the patient direction in which a viewer stands, shape (3,), unit length."""
    return np.asarray(_STANDS[stand][0], dtype=np.float64)


def crosshair_actors(at_lps_mm: ArrayLike, *, frame: Frame = UPRIGHT) -> list[Any]:
    """Return three short lines through a point, each square to the plane of its colour as it lies in the frame."""
    middle = np.asarray(at_lps_mm, dtype=float)
    colours = (PLANE_COLOUR[Orientation.SAGITTAL], PLANE_COLOUR[Orientation.CORONAL], PLANE_COLOUR[Orientation.AXIAL])
    return [
        _tube_actor(
            np.array([middle - _CROSS_ARM_MM * axis, middle + _CROSS_ARM_MM * axis]), colour, radius_mm=_CROSS_RADIUS_MM
        )
        for axis, colour in zip(np.array(frame).T, colours, strict=True)
    ]


def look_from(
    renderer: Any,  # noqa: ANN401
    stand: ViewFrom,
    *,
    focus_lps_mm: ArrayLike | None = None,
    radius_mm: float | None = None,
) -> None:
    """Turn the camera to a standard direction; see :func:`look_along` for what is in the picture."""
    direction, up = _STANDS[stand]
    toward = -np.asarray(direction, dtype=float)
    look_along(renderer, toward, up=up, focus_lps_mm=focus_lps_mm, radius_mm=radius_mm)


def look_along(
    renderer: Any,  # noqa: ANN401
    direction_lps: ArrayLike,
    *,
    up: ArrayLike = (0.0, 0.0, 1.0),
    focus_lps_mm: ArrayLike | None = None,
    radius_mm: float | None = None,
) -> None:
    """Look along a direction; with ``focus_lps_mm`` and ``radius_mm`` show that ball, otherwise fit everything."""
    camera = renderer.GetActiveCamera()
    bounds = renderer.ComputeVisiblePropBounds()
    middle = np.array([(bounds[0] + bounds[1]) / 2, (bounds[2] + bounds[3]) / 2, (bounds[4] + bounds[5]) / 2])
    focus = middle if focus_lps_mm is None else np.asarray(focus_lps_mm, dtype=float)
    step = np.asarray(direction_lps, dtype=float)
    camera.SetFocalPoint(*focus)
    camera.SetPosition(*(focus - step / np.linalg.norm(step) * 500.0))
    camera.SetViewUp(*np.asarray(up, dtype=float))
    if radius_mm is not None:
        distance = radius_mm / np.sin(np.radians(camera.GetViewAngle() / 2))
        camera.SetPosition(*(focus - step / np.linalg.norm(step) * distance))
        renderer.ResetCameraClippingRange()
    else:
        renderer.ResetCamera()
        if focus_lps_mm is not None:
            shift = focus - np.array(camera.GetFocalPoint())
            camera.SetPosition(*(np.array(camera.GetPosition()) + shift))
            camera.SetFocalPoint(*focus)
            renderer.ResetCameraClippingRange()


def camera_axes(renderer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # noqa: ANN401
    """Return the unit vectors of the picture's right and top, LPS, from the camera as it stands."""
    camera = renderer.GetActiveCamera()
    along = np.array(camera.GetDirectionOfProjection())
    right = np.cross(along, np.array(camera.GetViewUp()))
    right /= np.linalg.norm(right)
    return right, np.cross(right, along)


def camera_letters(renderer: Any) -> EdgeLetters:  # noqa: ANN401
    """Return the patient letters at the edges of the picture, from the camera as it stands."""
    right, up = camera_axes(renderer)
    return EdgeLetters(
        left=direction_letters(-right),
        right=direction_letters(right),
        top=direction_letters(up),
        bottom=direction_letters(-up),
    )


def render_rgb(renderer: Any, *, size_px: tuple[int, int]) -> NDArray[np.uint8]:  # noqa: ANN401
    """Render off-screen, shape (H, W, 3), uint8, first row at the top."""
    window = offscreen_window(size_px)
    window.AddRenderer(renderer)
    try:
        window.Render()
        return grab_rgb(window)
    finally:
        window.RemoveRenderer(renderer)
        window.Finalize()


def offscreen_window(size_px: tuple[int, int]) -> Any:  # noqa: ANN401
    """Return a vtkRenderWindow that never shows, ready for depth peeling; the caller must ``Finalize`` it."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        # Without an X server VTK falls back to EGL by itself, but only after an error message.
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    messages_to_log()
    window = vtkRenderWindow()
    window.OffScreenRenderingOn()
    window.SetMultiSamples(0)
    window.AlphaBitPlanesOn()
    window.SetSize(*size_px)
    return window


def draws_in_software(window: Any) -> bool:  # noqa: ANN401
    """Whether OpenGL runs on the processor (Mesa llvmpipe or softpipe): there depth peeling takes most of a second."""
    window.Render()
    return any(name in window.ReportCapabilities() for name in ("llvmpipe", "softpipe"))


def grab_rgb(window: Any) -> NDArray[np.uint8]:  # noqa: ANN401
    """Read the picture just rendered, shape (H, W, 3), uint8, first row at the top."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    picture: NDArray[np.uint8] = vtk_to_numpy(pixels).reshape(height, width, 3)[::-1].copy()
    return picture


def messages_to_log() -> None:
    """Send what VTK has to say to the log instead of the terminal; messages hold file names and GL states only."""
    from vtkmodules.vtkCommonCore import vtkCommand, vtkLogger, vtkOutputWindow

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    window = vtkOutputWindow.GetInstance()
    if window.HasObserver(vtkCommand.WarningEvent):
        return
    window.SetDisplayMode(vtkOutputWindow.NEVER)
    window.AddObserver(vtkCommand.WarningEvent, lambda *_: _LOG.warning("VTK warning"))
    window.AddObserver(vtkCommand.ErrorEvent, lambda *_: _LOG.error("VTK error"))


def poly_data(mesh: Mesh) -> Any:  # noqa: ANN401
    """Return a vtkPolyData that owns copies of the mesh's arrays."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points = vtkPoints()
    points.SetData(numpy_to_vtk(mesh.points_lps_mm.astype(np.float32), deep=True))
    cells = vtkCellArray()
    starts = np.arange(len(mesh.triangles) + 1, dtype=np.int64) * 3
    corners = np.ascontiguousarray(mesh.triangles.reshape(-1), dtype=np.int64)
    cells.SetData(numpy_to_vtkIdTypeArray(starts, deep=True), numpy_to_vtkIdTypeArray(corners, deep=True))
    data = vtkPolyData()
    data.SetPoints(points)
    data.SetPolys(cells)
    data.GetPointData().SetNormals(numpy_to_vtk(vertex_normals(mesh).astype(np.float32), deep=True))
    return data


def vertex_normals(mesh: Mesh) -> NDArray[np.float64]:
    """Return the area-weighted unit normal at each point, shape (N, 3)."""
    a, b, c = (mesh.points_lps_mm[mesh.triangles[:, corner]] for corner in range(3))
    face = np.cross(b - a, c - a)
    corners = mesh.triangles.reshape(-1, order="F")
    total = np.column_stack(
        [np.bincount(corners, np.tile(face[:, axis], 3), minlength=len(mesh.points_lps_mm)) for axis in range(3)]
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    normals: NDArray[np.float64] = total / np.where(length > 0, length, 1.0)
    return normals


def _mesh_actor(mesh: Mesh, colour: str, *, opacity: float) -> Any:  # noqa: ANN401
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(poly_data(mesh))
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    _paint(actor, colour, opacity)
    return actor


def _tube_actor(line_lps_mm: NDArray[np.float64], colour: str, *, radius_mm: float) -> Any:  # noqa: ANN401
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkTubeFilter

    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(line_lps_mm, dtype=np.float64), deep=True))
    cells = vtkCellArray()
    cells.InsertNextCell(len(line_lps_mm), tuple(range(len(line_lps_mm))))
    line = vtkPolyData()
    line.SetPoints(points)
    line.SetLines(cells)
    tube = vtkTubeFilter()
    tube.SetInputData(line)
    tube.SetRadius(radius_mm)
    tube.SetNumberOfSides(16)
    tube.CappingOn()
    return _actor(tube, colour, opacity=1.0)


def _actor(source: Any, colour: str, *, opacity: float) -> Any:  # noqa: ANN401
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    _paint(actor, colour, opacity)
    return actor


def _paint(actor: Any, colour: str, opacity: float) -> None:  # noqa: ANN401
    look = actor.GetProperty()
    look.SetColor(*rgb(colour))
    look.SetOpacity(opacity)
    look.SetAmbient(0.18)
    look.SetDiffuse(0.82)
    look.SetSpecular(0.08)
    look.SetSpecularPower(20)


def _frame_along(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a right-handed orthonormal frame whose third column is ``axis``."""
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = np.cross(helper, axis)
    first /= np.linalg.norm(first)
    return np.column_stack([first, np.cross(axis, first), axis])
