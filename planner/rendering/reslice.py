"""What are the values of a volume on a view's pixels? Index slicing along voxel axes, compiled trilinear elsewhere."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.rendering.slab import Slab, SlabMode, flatten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.rendering.plane import SlicePlane

# Closer to a stored slice than this share of a voxel counts as on it: no blending, half the memory traffic.
_ON_SLICE_VOXELS = 1e-3
# About two milliseconds of work: less is done sooner than it is shared.
_SAMPLES_PER_THREAD = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Values of a volume on a regular lattice of one plane.

    Parameters
    ----------
    values
        shape (R, C), float32.
    corner_lps_mm, column_step_lps_mm, row_step_lps_mm
        Lattice point (column c, row r) lies at corner + c × column step + r × row step; each shape (3,), float64.
    """

    values: NDArray[np.float32]
    corner_lps_mm: NDArray[np.float64]
    column_step_lps_mm: NDArray[np.float64]
    row_step_lps_mm: NDArray[np.float64]

    def to_lps(self, column_row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map lattice coordinates (N, 2) as (column, row) to LPS mm (N, 3)."""
        steps = np.array([self.column_step_lps_mm, self.row_step_lps_mm])
        lps: NDArray[np.float64] = column_row @ steps + self.corner_lps_mm
        return lps


@dataclass(frozen=True, slots=True)
class _VoxelAxes:
    """Which stored axis (0 i, 1 j, 2 k) runs along the view's right, down and viewing directions."""

    right: int
    down: int
    normal: int


@dataclass(frozen=True, slots=True)
class _Depth:
    """What is taken along the viewing direction: one plane, or a slab."""

    outside: float
    slab: Slab | None

    def flat(self, stack: NDArray[Any], index: float, *, spacing_mm: float) -> NDArray[np.float32]:
        """Return what a stack of slices (N, R, C) shows at a continuous index, (R, C)."""
        if self.slab is None:
            return _between(stack, index, outside=self.outside)
        return flatten(stack, index=index, spacing_mm=spacing_mm, slab=self.slab, outside=self.outside)


def aligned_axes(grid: Grid, plane: SlicePlane) -> _VoxelAxes | None:
    """Return how the stored axes lie in the view; None when the plane is oblique to the voxels by more than 0.06°."""
    directions = (plane.right_lps, plane.down_lps, plane.normal_lps)
    cosines = np.abs(np.array(directions) @ grid.direction)
    axes = cosines.argmax(axis=1)
    if len(set(axes.tolist())) < 3 or cosines.max(axis=1).min() < 1 - 5e-7:
        return None
    return _VoxelAxes(int(axes[0]), int(axes[1]), int(axes[2]))


def reslice(
    array: NDArray[Any],
    *,
    grid: Grid,
    plane: SlicePlane,
    outside: float,
    scale: float = 1.0,
    slab: Slab | None = None,
) -> NDArray[np.float32]:
    """Sample a volume trilinearly at every pixel centre of a view, in one plane or through a slab.

    Parameters
    ----------
    array
        shape (K, J, I), any real dtype, on ``grid``.
    outside
        Value beyond the voxels' outer faces; up to half a voxel past the outermost centres the edge value holds.
    scale
        Raster pixels per logical pixel (screens with a device pixel ratio, print).
    slab
        None samples the plane alone. Along the voxels a slab is projected first and then spread over the pixels.

    Returns
    -------
    NDArray
        shape (round(height × scale), round(width × scale)), float32.
    """
    width, height = (max(1, round(n * scale)) for n in plane.size_px)
    columns = (np.arange(width) + 0.5) * plane.size_px[0] / width
    rows = (np.arange(height) + 0.5) * plane.size_px[1] / height
    axes = aligned_axes(grid, plane)
    if axes is not None:
        return _reslice_aligned(array, grid, plane, axes=axes, px=(columns, rows), depth=_Depth(outside, slab))
    return _reslice_oblique(array, grid, plane, size_rc=(height, width), outside=outside, slab=slab)


def reslice_measured(
    array: NDArray[Any],
    *,
    padding: NDArray[np.bool_] | None,
    grid: Grid,
    plane: SlicePlane,
    scale: float = 1.0,
    slab: Slab | None = None,
) -> NDArray[np.float32]:
    """Sample what was measured: as :func:`reslice`, and not a number outside the volume and in padding.

    A slab that meets padding anywhere in its thickness shows nothing there: its value would be partly the padding's.
    """
    values = reslice(array, grid=grid, plane=plane, outside=np.nan, scale=scale, slab=slab)
    if padding is not None:
        through = None if slab is None else Slab(slab.thickness_mm, SlabMode.MIP)
        values[reslice(padding, grid=grid, plane=plane, outside=0.0, scale=scale, slab=through) >= 0.5] = np.nan
    return values


def section(array: NDArray[Any], *, grid: Grid, plane: SlicePlane, outside: float) -> Section:
    """Cut a volume with a plane, on the volume's own voxel lattice where the plane lies along it.

    Contours of a section are as fine as the data, whatever the zoom. An oblique plane gets a lattice at the finest
    voxel spacing over the whole volume.
    """
    axes = aligned_axes(grid, plane)
    if axes is None:
        return _section_oblique(array, grid, plane, outside=outside)
    stack = array.transpose(2 - axes.normal, 2 - axes.down, 2 - axes.right)
    flat = _between(stack, float(grid.to_index(plane.centre_lps_mm)[axes.normal]), outside=outside)
    start = grid.to_index(plane.centre_lps_mm)
    start[axes.right] = start[axes.down] = 0.0
    matrix = grid.matrix
    return Section(flat, grid.to_lps(start), matrix[:3, axes.right], matrix[:3, axes.down])


def stored_slice(array: NDArray[Any], *, grid: Grid, plane: SlicePlane) -> NDArray[Any] | None:
    """Return the stored slice that a plane lies on, as a view (rows, columns); None when it lies on none."""
    axes = aligned_axes(grid, plane)
    if axes is None:
        return None
    index = float(grid.to_index(plane.centre_lps_mm)[axes.normal])
    nearest = round(index)
    stack = array.transpose(2 - axes.normal, 2 - axes.down, 2 - axes.right)
    if abs(index - nearest) > _ON_SLICE_VOXELS or not 0 <= nearest < len(stack):
        return None
    flat: NDArray[Any] = stack[nearest]
    return flat


def _between(stack: NDArray[Any], index: float, *, outside: float) -> NDArray[np.float32]:
    """Return the slice (R, C) at a continuous index of a stack (N, R, C), float32."""
    count = stack.shape[0]
    if not -0.5 <= index <= count - 0.5:
        return np.full(stack.shape[1:], outside, dtype=np.float32)
    index = min(max(index, 0.0), count - 1.0)
    below = int(index)
    weight = np.float32(index - below)
    flat: NDArray[np.float32] = stack[below].astype(np.float32)
    if weight > _ON_SLICE_VOXELS:
        above = stack[min(below + 1, count - 1)]
        flat = above.astype(np.float32) if weight > 1 - _ON_SLICE_VOXELS else flat + (above - flat) * weight
    return flat


def _taps(
    positions: NDArray[np.float64], count: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Lower neighbour, weight of the upper neighbour and inside flag of continuous indices along one axis."""
    inside = (positions >= -0.5) & (positions <= count - 0.5)
    clamped = np.clip(positions, 0.0, count - 1.0)
    lower = np.minimum(clamped.astype(np.intp), max(count - 2, 0))
    return lower, (clamped - lower).astype(np.float32), inside


def _reslice_aligned(
    array: NDArray[Any],
    grid: Grid,
    plane: SlicePlane,
    *,
    axes: _VoxelAxes,
    px: tuple[NDArray[np.float64], NDArray[np.float64]],
    depth: _Depth,
) -> NDArray[np.float32]:
    """Separable bilinear: voxel columns depend on pixel columns only, rows on rows only."""
    columns, rows = px
    middle = np.array(plane.size_px) / 2
    across = grid.to_index(plane.to_lps(np.column_stack([columns, np.full_like(columns, middle[1])])))[:, axes.right]
    down = grid.to_index(plane.to_lps(np.column_stack([np.full_like(rows, middle[0]), rows])))[:, axes.down]
    shape = tuple(array.shape[2 - axis] for axis in (axes.right, axes.down, axes.normal))
    col, col_weight, col_inside = _taps(across, shape[0])
    row, row_weight, row_inside = _taps(down, shape[1])

    # Only the voxels in view are converted to float.
    first_row, last_row = int(row.min()), min(int(row.max()) + 2, shape[1])
    first_col, last_col = int(col.min()), min(int(col.max()) + 2, shape[0])
    view = array.transpose(2 - axes.normal, 2 - axes.down, 2 - axes.right)[:, first_row:last_row, first_col:last_col]
    index = float(grid.to_index(plane.centre_lps_mm)[axes.normal])
    flat = depth.flat(view, index, spacing_mm=grid.spacing_ijk_mm[axes.normal])
    col, row = col - first_col, row - first_row
    next_col = np.minimum(col + 1, flat.shape[1] - 1)
    next_row = np.minimum(row + 1, flat.shape[0] - 1)

    # The two column gathers happen on voxel rows or on pixel rows, whichever are fewer.
    wide = flat.take(col, axis=1)
    wide += (flat.take(next_col, axis=1) - wide) * col_weight
    picture = wide.take(row, axis=0)
    picture += (wide.take(next_row, axis=0) - picture) * row_weight[:, None]
    picture[:, ~col_inside] = depth.outside
    picture[~row_inside, :] = depth.outside
    return picture


def _reslice_oblique(
    array: NDArray[Any],
    grid: Grid,
    plane: SlicePlane,
    *,
    size_rc: tuple[int, int],
    outside: float,
    slab: Slab | None,
) -> NDArray[np.float32]:
    """Trilinear at every pixel: index coordinates are affine in (column, row, depth)."""
    step_px = np.array(plane.size_px) / (size_rc[1], size_rc[0])
    corner = plane.to_lps(step_px / 2)
    depth_mm = np.asarray(plane.normal_lps)
    layers, mode = 1, SlabMode.AVERAGE
    if slab is not None:
        layers, mode = slab.layers(min(grid.spacing_ijk_mm)), slab.mode
        corner = corner - slab.thickness_mm / 2 * depth_mm
        depth_mm = depth_mm * slab.thickness_mm / (layers - 1)
    right, down = np.asarray(plane.right_lps), np.asarray(plane.down_lps)
    lattice_lps_mm = (corner, step_px[0] * plane.mm_per_px * right, step_px[1] * plane.mm_per_px * down, depth_mm)
    lattice = _in_index_space(grid, lattice_lps_mm)
    return _on_lattice(array, lattice, size_rc=size_rc, outside=outside, layers=layers, mode=mode)


def _in_index_space(grid: Grid, lattice_lps_mm: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    """Turn a start and three steps in LPS mm into rows of index space, shape (4, 3)."""
    inverse = np.linalg.inv(grid.matrix[:3, :3])
    return np.ascontiguousarray([grid.to_index(lattice_lps_mm[0]), *(inverse @ step for step in lattice_lps_mm[1:])])


def _on_lattice(
    array: NDArray[Any],
    lattice_ijk: NDArray[np.float64],
    *,
    size_rc: tuple[int, int],
    outside: float,
    layers: int = 1,
    mode: SlabMode = SlabMode.AVERAGE,
) -> NDArray[np.float32]:
    """Sample at start + c × column + r × row, through ``layers`` layers; shape ``size_rc``, float32."""
    from planner.rendering.lattice_kernels import LARGEST, MEAN, SMALLEST, sample_lattice

    values = np.empty(size_rc, dtype=np.float32)
    how = {SlabMode.MIP: LARGEST, SlabMode.MINIP: SMALLEST, SlabMode.AVERAGE: MEAN}[mode]
    source = _compiled_for(array)

    def fill(rows: tuple[int, int]) -> None:
        first, last = rows
        start, column, row, through = lattice_ijk
        part = np.ascontiguousarray([start + first * row, column, row, through])
        sample_lattice(source, part, layers, how, np.float32(outside), values[first:last])

    shares = max(1, min(_cores(), values.size * layers // _SAMPLES_PER_THREAD))
    edges = np.linspace(0, size_rc[0], shares + 1).astype(int).tolist()
    parts = list(pairwise(edges))
    if shares == 1:
        fill(parts[0])
    else:
        list(_threads().map(fill, parts))
    return values


def _cores() -> int:
    return os.cpu_count() or 1


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads that share large pictures; the compiled loops leave the interpreter to others."""
    return ThreadPoolExecutor(_cores(), thread_name_prefix="reslice")


def _compiled_for(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in a layout and type that the kernel was compiled for; CT, masks and fields are so already."""
    known = array.dtype in (np.int16, np.float32, np.float64, np.bool_)
    return np.ascontiguousarray(array if known else array.astype(np.float64))


def _section_oblique(array: NDArray[Any], grid: Grid, plane: SlicePlane, *, outside: float) -> Section:
    """Cut obliquely on a square lattice at the finest voxel spacing that covers the volume's shadow on the plane."""
    step = min(grid.spacing_ijk_mm)
    offset = grid.corners_lps_mm() - np.asarray(plane.centre_lps_mm)
    right, down = np.asarray(plane.right_lps), np.asarray(plane.down_lps)
    low = np.array([(offset @ axis).min() for axis in (right, down)]) - step
    high = np.array([(offset @ axis).max() for axis in (right, down)]) + step
    counts = np.ceil((high - low) / step).astype(int) + 1
    corner = np.asarray(plane.centre_lps_mm) + low[0] * right + low[1] * down
    lattice = _in_index_space(grid, (corner, right * step, down * step, np.zeros(3)))
    values = _on_lattice(array, lattice, size_rc=(int(counts[1]), int(counts[0])), outside=outside)
    return Section(values, corner, right * step, down * step)
