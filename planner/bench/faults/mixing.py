"""Injectors for two people, studies, series or frames of reference in one place, and for clean oddities (H-11)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from planner.bench.faults.case import Injected, Injector, Truth
from planner.bench.faults.encoding import axial
from planner.bench.faults.positions import DOUBLE, GAP, UNEVEN, one_truth
from planner.bench.faults.series import clean, named_files, slice_bytes, uid

_MIXED = frozenset({"mixed-patients", "mixed-studies", "mixed-series", "mixed-frames-of-reference", "too-few-slices"})
_OTHER: dict[str, str] = {
    "PatientID": "P2",
    "PatientName": "Other^Person",
    "PatientBirthDate": "19700101",
    "PatientSex": "M",
    "StudyInstanceUID": uid(1, 2),
    "SeriesInstanceUID": uid(2, 9),
    "FrameOfReferenceUID": uid(3, 2),
}


def _one_series(tags: tuple[str, ...], pattern: str) -> Injected:
    """Let some slices of a series come from somewhere else, told only by the named tags."""
    encoding = axial(slices=14)
    elsewhere = replace(encoding, anatomy=replace(encoding.anatomy, gain=1.3))
    other = [{**one, **{tag: _OTHER[tag] for tag in tags}} for one in clean(elsewhere)]
    own = clean(encoding)
    others = {
        "one": {6},
        "first": {0},
        "half": set(range(7, 14)),
        "alternating": set(range(1, 14, 2)),
        "three": {11, 12, 13},
    }[pattern]
    slices = [other[k] if k in others else own[k] for k in range(14)]
    files = named_files(slices)
    by_name = dict(zip(files, slices, strict=True))
    mine = frozenset(name for name, one in by_name.items() if one["_k"] not in others)
    truths = (Truth(encoding.anatomy, mine), Truth(elsewhere.anatomy, frozenset(files) - mine))
    return Injected(files, truths, refusals=_MIXED | GAP | DOUBLE | UNEVEN, asks=_asked(pattern))


def _asked(pattern: str) -> frozenset[str]:
    """Every other slice of each is a coarser volume, and says so."""
    return frozenset({"spacing-thick"}) if pattern == "alternating" else frozenset()


def _two_scans(tags: tuple[str, ...], place: str) -> Injected:
    """Put two whole scans into one folder, told apart by the named tags only."""
    encoding = axial(slices=14)
    elsewhere = replace(encoding, anatomy=replace(encoding.anatomy, gain=1.3))
    own = clean(encoding)
    other = [
        {**one, **{tag: _OTHER[tag] for tag in tags}, "SOPInstanceUID": uid(8, one["_k"])} for one in clean(elsewhere)
    ]
    first, second = named_files(own), named_files(other, order=5)
    prefix = {"same names": ("a/", "b/"), "one folder": ("", "x")}[place]
    files = {f"{prefix[0]}{name}": data for name, data in first.items()}
    if place == "same names":
        # The verdict compares names, so the second scan's are made distinct below their folder.
        second = {f"{int(name):06d}": data for name, data in second.items()}
    files |= {f"{prefix[1]}{name}": data for name, data in second.items()}
    names = [frozenset(first), frozenset(files) - frozenset(first)]
    names[1] = frozenset(name.rsplit("/", 1)[-1] for name in files) - names[0]
    truths = (Truth(encoding.anatomy, names[0]), Truth(elsewhere.anatomy, names[1]))
    # With identifiers of their own both must open; under one they may be refused, never mixed.
    refusals = frozenset[str]() if "SeriesInstanceUID" in tags else _MIXED | DOUBLE
    return Injected(files, truths, refusals=refusals, volumes=2)


def _clean_oddity(what: str) -> Injected:
    """Store what scanners and archives really do: nothing of it may be refused."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    for one in slices:
        k = one["_k"]
        changes: dict[str, dict[str, Any]] = {
            "acquisition per slice": {"AcquisitionNumber": k + 1, "AcquisitionTime": f"1015{k:02d}"},
            "acquisition per block": {"AcquisitionNumber": k // 4 + 1, "AcquisitionTime": f"1015{k // 4:02d}.25"},
            "acquisition downwards": {"AcquisitionNumber": 14 - k, "AcquisitionTime": f"1015{14 - k:02d}"},
            "no acquisition": {"AcquisitionNumber": "", "AcquisitionTime": ""},
            "contrast stated late": {"ContrastBolusAgent": "Iodine" if k > 5 else ""},
            "spaces": {"ImagePositionPatient": f" {-31.25} \\12.5 \\ {encoding.position_lps_mm(k)[2]} "},
            "exponents": {"PixelSpacing": "+1.1E+00\\7.0e-1", "RescaleSlope": "1.0e0", "RescaleIntercept": "-0"},
            "rounded positions": {
                "ImagePositionPatient": f"-31.25\\12.5\\{encoding.position_lps_mm(k)[2] + 0.004 * (k % 2):.3f}"
            },
            "minus zero": {"ImageOrientationPatient": "1\\-0\\0\\-0\\1\\-0"},
            "rounded directions": {"ImageOrientationPatient": "0.99999\\0\\0\\0\\0.99999\\0"},
            "name in three scripts": {"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう"},
            "lower case words": {"PatientPosition": "hfs ", "Modality": "ct"},
            "description per slice": {"SeriesDescription": f"Image {k}"},
            "date rolls over": {"AcquisitionDate": "20260103" if k > 6 else "20260102"},
            "spacing tag differs": {"SpacingBetweenSlices": 2 if k else 3},
        }
        one.update(changes.get(what, {}))
        for keyword in _OPTIONAL if what == "bare" else ():
            one.pop(keyword, None)
    return one_truth(encoding, named_files(slices), landmark_mm=0.02, hu=2.0)


_OPTIONAL = (
    "SpecificCharacterSet",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "AcquisitionTime",
    "AccessionNumber",
    "Manufacturer",
    "SeriesDescription",
    "ManufacturerModelName",
    "PatientBirthDate",
    "PatientSex",
    "SliceThickness",
    "ConvolutionKernel",
    "SeriesNumber",
    "AcquisitionNumber",
    "InstanceNumber",
    "WindowCenter",
    "WindowWidth",
    "RescaleType",
)
_ODDITIES = (
    "acquisition per slice",
    "acquisition per block",
    "acquisition downwards",
    "no acquisition",
    "contrast stated late",
    "spaces",
    "exponents",
    "rounded positions",
    "minus zero",
    "rounded directions",
    "name in three scripts",
    "lower case words",
    "description per slice",
    "date rolls over",
    "spacing tag differs",
    "bare",
)


def _junk_beside(kind: str) -> Injected:
    """Put files that are no DICOM beside a clean series."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    files = named_files(slices)
    truth = Truth(encoding.anatomy, frozenset(files))
    rng = np.random.default_rng(4)
    whole = slice_bytes(slices[3])
    files["junk"] = {
        "text": b"Thumbs.db and notes\n" * 20,
        "empty": b"",
        "short": b"DICM",
        "random": rng.bytes(4000),
        "mark only": bytes(128) + b"DICM",
        "half a slice": whole[: len(whole) // 2],
        "no preamble": whole[132:],
        "zip": b"PK\x03\x04" + rng.bytes(500),
    }[kind]
    # Half a slice stands where a whole one stands already.
    refusals = DOUBLE | {"pixels-length"} if kind in ("half a slice", "no preamble") else frozenset[str]()
    return Injected(files, (truth,), refusals=refusals)


_SETS = (
    ("PatientID",),
    ("PatientName",),
    ("PatientBirthDate",),
    ("PatientSex",),
    ("StudyInstanceUID",),
    ("FrameOfReferenceUID",),
    ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID"),
)

INJECTORS = (
    Injector(
        "mixed-series",
        "H-11",
        [
            {"tags": tags, "pattern": pattern}
            for tags, pattern in itertools.product(
                (*_SETS, ("SeriesInstanceUID",)), ("one", "first", "half", "alternating", "three")
            )
        ],
        _one_series,
    ),
    Injector(
        "mixed-folders",
        "H-11",
        [
            {"tags": tags, "place": place}
            for tags, place in itertools.product(
                (*_SETS, ("SeriesInstanceUID",), *((*tags, "SeriesInstanceUID") for tags in _SETS)),
                ("same names", "one folder"),
            )
        ],
        _two_scans,
    ),
    Injector("clean-oddities", "H-11", [{"what": what} for what in _ODDITIES], _clean_oddity),
    Injector(
        "junk-beside",
        "H-07",
        [
            {"kind": kind}
            for kind in ("text", "empty", "short", "random", "mark only", "half a slice", "no preamble", "zip")
        ],
        _junk_beside,
    ),
)
