"""Settings: a rule is changed with document, name and reason; a plan of other rules says so and is judged anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from planner.domain.datum import Status
from planner.domain.digest import content_hash
from planner.domain.site_rules import RuleChange
from planner.persistence import resources, site_rules, site_settings
from planner.services.rule_commands import rules_in_force
from planner.ui.dialogs.settings import PAGES, SettingsDialog
from planner.ui.rules_watch import WORD
from planner.ui.theme.theme import theme

CHANGE = RuleChange("skin-edge", 8.0, 4.0, "SOP 7", "Dr A", "warming", "2026-11-23T05:44:10Z")


@pytest.fixture(autouse=True)
def record(tmp_path, monkeypatch):
    path = tmp_path / "rules.jsonl"
    for where in (site_rules, "planner.ui.dialogs.settings_rules"):
        name = (where, "site_rules_file") if where is site_rules else (f"{where}.site_rules_file",)
        monkeypatch.setattr(*name, lambda: path)
    monkeypatch.setattr(site_settings, "site_settings_file", lambda: tmp_path / "site.json")
    return path


@pytest.fixture
def dialog(window, qtbot):
    made = SettingsDialog(window, window.desk)
    made.rules_changed.connect(window.rules_watch.look)
    made.show()
    yield made
    made.close()
    qtbot.wait(10)


def press(dialog, name):
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == name and b.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def skin_rule():
    return next(rule for rule in resources.rule_set().rules if rule.id == "skin-edge")


def said(widget):
    return "\n".join(one.text() for one in widget.findChildren(QLabel))


def test_the_key_opens_the_window_with_a_page_for_each_name(window, qtbot):
    assert [key.toString() for key in window.actions_by_id["settings"].shortcuts()] == ["Ctrl+,"]
    window.actions_by_id["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    shown = []
    for name, _icon in PAGES:
        press(dialog, name)
        shown.append(dialog.page)
    assert len(set(shown)) == len(PAGES)
    dialog.close()
    qtbot.wait(10)


def test_every_rule_stands_with_its_limits_beside_the_shipped_ones_status_and_source(dialog):
    model = dialog.page.model
    shipped = resources.shipped_rule_set().rules
    assert model.rowCount() == len(shipped)
    for row, rule in enumerate(shipped):
        cells = [model.index(row, column).data() for column in range(model.columnCount())]
        assert cells[0].casefold() == rule.subject.casefold()
        assert cells[2] == cells[3]
        assert cells[4] == rule.status.value
        assert cells[5] == rule.source
        for limit in (rule.pass_limit, rule.fail_limit):
            assert limit is None or f"{limit:g}".replace("-", "−") in cells[2]


def test_a_rule_is_changed_by_typing_and_the_shipped_one_stays_in_sight_and_can_be_put_back(dialog, record):
    form = dialog.page.form
    type_into(form.passes, "8")
    type_into(form.fails, "4,5")
    press(dialog, "Change rule")
    assert form.error.text() == "Enter who changes it."
    type_into(form.who, "Dr A")
    press(dialog, "Change rule")
    assert form.error.text() == "Enter why it is changed."
    type_into(form.why, "warming is standard")
    press(dialog, "Change rule")
    assert "document" in form.error.text()
    assert not record.exists() or not record.read_bytes()
    type_into(form.document, "SOP 7")
    press(dialog, "Change rule")
    assert form.error.text() == ""
    assert (skin_rule().pass_limit, skin_rule().fail_limit, skin_rule().source) == (8.0, 4.5, "SOP 7")
    row = [dialog.page.model.index(0, column).data() for column in range(6)]
    assert row[2:] == ["≥ 8 mm; fail < 4.5 mm", "≥ 10 mm; fail < 5 mm", "site, looser", "SOP 7"]
    assert "1 of" in dialog.page.state.text()
    assert "Dr A, 20" in said(form)
    type_into(form.why, "audit")
    press(dialog, "Put shipped rule back")
    assert skin_rule() == resources.shipped_rule_set().rules[0]
    assert "Shipped rule put back" in said(form)
    assert len(site_rules.read_changes(record)) == 2


@pytest.mark.parametrize("typed", ["", "ten", "900", "1e9", "3"])
def test_a_limit_that_cannot_stand_is_refused_in_words_and_nothing_is_kept(dialog, record, typed):
    form = dialog.page.form
    for field, text in ((form.who, "Dr A"), (form.why, "why"), (form.document, "SOP"), (form.passes, typed)):
        type_into(field, text)
    press(dialog, "Change rule")
    assert form.error.text().endswith(".")
    assert not record.exists() or not record.read_bytes()


def test_an_altered_record_is_told_and_nothing_can_be_typed(window, record):
    record.write_text("{}\n")
    dialog = SettingsDialog(window, window.desk)
    assert "move it away" in dialog.page.state.text()
    assert not dialog.page.form.isEnabled()
    dialog.close()


def test_a_plan_of_other_rules_says_so_and_is_judged_by_those_in_force_at_a_click(planned):
    session = planned.desk.session
    assert WORD not in planned.banners.words()
    planned._do("settings")
    dialog = planned.findChild(SettingsDialog)
    form = dialog.page.form
    session.apply(rules_in_force(session.plan), initiator="test")
    for field, text in ((form.who, "Dr A"), (form.why, "w"), (form.document, "SOP"), (form.passes, "12")):
        type_into(field, text)
    press(dialog, "Change rule")
    assert form.error.text() == ""
    dialog.close()
    assert "site rules, 1 of" in planned.banners.sentence_of(WORD)
    press(planned.banners, "Judge by them")
    assert session.plan.rule_set_hash == content_hash(resources.rule_set())
    assert WORD not in planned.banners.words()
    planned.desk.undo()
    assert WORD in planned.banners.words()


def test_verdicts_of_other_rules_say_so_also_in_a_plan_that_never_noted_its_rules(planned, case, record):
    session = planned.desk.session
    prediction = case.prediction()
    site_rules.append_change(record, CHANGE, shipped=resources.shipped_rule_set())
    session.show_prediction(prediction.result.open(planned.desk.blobs), prediction.assessment)
    assert WORD in planned.banners.words()


def test_language_paper_name_and_own_words_are_kept(dialog):
    press(dialog, "Reports")
    page = dialog.page
    page.language.setCurrentIndex(page.language.findData("de"))
    page.paper.setCurrentIndex(page.paper.findData("letter"))
    press(dialog, "Site")
    page = dialog.page
    type_into(page.name, "Klinik am See")
    page.targets.setCurrentRow(3)
    type_into(page.text, "Own words.")
    page.targets.setCurrentRow(4)
    press(dialog, "Keep")
    kept = site_settings.site_settings()
    assert (kept.name, kept.language, kept.paper) == ("Klinik am See", "de", "letter")
    (own,) = kept.risk_texts
    assert own.text == "Own words."
    assert own.atlas_id == page.targets.item(3).data(Qt.ItemDataRole.UserRole)
    assert "own text" in page.targets.item(3).text()


def test_a_changed_rule_keeps_its_colour_while_it_is_chosen(dialog, app):
    table, shipped = dialog.page.table, resources.rule_set()
    row = next(at for at, rule in enumerate(shipped.rules) if rule.id == "skin-edge")
    mine = replace(shipped.rules[row], status=Status.SITE, pass_limit=8.0)
    rules = (*shipped.rules[:row], mine, *shipped.rules[row + 1 :])
    dialog.page.model.show_rules(replace(shipped, rules=rules))
    table.selectRow(row)
    table.scrollTo(dialog.page.model.index(row, 0))
    app.processEvents()
    picture = table.viewport().grab().toImage()
    ratio, box = picture.devicePixelRatio(), table.visualRect(dialog.page.model.index(row, 2))
    wanted = QColor(theme().tokens.check)
    assert any(
        picture.pixelColor(x, y) == wanted
        for x in range(int(box.left() * ratio), int(box.right() * ratio))
        for y in range(int(box.top() * ratio), int(box.bottom() * ratio))
    )
