"""What is under the cursor? HU, place in patient letters, structures, ice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.rendering.plane import point_words
from planner.rendering.slice_scene import build_hu
from planner.rendering.window import signed
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from planner.rendering.content import SliceContent
    from planner.rendering.plane import SlicePlane
    from planner.rendering.slab import Slab
    from planner.services.session import Session


@dataclass(frozen=True, slots=True)
class CursorReadout:
    """What one point of the patient is.

    ``hu`` is None outside the CT and in padding; with a slab it is the slab's value, not the voxel's, and ``slab``
    names it. ``ice_c`` is None where no prediction reaches. ``ice_grade`` says why the prediction is not to be relied
    on: ``"STALE"``, ``"PREVIEW"``, or empty. ``is_beside`` where something else than the CT is seen as well.
    """

    lps_mm: PointLps
    hu: int | None
    structures: tuple[str, ...]
    ice_c: float | None
    ice_grade: str
    slab: str = ""
    is_beside: bool = False

    @property
    def words(self) -> str:
        """One line for the status bar: ``"HU 97 · R 83.5 · P 262.0 · F 578.8 mm · Lung, right · ice −44 °C"``."""
        value = "outside the CT" if self.hu is None else f"HU {signed(self.hu)}"
        if self.slab and self.hu is not None:
            value += f" of the slab, {self.slab}"
        if self.is_beside and self.hu is not None:
            value += " of the planning CT"
        parts = [value, point_words(self.lps_mm)]
        parts += self.structures
        if self.ice_c is not None:
            grade = f" ({self.ice_grade})" if self.ice_grade else ""
            word = "ice" if self.ice_c < 0 else "predicted"
            parts.append(f"{word} {signed(self.ice_c)} °C{grade}")
        return " · ".join(parts)


def read_out(
    lps_mm: ArrayLike,
    *,
    session: Session,
    content: SliceContent,
    plane: SlicePlane | None = None,
    slab: Slab | None = None,
    is_beside: bool = False,
) -> CursorReadout:
    """Read the voxel nearest to a point, the structures it lies in, and the predicted temperature.

    With a slab the value is the one that its view shows there, projected through the slab along the plane's normal.
    ``is_beside`` tells that a second series is seen there, whose values these are not.
    """
    volume = session.volume
    place = point(lps_mm)
    if not volume.grid.contains(place):
        return CursorReadout(place, None, (), None, ice_grade="")
    upper = np.array(volume.grid.shape_kji[::-1]) - 1
    i, j, k = np.clip(np.round(volume.grid.to_index(place)).astype(int), 0, upper)
    inside = tuple(layer.name for layer in content.structures if layer.mask[k, j, i])
    ice, ice_c, grade = content.ice, None, ""
    if ice is not None and ice.grid.contains(place):
        ice_c = float(trilinear(ice.field_c, ice.grid, [place], outside=np.nan)[0])
        grade = "STALE" if ice.is_stale else "PREVIEW" if ice.is_preview else ""
    is_padded = volume.padding is not None and bool(volume.padding[k, j, i])
    hu = None if is_padded else round(float(volume.hu[k, j, i]))
    if plane is not None and slab is not None:
        spot = replace(plane, centre_lps_mm=place, size_px=(1, 1))
        shown = float(build_hu(spot, volume=volume, slab=slab)[0, 0])
        hu = round(shown) if np.isfinite(shown) else None
    return CursorReadout(place, hu, inside, ice_c, grade, slab.words if slab else "", is_beside)
