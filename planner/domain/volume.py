"""What scan is this? The loaded CT, and the facts of it that a plan is pinned to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import Sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class VolumeRef:
    """What a plan remembers of its CT. A plan never moves to a volume with another hash or frame of reference.

    Parameters
    ----------
    pixel_hash
        :func:`planner.domain.digest.array_hash` of the HU array.
    grid
        Geometry derived only from ImagePositionPatient, ImageOrientationPatient and PixelSpacing.
    slice_location_slope, slice_location_offset_mm
        The scanner's SliceLocation = slope × (patient H/F mm) + offset; ``None`` when the headers carry none.
    window_hu
        (width, level) from the DICOM window, ``None`` when absent.
    series_label
        Number and description such as ``"3 · Thorax 1.0 mm"``: no patient text.
    notes
        Sentences the geometry gate recorded (accepted warnings, cross-check notes); printed in the report.
    image_numbers
        The scanner's image number (InstanceNumber) of the first slice, and its step from slice to slice; ``None`` when
        the headers number the slices otherwise. What colleagues call an image by; it never makes geometry.
    acquisition
        How it was made, such as ``"120 kVp · B30f"``: tube voltage and kernel; empty when the headers name neither.
    """

    pixel_hash: Sha256
    grid: Grid
    patient_position: PatientPosition
    study_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str
    modality: str = "CT"
    series_label: str = ""
    scanner: str = ""
    compression: str = ""
    slice_location_slope: float | None = None
    slice_location_offset_mm: float | None = None
    window_hu: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    acquisition: str = field(default="", metadata=ADDED_LATER)
    image_numbers: tuple[int, int] | None = field(default=None, metadata=ADDED_LATER)

    def slice_location_mm(self, hf_mm: float) -> float | None:
        """Return the scanner's own SliceLocation of the axial plane at patient H/F ``hf_mm``; None when unknown."""
        if self.slice_location_slope is None or self.slice_location_offset_mm is None:
            return None
        return self.slice_location_slope * hf_mm + self.slice_location_offset_mm


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A CT in Hounsfield units on a regular grid.

    Parameters
    ----------
    ref
        The facts a plan pins.
    hu
        shape (K, J, I), int16 or float32, HU.
    padding
        shape (K, J, I), bool, True where the scanner padded; ``None`` when nothing is padded.
    """

    ref: VolumeRef
    hu: NDArray[np.int16] | NDArray[np.float32]
    padding: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.hu.shape != self.ref.grid.shape_kji:
            raise GeometryRefused(
                f"The pixels are {self.hu.shape} but the geometry says {self.ref.grid.shape_kji}.", code="volume-shape"
            )
        if self.hu.dtype not in (np.dtype(np.int16), np.dtype(np.float32)):
            raise GeometryRefused(f"HU are int16 or float32, not {self.hu.dtype}.", code="volume-dtype")
        if self.padding is not None and self.padding.shape != self.hu.shape:
            raise GeometryRefused("The padding mask has another size than the pixels.", code="volume-padding")

    @property
    def grid(self) -> Grid:
        """Geometry of the pixels."""
        return self.ref.grid
