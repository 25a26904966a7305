"""Do stored values come back exactly from every packing a CT arrives in, and are lying pixels refused?"""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import zlib
from dataclasses import replace

import jpeg_ls
import numpy as np
import openjpeg
import pytest
import SimpleITK
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from planner.domain.errors import InputRefused
from planner.imaging.headers import read_header, read_headers
from planner.imaging.unpack import frames_of, stored_values

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
JPEG_LOSSLESS, JPEG_LS, JPEG_LS_NEAR = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"
J2K_LOSSLESS, J2K = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"


def _values(bits: int, *, signed: bool, dtype) -> np.ndarray:
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    values = np.random.default_rng(bits).integers(low, high, (40, 57))
    values[0, :2] = low, high - 1
    return values.astype(dtype)


def _refusal(path) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        stored_values(read_header(path))
    assert refusal.value.where.startswith(path.name)
    return refusal.value


CASES = [
    (16, True, np.int16),
    (16, False, np.uint16),
    (12, True, np.int16),
    (12, False, np.uint16),
    (8, False, np.uint8),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED, BIG])
def test_uncompressed_values_come_back(syntax, case, make_ct, keep) -> None:
    bits, signed, dtype = case
    values = _values(bits, signed=signed, dtype=dtype)
    dataset = make_ct(values, bits_stored=bits, signed=signed)
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    if syntax == BIG:
        data = dataset.PixelData
        # In OW both 16-bit values and pairs of bytes are swapped on the wire (PS3.5 annex A.3).
        dataset.PixelData = np.frombuffer(data, "<u2").byteswap().tobytes()
    header = read_header(keep(dataset))
    assert header.patient.patient_name == "Phantom^Ägid"
    np.testing.assert_array_equal(stored_values(header), values)


def _encode(values: np.ndarray, syntax: str, bits: int) -> bytes:
    """Return one frame by an encoder that knows nothing of the code under test."""
    if syntax in (J2K_LOSSLESS, J2K):
        return bytes(openjpeg.utils.encode_array(values, bits_stored=bits, photometric_interpretation=2, use_mct=False))
    pattern = values.view(f"u{values.dtype.itemsize}") & ((1 << bits) - 1)
    if syntax == JPEG_LS:
        return bytes(jpeg_ls.encode_array(np.ascontiguousarray(pattern)))
    return _segments(pattern)


def _segments(pattern: np.ndarray) -> bytes:
    """Return run-length segments, high bytes first, of literal runs only (PS3.5 annex G)."""
    planes = [(pattern >> 8 * byte & 0xFF).astype(np.uint8).tobytes() for byte in reversed(range(pattern.itemsize))]
    packed = [b"".join(bytes([len(run) - 1]) + run for run in _runs(plane)) for plane in planes]
    packed = [segment + b"\x80" * (len(segment) % 2) for segment in packed]
    offsets = np.cumsum([64, *(len(segment) for segment in packed)])[:-1].tolist()
    header = struct.pack("<16I", len(packed), *offsets, *[0] * (15 - len(packed)))
    return header + b"".join(packed)


def _runs(plane: bytes) -> list[bytes]:
    return [plane[start : start + 128] for start in range(0, len(plane), 128)]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, J2K_LOSSLESS, J2K])
def test_compressed_values_come_back(syntax, case, make_ct, pack_ct, keep) -> None:
    bits, signed, dtype = case
    values = _values(bits, signed=signed, dtype=dtype)
    dataset = make_ct(values, bits_stored=bits, signed=signed)
    path = keep(pack_ct([_encode(values, syntax, bits)], dataset, syntax=syntax))
    np.testing.assert_array_equal(stored_values(read_header(path)), values)


def test_jpeg_lossless_values_come_back(noise, make_ct, pack_ct, keep, tmp_path) -> None:
    """Packed by GDCM's encoder as unsigned numbers, which is what JPEG knows."""
    pattern = noise.view(np.uint16)
    image = SimpleITK.GetImageFromArray(pattern)
    writer = SimpleITK.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG")
    writer.SetFileName(str(tmp_path / "gdcm.dcm"))
    writer.Execute(image)
    packed = dcmread(tmp_path / "gdcm.dcm")
    assert packed.file_meta.TransferSyntaxUID == JPEG_LOSSLESS
    dataset = pack_ct([], make_ct(noise), syntax=JPEG_LOSSLESS)
    dataset.PixelData = packed.PixelData
    np.testing.assert_array_equal(stored_values(read_header(keep(dataset))), noise)


