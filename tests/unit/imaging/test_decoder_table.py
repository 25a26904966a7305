"""Are the public odd files read exactly as two other readers read them, or refused for the reason we expect?

Every file of the two folders is in the table: a new one fails the test until somebody says what is expected of it.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.pixels import get_decoder

from planner.domain.errors import InputRefused
from planner.domain.series import SliceFile
from planner.imaging.headers import read_headers
from planner.imaging.peek import peek
from planner.imaging.unpack import frames_of

pytestmark = pytest.mark.real_data

_CT = "transfer_syntaxes/CTImage.dcm"
# The other reader's decoder, where it has one that is not ours. Pixels that are plain it reads itself.
_OTHER_DECODER = {
    "1.2.840.10008.1.2": "",
    "1.2.840.10008.1.2.1": "",
    "1.2.840.10008.1.2.1.99": "",
    "1.2.840.10008.1.2.2": "",
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.90": "pillow",
    "1.2.840.10008.1.2.4.91": "pillow",
}
# Read exactly: name → frames.
_READ = {
    "transfer_syntaxes/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm": 2,
    _CT: 1,
    f"{_CT}_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm": 1,
    f"{_CT}_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm": 1,
    f"{_CT}_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm": 1,
    f"{_CT}_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm": 1,
    f"{_CT}_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm": 1,
    f"{_CT}_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm": 1,
    f"{_CT}_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm": 1,
    f"{_CT}_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm": 1,
    f"{_CT}_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm": 1,
    f"{_CT}_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm": 1,
    f"{_CT}_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm": 1,
    f"{_CT}_LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2.dcm": 1,
    f"{_CT}_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm": 1,
    "pydicom/693_J2KI.dcm": 1,
    "pydicom/693_J2KR.dcm": 1,
    "pydicom/693_UNCI.dcm": 1,
    "pydicom/693_UNCR.dcm": 1,
    "pydicom/CT_small.dcm": 1,
    "pydicom/J2K_pixelrep_mismatch.dcm": 1,
    "pydicom/JLSL_08_07_0_1F.dcm": 1,
    "pydicom/JLSL_16_15_1_1F.dcm": 1,
    "pydicom/JPEG-LL.dcm": 1,
    "pydicom/JPEG-lossy.dcm": 1,
    "pydicom/JPEG2000.dcm": 1,
    "pydicom/JPEG2000_UNC.dcm": 1,
    "pydicom/JPEGLSNearLossless_08.dcm": 1,
    "pydicom/JPEGLSNearLossless_16.dcm": 1,
    "pydicom/JPGExtended.dcm": 1,
    "pydicom/JPGLosslessP14SV1_1s_1f_8b.dcm": 1,
    "pydicom/MR-SIEMENS-DICOM-WithOverlays.dcm": 1,
    "pydicom/MR2_J2KI.dcm": 1,
    "pydicom/MR2_J2KR.dcm": 1,
    "pydicom/MR_small.dcm": 1,
    "pydicom/MR_small_RLE.dcm": 1,
    "pydicom/MR_small_bigendian.dcm": 1,
    "pydicom/MR_small_expb.dcm": 1,
    "pydicom/MR_small_implicit.dcm": 1,
    "pydicom/MR_small_jp2klossless.dcm": 1,
    "pydicom/MR_small_jpeg_ls_lossless.dcm": 1,
    "pydicom/bad_sequence.dcm": 1,
    "pydicom/emri_small.dcm": 10,
    "pydicom/emri_small_RLE.dcm": 10,
    "pydicom/emri_small_big_endian.dcm": 10,
    "pydicom/emri_small_jpeg_2k_lossless.dcm": 10,
    "pydicom/emri_small_jpeg_ls_lossless.dcm": 10,
    "pydicom/explicit_VR-UN.dcm": 1,
    "pydicom/image_dfl.dcm": 1,
    "pydicom/mlut_18.dcm": 1,
    "pydicom/vlut_04.dcm": 1,
}
# JPEG kinds that pydicom does not decode with what is installed.
_GDCM_ALONE = (
    "transfer_syntaxes/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm",
    f"{_CT}_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm",
    f"{_CT}_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm",
    f"{_CT}_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm",
    *(f"pydicom/{name}.dcm" for name in ("JPEG-LL", "JPEG-lossy", "JPGExtended")),
    *(f"pydicom/{name}.dcm" for name in ("JPGLosslessP14SV1_1s_1f_8b", "bad_sequence")),
)
# GDCM cannot read these at all.
_NOT_BY_GDCM = ("pydicom/JLSL_08_07_0_1F.dcm",)
_REFUSED = {
    "compression": (
        f"{_CT}_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
        f"{_CT}_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm",
    ),
    # Colour, or no image at all.
    "photometric": (
        "transfer_syntaxes/no-pixel-data.dcm",
        "transfer_syntaxes/no-pixel-spacing.dcm",
        "pydicom/DICOMDIR-empty.dcm",
        "pydicom/ExplVR_BigEnd.dcm",
        "pydicom/GDCMJ2K_TextGBR.dcm",
        "pydicom/HTJ2KLossless_08_RGB.dcm",
        "pydicom/HTJ2K_08_RGB.dcm",
        "pydicom/UN_sequence.dcm",
        "pydicom/empty_charset_LEI.dcm",
        "pydicom/nested_priv_SQ.dcm",
        "pydicom/no_meta_group_length.dcm",
        "pydicom/priv_SQ.dcm",
        "pydicom/reportsi.dcm",
        "pydicom/reportsi_with_empty_number_tags.dcm",
        "pydicom/rtplan.dcm",
        "pydicom/rtplan_truncated.dcm",
        "pydicom/test-SR.dcm",
        "pydicom/waveform_ecg.dcm",
    ),
    # One bit (segmentations), 32 bits (dose), floating point (parametric maps).
    "bits": (
        *(f"pydicom/liver{end}.dcm" for end in ("", "_1frame", "_deflate", "_expb", "_expb_1frame", "_j2k", "_rle")),
        *(f"pydicom/liver_nonbyte_aligned{end}.dcm" for end in ("", "_deflate", "_j2k", "_rle")),
        *(f"pydicom/rtdose{end}.dcm" for end in ("", "_1frame", "_expb", "_expb_1frame", "_rle", "_rle_1frame")),
        "pydicom/parametric_map_double_float.dcm",
        "pydicom/parametric_map_float.dcm",
    ),
    "not-dicom": (
        *(f"pydicom/{name}.dcm" for name in ("ExplVR_BigEndNoMeta", "ExplVR_LitEndNoMeta", "no_meta", "rtstruct")),
        *(f"pydicom/{name}.dcm" for name in ("JLSL_RGB_ILV0", "JLSL_RGB_ILV1", "JLSL_RGB_ILV2", "JLSN_RGB_ILV0")),
        "pydicom/OT-PAL-8-face.dcm",
    ),
    # 8320 bytes for 8192, and two files that end early.
    "pixels-length": (
        "pydicom/MR_small_padded.dcm",
        "pydicom/MR_truncated.dcm",
        "pydicom/emri_small_jpeg_2k_lossless_too_short.dcm",
    ),
    # The stream's own size is overwritten; a NumberOfFrames of "1A".
    "pixels-unreadable": ("pydicom/JPEG2000-embedded-sequence-delimiter.dcm",),
    "header-unreadable": ("pydicom/badVR.dcm",),
    "no-syntax": ("pydicom/meta_missing_tsyntax.dcm",),
}
_TWINS = {
    "pydicom/693_J2KR.dcm": "pydicom/693_UNCR.dcm",
    "pydicom/693_J2KI.dcm": "pydicom/693_UNCI.dcm",
    "pydicom/JPEG2000.dcm": "pydicom/JPEG2000_UNC.dcm",
    "pydicom/MR_small_RLE.dcm": "pydicom/MR_small.dcm",
    "pydicom/MR_small_bigendian.dcm": "pydicom/MR_small.dcm",
    "pydicom/MR_small_expb.dcm": "pydicom/MR_small.dcm",
    "pydicom/MR_small_implicit.dcm": "pydicom/MR_small.dcm",
    "pydicom/MR_small_jp2klossless.dcm": "pydicom/MR_small.dcm",
    "pydicom/MR_small_jpeg_ls_lossless.dcm": "pydicom/MR_small.dcm",
    "pydicom/emri_small_RLE.dcm": "pydicom/emri_small.dcm",
    "pydicom/emri_small_big_endian.dcm": "pydicom/emri_small.dcm",
    "pydicom/emri_small_jpeg_2k_lossless.dcm": "pydicom/emri_small.dcm",
    "pydicom/emri_small_jpeg_ls_lossless.dcm": "pydicom/emri_small.dcm",
} | {
    name: _CT
    for name in _READ
    if name.startswith(f"{_CT}_")
    and not any(lossy in name for lossy in ("4.91.dcm", "4.81.dcm", "4.50.dcm", "4.51.dcm"))
}  # fmt: skip


def _read(path) -> np.ndarray:
    headers = list(read_headers(path))
    if len(headers) == 1:
        headers = [replace(headers[0], frame=frame) for frame in range(headers[0].frames)]
    return np.stack([values for _, values in frames_of(headers)])


@pytest.fixture
def odd(shared_data):
    return shared_data / "odd"


def test_every_file_is_in_the_table_once(odd) -> None:
    present = {
        f"{folder}/{path.name}" for folder in ("transfer_syntaxes", "pydicom") for path in (odd / folder).iterdir()
    }
    listed = [*_READ, *(name for names in _REFUSED.values() for name in names)]
    assert sorted(listed) == sorted(present)


@pytest.mark.parametrize("name", _READ)
def test_stored_values_are_those_of_gdcm(name, odd) -> None:
    """GDCM reads the sender's own file, headers and all, and scales; its numbers are scaled back."""
    values = _read(odd / name)
    assert len(values) == _READ[name]
    if name in _NOT_BY_GDCM:
        return
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(odd / name))
    scaled = SimpleITK.GetArrayFromImage(reader.Execute()).astype(np.float64)
    header = read_headers(odd / name)[0]
    stored = (scaled - (header.intercept or 0)) / (header.slope or 1)
    np.testing.assert_allclose(values, stored.reshape(values.shape), atol=1e-3)


