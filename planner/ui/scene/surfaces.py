"""How do structures become surfaces without stopping the hand? Voxel work on a pool thread, contouring one per turn."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal, Slot

from planner.rendering.isosurface import Mesh, mask_field, surface
from planner.rendering.scene3d import SURFACE_SPACING_MM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.rendering.content import StructureLayer

_MOST_BYTES = 256 * 2**20


class _Work(QRunnable):
    """Averages one mask onto coarse cells: numpy only, no Qt or VTK object is touched."""

    def __init__(self, owner: SurfaceMaker, layer: StructureLayer, grid: Grid) -> None:
        super().__init__()
        self._owner, self._layer, self._grid = owner, layer, grid

    def run(self) -> None:
        """Work and hand over by a queued signal; a mask that has been drawn on meanwhile is left out."""
        if not self._owner.is_wanted(self._layer.key):
            self._owner.averaged.emit(self._layer.key, None, None)
            return
        field, coarse = mask_field(self._layer.mask, self._grid, spacing_mm=SURFACE_SPACING_MM)
        self._owner.averaged.emit(self._layer.key, field, coarse)


class SurfaceMaker(QObject):
    """Makes and keeps meshes by mask hash. ``made(key)`` when one is there."""

    averaged = Signal(str, object, object)
    made = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._meshes: OrderedDict[str, Mesh] = OrderedDict()
        self._asked: set[str] = set()
        self._wanted: frozenset[str] = frozenset()
        self._waiting: deque[tuple[str, NDArray[np.float32], Grid]] = deque()
        self.averaged.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def mesh(self, layer: StructureLayer, grid: Grid) -> Mesh | None:
        """Return the mesh of a structure; None when it is being made and ``made`` will tell."""
        if layer.key in self._meshes:
            self._meshes.move_to_end(layer.key)
            return self._meshes[layer.key]
        if layer.key not in self._asked:
            self._asked.add(layer.key)
            self._pool.start(_Work(self, layer, grid))
        return None

    def want(self, keys: frozenset[str]) -> None:
        """Say which masks are still to be seen: work on any other that has not begun is not begun."""
        self._wanted = keys

    def is_wanted(self, key: str) -> bool:
        """Whether a mask is still to be seen; asked from the pool's thread."""
        return key in self._wanted

    @property
    def is_busy(self) -> bool:
        """Whether meshes are still to come."""
        return bool(self._asked)

    def stop(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._pool.clear()
        self._pool.waitForDone()
        self._waiting.clear()
        self._asked.clear()

    @property
    def _held_bytes(self) -> int:
        return sum(mesh.points_lps_mm.nbytes + mesh.triangles.nbytes for mesh in self._meshes.values())

    @Slot(str, object, object)
    def _take(self, key: str, field: NDArray[np.float32] | None, grid: Grid | None) -> None:
        if field is None or grid is None:
            self._asked.discard(key)
            if self.is_wanted(key):  # undone meanwhile: it is wanted again
                self.made.emit(key)
            return
        self._waiting.append((key, field, grid))
        QTimer.singleShot(0, self, self._contour_one)

    @Slot()
    def _contour_one(self) -> None:
        """Contour a single mask, so that mouse events get in between two."""
        if not self._waiting:
            return
        key, field, grid = self._waiting.popleft()
        self._meshes[key] = surface(field, grid, level=0.5)
        self._asked.discard(key)
        while len(self._meshes) > 1 and self._held_bytes > _MOST_BYTES:
            self._meshes.popitem(last=False)
        self.made.emit(key)