def test_near_lossless_is_read_under_its_own_name_and_refused_under_the_lossless_one(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = bytes(jpeg_ls.encode_array(values, lossy_error=3))
    near = stored_values(read_header(keep(pack_ct([stream], make_ct(values, signed=False), syntax=JPEG_LS_NEAR))))
    assert 0 < np.abs(near - values).max() <= 3
    refusal = _refusal(keep(pack_ct([stream], make_ct(values, signed=False), syntax=JPEG_LS)))
    assert refusal.code == "lossy-stream"
    assert "JPEG-LS lossless" in refusal.sentence


def test_lossy_wavelets_under_a_lossless_name_are_refused(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = bytes(
        openjpeg.utils.encode_array(
            values, bits_stored=12, photometric_interpretation=2, use_mct=False, compression_ratios=[4]
        )
    )
    dataset = make_ct(values, bits_stored=12, signed=False)
    assert _refusal(keep(pack_ct([stream], dataset, syntax=J2K_LOSSLESS))).code == "lossy-stream"


def test_unused_high_bits_are_no_part_of_a_value(make_ct, keep) -> None:
    """Old overlays live there."""
    values = _values(12, signed=True, dtype=np.int16)
    overlay = (np.arange(values.size).reshape(values.shape) % 16).astype(np.uint16) << 12
    dirty = (values.view(np.uint16) & 0x0FFF) | overlay
    path = keep(make_ct(dirty.view(np.int16), bits_stored=12, signed=True))
    np.testing.assert_array_equal(stored_values(read_header(path)), values)


def test_signed_pixels_packed_as_unsigned_jpeg_2000_keep_their_bit_pattern(make_ct, pack_ct, keep) -> None:
    values = _values(13, signed=True, dtype=np.int16)
    stream = _encode(values.view(np.uint16) & 0x1FFF, J2K_LOSSLESS, 13)
    path = keep(pack_ct([stream], make_ct(values, bits_stored=13), syntax=J2K_LOSSLESS))
    np.testing.assert_array_equal(stored_values(read_header(path)), values)


def test_depths_that_leave_values_open_are_refused(make_ct, pack_ct, keep) -> None:
    """12 unsigned bits under a header of 16 signed ones: is 4095 itself, or −1?"""
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _encode(values, J2K_LOSSLESS, 12)
    refusal = _refusal(keep(pack_ct([stream], make_ct(values.view(np.int16)), syntax=J2K_LOSSLESS)))
    assert refusal.code == "bits-mismatch"


def test_small_positive_values_have_one_reading_whatever_the_sign_says(make_ct, pack_ct, keep) -> None:
    values = (_values(12, signed=False, dtype=np.uint16) % 2048).astype(np.int16)
    stream = _encode(values.view(np.uint16), J2K_LOSSLESS, 12)
    path = keep(pack_ct([stream], make_ct(values), syntax=J2K_LOSSLESS))
    np.testing.assert_array_equal(stored_values(read_header(path)), values)


def test_monochrome1_stores_what_monochrome2_stores(noise, make_ct, keep) -> None:
    """It says how to show the values (PS3.3 section C.7.6.3.1.2); the scale to HU comes before that."""
    dataset = make_ct(noise)
    dataset.PhotometricInterpretation = "MONOCHROME1"
    np.testing.assert_array_equal(stored_values(read_header(keep(dataset))), noise)


@pytest.mark.parametrize("change", [-2, 2, 4, 128])
def test_H_39_only_the_exact_number_of_bytes_will_do(change, noise, make_ct, keep) -> None:
    dataset = make_ct(noise)
    data = dataset.PixelData
    dataset.PixelData = data[:change] if change < 0 else data + b"\0" * change
    refusal = _refusal(keep(dataset))
    assert refusal.code == "pixels-length"
    assert str(len(data) + change) in refusal.sentence
    assert str(len(data)) in refusal.sentence


def test_H_39_pixels_that_the_file_does_not_hold_are_refused(noise, make_ct, keep) -> None:
    path = keep(make_ct(noise))
    path.write_bytes(path.read_bytes()[:-100])
    assert _refusal(path).code == "pixels-length"


def test_H_39_odd_8_bit_pixels_carry_one_byte_of_padding(make_ct, keep) -> None:
    values = np.arange(3 * 5 * 7, dtype=np.uint8).reshape(3, 5, 7)
    dataset = make_ct(values, bits_stored=8, signed=False)
    headers = read_headers(keep(dataset))
    assert len(headers) == 1
    for frame in range(3):
        np.testing.assert_array_equal(stored_values(replace(headers[0], frame=frame)), values[frame])


def test_H_39_odd_8_bit_frames_are_found_in_swapped_words(make_ct, keep) -> None:
    values = np.arange(3 * 5 * 7, dtype=np.uint8).reshape(3, 5, 7)
    dataset = make_ct(values, bits_stored=8, signed=False)
    dataset.file_meta.TransferSyntaxUID = UID(BIG)
    dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").byteswap().tobytes()
    (header,) = read_headers(keep(dataset))
    for frame in range(3):
        np.testing.assert_array_equal(stored_values(replace(header, frame=frame)), values[frame])


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize("pieces", [1, 3])
def test_compressed_frames_are_found_among_fragments(pieces, has_table, make_ct, keep) -> None:
    values = np.stack([_values(12, signed=False, dtype=np.uint16) // (n + 1) for n in range(4)])
    dataset = make_ct(values, bits_stored=12, signed=False)
    dataset.file_meta.TransferSyntaxUID = UID(J2K_LOSSLESS)
    frames = [_encode(frame, J2K_LOSSLESS, 12) for frame in values]
    dataset.PixelData = encapsulate(frames, fragments_per_frame=pieces, has_bot=has_table)
    dataset["PixelData"].is_undefined_length = True
    (header,) = read_headers(keep(dataset))
    headers = [replace(header, frame=frame) for frame in (2, 0, 3, 1)]
    for asked, unpacked in frames_of(headers):
        np.testing.assert_array_equal(unpacked, values[asked.frame])


def test_H_39_another_number_of_frames_than_claimed_is_refused(make_ct, keep) -> None:
    values = np.stack([_values(12, signed=False, dtype=np.uint16)] * 4)
    dataset = make_ct(values, bits_stored=12, signed=False)
    dataset.file_meta.TransferSyntaxUID = UID(J2K_LOSSLESS)
    dataset.PixelData = encapsulate([_encode(frame, J2K_LOSSLESS, 12) for frame in values[:3]])
    dataset["PixelData"].is_undefined_length = True
    assert _refusal(keep(dataset)).code == "frames-mismatch"


def test_H_39_a_lost_end_mark_is_refused(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _encode(values, RLE, 12)
    path = keep(pack_ct([stream], make_ct(values, bits_stored=12, signed=False), syntax=RLE))
    path.write_bytes(path.read_bytes()[:-8])
    assert _refusal(path).code == "pixels-length"


def _claiming(stream: bytes, syntax: str, side: int) -> bytes:
    """Return a stream whose own header claims another size."""
    if syntax == J2K_LOSSLESS:
        claims = struct.pack(">IIIIIIII", side, side, 0, 0, side, side, 0, 0)
        return stream[:8] + claims + stream[40:]
    at = stream.index(b"\xff\xf7")
    return stream[: at + 5] + struct.pack(">HH", side, side) + stream[at + 9 :]


@pytest.mark.parametrize("header_lies_too", [True, False])
@pytest.mark.parametrize("syntax", [J2K_LOSSLESS, JPEG_LS])
def test_H_40_a_decode_bomb_is_refused_before_anything_is_allocated(
    syntax, header_lies_too, make_ct, pack_ct, keep
) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _claiming(_encode(values, syntax, 12), syntax, 65535)
    dataset = pack_ct([stream], make_ct(values, bits_stored=12, signed=False), syntax=syntax)
    if header_lies_too:
        dataset.Rows = dataset.Columns = 65535
    path = keep(dataset)
    tracemalloc.start()
    try:
        refusal = _refusal(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.code == ("frame-too-large" if header_lies_too else "pixels-length")
    assert "65535" in refusal.sentence
    assert peak < 10e6


def test_H_40_claims_are_multiplied_before_anything_is_read(make_ct, keep) -> None:
    dataset = make_ct(np.zeros((8, 8), np.int16))
    dataset.Rows = dataset.Columns = 4000
    dataset.NumberOfFrames = 100_000
    refusal = _refusal(keep(dataset))
    assert refusal.code == "pixels-length"
    assert str(4000 * 4000 * 2 * 100_000) in refusal.sentence


def test_H_40_a_compressed_frame_longer_than_its_pixels_is_not_unpacked(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _encode(values, RLE, 12) + b"\0" * 100_000
    path = keep(pack_ct([stream], make_ct(values, bits_stored=12, signed=False), syntax=RLE))
    assert _refusal(path).code == "pixels-length"


def test_a_file_that_changed_since_its_header_was_read_is_refused(noise, make_ct, keep) -> None:
    header = read_header(keep(make_ct(noise)))
    changed = make_ct(noise)
    changed.ImagePositionPatient = [-100.5, -90, 13.5]
    keep(changed)
    with pytest.raises(InputRefused) as refusal:
        stored_values(header)
    assert refusal.value.code == "changed"


def test_H_38_damaged_streams_raise_refusals_only(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    random = np.random.default_rng(7)
    for syntax in (RLE, JPEG_LS, J2K_LOSSLESS):
        stream = bytearray(_encode(values, syntax, 12))
        for _ in range(25):
            damaged = bytearray(stream)
            for at in random.integers(0, len(stream), 4):
                damaged[at] = int(random.integers(0, 256))
            dataset = pack_ct([bytes(damaged)], make_ct(values, bits_stored=12, signed=False), syntax=syntax)
            header = read_header(keep(dataset))
            with contextlib.suppress(InputRefused):
                assert stored_values(header).shape == values.shape


def test_H_43_a_refusal_quotes_nothing_of_the_patient(make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    path = keep(pack_ct([zlib.compress(b"Phantom")], make_ct(values, bits_stored=12, signed=False), syntax=JPEG_LS))
    assert "Phantom" not in str(_refusal(path))


@pytest.mark.parametrize("syntax", [JPEG_LS, J2K_LOSSLESS])
def test_H_38_a_stream_without_its_end_mark_is_refused_before_it_is_decoded(syntax, make_ct, pack_ct, keep) -> None:
    """The JPEG-LS decoder was seen to search for it for ten seconds."""
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _encode(values, syntax, 12)
    for kept in (len(stream) // 2, len(stream) - 4):
        path = keep(pack_ct([stream[:kept]], make_ct(values, bits_stored=12, signed=False), syntax=syntax))
        assert _refusal(path).code == "pixels-length"


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\0\0\0"])
def test_fill_after_the_end_mark_is_no_harm(fill, make_ct, pack_ct, keep) -> None:
    values = _values(12, signed=False, dtype=np.uint16)
    stream = _encode(values, J2K_LOSSLESS, 12) + fill
    path = keep(pack_ct([stream], make_ct(values, bits_stored=12, signed=False), syntax=J2K_LOSSLESS))
    np.testing.assert_array_equal(stored_values(read_header(path)), values)


def test_H_38_run_lengths_that_overflow_are_a_refusal_not_the_end_of_the_process(make_ct, pack_ct, keep) -> None:
    """The decoder answers them with a panic, which passes every handler of exceptions."""
    values = _values(16, signed=False, dtype=np.uint16)
    stream = _encode(values, RLE, 16)
    for cut in (66, 200, len(stream) // 2 + 3):
        for garbage in (b"\x7f", b"\x81", b"\xff\x7f\x01"):
            damaged = stream[:cut] + garbage * 40
            path = keep(pack_ct([damaged], make_ct(values, signed=False), syntax=RLE))
            assert _refusal(path).code in ("pixels-unreadable", "pixels-length")


def test_H_09_lossy_wavelets_over_signed_bit_patterns_are_refused(make_ct, pack_ct, keep) -> None:
    """−1 is the largest word and 0 the least; between them loss puts values of any size."""
    values = _values(12, signed=True, dtype=np.int16) // 64
    pattern = values.view(np.uint16) & 0x0FFF
    stream = bytes(
        openjpeg.utils.encode_array(
            pattern, bits_stored=12, photometric_interpretation=2, use_mct=False, compression_ratios=[3]
        )
    )
    refusal = _refusal(keep(pack_ct([stream], make_ct(values, bits_stored=12), syntax=J2K)))
    assert refusal.code == "bits-mismatch"


def test_near_lossless_over_signed_bit_patterns_is_read_but_at_the_ends_of_their_range(make_ct, pack_ct, keep) -> None:
    """The words of the largest and the least value are neighbours: an error of 2 may turn one into the other."""
    values = _values(12, signed=True, dtype=np.int16)
    for most, is_read in ((2040, True), (2047, False)):
        within = np.clip(values, -most, most)
        pattern = np.ascontiguousarray(within.view(np.uint16) & 0x0FFF)
        stream = bytes(jpeg_ls.encode_array(pattern, lossy_error=2))
        path = keep(pack_ct([stream], make_ct(within, bits_stored=12), syntax=JPEG_LS_NEAR))
        if is_read:
            assert 0 < np.abs(stored_values(read_header(path)) - within).max() <= 2
        else:
            assert _refusal(path).code == "bits-mismatch"
