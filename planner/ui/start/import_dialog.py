"""Which folder, zip or files shall be read? One file dialog that takes either: Qt's own ask for one kind at a time."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QLineEdit, QListView, QSplitter, QTreeView, QWidget

from planner.ui.dialogs.visited import forget_when_gone

_WORDS = "Folders, zips, DICOMDIR and DICOM files (*)"
_SIZE_PX, _PLACES_PX, _NAME_PX = (880, 560), 180, 340


class ImportDialog(QFileDialog):
    """Open takes what is selected, folders as well as files; with nothing selected it takes the folder shown."""

    def __init__(self, parent: QWidget, start: str = "") -> None:
        super().__init__(parent, "Open folder or zip", start, _WORDS)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self.setLabelText(QFileDialog.DialogLabel.FileName, "Folder or files")
        self.setLabelText(QFileDialog.DialogLabel.FileType, "Takes")
        self.chosen: tuple[Path, ...] = ()
        self._field = self._name_field()
        self._lay_out()
        for view in self._views():
            view.selectionModel().selectionChanged.connect(lambda *_: self._forget_name())
        forget_when_gone(self)

    def _name_field(self) -> QLineEdit:
        found = self.findChild(QLineEdit, "fileNameEdit")
        assert found is not None  # noqa: S101 - Qt's own dialog has had it since Qt 4
        return found

    def _lay_out(self) -> None:
        """Replace Qt's own button, which is off while a folder is chosen; give names and places more room."""
        box = self.findChild(QDialogButtonBox)
        qts_own = box.button(QDialogButtonBox.StandardButton.Open) if box is not None else None
        if box is not None and qts_own is not None:
            qts_own.hide()
            mine = box.addButton("Open", QDialogButtonBox.ButtonRole.ActionRole)
            mine.setToolTip("What is chosen; with nothing chosen, the folder shown")
            mine.clicked.connect(self.accept)
        splitter = self.findChild(QSplitter)
        if splitter is not None:
            splitter.setSizes([_PLACES_PX, _SIZE_PX[0] - _PLACES_PX])
        table = self.findChild(QTreeView, "treeView")
        if table is not None:
            table.header().resizeSection(0, _NAME_PX)
        self.resize(*_SIZE_PX)

    def accept(self) -> None:
        """Take what the name field says, else what is selected, else the folder shown.

        A name that is nowhere leaves the dialog open, so that no other folder is ever read in its place (H-11).
        """
        named = self._named()
        missing = [path for path in named if not path.exists()]
        if missing:
            self.setLabelText(QFileDialog.DialogLabel.FileName, f"Nothing is called “{missing[0].name}”")
            return
        self.chosen = tuple(named or self._selected()) or (Path(self.directory().absolutePath()),)
        self.done(QFileDialog.DialogCode.Accepted)

    def _named(self) -> list[Path]:
        """Return the paths in the name field; Qt quotes several names and writes those of files that are clicked."""
        text = self._field.text().strip()
        names = re.findall(r'"([^"]+)"', text) if '"' in text else [text] if text else []
        folder = Path(self.directory().absolutePath())
        return [folder / Path(name).expanduser() for name in names]

    def _selected(self) -> list[Path]:
        """Return what is selected in the list or the table, whichever is shown: folders, which Qt names nowhere."""
        folder = Path(self.directory().absolutePath())
        for view in self._views():
            if view.isVisible():
                return [folder / str(row.data()) for row in view.selectionModel().selectedRows(0)]
        return []

    def _views(self) -> list[QListView | QTreeView]:
        shown: list[QListView | QTreeView] = [*self.findChildren(QListView), *self.findChildren(QTreeView)]
        return [view for view in shown if view.objectName() in ("listView", "treeView")]

    def _forget_name(self) -> None:
        """Let a folder clicked in the list count, and not the file whose name was written before."""
        if any(view.hasFocus() for view in self._views()) and all(path.is_dir() for path in self._selected()):
            self._field.clear()
