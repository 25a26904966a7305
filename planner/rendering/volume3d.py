"""What does the CT itself look like in space? The volume as a cloud of bone, soft tissue or skin, by ray casting.

Opacity follows HU alone, so the picture shows what the scanner measured and nothing that was outlined. It is made from
averaged voxels of 2 mm and is for looking, never for measuring.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.geometry import isotropic_box
from planner.rendering.palette import rgb
from planner.spatial.resample import image_onto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume

CLOUD_SPACING_MM = 2.0
_AIR_HU = -1024.0
# Rays step by half a voxel; while the hand turns the picture they are three pixels apart.
_STEP_VOXELS = 0.5
_MOVING_RAY_PX = 3.0


class CloudPreset(StrEnum):
    """What of the CT is seen."""

    BONE = "bone"
    SOFT_TISSUE = "soft tissue"
    SKIN = "skin"


@dataclass(frozen=True, slots=True)
class TransferFunction:
    """How HU become opacity (per mm of tissue) and colour; points (HU, opacity, colour), ascending in HU.

    ``seen_hu`` is the HU at which a surface is taken to begin, for picking.
    """

    points: tuple[tuple[float, float, str], ...]
    seen_hu: float


# HU of skin, fat, muscle, trabecular and cortical bone as in the window presets; opacities are a matter of looks.
TRANSFER: dict[CloudPreset, TransferFunction] = {
    CloudPreset.BONE: TransferFunction(
        (
            (120.0, 0.0, "#8a5a3c"),
            (220.0, 0.04, "#c79a6b"),
            (400.0, 0.28, "#e8dfc8"),
            (1200.0, 0.6, "#ffffff"),
        ),
        seen_hu=220.0,
    ),
    CloudPreset.SOFT_TISSUE: TransferFunction(
        (
            (-20.0, 0.0, "#a8694f"),
            (40.0, 0.05, "#c0705a"),
            (90.0, 0.12, "#c9705c"),
            (180.0, 0.16, "#e0673a"),
            (350.0, 0.4, "#e8dfc8"),
            (1200.0, 0.6, "#ffffff"),
        ),
        seen_hu=40.0,
    ),
    CloudPreset.SKIN: TransferFunction(
        (
            (-600.0, 0.0, "#b98a6c"),
            (-350.0, 0.25, "#d9b08c"),
            (100.0, 0.6, "#e2c1a2"),
            (1200.0, 0.8, "#f3e2d2"),
        ),
        seen_hu=-400.0,
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Averaged HU along the patient's axes, shape (K, J, I), int16; −1024 where nothing was measured."""

    hu: NDArray[np.int16]
    grid: Grid


def make_cloud(volume: Volume, *, spacing_mm: float = CLOUD_SPACING_MM) -> Cloud:
    """Average a CT onto cubes along the patient's axes; takes a second on a large CT, so not where the window waits."""
    corners = volume.grid.corners_lps_mm()
    box = isotropic_box(
        volume.grid.centre_lps_mm, extent_mm=np.ptp(corners, axis=0) + spacing_mm, spacing_mm=spacing_mm
    )
    # Padding may hold any value; as bone it would stand round the patient.
    hu = volume.hu if volume.padding is None else np.where(volume.padding, np.int16(_AIR_HU), volume.hu)
    averaged = image_onto(hu, source=volume.grid, target=box, outside=_AIR_HU)
    soft = np.clip(np.rint(_softened(averaged)), -1024, 3071).astype(np.int16)
    soft.flags.writeable = False
    return Cloud(soft, box)


def _softened(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average with both neighbours (1-2-1) along each axis: light on a sharp edge would show the voxels as rings."""
    soft = np.pad(values, 1, mode="edge")
    for axis in range(3):
        low, middle, high = (np.moveaxis(soft, axis, 0)[part] for part in (slice(-2), slice(1, -1), slice(2, None)))
        weighted: NDArray[np.float32] = (low + np.float32(2) * middle + high) * np.float32(0.25)
        soft = np.moveaxis(weighted, 0, axis)
    return soft


def cloud_actor(cloud: Cloud, preset: CloudPreset) -> Any:  # noqa: ANN401 - vtkVolume
    """Return the vtkVolume of a cloud. It casts rays on the processor: the same picture with and without a GPU."""
    # The part that draws the finished rays registers itself on import; without it VTK crashes.
    import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkVolume
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

    image = vtkImageData()
    image.SetDimensions(*cloud.hu.shape[::-1])
    image.SetSpacing(*cloud.grid.spacing_ijk_mm)
    image.SetOrigin(*cloud.grid.origin_lps_mm)
    image.GetPointData().SetScalars(numpy_to_vtk(cloud.hu.reshape(-1), deep=True))
    mapper = vtkFixedPointVolumeRayCastMapper()
    mapper.SetInputData(image)
    mapper.SetSampleDistance(_STEP_VOXELS * cloud.grid.spacing_ijk_mm[0])
    mapper.AutoAdjustSampleDistancesOff()
    actor = vtkVolume()
    actor.SetMapper(mapper)
    actor.SetProperty(_look(TRANSFER[preset]))
    return actor


def set_moving(actor: Any, *, is_moving: bool) -> None:  # noqa: ANN401
    """Cast fewer rays while the picture moves."""
    actor.GetMapper().SetImageSampleDistance(_MOVING_RAY_PX if is_moving else 1.0)


def _look(transfer: TransferFunction) -> Any:  # noqa: ANN401
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

    opacity, colour = vtkPiecewiseFunction(), vtkColorTransferFunction()
    for hu, per_mm, name in transfer.points:
        opacity.AddPoint(hu, per_mm)
        colour.AddRGBPoint(hu, *rgb(name))
    look = vtkVolumeProperty()
    look.SetScalarOpacity(opacity)
    look.SetColor(colour)
    look.SetScalarOpacityUnitDistance(1.0)
    look.SetInterpolationTypeToLinear()
    look.ShadeOn()
    look.SetAmbient(0.4)
    look.SetDiffuse(1.0)
    look.SetSpecular(0.1)
    return look


def first_seen_mm(
    cloud: Cloud,
    preset: CloudPreset,
    *,
    start_lps_mm: NDArray[np.float64],
    direction_lps: NDArray[np.float64],
    kept: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]] = (),
) -> float | None:
    """Return how far along a ray the CT first becomes visible.

    Parameters
    ----------
    start_lps_mm, direction_lps
        shape (3,); the direction has length 1.
    kept
        Clipping planes as (origin, normal): only what lies on the normal's side of every plane is seen.

    Returns
    -------
    mm from the start, None when the ray meets nothing.
    """
    from planner.spatial.sample import trilinear

    centre = cloud.grid.centre_lps_mm
    reach = float(np.linalg.norm(np.ptp(cloud.grid.corners_lps_mm(), axis=0)))
    middle = float((centre - start_lps_mm) @ direction_lps)
    step = cloud.grid.spacing_ijk_mm[0] / 4
    along = np.arange(max(0.0, middle - reach), middle + reach, step)
    points = start_lps_mm + along[:, None] * direction_lps
    seen = trilinear(cloud.hu, cloud.grid, points, outside=_AIR_HU) >= TRANSFER[preset].seen_hu
    for origin, normal in kept:
        seen &= (points - origin) @ normal >= 0
    first = np.flatnonzero(seen)
    return float(along[first[0]]) if first.size else None
