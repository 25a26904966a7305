"""Is every packing named in words, and a missing decoder said so instead of guessed around?"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from pydicom.uid import UID

from planner.domain.errors import InputRefused
from planner.imaging import transfer
from planner.imaging.headers import read_header
from planner.imaging.transfer import Unpacker, packing, why_not
from planner.imaging.unpack import stored_values

READ_WITHOUT_LOSS = {
    "1.2.840.10008.1.2": "uncompressed",
    "1.2.840.10008.1.2.1": "uncompressed",
    "1.2.840.10008.1.2.1.99": "deflated",
    "1.2.840.10008.1.2.2": "uncompressed, big endian",
    "1.2.840.10008.1.2.5": "RLE lossless",
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.201": "high-throughput JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.202": "high-throughput JPEG 2000 lossless",
}
READ_WITH_LOSS = ("50", "51", "81", "91", "203")
NOT_READ = ("53", "55", "92", "93", "100", "102", "107.1", "110", "111", "112")


@pytest.fixture
def hide(monkeypatch):
    """Function that makes a decoder's module look as if it were not installed."""

    def missing(module: str) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        transfer.is_installed.cache_clear()

    yield missing
    monkeypatch.undo()
    transfer.is_installed.cache_clear()


@pytest.mark.parametrize(("syntax", "words"), READ_WITHOUT_LOSS.items())
def test_lossless_packings_are_read(syntax, words) -> None:
    assert why_not(syntax) is None
    assert packing(syntax).words == words
    assert not packing(syntax).lossy


@pytest.mark.parametrize("number", READ_WITH_LOSS)
def test_lossy_packings_are_read_and_known_as_lossy(number) -> None:
    syntax = f"1.2.840.10008.1.2.4.{number}"
    assert why_not(syntax) is None
    assert packing(syntax).lossy


@pytest.mark.parametrize("syntax", [*(f"1.2.840.10008.1.2.4.{number}" for number in NOT_READ), "1.2.840.10008.1.2.8.1"])
def test_what_nothing_unpacks_is_refused_by_name(syntax) -> None:
    sentence = why_not(syntax)
    assert sentence is not None
    assert packing(syntax).words in sentence
    assert syntax not in sentence


def test_an_unknown_packing_is_refused_with_its_identifier() -> None:
    assert "1.2.3.99" in str(why_not("1.2.3.99"))
    assert packing("1.2.3.99").unpacker is Unpacker.NONE


@pytest.mark.parametrize(
    ("module", "syntax"),
    [
        ("rle", "1.2.840.10008.1.2.5"),
        ("jpeg_ls", "1.2.840.10008.1.2.4.80"),
        ("openjpeg", "1.2.840.10008.1.2.4.90"),
        ("openjpeg", "1.2.840.10008.1.2.4.201"),
        ("numba", "1.2.840.10008.1.2.4.70"),
    ],
)
def test_a_missing_decoder_is_a_sentence_with_the_packing_s_name(module, syntax, hide, make_ct, keep) -> None:
    dataset = make_ct(np.zeros((8, 8), np.int16))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    dataset["PixelData"].is_undefined_length = True
    header = read_header(keep(dataset))
    hide(module)
    with pytest.raises(InputRefused) as refusal:
        stored_values(header)
    assert refusal.value.code == "compression"
    assert READ_WITHOUT_LOSS[syntax] in refusal.value.sentence
    assert "not installed" in refusal.value.sentence
