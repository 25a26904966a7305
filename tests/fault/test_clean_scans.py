"""Is every good scan accepted? Real public series, and the phantom as scanners and archives really write it.

A gate that refuses good scans gets bypassed: 0 false refusals.
"""

from __future__ import annotations

import pytest

from planner.bench.faults.case import judge, scan
from planner.bench.faults.catalogue import all_cases
from planner.bench.gate import CLEAN_SCANS
from planner.domain.series import SeriesVerdict

CLEAN_INJECTORS = ("clean-oddities", "unneeded-tags", "transfer-syntaxes", "multi-frame")


@pytest.mark.real_data
@pytest.mark.parametrize("name", CLEAN_SCANS)
def test_H_01_real_scans_are_not_refused(name, shared_data) -> None:
    images = [one for one in scan(shared_data / name).series if one.modality == "CT"]
    assert images
    assert [one.sentence for one in images if one.verdict is SeriesVerdict.NOT_USABLE] == []


@pytest.mark.parametrize("name", CLEAN_INJECTORS)
def test_H_09_what_scanners_write_is_accepted_exactly(name, tmp_path) -> None:
    cases = [case for case in all_cases() if case.injector.name == name]
    cases = cases[:: 3 if len(cases) > 20 else 1]
    judged = [judge(case, tmp_path / str(number)) for number, case in enumerate(cases)]
    assert not [str(one) for one in judged if not one.is_good]
