"""Why was this file left out? Every file that is in no series, with its reason; many with one reason share a row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QTreeView, QVBoxLayout

from planner.ui.start.series_words import count, grouped
from planner.ui.theme.icons import icon, set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, plain_tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QResizeEvent

    from planner.domain.series import RejectedFile

_PATH_ROLE = Qt.ItemDataRole.UserRole
_FILES_ROLE = Qt.ItemDataRole.UserRole + 1
_ROW_PX, _HEAD_PX, _NAME_SHARE = 30, 40, 0.36
_TOGETHER = 3  # from so many files on, one row tells them together
_FIGURE = re.compile(r"[0-9][0-9., ]*[0-9]|[0-9]")
_LAST_NUMBER = re.compile(r"^(.*?)([0-9]+)(\D*)$")


@dataclass(frozen=True, slots=True)
class Reason:
    """Files left out for one reason."""

    names: str
    sentence: str
    files: tuple[RejectedFile, ...]


def reasons(rejected: Sequence[RejectedFile], folder: str) -> tuple[Reason, ...]:
    """Group files left out for one reason, in the order of their first file; one or two are told each by itself.

    Sentences that differ only in the file they name, or in figures, are one reason: the row says "this file" and "…",
    and opens to the files with their own sentences.
    """
    groups: dict[tuple[str, str], list[RejectedFile]] = {}
    for file in rejected:
        groups.setdefault((file.code, _FIGURE.sub("…", _nameless(file))), []).append(file)
    found: list[Reason] = []
    for files in groups.values():
        if len(files) < _TOGETHER:
            found += (Reason(short_path(file.path, folder), file.sentence, (file,)) for file in files)
            continue
        found.append(Reason(_run([short_path(file.path, folder) for file in files]), _shared(files), tuple(files)))
    return tuple(found)


def _nameless(file: RejectedFile) -> str:
    return file.sentence.replace(PurePath(file.path).name, "this file")


def _unnamed(reason: Reason) -> Reason:
    """Return a reason as told while names are hidden."""
    sentence = _nameless(reason.files[0]) if len(reason.files) < _TOGETHER else reason.sentence
    return replace(reason, names="Name hidden", sentence=sentence)


def _shared(files: Sequence[RejectedFile]) -> str:
    """Return the most that is true of all files: the sentence, the sentence without name, or that without figures."""
    for words in (lambda file: file.sentence, _nameless):
        if len({words(file) for file in files}) == 1:
            return words(files[0])
    return _FIGURE.sub("…", _nameless(files[0]))


def _run(names: Sequence[str]) -> str:
    """Name many files: "IM00921 to IM00923" only where the numbers follow on, else the first and how many more."""
    ordered = sorted(names, key=_by_number)
    matches = [_LAST_NUMBER.match(name) for name in ordered]
    if all(matches):
        parts = [(match[1], match[3]) for match in matches if match]
        numbers = [int(match[2]) for match in matches if match]
        if len(set(parts)) == 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            return f"{ordered[0]} to {ordered[-1]}"
    return f"{ordered[0]} and {grouped(len(ordered) - 1)} more"


def _by_number(name: str) -> tuple[str, int, str]:
    match = _LAST_NUMBER.match(name)
    return (match[1], int(match[2]), match[3]) if match and len(match[2]) < 18 else (name, -1, "")


def short_path(path: str, folder: str) -> str:
    """Return a path as seen from the folder that was read."""
    return path.removeprefix(folder).lstrip("/\\") or path


class RejectedList(QFrame):
    """Head with count, filter and "Show in folder"; rows of reasons that open to their files."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Rejected files")
        self._reasons: tuple[Reason, ...] = ()
        self._folder = ""
        self._hides_identity = False
        self._total = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._count = label("", "hint")
        self._filter = text_field(name="Filter rejected files", hint="Filter file or reason")
        self._filter.setFixedWidth(200)
        self._filter.setAcceptDrops(False)
        self._filter.textChanged.connect(self._list)
        self._reveal = QPushButton("Open folder")
        set_icon(self._reveal, "folder-open")
        self._reveal.setToolTip("Show the chosen file's folder in the file browser")
        self._reveal.clicked.connect(self._open_folder)
        head.addWidget(label("Rejected files", "heading"))
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self._filter)
        head.addWidget(self._reveal)
        column.addLayout(head)
        self._rows = QStandardItemModel()
        self._tree = _tree(self._rows)
        self._tree.expanded.connect(self._fill)
        self._tree.expanded.connect(lambda index: self._rows.itemFromIndex(index).setIcon(icon("caret-down")))
        self._tree.collapsed.connect(lambda index: self._rows.itemFromIndex(index).setIcon(icon("caret-right")))
        self._tree.clicked.connect(self._turn)
        self._tree.selectionModel().selectionChanged.connect(lambda _new, _old: self._check())
        column.addWidget(self._tree, 1)
        self._check()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the reason most of the width."""
        super().resizeEvent(event)
        self._tree.setColumnWidth(0, round(self.width() * _NAME_SHARE))

    def wanted_height(self) -> int:
        """Return the height that shows every reason, folded."""
        return _HEAD_PX + _ROW_PX * (self._rows.rowCount() + 1) + 4

    def hide_identity(self, *, on: bool) -> None:
        """Leave file names out, which often bear a patient's name (H-43); the reasons stay."""
        if on != self._hides_identity:
            self._hides_identity = on
            self._rows.removeRows(0, self._rows.rowCount())
            self._list()

    def show_files(self, rejected: Sequence[RejectedFile], folder: str) -> None:
        """List files left out of the folder that was read."""
        found = reasons(rejected, folder)
        if found == self._reasons and folder == self._folder:
            return
        self._reasons, self._folder, self._total = found, folder, len(rejected)
        self._list()

    def texts(self) -> list[tuple[str, str]]:
        """Return the rows shown, as pairs of files and reason."""
        return [
            (self._rows.item(row, 0).text(), self._rows.item(row, 1).text()) for row in range(self._rows.rowCount())
        ]

    def _list(self) -> None:
        wanted = self._filter.text().strip().lower()
        scroll = self._tree.verticalScrollBar().value()
        open_rows = {
            self._rows.item(row).text()
            for row in range(self._rows.rowCount())
            if self._tree.isExpanded(self._rows.index(row, 0))
        }
        self._rows.removeRows(0, self._rows.rowCount())
        shown = 0
        for reason in self._reasons:
            files = reason.files if wanted in reason.sentence.lower() else tuple(_named(reason.files, wanted))
            if not files:
                continue
            shown += len(files)
            shown_as = _unnamed(reason) if self._hides_identity else reason
            self._rows.appendRow(_reason_row(shown_as, files))
            if reason.names in open_rows:
                self._tree.expand(self._rows.index(self._rows.rowCount() - 1, 0))
        self._tree.verticalScrollBar().setValue(scroll)
        self._count.setText(grouped(self._total) if not wanted else f"{grouped(shown)} of {grouped(self._total)}")
        self._check()

    def _fill(self, index: QModelIndex) -> None:
        """Put in a reason's files when it is opened: twenty thousand rows are not made for nobody."""
        item = self._rows.itemFromIndex(index)
        files = item.data(_FILES_ROLE)
        if not files or item.rowCount() != 1 or item.child(0).data(_PATH_ROLE):
            return
        item.removeRow(0)
        for number, file in enumerate(files, start=1):
            hides = self._hides_identity
            name = f"File {grouped(number)}" if hides else short_path(file.path, self._folder)
            sentence = _nameless(file) if hides else file.sentence
            cell = _cell(name, sentence)
            cell.setData(file.path, _PATH_ROLE)
            item.appendRow([cell, _cell(sentence, sentence)])

    def _turn(self, index: QModelIndex) -> None:
        """Open or fold the files of a reason."""
        first = index.siblingAtColumn(0)
        if first.data(_FILES_ROLE):
            self._tree.setExpanded(first, not self._tree.isExpanded(first))

    def _check(self) -> None:
        rows = self._tree.selectionModel().selectedRows(0)
        self._reveal.setEnabled(bool(rows))
        self._reveal.setToolTip("Show the chosen file's folder" if rows else "Choose a file in the list first.")

    def chosen_folder(self) -> str:
        """Return the folder of the chosen file; empty when none is chosen."""
        rows = self._tree.selectionModel().selectedRows(0)
        path = str(rows[0].data(_PATH_ROLE) or "") if rows else ""
        return str(PurePath(path).parent) if path else ""

    def _open_folder(self) -> None:
        folder = self.chosen_folder()
        if folder:
            QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def _named(files: Iterable[RejectedFile], wanted: str) -> Iterable[RejectedFile]:
    return (file for file in files if wanted in file.path.lower())


