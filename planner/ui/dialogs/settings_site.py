"""What does the site print of itself? Its name, and its own words on the risks of each target."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from planner.domain.errors import PlannerError
from planner.domain.site import LONGEST_NAME, RiskText, SiteSettings
from planner.persistence.resources import atlas
from planner.persistence.site_settings import keep_site_settings, site_settings
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, set_tone

_LABEL_PX, _LIST_PX = 84, 300


class SitePage(QWidget):
    """Name and risk texts; kept with the button, and not before."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(8)
        column.addWidget(label("Site", "title"))
        self.name = text_field(name="Name of the site", hint="printed on every report; empty prints none")
        self.name.setMaxLength(LONGEST_NAME)
        column.addLayout(field_row("Name", self.name, width_px=_LABEL_PX))
        said = (
            "Own words on risks, treatment and what to do about them, printed on the risks sheet of a target under the "
            "site's name, as they are typed and in no other language. The program itself proposes no drug or dose."
        )
        column.addWidget(label(said, "secondary", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        self.targets = QListWidget()
        self.targets.setAccessibleName("Targets")
        self.targets.setFixedWidth(_LIST_PX)
        self.targets.setSpacing(4)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Own words on the risks of this target")
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("own words for this target; empty prints none")
        row.addWidget(self.targets)
        row.addWidget(self.text, 1)
        column.addLayout(row, 1)
        foot = QHBoxLayout()
        self.said = label("", wrap=True)
        foot.addWidget(self.said, 1)
        self.keep = QPushButton("Keep")
        self.keep.setProperty("look", "primary")
        self.keep.setAutoDefault(False)
        self.keep.clicked.connect(self._keep)
        foot.addWidget(self.keep)
        column.addLayout(foot)
        self._texts: dict[str, str] = {}
        self._shown = ""
        self._read()
        self.targets.currentItemChanged.connect(self._show_target)
        self.targets.setCurrentRow(0)

    def _read(self) -> None:
        try:
            settings = site_settings()
        except PlannerError as error:
            settings = SiteSettings()
            self._say(str(error), "fail")
            self.keep.setEnabled(False)
        self.name.setText(settings.name)
        self._texts = {entry.atlas_id: entry.text for entry in settings.risk_texts}
        for entry in sorted(atlas(), key=lambda entry: entry.name.casefold()):
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, entry.id)
            item.setData(Qt.ItemDataRole.UserRole + 1, entry.name)
            self.targets.addItem(item)
        self._mark()

    def _mark(self) -> None:
        """Tell the targets with own words from the others."""
        for at in range(self.targets.count()):
            item = self.targets.item(at)
            has_text = bool(self._texts.get(str(item.data(Qt.ItemDataRole.UserRole)), "").strip())
            item.setText(f"{item.data(Qt.ItemDataRole.UserRole + 1)}{' · own text' if has_text else ''}")

    def _show_target(self, item: QListWidgetItem | None) -> None:
        self._take()
        if item is not None:
            self._shown = str(item.data(Qt.ItemDataRole.UserRole))
            self.text.setPlainText(self._texts.get(self._shown, ""))

    def _take(self) -> None:
        if self._shown:
            self._texts[self._shown] = self.text.toPlainText()
            self._mark()

    def _keep(self) -> None:
        self._take()
        texts = tuple(RiskText(key, text.strip()) for key, text in sorted(self._texts.items()) if text.strip())
        try:
            keep_site_settings(replace(site_settings(), name=self.name.text().strip(), risk_texts=texts))
        except PlannerError as error:
            self._say(str(error), "fail")
        else:
            self._say(f"Kept: {len(texts)} own text{'' if len(texts) == 1 else 's'}.", "")

    def _say(self, sentence: str, tone: str) -> None:
        self.said.setText(sentence)
        set_tone(self.said, tone)
