"""What does the Assess panel say while a probe moves? The values of the preview in the rows there were, no verdict."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from planner.domain.errors import SimulationRefused
from planner.domain.geometry import isotropic_box
from planner.domain.identity import StructureId, TargetId
from planner.domain.preview import LiveCoverage, LiveMargin, LiveNumbers
from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind
from planner.services.tasks import Predict, PreviewedIce, PreviewIce
from planner.ui.panels.check_table import spoken_live
from planner.ui.steps import WorkStep

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def judged(planned, case, runner, qtbot):
    """The small plan with its made-up verdicts: skin FAIL at 3 mm, treated length PASS, a lung NOT ASSESSED."""
    qtbot.waitUntil(lambda: len(runner.requests(Predict)) == 1, timeout=2000)
    runner.requests(PreviewIce)[0].on_done(_preview(planned, runner.requests(PreviewIce)[0]))
    runner.requests(Predict)[0].on_done(case.prediction())
    # What is made ready for the next drag.
    runner.requests(PreviewIce)[-1].on_done(_preview(planned, runner.requests(PreviewIce)[-1]))
    planned.go_to_step(WorkStep.ASSESS)
    return planned


def _preview(window, job, *, skin_mm=7.3, treated_mm=12.0):
    grid = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=2)
    field = np.full(grid.shape_kji, np.float32(round(-10 - skin_mm, 1)))
    live = LiveNumbers(
        margins=(LiveMargin(StructureId("s1"), "Skin", StructureKind.SKIN, skin_mm, (0, -30, 0), pass_limit_mm=10.0),),
        coverages=(LiveCoverage(TargetId("t1"), treated_mm, 20.0, None, -44.0),),
    )
    blob = window.desk.blobs.put(field)
    return PreviewedIce(job.request.plan.judged_hash, grid, 120.0, blob, False, live, 0.02)


def _answer(window, runner, **numbers):
    job = [job for job in runner.requests(PreviewIce) if not getattr(job, "answered", False)][-1]
    job.answered = True
    job.on_done(_preview(window, job, **numbers))


def _rows(window):
    table = window.plan.assess._table
    model = table.checks
    return [model.data(model.index(n, 0), Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]


def _texts(window):
    return [text.text() for text in window.plan.assess.findChildren(QLabel) if text.isVisible()]


def _take_hold(window):
    axial = window.plan.grid.slices[0]
    start = QPoint(*(round(float(v)) for v in axial.plane.to_px(window.desk.session.plan.probes[0].tip_lps_mm)))
    QTest.mousePress(axial, LEFT, pos=start)
    QTest.mouseMove(axial, start + QPoint(10, 0))
    return axial, start


def test_values_take_the_places_of_verdicts_while_the_hand_moves_and_give_them_back(judged, case, runner):
    window, session = judged, judged.desk.session
    height, rows_before = window.plan.assess._table.height(), _rows(window)
    assert any("FAIL" in row for row in rows_before)
    axial, start = _take_hold(window)
    try:
        QTest.qWait(1)
        # Before the first preview: the rows stay, every value is a dash.
        assert [row.split(":")[0] for row in _rows(window)] == [row.split(":")[0] for row in rows_before]
        assert not any(verdict.value in " ".join(_rows(window) + _texts(window)) for verdict in Verdict)
        assert any(text.startswith("PREVIEW 2 mm") for text in _texts(window))
        _answer(window, runner)
        rows = " | ".join(_rows(window))
        assert "Skin, 0 °C edge: 7.3 mm. PREVIEW 2 mm" in rows
        assert "treated length: 12.0 mm" in rows
        assert "Lung, left, 0 °C edge: —." in rows
        assert not any(verdict.value in rows + " ".join(_texts(window)) for verdict in Verdict)
        assert window.plan.assess._table.height() == height
        # Held, the words never say that it is of this very place.
        assert session.preview_is_current
        assert "PREVIEW 2 mm · following the probe" in _texts(window)
        line = window.status.grade.text()
        assert "not judged" in line
        assert "Skin 7.3 mm" in line
        assert "12.0 mm of 20.0 mm ≤ −20 °C" in line
        QTest.mouseMove(axial, start + QPoint(20, 0))
        assert not session.preview_is_current
        _answer(window, runner, skin_mm=-1.4)
        assert "Skin, 0 °C edge: −1.4 mm. PREVIEW 2 mm" in " | ".join(_rows(window))
    finally:
        QTest.mouseRelease(axial, LEFT, pos=start + QPoint(20, 0))
    assert "PREVIEW 2 mm · end of the first freeze, 2:00" in _texts(window)
    assert "STALE" not in window.banners.words()
    runner.requests(Predict)[-1].on_done(case.prediction(edge_mm=4.0))
    assert any("FAIL, 4.0 mm" in row for row in _rows(window))
    assert window.plan.assess._table.height() == height
    assert not any(text.startswith("PREVIEW") for text in _texts(window))


def test_a_preview_that_comes_after_the_result_changes_nothing(judged, case, runner):
    window, session = judged, judged.desk.session
    axial, start = _take_hold(window)
    QTest.mouseRelease(axial, LEFT, pos=start + QPoint(10, 0))
    runner.requests(Predict)[-1].on_done(case.prediction(edge_mm=4.0))
    rows = _rows(window)
    _answer(window, runner, skin_mm=9.9)
    assert session.preview is None
    assert _rows(window) == rows


def test_where_there_can_be_no_ice_the_panel_says_so_and_the_banner_is_back(judged, runner):
    window = judged
    axial, start = _take_hold(window)
    job = runner.requests(PreviewIce)[-1]
    job.answered = True
    job.on_failed(SimulationRefused("The active zone of P1 lies outside the scan. Move it inside.", code="x"))
    assert any(text.startswith("STALE") for text in _texts(window))
    assert "STALE" in window.banners.words()
    QTest.mouseMove(axial, start + QPoint(14, 0))
    _answer(window, runner)
    assert "Skin, 0 °C edge: 7.3 mm. PREVIEW 2 mm" in " | ".join(_rows(window))
    QTest.mouseRelease(axial, LEFT, pos=start + QPoint(14, 0))


def test_a_click_on_a_row_of_a_preview_goes_nowhere_and_says_why(judged, runner):
    window = judged
    axial, start = _take_hold(window)
    _answer(window, runner)
    QTest.mouseRelease(axial, LEFT, pos=start + QPoint(10, 0))
    before = window.desk.view.crosshair_lps_mm
    table = window.plan.assess._table
    table.jump_asked.emit(table.checks.checks[0])
    assert window.desk.view.crosshair_lps_mm == before
    assert "1 mm result" in window.status.sentence.whole_text()


def test_a_row_of_a_preview_is_spoken_with_its_value(judged, runner):
    window = judged
    axial, start = _take_hold(window)
    _answer(window, runner)
    model = window.plan.assess._table.checks
    spoken = [model.data(model.index(n, 0), Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]
    assert spoken == [spoken_live(row.live) for row in model._rows]
    QTest.mouseRelease(axial, LEFT, pos=start + QPoint(10, 0))
