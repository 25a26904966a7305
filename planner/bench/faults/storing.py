"""Injectors for how grey values are stored and scaled: every right way, and every broken one (H-09)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from planner.bench.faults import dicom_bytes
from planner.bench.faults.case import EXACT_HU, Injected, Injector
from planner.bench.faults.dicom_bytes import Raw
from planner.bench.faults.encoding import axial
from planner.bench.faults.packing import COMPRESSED
from planner.bench.faults.positions import one_truth
from planner.bench.faults.series import clean, named_files, pixels, slice_bytes, store

_BROKEN = frozenset(
    {
        "bits",
        "mixed-storage",
        "mixed-rescale",
        "missing-rescale-slope",
        "missing-rescale-intercept",
        "not-hu",
        "photometric",
        "mixed-padding",
        "hu-implausible",
        "pixels-length",
        "compression",
        "missing-slices",
        "too-few-slices",
        "rescale-implausible",
    }
)
_EDGE = 3  # columns of padding at either side: air in the anatomy


def _stored(bits: int, signed: int, intercept: int, slope: float, rubbish: int) -> Injected:
    """Store the same HU in other bits; ``rubbish`` fills the bits above, as old overlays did."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    rng = np.random.default_rng(bits)
    for one in slices:
        values = np.rint((pixels(one) - intercept) / slope).astype(np.int64) & ((1 << bits) - 1)
        if rubbish:
            values |= rng.integers(0, 1 << (16 - bits), values.shape) << bits
        store(
            one,
            values,
            dtype="<u2",
            BitsStored=bits,
            HighBit=bits - 1,
            PixelRepresentation=signed,
            RescaleIntercept=intercept,
            RescaleSlope=slope,
        )
    return one_truth(encoding, named_files(slices), hu=EXACT_HU + (slope / 2 if slope != 1 else 0))


def _eight_bits(slope: int, intercept: int) -> Injected:
    encoding = axial(slices=8)
    slices = clean(encoding)
    for one in slices:
        values = np.rint((pixels(one) - intercept) / slope)
        data = values.astype(np.uint8).tobytes()
        one["PixelData"] = Raw(data + b"\0" * (len(data) % 2), vr="OB")
        one.update(BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0)
        one.update(RescaleSlope=slope, RescaleIntercept=intercept)
    return one_truth(encoding, named_files(slices), hu=EXACT_HU + slope / 2, landmark_mm=0.05)


def _padded(value: int, signed: int, way: str) -> Injected:
    """Pad the sides with a marker, as round fields of view are: a value, a range, or a value stated as unsigned."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    intercept = 0 if signed else -1024
    for one in slices:
        values = pixels(one) - intercept
        values[:, :_EDGE] = values[:, -_EDGE:] = value
        tags: dict[str, Any] = {"PixelPaddingValue": value}
        if way == "range":
            values[:, 1] = value + 3
            tags = {"PixelPaddingValue": value + 5, "PixelPaddingRangeLimit": value}
        elif way == "as unsigned":
            tags = {"PixelPaddingValue": Raw((value & 0xFFFF).to_bytes(2, "little"), vr="US")}
        store(
            one,
            values,
            dtype="<i2" if signed else "<u2",
            PixelRepresentation=signed,
            RescaleIntercept=intercept,
            **tags,
        )
    share = 2 * _EDGE / encoding.counts_ijk[0]
    # A marker that leaves no doubt need not be understood; shown as a measured value it must not be.
    refusals = frozenset({"mixed-padding", "bits", "padding"}) if way == "as unsigned" else frozenset[str]()
    return one_truth(encoding, named_files(slices), padded=share + 1e-6, refusals=refusals)


def _broken(change: tuple[tuple[str, Any], ...], which: str) -> Injected:
    """Change what scales or describes the grey values, in one slice, in the first, or in all."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    for one in {"one": slices[4:5], "first": slices[:1], "all": slices}[which]:
        one.update(change)
    return one_truth(encoding, named_files(slices), refusals=_BROKEN, acceptable=which == "first")


def _unneeded(change: tuple[tuple[str, Any], ...]) -> Injected:
    """Change what has no meaning for the HU of a CT, in all slices: it must not matter."""
    encoding = axial(slices=8)
    slices = [one | dict(change) for one in clean(encoding)]
    return one_truth(encoding, named_files(slices))


def _wrong_zero(offset: int) -> Injected:
    """State an intercept that is wrong in every slice: only the picture itself can raise doubt."""
    encoding = axial(slices=8)
    shifted = replace(encoding, anatomy=replace(encoding.anatomy, offset_hu=float(offset)))
    slices = [one | {"RescaleIntercept": offset} for one in clean(encoding)]
    return one_truth(
        shifted, named_files(slices), refusals=frozenset({"hu-implausible"}), asks=frozenset({"hu-implausible"})
    )


