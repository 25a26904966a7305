"""Where do the actors stand? The VTK side of the 3-D view: renderer, off-screen window and trackball, without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.rendering.scene3d import (
    ViewFrom,
    camera_letters,
    draws_in_software,
    grab_rgb,
    look_along,
    look_from,
    new_renderer,
    offscreen_window,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.rendering.plane import EdgeLetters

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
        self._actors: dict[Hashable, list[Any]] = {}
        self._is_released = False
        self._may_peel = not draws_in_software(self._window)

    @property
    def keys(self) -> set[Hashable]:
        """Everything that stands on the stage, by key."""
        return set(self._actors)

    def put(self, key: Hashable, actors: Iterable[Any]) -> None:
        """Put actors on the stage under a key, in place of those there."""
        self.drop(key)
        self._actors[key] = list(actors)
        for actor in self._actors[key]:
            self._renderer.AddActor(actor)

    def drop(self, key: Hashable) -> None:
        """Take actors off."""
        for actor in self._actors.pop(key, []):
            self._renderer.RemoveActor(actor)

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

    def letters(self) -> EdgeLetters:
        """Return the patient letters at the four edges, from the camera as it stands."""
        return camera_letters(self._renderer)

    def render(self, size_px: tuple[int, int], *, is_moving: bool) -> NDArray[np.uint8]:
        """Render at a size in device pixels, shape (H, W, 3), uint8.

        While moving, and always where OpenGL has no graphics card, shells are sorted and not peeled.
        """
        if tuple(self._window.GetSize()) != size_px:
            self._window.SetSize(*size_px)
            self._interactor.SetSize(*size_px)
        self._renderer.SetUseDepthPeeling(self._may_peel and not is_moving)
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        return grab_rgb(self._window)

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
        self._renderer.RemoveAllViewProps()
        self._interactor.SetInteractorStyle(None)
        self._interactor.SetRenderWindow(None)
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()
