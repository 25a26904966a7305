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

    from planner.domain.geometry import Grid

DECIMALS = 4  # of a millimetre in text


def mask_surface(mask: NDArray[np.bool_], grid: Grid) -> Mesh:
    """Return the closed surface halfway between the voxels inside a mask, shape (K, J, I), and those outside."""
    box = mask_box(mask)
    if box is None:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    k, j, i = box = grown(box, mask.shape, (1, 1, 1))
    here = grid.cropped((i.start, j.start, k.start), shape_of(box))
    return surface(mask[box].astype(np.float32), here, level=0.5)


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
