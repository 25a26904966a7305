"""Are all seven predictors and restarts of lossless JPEG read exactly, and is damage told? A small encoder as truth."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from planner.imaging.codestream import jpeg_facts
from planner.imaging.lossless_jpeg import lossless_jpeg

# Every category has a code of 5 bits: as simple as a table can be, ISO/IEC 10918-1 annex C.
_COUNTS = bytes([0, 0, 0, 0, 17, *[0] * 11])


def _prediction(image: np.ndarray, j: int, i: int, *, predictor: int, bits: int, restart_rows: int) -> int:
    """Annex H.1.2.1, written down again."""
    if j == 0 or (restart_rows and j % restart_rows == 0):
        return int(image[j, i - 1]) if i else 2 ** (bits - 1)
    above = int(image[j - 1, i])
    if i == 0:
        return above
    left, corner = int(image[j, i - 1]), int(image[j - 1, i - 1])
    return {
        1: left,
        2: above,
        3: corner,
        4: left + above - corner,
        5: left + (above - corner) // 2,
        6: above + (left - corner) // 2,
        7: (left + above) // 2,
    }[predictor]


def _code(difference: int) -> str:
    difference = (difference + 32768) % 65536 - 32768
    if difference == -32768:
        return f"{16:05b}"
    category = abs(difference).bit_length()
    extra = difference if difference > 0 else difference + (1 << category) - 1
    return f"{category:05b}" + (f"{extra:0{category}b}" if category else "")


def _packed(codes: str) -> bytes:
    codes += "1" * (-len(codes) % 8)
    return int(codes, 2).to_bytes(len(codes) // 8, "big").replace(b"\xff", b"\xff\0")


def _encoded(image: np.ndarray, *, bits: int, predictor: int = 1, restart_rows: int = 0) -> bytes:
    rows, columns = image.shape
    scans, codes = b"", ""
    for j in range(rows):
        if restart_rows and j and j % restart_rows == 0:
            scans += _packed(codes) + bytes([0xFF, 0xD0 + (j // restart_rows - 1) % 8])
            codes = ""
        for i in range(columns):
            guess = _prediction(image, j, i, predictor=predictor, bits=bits, restart_rows=restart_rows)
            codes += _code(int(image[j, i]) - guess)
    segments = [
        (0xC4, b"\0" + _COUNTS + bytes(range(17))),
        (0xC3, struct.pack(">BHHB", bits, rows, columns, 1) + b"\1\x11\0"),
        *([(0xDD, struct.pack(">H", restart_rows * columns))] if restart_rows else []),
        (0xDA, bytes([1, 1, 0, predictor, 0, 0])),
    ]
    head = b"".join(b"\xff" + bytes([code]) + struct.pack(">H", len(data) + 2) + data for code, data in segments)
    return b"\xff\xd8" + head + scans + _packed(codes) + b"\xff\xd9"


def _image(bits: int) -> np.ndarray:
    image = np.random.default_rng(bits).integers(0, 1 << bits, (23, 31))
    image[5:9] = (1 << bits) - 1
    image[10, :4] = 0, (1 << bits) - 1, 0, 1 << (bits - 1)
    return image.astype(np.uint16)


def _decoded(stream: bytes) -> np.ndarray:
    facts = jpeg_facts(stream)
    return lossless_jpeg(stream, rows=facts.rows, columns=facts.columns, bits=facts.bits)


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("predictor", range(1, 8))
def test_every_predictor_is_undone(predictor, bits) -> None:
    image = _image(bits)
    np.testing.assert_array_equal(_decoded(_encoded(image, bits=bits, predictor=predictor)), image)


@pytest.mark.parametrize("restart_rows", [1, 4, 23])
def test_rows_after_a_restart_begin_anew(restart_rows) -> None:
    image = _image(12)
    stream = _encoded(image, bits=12, predictor=4, restart_rows=restart_rows)
    np.testing.assert_array_equal(_decoded(stream), image)


def test_H_39_lost_or_added_bytes_are_told() -> None:
    image = _image(12)
    stream = _encoded(image, bits=12)
    random = np.random.default_rng(3)
    start = stream.index(b"\xff\xda") + 10
    for _ in range(60):
        at, count = int(random.integers(start, len(stream) - 40)), int(random.integers(4, 30))
        for damaged in (stream[:at] + stream[at + count :], stream[:at] + stream[at : at + count] + stream[at:]):
            with pytest.raises(ValueError, match=r"code|range|bits"):
                _decoded(damaged)


@pytest.mark.parametrize("change", ["no table", "predictor 0", "two components", "restart within a row"])
def test_streams_of_another_kind_are_refused(change) -> None:
    stream = _encoded(_image(12), bits=12, restart_rows=4)
    scan = stream.index(b"\xff\xda")
    damaged = {
        "no table": stream.replace(b"\xff\xc4", b"\xff\xe0"),
        "predictor 0": stream[: scan + 7] + b"\0" + stream[scan + 8 :],
        "two components": stream[: scan + 4] + b"\2" + stream[scan + 5 :],
        "restart within a row": stream.replace(struct.pack(">H", 4 * 31), struct.pack(">H", 4 * 31 + 1), 1),
    }[change]
    with pytest.raises((ValueError, KeyError)):
        _decoded(damaged)


def test_a_missing_restart_mark_is_told() -> None:
    stream = _encoded(_image(12), bits=12, restart_rows=4)
    with pytest.raises(ValueError, match="bits"):
        _decoded(stream.replace(b"\xff\xd0", b""))


def test_another_predictor_than_the_file_s_name_allows_is_refused() -> None:
    stream = _encoded(_image(12), bits=12, predictor=2)
    with pytest.raises(ValueError, match="scan"):
        lossless_jpeg(stream, rows=23, columns=31, bits=12, predictors=(1,))


def test_a_category_under_two_codes_is_damage() -> None:
    stream = _encoded(_image(12), bits=12)
    table = stream.index(_COUNTS) + len(_COUNTS)
    with pytest.raises(ValueError, match="table"):
        _decoded(stream[: table + 9] + b"\0" + stream[table + 10 :])
