"""Do the figures of a hand become the right rows? Percentiles, rates and goals worked out by hand."""

from __future__ import annotations

import pytest

from planner.bench.hand import HandFigures, ReleaseFigures, hand_rows


def _figures(probes=1):
    return HandFigures(
        probes=probes,
        held_s=4.0,
        computed_s=tuple(0.001 * n for n in range(1, 101)),
        drawn_s=tuple(0.050 for _ in range(80)),
        spaces=40,
        steps=240,
        longest_block_s=0.25,
        usual_block_s=0.02,
        first_s=0.3,
        cpu_s=3.0,
    )


def test_a_drag_becomes_milliseconds_rates_and_shares():
    rows = {row.name: row for row in hand_rows("neck", [_figures()], [])}
    assert rows["compute, p50"].value == pytest.approx(50.5)
    assert rows["compute, p95"].value == pytest.approx(95.05)
    assert rows["compute, p95"].verdict.startswith("no")
    assert rows["compute + render, p50"].value == pytest.approx(50.0)
    assert rows["new ice drawn in slices"].value == pytest.approx(20.0)
    assert rows["new ice drawn in slices"].verdict.startswith("yes")
    assert rows["new ice drawn in 3-D"].value == pytest.approx(10.0)
    assert rows["new ice drawn in 3-D"].verdict.startswith("no")
    assert rows["longest block of the window"].value == pytest.approx(250.0)
    assert rows["first ice of the drag"].value == pytest.approx(300.0)
    assert rows["window's processor time"].value == pytest.approx(75.0)


def test_each_number_of_probes_has_its_section_and_releases_their_own():
    releases = [
        ReleaseFigures(1, "single freeze", "Nerve, 8 min", (0.4, 0.6, 0.5)),
        ReleaseFigures(1, "two freezes", "10–8–10 min", (0.9, 1.3, 1.2)),
    ]
    rows = hand_rows("neck", [_figures(1), _figures(4)], releases)
    assert len({row.section for row in rows}) == 3
    single, double = rows[-2:]
    assert single.value == pytest.approx(0.5)
    assert single.verdict.startswith("yes")
    assert double.value == pytest.approx(1.2)
    assert double.verdict.startswith("no")
    assert "slowest 1.30 s" in double.note
