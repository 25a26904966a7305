"""Which folders did a file dialog visit? Nobody's business afterwards: what Qt wrote down about it is taken out again.

Every file dialog of Qt keeps its last folder and its history in a settings file of its own ("QtProject"), and a
hospital's folders often bear a patient's name (H-43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog

_KEPT_BY_QT = ("history", "lastVisited", "shortcuts")


def forget_visited_folders() -> None:
    """Remove folders from Qt's own settings; call it after each file dialog has gone."""
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    settings.beginGroup("FileDialog")
    for key in _KEPT_BY_QT:
        settings.remove(key)
    settings.endGroup()
    settings.sync()


def forget_when_gone(dialog: QFileDialog) -> None:
    """Have a dialog's folders forgotten once Qt has written them down, which it does when the dialog is deleted."""
    dialog.destroyed.connect(forget_visited_folders)
