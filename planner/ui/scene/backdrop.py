"""Must everything be drawn again at every step of a drag? No: what rests is kept as a picture with its depth.

Where OpenGL runs on the processor, thirty structures take a tenth of a second and the ice a hundredth. While the camera
rests, the ice is drawn over the kept picture, and its depth hides what lies behind bone as before. Only where something
translucent (skin, lung) lies before the ice does the ice look a little brighter than in the whole picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from planner.rendering.scene3d import grab_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_NEARER, _FARTHER = 0.8, 1.2


class Parts(NamedTuple):
    """The actors of a renderer that rest and that move; ``content`` names those that rest."""

    resting: Sequence[Any]
    moving: Sequence[Any]
    content: frozenset[object]


class Backdrop:
    """The picture of what rests, for one camera and one size. Main thread only; no VTK object of the stage is kept."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._colours: Any = None
        self._depth: Any = None
        self._range_mm = (0.0, 0.0)

    def forget(self) -> None:
        """Drop the picture."""
        self._key, self._colours, self._depth = (), None, None

    def make(self, window: Any, renderer: Any, parts: Parts) -> None:  # noqa: ANN401 - VTK's window and renderer
        """Draw what rests and keep it, unless it is kept already for this content, camera and size."""
        camera = renderer.GetActiveCamera()
        key = (parts.content, tuple(window.GetSize()), _pose(camera))
        if key == self._key:
            return
        renderer.ResetCameraClippingRange()
        near_mm, far_mm = camera.GetClippingRange()
        self._range_mm = (_NEARER * near_mm, _FARTHER * far_mm)
        self._take(window, camera, parts.moving)
        self._key = key

    def render(self, window: Any, renderer: Any, parts: Parts) -> NDArray[np.uint8]:  # noqa: ANN401
        """Return the whole picture, shape (H, W, 3), uint8: what moves, drawn over what rests."""
        self.make(window, renderer, parts)
        camera, resting = renderer.GetActiveCamera(), parts.resting
        camera.SetClippingRange(*self._range_mm)
        _show(resting, on=False)
        renderer.PreserveColorBufferOn()
        renderer.PreserveDepthBufferOn()
        try:
            width, height = window.GetSize()
            window.SetRGBACharPixelData(0, 0, width - 1, height - 1, self._colours, 0, 0)
            window.SetZbufferData(0, 0, width - 1, height - 1, self._depth)
            window.Render()
            return grab_rgb(window)
        finally:
            renderer.PreserveColorBufferOff()
            renderer.PreserveDepthBufferOff()
            _show(resting, on=True)

    def _take(self, window: Any, camera: Any, moving: Sequence[Any]) -> None:  # noqa: ANN401
        """Draw what rests alone and keep colours and depth."""
        from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray

        camera.SetClippingRange(*self._range_mm)
        _show(moving, on=False)
        window.Render()
        _show(moving, on=True)
        width, height = window.GetSize()
        self._colours, self._depth = vtkUnsignedCharArray(), vtkFloatArray()
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._colours, 0)
        window.GetZbufferData(0, 0, width - 1, height - 1, self._depth)


def _show(actors: Sequence[Any], *, on: bool) -> None:
    for actor in actors:
        actor.SetVisibility(on)


def _pose(camera: Any) -> tuple[float, ...]:  # noqa: ANN401
    angle = (float(camera.GetViewAngle()), float(camera.GetParallelScale()))
    return (*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp(), *angle)
