"""What does a hand that drags a probe see? Drags in a real window off screen, by real mouse events, measured."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.hand import COUNTS, HandFigures, ReleaseFigures, hand_rows
from planner.domain.errors import WorkerFailed
from planner.domain.geometry import point
from planner.domain.identity import ProbeId

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    from planner.bench.table import Row
    from planner.domain.protocol import Protocol
    from planner.ui.main_window import MainWindow
    from planner.ui.slices.slice_view import SliceView

_PATIENCE_S = 300.0
_STEP_MS = 16
_APART_MM = 9.0
_SWING_PX = (26.0, 18.0)
_SWING_S = (3.0, 2.1)
_REST_S = 2.0


def run_hand_bench(*, case: str, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Open a synthetic patient and drag its probe with 1, 2 and 4 probes in the plan; let go with both protocols."""
    from planner.ui.screenshots import offscreen_window

    drags, releases = [], []
    with offscreen_window() as (app, window):
        bench = _Bench(app, window)
        say(f"Building and planning {case}")
        window.opener.open_demo(case)
        bench.wait(lambda: window.desk.session is not None)
        bench.settle()
        for count in COUNTS:
            say(f"Dragging, {count} in the plan")
            bench.have_probes(count)
            drags.append(bench.drag(4.0 if quick else 10.0))
            for words, protocol in _protocols().items():
                if count > 1 and words != "single freeze":
                    continue
                bench.choose(protocol)
                walls = tuple(bench.release() for _ in range(2 if quick else 5))
                releases.append(ReleaseFigures(count, words, protocol.name, walls))
            bench.choose(_protocols()["single freeze"])
    return hand_rows(case, drags, releases)


def _protocols() -> dict[str, Protocol]:
    """Return the first preset of a single freeze, and the first with two long ones."""
    from planner.domain.protocol import PhaseKind
    from planner.persistence.resources import protocols

    def freezes(protocol: Protocol) -> int:
        return sum(phase.kind is PhaseKind.FREEZE and phase.duration_s >= 300 for phase in protocol.phases)

    found = {"single freeze": 1, "two freezes": 2}
    return {words: next(p for p in protocols() if freezes(p) == count) for words, count in found.items()}


