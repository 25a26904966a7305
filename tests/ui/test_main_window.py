"""Can a plan be made with this window: seen, edited, undone, judged; by mouse fields, keys and screen reader?"""

from __future__ import annotations

import importlib.util

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from planner.domain.atlas import TargetForm
from planner.domain.geometry import Side
from planner.domain.protocol import PhaseKind
from planner.persistence.resources import atlas, probe_models, protocols
from planner.planning.trajectory import skin_entry
from planner.services.tasks import SegmentVolume
from planner.ui.actions import ACTIONS
from planner.ui.idle_imports import MODULES
from planner.ui.panels.phase_rows import PhaseRow
from planner.ui.panels.probe_card import ModelChoice, ProbeCard
from planner.ui.slices.layers import layers_of
from planner.ui.steps import WorkStep
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VIEW_SHARE
from planner.ui.view_state import Tool
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.rail import WorkflowRail


def _predict(window, case):
    prediction = case.prediction()
    assert window.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)


def _field(window, name):
    card = window.plan.probes.findChild(ProbeCard)
    return next(w for w in card.findChildren(QWidget) if w.accessibleName() == name)


def _type(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field.lineEdit(), text)
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)


def test_starts_without_a_plan_and_every_dead_button_says_why(window):
    assert window.windowTitle() == "Frostline"
    for spec in ACTIONS:
        action = window.actions_by_id[spec.id]
        assert action.isEnabled() or spec.reason(window.desk), spec.id
        if spec.reason(window.desk):
            assert spec.reason(window.desk) in action.toolTip()
    modes = {b.text(): b for b in window.top.findChildren(QToolButton) if b.text() in ("Plan", "Practice", "Review")}
    assert modes["Plan"].isEnabled()
    for name in ("Practice", "Review"):
        assert not modes[name].isEnabled()
        assert "later version" in modes[name].toolTip()


def test_opening_a_plan_shows_patient_state_and_disclaimer(planned):
    assert planned.top.patient.whole_text() == "<b>Doe</b>, Jane · ID-1 · F"
    assert "DRAFT" in planned.windowTitle()
    words = " ".join(label.text() for label in planned.status.findChildren(QLabel))
    assert "Radiological convention" in words
    assert "not for clinical use" in words
    assert planned.plan.rail.current is WorkStep.PROBES


def test_no_label_reads_scanner_text_as_markup(planned):
    planned.go_to_step(WorkStep.STUDY)
    labels = planned.findChildren(QLabel)
    shown = [label for label in labels if "Doe" in label.text()]
    assert shown
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels if label.text())


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_views_keep_their_share_of_the_width(planned, app, size):
    planned.resize(*size)
    app.processEvents()
    assert planned.size().toTuple() == size
    for step in WorkStep:
        planned.go_to_step(step)
        app.processEvents()
        assert planned.plan.grid.width() >= VIEW_SHARE * size[0], step
        page = planned.plan.panel
        assert (
            page.mapTo(planned, page.rect().topLeft()).x()
            >= planned.plan.grid.mapTo(planned, planned.plan.grid.rect().topRight()).x()
        )


def test_undo_says_what_it_takes_back(planned):
    planned.plan.rail.go_to(WorkStep.PROBES)
    _type(_field(planned, "Depth"), "25")
    assert planned.desk.session.plan.probes[0].tip_lps_mm == pytest.approx((0.0, -5.0, 0.0))
    assert "Undo move tip of P1" in planned.actions_by_id["undo"].toolTip()
    planned.actions_by_id["undo"].trigger()
    assert planned.desk.session.plan.probes[0].tip_lps_mm == (0.0, 0.0, 0.0)
    assert "Redo move tip of P1" in planned.actions_by_id["redo"].toolTip()
    assert "Nothing to undo" in planned.actions_by_id["undo"].toolTip()


def test_typed_angle_keeps_the_tip_and_puts_the_entry_on_the_skin(planned):
    _type(_field(planned, "In-plane"), "30")
    session = planned.desk.session
    probe = session.plan.probes[0]
    assert probe.tip_lps_mm == (0.0, 0.0, 0.0)
    # The front is the plane y = −30 mm: along 30° the shaft meets it at x = 30 tan 30 = 17.32 mm, in 2 mm voxels.
    assert probe.entry_lps_mm[1] == pytest.approx(-30.0, abs=1.0)
    assert probe.entry_lps_mm[0] == pytest.approx(17.32, abs=0.7)
    assert "on the skin" in planned.status.sentence.whole_text()


def test_a_clicked_probe_enters_at_the_skin_and_gets_a_label(planned):
    planned.plan.grid.new_probe.emit((10.0, 0.0, 0.0), (10.0, -12.0, 0.0))
    session = planned.desk.session
    added = session.plan.probes[1]
    body = session.mask("s1")
    expected = skin_entry((10, 0, 0), (0, -1, 0), body=body, grid=session.plan.volume.grid)
    assert (added.label, added.entry_lps_mm) == ("P2", expected)
    assert planned.desk.view.selected_probe == added.id
    assert "entry is put on the skin" in planned.status.sentence.whole_text()


