"""Is every HU where it belongs, however the file stores it and whoever reads it, and is nothing left behind?"""

from __future__ import annotations

import random
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from planner.domain.errors import Cancelled, InputRefused, PlannerError
from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.imaging import crew
from planner.imaging.assemble import load_series
from planner.imaging.decode import PADDED_HU
from planner.imaging.unpack import stored_values
from planner.persistence.blobs import BlobStore
from planner.persistence.drafts import Drafts
from planner.services.tasks import OpenSeries, perform

ROWS, COLUMNS = 6, 10


def _store() -> BlobStore:
    """A store with nothing of its own in it."""
    return BlobStore(Path(tempfile.mkdtemp()))


def _stored(count: int, *, bits: int, signed: bool, seed: int = 3) -> np.ndarray:
    """Stored values, shape (K, J, I), over all that the bits can say."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    values = np.random.default_rng(seed).integers(low, high + 1, (count, ROWS, COLUMNS))
    values[0, 0, :2] = low, high
    return values


def _write(folder: Path, stored: np.ndarray, *, syntax=ExplicitVRLittleEndian, bits=16, signed=True, **changes):
    """Write slices 2 mm apart in the order of the array; unused high bits hold rubbish, as scanners' overlays do."""
    files = []
    for k, image in enumerate(stored):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == RLELossless else syntax
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{k + 1}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = "1.2", "1.3", "1.4"
        dataset.PatientName, dataset.PatientID, dataset.Modality = "Phantom^Reading", "P1", "CT"
        dataset.ImageType, dataset.PatientPosition = ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS"
        dataset.ImagePositionPatient, dataset.PixelSpacing = [0, 0, 2 * k], [0.5, 0.75]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
        dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", int(signed)
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
        dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = "1", "0", "HU"
        dataset.WindowWidth, dataset.WindowCenter = "400", "40"
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        words = image.astype(np.int64) & ((1 << bits) - 1)
        words |= (0xA5A5 << bits) & 0xFFFF if bits < 16 and syntax != RLELossless else 0
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        dataset.add_new(0x7FE00010, "OW", words.astype(f"{order}u2").tobytes())
        if syntax == RLELossless:
            dataset.compress(RLELossless, encoding_plugin="pydicom")
        path = folder / f"{k:03d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        files.append(SliceFile(str(path)))
    return tuple(files)


def _truth(stored: np.ndarray, slope: float, intercept: float, padding: tuple[int, int] | None):
    hu = stored * slope + intercept
    if padding is None:
        return hu, np.zeros(stored.shape, bool)
    mask = (stored >= padding[0]) & (stored <= padding[1])
    return np.where(mask, PADDED_HU, hu), mask


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
@pytest.mark.parametrize(
    ("bits", "signed", "slope", "intercept", "padding"),
    [
        (16, True, "1", "0", None),
        (12, False, "1", "-1024", None),
        (12, True, "1", "0", None),
        (12, True, "1", "-1024", (-2000, -2000)),
        (12, False, "1", "-1024", (0, 0)),
        (12, False, "1", "-1024", (4000, 4095)),
        (10, True, "3", "-7", (-512, -500)),
        (14, False, "2", "-8192", None),
        (16, False, "1", "-1024", None),  # beyond int16
        (15, True, "-1", "0", None),
        (12, False, "0.5", "-1000.25", None),
        (16, True, "0.1", "0", (-32768, -30000)),
        (8, False, "100", "-1024", (7, 7)),
        (1, False, "1", "0", None),
    ],
)
def test_H_09_every_value_is_the_stored_one_scaled(  # noqa: PLR0917
    bits, signed, slope, intercept, padding, syntax, tmp_path
) -> None:
    if syntax == RLELossless and bits <= 8:
        pytest.skip("no decoder takes words of one byte's values")
    stored = _stored(4, bits=bits, signed=signed)
    changes = {"RescaleSlope": slope, "RescaleIntercept": intercept}
    slices = _write(tmp_path, stored, syntax=syntax, bits=bits, signed=signed, **changes)
    if padding is not None:
        _pad(slices, padding, signed=signed)
    if float(slope) <= 0:
        with pytest.raises(InputRefused):
            load_series(slices, progress=silent)
        return
    volume, _ = load_series(slices, progress=silent)
    hu, mask = _truth(stored, float(slope), float(intercept), padding)
    is_whole = float(slope).is_integer() and float(intercept).is_integer()
    fits = stored.min() * float(slope) + float(intercept) >= -32768
    fits = fits and stored.max() * float(slope) + float(intercept) <= 32767
    assert volume.hu.dtype == (np.int16 if is_whole and fits else np.float32)
    np.testing.assert_array_equal(volume.hu, hu.astype(volume.hu.dtype))
    assert (volume.padding is not None) == mask.any()
    if volume.padding is not None:
        np.testing.assert_array_equal(volume.padding, mask)


