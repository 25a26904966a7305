"""How large, how dense and how far apart are structures? The numbers shown beside a structure and between two."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.geometry import PointLps


@dataclass(frozen=True, slots=True)
class StructureNumbers:
    """Volume, surface and HU of one structure; an empty one has volume 0 and no HU.

    Parameters
    ----------
    volume_ml
        Of its voxels, mL.
    surface_cm2
        Of its outside, cm²; how exact is said in :mod:`planner.segmentation.numbers`.
    mean_hu, sd_hu, median_hu, least_hu, most_hu, p5_hu, p95_hu
        Over its voxels that are not padding, HU, the last two the 5 % and 95 % quantiles; ``None`` when there is none.
    voxels
        How many it has.
    extent_lps_mm
        How far it reaches along the patient's x, y and z, mm; ``None`` when it is empty.
    """

    volume_ml: float
    surface_cm2: float
    mean_hu: float | None = None
    sd_hu: float | None = None
    median_hu: float | None = None
    least_hu: float | None = None
    most_hu: float | None = None
    p5_hu: float | None = None
    p95_hu: float | None = None
    voxels: int = 0
    extent_lps_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class StructuresApart:
    """How far two structures are from each other, and where they are closest.

    ``distance_mm`` lies between their surfaces; it is negative by the depth of the overlap where they overlap. Both
    points are LPS mm, the first on the first structure.
    """

    distance_mm: float
    at_a_lps_mm: PointLps
    at_b_lps_mm: PointLps
