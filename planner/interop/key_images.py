"""How do the pictures of a plan get into an archive? As Secondary Capture images of the CT's study, one series.

The pictures hold no identity: who it is stands in the header alone, as in every object of the study (H-43). What they
show is said in the comments and below the picture itself. PS3.3 A.8.1 and C.8.6.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import planner
from planner.domain.errors import InputRefused
from planner.interop.study_header import MANUFACTURER, stamp_times, study_header
from planner.segmentation.labelio.dicom_object import DISCLAIMER, MOST_LO, file_references, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.segmentation.labelio.ct_source import CtImage

SERIES_NUMBER = 903
SERIES_DESCRIPTION = "Plan pictures: research and training, not clinical"
MOST_LT = 10240


@dataclass(frozen=True, slots=True)
class KeyImage:
    """A picture to be written.

    Parameters
    ----------
    png
        A PNG file; its pixels are taken as RGB.
    caption
        What it shows.
    mm_per_pixel
        Patient mm of one pixel of the file, where the picture is to scale; None elsewhere.
    letters
        Patient letters toward which rows and columns run, such as ``("L", "P")``; empty where they say nothing.
    """

    png: bytes
    caption: str
    mm_per_pixel: float | None = None
    letters: tuple[str, str] | tuple[()] = ()


def write_key_images(
    paths: Sequence[Path],
    pictures: Sequence[KeyImage],
    *,
    images: Sequence[CtImage],
    frame_of_reference_uid: str,
    made_at: datetime,
) -> None:
    """Write each picture to its own file, all in one new series of the CT's study.

    Parameters
    ----------
    images
        The CT's images, which the pictures are derived from.
    frame_of_reference_uid
        Of the CT.
    made_at
        When the pictures were made, with a time zone.

    Raises
    ------
    InputRefused
        When there is no picture, or one is no PNG.
    """
    import highdicom as hd

    if not pictures:
        raise InputRefused("There is no picture to write.", code="key-images-none")
    series = hd.UID()
    for number, (path, picture) in enumerate(zip(paths, pictures, strict=True), start=1):
        image = _image(picture, images=images, series_instance_uid=series, number=number)
        image.FrameOfReferenceUID, image.PositionReferenceIndicator = frame_of_reference_uid, ""
        stamp_times(image, made_at, images=images)
        image.save_as(path, enforce_file_format=True)


def rgb_pixels(png: bytes) -> NDArray[np.uint8]:
    """Return the pixels of a PNG, shape (H, W, 3), uint8; what is clear in it lies on white.

    Raises
    ------
    InputRefused
        When it cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            clear = opened.convert("RGBA")
            white = Image.new("RGBA", clear.size, "white")
            pixels = np.asarray(Image.alpha_composite(white, clear).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise InputRefused("A picture of the plan is no PNG file.", code="key-image-foreign") from error
    return np.ascontiguousarray(pixels)


def _image(picture: KeyImage, *, images: Sequence[CtImage], series_instance_uid: str, number: int) -> Any:  # noqa: ANN401 - highdicom is untyped here
    """Return one Secondary Capture with patient and study of the CT."""
    import highdicom as hd

    header = study_header(images)
    spacing = None if picture.mm_per_pixel is None else (picture.mm_per_pixel, picture.mm_per_pixel)
    image = hd.sc.SCImage(
        pixel_array=rgb_pixels(picture.png),
        photometric_interpretation=hd.PhotometricInterpretationValues.RGB,
        bits_allocated=8,
        coordinate_system=hd.CoordinateSystemNames.PATIENT,
        study_instance_uid=header.StudyInstanceUID,
        series_instance_uid=series_instance_uid,
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=number,
        manufacturer=MANUFACTURER,
        patient_orientation=("L", "P"),  # replaced: several letters, or none, are not let through
        pixel_spacing=spacing,
    )
    # Names and the like are taken over as they are; highdicom warns about some that it would write itself.
    for element in header:
        image[element.tag] = element
    image.PatientOrientation = list(picture.letters)
    image.Laterality = ""  # asked for wherever no side is known
    image.SeriesDescription = fitting(SERIES_DESCRIPTION, MOST_LO)
    image.ImageComments = fitting(f"{picture.caption} {DISCLAIMER}", MOST_LT)
    image.ImageType = ["DERIVED", "SECONDARY"]
    image.DerivationDescription = fitting(picture.caption, 1024)
    image.BurnedInAnnotation = "NO"  # words and letters, but nothing that says who it is
    image.SourceImageSequence = file_references(images)
    image.ManufacturerModelName, image.SoftwareVersions = MANUFACTURER, planner.__version__
    return image