@pytest.mark.usefixtures("app", "no_leaks")
def test_incomplete_models_are_listed_with_the_reason_and_cannot_be_chosen():
    choice = ModelChoice()
    items = choice.model()
    incomplete = [model for model in probe_models() if not model.can_simulate]
    assert incomplete, "the catalogue has models without a surface temperature"
    for model in incomplete:
        item = items.item(choice.findData(model.id))
        assert not item.isEnabled()
        assert model.missing_words[0] in item.text()


def test_confirming_needs_a_name(planned):
    planned.go_to_step(WorkStep.STRUCTURES)
    panel = planned.plan.pages[WorkStep.STRUCTURES]
    confirm = next(b for b in panel.findChildren(QPushButton) if b.text() == "Confirm")
    confirm.click()
    assert not planned.desk.session.plan.structures[0].is_confirmed
    assert "name" in planned.status.sentence.whole_text()
    field = next(f for f in panel.findChildren(QLineEdit) if f.accessibleName() == "Your name")
    QTest.keyClicks(field, "Dr Ada")
    confirm.click()
    assert planned.desk.session.plan.structures[0].confirmed_by == "Dr Ada"


def test_finding_structures_is_work_for_a_worker(planned, runner):
    planned.go_to_step(WorkStep.STRUCTURES)
    panel = planned.plan.pages[WorkStep.STRUCTURES]
    next(b for b in panel.findChildren(QPushButton) if b.text() == "Find all").click()
    assert len(runner.requests(SegmentVolume)) == 1


def test_single_letters_are_typed_into_fields_and_tools_elsewhere(planned, app):
    planned.activateWindow()
    planned.go_to_step(WorkStep.STRUCTURES)
    panel = planned.plan.pages[WorkStep.STRUCTURES]
    field = next(f for f in panel.findChildren(QLineEdit) if f.accessibleName() == "Your name")
    field.setFocus()
    app.processEvents()
    QTest.keyClicks(field, "nope")
    assert field.text() == "nope"
    assert planned.desk.view.tool.value == "pointer"
    planned.actions_by_id["tool_probe"].trigger()
    assert planned.desk.view.tool.value == "probe"
    planned.actions_by_id["cancel"].trigger()
    assert planned.desk.view.tool.value == "pointer"


def test_choosing_a_preset_and_editing_it_drops_its_name(planned):
    planned.go_to_step(WorkStep.FREEZE)
    panel = planned.plan.pages[WorkStep.FREEZE]
    panel._choose(panel._presets.findData(protocols()[0].name))
    assert planned.desk.session.plan.protocol == protocols()[0]
    phase = planned.desk.session.plan.protocol.phases[0]
    panel.set_phase(0, type(phase)(PhaseKind.FREEZE, 77.0))
    protocol = planned.desk.session.plan.protocol
    assert (protocol.name, protocol.source, protocol.phases[0].duration_s) == ("Own protocol", "", 77.0)


def test_changing_the_kind_of_a_phase_in_its_row(planned):
    planned.go_to_step(WorkStep.FREEZE)
    row = planned.plan.pages[WorkStep.FREEZE].findChildren(PhaseRow)[1]
    row._kind.setCurrentIndex(row._kind.findData(PhaseKind.ACTIVE_THAW))
    row._kind.activated.emit(row._kind.currentIndex())
    assert planned.desk.session.plan.protocol.phases[1].kind is PhaseKind.ACTIVE_THAW


def test_a_drawn_nerve_becomes_a_target_with_the_atlas_diameter_and_its_source(planned):
    panel = planned.plan.target
    assert panel.missing() == "Choose the nerve or ganglion."
    panel.new.atlas.setCurrentIndex(panel.new.atlas.findData("intercostal"))
    assert panel.missing() == "Choose the side of the patient."
    panel.new.side.setCurrentIndex(panel.new.side.findData(Side.RIGHT))
    panel.begin()
    assert planned.desk.view.tool is Tool.NERVE
    planned.plan.grid.new_nerve.emit(((-30.0, 0.0, 0.0), (-10.0, 0.0, 0.0)))
    target = planned.desk.session.plan.targets[-1]
    entry = next(entry for entry in atlas() if entry.id == "intercostal")
    assert target.side is Side.RIGHT
    assert target.words.startswith("Right intercostal")
    assert target.diameter_mm == entry.diameter_mm.value
    assert planned.desk.view.selected_target == target.id


def test_a_side_that_disagrees_with_the_place_is_said_at_once(planned):
    panel = planned.plan.target
    panel.new.atlas.setCurrentIndex(panel.new.atlas.findData("intercostal"))
    panel.new.side.setCurrentIndex(panel.new.side.findData(Side.LEFT))
    planned.plan.grid.new_nerve.emit(((-30.0, 0.0, 0.0), (-10.0, 0.0, 0.0)))
    assert "says left; it lies right" in planned.status.sentence.whole_text()


