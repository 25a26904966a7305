"""How are the rows of a record typed? In place; what cannot be kept stays as typed, with the reason below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.ui.case.note_area import is_undo
from planner.ui.case.record_form import ColumnKind, Item
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject

    from planner.ui.case.record_form import Column, RecordForm, Texts

_GAP_PX = 8
_DELETE_PX = 28
VERB_PX = 92
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RecordRow(QFrame, Generic[Item]):
    """One row. ``keep`` takes the item that was read and answers with a refusal, empty when it is kept."""

    removed = Signal()
    asked = Signal()

    def __init__(self, form: RecordForm[Item], number: int, *, verb: str = "") -> None:
        super().__init__()
        self._form = form
        self.item: Item | None = None
        self.keep: Callable[[Item], str] = lambda _item: ""
        self._written: Texts = form.empty
        self._is_settling = False
        self.fields: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(_GAP_PX)
        for each in form.columns:
            field = self._field(each)
            field.setAccessibleName(f"{each.name} of {form.noun} {number}")
            field.installEventFilter(self)
            _set_width(field, each)
            self.fields.append(field)
            line.addWidget(field, 0 if each.width_px else 1)
        self._add_buttons(line, number, verb)
        column.addLayout(line)
        self._under: list[ElidedLabel] = []
        self._under_line = QHBoxLayout()
        self._under_line.setSpacing(_GAP_PX)
        column.addLayout(self._under_line)
        self.remark = label("", "hint", wrap=True)
        self.remark.hide()
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        self.error.hide()
        column.addWidget(self.remark)
        column.addWidget(self.error)

    def _field(self, column: Column) -> QWidget:
        if column.kind.is_shown:
            shown = ElidedLabel("name" if column.kind is ColumnKind.FIGURE else column.look)
            if column.kind.is_right:
                shown.setAlignment(_RIGHT)
            return shown
        if column.kind is ColumnKind.CHOICE:
            choice = ChoiceField()
            choice.setPlaceholderText(column.hint)
            choice.activated.connect(lambda _index: self.commit(loud=False))
            return choice
        field = text_field(name=column.name, hint=column.hint)
        if column.kind is ColumnKind.NUMBER:
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.textChanged.connect(lambda _text: self._open_columns())
        field.editingFinished.connect(lambda: self.commit(loud=False))
        field.returnPressed.connect(lambda: self.commit(loud=True))
        return field

    def _add_buttons(self, line: QHBoxLayout, number: int, verb: str) -> None:
        self.verb = QPushButton(verb)
        self.verb.setFixedWidth(VERB_PX)
        self.verb.setVisible(bool(verb))
        self.verb.clicked.connect(self.asked)
        self.delete = QPushButton()
        self.delete.setProperty("look", "iconMenu")
        set_icon(self.delete, "x", "text_2")
        self.delete.setToolTip(f"Remove this {self._form.noun}")
        self.delete.setAccessibleName(f"Remove {self._form.noun} {number}")
        self.delete.clicked.connect(self.removed)
        line.addWidget(self.verb)
        line.addWidget(self.delete)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_item(self, item: Item | None) -> None:
        """Show an item; what is being typed stays."""
        texts = self._form.empty if item is None else self._form.write(item)
        is_typed = self.is_changed and not self._is_settling
        self.item, self._written = item, texts
        if not is_typed or self.texts == texts:
            self._put(texts)
            self.error.hide()

    def show_under(self, texts: Sequence[str]) -> None:
        """Show a text under each column, such as what was planned; none hides the line."""
        if not self._under and texts:
            for each in self._form.columns:
                shown = ElidedLabel("hint")
                if each.kind.is_right:
                    shown.setAlignment(_RIGHT)
                shown.setContentsMargins(_GAP_PX, 0, _GAP_PX, 0)
                _set_width(shown, each)
                self._under.append(shown)
                self._under_line.addWidget(shown, 0 if each.width_px else 1)
            for button in (self.verb, self.delete):
                if not button.isHidden():
                    gap = QLabel()
                    gap.setFixedWidth(VERB_PX if button is self.verb else _DELETE_PX)
                    self._under_line.addWidget(gap)
        for shown, text in zip(self._under, texts, strict=False):
            shown.show_text(text)

    def show_remark(self, text: str) -> None:
        """Show a sentence below the row."""
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    @property
    def texts(self) -> Texts:
        """What stands in the columns."""
        return tuple(_text_of(field) for field in self.fields)

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that is not kept."""
        return self.texts != self._written

    def put_texts(self, texts: Texts) -> None:
        """Put texts as if typed, for a row that goes on where another was."""
        self._put(texts)

    def _put(self, texts: Texts) -> None:
        for field, each, text in zip(self.fields, self._form.columns, texts, strict=True):
            if isinstance(field, ChoiceField):
                self._fill(field, each, texts)
                field.select_data(text)
            elif isinstance(field, QLineEdit):
                if field.text() != text:
                    field.setText(text)
                    field.setCursorPosition(0)
            elif isinstance(field, ElidedLabel):
                field.show_text(text)
        self._open_columns()

    def _fill(self, field: ChoiceField, column: Column, texts: Texts) -> None:
        """Give a choice the options that it has beside the row's other texts."""
        options = () if column.options_of is None else column.options_of(texts)
        if [(field.itemText(n), field.itemData(n)) for n in range(field.count())] == list(options):
            return
        with QSignalBlocker(field):
            field.clear()
            for shown, data in options:
                field.addItem(shown, data)
                field.setItemData(field.count() - 1, shown, Qt.ItemDataRole.ToolTipRole)

    # --- typing ------------------------------------------------------------------------------------------------------

    def commit(self, *, loud: bool) -> None:
        """Keep what stands in the row; ``loud`` says why it cannot be, once somebody has done with the row."""
        self._refresh_options()
        if self._is_settling or not self.is_changed:
            if not self.is_changed:
                self.error.hide()
            return
        try:
            read = self._form.read(self.texts, self.item)
        except PlannerError as error:
            if loud:
                self._refuse(str(error))
            return
        self._is_settling = True
        refusal = self.keep(read)
        if not refusal and self.is_changed:
            self.show_item(read)  # the same, written otherwise: nobody shows it anew
        self._is_settling = False
        if refusal:
            self._refuse(refusal)
        else:
            self.error.hide()

    def _refuse(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.show()

    def _open_columns(self) -> None:
        """Let a column be filled once there is what it is about; until then its tooltip names that."""
        texts = self.texts
        for field, each in zip(self.fields, self._form.columns, strict=True):
            if each.needs:
                is_open = any(texts[number].strip() for number in each.needs)
                names = " or ".join(self._form.columns[number].name.partition(",")[0].lower() for number in each.needs)
                field.setEnabled(is_open)
                field.setToolTip("" if is_open else f"Type the {names} first")

    def _refresh_options(self) -> None:
        """Let a choice follow another: a grade goes where its scale is changed."""
        texts = self.texts
        for field, each in zip(self.fields, self._form.columns, strict=True):
            if isinstance(field, ChoiceField) and each.options_of is not None:
                held = _text_of(field)
                self._fill(field, each, texts)
                field.select_data(held)

    def settled(self) -> None:
        """Take what stands in the columns as kept."""
        self._written = self.texts

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say why a row cannot be kept once the keyboard leaves it; leave undo to the case where nothing is typed."""
        if is_undo(event) and not self.is_changed:
            event.ignore()
            return True
        if event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self._on_left)
        return super().eventFilter(watched, event)

    def _on_left(self) -> None:
        holder = self.window().focusWidget()
        if holder is None or not self.isAncestorOf(holder):
            self.commit(loud=True)

    @property
    def refusal(self) -> str:
        """Why what stands in the row is not kept; empty when it is, or nothing was typed."""
        return "" if self.error.isHidden() else self.error.text()

    def begin(self, at: int = 0) -> None:
        """Take the keyboard once it is laid out, in the first field from column ``at`` on that can be typed into."""
        first = next(field for field in self.fields[at:] if not isinstance(field, ElidedLabel))
        QTimer.singleShot(0, first, first.setFocus)


class RecordTable(QWidget, Generic[Item]):
    """Rows of one kind under their column heads.

    ``keep(at, item)`` keeps the row number ``at`` (the number of rows for a new one) and answers with a refusal;
    ``remove(at)`` takes one out. Drafts that cannot be kept yet stay at the end. ``counted`` when rows came or went.
    """

    counted = Signal()

    def __init__(
        self,
        form: RecordForm[Item],
        *,
        keep: Callable[[int, Item], str],
        remove: Callable[[int], object],
        add_verb: str = "",
        verb: str = "",
        is_removable: bool = True,
    ) -> None:
        super().__init__()
        self._form, self._keep, self._remove, self._verb = form, keep, remove, verb
        self._is_removable = is_removable
        self.rows: list[RecordRow[Item]] = []
        self.drafts: list[RecordRow[Item]] = []
        self.asked: Callable[[int], object] = lambda _at: None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._head = self._make_head()
        column.addWidget(self._head)
        self._column = QVBoxLayout()
        self._column.setSpacing(10 if verb else 6)
        column.addLayout(self._column)
        self.add = QPushButton(add_verb)
        set_icon(self.add, "plus")
        self.add.setVisible(bool(add_verb))
        self.add.clicked.connect(lambda: self.add_draft().begin())
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        column.addLayout(foot)
        self._show_head()

    def _make_head(self) -> QWidget:
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(_GAP_PX)
        for each in self._form.columns:
            named = label(each.name, "column")
            if each.kind.is_right:
                named.setAlignment(_RIGHT)
            _set_width(named, each)
            line.addWidget(named, 0 if each.width_px else 1)
        for width_px in (VERB_PX if self._verb else 0, _DELETE_PX if self._is_removable else 0):
            if width_px:
                gap = QLabel()
                gap.setFixedWidth(width_px)
                line.addWidget(gap)
        return head

    def show_items(self, items: Sequence[Item]) -> None:
        """Show the items, one row each; drafts stay below."""
        while len(self.rows) > len(items):
            self._drop(self.rows.pop())
        while len(self.rows) < len(items):
            self._insert(self._new_row(len(self.rows) + 1), into=self.rows)
        for row, item in zip(self.rows, items, strict=True):
            row.show_item(item)
        self._show_head()

    def add_draft(self) -> RecordRow[Item]:
        """Add an empty row; it is kept as soon as it can be."""
        row = self._new_row(len(self.rows) + len(self.drafts) + 1)
        row.show_item(None)
        row.put_texts(self._form.empty)
        self._insert(row, into=self.drafts)
        self._show_head()
        return row

    def commit(self) -> None:
        """Keep what is being typed in any row."""
        for row in (*self.rows, *self.drafts):
            row.commit(loud=True)

    @property
    def refused(self) -> RecordRow[Item] | None:
        """The first row with something typed that cannot be kept."""
        return next((row for row in (*self.rows, *self.drafts) if row.refusal), None)

    def _new_row(self, number: int) -> RecordRow[Item]:
        row: RecordRow[Item] = RecordRow(self._form, number, verb=self._verb)
        row.delete.setVisible(self._is_removable)
        row.keep = lambda item: self._keep_row(row, item)
        row.removed.connect(lambda: self._remove_row(row))
        row.asked.connect(lambda: self.asked(self.rows.index(row)) if row in self.rows else None)
        return row

    def _insert(self, row: RecordRow[Item], *, into: list[RecordRow[Item]]) -> None:
        at = len(self.rows) if into is self.rows else len(self.rows) + len(self.drafts)
        into.append(row)
        self._column.insertWidget(at, row)

    def _keep_row(self, row: RecordRow[Item], item: Item) -> str:
        """Keep a row; a draft takes its place among the rows before anybody shows them anew."""
        if row in self.rows:
            return self._keep(self.rows.index(row), item)
        at = len(self.rows)
        self.drafts.remove(row)
        self.rows.append(row)
        self._column.removeWidget(row)
        self._column.insertWidget(at, row)
        refusal = self._keep(at, item)
        if refusal:
            self.rows.remove(row)
            self.drafts.insert(0, row)
        return refusal

    def _remove_row(self, row: RecordRow[Item]) -> None:
        if row in self.drafts:
            self.drafts.remove(row)
            self._drop(row)
            self._show_head()
        elif row in self.rows:
            row.settled()
            self._remove(self.rows.index(row))

    def _drop(self, row: RecordRow[Any]) -> None:
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    @property
    def is_empty(self) -> bool:
        """Whether there is no row, not even one that is being typed."""
        return not self.rows and not self.drafts

    def _show_head(self) -> None:
        self._head.setVisible(not self.is_empty)
        self.counted.emit()


def _set_width(widget: QWidget, column: Column) -> None:
    if column.width_px:
        widget.setFixedWidth(column.width_px)
    else:
        widget.setMinimumWidth(60)
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, widget.sizePolicy().verticalPolicy())


def _text_of(field: QWidget) -> str:
    if isinstance(field, ChoiceField):
        data = field.currentData()
        return "" if data is None else str(data)
    if isinstance(field, QLineEdit):
        return field.text()
    return field.whole_text() if isinstance(field, ElidedLabel) else ""
