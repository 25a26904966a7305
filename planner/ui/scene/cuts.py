"""Where is the 3-D view cut open? At the chosen slices as they lie now, on the side that their viewer stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.plane import SlicePlane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.ui.view_state import ViewState


def cut_planes(view: ViewState) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return (origin, normal), LPS mm, of each: what a slice's viewer stands in is cut away, its face is seen."""
    at = np.asarray(view.crosshair_lps_mm)
    slices = [
        SlicePlane.turned(plane, at, frame=view.frame, mm_per_px=1.0, size_px=(1, 1)) for plane in sorted(view.cuts)
    ]
    return [(at, np.asarray(plane.normal_lps)) for plane in slices]
