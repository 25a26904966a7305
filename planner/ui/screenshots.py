"""How does the program look? Pictures of the plan, every layout, drawing, the start and import pages, off screen."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import WorkerFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QApplication

    from planner.ui.main_window import MainWindow

_PATIENCE_S = 300.0
# The default window first, then the smallest there is.
SIZES_PX = ((1920, 1080), (1366, 768))
_BACK_FROM_TIP_MM = 8.0
_TURNS = 4


def grab_plan(plan_file: Path, *, folder: Path) -> tuple[Path, ...]:
    """Open a kept plan in a window off screen, wait for its prediction, and save one picture per theme.

    Raises WorkerFailed with the window's own sentence when the plan does not open or cannot be predicted.
    """
    from planner.ui.theme.theme import theme
    from planner.ui.theme.tokens import DARK, LIGHT

    with offscreen_window() as (app, window):
        open_plan(app, window, plan_file)
        made = []
        for tokens in (DARK, LIGHT):
            theme().apply(app, tokens)
            app.processEvents()
            path = folder / f"window-{tokens.name}.png"
            window.grab().save(str(path))
            made.append(path)
        return tuple(made)


def grab_layouts(plan_file: Path, *, folder: Path, sizes: Sequence[tuple[int, int]] = SIZES_PX[:1]) -> tuple[Path, ...]:
    """Open a kept plan off screen and save a picture of every layout, ``layout-KEY.png``; several sizes are named.

    A layout for which the plan lacks something (a second series) is left out. Raises as :func:`grab_plan`.
    """
    from planner.ui.layouts import LAYOUTS

    made = []
    with offscreen_window() as (app, window):
        open_plan(app, window, plan_file)
        _look_at_work(window)
        for width, height in sizes:
            window.resize(width, height)
            for layout in LAYOUTS:
                window.actions_by_id[f"layout_{layout.key}"].trigger()
                app.processEvents()
                wait_for(app, window, lambda: window.is_settled)
                # A turn more: what a layout's first showing asked for.
                app.processEvents()
                if not any(window.plan.grid.sentence_of(name) for name in layout.views):
                    made.append(save_picture(window, folder / f"layout-{layout.key}.png", sizes))
    return tuple(made)


def grab_drawing(plan_file: Path, *, folder: Path, sizes: Sequence[tuple[int, int]] = SIZES_PX[:1]) -> tuple[Path, ...]:
    """Open a kept plan off screen and save ``structures.png``: the step of structures with the brush in the hand."""
    from planner.ui.steps import WorkStep
    from planner.ui.view_state import Tool

    made = []
    with offscreen_window() as (app, window):
        open_plan(app, window, plan_file)
        _look_at_work(window)
        window.go_to_step(WorkStep.STRUCTURES)
        session = window.desk.session
        if session is not None:
            window.desk.view.select_structure(session.plan.structures[-1].id)
        window.desk.view.set_tool(Tool.BRUSH)
        for width, height in sizes:
            window.resize(width, height)
            for _ in range(_TURNS):  # the panel asks for its figures when it is shown
                app.processEvents()
                wait_for(app, window, lambda: window.is_settled and not window.desk.jobs.running)
            made.append(save_picture(window, folder / "structures.png", sizes))
    return tuple(made)


def grab_start(plan_file: Path, *, folder: Path, sizes: Sequence[tuple[int, int]] = SIZES_PX[:1]) -> tuple[Path, ...]:
    """Let the start page list a kept plan after it was worked on, and a copy of it; save ``start.png``."""
    import shutil

    made = []
    with offscreen_window() as (app, window):
        # The program's own folder has a name; a path of this machine is in no picture.
        plans = window.desk.services.plans_folder
        plans.mkdir(parents=True, exist_ok=True)
        for name in ("Second opinion", plan_file.parent.name.capitalize()):
            shutil.copyfile(plan_file, plans / f"{name}.frostline")
        open_plan(app, window, plans / f"{name}.frostline")
        window.show_start()
        for width, height in sizes:
            window.resize(width, height)
            for _ in range(_TURNS):
                app.processEvents()
                wait_for(app, window, lambda: window.start.is_settled)
            made.append(save_picture(window, folder / "start.png", sizes))
    return tuple(made)


def grab_import(source: Path, *, folder: Path, sizes: Sequence[tuple[int, int]] = SIZES_PX[:1]) -> tuple[Path, ...]:
    """Let the import page scan a folder off screen and save ``import.png`` when rows and pictures are there."""
    made = []
    with offscreen_window() as (app, window):
        window.show_start()
        window.opener.scan(source)
        for width, height in sizes:
            window.resize(width, height)
            for _ in range(_TURNS):  # rows ask for their pictures when they are painted
                app.processEvents()
                window.grab()
                wait_for(app, window, lambda: window.start.is_settled)
            made.append(save_picture(window, folder / "import.png", sizes))
    return tuple(made)


def save_picture(window: MainWindow, path: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    """Save the window's picture; with several sizes its own is part of the name."""
    if len(sizes) > 1:
        path = path.with_stem(f"{path.stem}-{window.width()}x{window.height()}")
    window.grab().save(str(path))
    return path


@contextmanager
def offscreen_window() -> Iterator[tuple[QApplication, MainWindow]]:
    """Give the application and a shown window of its own, with settings that are thrown away; end both after."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import tempfile

    from PySide6.QtCore import QSettings

    from planner.ui.app import default_services, make_application, make_window
    from planner.ui.theme.theme import theme
    from planner.ui.theme.tokens import DARK

    app = make_application()
    services = default_services()
    with tempfile.TemporaryDirectory() as private:
        settings = QSettings(str(Path(private) / "window.ini"), QSettings.Format.IniFormat)
        # The user's own plans are in no picture.
        services = replace(services, plans_folder=Path(private) / "plans")
        window = make_window(services, settings=settings)
        try:
            window.resize(*SIZES_PX[0])
            window.show()
            yield app, window
        finally:
            theme().apply(app, DARK)
            window.close()
            services.blobs.close()


def open_plan(app: QApplication, window: MainWindow, plan_file: Path) -> None:
    """Open a kept plan and wait for its prediction."""
    window.opener.open_plan(plan_file)
    wait_for(app, window, lambda: window.desk.session is not None)
    wait_for(app, window, lambda: window.is_settled)


def _look_at_work(window: MainWindow) -> None:
    """Put the crosshair on the target, and the view across the probe beside the coldest part of the shaft."""
    from planner.services.depiction import focus_lps_mm
    from planner.ui.slices.probe_stand import probe_of, shaft_length_mm

    session, view = window.desk.session, window.desk.view
    if session is None:
        return
    window.desk.look_at(focus_lps_mm(session.plan))
    probe = probe_of(session, view)
    if probe is not None:
        view.set_probe_depth(shaft_length_mm(probe) - _BACK_FROM_TIP_MM)


def wait_for(app: QApplication, window: MainWindow, is_done: Callable[[], bool]) -> None:
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
