"""Do pictures arrive pixel by pixel in the CT's study, without saying in themselves who it is?"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from planner.domain.errors import InputRefused
from planner.interop.key_images import KeyImage, write_key_images
from planner.rendering.png import to_png
from tests.unit.interop.conftest import FRAME, MADE_AT, SERIES, STUDY

PIXELS = np.random.default_rng(3).integers(0, 255, (40, 61, 3)).astype(np.uint8)
PICTURES = (
    KeyImage(to_png(PIXELS), "Axial through the target, F 29.0 mm.", 0.25, ("L", "P")),
    KeyImage(to_png(PIXELS[::-1]), "In space, seen from “above”."),
)


@pytest.fixture
def written(tmp_path, images):
    paths = [tmp_path / "one.dcm", tmp_path / "two.dcm"]
    write_key_images(paths, PICTURES, images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT)
    return paths


def test_every_pixel_arrives(written):
    for path, pixels in zip(written, (PIXELS, PIXELS[::-1]), strict=True):
        found = pydicom.dcmread(path)
        assert (found.Rows, found.Columns, found.SamplesPerPixel) == (40, 61, 3)
        assert found.PhotometricInterpretation == "RGB"
        plain = np.frombuffer(found.PixelData, np.uint8)[: 40 * 61 * 3].reshape(40, 61, 3)
        assert found.PlanarConfiguration == 0
        np.testing.assert_array_equal(plain, pixels)


def test_dcmtk_draws_the_same_picture(written, tmp_path):
    if shutil.which("dcm2pnm") is None:
        pytest.skip("dcm2pnm (Debian package dcmtk) is not installed")
    subprocess.run(["dcm2pnm", "+op", written[0], tmp_path / "back.ppm"], check=True, capture_output=True)
    raw = (tmp_path / "back.ppm").read_bytes()
    values = (
        np.array(raw.split()[4:], dtype=np.uint8)
        if raw.startswith(b"P3")
        else np.frombuffer(raw[-PIXELS.size :], np.uint8)
    )
    np.testing.assert_array_equal(values.reshape(PIXELS.shape), PIXELS)


def test_the_study_is_the_cts_and_the_series_is_one_of_its_own(written, images):
    one, two = (pydicom.dcmread(path) for path in written)
    assert one.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
    assert (one.StudyInstanceUID, one.FrameOfReferenceUID, one.PatientID) == (STUDY, FRAME, "P-77")
    assert (str(one.PatientName), one.PatientBirthDate, one.StudyDate) == ("Müller^Änne", "19611231", "20260102")
    assert one.SeriesInstanceUID == two.SeriesInstanceUID != SERIES
    assert (one.InstanceNumber, two.InstanceNumber) == (1, 2)
    assert one.SOPInstanceUID != two.SOPInstanceUID
    sources = [str(item.ReferencedSOPInstanceUID) for item in one.SourceImageSequence]
    assert sources == [str(image.header.SOPInstanceUID) for image in images]
    assert (one.ContentDate, two.ContentDate) == ("20261122", "20261122")


def test_what_is_seen_is_said_and_nobody_is_named_in_the_picture(written):
    one, two = (pydicom.dcmread(path) for path in written)
    assert one.BurnedInAnnotation == two.BurnedInAnnotation == "NO"
    assert one.ImageComments.startswith("Axial through the target, F 29.0 mm. For research and training")
    assert "not clinical" in one.SeriesDescription
    assert list(one.PatientOrientation) == ["L", "P"]
    assert [float(mm) for mm in one.PixelSpacing] == [0.25, 0.25]
    assert "PixelSpacing" not in two  # nothing in space has one scale
    assert not two.PatientOrientation


@pytest.mark.parametrize("number", [0, 1])
def test_dciodvfy_finds_no_error(written, number):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    check = subprocess.run(["dciodvfy", written[number]], capture_output=True, text=True, check=False)
    assert [line for line in (check.stdout + check.stderr).splitlines() if line.startswith("Error")] == []


@pytest.mark.parametrize("png", [b"", b"GIF89a", to_png(PIXELS)[:60]])
def test_what_is_no_picture_is_refused(tmp_path, images, png):
    with pytest.raises(InputRefused, match="no PNG"):
        write_key_images(
            [tmp_path / "x.dcm"], [KeyImage(png, "?")], images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT
        )
    with pytest.raises(InputRefused, match="no picture"):
        write_key_images([], [], images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT)


def test_what_is_clear_in_a_picture_lies_on_white(tmp_path, images):
    from io import BytesIO

    from PIL import Image

    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((1, 2), (10, 20, 30, 255))
    data = BytesIO()
    clear.save(data, "PNG")
    path = tmp_path / "clear.dcm"
    write_key_images(
        [path], [KeyImage(data.getvalue(), "?")], images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT
    )
    pixels = pydicom.dcmread(path).pixel_array
    assert tuple(pixels[2, 1]) == (10, 20, 30)
    assert (pixels[0] == 255).all()