@pytest.mark.parametrize("name", [name for name in _READ if name not in _GDCM_ALONE])
def test_stored_values_are_those_of_pydicom(name, odd) -> None:
    values = _read(odd / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(odd / name)
        syntax = dataset.file_meta.TransferSyntaxUID
        decoder, plugin = get_decoder(syntax), _OTHER_DECODER.get(syntax, "")
        for frame, mine in enumerate(values):
            theirs, _ = decoder.as_array(dataset, index=frame, raw=True, decoding_plugin=plugin)
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(("name", "twin"), _TWINS.items())
def test_packed_files_hold_what_their_uncompressed_twins_hold(name, twin, odd) -> None:
    np.testing.assert_array_equal(_read(odd / name), _read(odd / twin))


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in _REFUSED.items() for name in names])
def test_the_others_are_refused_for_the_reason_expected(code, name, odd) -> None:
    with pytest.raises(InputRefused) as refusal:
        _read(odd / name)
    assert refusal.value.code == code
    assert refusal.value.where.startswith(name.split("/")[1])


def test_two_high_throughput_streams_show_the_same_picture(odd) -> None:
    """One photograph, packed without and with loss: the public files of this packing are colour, so as brightness."""
    exact, near = (
        peek([SliceFile(str(odd / "pydicom" / name))]).image.astype(float)
        for name in ("HTJ2KLossless_08_RGB.dcm", "HTJ2K_08_RGB.dcm")
    )
    assert exact.shape == near.shape == (480, 640)
    assert exact.std() > 30
    assert np.abs(exact - near).mean() < 1.5
