"""Is a compressed stream asked rightly for its size, depth and kind, before anything decodes it?"""

from __future__ import annotations

import struct

import jpeg_ls
import numpy as np
import openjpeg
import pytest

from planner.imaging.codestream import StreamFacts, jpeg_2000_facts, jpeg_2000_stream, jpeg_facts


def _jpeg_2000(**options) -> bytes:
    image = np.random.default_rng(1).integers(-500, 500, (40, 57)).astype(np.int16)
    return bytes(
        openjpeg.utils.encode_array(image, bits_stored=12, photometric_interpretation=2, use_mct=False, **options)
    )


def test_jpeg_2000_says_what_its_encoder_was_given() -> None:
    assert jpeg_2000_facts(_jpeg_2000()) == StreamFacts(57, 40, 1, 12, is_signed=True, is_exact=True)
    assert not jpeg_2000_facts(_jpeg_2000(compression_ratios=[5])).is_exact


def test_a_codestream_is_found_in_its_boxes() -> None:
    boxed = _jpeg_2000(codec_format=1)
    bare = jpeg_2000_stream(boxed)
    assert bare[:4] == b"\xff\x4f\xff\x51"
    assert len(bare) < len(boxed)
    assert jpeg_2000_facts(bare).columns == 57


@pytest.mark.parametrize(("lossy_error", "is_exact"), [(0, True), (2, False)])
def test_jpeg_ls_says_what_its_encoder_was_given(lossy_error, is_exact) -> None:
    image = np.random.default_rng(1).integers(0, 4096, (40, 57)).astype(np.uint16)
    stream = bytes(jpeg_ls.encode_array(image, lossy_error=lossy_error))
    assert jpeg_facts(stream) == StreamFacts(57, 40, 1, 12, is_signed=False, is_exact=is_exact, near=lossy_error)


def _jpeg(frame: int, *, point_transform: int = 0) -> bytes:
    """Headers of a JPEG stream, ISO/IEC 10918-1 annex B: an application segment, fill bytes, tables, frame, scan."""
    segments = [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xC4, b"\0" * 17),
        (frame, struct.pack(">BHHB", 12, 512, 256, 1) + b"\1\x11\0"),
        (0xDA, b"\1\1\0\1\0" + bytes([point_transform])),
    ]
    body = b"".join(b"\xff\xff" + bytes([code]) + struct.pack(">H", len(data) + 2) + data for code, data in segments)
    return b"\xff\xd8" + body + b"\0\0"


@pytest.mark.parametrize(
    ("frame", "point_transform", "is_exact"), [(0xC3, 0, True), (0xC3, 2, False), (0xC0, 0, False), (0xC1, 0, False)]
)
def test_jpeg_says_its_size_and_whether_it_can_be_exact(frame, point_transform, is_exact) -> None:
    stream = _jpeg(frame, point_transform=point_transform)
    assert jpeg_facts(stream) == StreamFacts(256, 512, 1, 12, is_signed=False, is_exact=is_exact)


@pytest.mark.parametrize(
    "stream",
    [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\2", b"\xff\xd8nonsense", _jpeg(0xC3)[:30], b"\xff\xd8\xff\xe0\0\0" * 9],
)
def test_no_jpeg_raises_what_the_border_knows(stream) -> None:
    with pytest.raises((ValueError, struct.error, IndexError)):
        jpeg_facts(stream)


def test_no_jpeg_2000_raises_what_the_border_knows() -> None:
    good = _jpeg_2000()
    with pytest.raises(ValueError, match="codestream"):
        jpeg_2000_stream(good[4:])
    for stream in (good[:20], good[:45], good[:24] + b"\0" * 8 + good[32:]):
        with pytest.raises((ValueError, struct.error)):
            jpeg_2000_facts(stream)


def test_H_40_a_stream_of_countless_tiles_is_refused() -> None:
    good = _jpeg_2000()
    with pytest.raises(ValueError, match="tiles"):
        jpeg_2000_facts(good[:8] + struct.pack(">IIIIIIII", 65535, 65535, 0, 0, 1, 1, 0, 0) + good[40:])