def _syntax(syntax: str, mixed: bool) -> Injected:  # noqa: FBT001 - a parameter of the case
    """Pack the pixels; ``mixed`` leaves every other slice unpacked."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    files = named_files(slices, syntax=syntax)
    if mixed:
        names = sorted(files)
        plain = {one["SOPInstanceUID"]: slice_bytes(one) for one in slices[::2]}
        for name in names:
            for identifier, data in plain.items():
                if f"{identifier}\0".encode() in files[name] or f"{identifier} ".encode() in files[name]:
                    files[name] = data
    return one_truth(encoding, files)


def _packed_bits(syntax: str, bits: int, signed: int) -> Injected:
    """Pack pixels of fewer bits, signed and unsigned."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    intercept = 0 if signed else -1024
    for one in slices:
        values = pixels(one) - intercept
        store(
            one,
            values,
            dtype="<i2" if signed else "<u2",
            BitsStored=bits,
            HighBit=bits - 1,
            PixelRepresentation=signed,
            RescaleIntercept=intercept,
        )
    return one_truth(encoding, named_files(slices, syntax=syntax))


_BROKEN_CHANGES: tuple[tuple[tuple[str, Any], ...], ...] = (
    (("RescaleSlope", 0),),
    (("RescaleSlope", -1),),
    (("RescaleSlope", "NaN"),),
    (("RescaleSlope", ""),),
    (("RescaleIntercept", "inf"),),
    (("RescaleIntercept", "1\\2"),),
    (("RescaleType", "OD"),),
    (("RescaleType", "Z_EFF"),),
    (("RescaleType", "MGML"),),
    (("PhotometricInterpretation", "RGB"), ("SamplesPerPixel", 3)),
    (("PhotometricInterpretation", "PALETTE COLOR"),),
    (("BitsAllocated", 32),),
    (("BitsAllocated", 1), ("BitsStored", 1), ("HighBit", 0)),
    (("BitsStored", 17),),
    (("BitsStored", 0), ("HighBit", 65535)),
    (("HighBit", 11),),
    (("BitsStored", 12),),
)
_ODD_SLOPES: tuple[tuple[tuple[str, Any], ...], ...] = (
    (("RescaleSlope", 2),),
    (("RescaleSlope", 1.0001),),
    (("RescaleIntercept", -1024),),
    (("RescaleIntercept", 1),),
    (("BitsStored", 12), ("HighBit", 11)),
    (("PixelRepresentation", 0),),
)

INJECTORS = (
    Injector(
        "stored",
        "H-09",
        [
            {"bits": bits, "signed": signed, "intercept": intercept, "slope": slope, "rubbish": rubbish}
            for bits, signed, intercept, slope, rubbish in (
                *((16, 0, i, 1, 0) for i in (-1024, -1000, -2048, -8192, -32768)),
                *((16, 1, i, 1, 0) for i in (0, -1024, 24, -8192, 1000)),
                *((12, 0, -1024, 1, r) for r in (0, 1)),
                *((12, 1, 400, 1, r) for r in (0, 1)),
                *((b, s, -1024, 1, 1) for b, s in ((13, 0), (13, 1), (14, 0), (15, 1))),
                *((16, s, -1000, slope, 0) for s, slope in itertools.product((0, 1), (0.5, 0.1, 0.25, 2, 1.7))),
                (12, 0, -1024, 0.9, 0),
                (16, 0, -1024, 0.0625, 0),
            )
        ],
        _stored,
    ),
    Injector("eight-bits", "H-09", [{"slope": slope, "intercept": -1000} for slope in (12, 13, 16)], _eight_bits),
    Injector(
        "padding",
        "H-09",
        [
            {"value": value, "signed": signed, "way": way}
            for (value, signed), way in itertools.product(
                ((-2000, 1), (-3024, 1), (-32768, 1), (0, 0), (65000, 0), (30000, 1)), ("value", "range", "as unsigned")
            )
            if (way != "as unsigned" or value < 0)
        ],
        _padded,
    ),
    Injector(
        "broken-storage",
        "H-09",
        [
            {"change": change, "which": which}
            for change, which in (
                *itertools.product(_BROKEN_CHANGES, ("one", "first", "all")),
                *itertools.product(_ODD_SLOPES, ("one", "first")),
            )
        ],
        _broken,
    ),
    Injector(
        "unneeded-tags",
        "H-09",
        [
            {"change": change}
            for change in (
                (("RescaleType", ""),),
                (("RescaleType", "US"),),
                (("PixelPaddingValue", -2000),),
                (("WindowWidth", "NaN"), ("WindowCenter", "")),
                (("WindowWidth", "0"), ("WindowCenter", "-1")),
                (("PhotometricInterpretation", "MONOCHROME1"),),
                (("LossyImageCompression", "00"),),
            )
        ],
        _unneeded,
    ),
    Injector("wrong-zero", "H-09", [{"offset": o} for o in (1024, 2000, -1024, -2000, 8192)], _wrong_zero),
    Injector(
        "transfer-syntaxes",
        "H-09",
        [
            {"syntax": syntax, "mixed": mixed}
            for syntax, mixed in itertools.product(
                (
                    dicom_bytes.EXPLICIT,
                    dicom_bytes.IMPLICIT,
                    dicom_bytes.BIG_ENDIAN,
                    dicom_bytes.DEFLATED,
                    *COMPRESSED,
                ),
                (False, True),
            )
        ],
        _syntax,
    ),
    Injector(
        "packed-bits",
        "H-09",
        [
            {"syntax": syntax, "bits": bits, "signed": signed}
            for syntax, bits, signed in itertools.product(COMPRESSED, (12, 13, 16), (0, 1))
        ],
        _packed_bits,
    ),
)
