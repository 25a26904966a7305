"""How does the CT reach the 3-D view? Averaged once in a thread, while everything else goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from planner.rendering.volume3d import Cloud, make_cloud

if TYPE_CHECKING:
    from planner.domain.volume import Volume


class _Work(QRunnable):
    def __init__(self, owner: CloudMaker, volume: Volume) -> None:
        super().__init__()
        self._owner, self._volume = owner, volume

    def run(self) -> None:
        """Work and hand over by a queued signal."""
        self._owner.averaged.emit(make_cloud(self._volume))


class CloudMaker(QObject):
    """Makes the cloud of one CT when it is first asked for. ``made`` when it is there."""

    averaged = Signal(object)
    made = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._cloud: Cloud | None = None
        self.is_busy = False
        self.averaged.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def cloud(self, volume: Volume) -> Cloud | None:
        """Return the cloud; None while it is being made, and ``made`` will tell."""
        if self._cloud is None and not self.is_busy:
            self.is_busy = True
            self._pool.start(_Work(self, volume))
        return self._cloud

    def stop(self) -> None:
        """Wait for what has begun."""
        self._pool.clear()
        self._pool.waitForDone()

    @Slot(object)
    def _take(self, cloud: Cloud) -> None:
        self._cloud, self.is_busy = cloud, False
        self.made.emit()
