"""Does what once slipped through stay caught? Every escape ever found, as its smallest case; always run."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from planner.bench.faults import bounds, dicom_bytes
from planner.bench.faults.case import Case, judge
from planner.bench.faults.catalogue import INJECTORS
from planner.bench.faults.dicom_bytes import encapsulated
from planner.bench.faults.packing import packed
from planner.bench.faults.series import pixels
from planner.domain.errors import InputRefused

ESCAPED = [
    # Two phases, one half a step beside the other: a regular stack of both.
    ("phases", {"tag": "AcquisitionNumber", "shift": 0.5, "second": 14}),
    ("phases", {"tag": "ContrastBolusAgent", "shift": 0.5, "second": 14}),
    ("phases", {"tag": "SeriesDescription", "shift": 0.5, "second": 14}),
    # Two tags that each tell phases apart, but differently.
    ("crossed-phases", {"first_tag": "AcquisitionTime", "second_tag": "AcquisitionNumber"}),
    ("crossed-phases", {"first_tag": "ConvolutionKernel", "second_tag": "AcquisitionNumber"}),
    # Signed pixels read as unsigned.
    ("tags", {"tag": "PixelRepresentation", "kind": "missing", "which": "all"}),
    ("tags", {"tag": "PixelRepresentation", "kind": "odd", "which": "all"}),
    # Scales that no HU fits.
    ("tags", {"tag": "RescaleSlope", "kind": "1e300", "which": "all"}),
    ("tags", {"tag": "RescaleIntercept", "kind": "1e300", "which": "all"}),
    # Numbers that arithmetic before the gate stumbled over.
    ("tags", {"tag": "ImagePositionPatient", "kind": "-inf", "which": "all"}),
    ("tags", {"tag": "RescaleSlope", "kind": "inf", "which": "all"}),
    # The mark of padding written as an unsigned number beside signed pixels.
    ("padding", {"value": -2000, "signed": 1, "way": "as unsigned"}),
]


@pytest.mark.parametrize(
    ("name", "parameters"), ESCAPED, ids=[f"{n}-{'-'.join(map(str, p.values()))}" for n, p in ESCAPED]
)
def test_H_39_what_escaped_once_is_caught(name, parameters, tmp_path) -> None:
    (injector,) = [one for one in INJECTORS if one.name == name]
    assert parameters in list(injector.grid)
    judged = judge(Case(injector, parameters), tmp_path / "case")
    assert judged.is_good, str(judged)


def _refusal(stream, syntax, clean_slices, write) -> InputRefused:
    slices = clean_slices()
    slices[4]["PixelData"] = encapsulated([stream])
    with pytest.raises(InputRefused) as refusal:
        write(slices, syntax=syntax).load()
    return refusal.value


@pytest.mark.parametrize("segment", [b"\x7f", b"\x7fabc", b"\x81", b"\x80\x80", b"\x81\x00" * 9, b"\x81\x00" * 10])
def test_H_38_a_run_beyond_the_end_of_its_segment_is_no_panic(segment, clean_slices, write) -> None:
    """The decoder's panic was no ordinary exception and ended the process. 1188 bytes are to come of each segment."""
    stream = packed(pixels(clean_slices()[4]).astype(np.int16), syntax=dicom_bytes.RLE)
    second = struct.unpack_from("<3I", stream)[2]
    refusal = _refusal(stream[:second] + segment, dicom_bytes.RLE, clean_slices, write)
    assert refusal.sentence.endswith(".")


@pytest.mark.parametrize("kept", [40, 64, 300])
def test_H_38_a_jpeg_ls_stream_without_its_end_is_not_decoded(kept, clean_slices, write) -> None:
    """The decoder took ten seconds to notice."""
    stream = packed(pixels(clean_slices()[4]).astype(np.int16), syntax=dicom_bytes.JPEG_LS)
    refusal = _refusal(stream[:kept], dicom_bytes.JPEG_LS, clean_slices, write)
    assert refusal.code in ("pixels-length", "cut-off")


def test_H_41_a_member_without_a_name_costs_a_sentence(tmp_path) -> None:
    _, nameless = bounds.try_archives(tmp_path, only=["named ''"])
    assert nameless.fault == ""
    assert nameless.usable == 0
