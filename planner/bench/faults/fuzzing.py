"""Does damage ever crash the reader, or change a volume unseen? Many damaged files, and series with a few of them.

Every damaged file is made from the seed and its number alone, so each can be made again (H-38, H-39).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.faults import dicom_bytes, mutants
from planner.bench.faults.anatomy import deviation
from planner.bench.faults.case import load, scan, write_files
from planner.bench.faults.encoding import axial, images
from planner.bench.faults.packing import COMPRESSED
from planner.bench.faults.reading import Readings, read_folder, write_numbered
from planner.bench.faults.series import clean, multi_frame, named_files, slice_bytes
from planner.domain.errors import PlannerError
from planner.domain.series import SeriesVerdict, SliceFile

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain.volume import Volume

_PLAIN = (dicom_bytes.EXPLICIT, dicom_bytes.IMPLICIT, dicom_bytes.BIG_ENDIAN, dicom_bytes.DEFLATED)
_SLICES = 30
ALLOWED_MM, ALLOWED_HU = 0.1, 1.0


def base_files() -> dict[str, bytes]:
    """Return the clean files that are damaged: a slice in every transfer syntax, and enhanced multi-frame ones."""
    slices = clean(axial(slices=14, size_ij=(36, 33)))
    files = {syntax: slice_bytes(slices[6], syntax=syntax) for syntax in (*_PLAIN, *COMPRESSED)}
    files["frames"] = multi_frame(slices[:4])
    files["packed frames"] = multi_frame(slices[:4], syntax=dicom_bytes.JPEG_LS)
    return files


def damaged_file(number: int, *, seed: int, bases: dict[str, bytes]) -> tuple[bytes, str]:
    """Make the damaged file of a number; return it and which damage it has."""
    rng = random.Random(f"{seed}:{number}")
    name = rng.choice([dicom_bytes.EXPLICIT, *bases])
    data = bases[name]
    packed = name in COMPRESSED or name == "packed frames"
    kinds = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if packed and rng.random() < 0.6:
            data, kind = _stream_damage(data, rng)
        else:
            data, kind = mutants.mutate(data, rng)
        kinds.append(kind)
    return data, f"{name}: {', '.join(kinds)}"


def _stream_damage(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Damage the stream where it can still be found after damage before."""
    if mutants.pixels_at(data) + 16 >= len(data) or data.find(b"\xfe\xff\x00\xe0", mutants.pixels_at(data) + 8) < 0:
        return mutants.mutate(data, rng)
    return mutants.damage_stream(data, rng)


def fuzz_files(count: int, *, seed: int, folder: Path) -> Readings:
    """Read ``count`` damaged files in child processes; faults name seed, number and damage."""
    bases = base_files()
    folder.mkdir(parents=True, exist_ok=True)
    kinds = []
    for number in range(count):
        data, kind = damaged_file(number, seed=seed, bases=bases)
        write_numbered(folder, number, data)
        kinds.append(kind)
    readings = read_folder(folder)
    readings.faults = [f"seed {seed}, {fault} ({kinds[int(fault[:6])]})" for fault in readings.faults]
    return readings


@dataclass
class SeriesFuzz:
    """What came of series with damaged slices: refused by code, accepted unchanged, and what must not have happened."""

    series: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class SeriesMutator:
    """A clean series on disk, of which a few slices at a time are damaged and loaded.

    Parameters
    ----------
    folder
        An empty folder.
    syntax
        How its slices are packed. Streams are only shortened here: a changed bit in one is another picture, and nothing
        in the file can prove it wrong.
    """

    def __init__(self, folder: Path, *, syntax: str) -> None:
        size = (36, 33) if syntax in COMPRESSED else (22, 19)
        self._encoding = axial(slices=_SLICES, size_ij=size)
        self._files = named_files(clean(self._encoding), syntax=syntax)
        self._paths = write_files(self._files, folder)
        self._folder = folder
        self._packed = syntax in COMPRESSED

    def run(self, number: int, *, seed: int, found: SeriesFuzz) -> None:
        """Damage one to five slices, load the series past the list and every usable volume from it."""
        rng = random.Random(f"{seed}:{number}")
        hit = rng.sample(self._paths, rng.choice([1, 1, 1, 1, 2, 3, 5]))
        kinds = []
        for path in hit:
            data, kind = self._damaged(path, rng)
            path.write_bytes(data)
            kinds.append(kind)
        try:
            self._try(f"seed {seed}, series {number} ({', '.join(kinds)})", found, by_list=number % 5 == 0)
        finally:
            for path in hit:
                path.write_bytes(self._files[path.name])
        found.series += 1

    def _damaged(self, path: Path, rng: random.Random) -> tuple[bytes, str]:
        clean_bytes = self._files[path.name]
        if self._packed and rng.random() < 0.4:
            return mutants.shorten_stream(clean_bytes, rng)
        return mutants.mutate(clean_bytes, rng)

    def _try(self, said: str, found: SeriesFuzz, *, by_list: bool) -> None:
        wanted = [[SliceFile(str(path)) for path in self._paths]]
        if by_list:
            listed = scan(self._folder).series
            wanted += [list(part.slices) for part in listed if part.verdict is not SeriesVerdict.NOT_USABLE]
        for slices in wanted:
            try:
                volume = load(slices)
            except PlannerError as error:
                found.refused[error.code] += 1
                continue
            except Exception as error:  # noqa: BLE001 - it is what this looks for
                found.faults.append(f"{said}: {type(error).__name__}: {error}")
                continue
            wrong = self._what_is_wrong(volume)
            if wrong:
                found.faults.append(f"{said}: {wrong}")
            else:
                found.accepted += 1

    def _what_is_wrong(self, volume: Volume) -> str:
        """Compare with the anatomy in mm, and voxel by voxel with the undamaged slices in HU."""
        off = deviation(volume, self._encoding.anatomy)
        hu = self._worst_hu(volume)
        if off.landmark_mm <= ALLOWED_MM and hu <= ALLOWED_HU and not off.padded:
            return ""
        return f"accepted with landmarks {off.landmark_mm:.2f} mm, HU {hu:.1f} off, {off.padded} voxels padded"

    def _worst_hu(self, volume: Volume) -> float:
        """Return the largest difference from the undamaged slices, wherever along the stack they match best."""
        clean_hu = np.array(images(self._encoding), np.float64)
        count = volume.hu.shape[0]
        if volume.hu.shape[1:] != clean_hu.shape[1:] or count > len(clean_hu):
            return float("inf")
        starts = range(len(clean_hu) - count + 1)
        return min(float(np.abs(volume.hu - clean_hu[first : first + count]).max()) for first in starts)


def fuzz_series(count: int, *, seed: int, folder: Path) -> SeriesFuzz:
    """Load ``count`` series with damaged slices, most of them explicit little endian."""
    found = SeriesFuzz()
    shares = {dicom_bytes.EXPLICIT: 0.7, dicom_bytes.IMPLICIT: 0.14, **dict.fromkeys(COMPRESSED, 0.04)}
    edges = np.rint(np.cumsum([0.0, *shares.values()]) * count).astype(int)
    for syntax, first, last in zip(shares, edges[:-1], edges[1:], strict=True):
        mutator = SeriesMutator(folder / syntax, syntax=syntax)
        for number in range(first, last):
            mutator.run(int(number), seed=seed, found=found)
    return found
