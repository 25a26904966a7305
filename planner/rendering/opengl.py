"""Can this machine draw in three dimensions? Tried in a process of its own, since a missing OpenGL ends the process.

``python -m planner.rendering.opengl`` draws one white square off-screen and exits with 0 when it was really drawn. VTK
itself cannot say: without drivers it reports OpenGL as supported and crashes on the first picture.
"""

from __future__ import annotations

import sys

_SIZE_PX = (16, 16)
_WHITE = 250


def draws() -> bool:
    """Draw a white plane that fills a small picture, and look whether it is there."""
    from vtkmodules.vtkFiltersSources import vtkPlaneSource
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    from planner.rendering.scene3d import ViewFrom, look_from, new_renderer, render_rgb

    renderer = new_renderer("#000000")  # first: it registers what mappers are made of
    plane = vtkPlaneSource()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(plane.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    renderer.AddViewProp(actor)
    look_from(renderer, ViewFrom.HEAD, focus_lps_mm=(0.0, 0.0, 0.0), radius_mm=0.2)
    return bool(render_rgb(renderer, size_px=_SIZE_PX).min() >= _WHITE)


if __name__ == "__main__":
    sys.exit(0 if draws() else 1)
