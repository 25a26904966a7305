"""Is the solver right? Every case: the expected figure, ours, the tolerance and the verdict, computed here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.bench import closed_cases, experiments, thermocouples, transient_cases
from planner.bench.case_facts import CaseFacts, all_cases, case_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.bench.verdicts import Figure

RUNS: dict[str, Callable[[CaseFacts], list[Figure]]] = {
    "AN-01": closed_cases.an_01,
    "AN-02": closed_cases.an_02,
    "AN-03": closed_cases.an_03,
    "AN-04": closed_cases.an_04,
    "AN-05": closed_cases.an_05,
    "AN-06": closed_cases.an_05,
    "AN-07": closed_cases.an_07,
    "AN-08": transient_cases.an_08,
    "AN-08s": transient_cases.an_08s,
    "AN-08m": transient_cases.an_08,
    "AN-08k": transient_cases.an_08k,
    "AN-09": closed_cases.an_09,
    "AN-10": closed_cases.an_10,
    "AN-11": closed_cases.an_11,
    "EX-01": thermocouples.ex_01,
    "EX-02": thermocouples.ex_02,
    "EX-02c": thermocouples.ex_02c,
    "EX-03": experiments.ex_03,
    "EX-05": experiments.ex_05,
    "EX-06": experiments.ex_06,
    "EX-07": experiments.ex_07,
    "EX-08": experiments.ex_08,
    "EX-09": experiments.ex_09,
    "EX-12": experiments.ex_12,
    "EX-13": experiments.ex_13,
    "BM-01": thermocouples.bm_01,
}


def run_validation(case_id: str = "") -> Iterator[tuple[CaseFacts, list[Figure]]]:
    """Yield each case, or the one named, with its figures; raise ResourceInvalid for an unknown id."""
    import numba

    # Most cases are one plane of cells: a second thread would be woken thousands of times for nothing.
    numba.set_num_threads(1)
    wanted = [case_facts(case_id)] if case_id else list(all_cases().values())
    for facts in wanted:
        yield facts, RUNS[facts.case_id](facts)
