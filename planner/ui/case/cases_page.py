"""Which cases are there, and which wait? The list with search and filter, and the follow-ups that wait below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner.casebook.library import CaseLibrary
from planner.services.case_library_list import CaseFilter
from planner.ui.background import Background
from planner.ui.case.cases_list import CasesList
from planner.ui.case.cases_rows import CaseLine, Listed, read_lines
from planner.ui.case.empty_page import EmptyPage
from planner.ui.case.reminder_list import ReminderList
from planner.ui.panels.structure_menus import LINE, fill_menu
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from planner.ui.case.case_deeds import CaseDeeds
    from planner.ui.case.case_desk import CaseDesk

_NONE = "No cases yet. A case holds the intake, the plans, the procedures and the follow-ups of one patient."
_SEARCH = "Search problem, pseudonym, plan, target"
_TYPING_MS = 120
_REMINDER_SHARE = 0.34


class CasesPage(QWidget):
    """The page. ``open_asked(CaseId)``, and ``record_asked(Reminder)`` for a follow-up that waits."""

    open_asked = Signal(object)
    record_asked = Signal(object)

    def __init__(self, case_desk: CaseDesk, deeds: CaseDeeds) -> None:
        super().__init__()
        self.setAccessibleName("Cases page")
        self._cases, self._deeds = case_desk, deeds
        self._filter = CaseFilter.OPEN
        self._found = Listed()
        self._wants_focus = False
        # The thread's own: what one library remembers of its file is no two threads' business.
        self._library = CaseLibrary(case_desk.desk.services.cases_folder)
        self._reader = Background(self, self._show)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addLayout(self._make_title())
        self._column.addLayout(self._make_filters())
        self.list = CasesList()
        self.list.opened.connect(lambda _key: self._open_current())
        self.list.picked.connect(lambda key: self._show_choice(self.list.line(key)))
        self.list.menu_asked.connect(lambda key, place: self._show_menu(self.list.line(key), place))
        self.list.remove_asked.connect(lambda key: self._delete(self.list.line(key)))
        self.reminders = ReminderList()
        self.reminders.asked.connect(self.record_asked)
        self._empty = EmptyPage()
        self._empty.asked.connect(self._help_empty)
        self._table = QStackedWidget()
        self._table.addWidget(self.list)
        self._table.addWidget(self._empty)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setHandleWidth(16)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._table)
        self._split.addWidget(self.reminders)
        self._split.setStretchFactor(0, 1)
        self._is_shared_by_hand = False
        self._split.splitterMoved.connect(self._note_hand)
        self._column.addWidget(self._split, 1)
        self._column.addLayout(self._make_foot())
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_TYPING_MS)
        self._late.timeout.connect(self.show_cases)
        case_desk.listed.connect(self._note_change)
        case_desk.desk.view.changed.connect(self._on_view)

    def _make_title(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label("Cases", "title"))
        head.addStretch(1)
        self.search = text_field(name="Search cases", hint=_SEARCH)
        self.search.setFixedWidth(300)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._late.start())
        self.names = TickBox("In names, too")
        self.names.setToolTip("Look among the patients' names and numbers as well")
        self.names.toggled.connect(lambda _on: self.show_cases())
        carry = QPushButton("Import…")
        set_icon(carry, "download-simple")
        carry.setToolTip("Take in a case from a file")
        carry.clicked.connect(self._deeds.choose_import)
        self.first = QPushButton("New case")
        set_icon(self.first, "plus")
        self.first.clicked.connect(self._deeds.new_case)
        self._more = QPushButton()
        set_icon(self._more, "dots-three")
        self._more.setProperty("look", "iconMenu")
        self._more.setAccessibleName("More for cases")
        self._more.setToolTip("More for cases")
        menu = QMenu(self)
        fill_menu(menu, (("Registry export…", "", self._deeds.export_registry),))
        self._more.setMenu(menu)
        for widget in (self.search, self.names, carry, self.first, self._more):
            head.addWidget(widget)
        return head

    def _make_filters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self._group = QButtonGroup(self)
        self.filters: dict[CaseFilter, QPushButton] = {}
        for kind in CaseFilter:
            button = QPushButton(kind.value.capitalize())
            button.setCheckable(True)
            button.setChecked(kind is self._filter)
            button.setProperty("look", "segment")
            button.setMinimumWidth(96)
            button.clicked.connect(lambda _on=False, kind=kind: self._choose(kind))
            self._group.addButton(button)
            self.filters[kind] = button
            row.addWidget(button)
        row.addStretch(1)
        self._note = ElidedLabel("secondary")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._note, 1)
        return row

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._open = QPushButton("Open case")
        self._open.setProperty("look", "primary")
        self._open.clicked.connect(self._open_current)
        self._words = label("Enter opens the case; the menu key or a right click has the rest.", "secondary")
        foot.addWidget(self._open)
        foot.addWidget(self._words)
        foot.addStretch(1)
        return foot

    def set_margins(self, side: int) -> None:
        """Take less of a small window."""
        self._column.setContentsMargins(side, 20, side, 16)

    # --- showing -----------------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether the library is being looked into."""
        return self._reader.is_busy or self._late.isActive()

    def show_cases(self) -> None:
        """Look into the library in the background; what is looked for is listed when it is there."""
        self._late.stop()
        library, query, today = self._library, self.search.text(), self._cases.today()
        with_names = self.names.isChecked() and not self._hides
        self._reader.ask(lambda: read_lines(library, query, with_identity=with_names, today=today))

    def _show(self, found: Listed) -> None:
        self._found = found
        self._note.show_text(found.note)
        self._show_reminders()
        self._list()

    def _list(self) -> None:
        """List what belongs under the filter."""
        lines = self._found.lines
        counts = {kind: sum(line.belongs(kind) for line in lines) for kind in CaseFilter}
        for kind, button in self.filters.items():
            button.setText(f"{kind.value.capitalize()}  {counts[kind]}")
            button.setChecked(kind is self._filter)
        shown = [line for line in lines if line.belongs(self._filter)]
        self.list.show_lines(shown, hides_identity=self._hides)
        for widget in (self._open, self._words):
            widget.setVisible(bool(shown))
        sentence, verb = self._why_empty()
        self._empty.show_words(sentence, verb)
        had_focus = self.first.hasFocus() and self._wants_focus
        self._table.setCurrentWidget(self.list if shown else self._empty)
        if shown and had_focus:
            self._wants_focus = False  # it waited for the library to be looked into
            self.list.setFocus()

    def _note_hand(self) -> None:
        self._is_shared_by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._share_height()

    def _why_empty(self) -> tuple[str, str]:
        """Return why nothing is listed, and the button that helps."""
        if self._found.refusal:
            return self._found.refusal, "Try again"
        if self._found.lines:
            return f"No case under “{self._filter.value}”.", "Show all"
        if self.search.text().strip():
            return f"No case matches “{self.search.text().strip()}”.", "Clear search"
        return _NONE, "New case"

    def _show_reminders(self) -> None:
        found = self._found.waiting
        self.reminders.setVisible(bool(found))
        self.reminders.show_reminders(found)
        QTimer.singleShot(0, self._share_height)

    def _share_height(self) -> None:
        """Give the follow-ups that wait what they need, at most a third of the page; a hand on the bar has the say."""
        if self._is_shared_by_hand:
            return
        whole = self._split.height()
        below = min(self.reminders.wanted_height(), round(whole * _REMINDER_SHARE))
        self._split.setSizes([whole - below, below])

    def _help_empty(self) -> None:
        verb = self._empty.button.text()
        if verb == "Show all":
            self._choose(CaseFilter.ALL)
        elif verb == "Clear search":
            self.search.clear()
            self.show_cases()
        elif verb == "Try again":
            self.show_cases()
        else:
            self._deeds.new_case()

    def _choose(self, kind: CaseFilter) -> None:
        self._filter = kind
        self._list()

    def _show_choice(self, line: CaseLine | None) -> None:
        can_open = line is not None and line.case is not None
        self._open.setEnabled(can_open)
        self._open.setToolTip("" if can_open or line is None else f"Open is off: {line.reason}")

    def _open_current(self) -> None:
        line = self.list.line()
        if line is not None and line.case is not None:
            self.open_asked.emit(line.case_id)

    def regions(self) -> tuple[QWidget, ...]:
        """Return the places F6 goes through."""
        return (self.search, self.list, self.reminders)

    def focus_first(self) -> None:
        """Put the keyboard where work goes on."""
        self._wants_focus = not self.list.lines()
        (self.first if self._wants_focus else self.list).setFocus()

    # --- a row's menu ------------------------------------------------------------------------------------------------

    def _delete(self, line: CaseLine | None) -> None:
        if line is not None:
            self._deeds.delete(line)

    def _show_menu(self, line: CaseLine | None, place: QPoint) -> None:
        menu = QMenu(self)
        case = line.case if line is not None else None
        if case is None:
            fill_menu(menu, (("Delete…", "Del", lambda: self._delete(line)),))
        else:
            is_archived = case.is_archived
            fill_menu(
                menu,
                (
                    ("Open", "Return", lambda: self.open_asked.emit(case.id)),
                    ("Duplicate", "", lambda: self._deeds.duplicate(case.id)),
                    (
                        "Take out of the archive" if is_archived else "Archive",
                        "",
                        lambda: self._deeds.archive(case.id, is_archived=not is_archived),
                    ),
                    ("Export…", "", lambda: self._deeds.export(case)),
                    ("Registry export…", "", lambda: self._deeds.export_registry(case.id)),
                    LINE,
                    ("Delete…", "Del", lambda: self._delete(line)),
                ),
            )
        menu.popup(place)
        menu.aboutToHide.connect(menu.deleteLater)

    # --- following ---------------------------------------------------------------------------------------------------

    @property
    def _hides(self) -> bool:
        return self._cases.desk.view.hide_identity

    def _note_change(self) -> None:
        """List anew when it is looked at; what is shown later is read then."""
        if self.isVisible():
            self._late.start()

    def _on_view(self, name: str) -> None:
        if name == "hide_identity":
            self.names.setEnabled(not self._hides)
            self._note_change()
