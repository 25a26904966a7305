"""Which folder, zip or files shall be read? One file dialog that takes either: Qt's own ask for one kind at a time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QSplitter, QTreeView, QWidget

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
        self._lay_out()
        forget_when_gone(self)

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
        """Take folders too, which Qt would only enter: a double click still enters them.

        What the name field says counts, whether typed or put there by a click in the list; a name that is nowhere
        leaves the dialog open, so that no other folder is ever read in its place (H-11).
        """
        named = [Path(name) for name in self.selectedFiles()]
        missing = [path for path in named if not path.exists()]
        if missing:
            self.setLabelText(QFileDialog.DialogLabel.FileName, f"Nothing is called “{missing[0].name}”")
            return
        self.chosen = tuple(named) or (Path(self.directory().absolutePath()),)
        self.done(QFileDialog.DialogCode.Accepted)
