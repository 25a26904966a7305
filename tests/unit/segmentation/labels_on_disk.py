"""Files of labels made from positions and definitions, so that what they hold is known without the program."""

from __future__ import annotations

import gzip
import itertools
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain.geometry import Grid, Side
    from planner.domain.volume import Volume

SHAPE = (12, 16, 20)
SPACING = (0.8, 1.1, 2.5)
ORIGIN = (-31.5, 12.25, 104.0)
SIGNS = list(itertools.product((1, -1), repeat=3))
# A turn by 17° about x after 9° about z: a patient lying askew.
TURN = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]]) @ np.array(
    [[np.cos(0.16), -np.sin(0.16), 0], [np.sin(0.16), np.cos(0.16), 0], [0, 0, 1]]
)


def blob(grid: Grid, centre_lps_mm: Any, radius_mm: float) -> np.ndarray:
    """Where voxel centres lie within a ball: computed from positions, so it knows nothing of any file."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    points = grid.to_lps(np.stack([i, j, k], axis=-1))
    return np.linalg.norm(points - np.asarray(centre_lps_mm), axis=-1) <= radius_mm


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


def ball_of(ct: Volume) -> tuple[np.ndarray, np.ndarray]:
    """A centre off every plane of symmetry, so that no flip maps the ball onto itself."""
    centre = ct.grid.to_lps((6.0, 9.0, 4.0))
    return centre, blob(ct.grid, centre, 5.0)


def turned_image(ct: Volume, axes: np.ndarray, *, spacing: Any = SPACING, size: Any = (26, 26, 22)) -> sitk.Image:
    """The ball on a lattice with these axes that covers the CT, built by positions alone and written by SimpleITK."""
    centre, _ = ball_of(ct)

    middle = ct.grid.centre_lps_mm
    origin = middle - (axes * np.asarray(spacing)) @ ((np.array(size) - 1) / 2)
    points = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1)
    lps = points @ (axes * np.asarray(spacing)).T + origin
    inside = np.linalg.norm(lps - centre, axis=-1) <= 5.0
    image = sitk.GetImageFromArray(inside.transpose(2, 1, 0).astype(np.uint8) * 7)
    image.SetOrigin([float(v) for v in origin])
    image.SetSpacing([float(v) for v in spacing])
    image.SetDirection([float(v) for v in axes.ravel()])
    return image


def segmented(
    name: str, mask: np.ndarray, *, kind: StructureKind = StructureKind.OTHER, side: Side | None = None
) -> SegmentedMask:
    return SegmentedMask(name, kind, side, mask, StructureOrigin.DRAWN, "drawn")


def nifti_bytes(
    labels: np.ndarray,
    *,
    sform: np.ndarray | None = None,
    qform: tuple[float, ...] | None = None,
    order: str = "<",
    datatype: tuple[int, str] = (2, "u1"),
    scale: tuple[float, float] = (0.0, 0.0),
    pixdim: tuple[float, ...] = (1.0, *SPACING),
    extension: bytes = b"",
) -> bytes:
    """A NIfTI-1 file from its definition; ``qform`` is (b, c, d, x, y, z), both in RAS."""
    head = bytearray(352)
    struct.pack_into(order + "i", head, 0, 348)
    struct.pack_into(order + "8h", head, 40, 3, *labels.shape[::-1], 1, 1, 1, 1)
    struct.pack_into(order + "2h", head, 70, datatype[0], 8 * np.dtype(datatype[1]).itemsize)
    struct.pack_into(order + "8f", head, 76, *pixdim, 0, 0, 0, 0)
    struct.pack_into(order + "3f", head, 108, 352 + len(extension), *scale)
    head[123] = 2
    if qform is not None:
        struct.pack_into(order + "h", head, 252, 1)
        struct.pack_into(order + "6f", head, 256, *qform)
    if sform is not None:
        struct.pack_into(order + "h", head, 254, 2)
        struct.pack_into(order + "12f", head, 280, *sform[:3].ravel())
    head[344:348] = b"n+1\0"
    head[348] = 1 if extension else 0
    return bytes(head) + extension + labels.astype(np.dtype(order + datatype[1])).tobytes()


def ras_of(grid: Grid) -> np.ndarray:
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.matrix


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def extension_of(names: dict[int, str]) -> bytes:
    """The extension in which TotalSegmentator keeps its names."""
    rows = "".join(
        f'<Label Key="{key}" Red="0.0" Green="1.0" Blue="0.0" Alpha="1"><![CDATA[{name}]]></Label>\n'
        for key, name in names.items()
    )
    text = f'<?xml version="1.0"?> <CaretExtension><VolumeInformation Index="0"> <LabelTable>\n{rows}</LabelTable>'
    data = text.encode()
    size = -(-(len(data) + 8) // 16) * 16
    return struct.pack("<2i", size, 0) + data.ljust(size - 8, b" ")
