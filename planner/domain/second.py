"""Which scan lies over the planning CT? A second series, to look at and never to measure or to plan on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

# Two registrations that disagree by more than this show a picture that may mislead about every structure that a
# cryoprobe has to miss. Project default.
MOST_DISAGREEMENT_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class SecondSeries:
    """A scan carried to where it lies in the planning CT.

    Parameters
    ----------
    label
        Number, description and modality such as ``"4 · T2 tra · MR"``: no patient text.
    values
        shape (K, J, I) of ``grid``, real: the scanner's values; Hounsfield units only where ``is_hu``.
    grid
        Where the voxels lie in the planning CT's patient coordinates, after registration.
    padding
        bool, shape (K, J, I): never imaged; None for nowhere.
    window
        (width, level) to show it with, in its own values.
    disagreement_mm
        How far registrations in the two directions disagree at most; see :mod:`planner.spatial.register`.
    overlap_percent
        How much of it lies in the planning CT.
    shift_mm
        How far registration moved its middle from where its own headers put it.
    same_frame
        Whether both scans name one frame of reference.
    """

    label: str
    values: NDArray[np.generic]
    grid: Grid
    padding: NDArray[np.bool_] | None
    window: tuple[float, float]
    is_hu: bool
    disagreement_mm: float
    overlap_percent: float
    shift_mm: float
    same_frame: bool

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape_kji:
            raise GeometryRefused(
                f"The second series is {self.values.shape} but its geometry says {self.grid.shape_kji}.",
                code="second-shape",
            )
        if not self.disagreement_mm <= MOST_DISAGREEMENT_MM:  # so that no number refuses too
            raise GeometryRefused(
                f"The second series cannot be laid over the CT: two registrations of it differ by "
                f"{self.disagreement_mm:.1f} mm, at most {MOST_DISAGREEMENT_MM:.0f} mm are shown. Choose a series of "
                "the same region with more of the same anatomy.",
                code="second-disagrees",
            )
