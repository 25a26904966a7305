"""Is the second series seen where it lies, beside or through the CT, and never measured?"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from planner.domain.geometry import Grid
from planner.domain.identity import PatientIdentity
from planner.domain.second import SecondSeries
from planner.domain.series import SeriesSummary
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Role
from planner.ui.dialogs.second_series import can_lie_over
from planner.ui.panels.second_section import SecondSection
from planner.ui.slices.second_stand import NO_SECOND, SecondStand
from planner.ui.slices.slice_view import SliceView
from planner.ui.view_state import Tool
from tests.ui.slice_desk import AXES, LEFT, RIGHT, Desk, make_session, send_move

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.ui

BRIGHT, DARK = 900.0, 100.0
NO_BUTTON, NO_KEY = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def desk(qtbot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, make_session(tmp_path, AXES["head first"]))
    for flag in ("show_structures", "show_crosshair", "show_text", "show_ice"):
        desk.state.set_flag(flag, on=False)
    yield desk
    gc.collect()


def second_series(desk: Desk) -> SecondSeries:
    """Cubes of 3 mm over the left half of the CT: bright to the patient's left, dark to the right of that."""
    middle = desk.session.volume.grid.centre_lps_mm
    grid = Grid.from_axes((30, 24, 16), origin_lps_mm=middle + np.array([0, -36, -43]), spacing_ijk_mm=(3, 3, 3))
    values = np.full(grid.shape_kji, DARK, np.float32)
    values[..., 8:] = BRIGHT
    return SecondSeries("7 · T1 · MR", values, grid, None, (800.0, 500.0), is_hu=False, disagreement_mm=0.4,
                        overlap_percent=90.0, shift_mm=3.0, same_frame=False)  # fmt: skip


def grey(view: SliceView, lps_mm: np.ndarray) -> int:
    image = view.grab().toImage()
    ratio = image.width() / view.width()
    x, y = view.plane.to_px(lps_mm)
    return image.pixelColor(round(float(x) * ratio), round(float(y) * ratio)).red()


def test_it_is_seen_where_it_lies_and_only_there(desk: Desk) -> None:
    """By the DICOM window function of width 800 at 500: 900 is white, 100 is black."""
    view = desk.view()
    desk.session.show_second(second_series(desk))
    middle = np.array(view.plane.centre_lps_mm)
    inside_bright, inside_dark, beside = (
        middle + np.array([35, 0, 0]),
        middle + np.array([6, 8, 0]),
        middle + np.array([-25, 9, 0]),
    )
    desk.state.set_second_share(0.0)
    ct = [grey(view, p) for p in (inside_bright, inside_dark, beside)]
    desk.state.set_second_share(1.0)
    assert [grey(view, p) for p in (inside_bright, inside_dark, beside)] == [255, 0, ct[2]]
    desk.state.set_second_share(0.5)
    assert grey(view, inside_bright) == pytest.approx((ct[0] + 255) / 2, abs=1)


def test_the_view_says_what_is_laid_over_and_that_it_is_not_measured(desk: Desk) -> None:
    view = desk.view()
    desk.session.show_second(second_series(desk))
    desk.state.set_second_share(0.25)
    texts = [m.text for m in view.primitives() if isinstance(m, Label)]
    assert "7 · T1 · MR 25 % · two registrations differ by 0.4 mm · not measured" in texts
    desk.session.show_second(None)
    assert not [m for m in view.primitives() if isinstance(m, Label) and "not measured" in m.text]


def test_its_own_view_shows_no_ct_and_no_measurement(desk: Desk) -> None:
    desk.session.show_second(second_series(desk))
    ct = desk.view()
    desk.state.set_tool(Tool.CIRCLE)
    for x in (100, 130):
        desk.qtbot.mouseClick(ct, LEFT, pos=QPoint(x, 100))
    beside = SliceView(SecondStand(Orientation.AXIAL), session=desk.session, view=desk.state)
    beside.resize(500, 400)
    desk.qtbot.addWidget(beside)
    beside.show()
    desk.views.append(beside)
    assert len(desk.session.plan.measurements) == 1
    assert [m for m in ct.primitives() if m.role is Role.MEASUREMENT]
    assert not [m for m in beside.primitives() if m.role is Role.MEASUREMENT]
    middle = np.array(beside.plane.centre_lps_mm)
    assert grey(beside, middle + np.array([-25, 9, 0])) == 0
    desk.state.set_tool(Tool.DISTANCE)
    for x in (100, 130):
        desk.qtbot.mouseClick(beside, LEFT, pos=QPoint(x, 120))
    assert len(desk.session.plan.measurements) == 1


