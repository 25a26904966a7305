"""Does a damaged file ever crash the reader, or change the volume unseen? Seeded mutants (H-38, H-39).

Seeds are in every message, so an escape can be replayed. Damage is done ahead of the pixel values: a flipped bit inside
uncompressed pixels is another grey value, which nothing in the file can prove wrong.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from planner.domain.errors import PlannerError
from planner.domain.progress import silent
from planner.imaging.headers import read_header
from planner.imaging.scan import scan_folder
from planner.imaging.unpack import stored_values

FILES_PER_BATCH = 150
SERIES_PER_BATCH = 60


def _mutate(data: bytes, rng: random.Random, *, end: int) -> bytes:
    """Flip bits, overwrite, cut out, insert, duplicate or truncate between byte 128 and ``end``."""
    work = bytearray(data)
    at = rng.randrange(128, end)
    kind = rng.choice(["bit", "bit", "byte", "cut", "insert", "length", "copy", "truncate", "digits"])
    if kind == "bit":
        work[at] ^= 1 << rng.randrange(8)
    elif kind == "byte":
        work[at] = rng.randrange(256)
    elif kind == "cut":
        del work[at : at + rng.randrange(1, 9)]
    elif kind == "insert":
        work[at:at] = rng.randbytes(rng.randrange(1, 9))
    elif kind == "length":
        work[at : at + 2] = rng.choice([b"\xff\xff", b"\0\0", b"\x01\x00", b"\xfe\xff"])
    elif kind == "copy":
        start = rng.randrange(128, end)
        work[at:at] = work[start : start + rng.randrange(1, 40)]
    elif kind == "digits":
        places = [p for p in range(128, end) if chr(work[p]).isdigit()]
        work[rng.choice(places)] = ord(str(rng.randrange(10)))
    else:
        del work[rng.randrange(128, len(work)) :]
    return bytes(work)


def _header_end(data: bytes) -> int:
    """Return where the pixel values begin: after the element header of (7FE0,0010)."""
    return data.index(b"\xe0\x7f\x10\x00") + 12


@pytest.mark.parametrize("seed", range(4))
def test_H_38_mutated_files_raise_nothing_but_refusals(seed, clean_slices, write) -> None:
    series = write(clean_slices()[:1])
    path = series.files[0]
    clean = path.read_bytes()
    rng = random.Random(seed)
    for number in range(FILES_PER_BATCH):
        path.write_bytes(_mutate(clean, rng, end=_header_end(clean)))
        try:
            stored_values(read_header(path))
        except PlannerError as error:
            refusal = error
        else:
            continue
        assert refusal.where == path.name, f"seed {seed}, mutant {number}"
        assert refusal.sentence.endswith("."), f"seed {seed}, mutant {number}"


@pytest.mark.parametrize("seed", range(3))
def test_H_38_folders_of_mutants_are_listed_completely(seed, clean_slices, write) -> None:
    series = write(clean_slices())
    rng = random.Random(100 + seed)
    clean = [path.read_bytes() for path in series.files]
    for _ in range(15):
        for path, data in zip(series.files, clean, strict=True):
            path.write_bytes(_mutate(data, rng, end=_header_end(data)))
        report = scan_folder(series.folder, progress=silent)
        assert len(report.rejected) + sum(len(part.slices) for part in report.series) == len(series.files)


@pytest.mark.parametrize("seed", range(4))
def test_H_39_one_damaged_slice_is_refused_or_harmless(seed, clean_slices, write) -> None:
    series = write(clean_slices())
    truth, _ = series.load()
    rng = random.Random(200 + seed)
    refused = 0
    for number in range(SERIES_PER_BATCH):
        path = rng.choice(series.files)
        clean = path.read_bytes()
        path.write_bytes(_mutate(clean, rng, end=_header_end(clean)))
        try:
            volume, _ = series.load()
        except PlannerError:
            refused += 1
        else:
            said = f"seed {seed}, mutant {number}"
            moved_mm = np.abs(volume.grid.corners_lps_mm() - truth.grid.corners_lps_mm()).max()
            assert volume.hu.shape == truth.hu.shape, said
            assert moved_mm <= 0.1, said
            assert np.abs(volume.hu.astype(int) - truth.hu).max() <= 1, said
        finally:
            path.write_bytes(clean)
    assert refused > SERIES_PER_BATCH / 4
