"""How does the window start? Application, theme, workers, desk, window; nothing heavy before the first paint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models, resources_dir, rule_set
from planner.ui.desk import AppServices, Desk
from planner.ui.garbage import WindowThreadCollector
from planner.ui.main_window import MainWindow
from planner.ui.preferences import Preferences
from planner.ui.theme.fonts import load_fonts
from planner.ui.theme.icons import icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import DARK
from planner.ui.widgets.accessible import install_accessibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.services.jobs import JobRunner


def make_application() -> QApplication:
    """Return the one application with fonts, style and dark theme."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Frostline")
    app.setOrganizationName("Frostline")
    app.setStyle("Fusion")
    load_fonts(resources_dir() / "fonts")
    theme().apply(app, DARK)
    app.setWindowIcon(icon("snowflake", "accent", size_px=64))
    install_accessibility()
    return app


def default_services() -> AppServices:
    """Return a private store, worker processes, and the user's own data folder for plans."""
    import platformdirs

    blobs = BlobStore.temporary()

    def start_runner(dispatch: Callable[[Callable[[], None]], None]) -> JobRunner:
        from planner.workers.pool import ProcessPool

        return ProcessPool(blobs, dispatch=dispatch)

    folder = Path(platformdirs.user_data_dir("frostline", appauthor=False)) / "plans"
    return AppServices(blobs, start_runner, folder)


def make_window(services: AppServices, *, settings: QSettings | None = None) -> MainWindow:
    """Return a window with its own workers; :meth:`MainWindow.closeEvent` ends them."""
    kept = settings if settings is not None else QSettings()
    desk = Desk(services, Preferences(kept))
    window = MainWindow(desk, kept)
    desk.setParent(window)
    return window


def run_app(*, path: Path | None = None, demo_case: str = "") -> int:
    """Show the window and stay until it is closed.

    Parameters
    ----------
    path
        A plan file or a CT folder to begin with.
    demo_case
        A case of the phantom catalogue to begin with.
    """
    probe_models()  # a site's own file that cannot be read is told before there is a window
    rule_set()
    app = make_application()
    collector = WindowThreadCollector(app)
    services = default_services()
    try:
        window = make_window(services)
        window.show()
        window.offer_recovery()
        if path is not None:
            QTimer.singleShot(0, lambda: window.take(path))
        elif demo_case:
            QTimer.singleShot(0, lambda: window.opener.open_demo(demo_case))
        QTimer.singleShot(0, window.warm_up)
        return app.exec()
    finally:
        collector.stop()
        services.blobs.close()
