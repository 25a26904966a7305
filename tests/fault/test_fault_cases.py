"""Is every fault refused in words, or shown where its files say? A tenth of all cases; all by ``frostline bench gate``.

Cases are chosen by a fixed seed, an equal share of every injector. A failure prints the injector and its parameters.
"""

from __future__ import annotations

from collections import Counter

import pytest

from planner.bench.faults.case import judge
from planner.bench.faults.catalogue import INJECTORS, all_cases, some_cases

CASES = 200
SEED = 1
CHOSEN = some_cases(CASES, seed=SEED)
NAMES = [injector.name for injector in INJECTORS]


def _of(hazard: str) -> list[str]:
    return [injector.name for injector in INJECTORS if injector.hazard == hazard]


def _check(name: str, tmp_path) -> None:
    own = [case for case in CHOSEN if case.injector.name == name]
    assert own
    judged = [judge(case, tmp_path / str(number)) for number, case in enumerate(own)]
    assert not [str(one) for one in judged if not one.is_good]


def test_there_are_two_thousand_cases_of_distinct_names() -> None:
    cases = list(all_cases())
    assert len(cases) >= 2000
    assert len({case.words for case in cases}) == len(cases)
    assert not [name for name, count in Counter(NAMES).items() if count > 1]
    assert {injector.hazard for injector in INJECTORS} == {
        f"H-{number:02d}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)
    }


@pytest.mark.parametrize("name", _of("H-01"))
def test_H_01_missing_slices(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-02"))
def test_H_02_double_slices_and_phases(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-03"))
def test_H_03_tilt_and_kinks(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-04"))
def test_H_04_order_and_describing_tags(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-05"))
def test_H_05_uneven_spacing(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-06"))
def test_H_06_directions(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-07"))
def test_H_07_tags_and_objects(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-09"))
def test_H_09_grey_values(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-10"))
def test_H_10_distances(name, tmp_path) -> None:
    _check(name, tmp_path)


@pytest.mark.parametrize("name", _of("H-11"))
def test_H_11_people_and_scans(name, tmp_path) -> None:
    _check(name, tmp_path)
