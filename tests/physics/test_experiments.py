"""Does the solver agree with what was measured, where the set-up is known, and keep the order where it is not?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.case_facts import all_cases, case_facts
from planner.bench.experiments import ex_03, ex_05, ex_09, ex_12
from planner.bench.thermocouples import bm_01, ex_01
from planner.bench.validate import RUNS, run_validation
from planner.bench.verdicts import MET, NOT_MET, compare, ordered, summary, table_lines
from planner.domain.errors import ResourceInvalid


def test_thermocouples_in_gel_round_a_short_tip():
    figures = ex_01(case_facts("EX-01"))
    assert figures[0].tolerance == 3.0
    assert figures[0].verdict == MET, figures[0]
    assert bm_01(case_facts("BM-01"))[0].verdict == MET


def test_two_probes_from_one():
    rows = {figure.quantity: figure for figure in ex_03(case_facts("EX-03"))}
    assert rows["two probes, −30 °C width"].verdict == MET
    assert rows["1.7 mm probe, −30 °C width against 2.4 mm"].verdict == MET


@pytest.mark.parametrize(("case", "run"), [("EX-05", ex_05), ("EX-09", ex_09), ("EX-12", ex_12)])
def test_zones_fat_and_pressure(case, run):
    assert [figure for figure in run(case_facts(case)) if figure.verdict == NOT_MET] == []


def test_every_case_of_the_table_has_a_run_and_its_source():
    assert set(RUNS) == set(all_cases())
    assert all(facts.source for facts in all_cases().values())


def test_an_unknown_case_is_refused_in_a_sentence():
    with pytest.raises(ResourceInvalid, match="There is no case “AN-99”"):
        next(run_validation("AN-99"))


def test_verdicts_and_table():
    facts = case_facts("AN-10")
    near = compare(facts, "near", expected=1.0, got=1.05, unit="mm", tolerance=0.1)
    far = compare(facts, "far", expected=1.0, got=-1.2, unit="mm", tolerance=0.1, note="why")
    order = ordered(facts, "order", expected="grows", got="1 < 2", holds=True)
    assert [figure.verdict for figure in (near, far, order)] == [MET, NOT_MET, MET]
    lines = table_lines([near, far, order])
    assert "−1.200 mm" in lines[2]
    assert lines[2].endswith("NOT MET: why")
    assert summary([near, far, order]) == "2 met, 1 not met, 0 for information; not met in AN-10."
    assert np.unique([line.index("MET") - 4 * ("NOT MET" in line) for line in lines[1:]]).size == 1
