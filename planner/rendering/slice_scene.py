"""What does one slice look like? The CT as grey pixels, and everything over it as vector primitives.

One scene, two painters: the screen (``ui/slices``) and the report (:mod:`planner.rendering.svg`) draw the same value.
Nothing is drawn that is not in the slice without saying so: projected parts are dotted or dashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.rendering.access_marks import skin_marks
from planner.rendering.anatomy_marks import body_marks, nerve_marks, structure_marks
from planner.rendering.crosshair_marks import crosshair_marks
from planner.rendering.frame_marks import frame_marks
from planner.rendering.ghost_marks import ghost_marks
from planner.rendering.ice_marks import ice_marks
from planner.rendering.measurement_marks import measurement_marks
from planner.rendering.plane import slice_position
from planner.rendering.probe_marks import probe_marks, probe_names
from planner.rendering.reslice import reslice_measured
from planner.rendering.window import to_grey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume
    from planner.rendering.content import ContourCache, SliceContent
    from planner.rendering.plane import SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.rendering.slab import Slab
    from planner.rendering.window import WindowHu


@dataclass(frozen=True, slots=True, eq=False)
class SliceScene:
    """A finished slice.

    Parameters
    ----------
    raster
        shape (H, W), uint8 grey; H and W are the plane's size times the raster scale.
    primitives
        In drawing order, in the plane's logical pixels.
    """

    plane: SlicePlane
    raster: NDArray[np.uint8]
    primitives: tuple[Primitive, ...]


def build_hu(plane: SlicePlane, *, volume: Volume, scale: float = 1.0, slab: Slab | None = None) -> NDArray[np.float32]:
    """Sample the CT on a view, shape (H × scale, W × scale), float32, HU; not a number outside it and in padding."""
    return reslice_measured(volume.hu, padding=volume.padding, grid=volume.grid, plane=plane, scale=scale, slab=slab)


def build_raster(plane: SlicePlane, *, volume: Volume, window_hu: WindowHu, scale: float = 1.0) -> NDArray[np.uint8]:
    """Draw the CT alone, shape (H × scale, W × scale), uint8. Outside the volume and in padding it is black."""
    return to_grey(build_hu(plane, volume=volume, scale=scale), window_hu)


def build_marks(
    plane: SlicePlane,
    *,
    volume: Volume,
    window_hu: WindowHu,
    content: SliceContent,
    cache: ContourCache | None = None,
) -> tuple[Primitive, ...]:
    """Draw everything over the CT, in order: anatomy, ice, targets, crosshair, probes, and the frame's texts on top."""
    anatomy = structure_marks(content.structures, grid=volume.grid, plane=plane, cache=cache)
    plan = build_plan_marks(plane, grid=volume.grid, content=content, cache=cache)
    return (*anatomy, *plan, *frame_marks(plane, grid=volume.grid, window_hu=window_hu, content=content))


def build_plan_marks(
    plane: SlicePlane, *, grid: Grid, content: SliceContent, cache: ContourCache | None = None
) -> list[Primitive]:
    """Draw ice, targets, crosshair, measurements and probes; ``grid`` is the CT's."""
    resting = build_resting_marks(plane, grid=grid, content=content, cache=cache)
    return resting + build_probe_marks(plane, grid=grid, content=content)


def build_resting_marks(
    plane: SlicePlane, *, grid: Grid, content: SliceContent, cache: ContourCache | None = None
) -> list[Primitive]:
    """Draw what stays while a probe is moved, until new ice is there: ice, targets, crosshair and measurements.

    The ice's labels keep off the handles of probes and nerves.
    """
    slice_mm = slice_position(plane, grid).thickness_mm
    marks = [] if content.access is None else skin_marks(content.access, plane=plane)
    targets: list[Primitive] = []
    for nerve in content.nerves:
        targets += nerve_marks(nerve, plane=plane, slice_mm=slice_mm)
    for body in content.bodies:
        targets += body_marks(body, plane=plane)
    if content.ice is not None:
        handles = [p for layer in content.probes for p in (layer.placement.entry_lps_mm, layer.placement.tip_lps_mm)]
        handles += [p for nerve in content.nerves for p in nerve.handles_lps_mm]
        avoid = [(float(x), float(y)) for x, y in (plane.to_px(p) for p in handles)]
        marks += ice_marks(content.ice, plane=plane, avoid_px=avoid, cache=cache)
    marks += targets
    marks += ghost_marks(content.ghosts, plane=plane, slice_mm=slice_mm, cache=cache)
    if content.crosshair_lps_mm is not None:
        marks += crosshair_marks(plane, content.crosshair_lps_mm)
    return marks + measurement_marks(content.measurements, plane=plane, slice_mm=slice_mm)


def build_probe_marks(plane: SlicePlane, *, grid: Grid, content: SliceContent) -> list[Primitive]:
    """Draw the probes with their names: what follows a hand at every step."""
    slice_mm = slice_position(plane, grid).thickness_mm
    marks: list[Primitive] = []
    for probe in content.probes:
        marks += probe_marks(probe, plane=plane, slice_mm=slice_mm)
    return marks + probe_names(content.probes, plane=plane)


def build_slice(
    plane: SlicePlane,
    *,
    volume: Volume,
    window_hu: WindowHu,
    content: SliceContent,
    scale: float = 1.0,
    cache: ContourCache | None = None,
) -> SliceScene:
    """Draw one slice.

    Parameters
    ----------
    plane
        Where, and at what magnification; see :func:`planner.rendering.plane.on_slice` for stored slices.
    scale
        Raster pixels per logical pixel: the screen's device pixel ratio, or 2 to 3 for print.
    cache
        Outlines kept between calls; None contours afresh.
    """
    raster = build_raster(plane, volume=volume, window_hu=window_hu, scale=scale)
    marks = build_marks(plane, volume=volume, window_hu=window_hu, content=content, cache=cache)
    return SliceScene(plane, raster, marks)
