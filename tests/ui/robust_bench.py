"""The Assess step of a small plan, with draws made up by hand; and hands that press what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.geometry import isotropic_box
from planner.rendering.primitives import Role
from planner.services.ghost_tasks import GhostIce, SharedGhostIce
from planner.services.robustness_tasks import AssessRobustness
from planner.ui.panels.assess_robust_draws import ROW_PX
from planner.ui.steps import WorkStep

if TYPE_CHECKING:
    from planner.ui.widgets.labels import StateBadge


def assess(window, case):
    """Give the window a prediction of its plan and go to the Assess step; returns the section."""
    prediction = case.prediction()
    session = window.desk.session
    window.prediction._cancel()
    window.prediction._kept[session.judged_hash] = prediction
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    window.go_to_step(WorkStep.ASSESS)
    return window.plan.assess.robust


def run(section, runner, told):
    QTest.mouseClick(section.run, Qt.MouseButton.LeftButton)
    runner.requests(AssessRobustness)[-1].on_done(told)


def word_of(badge: StateBadge) -> str:
    return badge.accessibleName()


def ghost_marks(window):
    return [mark.name or mark.text for mark in window.plan.grid.slices[0].primitives() if mark.role is Role.GHOST]


def press_draw(section, row=0):
    """Press a row of the list with a real mouse."""
    draws = section._details.draws
    QTest.mouseClick(draws.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, row * ROW_PX + ROW_PX // 2))


def make_ice(window, runner):
    """Answer the job on the ghost's ice with a ball of 6 mm."""
    job = runner.requests(GhostIce)[-1]
    grid = isotropic_box((0, 0, 0), extent_mm=(24, 24, 24), spacing_mm=2.0)
    k, j, i = np.indices(grid.shape_kji)
    away = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)), axis=-1)
    field = window.desk.blobs.put((5 * (away - 6)).astype(np.float32))
    job.on_done(SharedGhostIce(grid, field, is_cut=False))
