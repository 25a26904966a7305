"""Does a damaged file ever end the reader, hang it, or escape without a sentence? Read where a crash costs one file.

Each file is made from seed and number, so a failure can be made again (H-38). 100 000 by ``frostline bench gate``.
"""

from __future__ import annotations

import random

import pytest

from planner.bench.faults import mutants
from planner.bench.faults.fuzzing import base_files, damaged_file, fuzz_files
from planner.bench.faults.reading import values_digest
from planner.domain.errors import PlannerError

FILES, BATCHES = 1000, 2


@pytest.mark.parametrize("batch", range(BATCHES))
def test_H_38_damaged_files_are_refused_in_words_or_read(batch, tmp_path) -> None:
    """Headers and grey values of every file, in a child process of its own that may die of it."""
    readings = fuzz_files(FILES // BATCHES, seed=1 + batch, folder=tmp_path / "files")
    assert readings.faults == []
    assert readings.crashes == 0
    assert readings.files == FILES // BATCHES
    assert sum(readings.refused.values()) > readings.files / 3


def test_damage_is_made_again_from_its_seed() -> None:
    bases = base_files()
    assert [damaged_file(n, seed=5, bases=bases) for n in range(20)] == [
        damaged_file(n, seed=5, bases=bases) for n in range(20)
    ]


def test_every_kind_of_damage_changes_something() -> None:
    data = base_files()["1.2.840.10008.1.2.1"]
    rng = random.Random(3)
    kinds = {}
    for _ in range(600):
        damaged, kind = mutants.mutate(data, rng)
        kinds[kind] = kinds.get(kind, False) or damaged != data
    assert len(kinds) >= 18
    assert all(kinds.values())


def test_clean_files_read_the_same_every_time(tmp_path) -> None:
    for number, data in enumerate(base_files().values()):
        path = tmp_path / f"{number}"
        path.write_bytes(data)
        try:
            first = values_digest(path)
        except PlannerError as error:
            pytest.fail(f"base file {number}: {error}")
        assert values_digest(path) == first