def test_a_body_without_atlas_size_waits_for_a_measured_one(planned):
    panel = planned.plan.target
    unknown = next(
        e for e in atlas() if e.form is TargetForm.BODY and None in (e.body_length_mm.value, e.body_width_mm.value)
    )
    panel.new.atlas.setCurrentIndex(panel.new.atlas.findData(unknown.id))
    panel.new.side.setCurrentIndex(0)
    assert "Measure it" in panel.missing()
    panel.new.length.setValue(12.0)
    panel.new.width_mm.setValue(6.0)
    planned.plan.grid.new_body.emit((5.0, 0.0, 0.0))
    course = planned.desk.session.plan.targets[-1].course
    assert (course.centre_lps_mm, course.length_mm, course.width_mm) == ((5.0, 0.0, 0.0), 12.0, 6.0)


def test_jump_goes_to_the_worst_place(planned, case):
    _predict(planned, case)
    assert planned.actions_by_id["jump"].isEnabled()
    planned.actions_by_id["jump"].trigger()
    assert planned.desk.view.crosshair_lps_mm == (0.0, -30.0, 0.0)
    assert "Skin" in planned.status.sentence.whole_text()


def test_a_stale_prediction_shows_no_verdict_and_blocks_the_report(planned, case):
    _predict(planned, case)
    assert planned.actions_by_id["report"].isEnabled()
    planned.actions_by_id["slide_in"].trigger()
    assert layers_of(planned.desk.session).ice(planned.desk.session, planned.desk.view).is_stale
    assert not planned.actions_by_id["report"].isEnabled()
    assert "older than the plan" in planned.actions_by_id["report"].toolTip()
    planned.go_to_step(WorkStep.ASSESS)
    texts = [label.text() for label in planned.plan.assess.findChildren(QLabel) if label.isVisible()]
    assert not any("FAIL" in text for text in texts)


def test_hiding_names_takes_them_off_the_window(planned, app):
    planned.go_to_step(WorkStep.STUDY)
    planned.actions_by_id["hide_identity"].trigger()
    app.processEvents()
    shown = [w.text() for w in planned.findChildren(QLabel) if w.isVisible()]
    assert not any("Doe" in text or "ID-1" in text for text in shown)
    assert "Doe" not in planned.windowTitle()
    assert "NAMES HIDDEN" in planned.banners.words()


def test_f6_visits_every_region_and_comes_back(planned, app):
    planned.activateWindow()
    QTest.qWaitForWindowActive(planned)
    planned.plan.rail.list.setFocus()
    visited = []
    for _ in range(6):
        planned.actions_by_id["next_region"].trigger()
        visited.append(app.focusWidget())
    assert len(set(visited)) == 6
    assert visited[-1] is planned.plan.rail.list


def test_everything_painted_has_a_name_and_everything_focusable_too(planned, case):
    _predict(planned, case)
    for step in WorkStep:
        planned.go_to_step(step)
        for widget in planned.findChildren(QWidget):
            if isinstance(widget, PaintedWidget):
                assert widget.accessibleName(), type(widget)
            if isinstance(widget, (QPushButton, QToolButton)) and not widget.text() and widget.isVisible():
                assert widget.accessibleName() or widget.toolTip(), widget.objectName()


def test_painted_widgets_tell_screen_readers_role_and_value(planned, case):
    _predict(planned, case)
    planned.desk.view.set_time(60.0)
    interface = QAccessible.queryAccessibleInterface(planned.plan.timeline.plot)
    assert interface.role() == QAccessible.Role.Slider
    assert interface.text(QAccessible.Text.Value).startswith("1:00")


def test_rail_rows_are_spoken_with_state_and_line(planned):
    rail = planned.findChild(WorkflowRail)
    model = rail.list.model()
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert spoken[1] == "Structures, needs a look: 0 of 1 confirmed, 3 missing"
    assert len(spoken) == 7


def test_theme_switch_changes_chrome_only(planned, app):
    dark = planned.plan.panel.grab().toImage().pixelColor(2, 2).lightness()
    planned.actions_by_id["theme"].trigger()
    app.processEvents()
    light = planned.plan.panel.grab().toImage().pixelColor(2, 2).lightness()
    view = planned.plan.grid.slices[0].grab().toImage().pixelColor(4, 150).lightness()
    planned.actions_by_id["theme"].trigger()
    assert dark < 60
    assert light > 200
    assert view < 60
    assert theme().tokens.dark


def test_modules_loaded_while_idle_exist_and_are_in_the_order_of_their_use():
    assert all(importlib.util.find_spec(name) is not None for name in MODULES)
    assert MODULES.index("vtkmodules.vtkCommonCore") < MODULES.index("vtkmodules.vtkRenderingOpenGL2")
    assert MODULES[-1] == "planner.ui.scene.scene_view"
