"""How is a second series read, CT or MR? Through the same gate as a CT, as the values the scanner gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.geometry import Grid
from planner.imaging import cornercheck, gate, tilt, unpack
from planner.imaging.decode import is_hu, refuse_huge
from planner.imaging.headers import read_header
from planner.imaging.stack import fit_stack
from planner.imaging.summary import series_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.domain.series import SliceFile
    from planner.imaging.headers import SliceHeader
    from planner.imaging.stack import Stack

_PHASE = "Reading the second series"


@dataclass(frozen=True, slots=True, eq=False)
class SecondScan:
    """A second series where its own headers put it.

    ``values`` has shape (K, J, I) of ``grid``, float32, Hounsfield units where ``is_hu``; ``padding`` is bool of the
    same shape or None, and there ``values`` holds the lowest of the others.
    """

    values: NDArray[np.float32]
    padding: NDArray[np.bool_] | None
    grid: Grid
    label: str
    is_hu: bool
    frame_of_reference_uid: str
    window: tuple[float, float] | None


def load_second(slices: Sequence[SliceFile], *, progress: Progress) -> SecondScan:
    """Read a series that is to be laid over the planning CT.

    Raises
    ------
    GeometryRefused
        When the gate refuses it as an overlay, or the corner check fails.
    InputRefused
        When a file cannot be read; it names the file.
    """
    headers = []
    for done, part in enumerate(slices):
        progress(done, len(slices), _PHASE)
        headers.append(read_header(Path(part.path), frame=part.frame))
    gate.require(headers, purpose=gate.Purpose.OVERLAY)
    stack = fit_stack(headers)
    first = stack.ordered[0]
    shape = (len(headers), first.rows, first.columns)
    refuse_huge(shape)
    values = np.empty(shape, np.float32)
    padding = np.zeros(shape, np.bool_)
    for k, header in enumerate(stack.ordered):
        progress(k, len(headers), _PHASE)
        stored = unpack.stored_values(header)
        values[k] = _scaled(stored, header)
        if header.padding is not None:
            padding[k] = (stored >= header.padding[0]) & (stored <= header.padding[1])
    mask = padding if padding.any() else None
    placed, mask, grid = _placed(values, mask, stack, progress=progress)
    if mask is not None and not mask.all():
        # A mark is no grey value: registration and the window would take it for one.
        placed[mask] = placed[~mask].min()
    return SecondScan(
        values=placed,
        padding=mask,
        grid=grid,
        label=f"{series_label(first)} · {first.modality}",
        is_hu=all(map(is_hu, headers)),
        frame_of_reference_uid=first.frame_of_reference_uid,
        window=first.window_hu,
    )


def _scaled(stored: NDArray[np.int32], header: SliceHeader) -> NDArray[np.float32]:
    """Apply the header's scale; MR often names none, and then stored values are the values (PS3.3 C.11.1)."""
    slope = 1.0 if header.slope is None else header.slope
    intercept = 0.0 if header.intercept is None else header.intercept
    return (stored * slope + intercept).astype(np.float32)


def _placed(
    values: NDArray[np.float32], padding: NDArray[np.bool_] | None, stack: Stack, *, progress: Progress
) -> tuple[NDArray[Any], NDArray[np.bool_] | None, Grid]:
    """Return values, mask and grid, straightened when the stack is tilted, with the slice corners checked."""
    if tilt.is_tilted(stack):
        straight, outside, grid = tilt.straighten(values, padding, stack=stack, progress=progress)
        cornercheck.check_straightened(straight, outside, grid=grid, source=values, ordered=stack.ordered)
        return straight, outside, grid
    grid = Grid.from_matrix((len(stack.ordered), *values.shape[1:]), stack.matrix)
    cornercheck.check_corners(grid, stack.ordered)
    return values, padding, grid