def _pad(slices, padding, *, signed) -> None:
    from pydicom import dcmread

    for part in slices:
        dataset = dcmread(part.path)
        kind = "SS" if signed else "US"
        dataset.add_new(0x00280120, kind, padding[0])
        if padding[1] != padding[0]:
            dataset.add_new(0x00280121, kind, padding[1])
        dataset.save_as(part.path)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_a_scale_that_is_no_number_is_refused(syntax, tmp_path) -> None:
    from pydicom import config

    with config.disable_value_validation():
        changes = {"RescaleSlope": "inf"}
        slices = _write(tmp_path, _stored(4, bits=12, signed=True), syntax=syntax, bits=12, **changes)
    with pytest.raises(PlannerError) as refusal:
        load_series(slices, progress=silent)
    assert refusal.value.code == "missing-rescale-slope"


@pytest.mark.parametrize(
    "changes", [{"RescaleSlope": "1e300"}, {"RescaleIntercept": "1e300"}, {"RescaleIntercept": "-5e12"}]
)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_a_scale_out_of_all_range_is_refused(changes, syntax, tmp_path) -> None:
    with pytest.raises(PlannerError):
        load_series(
            _write(tmp_path, _stored(4, bits=12, signed=True), syntax=syntax, bits=12, **changes), progress=silent
        )


def test_H_04_the_listed_order_never_changes_a_byte(tmp_path) -> None:
    stored = _stored(9, bits=12, signed=True)
    slices = list(_write(tmp_path, stored, bits=12))
    hashes = set()
    for seed in range(12):
        random.Random(seed).shuffle(slices)
        volume, _ = load_series(slices, progress=silent)
        np.testing.assert_array_equal(volume.hu, stored)
        hashes.add(volume.ref.pixel_hash)
    assert len(hashes) == 1


def test_a_padding_mask_moves_with_its_slices(tmp_path) -> None:
    stored = _stored(7, bits=12, signed=True)
    slices = _write(tmp_path, stored, bits=12)
    _pad(slices, (-2048, -1000), signed=True)
    volume, _ = load_series(slices[::-1], progress=silent)
    np.testing.assert_array_equal(volume.padding, stored <= -1000)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-6])


def _grown(path: Path) -> None:
    data = path.read_bytes()
    at = data.index(b"\xe0\x7f\x10\x00OW") + 8
    length = int.from_bytes(data[at : at + 4], "little") + 4
    path.write_bytes(data[:at] + length.to_bytes(4, "little") + data[at + 4 :] + b"\0\0\0\0")


@pytest.mark.parametrize("damage", [_cut, _grown, Path.unlink])
@pytest.mark.parametrize("which", [0, 4, 8])
def test_H_39_pixels_that_are_not_exactly_there_name_their_file_and_leave_nothing(damage, which, tmp_path) -> None:
    slices = _write(tmp_path, _stored(9, bits=12, signed=True), bits=12)
    damage(Path(slices[which].path))
    blobs = _store()
    try:
        with pytest.raises(PlannerError) as refusal:
            perform(OpenSeries(slices), blobs=blobs, progress=silent)
        assert Path(slices[which].path).name in str(refusal.value)
        assert not list(blobs.folder.iterdir())
    finally:
        blobs.close()


def test_a_slice_of_another_series_is_refused_by_the_gate_not_by_its_size(tmp_path) -> None:
    slices = list(_write(tmp_path, _stored(5, bits=12, signed=True), bits=12))
    (tmp_path / "other").mkdir()
    slices[1] = _write(tmp_path / "other", _stored(2, bits=16, signed=False), signed=False)[1]
    with pytest.raises(PlannerError) as refusal:
        load_series(slices, progress=silent)
    assert refusal.value.code == "mixed-storage"


