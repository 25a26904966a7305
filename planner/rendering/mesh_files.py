"""How is a surface written for other programs? Binary STL and PLY, and OBJ as text, all in LPS mm.

STL is in :mod:`planner.rendering.isosurface`. No file holds more than the surface and a name for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.isosurface import Mesh, stl_bytes, surface
from planner.spatial.box import grown, mask_box, shape_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps

DECIMALS = 4  # of a millimetre in text
SIDES = 48
"""Of the prism that stands for a round shaft: its sides lie at most 0.2 % of the radius inside the circle."""


def mask_surface(mask: NDArray[np.bool_], grid: Grid) -> Mesh:
    """Return the closed surface halfway between the voxels inside a mask, shape (K, J, I), and those outside."""
    box = mask_box(mask)
    if box is None:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    k, j, i = box = grown(box, mask.shape, (1, 1, 1))
    here = grid.cropped((i.start, j.start, k.start), shape_of(box))
    return surface(mask[box].astype(np.float32), here, level=0.5)


def rod(ends_lps_mm: tuple[PointLps, PointLps], *, diameter_mm: float) -> Mesh:
    """Return a closed straight rod between the middles of its two flat ends, its corners on the circle."""
    start, end = (np.asarray(place, dtype=np.float64) for place in ends_lps_mm)
    along = (end - start) / np.linalg.norm(end - start)
    aside = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    aside /= np.linalg.norm(aside)
    turn = np.arange(SIDES) * (2 * np.pi / SIDES)
    ring = (np.outer(np.cos(turn), aside) + np.outer(np.sin(turn), np.cross(along, aside))) * diameter_mm / 2
    here = np.arange(SIDES)
    then = (here + 1) % SIDES
    first, last = np.full(SIDES, 2 * SIDES), np.full(SIDES, 2 * SIDES + 1)
    triangles = np.concatenate([
        np.stack([here, then, then + SIDES], axis=1),
        np.stack([here, then + SIDES, here + SIDES], axis=1),
        np.stack([first, then, here], axis=1),
        np.stack([last, here + SIDES, then + SIDES], axis=1),
    ])  # fmt: skip
    return Mesh(np.concatenate([ring + start, ring + end, start[None], end[None]]), triangles.astype(np.int64))


def mesh_bytes(mesh: Mesh, *, name: str, ending: str) -> bytes:
    """Encode a surface as the file that an ending stands for: ``.stl``, ``.ply`` or ``.obj``."""
    if ending == ".stl":
        return stl_bytes(mesh.points_lps_mm, mesh.triangles, name=name)
    return {".ply": ply_bytes, ".obj": obj_bytes}[ending](mesh, name=name)


def ply_bytes(mesh: Mesh, *, name: str) -> bytes:
    """Encode a surface as binary PLY, little endian, LPS mm."""
    header = "\n".join([
        "ply",
        "format binary_little_endian 1.0",
        f"comment frostline LPS mm {_plain(name)}",
        f"element vertex {len(mesh.points_lps_mm)}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element face {len(mesh.triangles)}",
        "property list uchar int vertex_indices",
        "end_header",
        "",
    ])  # fmt: skip
    faces = np.zeros(len(mesh.triangles), dtype=np.dtype([("count", "u1"), ("corners", "<i4", 3)]))
    faces["count"] = 3
    faces["corners"] = mesh.triangles
    return header.encode() + mesh.points_lps_mm.astype("<f4").tobytes() + faces.tobytes()


def obj_bytes(mesh: Mesh, *, name: str) -> bytes:
    """Encode a surface as OBJ, LPS mm."""
    lines = ["# frostline LPS mm", f"o {_plain(name).replace(' ', '_') or 'structure'}"]
    lines += [f"v {x:.{DECIMALS}f} {y:.{DECIMALS}f} {z:.{DECIMALS}f}" for x, y, z in mesh.points_lps_mm.tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in (mesh.triangles + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def _plain(name: str) -> str:
    """Return a name as headers of these formats take it: ASCII, in one line."""
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in name)
