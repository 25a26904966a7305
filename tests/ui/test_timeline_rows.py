"""Real mouse drags on phase ends: each schedule its row, one drag one step, the end stays under the hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from planner.domain.identity import ProbeId
from planner.domain.protocol import Phase, PhaseKind
from planner.services.probe_commands import AddProbe
from planner.services.protocol_commands import OwnSchedule, SetPhases
from planner.ui.widgets.timeline_axes import FLAG_PX, FOOT_PX, axes_for, lowest_px

FREEZE, THAW = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW
P2 = ProbeId("p2")


@pytest.fixture
def two(planned):
    """The small plan with a second probe: P1 freezes 120 s and thaws 60 s; P2 waits 30 s and holds 90 s at 60 %."""
    desk = planned.desk
    first = desk.session.plan.probes[0]
    second = replace(first, id=P2, label="P2", entry_lps_mm=(9.0, -30.0, 0.0), tip_lps_mm=(9.0, 0.0, 0.0))
    assert desk.apply(AddProbe(second))
    assert desk.apply(OwnSchedule(P2, "P2"))
    assert desk.apply(SetPhases((P2,), (Phase(THAW, 30.0), Phase(FREEZE, 90.0, 0.6)), "change phase 1 of P2"))
    return planned


def at(plot, time_s, row):
    """Return the pixel of a time in a row, from the widget's size alone: 76 px for names, 224 + 16 for values."""
    left, right = (76 if row is not None else 44), plot.width() - 224 - 16
    total_s = plot._protocol.total_s
    row_px = plot._axes().row_px
    return QPoint(round(left + (right - left) * time_s / total_s), round(FLAG_PX + (row or 0) * row_px + row_px / 2))


def drag(plot, start, ends):
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    for end in ends:
        QTest.mouseMove(plot, end)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=ends[-1])


def durations(planned, probe_id=None):
    protocol = planned.desk.session.plan.protocol
    return [p.duration_s for p in (protocol.phases if probe_id is None else protocol.phases_of(probe_id))]


def test_each_distinct_schedule_is_a_row_with_its_probes(two):
    plot = two.plan.timeline.plot
    assert [row.label for row in plot._rows] == ["P1", "P2"]
    assert plot.tip_at(QPointF(at(plot, 60.0, 1))) == "P2: Hold 60 %, 1:30 min, from 0:30 to 2:00"
    assert plot.tip_at(QPointF(at(plot, 150.0, 1))) == "P2: no gas any more"
    assert plot.tip_at(QPointF(at(plot, 150.0, 0))) == "P1: Passive thaw, 1:00 min, from 2:00 to 3:00"


def test_dragging_an_end_in_the_row_of_one_probe_changes_that_probe_alone_in_one_step(two):
    plot, session = two.plan.timeline.plot, two.desk.session
    before, said = session.plan, []
    two.desk.said.connect(said.append)
    drag(plot, at(plot, 120.0, 1), [at(plot, t, 1) for t in (115, 108, 101, 95)])
    assert "Phase 2: 1:05 min, in steps of 5 s. Type other seconds in Freeze." in said
    assert durations(two, P2) == [30.0, 65.0]
    assert durations(two) == [120.0, 60.0]
    assert session.plan.protocol.phases_of(P2)[1].duty == 0.6
    assert session.undo_label == "change phase 2 of P2"
    session.undo()
    assert session.plan == before


def test_dragging_the_last_end_beyond_the_scale_lengthens_it_under_the_hand(two):
    plot = two.plan.timeline.plot
    # 240 s lie a third of the 180 s scale beyond its end: over the values, where the hand still holds.
    drag(plot, at(plot, 180.0, 0), [at(plot, t, 0) for t in (185, 195, 200)])
    assert durations(two) == [120.0, 80.0]
    assert two.desk.session.plan.protocol.total_s == 200.0
    # The scale fits again: the end is where 200 s are now.
    assert plot._axes().x(200.0) == pytest.approx(plot.width() - 240, abs=0.5)


