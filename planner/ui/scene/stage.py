"""Where do the actors stand? The VTK side of the 3-D view: renderer, off-screen window and trackball, without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.geometry import point
from planner.rendering.scene3d import (
    ViewFrom,
    camera_axes,
    camera_letters,
    draws_in_software,
    grab_rgb,
    look_along,
    look_from,
    new_renderer,
    offscreen_window,
)
from planner.rendering.volume3d import first_seen_mm, set_moving
from planner.ui.scene.backdrop import Backdrop, Parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.rendering.plane import EdgeLetters
    from planner.rendering.volume3d import Cloud, CloudPreset

Key = tuple[Any, ...]
"""What an actor stands for: its kind first, then its content."""
_CLOUD, _CROSSHAIR = "cloud", "crosshair"
_CUT_KINDS = frozenset({"structure", _CLOUD})
_MOVED_KINDS = frozenset({"ice", "band", "probe"})
_SOLID = 0.5
_BODY_SHARE = 0.8
_ROOM = 1.15


class Stage:
    """Owns every VTK object of one view. Main thread only; :meth:`release` must be called before the widget dies."""

    def __init__(self, size_px: tuple[int, int]) -> None:
        from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
        from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

        self._renderer = new_renderer()
        self._window = offscreen_window(size_px)
        self._window.AddRenderer(self._renderer)
        self._interactor = vtkGenericRenderWindowInteractor()
        # The widget renders when it paints; the trackball only turns the camera.
        self._interactor.EnableRenderOff()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
        self._interactor.Initialize()
        self._actors: dict[Key, list[Any]] = {}
        self._is_released = False
        self._may_peel = not draws_in_software(self._window)
        self._kept: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...] = ()
        self._planes: list[Any] = []
        self._backdrop = Backdrop()

    @property
    def keys(self) -> set[Key]:
        """Everything that stands on the stage, by key."""
        return set(self._actors)

    def put(self, key: Key, actors: Iterable[Any]) -> None:
        """Put actors on the stage under a key, in place of those there."""
        self.drop(key)
        self._actors[key] = list(actors)
        for actor in self._actors[key]:
            self._renderer.AddViewProp(actor)
        if _is_cut(key):
            self._apply_cuts(self._actors[key])

    def drop(self, key: Key) -> None:
        """Take actors off."""
        for actor in self._actors.pop(key, []):
            self._renderer.RemoveViewProp(actor)

    def cut(self, kept: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
        """Cut structures and the CT open at planes (origin, normal), LPS mm; what lies on the normal's side stays.

        Target, probes and ice stay whole: they are what the cut is made for.
        """
        from vtkmodules.vtkCommonDataModel import vtkPlane

        self._kept = tuple(kept)
        self._planes = []
        for origin, normal in kept:
            plane = vtkPlane()
            plane.SetOrigin(*origin)
            plane.SetNormal(*normal)
            self._planes.append(plane)
        for key, actors in self._actors.items():
            if _is_cut(key):
                self._apply_cuts(actors)

    def _apply_cuts(self, actors: Iterable[Any]) -> None:
        for actor in actors:
            mapper = actor.GetMapper()
            mapper.RemoveAllClippingPlanes()
            for plane in self._planes:
                mapper.AddClippingPlane(plane)

    def pick(
        self,
        px: tuple[int, int],
        *,
        cloud: Cloud | None,
        preset: CloudPreset | None,
        passed: frozenset[str] = frozenset(),
    ) -> PointLps | None:
        """Return the first solid thing under a device pixel from the top left, LPS mm; None where there is nothing.

        What one can see through (skin, lung, ice) is passed, and the kinds ``passed``: the hand means what is behind.
        """
        from vtkmodules.vtkRenderingCore import vtkCellPicker

        picker = vtkCellPicker()
        picker.SetTolerance(0.0005)
        picker.PickFromListOn()
        for key, actors in self._actors.items():
            if key[0] not in {_CLOUD, _CROSSHAIR} | passed:
                for actor in actors:
                    if actor.GetProperty().GetOpacity() >= _SOLID:
                        picker.AddPickList(actor)
        x, y = px[0], self._window.GetSize()[1] - 1 - px[1]
        start, direction = self._ray(x, y)
        found: list[float] = []
        if picker.Pick(x, y, 0, self._renderer):
            found.append(float((np.array(picker.GetPickPosition()) - start) @ direction))
        if cloud is not None and preset is not None:
            away = first_seen_mm(cloud, preset, start_lps_mm=start, direction_lps=direction, kept=self._kept)
            found += [] if away is None else [away]
        return point(start + min(found) * direction) if found else None

    def sight(self, px: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the eye and the unit direction through a device pixel from the top left, LPS mm."""
        return self._ray(px[0], self._window.GetSize()[1] - 1 - px[1])

    def _ray(self, x: int, y: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the camera's place and the unit direction through a display pixel."""
        self._renderer.SetDisplayPoint(x, y, 0.5)
        self._renderer.DisplayToWorld()
        world = np.array(self._renderer.GetWorldPoint())
        start = np.array(self._renderer.GetActiveCamera().GetPosition())
        direction = world[:3] / world[3] - start
        return start, direction / np.linalg.norm(direction)

    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the unit vectors of the picture's right and top, LPS."""
        return camera_axes(self._renderer)

    def look(self, stand: ViewFrom, grid: Grid) -> None:
        """Turn to a standard direction and show the CT's height and most of its width, whatever stands on the stage."""
        corners = grid.corners_lps_mm()
        extent = np.ptp(corners, axis=0)
        is_along = stand in (ViewFrom.HEAD, ViewFrom.FEET)
        across = extent[1] if stand in (ViewFrom.LEFT, ViewFrom.RIGHT) else extent[0]
        upward = extent[1] if is_along else extent[2]
        width, height = self._window.GetSize()
        # Around the body the field of view holds air and table, which need not be seen.
        radius = (
            max(float(upward) * (_BODY_SHARE if is_along else 1.0), float(across) * _BODY_SHARE * height / width) / 2
        )
        look_from(self._renderer, stand, focus_lps_mm=grid.centre_lps_mm, radius_mm=radius * _ROOM)

    def look_along(self, direction_lps: ArrayLike, focus_lps_mm: PointLps, *, radius_mm: float) -> None:
        """Look along a direction, head up, and show a ball."""
        look_along(self._renderer, direction_lps, focus_lps_mm=focus_lps_mm, radius_mm=radius_mm)

    def to_picture(self, size_px: tuple[float, float]) -> NDArray[np.float64]:
        """Return the matrix (4, 4) from LPS (x, y, z, 1) to pixels of a picture of this size, from the top left.

        Rows are x, y, depth and w, to be divided by w, which is positive in front of the camera.
        """
        width, height = self._window.GetSize()
        camera = self._renderer.GetActiveCamera()
        projected = camera.GetCompositeProjectionTransformMatrix(width / height, -1.0, 1.0)
        seen = np.array([[projected.GetElement(row, column) for column in range(4)] for row in range(4)])
        across, down = size_px[0] / 2, size_px[1] / 2
        return np.array([across * (seen[0] + seen[3]), down * (seen[3] - seen[1]), seen[2], seen[3]])

    def letters(self) -> EdgeLetters:
        """Return the patient letters at the four edges, from the camera as it stands."""
        return camera_letters(self._renderer)

    def render(self, size_px: tuple[int, int], *, is_moving: bool, is_held: bool = False) -> NDArray[np.uint8]:
        """Render at a size in device pixels, shape (H, W, 3), uint8.

        While moving, and always where OpenGL has no graphics card, shells are sorted and not peeled. There, while
        something of the plan ``is_held`` and moves, what rests is not drawn again.
        """
        if tuple(self._window.GetSize()) != size_px:
            self._window.SetSize(*size_px)
            self._interactor.SetSize(*size_px)
        self._renderer.SetUseDepthPeeling(self._may_peel and not is_moving)
        for key, actors in self._actors.items():
            if key[0] == _CLOUD:
                for actor in actors:
                    set_moving(actor, is_moving=is_moving)
        if is_held and not self._may_peel:
            return self._backdrop.render(self._window, self._renderer, self._parts())
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        return grab_rgb(self._window)

    def make_ready(self) -> None:
        """Draw what rests, as the next drag of a probe will need it; nothing where pictures are quick or it is there.

        The picture that is shown stays as it is.
        """
        if not self._may_peel:
            self._backdrop.make(self._window, self._renderer, self._parts())

    def _parts(self) -> Parts:
        moving = [actor for key, actors in self._actors.items() if key[0] in _MOVED_KINDS for actor in actors]
        resting = [actor for key, actors in self._actors.items() if key[0] not in _MOVED_KINDS for actor in actors]
        cuts = tuple((tuple(origin), tuple(normal)) for origin, normal in self._kept)
        content = frozenset((cuts, *(key for key in self._actors if key[0] not in _MOVED_KINDS)))
        return Parts(resting, moving, content)

    def hand(self, event: str, px: tuple[int, int], *, ctrl: bool = False, shift: bool = False) -> None:
        """Pass a mouse event on, such as ``"LeftButtonPressEvent"``, at device pixels from the top left."""
        self._interactor.SetEventInformationFlipY(*px, int(ctrl), int(shift), chr(0), 0, None)
        self._interactor.InvokeEvent(event)

    def release(self) -> None:
        """Let go of the window and everything in it, in the order that VTK needs."""
        if self._is_released:
            return
        self._is_released = True
        self._actors.clear()
        self._backdrop.forget()
        self._renderer.RemoveAllViewProps()
        self._interactor.SetInteractorStyle(None)
        self._interactor.SetRenderWindow(None)
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()


def _is_cut(key: Key) -> bool:
    return key[0] in _CUT_KINDS
