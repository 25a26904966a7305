"""What is wished for? Target, how many probes, which models, technique and seed; what the plan's own probes are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.identity import TargetId
from planner.domain.suggestion import MOST_PROBES, SuggestWish
from planner.persistence.resources import probe_models
from planner.persistence.technique_table import robustness_table
from planner.ui.panels.panel import SIDE_PX, field_row
from planner.ui.panels.probe_words import model_words
from planner.ui.preferences import ROBUSTNESS_TECHNIQUE
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label, plain_tip
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.ui.desk import Desk

_LABEL_PX = 76
_MOST_SEED = 999_999
_ANOTHER = "Another seed searches other places; the same one gives the same answer"


class WishForm(QWidget):
    """The fields, and the button that starts the search. ``asked(SuggestWish)``."""

    asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._plan_id = ""
        self.setAccessibleName("What to suggest")
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 10)
        column.setSpacing(8)
        self.target = ChoiceField()
        column.addLayout(field_row("Target", self.target, width_px=_LABEL_PX))
        self.probes = ChoiceField()
        for count in range(1, MOST_PROBES + 1):
            self.probes.addItem("1 probe" if count == 1 else f"1 to {count} probes", count)
        column.addLayout(field_row("Probes", self.probes, width_px=_LABEL_PX))
        column.addLayout(self._make_models())
        self.technique = ChoiceField()
        for technique in robustness_table().techniques:
            self.technique.addItem(technique.label, technique.id)
        self.technique.setToolTip("Whose placement errors are drawn for the share of draws that hold")
        column.addLayout(field_row("Technique", self.technique, width_px=_LABEL_PX))
        self.seed = NumberField(unit="", low=0, high=_MOST_SEED, decimals=0)
        self.seed.setValue(1)
        self.seed.setToolTip(_ANOTHER)
        column.addLayout(field_row("Seed", self.seed, width_px=_LABEL_PX))
        self._hint = label("", "hint", wrap=True)
        column.addWidget(self._hint)
        row = QHBoxLayout()
        self.start = QPushButton("Search placements")
        self.start.clicked.connect(self._ask)
        row.addWidget(self.start)
        row.addStretch(1)
        column.addLayout(row)
        self._message = label("", "secondary", wrap=True)
        self._message.setObjectName("fieldError")
        self._message.hide()
        column.addWidget(self._message)

    def _make_models(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(label("Models, each tried by itself", "secondary"))
        self.models: dict[str, TickBox] = {}
        for model in probe_models():
            if model.can_simulate:
                box = self.models[model.id] = TickBox(model.label.replace("&", "&&"))
                box.setToolTip(plain_tip(f"{model_words(model)}. {model.boundary_words}"))
                box.setMinimumWidth(1)
                column.addWidget(box)
        left_out = sum(not model.can_simulate for model in probe_models())
        if left_out:
            column.addWidget(label(f"{left_out} more of the catalogue cannot be predicted.", "hint", wrap=True))
        return column

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_plan(self, plan: Plan, *, missing: str) -> None:
        """Offer the plan's targets; what was chosen stays while it is there. ``missing``: why it cannot be asked."""
        offered = [(target.words, str(target.id)) for target in plan.targets]
        if offered != [(self.target.itemText(at), self.target.itemData(at)) for at in range(self.target.count())]:
            chosen = self.target.currentData()
            self.target.clear()
            for words, target_id in offered:
                self.target.addItem(words, target_id)
            self.target.select_data(chosen if any(t.id == chosen for t in plan.targets) else self.target.itemData(0))
        if plan.id != self._plan_id:
            self._begin_with(plan)
        self._hint.setText(_hint(plan))
        self.start.setEnabled(not missing)
        self.start.setToolTip(missing or "Screens shafts, then computes the ice of the best; the plan stays as it is")

    def _begin_with(self, plan: Plan) -> None:
        """Choose what this plan has: its own models, its number of probes, the workstation's technique."""
        self._plan_id = plan.id
        own = {probe.model_id for probe in plan.probes if not plan.is_locked(probe.id)} & set(self.models)
        wanted = own or {next(iter(self.models))}
        for model_id, box in self.models.items():
            box.setChecked(model_id in wanted)
        free = sum(not plan.is_locked(probe.id) for probe in plan.probes)
        self.probes.select_data(min(max(free, 1), MOST_PROBES))
        self.technique.select_data(self._desk.preferences.text(ROBUSTNESS_TECHNIQUE, str(self.technique.itemData(0))))
        if self.technique.currentIndex() < 0:
            self.technique.setCurrentIndex(0)
        self._message.hide()

    def say(self, sentence: str) -> None:
        """Say under the button why nothing was found or asked; empty takes it away."""
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

    def _ask(self) -> None:
        """Send the wish, or say what is missing in it; nothing chosen is lost."""
        models = tuple(model_id for model_id, box in self.models.items() if box.isChecked())
        if not models:
            self.say("Tick at least one probe model.")
            next(iter(self.models.values())).setFocus()
            return
        self.say("")
        self.asked.emit(
            SuggestWish(
                target_id=TargetId(str(self.target.currentData())),
                model_ids=models,
                most_probes=int(self.probes.currentData()),
                seed=round(self.seed.value()),
                technique_id=str(self.technique.currentData()),
            )
        )


def _hint(plan: Plan) -> str:
    """Say what becomes of the plan's own probes."""
    locked = [probe.label for probe in plan.probes if plan.is_locked(probe.id)]
    free = [probe.label for probe in plan.probes if not plan.is_locked(probe.id)]
    said = []
    if locked:
        said.append(
            f"{_joined(locked)} {'is' if len(locked) == 1 else 'are'} locked and stay{'s' * (len(locked) == 1)}."
        )
    if free:
        said.append(f"Adopting a suggestion replaces {_joined(free)}; lock what is to stay.")
    return " ".join(said)


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
