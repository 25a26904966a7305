"""How is VTK ready without the user waiting for it? Its libraries are loaded one by one while the window is idle."""

from __future__ import annotations

import importlib

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
    "planner.ui.scene.scene_view",
)
_BEGIN_MS, _BETWEEN_MS = 150, 20


class IdleImports(QObject):
    """Loads :data:`MODULES` on a timer; whoever needs one earlier simply imports it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(reversed(MODULES))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._load_next)

    def begin(self) -> None:
        """Start once the first paint is done; does nothing when called again."""
        if self._left and not self._timer.isActive():
            self._timer.start(_BEGIN_MS)

    def stop(self) -> None:
        """Leave the rest for when it is needed."""
        self._timer.stop()

    def _load_next(self) -> None:
        if not self._left:
            self._timer.stop()
            return
        importlib.import_module(self._left.pop())
        self._timer.setInterval(_BETWEEN_MS)
