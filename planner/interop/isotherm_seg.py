"""How does predicted ice get into an archive as voxels? As a DICOM SEG, a segment for each isotherm, on the CT grid.

The prediction lies on its own cubic grid. A voxel of the CT belongs to an isotherm when the temperature at its centre,
read linearly between the prediction's cells, is at or below it; outside the predicted box nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.interop.codes import SCHEME, code_value
from planner.segmentation.labelio.seg_writing import Segment, SegSeries, write_segments
from planner.segmentation.vocabulary import Concept
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume

SERIES_NUMBER = 904
SERIES_DESCRIPTION = "Predicted isotherms: research and training, not clinical"
LABEL = "ISOTHERMS"
# Ice that a computer predicts is no tissue and no structure: a concept of space (PS3.16 CID 7150).
_CATEGORY = Concept("309825002", "Spatial and Relational Concept")
_PLANES_AT_ONCE = 16
_WARM_C = 100.0


@dataclass(frozen=True, slots=True)
class ShownIsotherm:
    """An isotherm to be written: its temperature, the words for it and its colour (``"#rrggbb"``)."""

    level_c: float
    words: str
    colour: str


@dataclass(frozen=True, slots=True, eq=False)
class PredictedIce:
    """A coldest-ever field, shape (K, J, I) of ``grid``, float32, °C, and the isotherms of it that are wanted."""

    minimum_c: NDArray[np.float32]
    grid: Grid
    isotherms: tuple[ShownIsotherm, ...]


def write_isotherm_seg(path: Path, ice: PredictedIce, *, volume: Volume, ct_files: Sequence[Path]) -> tuple[float, ...]:
    """Write the isotherms of predicted ice; returns those that exist, °C.

    Parameters
    ----------
    volume, ct_files
        The CT whose planes the segments lie on, and files among which its images are.

    Raises
    ------
    InputRefused
        When no voxel of the CT is as cold as any of the isotherms; else as
        :func:`planner.segmentation.labelio.seg_writing.write_seg`.
    """
    cold_c = on_ct_grid(ice.minimum_c, ice.grid, volume.grid)
    segments = []
    for isotherm in ice.isotherms:
        mask = cold_c <= isotherm.level_c
        if mask.any():
            segments.append(_segment(isotherm, mask))
    if not segments:
        raise InputRefused(
            "No voxel of the CT is predicted to be as cold as the isotherms asked for. Freeze longer, or leave the "
            "segmentation of isotherms out.",
            code="seg-no-ice",
        )
    series = SegSeries(SERIES_DESCRIPTION, label=LABEL, number=SERIES_NUMBER)
    write_segments(path, volume=volume, ct_files=ct_files, segments=segments, series=series)
    names = {segment.name for segment in segments}
    return tuple(isotherm.level_c for isotherm in ice.isotherms if isotherm.words in names)


def on_ct_grid(minimum_c: NDArray[np.float32], grid: Grid, ct_grid: Grid) -> NDArray[np.float32]:
    """Return a field at the centres of a CT's voxels, shape of the CT, float32, °C; 100 °C outside the field."""
    found = np.full(ct_grid.shape_kji, _WARM_C, np.float32)
    corners = ct_grid.to_index(grid.corners_lps_mm())
    low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)) + 1, ct_grid.shape_kji[::-1]).astype(int)
    if (high <= low).any():
        return found
    i, j = (np.arange(low[axis], high[axis]) for axis in (0, 1))
    for start in range(int(low[2]), int(high[2]), _PLANES_AT_ONCE):
        k = np.arange(start, min(start + _PLANES_AT_ONCE, int(high[2])))
        at_k, at_j, at_i = np.meshgrid(k, j, i, indexing="ij")
        points = ct_grid.to_lps(np.stack([at_i, at_j, at_k], axis=-1).reshape(-1, 3).astype(np.float64))
        values = trilinear(minimum_c, grid, points, outside=_WARM_C)
        found[k[0] : k[-1] + 1, low[1] : high[1], low[0] : high[0]] = values.reshape(at_k.shape)
    return found


def _segment(isotherm: ShownIsotherm, mask: NDArray[np.bool_]) -> Segment:
    words = f"Predicted ice at or below {isotherm.level_c:g} °C".replace("-", "−")
    return Segment(
        isotherm.words,
        mask,
        _CATEGORY,
        Concept(code_value(words), words),
        type_scheme=SCHEME,
        description=f"{words}: the coldest each voxel is predicted to reach, nominal tissue values.",
        colour=isotherm.colour,
    )
