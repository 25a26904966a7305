"""Does the Assess panel unfold a structure's figures, name both values, and lead to the place of each?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.heat_sink import HeatSink, TargetLoss
from planner.domain.identity import Sha256, StructureId, TargetId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.structure_figures import LevelVolume, StructureFigures
from planner.domain.uncertainty import BandRow, CaseOutcome, IceCase, IsothermSize, PredictionRange
from planner.services.shared import SharedRange
from planner.services.structure_commands import AddStructures
from planner.ui.panels.check_delegate import HEAD_PX, ROW_PX
from planner.ui.panels.structure_figures import FigureBlock, small_ml
from planner.ui.steps import WorkStep

LEFT = Qt.MouseButton.LeftButton
FIGURES = StructureFigures(
    StructureId("s1"),
    minimum_c=-12.0,
    minimum_at_lps_mm=(4.0, -20.0, 2.0),
    edge_mm=3.0,
    edge_at_lps_mm=(1.0, -27.0, 0.0),
    treatment_mm=5.5,
    treatment_at_lps_mm=(0.0, -24.0, 0.0),
    volumes=(LevelVolume(0.0, 0.52, 1.3), LevelVolume(-20.0, 0.0, 0.0)),
    histogram=((-14.0, 0.0), (-12.0, 0.1), (0.0, 1.3), (20.0, 7.5)),
    total_ml=40.0,
)
SINK = HeatSink(
    ("v",), "Test artery", 1.7, 1.94, (5.0, 5.0, 5.0), 0.86, 0.21, 0.072,
    (TargetLoss(TargetId("t1"), "Test nerve", 12.0, 0.4),),
)  # fmt: skip


@pytest.fixture
def judged(planned, case):
    """The small plan with its made-up verdicts and figures of its skin, in the step Assess."""
    prediction = case.prediction()
    prediction = replace(prediction, assessment=replace(prediction.assessment, structures=(FIGURES,)))
    session = planned.desk.session
    planned.prediction._kept[session.plan_hash] = prediction
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.go_to_step(WorkStep.ASSESS)
    return planned


def show_range(window, case, *rows):
    """Give the session the range of its prediction, with these rows of the band and one heat sink."""
    session = window.desk.session
    field = session.result.minimum_c
    outcomes = tuple(CaseOutcome(c, Sha256("0" * 64), (IsothermSize(0.0, 1.0, 10.0),)) for c in IceCase)
    found = PredictionRange(session.judged_hash, Sha256("0" * 64), 1.0, outcomes, (), (), (), heat_sinks=(SINK,))
    blobs = tuple(case.blobs.put(field) for _ in range(3))
    assert session.show_range(SharedRange(found, session.result.grid, blobs, 1.0, (), rows))


def row_of(table, subject_id):
    return next(n for n, check in enumerate(table.checks.checks) if check.subject_id == subject_id)


def click(table, row, y_px):
    box = table.visualRect(table.checks.index(row, 0))
    QTest.mouseClick(table.viewport(), LEFT, pos=QPoint(box.left() + 60, box.top() + y_px))


def test_a_click_on_the_head_unfolds_and_folds_and_the_table_takes_what_it_needs(judged):
    table = judged.plan.assess._table
    row, height = row_of(table, "s1"), table.height()
    assert table.checks.rows[row].can_unfold
    click(table, row, HEAD_PX // 2)
    last = max(n for n, check in enumerate(table.checks.checks) if check.subject_id == "s1")
    block = table.checks.rows[last].block
    assert block is not None
    assert table.height() == height + block.height_px
    assert table.rowHeight(last) == block.height_px + ROW_PX + (HEAD_PX if last == row else 0)
    click(table, row, HEAD_PX // 2)
    assert table.height() == height


def test_a_line_of_figures_leads_to_its_place_and_the_row_to_its_own(judged):
    table, view = judged.plan.assess._table, judged.desk.view
    row = row_of(table, "s1")
    table.unfold(row)
    last = max(n for n, check in enumerate(table.checks.checks) if check.subject_id == "s1")
    block, height = table.checks.rows[last].block, table.rowHeight(last)
    top = height - block.height_px
    click(table, last, top + 2 + 18 + 9)
    assert view.crosshair_lps_mm == pytest.approx((4.0, -20.0, 2.0))
    click(table, last, top + 2 + 2 * 18 + 9)
    assert view.crosshair_lps_mm == pytest.approx((1.0, -27.0, 0.0))
    click(table, row, HEAD_PX + ROW_PX // 2)
    assert view.crosshair_lps_mm == pytest.approx(table.checks.checks[row].worst_point_lps_mm)


def test_space_unfolds_the_selected_row_and_the_screen_reader_hears_the_figures(judged):
    table = judged.plan.assess._table
    row = row_of(table, "s1")
    table.selectRow(row)
    QTest.keyClick(table, Qt.Key.Key_Space)
    last = max(n for n, check in enumerate(table.checks.checks) if check.subject_id == "s1")
    spoken = table.checks.data(table.checks.index(last, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "Coldest −12 °C" in spoken
    assert "−20 °C isotherm 5.5 mm" in spoken


def test_both_values_are_told_once_the_band_is_there(judged, case):
    window = judged
    table = window.plan.assess._table
    row = row_of(table, "s1")
    quantity = table.checks.checks[row].quantity
    assert table.checks.rows[row].pessimistic_words == ""
    show_range(
        window,
        case,
        BandRow("s1", "Skin", quantity, "mm", -1.5, 3.0, 6.0),
        BandRow("s1", "Skin", "coldest", "°C", -31.0, -12.0, None),
    )
    assert table.checks.rows[row].pessimistic_words == "−1.5 mm"
    spoken = table.checks.data(table.checks.index(row, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "Pessimistic −1.5 mm" in spoken
    table.unfold(row)
    block = next(r.block for r in table.checks.rows if r.block is not None)
    lines = {line.name: line for line in block.lines()}
    assert (lines["Coldest"].nominal, lines["Coldest"].pessimistic) == ("−12 °C", "−31 °C")
    assert lines["−20 °C isotherm"].pessimistic == "—"


def test_heat_sinks_are_told_with_the_range_and_lead_to_where_the_edge_was(judged, case):
    section = judged.plan.assess._sinks
    assert section.isHidden()
    show_range(judged, case)
    assert not section.isHidden()
    button = next(
        b for b in section.findChildren(type(section._name(SINK))) if b.text() == "Test artery" and b.parent()
    )
    button.click()
    assert judged.desk.view.crosshair_lps_mm == pytest.approx((5.0, 5.0, 5.0))
    texts = " ".join(child.text() for child in section.findChildren(type(section._hint)))
    assert "Pulls back 0 °C by 1.9 mm, −20 °C by 0.9 mm; takes 0.21 mL of ice, 0.072 mL below −20 °C." in texts
    assert "Test nerve: 0.4 of 12.0 mm lost." in texts


def test_nothing_overlaps_in_the_narrow_panel_whatever_a_target_is_called(planned, case, app):
    name = "Left stellate (cervicothoracic) ganglion, at C7 to T1"
    prediction = case.prediction()
    told = prediction.assessment
    checks = tuple(replace(check, subject_name=name) for check in told.checks)
    prediction = replace(prediction, assessment=replace(told, structures=(FIGURES,), checks=checks))
    session = planned.desk.session
    planned.prediction._kept[session.plan_hash] = prediction
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.resize(1366, 768)
    planned.go_to_step(WorkStep.ASSESS)
    show_range(planned, case)
    for _ in range(4):
        app.processEvents()
    panel = planned.plan.assess
    assert panel._place_name.whole_text().startswith(name)
    for part in (panel._filled, panel._sinks, panel._place_words):
        assert part.height() >= part.heightForWidth(part.width())
    assert panel._sinks.y() >= panel._table.geometry().bottom()


def test_figures_of_another_place_of_the_probe_are_not_shown_while_it_moves():
    block = FigureBlock.of(FIGURES, {}, -20.0)
    waiting = block.waiting()
    assert waiting.height_px == block.height_px
    assert waiting.lines() == ()
    assert waiting.place_at(30.0) is None


@pytest.mark.parametrize(
    ("value_ml", "words"),
    [(0.0, "0.0 mL"), (0.0004, "< 0.001 mL"), (0.011, "0.011 mL"), (0.13, "0.13 mL"), (4.54, "4.5 mL")],
)
def test_small_volumes_keep_their_digits(value_ml, words):
    assert small_ml(value_ml) == words


def test_a_far_structure_is_looked_at_where_it_is_and_a_near_one_where_the_ice_ends(planned, case):
    session = planned.desk.session
    grid = session.volume.ref.grid
    mask = np.zeros(grid.shape_kji, bool)
    mask[14:17, 19:21, 45:48] = True
    nerve = Structure(
        StructureId("v"), "Vagus nerve", StructureKind.NERVE, case.blobs.put(mask), StructureOrigin.AUTOMATIC
    )
    session.apply(AddStructures((nerve,)), initiator="test")
    prediction = case.prediction()
    place, panel = (6.0, 0.0, 1.0), planned.plan.assess
    row = replace(
        next(c for c in prediction.assessment.checks if c.value is not None),
        subject_id="v", subject_name="Vagus nerve", quantity="0 °C edge", value=34.0, worst_point_lps_mm=place,
    )  # fmt: skip
    found = panel._place_to_see(row)
    centres = grid.to_lps([(i, j, k) for k, j, i in np.argwhere(mask)])
    gaps = np.linalg.norm(centres - np.array(place), axis=1)
    assert np.linalg.norm(np.array(found) - place) == pytest.approx(gaps.min())
    assert tuple(found) in {tuple(one) for one in centres}
    assert panel._place_to_see(replace(row, value=9.0)) is None
    assert panel._place_to_see(replace(row, quantity="coldest")) is None