@pytest.mark.parametrize("changes", [{"PixelSpacing": ["nan", "1"]}, {"ImagePositionPatient": ["0", "0", "-inf"]}])
def test_numbers_that_are_none_are_refused_and_never_shown(changes, tmp_path) -> None:
    from pydicom import config

    told = []
    with config.disable_value_validation():
        slices = _write(tmp_path, _stored(5, bits=12, signed=True), bits=12, **changes)
    with pytest.raises(PlannerError):
        load_series(slices, progress=silent, partial=told.append)
    assert all(np.isfinite(arriving.spacing_ijk_mm).all() for arriving in told)


def test_the_middle_slice_is_shown_first_and_the_rest_as_it_comes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("planner.imaging.reading._TELL_EVERY_S", 0.0)
    stored = _stored(9, bits=12, signed=True)
    slices = _write(tmp_path, stored, bits=12, RescaleIntercept="-1000")
    blobs = _store()
    told = []

    def look(arrived) -> None:
        shown = np.load(arrived.path, mmap_mode="r")
        assert shown.shape == arrived.shape == stored.shape
        assert shown.dtype.name == arrived.dtype
        for k in range(arrived.first, arrived.first + arrived.done):
            np.testing.assert_array_equal(shown[k % 9], stored[k % 9] - 1000)
        told.append(arrived)

    try:
        opened = perform(OpenSeries(slices), blobs=blobs, progress=silent, partial=look)
        assert [arrived.done for arrived in told] == sorted(arrived.done for arrived in told)
        assert (told[0].first, told[0].done) == (4, 2)
        assert told[0].spacing_ijk_mm == (0.75, 0.5, 2.0)
        assert told[0].window_hu == (400, 40)
        assert told[-1].done == 9
        volume = opened.volume.open(blobs)
        np.testing.assert_array_equal(volume.hu, stored - 1000)
        assert [path.name for path in blobs.folder.iterdir()] == [f"{volume.ref.pixel_hash}.npy"]
    finally:
        blobs.close()


@pytest.fixture
def helpers(monkeypatch) -> list[crew._Helper]:
    """Helper processes are used whatever the machine; those that were started."""
    started = []

    class Watched(crew._Helper):
        def __init__(self, *given) -> None:
            started.append(self)
            super().__init__(*given)

    monkeypatch.setattr(crew, "_WORTH_A_HELPER", 4)
    monkeypatch.setattr(crew, "cores", lambda: 2)
    monkeypatch.setattr(crew, "_Helper", Watched)
    return started


@pytest.fixture
def busy_helpers(helpers, monkeypatch) -> list[crew._Helper]:
    """As ``helpers``, and this process unpacks its first slice only when a helper has answered for one."""
    has_answered = threading.Event()
    hear = crew._Helper._hear

    def hear_and_tell(helper, k) -> None:
        has_answered.set()
        hear(helper, k)

    def wait_and_unpack(header):
        assert not helpers or has_answered.wait(30)
        return stored_values(header)

    monkeypatch.setattr(crew._Helper, "_hear", hear_and_tell)
    monkeypatch.setattr(crew, "stored_values", wait_and_unpack)
    return helpers


def _load_into_drafts(slices, *, progress=silent):
    blobs = _store()
    try:
        with Drafts(blobs) as drafts:
            volume, _ = load_series(slices, into=drafts.array, progress=progress)
            return np.array(volume.hu), None if volume.padding is None else np.array(volume.padding)
    finally:
        left = list(blobs.folder.iterdir())
        blobs.close()
        assert not left


def test_slices_unpacked_by_a_helper_are_the_same_to_the_byte(busy_helpers, tmp_path) -> None:
    stored = _stored(40, bits=12, signed=True)
    slices = _write(tmp_path, stored, bits=12, syntax=RLELossless)
    _pad(slices, (-2048, -2000), signed=True)
    hu, padding = _load_into_drafts(slices[::-1])
    assert len(busy_helpers) == 1
    np.testing.assert_array_equal(hu, np.where(stored <= -2000, PADDED_HU, stored))
    np.testing.assert_array_equal(padding, stored <= -2000)
    assert busy_helpers[0]._process.poll() is not None


