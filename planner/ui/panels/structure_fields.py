"""How are a structure's kind, margin and colour chosen? Fields that say what the rules say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QColorDialog, QLineEdit, QVBoxLayout, QWidget

from planner.domain.errors import PlanInvalid
from planner.domain.structure import MOST_MARGIN_MM, StructureKind
from planner.rendering.palette import require_not_ice, style_for
from planner.ui.panels.panel import field_row
from planner.ui.panels.structure_words import KIND_GROUPS, kind_words, margin_rule, rule_words, short_mm
from planner.ui.theme.fonts import SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch

if TYPE_CHECKING:
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure

_ROWS_SHOWN = 24
_OWN = "own"
# Colours of Okabe and Ito (2008) that are neither blue nor the target's yellow, and quiet ones of the anatomy palette.
OFFERED_COLOURS: tuple[tuple[str, str], ...] = (
    ("Orange", "#e69f00"),
    ("Vermilion", "#e0673a"),
    ("Green", "#009e73"),
    ("Leaf", "#8fce8f"),
    ("Rose", "#cc79a7"),
    ("Sand", "#d9b08c"),
    ("Ivory", "#e8dfc8"),
    ("Umber", "#b07d48"),
)
_RATIO = 2.0


class KindChoice(ChoiceField):
    """Every kind of structure under the head of its group; typing the first letters of a kind goes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Kind")
        self.setMaxVisibleItems(_ROWS_SHOWN)
        model = QStandardItemModel(self)
        for group, kinds in KIND_GROUPS:
            head = QStandardItem(group)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setFont(ui_font(SMALL_PX, 600))
            model.appendRow(head)
            for kind in kinds:
                item = QStandardItem(kind_words(kind))
                item.setData(kind.value, Qt.ItemDataRole.UserRole)
                model.appendRow(item)
        self.setModel(model)

    def show_kind(self, kind: StructureKind) -> None:
        """Select a kind without reporting an edit."""
        self.select_data(kind.value)

    @property
    def kind(self) -> StructureKind:
        """The kind that is selected."""
        return StructureKind(self.currentData() or StructureKind.OTHER.value)


class MarginFields(QWidget):
    """The margin in mm, empty for the rule's; an own one needs a reason. ``committed`` when both are there, or neither.

    ``refused(str)`` says what is missing.
    """

    committed = Signal()
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.margin = QLineEdit()
        self.margin.setAccessibleName("Margin in mm")
        self.reason = text_field(name="Reason for the own margin", hint="Why this margin, in place of the rule")
        self._rule = label("", "hint", wrap=True)
        column.addLayout(field_row("Margin, mm", self.margin))
        self._because, because = QWidget(), field_row("Because", self.reason)
        because.setContentsMargins(0, 0, 0, 0)
        self._because.setLayout(because)
        column.addWidget(self._because)
        column.addWidget(self._rule)
        self.margin.editingFinished.connect(self._try)
        self.margin.textEdited.connect(lambda _text: self._show_reason())
        self.reason.editingFinished.connect(self._try)

    def show_structure(self, structure: Structure, rules: RuleSet) -> None:
        """Show a structure's margin and what the rules say of its kind."""
        rule = margin_rule(structure.kind, rules)
        figure = short_mm(rule.pass_limit) if rule is not None and rule.pass_limit is not None else "none"
        self.margin.setPlaceholderText(f"by rule: {figure}")
        if not self.margin.hasFocus() or not self.margin.isModified():
            self.margin.setText("" if structure.margin_mm is None else f"{structure.margin_mm:g}")
        if not self.reason.hasFocus() or not self.reason.isModified():
            self.reason.setText(structure.margin_reason)
        self._rule.setText(rule_words(structure, rules))
        self._rule.setToolTip("" if rule is None else rule.note)
        self._show_reason()

    @property
    def value(self) -> tuple[float | None, str]:
        """Margin and reason as typed; ``(None, "")`` for the rule's margin.

        Raises
        ------
        PlanInvalid
            When what is typed is no number from 0 to 50, or the reason is missing.
        """
        text = self.margin.text().strip().replace(",", ".").removesuffix("mm").strip()
        if not text:
            return None, ""
        try:
            margin_mm = float(text)
        except ValueError:
            margin_mm = -1.0
        if not 0 <= margin_mm <= MOST_MARGIN_MM:
            raise PlanInvalid(
                f"The margin is a number from 0 to {MOST_MARGIN_MM:g} mm, not “{text}”. Leave it empty for the rule's.",
                code="structure-margin",
            )
        reason = self.reason.text().strip()
        if not reason:
            raise PlanInvalid("Write why this margin takes the place of the rule; then it is used.", code="no-reason")
        return margin_mm, reason

    def _show_reason(self) -> None:
        self._because.setVisible(bool(self.margin.text().strip()))

    def _try(self) -> None:
        self._show_reason()
        try:
            self.value  # noqa: B018 - asked for what it refuses
        except PlanInvalid as error:
            if error.code == "no-reason" and self.sender() is self.margin:
                self.reason.setFocus()
            self.refused.emit(str(error))
        else:
            self.margin.setModified(False)
            self.reason.setModified(False)
            self.committed.emit()


