"""Injectors for slices that are missing, double, or in the wrong order or place (H-01, H-02, H-04, H-05)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.faults.case import Injected, Injector, Truth
from planner.bench.faults.encoding import axial
from planner.bench.faults.series import clean, named_files, uid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.bench.faults.encoding import Encoding
    from planner.bench.faults.series import Slice

GAP = frozenset({"missing-slices", "uneven-spacing"})
DOUBLE = frozenset({"duplicate-positions", "interleaved"})
UNEVEN = frozenset({"uneven-spacing", "missing-slices", "grid-misfit"})
_SLICES = 14
_TOLERANCE_MM, _SURE_MM = 0.1, 0.01


def one_truth(encoding: Encoding, files: dict[str, bytes], **expected: Any) -> Injected:  # noqa: ANN401 - fields of Injected
    """Return files that hold one volume at most."""
    return Injected(files, (Truth(encoding.anatomy, frozenset(files)),), **expected)


def _without(gone: Sequence[int], *, slices: int = _SLICES, step_mm: float = 2.0) -> Injected:
    encoding = axial(slices=slices, step_mm=step_mm)
    kept = [one for one in clean(encoding) if one["_k"] not in gone]
    return one_truth(encoding, named_files(kept, order=len(gone)), refusals=GAP)


def _missing_run(first: int, count: int, slices: int) -> Injected:
    return _without(range(first, first + count), slices=slices)


def _missing_ends(head: int, feet: int) -> Injected:
    encoding = axial(slices=_SLICES)
    return one_truth(encoding, named_files(clean(encoding)[feet : _SLICES - head]))


def _random_subset(seed: int) -> Injected:
    """Keep a random choice: a gap is refused; every n-th slice is a coarser volume, and says so by its spacing."""
    rng = np.random.default_rng(seed)
    slices = int(rng.integers(8, 15))
    encoding = axial(slices=slices)
    kept = np.sort(rng.choice(slices, size=int(rng.integers(1, slices + 1)), replace=False))
    files = named_files([clean(encoding)[k] for k in kept], order=seed)
    steps = set(np.diff(kept).tolist())
    if len(kept) < 3:
        return one_truth(encoding, files, refusals=frozenset({"too-few-slices"}), acceptable=False)
    if len(steps) > 1:
        return one_truth(encoding, files, refusals=GAP, acceptable=False)
    spacing_mm = 2.0 * steps.pop()
    if spacing_mm > 5:
        return one_truth(encoding, files, refusals=frozenset({"spacing-too-thick"}), acceptable=False)
    return one_truth(encoding, files, asks=frozenset({"spacing-thick"} if spacing_mm > 3 else ()))


def _duplicates(which: Sequence[int], own_uid: bool) -> Injected:  # noqa: FBT001 - a parameter of the case
    encoding = axial(slices=_SLICES)
    slices = clean(encoding)
    copies = [{**slices[k], **({"SOPInstanceUID": uid(6, k)} if own_uid else {})} for k in which]
    return one_truth(encoding, named_files(slices + copies), refusals=DOUBLE)


def _almost_double(at: int, off_mm: float) -> Injected:
    """Add a slice very near another: neither a copy nor a regular neighbour."""
    encoding = axial(slices=_SLICES)
    slices = clean(encoding)
    position = np.add(encoding.position_lps_mm(at), (0, 0, off_mm))
    slices.append(_at(encoding, position, k=at) | {"SOPInstanceUID": uid(6, at), "InstanceNumber": _SLICES + 1})
    return one_truth(encoding, named_files(slices), refusals=DOUBLE | UNEVEN)


_PHASES: dict[str, tuple[Any, Any]] = {
    "AcquisitionNumber": (1, 2),
    "AcquisitionTime": ("101500", "101545"),
    "ImageType": ("ORIGINAL\\PRIMARY\\AXIAL", "DERIVED\\SECONDARY\\AXIAL"),
    "ConvolutionKernel": ("B30f", "B70f"),
    "TemporalPositionIdentifier": (1, 2),
    "ContrastBolusAgent": ("", "Iodine"),
    "SeriesDescription": ("Arterial", "Venous"),
    "": (0, 0),
}


def _phases(tag: str, shift: float, second: int) -> Injected:
    """Mix two phases of one scan in a series; ``shift`` is how far the second lies from the first, in slices.

    ``second`` is how many slices the second phase has. Phases that no tag tells apart can only be refused.
    """
    encoding = axial(slices=_SLICES)
    bright = replace(encoding, anatomy=replace(encoding.anatomy, gain=1.4))
    first = clean(encoding)
    later = [
        _at(bright, np.add(bright.position_lps_mm(k), (0, 0, 2.0 * shift)), k=k)
        | {"SOPInstanceUID": uid(6, k), "InstanceNumber": _SLICES + k + 1}
        for k in range(second)
    ]
    if tag:
        for part, value in zip((first, later), _PHASES[tag], strict=True):
            for one in part:
                one[tag] = value
    files = named_files(first + later, order=second)
    by_uid = {name: uid(6, 0)[:-1] in data.decode("latin-1") for name, data in files.items()}
    truths = (
        Truth(encoding.anatomy, frozenset(name for name, is_later in by_uid.items() if not is_later)),
        Truth(bright.anatomy, frozenset(name for name, is_later in by_uid.items() if is_later)),
    )
    return Injected(files, truths, refusals=DOUBLE | UNEVEN | {"too-few-slices"})


def _names_shuffled(seed: int) -> Injected:
    encoding = axial(slices=_SLICES)
    return one_truth(encoding, named_files(clean(encoding), order=seed))


def _false_tags(spacing_tag: str, number: str, thickness: float) -> Injected:
    """State nonsense wherever a tag only describes the geometry."""
    encoding = axial(slices=_SLICES)
    slices = clean(encoding)
    rng = np.random.default_rng(len(spacing_tag) + int(10 * thickness))
    numbers = {
        "reversed": [_SLICES - k for k in range(_SLICES)],
        "random": rng.integers(1, 500, _SLICES).tolist(),
        "constant": [7] * _SLICES,
        "huge": [2**31 - 1 - k for k in range(_SLICES)],
        "missing": [""] * _SLICES,
    }[number]
    for one, value in zip(slices, numbers, strict=True):
        one["InstanceNumber"] = value
        if spacing_tag:
            one["SpacingBetweenSlices"] = spacing_tag
        one["SliceThickness"] = thickness
        one["SliceLocation"] = float(rng.integers(-500, 500))
    return one_truth(encoding, named_files(slices))


def _spacing_change(new_mm: float, at: int) -> Injected:
    heights = np.array([2.0 * k + max(0, k - at) * (new_mm - 2.0) for k in range(_SLICES)])
    return _at_heights(heights)


def _jitter(amplitude_mm: float, seed: int) -> Injected:
    rng = np.random.default_rng(seed)
    return _at_heights(2.0 * np.arange(_SLICES) + rng.uniform(-amplitude_mm, amplitude_mm, _SLICES))


def _creep(growth_mm: float, sign: int) -> Injected:
    """Let every step be a little wider (or narrower) than the one before."""
    k = np.arange(_SLICES)
    return _at_heights(2.0 * k + sign * growth_mm * k * (k - 1) / 2)


def _at_heights(heights_mm: NDArray[np.float64]) -> Injected:
    """Put slices at given heights: accepted up to 0.1 mm from regular over the whole stack, else refused."""
    encoding = axial(slices=len(heights_mm))
    origin = np.asarray(encoding.first_lps_mm)
    heights = np.round(heights_mm, 5)
    slices = [_at(encoding, np.add(origin, (0, 0, height)), k=k) for k, height in enumerate(heights)]
    count = np.arange(len(heights))
    off_mm = float(np.ptp(heights - np.polyval(np.polyfit(count, heights, 1), count)))
    files = named_files(slices)
    if off_mm > _TOLERANCE_MM + _SURE_MM:
        return one_truth(encoding, files, refusals=UNEVEN, acceptable=False)
    unsure = UNEVEN if off_mm > _TOLERANCE_MM - _SURE_MM else frozenset[str]()
    return one_truth(encoding, files, refusals=unsure, landmark_mm=_TOLERANCE_MM, hu=float("inf"))


def _at(encoding: Encoding, position: NDArray[np.float64], *, k: int) -> Slice:
    """Return slice ``k`` as it would have been imaged at another position."""
    one = clean(encoding)[k]
    one["ImagePositionPatient"] = [float(v) for v in position]
    one["PixelData"] = encoding.image(position).astype("<i2").tobytes()
    return one


def _grid(**axes: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


INJECTORS = (
    Injector(
        "missing-one",
        "H-01",
        [
            {"gone": (k,), "slices": slices, "step_mm": step}
            for slices in (14, 20)
            for step in (1.0, 2.0)
            for k in range(1, slices - 1)
        ],
        _without,
    ),
    Injector(
        "missing-run",
        "H-01",
        [
            {"first": first, "count": count, "slices": slices}
            for count, slices in ((2, 14), (3, 14), (3, 30), (5, 14), (8, 24), (16, 24), (16, 40))
            for first in range(1, slices - count, max(1, (slices - count) // 8))
        ],
        _missing_run,
    ),
    Injector("missing-ends", "H-01", _grid(head=range(5), feet=range(5)), _missing_ends),
    Injector("random-subset", "H-01", _grid(seed=range(500)), _random_subset),
    Injector(
        "duplicates",
        "H-02",
        _grid(
            which=[(k,) for k in range(0, 14, 2)] + [tuple(range(n)) for n in range(2, 15, 2)] + [(3, 3), (0, 13)],
            own_uid=(False, True),
        ),
        _duplicates,
    ),
    Injector(
        "almost-double", "H-02", _grid(at=(0, 5, 9), off_mm=(0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5)), _almost_double
    ),
    Injector(
        "phases",
        "H-02",
        [
            parameters
            for parameters in _grid(tag=tuple(_PHASES), shift=(0.0, 0.5, 0.25, 3.0, 7.0, 7.5), second=(3, 14))
            # Without a tag, slices that interleave regularly or lie beyond one another carry no trace of the mixture.
            if parameters["tag"] or parameters["shift"] in (0.0, 0.25, 3.0)
        ],
        _phases,
    ),
    Injector("names-shuffled", "H-04", _grid(seed=range(100, 130)), _names_shuffled),
    Injector(
        "false-tags",
        "H-04",
        _grid(
            spacing_tag=("", "-2", "0", "99", "2"),
            number=("reversed", "random", "constant", "huge", "missing"),
            thickness=(0.5, 5.0),
        ),
        _false_tags,
    ),
    Injector(
        "spacing-change", "H-05", _grid(new_mm=(4.0, 3.0, 2.5, 2.1, 2.02, 1.9, 1.0), at=(1, 4, 6, 9)), _spacing_change
    ),
    Injector("jitter", "H-05", _grid(amplitude_mm=(0.02, 0.05, 0.052, 0.058, 0.07, 0.5), seed=range(10)), _jitter),
    Injector("creep", "H-05", _grid(growth_mm=(0.0005, 0.002, 0.004, 0.005, 0.006, 0.01, 0.05), sign=(1, -1)), _creep),
)
