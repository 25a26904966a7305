"""In which language and on which paper are reports made? Two choices, kept as they are made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.site import LANGUAGES, PAPERS, SiteSettings
from planner.persistence.site_settings import keep_site_settings, site_settings
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL_PX, _FIELD_PX = 84, 260


class ReportsPage(QWidget):
    """Language and paper of every report made from now on."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(10)
        column.addWidget(label("Reports", "title"))
        said = (
            "English is the source of every report. In another language the verdict words PASS, CHECK, FAIL and NOT "
            "ASSESSED stay as they are, with their meaning beside; numbers, units, names and what somebody typed are "
            "never changed. The window itself is in English."
        )
        column.addWidget(label(said, "secondary", wrap=True))
        self.language = _choice(LANGUAGES, name="Language of reports")
        self.paper = _choice(PAPERS, name="Paper of reports")
        column.addLayout(_left(field_row("Language", self.language, width_px=_LABEL_PX)))
        column.addLayout(_left(field_row("Paper", self.paper, width_px=_LABEL_PX)))
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        column.addWidget(self.error)
        column.addStretch(1)
        self._show()
        for field in (self.language, self.paper):
            field.currentIndexChanged.connect(self._keep)

    def _show(self) -> None:
        try:
            settings = site_settings()
        except PlannerError as error:
            self.error.setText(str(error))
            settings = SiteSettings()
            self.language.setEnabled(False)
            self.paper.setEnabled(False)
        self.language.select_data(settings.language)
        self.paper.select_data(settings.paper)

    def _keep(self) -> None:
        language, paper = str(self.language.currentData()), str(self.paper.currentData())
        try:
            keep_site_settings(replace(site_settings(), language=language, paper=paper))
        except PlannerError as error:
            self.error.setText(str(error))
        else:
            self.error.setText("")


def _left(row: QHBoxLayout) -> QHBoxLayout:
    """Keep a row at the left instead of spread over the page."""
    row.addStretch(10)
    return row


def _choice(options: Mapping[str, str], *, name: str) -> ChoiceField:
    field = ChoiceField()
    field.setAccessibleName(name)
    field.setFixedWidth(_FIELD_PX)
    for code, words in options.items():
        field.addItem(words, code)
    return field
