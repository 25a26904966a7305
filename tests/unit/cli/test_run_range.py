"""Does ``frostline run`` predict the range unless it is told not to, and hand on cells and paper as asked?"""

from __future__ import annotations

import argparse
from types import SimpleNamespace

import pytest

from planner.cli import run
from planner.cli.finer import PAPER_NAMES
from planner.report.pdf import PAPERS


@pytest.fixture
def parse():
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return lambda *words: parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "spacing_mm"),
    [(("job.json",), 1.0), (("job.json", "--no-range"), None), (("job.json", "--range", "2"), 2.0)],
)
def test_the_flag_says_whether_and_how_fine(parse, words, spacing_mm):
    assert parse(*words).range_spacing_mm == spacing_mm


def test_the_range_is_asked_for_with_that_cell_size(parse, monkeypatch, tmp_path):
    asked = {}

    class Ended(Exception):
        """Stops the command where it hands over."""

    def note(*_, **options):
        asked.update(options)
        raise Ended

    monkeypatch.setattr("planner.services.headless.run_job", note)
    monkeypatch.setattr("planner.services.jobfile.read_job", lambda _: SimpleNamespace(spacing_mm=2.0))
    with pytest.raises(Ended):
        run.run(parse("job.json", "--out", str(tmp_path), "--range", "0.5", "--paper", "letter"))
    assert asked["cells"].range_spacing_mm == 0.5
    assert asked["cells"].spacing_mm == 2.0
    assert asked["also"].paper == "letter"


def test_the_papers_offered_are_those_the_report_can_be_set_on():
    assert set(PAPER_NAMES) == set(PAPERS)