class ColourChoice(ChoiceField):
    """A colour in place of the kind's: offered ones, or any that no eye takes for ice. ``colour_chosen(str)``.

    ``refused(str)`` says why a colour cannot be had (blue is the ice's alone).
    """

    colour_chosen = Signal(str)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Colour")
        self.setIconSize(QSize(SWATCH_W_PX, SWATCH_H_PX))
        self._shown: tuple[StructureKind, str] | None = None
        self.activated.connect(self._choose)

    def show_colour(self, kind: StructureKind, colour: str) -> None:
        """Show a structure's colour, each entry with the pattern of its kind."""
        if self._shown == (kind, colour):
            return
        self._shown = (kind, colour)
        self.blockSignals(True)
        self.clear()
        self.addItem(_swatch_icon(kind, ""), "Kind", "")
        known = list(OFFERED_COLOURS)
        if colour and colour not in [offered for _, offered in known]:
            known.insert(0, (colour, colour))
        for name, offered in known:
            self.addItem(_swatch_icon(kind, offered), name, offered)
        self.addItem("Other…", _OWN)
        self.setCurrentIndex(max(self.findData(colour), 0))
        self.blockSignals(False)

    def _choose(self, index: int) -> None:
        chosen = self.itemData(index)
        if self._shown is None:
            return
        kind, before = self._shown
        if chosen == _OWN:
            picked = self.ask_colour(style_for(kind, before).colour)
            chosen = before if picked is None else picked
        self._shown = None
        self.show_colour(kind, before)
        if chosen != before:
            self.offer(chosen)

    def offer(self, colour: str) -> None:
        """Take a colour, or say why not."""
        if colour:
            try:
                require_not_ice(colour)
            except PlanInvalid as error:
                self.refused.emit(str(error))
                return
        self.colour_chosen.emit(colour)

    def ask_colour(self, colour: str) -> str | None:
        """Ask for any colour; None when the user left it."""
        option = QColorDialog.ColorDialogOption.DontUseNativeDialog
        picked = QColorDialog.getColor(QColor(colour), self.window(), "Colour of the structure", option)
        return picked.name() if picked.isValid() else None


def _swatch_icon(kind: StructureKind, colour: str) -> QIcon:
    image = QPixmap(QSize(SWATCH_W_PX, SWATCH_H_PX) * _RATIO)
    image.setDevicePixelRatio(_RATIO)
    image.fill(QColor(theme().tokens.field))
    painter = QPainter(image)
    paint_swatch(painter, QRectF(0, 0, SWATCH_W_PX, SWATCH_H_PX), style_for(kind, colour))
    painter.end()
    return QIcon(image)
