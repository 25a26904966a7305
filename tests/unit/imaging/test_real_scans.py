"""Do real scans load, the right way round, and are odd ones refused in words?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused, PlannerError
from planner.domain.geometry import PatientPosition
from planner.domain.progress import silent
from planner.domain.series import SeriesVerdict, SliceFile
from planner.imaging.assemble import load_series
from planner.imaging.headers import read_header
from planner.imaging.scan import scan_folder
from planner.imaging.unpack import stored_values

pytestmark = pytest.mark.real_data


def _only_loadable(report):
    (summary,) = [s for s in report.series if s.verdict is not SeriesVerdict.NOT_USABLE]
    return summary


def _load(summary):
    return load_series(summary.slices, progress=silent)


def _mean_hu_at(volume, lps_mm) -> float:
    i, j, k = np.rint(volume.grid.to_index(lps_mm)).astype(int)
    return float(volume.hu[k - 2 : k + 3, j - 2 : j + 3, i - 2 : i + 3].mean())


def test_feet_first_thorax_has_its_sides_and_ends_right(shared_data) -> None:
    """The liver is the large even organ below the lungs and lies right; lungs are at the head end."""
    summary = _only_loadable(scan_folder(shared_data / "thorax_lidc0314", progress=silent))
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    assert "frame of reference of its own" in summary.sentence
    volume, identity = _load(summary)
    assert volume.hu.shape == (275, 512, 512)
    assert volume.hu.dtype == np.int16
    assert volume.grid.spacing_ijk_mm == pytest.approx((0.78125, 0.78125, 1.0), abs=1e-6)
    assert volume.ref.patient_position is PatientPosition.FFS
    assert volume.ref.compression == "JPEG-LS lossless"
    assert volume.ref.acquisition == "120 kVp · kernel D"
    assert volume.ref.slice_location_slope == -1.0
    assert volume.ref.slice_location_mm(-679.800049) == pytest.approx(-723.5)
    assert identity.sex == "F"
    # Read off the pictures: the trachea is at the head end, liver and vertebra at the other.
    assert _mean_hu_at(volume, (-13.5, 136.3, -429.8)) < -900
    assert 30 < _mean_hu_at(volume, (-83.8, 148.0, -659.8)) < 90
    # The disease is of the right pleura: inside the body, the right lung holds less air than the left.
    slices = volume.hu[60:230:5]
    tissue = slices > -300
    inside = np.maximum.accumulate(tissue, axis=2) & np.maximum.accumulate(tissue[:, :, ::-1], axis=2)[:, :, ::-1]
    lung = (slices > -980) & (slices < -600) & inside
    x_mm = volume.grid.to_lps(np.stack([np.arange(512), np.zeros(512), np.zeros(512)], axis=-1))[:, 0]
    assert 2 * lung[:, :, x_mm < 0].sum() < 1.8 * lung[:, :, x_mm > 0].sum()


def test_pelvis_at_three_millimetres_is_clean(shared_data) -> None:
    report = scan_folder(shared_data / "abdomen_pelvis_ts", progress=silent)
    summary = _only_loadable(report)
    assert summary.verdict is SeriesVerdict.READY
    assert summary.findings == ()
    volume, _ = _load(summary)
    assert volume.hu.shape == (112, 101, 122)
    assert volume.grid.spacing_ijk_mm == pytest.approx((3.0, 3.0, 3.0))
    (seg,) = [s for s in report.series if s.modality == "SEG"]
    assert seg.verdict is SeriesVerdict.NOT_USABLE
    assert seg.sentence.startswith("A segmentation")


def test_upper_abdomen_without_identifiers_needs_an_acknowledgement(shared_data) -> None:
    summary = _only_loadable(scan_folder(shared_data / "upper_abdomen_ts", progress=silent))
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    volume, _ = _load(summary)
    assert volume.hu.shape == (20, 512, 512)
    assert volume.grid.spacing_ijk_mm == pytest.approx((0.9765625, 0.9765625, 2.0))
    assert volume.ref.compression == "JPEG 2000 lossless"


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("odd/geometry/sliceincrement/001", "missing-slices"),
        ("odd/geometry/sliceincrement/002", "missing-slices"),
        ("odd/geometry/notavolume", "duplicate-positions"),
        ("odd/geometry/sliceorientation", "not-ct"),
        ("odd/geometry/slicecount", "not-ct"),
        ("odd/tilt_phantom/S1000", "localizer"),
    ],
)
def test_H_01_odd_series_are_refused_in_words(folder, code, shared_data) -> None:
    series = scan_folder(shared_data / folder, progress=silent).series
    assert series
    for summary in series:
        assert summary.findings[0].code == code, summary.sentence
        with pytest.raises(GeometryRefused):
            _load(summary)


@pytest.mark.parametrize("folder", ["odd/transfer_syntaxes", "odd/pydicom", "odd/seg"])
def test_H_38_odd_files_raise_nothing_but_refusals(folder, shared_data) -> None:
    report = scan_folder(shared_data / folder, progress=silent)
    listed = {part.path for series in report.series for part in series.slices}
    assert report.files_read == len(report.rejected) + len(listed)
    refusals = []
    for path in sorted((shared_data / folder).iterdir()):
        try:
            header = read_header(path)
            stored_values(header)
        except PlannerError as error:
            refusals.append(error)
    assert all(refusal.where and refusal.sentence.endswith(".") for refusal in refusals)


@pytest.mark.parametrize(
    "suffix",
    [
        "BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2",
        "LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2",
        "RLELosslessTransferSyntax_1.2.840.10008.1.2.5",
        "JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80",
        "JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90",
        "JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57",
        "JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70",
    ],
)
def test_H_09_every_lossless_packing_gives_the_same_hu(suffix, shared_data) -> None:
    folder = shared_data / "odd/transfer_syntaxes"

    def hu(name):
        header = read_header(folder / name)
        return stored_values(header) * header.slope + header.intercept

    plain = hu("CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm")
    np.testing.assert_array_equal(hu(f"CTImage.dcm_{suffix}.dcm"), plain)


def test_images_keep_the_scanner_s_numbers(shared_data) -> None:
    """The slice that DICOM calls 88 is called so, although it is the 188th from the feet."""
    import pydicom

    paths = sorted((shared_data / "thorax_lidc0314").rglob("*.dcm"))
    volume, _ = load_series([SliceFile(str(path)) for path in paths], progress=silent)
    first, step = volume.ref.image_numbers
    for path in paths[::40]:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        k = round(float(volume.grid.to_index(header.ImagePositionPatient)[2]))
        assert first + step * k == header.InstanceNumber
