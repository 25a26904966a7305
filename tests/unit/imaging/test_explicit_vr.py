"""Does the own header scanner say what pydicom says, or nothing? Ordinary files, and thousands of damaged ones."""

from __future__ import annotations

import io
import os
import random
import struct
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless, RLELossless

from planner.domain.errors import DAMAGED_FILE_ERRORS
from planner.imaging.element_walk import NO_LENGTH
from planner.imaging.explicit_vr import KNOWN, scan_header
from planner.imaging.headers import TAGS, header_of

# 5 s; set FROSTLINE_MUTANTS=300000 for a night.
MUTANTS = int(os.environ.get("FROSTLINE_MUTANTS", "4000"))
PATH = Path("slice.dcm")
PIXELS = np.arange(48, dtype="<u2").tobytes()


def _sequence(*, depth: int, is_undefined: bool) -> Sequence:
    item = Dataset()
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = "1.2.3.4"
    if depth > 1:
        item.ReferencedImageSequence = _sequence(depth=depth - 1, is_undefined=is_undefined)
        item["ReferencedImageSequence"].is_undefined_length = is_undefined
    item.is_undefined_length_sequence_item = is_undefined
    return Sequence([item, Dataset()])


def _slice(syntax=ExplicitVRLittleEndian, *, is_undefined: bool = True, **changes) -> Dataset:
    """A slice with what scanners put into one: sequences in sequences, private elements, padding, two windows."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    values = {
        "SpecificCharacterSet": "ISO_IR 100", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "1.2.3.4.5", "StudyDate": "20260102",
        "SeriesDate": "20260102", "AcquisitionDate": "20260102", "AcquisitionTime": "101112.5", "ContentTime": "101113",
        "AccessionNumber": "A1", "Modality": "CT", "Manufacturer": "Scanners", "InstitutionName": "Hospital ",
        "StudyDescription": " Thorax", "SeriesDescription": "Thorax  1.0", "ManufacturerModelName": "Model",
        "PatientName": "Family^Given^^", "PatientID": "0042", "PatientBirthDate": "19500101", "PatientSex": "F",
        "ContrastBolusAgent": "", "SliceThickness": "1.25", "KVP": "120", "SpacingBetweenSlices": "1.0",
        "GantryDetectorTilt": "-0.0", "ConvolutionKernel": ["B30f", "2"], "PatientPosition": "FFS",
        "StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4", "SeriesNumber": "2", "AcquisitionNumber": "1",
        "InstanceNumber": "17", "ImagePositionPatient": ["-250.5", "-1.2e2", "33"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1.0", "-0.0"], "FrameOfReferenceUID": "1.2.9",
        "SliceLocation": "33.0", "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 6,
        "Columns": 8, "PixelSpacing": ["0.7", "0.7"], "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11,
        "PixelRepresentation": 1, "WindowCenter": ["40", "-600"], "WindowWidth": ["400", "1500"],
        "RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "HU", "LossyImageCompression": "00",
        "FilterType": "BODY", "TemporalPositionIdentifier": "1", "StackID": "1",
    }  # fmt: skip
    for keyword, value in (values | changes).items():
        setattr(dataset, keyword, value)
    dataset.add_new(0x00280120, "SS", -2000)
    dataset.ReferencedImageSequence = _sequence(depth=3, is_undefined=is_undefined)
    dataset["ReferencedImageSequence"].is_undefined_length = is_undefined
    dataset.private_block(0x0019, "MAKER 1.0", create=True).add_new(0x01, "UN", b"\0\1\2\3")
    dataset.private_block(0x0029, "MAKER 2.0", create=True).add_new(0x02, "OB", bytes(range(64)))
    if syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        dataset.add_new(0x7FE00010, "OW", PIXELS)
    else:
        dataset.add_new(0x7FE00010, "OB", encapsulate([PIXELS]))
        dataset["PixelData"].is_undefined_length = True
    return dataset


def _bytes(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _by_pydicom(data: bytes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, specific_tags=list(TAGS))
        return header_of(dataset, PATH)


@pytest.mark.parametrize("character_set", ["ISO_IR 100", "ISO_IR 192"])
def test_names_beyond_ascii_are_read_in_the_two_usual_character_sets(character_set) -> None:
    names = {"PatientName": "Müller^Jörg", "SeriesDescription": "Thorax, schräg ½", "InstitutionName": "Spital Zürich "}
    data = _bytes(_slice(SpecificCharacterSet=character_set, **names))
    scanned = scan_header(data, PATH)
    assert scanned is not None
    assert scanned.header == _by_pydicom(data)
    assert scanned.header.patient.patient_name == "Müller^Jörg"


@pytest.mark.parametrize("is_undefined", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLSLossless, RLELossless])
def test_an_ordinary_explicit_file_is_scanned(syntax, is_undefined) -> None:
    data = _bytes(_slice(syntax, is_undefined=is_undefined))
    scanned = scan_header(data, PATH)
    assert scanned is not None
    assert scanned.header == _by_pydicom(data)
    if syntax == ExplicitVRLittleEndian:
        assert data[scanned.pixel_offset : scanned.pixel_offset + scanned.pixel_length] == PIXELS
    else:
        assert scanned.pixel_length == NO_LENGTH


def test_the_start_of_a_file_is_enough_when_its_size_holds_the_pixels() -> None:
    data = _bytes(_slice())
    start = data[: len(data) - 40]
    assert scan_header(start, PATH) is None
    assert scan_header(start, PATH, file_bytes=len(data)) == scan_header(data, PATH)
    assert scan_header(start, PATH, file_bytes=len(data) - 1) is None
    assert scan_header(data[:500], PATH, file_bytes=len(data)) is None


def test_an_implicit_file_is_scanned_unless_something_needs_the_sign_of_the_pixels() -> None:
    dataset = _slice(ImplicitVRLittleEndian, is_undefined=False)
    assert scan_header(_bytes(dataset), PATH) is None
    del dataset[0x00280120]
    data = _bytes(dataset)
    scanned = scan_header(data, PATH)
    assert scanned is not None
    assert scanned.header == _by_pydicom(data)


def test_every_attribute_that_headers_hold_is_known_as_the_standard_names_it() -> None:
    assert set(KNOWN) == set(TAGS)
    for keyword, (tag, vr, count) in KNOWN.items():
        assert (tag, vr) == (tag_for_keyword(keyword), dictionary_VR(tag)), keyword
        assert dictionary_VM(tag) in (str(count or 1), f"{count or 1}-n", "2-n"), keyword


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientName": "Yamada^Tarou=山田^太郎", "SpecificCharacterSet": "ISO_IR 192"},
        {"SpecificCharacterSet": ["", "ISO 2022 IR 87"]},
        {"SpecificCharacterSet": "ISO_IR 13"},
        {"SpecificCharacterSet": "ISO_IR 144", "PatientName": "Люкceмбypг"},
        {"NumberOfFrames": "2"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2.1"},
        {"ImagePositionPatient": ["1", "2"]},
        {"Modality": ["CT", "MR"]},
        {"RescaleSlope": ["1", "2"]},
    ],
)
def test_what_is_not_ordinary_is_left_to_pydicom(changes) -> None:
    assert scan_header(_bytes(_slice(**changes)), PATH) is None


@pytest.mark.parametrize("name", ["cut", "no mark", "trailing tag", "doubled", "swapped", "other syntax", "big endian"])
def test_damage_is_left_to_pydicom(name) -> None:
    data = _bytes(_slice())
    scanned = scan_header(data, PATH)
    assert scanned is not None
    meta_end = 144 + struct.unpack_from("<L", data, 140)[0]
    rows = data.index(struct.pack("<HH", 0x28, 0x10) + b"US")
    columns = rows + 10
    syntax = ExplicitVRLittleEndian.encode()
    damaged = {
        "cut": data[:-1],
        "no mark": data[:128] + b"DICN" + data[132:],
        "trailing tag": data[: scanned.pixel_offset - 12],
        "doubled": data[:rows] + data[rows:columns] + data[rows:],
        "swapped": data[:rows] + data[columns : columns + 10] + data[rows:columns] + data[columns + 10 :],
        "other syntax": data[:meta_end].replace(syntax + b"\0", syntax + b"1") + data[meta_end:],
        "big endian": data.replace(syntax + b"\0", b"1.2.840.10008.1.2.2\0", 1),
    }[name]
    assert damaged != data
    assert scan_header(damaged, PATH) is None


def _mutant(data: bytes, draw: random.Random, end: int) -> bytes:
    """Damage as it happens, and as an attacker would: flips, lies about lengths, other VRs, moved and lost bytes."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        at = draw.randrange(132, min(end, len(changed) - 8))
        kind = draw.randrange(8)
        if kind == 0:
            changed[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            changed[at] = draw.choice(b"\0\1\xff \\=^0123456789.-+eE~\x1b\x7f\x80")
        elif kind == 2:
            del changed[at : at + draw.choice((1, 2, 4, 8, 20))]
        elif kind == 3:
            changed[at:at] = changed[at - draw.choice((1, 2, 8, 10, 24)) : at]
        elif kind == 4:
            struct.pack_into("<L", changed, at, draw.choice((0, 1, 2, 0xFFFFFFFF, 0xFFFFFFFE, draw.randrange(1 << 32))))
        else:
            found = changed.find(draw.choice((b"DS", b"IS", b"US", b"UI", b"LO", b"SQ", b"UN", b"CS", b"PN")), at)
            if found < 0 or found + 10 > len(changed):
                continue
            if kind == 5:
                changed[found : found + 2] = draw.choice(
                    (b"UN", b"SQ", b"OB", b"SS", b"US", b"LO", b"DS", b"ZZ", b"??")
                )
            elif kind == 6:
                changed[found + 2] = (changed[found + 2] + draw.choice((1, 2, 254, 255))) % 256
            else:
                value = draw.choice(
                    (b"\\", b" ", b"+1", b"1e", b"nan", b"-0", b"00", b"\0", b"^", b"\xe9", b"\xc3\xa4", b"1.5")
                )
                changed[found + 6 : found + 6 + len(value)] = value
    return bytes(changed)


def test_H_38_damaged_headers_are_read_as_pydicom_reads_them_or_not_at_all() -> None:
    draw = random.Random(20260102)
    implicit = _slice(ImplicitVRLittleEndian, is_undefined=False)
    del implicit[0x00280120]
    local = {"PatientName": "Müller^Jörg^^Dr", "SeriesDescription": "schräg ½", "SpecificCharacterSet": "ISO_IR 192"}
    slices = (_slice(PatientName="Gärtner^Zoë"), _slice(is_undefined=False, **local), _slice(JPEGLSLossless), implicit)
    sources = [_bytes(dataset) for dataset in slices]
    ends = [len(data) - len(PIXELS) for data in sources]
    judged = 0
    for number in range(MUTANTS):
        which = draw.choice((0, 0, 0, 1, 2, 3))
        data = _mutant(sources[which], draw, ends[which])
        scanned = scan_header(data, PATH)
        if scanned is None:
            continue
        judged += 1
        try:
            expected = _by_pydicom(data)
        except DAMAGED_FILE_ERRORS as error:
            pytest.fail(f"mutant {number} was scanned, but pydicom refuses it: {error!r}")
        assert scanned.header == expected, f"mutant {number}"
    # Otherwise nothing was compared.
    assert judged > MUTANTS / 20


def test_real_files_are_read_as_pydicom_reads_them(shared_data) -> None:
    scanned_count = 0
    for path in sorted((shared_data / "odd").rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        scanned = scan_header(data, PATH)
        if scanned is not None:
            scanned_count += 1
            assert scanned.header == _by_pydicom(data), path.name
    assert scanned_count > 50