def test_what_a_helper_refuses_is_said_in_the_same_words(busy_helpers, tmp_path) -> None:
    slices = _write(tmp_path, _stored(40, bits=12, signed=True), bits=12, syntax=RLELossless)
    damaged = Path(slices[36].path)
    data = damaged.read_bytes()
    damaged.write_bytes(data[: data.rindex(b"\xfe\xff\x00\xe0") + 12] + bytes(60) + data[-8:])
    with pytest.raises(InputRefused) as alone:
        load_series(slices, progress=silent)
    with pytest.raises(InputRefused) as together:
        _load_into_drafts(slices)
    assert damaged.name in str(alone.value)
    assert str(together.value) == str(alone.value)
    assert all(helper._process.poll() is not None for helper in busy_helpers)


def test_H_38_a_helper_that_dies_at_work_is_a_sentence(busy_helpers, tmp_path, monkeypatch) -> None:
    slices = _write(tmp_path, _stored(40, bits=12, signed=True), bits=12, syntax=RLELossless)
    hear = crew._Helper._hear

    def kill_and_hear(helper, k) -> None:
        helper._process.kill()
        helper._process.wait()
        hear(helper, k)

    monkeypatch.setattr(crew._Helper, "_hear", kill_and_hear)
    with pytest.raises(InputRefused) as refusal:
        _load_into_drafts(slices)
    assert len(busy_helpers) == 1
    assert refusal.value.code == "decoder-died"
    assert refusal.value.where.endswith(".dcm")


def test_H_38_a_helper_that_gets_stuck_is_a_sentence(busy_helpers, tmp_path, monkeypatch) -> None:
    slices = _write(tmp_path, _stored(40, bits=12, signed=True), bits=12, syntax=RLELossless)
    hear = crew._Helper._hear

    def hear_nothing(helper, k) -> None:
        helper._process.wait()
        hear(helper, k)

    def tell_and_hear_nothing(helper, k) -> None:
        monkeypatch.setattr(crew._Helper, "_hear", hear_nothing)
        hear(helper, k)

    monkeypatch.setattr(crew, "_LONGEST_WAIT_S", 0.3)
    monkeypatch.setattr(crew._Helper, "_hear", tell_and_hear_nothing)
    with pytest.raises(InputRefused) as refusal:
        _load_into_drafts(slices)
    assert refusal.value.code == "too-slow"
    assert refusal.value.where.endswith(".dcm")
    assert all(helper._process.poll() is not None for helper in busy_helpers)


def test_a_helper_that_never_starts_is_not_missed(helpers, tmp_path) -> None:
    stored = _stored(40, bits=12, signed=True)
    slices = _write(tmp_path, stored, bits=12, syntax=RLELossless)

    def kill(done, total, phase) -> None:
        del done, total, phase
        for helper in helpers:
            helper._process.kill()

    hu, _ = _load_into_drafts(slices, progress=kill)
    np.testing.assert_array_equal(hu, stored)


def test_cancel_ends_the_helpers_and_leaves_nothing(helpers, tmp_path) -> None:
    slices = _write(tmp_path, _stored(40, bits=12, signed=True), bits=12, syntax=RLELossless)

    def stop(done, total, phase) -> None:
        del done, total
        if phase == "Unpacking slices":
            raise Cancelled

    with pytest.raises(Cancelled):
        _load_into_drafts(slices, progress=stop)
    assert len(helpers) == 1
    assert helpers[0]._process.poll() is not None


def test_a_file_that_changes_before_it_is_unpacked_is_refused(tmp_path) -> None:
    slices = _write(tmp_path, _stored(6, bits=12, signed=True), bits=12, syntax=RLELossless)
    (tmp_path / "other").mkdir()
    other = _write(tmp_path / "other", _stored(6, bits=12, signed=True), bits=12, syntax=RLELossless, PatientID="P2")

    def swap_once(done, total, phase) -> None:
        del done, total
        if phase == "Unpacking slices" and Path(other[1].path).exists():
            Path(other[1].path).replace(slices[1].path)

    with pytest.raises(InputRefused) as refusal:
        load_series(slices, progress=swap_once)
    assert refusal.value.code == "changed"
