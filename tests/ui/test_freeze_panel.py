"""The freeze step by mouse and keyboard: presets, phases, cycles, a probe's own schedule, warm skin, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QPushButton

from planner.domain.identity import ProbeId
from planner.domain.protocol import Phase, PhaseKind, SkinWarming
from planner.persistence.resources import protocols
from planner.services.probe_commands import AddProbe
from planner.ui.panels.phase_rows import PhaseRow
from planner.ui.steps import WorkStep
from planner.ui.widgets.typed_field import seconds_of

FREEZE, THAW = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW
P2 = ProbeId("p2")


@pytest.fixture
def panel(planned, app):
    """The freeze step of the small plan: a freeze of 120 s, then a passive thaw of 60 s."""
    planned.go_to_step(WorkStep.FREEZE)
    app.processEvents()
    return planned.plan.pages[WorkStep.FREEZE]


def named(panel, name, kind=QLineEdit):
    return next(w for w in panel.findChildren(kind) if w.accessibleName() == name and w.isVisible())


def type_into(panel, name, text):
    field = named(panel, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return field


def press(panel, text):
    button = next(b for b in panel.findChildren(QPushButton) if b.text() == text and b.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(panel, name, text):
    box = named(panel, name, QComboBox)
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


def phases(planned, probe_id=None):
    protocol = planned.desk.session.plan.protocol
    return protocol.phases if probe_id is None else protocol.phases_of(probe_id)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8:00", 480),
        ("480", 480),
        (" 480 s", 480),
        ("8 min", 480),
        ("1.5 min", 90),
        ("1,5 MIN", 90),
        ("0:05", 5),
        ("5", 300),
        ("5 s", 5),
        ("31", 31),
    ],
)
def test_durations_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


ODD_DURATIONS = {
    "8:75": "“8:75” is no duration. Type minutes and seconds as 8:00, or seconds as 480.",
    "eight": "“eight” is no duration",
    "-5": "“-5” is no duration",
    "1e3": "“1e3” is no duration",
    "90.5": "Durations are whole seconds, not 90.5 s.",
    "0": "A phase lasts 1 s to 60 min, not 0 s.",
    "61 min": "A phase lasts 1 s to 60 min, not 3660 s.",
}


def test_odd_durations_are_refused_in_words_and_the_field_shows_what_holds(planned, panel):
    before = planned.desk.session.plan
    for text, sentence in ODD_DURATIONS.items():
        field = type_into(panel, "Duration of phase 1", text)
        assert planned.desk.session.plan == before
        assert sentence in planned.banners.sentence_of("REFUSED")
        assert field.text() == "2:00"


def test_a_typed_duration_is_one_step_with_its_verb_and_the_field_keeps_the_focus(planned, panel):
    field = type_into(panel, "Duration of phase 1", "3:30")
    assert phases(planned) == (Phase(FREEZE, 210.0), Phase(THAW, 60.0))
    assert field is named(panel, "Duration of phase 1")
    assert field.text() == "3:30"
    assert planned.desk.session.undo_label == "change phase 1"
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert phases(planned)[0].duration_s == 215.0
    planned.desk.undo()
    planned.desk.undo()
    assert phases(planned) == (Phase(FREEZE, 120.0), Phase(THAW, 60.0))
    assert field.text() == "2:00"


def test_a_hold_is_a_freeze_at_the_share_that_is_typed(planned, panel):
    choose(panel, "Kind of phase 1", "Hold")
    assert phases(planned)[0] == Phase(FREEZE, 120.0, 0.5)
    type_into(panel, "Duty of phase 1", "60 %")
    assert phases(planned)[0] == Phase(FREEZE, 120.0, 0.6)
    type_into(panel, "Duty of phase 1", "0")
    assert "more than 0 and at most 100 % of the time, not 0 %" in planned.banners.sentence_of("REFUSED")
    assert phases(planned)[0].duty == 0.6
    type_into(panel, "Duty of phase 1", "100")
    assert phases(planned)[0] == Phase(FREEZE, 120.0)
    assert named(panel, "Kind of phase 1", QComboBox).currentText() == "Freeze"
    assert not named(panel, "Duty of phase 2").isEnabled()


def test_phases_are_doubled_moved_and_removed_from_the_menu_of_their_row(planned, panel, app):
    def deed(at, text):
        row = panel.findChildren(PhaseRow)[at]
        next(a for a in row.findChild(QMenu).actions() if a.text() == text).trigger()
        app.processEvents()

    deed(0, "Double")
    assert phases(planned) == (Phase(FREEZE, 120.0), Phase(FREEZE, 120.0), Phase(THAW, 60.0))
    assert "one freeze of 4:00 min" in panel._advice.text()
    deed(1, "Move down")
    assert phases(planned) == (Phase(FREEZE, 120.0), Phase(THAW, 60.0), Phase(FREEZE, 120.0))
    assert planned.desk.session.undo_label == "move phase 2 down"
    deed(1, "Remove")
    deed(1, "Remove")
    deed(0, "Remove")
    assert phases(planned) == ()
    assert panel._advice.text() == "No prediction: the protocol has no freeze phase."
    for _ in range(5):
        planned.desk.undo()
    assert phases(planned) == (Phase(FREEZE, 120.0), Phase(THAW, 60.0))


def test_a_cycle_is_repeated_and_too_many_phases_are_refused(planned, panel):
    panel._times.setValue(3)
    press(panel, "Repeat")
    assert phases(planned) == (Phase(FREEZE, 120.0), Phase(THAW, 60.0)) * 3
    assert panel._total.text() == "Total 9:00 min"
    assert planned.desk.session.undo_label == "repeat the cycle 3 times"
    panel._times.setValue(5)
    press(panel, "Repeat")
    assert "at most 24 phases, not 30" in planned.banners.sentence_of("REFUSED")
    assert len(phases(planned)) == 6


def test_an_edited_preset_says_what_it_is_based_on_in_panel_and_timeline(planned, panel):
    choose(panel, "Preset", "Nerve, one freeze of 10 min")
    assert planned.desk.session.plan.protocol == next(p for p in protocols() if p.name.endswith("10 min"))
    assert panel._source.text().startswith("Source: Reid O.")
    type_into(panel, "Duration of phase 1", "9:00")
    assert panel._presets.placeholderText() == "Own protocol"
    assert panel._presets.currentIndex() == -1
    assert panel._source.text().startswith("Own protocol, based on Nerve, one freeze of 10 min.")
    head = planned.plan.timeline._name.whole_text()
    assert head == "Own protocol, based on Nerve, one freeze of 10 min · 9:00 min total"


def test_nerve_presets_come_first_and_what_lacks_minutes_cannot_be_chosen(panel):
    box = panel._presets
    entries = [(box.itemText(n), box.model().item(n).isEnabled()) for n in range(box.count())]
    assert entries[:3] == [
        ("For nerves", False),
        ("Nerve, one freeze of 8 min", True),
        ("Nerve, one freeze of 10 min", True),
    ]
    tumours = entries.index(("Tumour cycles, not for nerves", False))
    assert all(text.startswith("Tumour") == (at > tumours) for at, (text, can) in enumerate(entries) if can)
    assert ("Phantom limb, two cycles — minutes not found", False) in entries


@pytest.fixture
def two(planned, app):
    """A second probe."""
    first = planned.desk.session.plan.probes[0]
    second = replace(first, id=P2, label="P2", entry_lps_mm=(9.0, -30.0, 0.0), tip_lps_mm=(9.0, 0.0, 0.0))
    assert planned.desk.apply(AddProbe(second))
    app.processEvents()
    return planned


def test_a_probe_gets_its_own_schedule_with_a_later_start_and_comes_back(two, panel):
    choose(panel, "Schedule of", "P2, as all")
    assert not named(panel, "Duration of phase 1").isEnabled()
    press(panel, "Give P2 its own")
    type_into(panel, "Starts after", "0:45")
    assert phases(two, P2) == (Phase(THAW, 45.0), Phase(FREEZE, 120.0), Phase(THAW, 60.0))
    assert phases(two) == (Phase(FREEZE, 120.0), Phase(THAW, 60.0))
    assert panel._total.text() == "Total 3:45 min"
    type_into(panel, "Duration of phase 2", "1:00")
    assert phases(two, P2)[1].duration_s == 60.0
    assert two.desk.session.undo_label == "change phase 2 of P2"
    type_into(panel, "Starts after", "0")
    assert phases(two, P2) == (Phase(FREEZE, 60.0), Phase(THAW, 60.0))
    press(panel, "Back to common")
    assert two.desk.session.plan.protocol.exceptions == ()
    assert two.desk.session.undo_label == "let P2 follow the common schedule"


def test_skin_is_warmed_once_both_values_are_typed_and_left_again(planned, panel):
    assert "Off: skin in room air, 22 °C at 10 W/(m² K)." in panel._warming._state.text()
    type_into(panel, "Skin warming: temperature", "40")
    assert planned.desk.session.plan.protocol.skin_warming is None
    assert "Type the other value too" in panel._warming._state.text()
    type_into(panel, "Skin warming: heat transfer", "200 W/(m² K)")
    assert planned.desk.session.plan.protocol.skin_warming == SkinWarming(40.0, 200.0)
    type_into(panel, "Skin warming: temperature", "60")
    assert "25 to 45 °C, not 60 °C" in planned.banners.sentence_of("REFUSED")
    assert planned.desk.session.plan.protocol.skin_warming == SkinWarming(40.0, 200.0)
    press(panel, "Back to room air")
    assert planned.desk.session.plan.protocol.skin_warming is None
    planned.desk.undo()
    assert planned.desk.session.plan.protocol.skin_warming == SkinWarming(40.0, 200.0)