@dataclass
class _Bench:
    """The window, the event loop, and the hand."""

    app: QApplication
    window: MainWindow

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Turn the event loop until something is so; a banner that refuses ends the wait with its sentence."""
        end_s = time.monotonic() + _PATIENCE_S
        while not is_done():
            self.app.processEvents()
            refusal = self.window.banners.sentence_of("REFUSED") or self.window.banners.sentence_of("NO PREDICTION")
            if refusal:
                raise WorkerFailed(refusal, code="hand-refused")
            if time.monotonic() > end_s:
                raise WorkerFailed("The window did not settle in five minutes.", code="hand-late")
            time.sleep(0.0005)

    def rest(self, seconds: float) -> None:
        """Turn the event loop for a while."""
        end_s = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= end_s)

    def settle(self) -> None:
        """Wait for the result and every picture, and for what is made ready while the hand rests."""
        self.wait(lambda: self.window.is_settled and not self.window.desk.jobs.running)
        self.rest(_REST_S)

    # --- the plan ----------------------------------------------------------------------------------------------------

    def have_probes(self, count: int) -> None:
        """Put parallel probes beside the first until there are so many."""
        from planner.services.probe_commands import AddProbe

        session = self.window.desk.session
        assert session is not None  # noqa: S101 - opened before
        first = session.plan.probes[0]
        aside = np.cross(first.direction_lps, (0.0, 0.0, 1.0))
        aside = _APART_MM * aside / np.linalg.norm(aside)
        for number in range(len(session.plan.probes), count):
            shift = aside * (number if number % 2 else -number)
            probe = replace(
                first,
                id=ProbeId(f"hand-{number}"),
                label=session.plan.next_probe_label(),
                entry_lps_mm=point(np.asarray(first.entry_lps_mm) + shift),
                tip_lps_mm=point(np.asarray(first.tip_lps_mm) + shift),
            )
            self.window.desk.apply(AddProbe(probe))
        self.settle()

    def choose(self, protocol: Protocol) -> None:
        """Take a protocol and wait for its result."""
        from planner.services.commands import SetProtocol

        self.window.desk.apply(SetProtocol(protocol))
        self.settle()

    # --- the hand ----------------------------------------------------------------------------------------------------

    @property
    def view(self) -> SliceView:
        """The slice in which the hand works."""
        return self.window.plan.grid.slices[0]

    def _grasp(self) -> tuple[float, float]:
        """Look at the first probe's tip and take hold of it; return where, px."""
        session = self.window.desk.session
        assert session is not None  # noqa: S101 - opened before
        tip = session.plan.probes[0].tip_lps_mm
        self.window.desk.view.select_probe(session.plan.probes[0].id)
        self.window.desk.look_at(tip)
        self.rest(0.5)
        x, y = (float(v) for v in self.view.plane.to_px(tip))
        self._send("press", x, y)
        return x, y

    def _send(self, what: str, x: float, y: float) -> None:
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        kind, button, held = {
            "press": (QEvent.Type.MouseButtonPress, left, left),
            "move": (QEvent.Type.MouseMove, none, left),
            "release": (QEvent.Type.MouseButtonRelease, left, none),
        }[what]
        at = QPointF(x, y)
        event = QMouseEvent(kind, at, self.view.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
        self.app.sendEvent(self.view, event)

    def drag(self, seconds: float) -> HandFigures:
        """Move the tip on a curve for a while, without a rest, and note what the window does."""
        from PySide6.QtCore import QTimer

        watch = _Watch(self.window, self.view)
        x, y = self._grasp()
        began_s = time.monotonic()
        steps = [0]

        def step() -> None:
            t = time.monotonic() - began_s
            steps[0] += 1
            across, down = (s * math.sin(2 * math.pi * t / p) for s, p in zip(_SWING_PX, _SWING_S, strict=True))
            self._send("move", x + across, y + down)

        hand = QTimer()
        hand.setInterval(_STEP_MS)
        hand.timeout.connect(step)
        watch.begin()
        cpu_s = time.process_time()
        step()
        hand.start()
        self.rest(seconds)
        hand.stop()
        held_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
        watch.end()
        self._send("release", x, y)
        self.settle()
        return watch.figures(self._count(), held_s=held_s, steps=steps[0], began_s=began_s, cpu_s=cpu_s)

    def _count(self) -> int:
        session = self.window.desk.session
        return 0 if session is None else len(session.plan.probes)

    def release(self) -> float:
        """Move the tip a little, let go, and return how long the 1 mm result takes, s."""
        session = self.window.desk.session
        assert session is not None  # noqa: S101 - opened before
        x, y = self._grasp()
        for n in range(1, 9):
            self._send("move", x + n, y + n / 2)
            self.rest(0.06)
        self._send("move", x + 7.0, y)
        began_s = time.monotonic()
        self._send("release", x + 7.0, y)
        self.wait(lambda: session.result_is_current)
        took_s = time.monotonic() - began_s
        self.settle()
        return took_s


class _Watch:
    """Notes previews, what of them is painted, pictures of space, and how long the event loop stands still."""

    def __init__(self, window: MainWindow, view: SliceView) -> None:
        from PySide6.QtCore import QObject, QTimer

        self._window = window
        self._view = view
        self._waiting: float | None = None
        self._computed_s: list[float] = []
        self._drawn_s: list[float] = []
        self._first_s: float | None = None
        self._beats_s: list[float] = []
        self._pictures = 0
        self._beat = QTimer()
        self._beat.setInterval(1)
        self._beat.timeout.connect(lambda: self._beats_s.append(time.monotonic()))
        watch = self

        class _Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                watch._see(event)
                return bool(super().eventFilter(watched, event))

        self._filter = _Filter()

    def begin(self) -> None:
        """Look from now on."""
        self._window.prediction.previewed.connect(self._on_previewed)
        self._view.installEventFilter(self._filter)
        self._pictures = self._space_pictures()
        self._beat.start()

    def end(self) -> None:
        """Look no more."""
        self._beat.stop()
        self._pictures = self._space_pictures() - self._pictures
        self._view.removeEventFilter(self._filter)
        self._window.prediction.previewed.disconnect(self._on_previewed)

    def _space_pictures(self) -> int:
        from planner.ui.scene.scene_view import SCENE_NAME, SceneView

        scene = self._window.plan.grid.views.get(SCENE_NAME)
        return scene.pictures if isinstance(scene, SceneView) else 0

    def _on_previewed(self, asked_s: float, took_s: float) -> None:
        self._computed_s.append(took_s)
        self._waiting = asked_s

    def _see(self, event: QEvent) -> None:
        """Note a painted preview, after the turn of the event loop that paints it."""
        from PySide6.QtCore import QEvent, QTimer

        if event.type() == QEvent.Type.Paint and self._waiting is not None:
            asked_s, self._waiting = self._waiting, None
            QTimer.singleShot(0, lambda: self._note_drawn(asked_s))

    def _note_drawn(self, asked_s: float) -> None:
        now_s = time.monotonic()
        self._drawn_s.append(now_s - asked_s)
        if self._first_s is None:
            self._first_s = now_s

    def figures(self, probes: int, *, held_s: float, steps: int, began_s: float, cpu_s: float) -> HandFigures:
        """Return what was seen."""
        if not self._drawn_s:
            raise WorkerFailed("No preview was drawn during the drag.", code="hand-no-preview")
        gaps = np.diff(self._beats_s)
        return HandFigures(
            probes=probes,
            held_s=held_s,
            computed_s=tuple(self._computed_s),
            drawn_s=tuple(self._drawn_s),
            spaces=self._pictures,
            steps=steps,
            longest_block_s=float(gaps.max()),
            usual_block_s=float(np.percentile(gaps, 99)),
            first_s=(self._first_s or began_s) - began_s,
            cpu_s=cpu_s,
        )
