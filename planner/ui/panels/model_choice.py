"""Which probe is it? The catalogue as a choice; what cannot be simulated is listed with its reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel

from planner.persistence.resources import probe_models
from planner.ui.panels.probe_words import model_flags, model_words, sentence
from planner.ui.widgets.fields import ChoiceField


class ModelChoice(ChoiceField):
    """The catalogue. A model that cannot be simulated is listed with its reason and cannot be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Probe model")
        for model in probe_models():
            if model.can_simulate:
                self.addItem(model_words(model), model.id)
                words = "\n".join(part for part in (model.boundary_words, sentence(model_flags(model))) if part)
                self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
                continue
            reason = f"cannot be simulated, missing {', '.join(model.missing_words)}"
            self.addItem(f"{model_words(model)}: {reason}", model.id)
            self.setItemData(self.count() - 1, model.boundary_words, Qt.ItemDataRole.ToolTipRole)
            items = self.model()
            assert isinstance(items, QStandardItemModel)  # noqa: S101 - what QComboBox makes
            items.item(self.count() - 1).setEnabled(False)
