"""By which limits are plans judged at this site? Every rule with source and status, and the way to change one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner.domain.digest import content_hash, short_hash
from planner.domain.errors import PlannerError
from planner.domain.site_rules import rule_set_words
from planner.persistence.resources import rule_set, shipped_rule_set
from planner.persistence.site_rules import append_change, read_changes, site_rules_file
from planner.planning.rules import number
from planner.services.session import utc_now
from planner.ui.dialogs.settings_rule_form import RuleForm
from planner.ui.dialogs.settings_rule_table import RuleModel, rule_table
from planner.ui.widgets.labels import label, rule_line, set_tone

if TYPE_CHECKING:
    from planner.domain.site_rules import RuleChange

_FORM_PX = 268


class RulesPage(QWidget):
    """Table above, the chosen rule below. ``rules_changed`` after a change was kept."""

    rules_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        shipped = shipped_rule_set()
        self.model = RuleModel(shipped)
        self.table = rule_table(self.model)
        self.form = RuleForm()
        self.form.setFixedHeight(_FORM_PX)
        self.state = label("", wrap=True)
        isotherm = number(shipped.treatment_isotherm_c)
        said = (
            "Most limits are defaults of this project, taken from tumour ablation and animals; the table names them. "
            "A change needs a document, a name and a reason, counts at once, is printed with every report, and stays "
            f"in the record for good. Coverage is judged at the {isotherm} °C isotherm (fixed)."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(8)
        column.addWidget(label("Rules", "title"))
        column.addWidget(label(said, "secondary", wrap=True))
        column.addWidget(self.state)
        column.addWidget(self.table, 1)
        column.addWidget(rule_line())
        column.addWidget(self.form)
        self.form.asked.connect(self._change)
        self.form.unread.connect(lambda error: self.form.show_error(str(error)))
        self.table.selectionModel().currentRowChanged.connect(self._show_rule)
        self.refresh()
        self.table.selectRow(0)

    def refresh(self) -> None:
        """Show the rules as they are on disk now."""
        try:
            rules, self._changes = rule_set(), read_changes(site_rules_file())
        except PlannerError as error:
            self._changes = ()
            self.state.setText(str(error))
            set_tone(self.state, "fail")
            self.form.setEnabled(False)
            return
        self.model.show_rules(rules)
        words = rule_set_words(rules)
        self.state.setText(f"In force: {words}. Rule set {short_hash(content_hash(rules))}")
        set_tone(self.state, "check" if words.startswith("site") else "")
        self._show_rule()

    def _show_rule(self, *_index: object) -> None:
        row = self.table.currentIndex().row()
        if row < 0:
            return
        rule = self.model.rule(row)
        mine = [change for change in self._changes if change.rule_id == rule.id]
        self.form.show_rule(rule, default=self.model.shipped(row), changes=mine)

    def _change(self, change: RuleChange) -> None:
        try:
            append_change(site_rules_file(), replace(change, at=utc_now()), shipped=shipped_rule_set())
        except PlannerError as error:
            self.form.show_error(error.sentence)
            return
        self.form.show_error("")
        self.form.why.clear()
        self.refresh()
        self.rules_changed.emit()
