"""How does the window start? Application, theme, desk, window, workers; nothing heavy before the first paint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from planner.persistence.resources import resources_dir
from planner.ui.bridge import MainThread
from planner.ui.desk import AppServices, Desk
from planner.ui.main_window import MainWindow
from planner.ui.theme.fonts import load_fonts
from planner.ui.theme.icons import icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import DARK
from planner.ui.widgets.accessible import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AppServices", "make_application", "make_window", "run_app"]


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """Return the one application with fonts, style and dark theme."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(list(arguments) or sys.argv[:1])
    app.setApplicationName("Frostline")
    app.setOrganizationName("Frostline")
    app.setStyle("Fusion")
    load_fonts(resources_dir() / "fonts")
    theme().apply(app, DARK)
    app.setWindowIcon(icon("snowflake", "accent", size_px=64))
    install_accessibility()
    return app


def make_window(services: AppServices, *, settings: QSettings | None = None) -> MainWindow:
    """Return a window with its own workers. The caller closes the runner after the window."""
    dispatch = MainThread()
    runner = services.start_runner(dispatch)
    desk = Desk(services, runner)
    dispatch.setParent(desk)
    window = MainWindow(desk, settings if settings is not None else QSettings())
    desk.setParent(window)
    return window


def run_app(services: AppServices, *, open_path: Path | None = None) -> int:
    """Show the window and stay until it is closed; ``open_path`` is a folder or plan to begin with."""
    app = make_application()
    window = make_window(services)
    window.show()
    window.offer_recovery()
    if open_path is not None:
        QTimer.singleShot(0, lambda: window.take(open_path))
    status = app.exec()
    close = getattr(window.desk.jobs.runner, "close", None)
    if close is not None:
        close()
    return status
