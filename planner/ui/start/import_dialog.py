"""Which folder, zip or files shall be read? One file dialog that takes either: Qt's own ask for one kind at a time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QListView, QTreeView, QWidget

_WORDS = "Folders, zips, DICOMDIR and DICOM files (*)"


class ImportDialog(QFileDialog):
    """Open takes what is selected, folders as well as files; with nothing selected it takes the folder shown."""

    def __init__(self, parent: QWidget, start: str = "") -> None:
        super().__init__(parent, "Open folder or zip", start, _WORDS)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self.setLabelText(QFileDialog.DialogLabel.FileName, "Folder or files")
        self.chosen: tuple[Path, ...] = ()

    def accept(self) -> None:
        """Take folders too, which Qt would only enter: a double click still enters them."""
        chosen = self._selected() or [Path(name) for name in self.selectedFiles()]
        self.chosen = tuple(path for path in chosen if path.exists()) or (Path(self.directory().absolutePath()),)
        self.done(QFileDialog.DialogCode.Accepted)

    def _selected(self) -> list[Path]:
        """Return what is selected in the list or the table, whichever is shown."""
        shown: list[QListView | QTreeView] = [*self.findChildren(QListView), *self.findChildren(QTreeView)]
        for view in shown:
            if view.objectName() in ("listView", "treeView") and view.isVisible():
                rows = view.selectionModel().selectedRows(0)
                folder = Path(self.directory().absolutePath())
                return [folder / str(row.data()) for row in rows]
        return []