def _reason_row(reason: Reason, files: tuple[RejectedFile, ...]) -> list[QStandardItem]:
    name = _cell(reason.names, reason.sentence)
    name.setData(files[0].path, _PATH_ROLE)
    if len(reason.files) > 1:
        name.setData(files, _FILES_ROLE)
        name.setIcon(icon("caret-right"))
        name.appendRow(QStandardItem())
    more = f"   ·   {count(len(reason.files), 'file')}" if len(reason.files) > 1 else ""
    spoken = f"{reason.names}: {reason.sentence}"
    name.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
    return [name, _cell(reason.sentence + more, reason.sentence)]


def _cell(text: str, whole: str) -> QStandardItem:
    cell = QStandardItem(text)
    cell.setEditable(False)
    cell.setSizeHint(QSize(0, _ROW_PX))
    cell.setToolTip(plain_tip(whole))
    return cell


def _tree(rows: QStandardItemModel) -> QTreeView:
    tree = QTreeView()
    rows.setHorizontalHeaderLabels(["File", "Why"])
    tree.setModel(rows)
    tree.setAccessibleName("Rejected files and reasons")
    tree.header().setStretchLastSection(True)
    tree.header().setFixedHeight(26)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setSelectionBehavior(QTreeView.SelectionBehavior.SelectRows)
    tree.setUniformRowHeights(True)
    tree.setIndentation(24)
    tree.setRootIsDecorated(False)
    tree.setExpandsOnDoubleClick(False)
    tree.setIconSize(QSize(12, 12))
    tree.setMinimumHeight(96)
    return tree