def test_where_it_is_seen_hu_say_whose_they_are(desk: Desk) -> None:
    view = desk.view()
    desk.session.show_second(second_series(desk))
    desk.state.set_second_share(0.0)
    desk.state.set_tool(Tool.CIRCLE)
    for x in (200, 230):
        desk.qtbot.mouseClick(view, LEFT, pos=QPoint(x, 150))

    def told() -> tuple[str, int]:
        with desk.qtbot.waitSignal(view.cursor_moved) as heard:
            send_move(view, QPoint(250, 200 + round(20 * desk.state.second_share)), NO_BUTTON, NO_KEY)
        said = [m for m in view.primitives() if isinstance(m, Label) and "not of the second series" in m.text]
        return heard.args[0].words, len(said)

    words, said = told()
    assert ("planning CT" in words, said) == (False, 0)
    desk.state.set_second_share(0.5)
    words, said = told()
    assert ("of the planning CT" in words, said) == (True, 1)


def test_its_own_view_is_windowed_apart_and_names_its_own_series(desk: Desk) -> None:
    desk.session.show_second(second_series(desk))
    desk.state.set_flag("show_text", on=True)
    beside = SliceView(SecondStand(Orientation.AXIAL), session=desk.session, view=desk.state)
    beside.resize(700, 500)
    desk.qtbot.addWidget(beside)
    beside.show()
    desk.views.append(beside)
    texts = [m.text for m in beside.primitives() if isinstance(m, Label)]
    assert "W 800 L 500" in texts
    assert "7 · T1 · MR" in texts
    assert not [text for text in texts if text.startswith(("Im ", "3 · Test"))]
    before = desk.state.window_hu
    desk.drag(beside, np.array([200.0, 200.0]), np.array([260.0, 240.0]), button=RIGHT)
    assert desk.state.window_hu == before
    width, level = desk.state.second_window
    assert width > 800
    assert level != 500
    assert f"W {width:.0f} L {level:.0f}" in [m.text for m in beside.primitives() if isinstance(m, Label)]


def test_without_one_the_view_says_how_to_get_one(desk: Desk) -> None:
    stand = SecondStand(Orientation.CORONAL)
    assert stand.plane(desk.session, desk.state, size_px=(100, 100), mm_per_px=1.0) is None
    assert stand.missing(desk.session, desk.state) == NO_SECOND


def test_another_patient_s_series_is_not_offered() -> None:
    def series(uid: str, patient_id: str) -> SeriesSummary:
        return SeriesSummary(
            series_instance_uid=uid,
            study_instance_uid="1",
            patient=PatientIdentity(patient_id=patient_id),
            label="7 · T1",
            modality="CT",
            images=40,
            size_ji=(64, 64),
            spacing_ijk_mm=(1.0, 1.0, 2.0),
            extent_hf_mm=(0.0, 78.0),
            date="",
            detail="",
            patient_position="HFS",
            scanner="",
            compression="uncompressed",
            slices=(),
        )

    me = PatientIdentity(patient_id="42")
    assert can_lie_over(series("2", "42"), planning_uid="1", identity=me)
    assert not can_lie_over(series("2", "43"), planning_uid="1", identity=me)
    assert not can_lie_over(series("1", "42"), planning_uid="1", identity=me)


def test_the_study_step_fades_and_takes_it_away(planned) -> None:
    section = planned.findChild(SecondSection)
    session = planned.desk.session
    middle = session.volume.grid.centre_lps_mm
    grid = Grid.from_axes((4, 4, 4), origin_lps_mm=middle, spacing_ijk_mm=(3, 3, 3))
    session.show_second(
        SecondSeries("7 · T1 · MR", np.zeros((4, 4, 4), np.float32), grid, None, (1.0, 0.0), is_hu=False,
                     disagreement_mm=0.4, overlap_percent=100.0, shift_mm=3.0, same_frame=True)
    )  # fmt: skip
    assert section.remove.isVisibleTo(section)
    assert not section.add.isVisibleTo(section)
    section.share.setValue(30)
    assert planned.desk.view.second_share == pytest.approx(0.3)
    section.beside.click()
    assert planned.desk.view.layout == "second"
    assert planned.desk.view.second_share == 0
    section.remove.click()
    assert session.second is None
    assert section.add.isVisibleTo(section)
