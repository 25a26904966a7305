"""How are large libraries ready without the user waiting? They load while the window is idle, before they are needed.

VTK is loaded on the main thread, one library per turn of the event loop. SciPy and numba are mostly Python: they load
on a thread, between whose steps the window goes on. What is compiled comes last, when the worker has compiled it: the
compiler would hold up the window from any thread.
"""

from __future__ import annotations

import importlib
import threading

from PySide6.QtCore import QObject, QTimer

# In the order of their dependencies, so that no single turn of the event loop loads more than one large library.
MODULES = (
    "vtkmodules.vtkCommonCore",
    "vtkmodules.vtkCommonTransforms",
    "vtkmodules.vtkCommonDataModel",
    "vtkmodules.vtkCommonExecutionModel",
    "vtkmodules.vtkCommonComputationalGeometry",
    "vtkmodules.vtkImagingCore",
    "vtkmodules.vtkFiltersCore",
    "vtkmodules.vtkFiltersGeneral",
    "vtkmodules.vtkFiltersSources",
    "vtkmodules.util.numpy_support",
    "vtkmodules.vtkRenderingCore",
    "vtkmodules.vtkInteractionStyle",
    "vtkmodules.vtkRenderingUI",
    "vtkmodules.vtkRenderingOpenGL2",
    "planner.ui.case.intake_page",
    "planner.ui.case.plans_page",
    "planner.rendering.course_scene",
    "planner.casebook.course_chart",
    "planner.ui.case.follow_up_form",
    "planner.ui.case.follow_up_page",
    "planner.casebook.planned_and_done",
    "planner.ui.case.procedure_forms",
    "planner.ui.case.procedure_form",
    "planner.ui.case.procedure_page",
    "planner.casebook.freeze_presses",
    "planner.ui.case.timer_record",
    "planner.ui.case.timer_lanes",
    "planner.ui.case.timer_page",
    "planner.ui.suggest.suggest_view",
    "planner.ui.scene.scene_view",
)
THREAD_MODULES = ("scipy.interpolate",)  # drawing a nerve
COMPILED_MODULES = (
    "planner.spatial.distance_kernels",  # a shaft
    "planner.rendering.lattice_kernels",  # a turned plane
    "planner.spatial.band_kernels",  # surfaces of structures
    "planner.spatial.sample_kernels",  # many points of a field
    "planner.spatial.path_kernels",  # ways through the skin
)
_BEGIN_MS, _BETWEEN_MS = 150, 20


class IdleImports(QObject):
    """Loads :data:`MODULES` on a timer; whoever needs one earlier simply imports it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(reversed(MODULES))
        self._thread = _loader(THREAD_MODULES)
        self._compiled = _loader(COMPILED_MODULES)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._load_next)

    def begin(self) -> None:
        """Start once the first paint is done; does nothing when called again."""
        if self._thread.ident is None:
            self._timer.start(_BEGIN_MS)
            self._thread.start()

    def load_compiled(self) -> None:
        """Load what the worker has compiled; does nothing when called again."""
        if self._compiled.ident is None:
            self._compiled.start()

    @property
    def is_done(self) -> bool:
        """Whether everything is loaded."""
        return not self._left and all(_has_ended(thread) for thread in (self._thread, self._compiled))

    def stop(self) -> None:
        """Leave the rest for when it is needed."""
        self._timer.stop()

    def _load_next(self) -> None:
        if not self._left:
            self._timer.stop()
            return
        importlib.import_module(self._left.pop())
        self._timer.setInterval(_BETWEEN_MS)


def _loader(modules: tuple[str, ...]) -> threading.Thread:
    def load() -> None:
        for name in modules:
            importlib.import_module(name)

    return threading.Thread(target=load, name="idle imports")


def _has_ended(thread: threading.Thread) -> bool:
    return thread.ident is not None and not thread.is_alive()