def test_an_end_is_dragged_no_nearer_than_five_seconds_to_the_one_before(two):
    plot = two.plan.timeline.plot
    drag(plot, at(plot, 120.0, 0), [at(plot, 40.0, 0), QPoint(2, at(plot, 0, 0).y())])
    assert durations(two) == [5.0, 60.0]


def test_schedules_that_become_equal_share_a_row_and_are_dragged_together(two):
    plot = two.plan.timeline.plot
    assert two.desk.apply(SetPhases((P2,), two.desk.session.plan.protocol.phases, "x"))
    (row,) = plot._rows
    assert (row.label, row.whose) == ("", (None, P2))
    start, end = at(plot, 120.0, None), at(plot, 100.0, None)
    drag(plot, start, [end])
    assert durations(two) == durations(two, P2) == [100.0, 60.0]


def test_passing_through_another_schedule_while_dragging_takes_no_one_along(two):
    """P2's phases become P1's for a moment: P1 stays as it was."""
    plot = two.plan.timeline.plot
    two.desk.apply(SetPhases((P2,), (Phase(FREEZE, 120.0), Phase(THAW, 90.0)), "x"))
    total = 210.0
    assert two.desk.session.plan.protocol.total_s == total
    drag(plot, at(plot, 210.0, 1), [at(plot, t, 1) for t in (195, 180, 165)])
    assert durations(two, P2) == [120.0, 45.0]
    assert durations(two) == [120.0, 60.0]


def test_a_click_beside_the_ends_moves_the_slider_and_edits_nothing(two):
    plot, session = two.plan.timeline.plot, two.desk.session
    before = session.plan
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(plot, 60.0, 1))
    assert two.desk.view.time_s == pytest.approx(60.0, abs=0.6)
    assert session.plan == before
    # A click on the values is no click on the time.
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 60, 60))
    assert two.desk.view.time_s == pytest.approx(60.0, abs=0.6)


def test_keys_go_from_phase_to_phase_and_the_value_says_what_runs(two):
    plot, view = two.plan.timeline.plot, two.desk.view
    view.set_time(0.0)
    for expected in (30.0, 120.0, 180.0, 180.0):
        QTest.keyClick(plot, Qt.Key.Key_PageDown)
        assert view.time_s == expected
    QTest.keyClick(plot, Qt.Key.Key_PageUp)
    QTest.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.time_s == 90.0
    assert plot.spoken_value() == "1:30 of 3:00 min, P1 Freeze, P2 Hold 60 %"


def test_values_at_the_slider_are_those_of_the_curves(two, case, qtbot):
    prediction = case.prediction()
    two.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    qtbot.waitUntil(lambda: not two.plan.timeline.is_waiting, timeout=20_000)
    two.desk.view.set_time(60.0)
    # The made-up prediction goes straight from 37 °C at 0 s to −80 + 8 · 0.866 = −73.07 °C at 120 s: −18 at 60 s.
    assert "Nerve coldest −18 °C" in two.plan.timeline.plot.spoken_value()


@pytest.mark.parametrize("rows", [1, 2, 4, 8])
def test_rows_and_curves_fit_the_low_timeline_and_never_overlap(rows):
    for height in (lowest_px(rows), 112, 226):
        if height < lowest_px(rows):
            continue
        axes = axes_for((900, height), rows=rows, total_s=600.0, low_c=-80.0)
        assert axes.row_px >= 15
        assert axes.row_top(rows) <= axes.top
        assert axes.row_top(rows) <= height - FOOT_PX
    assert axes_for((900, 226), rows=1, total_s=600.0, low_c=-80.0).height > 100


def test_folding_keeps_the_head_alone_and_ends_a_drag(two):
    timeline, plot = two.plan.timeline, two.plan.timeline.plot
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=at(plot, 120.0, 0))
    QTest.mouseMove(plot, at(plot, 110.0, 0))
    timeline.set_folded(folded=True)
    assert not two.desk.session.is_held
    assert not plot.isVisible()
    timeline.set_folded(folded=False)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at(plot, 110.0, 0))
    assert durations(two) == [110.0, 60.0]
