"""How does a plan look in the window? Pictures of the planning screen, taken without a display."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import WorkerFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication

    from planner.ui.main_window import MainWindow

_PATIENCE_S = 300.0
_SIZE_PX = (1920, 1080)


def grab_plan(plan_file: Path, *, folder: Path) -> tuple[Path, ...]:
    """Open a kept plan in a window off screen, wait for its prediction, and save one picture per theme.

    Raises WorkerFailed with the window's own sentence when the plan does not open or cannot be predicted.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import tempfile

    from PySide6.QtCore import QSettings

    from planner.ui.app import default_services, make_application, make_window
    from planner.ui.theme.theme import theme
    from planner.ui.theme.tokens import DARK, LIGHT

    app = make_application()
    services = default_services()
    with tempfile.TemporaryDirectory() as private:
        settings = QSettings(str(Path(private) / "window.ini"), QSettings.Format.IniFormat)
        window = make_window(services, settings=settings)
        try:
            window.resize(*_SIZE_PX)
            window.show()
            window.opener.open_plan(plan_file)
            _wait(app, window, lambda: window.desk.session is not None)
            _wait(app, window, lambda: window.is_settled)
            made = []
            for tokens in (DARK, LIGHT):
                theme().apply(app, tokens)
                app.processEvents()
                path = folder / f"window-{tokens.name}.png"
                window.grab().save(str(path))
                made.append(path)
            return tuple(made)
        finally:
            theme().apply(app, DARK)
            window.close()
            services.blobs.close()


def _wait(app: QApplication, window: MainWindow, is_done: Callable[[], bool]) -> None:
    """Turn the event loop until ``is_done``; a banner that refuses ends the wait with its sentence."""
    end = time.monotonic() + _PATIENCE_S
    while not is_done():
        app.processEvents()
        refusal = window.banners.sentence_of("REFUSED") or window.banners.sentence_of("NO PREDICTION")
        if refusal:
            raise WorkerFailed(refusal, code="screenshot-refused")
        if time.monotonic() > end:
            raise WorkerFailed("The window did not settle in five minutes.", code="screenshot-late")
        time.sleep(0.005)
