"""Where are the pictures? The views of the open session in the chosen layout, or one of them alone.

A view is made once for a session and kept while layouts come and go: its pan and zoom are there when it comes back.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from planner.rendering.plane import Orientation
from planner.ui.layouts import FOUR_UP, PROBE_TRIPLET, SCENE, STRIP, RememberedLayout, Split, layout_of
from planner.ui.slices.nerve_stand import ACROSS_NERVE, AcrossNerveStand, LocatorStand
from planner.ui.slices.probe_stand import ALONG_0, ALONG_90, PROBE_EYE, AlongStand, ProbeEyeStand, slide_depth
from planner.ui.slices.second_stand import SecondStand
from planner.ui.slices.slice_view import SliceView
from planner.ui.slices.stand import Stand, StandardStand
from planner.ui.strip.course import NO_NERVE, nerve_of
from planner.ui.strip.nerve_pane import NervePane
from planner.ui.view_state import WHOLE_MASK, Tool
from planner.ui.widgets.probe_bar import ProbeBar
from planner.ui.widgets.view_pane import ViewPane

if TYPE_CHECKING:
    from planner.rendering.scene3d import ViewFrom
    from planner.services.session import Change, Session
    from planner.ui.desk import Desk
    from planner.ui.scene.scene_view import SceneView

_KEEP_AFTER_MS = 400
_SHARE_PARTS = 10_000
_PROBE_VIEWS = frozenset({ALONG_0, ALONG_90, PROBE_EYE})
_NERVE_VIEWS = frozenset({STRIP, ACROSS_NERVE})
_BRACKET_MM = {Qt.Key.Key_BracketLeft: -1.0, Qt.Key.Key_BracketRight: 1.0}


def stands() -> dict[str, Stand]:
    """Return every stand by its name."""
    made: tuple[Stand, ...] = (
        *(StandardStand(o) for o in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)),
        AlongStand(ALONG_0, angle_deg=0.0),
        AlongStand(ALONG_90, angle_deg=90.0),
        ProbeEyeStand(),
        LocatorStand(),
        AcrossNerveStand(),
        *(SecondStand(o) for o in (Orientation.AXIAL, Orientation.CORONAL)),
    )
    return {stand.name: stand for stand in made}


@runtime_checkable
class _Released(Protocol):
    """A view that follows the session until it is told to stop; the space kept for the 3-D view is none."""

    def release(self) -> None:
        """Follow nothing any more."""


class ViewGrid(QWidget):
    """Arranges the views of the session on the desk; the 3-D one is made last, so that slices never wait for VTK."""

    cursor_words = Signal(str)
    new_probe = Signal(object, object)
    new_free_probe = Signal(object, object)
    entry_chosen = Signal(int)
    new_nerve = Signal(object)
    new_body = Signal(object)
    new_marks = Signal(object, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("viewGrid")
        self.setAccessibleName("Views")
        self._desk = desk
        self._session: Session | None = None
        self._stands = stands()
        self._panes: dict[str, ViewPane] = {}
        self._shown: tuple[str, ...] = ()
        self._behind: set[str] = set()
        self._scene: SceneView | None = None
        self._nerve: NervePane | None = None
        self._root: QWidget | None = None
        self._splitters: list[QSplitter] = []
        self._remembered = RememberedLayout()
        self._layout_before = FOUR_UP
        self.bar = ProbeBar(desk.view)
        self.bar.hide()
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(_KEEP_AFTER_MS)
        self._keep.timeout.connect(self._write)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.bar)
        desk.changed.connect(self._on_change)
        desk.view.changed.connect(self._on_view)

    # --- the views ---------------------------------------------------------------------------------------------------

    @property
    def views(self) -> dict[str, QWidget]:
        """The views made so far, by name."""
        return {name: pane.view for name, pane in self._panes.items() if pane.view is not None}

    @property
    def slices(self) -> list[SliceView]:
        """The slice views made so far."""
        return [view for view in self.views.values() if isinstance(view, SliceView)]

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of the views in sight, in reading order."""
        return self._shown

    @property
    def focus_target(self) -> QWidget:
        """The first view in sight."""
        return next((self.views[name] for name in self._shown if name in self.views), self)

    @property
    def is_drawn(self) -> bool:
        """Whether every view in sight has caught up with the session."""
        return SCENE not in self._shown or bool(getattr(self.views.get(SCENE), "is_complete", False))

    def sentence_of(self, name: str) -> str:
        """Return what is said in place of a view; empty while it is shown."""
        return self._panes[name].sentence if name in self._panes else ""

    def build(self) -> None:
        """Show the session on the desk in the layout that was left."""
        self.clear()
        self._session = self._desk.session
        self.bar.follow(self._session)
        if self._session is None:
            return
        self._remembered = RememberedLayout.read(self._desk.preferences)
        view = self._desk.view
        view.set_layout(self._remembered.key or view.layout)
        if self._remembered.alone in self._stands or self._remembered.alone in (SCENE, STRIP):
            view.set_maximised(self._remembered.alone)
        self._arrange()

    def clear(self) -> None:
        """Take the views of the last session away."""
        self._write()
        self._session = None
        for view in self.views.values():
            if isinstance(view, _Released):
                view.release()
        self._scene = self._nerve = None
        self._take_apart()
        for pane in self._panes.values():
            pane.setParent(None)
            pane.deleteLater()
        self._panes.clear()
        self._shown = ()
        self._behind.clear()

    def frame_plan(self) -> None:
        """Pan and zoom every view to the target, else to the first probe; views on a probe or nerve show theirs."""
        for view in self.views.values():
            if isinstance(view, SliceView) and view.stand.is_carried:
                view.reset_view()
            elif hasattr(view, "frame_plan"):
                view.frame_plan()

    def look_from(self, stand: ViewFrom) -> None:
        """Turn the 3-D view to a standard direction."""
        if self._scene is not None:
            self._scene.look_from(stand)

    def cancel_hand(self) -> bool:
        """Put back what a hand drags in any view, or let go of what it holds; False when there is nothing."""
        if self._scene is not None and self._scene.cancel_hand():
            return True
        # A handle that is merely selected in another view must not take the key from a drag.
        return any(one.tool.cancel() for one in sorted(self.slices, key=lambda one: not one.tool.is_dragging))

    def cancel_segment(self) -> bool:
        """Put back an end of the treated part that is dragged in strip or curve; False when none is."""
        return self._nerve is not None and self._nerve.strip.segment.cancel()

    def toggle_probe_eye(self) -> None:
        """Show the views along and across the probe, or go back to the layout before."""
        view = self._desk.view
        view.set_maximised("")
        is_there = layout_of(view.layout).key == PROBE_TRIPLET
        if not is_there:
            self._layout_before = layout_of(view.layout).key
        view.set_layout(self._layout_before if is_there else PROBE_TRIPLET)

    # --- making them -------------------------------------------------------------------------------------------------

    def _pane(self, name: str) -> ViewPane:
        if name not in self._panes:
            self._panes[name] = self._make_pane(name)
        return self._panes[name]

    def _make_pane(self, name: str) -> ViewPane:
        if name == SCENE:
            return ViewPane(name, make=self._space_for_scene)
        if name == STRIP:
            return ViewPane(name, make=self._make_strip, missing=self._missing_nerve, way_out=self._nerve_way_out())
        stand = self._stands[name]
        way_out = None
        if name in _PROBE_VIEWS:
            way_out = ("Place a probe  P", partial(self._begin, Tool.PROBE))
        elif name in _NERVE_VIEWS:
            way_out = self._nerve_way_out()
        return ViewPane(
            name, make=partial(self._make_slice, stand), missing=partial(self._missing, stand), way_out=way_out
        )

    def _make_slice(self, stand: Stand) -> QWidget:
        desk = self._desk
        made = SliceView(stand, session=self._open_session(), view=desk.view, painting=desk.painting)
        made.cursor_moved.connect(self._read_out)
        made.new_probe.connect(self.new_probe)
        made.new_free_probe.connect(self.new_free_probe)
        made.new_nerve.connect(self.new_nerve)
        made.new_body.connect(self.new_body)
        made.new_marks.connect(self.new_marks)
        made.maximise_asked.connect(self._toggle_maximised)
        made.refused.connect(self._desk.refuse)
        made.said.connect(self._desk.say)
        made.installEventFilter(self)
        return made

    def _make_strip(self) -> QWidget:
        made = NervePane(session=self._open_session(), view=self._desk.view)
        made.cursor_moved.connect(self._read_out)
        made.maximise_asked.connect(self._toggle_maximised)
        made.refused.connect(self._desk.refuse)
        made.strip.installEventFilter(self)
        self._nerve = made
        return made

    def _space_for_scene(self) -> QWidget:
        space = QWidget()
        space.setObjectName("page")
        QTimer.singleShot(0, self._build_scene)
        return space

    def _build_scene(self) -> None:
        space = self.views.get(SCENE)
        if self._session is None or space is None or space.objectName() != "page":
            return
        from planner.ui.scene.scene_view import SceneView

        scene = SceneView(session=self._session, view=self._desk.view, painting=self._desk.painting)
        scene.maximise_asked.connect(self._toggle_maximised)
        scene.new_probe.connect(self.new_probe)
        scene.new_free_probe.connect(self.new_free_probe)
        scene.entry_chosen.connect(self.entry_chosen)
        scene.refused.connect(self._desk.refuse)
        scene.said.connect(self._desk.say)
        self._panes[SCENE].put(scene)
        self._scene = scene

    def _open_session(self) -> Session:
        if self._session is None:
            raise RuntimeError("Views are made only while a session is open.")
        return self._session

    def _missing(self, stand: Stand) -> str:
        return stand.missing(self._open_session(), self._desk.view)

    def _missing_nerve(self) -> str:
        return "" if nerve_of(self._open_session(), self._desk.view) is not None else NO_NERVE

    def _nerve_way_out(self) -> tuple[str, partial[None]]:
        return "Draw a nerve  N", partial(self._begin, Tool.NERVE)

    def _begin(self, tool: Tool) -> None:
        """Take a placing tool where there are slices to place in."""
        self._desk.view.set_tool(tool)

    # --- arranging them ----------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Put the views of the layout, or the one alone, in place; who had the keyboard keeps it."""
        if self._session is None:
            return
        view, focused = self._desk.view, self.window().focusWidget()
        layout = layout_of(view.layout)
        self._take_apart()
        self._shown = (view.maximised,) if view.maximised else layout.views
        if view.maximised:
            self._root = self._pane(view.maximised)
        else:
            kept = self._remembered.shares.get(layout.key)
            self._root = self._splitter(layout.shape, list(kept or layout.shape.all_shares()))
        self._column.addWidget(self._root, 1)
        self.bar.setVisible(bool(_PROBE_VIEWS & set(self._shown)))
        for name in self._shown:
            pane = self._pane(name)
            pane.show()
            pane.refresh()
            if name in self._behind:
                self._refresh(name)
        self._root.show()
        if focused is not None and self.isAncestorOf(focused) and focused.isVisible():
            focused.setFocus()

    def _splitter(self, shape: Split, shares: list[tuple[float, ...]]) -> QSplitter:
        """Build one split with all within it; ``shares`` are taken from the front, outermost first."""
        made = QSplitter(Qt.Orientation.Horizontal if shape.is_row else Qt.Orientation.Vertical)
        made.setHandleWidth(2)
        made.setChildrenCollapsible(False)
        made.splitterMoved.connect(self._on_moved)
        self._splitters.append(made)
        own = shares.pop(0)
        for part in shape.parts:
            made.addWidget(self._splitter(part, shares) if isinstance(part, Split) else self._pane(part))
        made.setSizes([round(_SHARE_PARTS * share / sum(own)) for share in own])
        return made

    def _take_apart(self) -> None:
        """Take the panes out of the splitters; hidden, they keep their state."""
        for pane in self._panes.values():
            pane.hide()
            pane.setParent(self)
        if self._root is not None and self._splitters:
            self._column.removeWidget(self._root)
            self._root.hide()
            self._root.deleteLater()
        elif self._root is not None:
            self._column.removeWidget(self._root)
        self._splitters.clear()
        self._root = None

    def _on_moved(self, *_: int) -> None:
        shares = tuple(
            tuple(round(size / max(1, sum(splitter.sizes())), 4) for size in splitter.sizes())
            for splitter in self._splitters
        )
        self._remembered.shares[layout_of(self._desk.view.layout).key] = shares
        self._keep.start()

    def _write(self) -> None:
        """Keep layout and shares for the next start."""
        self._keep.stop()
        if self._session is None:
            return
        self._remembered.key, self._remembered.alone = self._desk.view.layout, self._desk.view.maximised
        self._remembered.write(self._desk.preferences)

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        del change
        if self._session is None or self._session is not self._desk.session:
            return
        self.bar.refresh()
        self._behind.update(self._panes)
        for name in self._shown:
            self._pane(name).refresh()
            self._refresh(name)

    def _refresh(self, name: str) -> None:
        self._behind.discard(name)
        view = self.views.get(name)
        if view is not None and hasattr(view, "refresh") and not self._panes[name].sentence:
            view.refresh()

    def _on_view(self, name: str) -> None:
        if self._session is None or self._session is not self._desk.session:
            return
        if name in ("maximised", "layout"):
            self._arrange()
            self._keep.start()
        elif name == "tool":
            self._make_room_for_tool()
        elif name in ("selected_target", "selected_probe"):
            for shown in self._shown:
                self._pane(shown).refresh()

    def _make_room_for_tool(self) -> None:
        """Show the standard slices when a tool that clicks in slices was taken and there is none in sight."""
        if self._desk.view.tool is Tool.SCISSORS:
            if SCENE not in self._shown:
                self._desk.view.set_maximised("")
                self._desk.view.set_layout(FOUR_UP)
            return
        if self._desk.view.tool is Tool.PROBE and self._shown == (SCENE,):
            return  # a probe can be placed in 3-D alone
        if self._desk.view.tool in WHOLE_MASK | {Tool.POINTER} or any(
            isinstance(self.views.get(name), SliceView) and not self.sentence_of(name) for name in self._shown
        ):
            return
        self._desk.view.set_maximised("")
        self._desk.view.set_layout(FOUR_UP)

    def _toggle_maximised(self, name: str) -> None:
        """Fill the middle with a view or show all again; after the double click, whose release is the view's own."""
        alone = "" if self._desk.view.maximised == name else name
        QTimer.singleShot(0, self, partial(self._desk.view.set_maximised, alone))

    def _read_out(self, readout: object) -> None:
        self.cursor_words.emit("" if readout is None else str(getattr(readout, "words", "")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Repaint a slice when its focus frame comes or goes; brackets slide the view across a probe, not the probe."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and isinstance(watched, QWidget):
            watched.update()
        if isinstance(event, QKeyEvent) and isinstance(watched, SliceView) and self._slide(watched, event):
            return True
        return super().eventFilter(watched, event)

    def _slide(self, watched: SliceView, event: QKeyEvent) -> bool:
        """Take [ and ] in the view across a probe, before the window's shortcut moves the probe itself."""
        shift_mm = _BRACKET_MM.get(Qt.Key(event.key()))
        is_ours = watched.stand.name == PROBE_EYE and shift_mm is not None and not event.modifiers()
        if not is_ours or shift_mm is None or self._session is None:
            return False
        if event.type() == QEvent.Type.KeyPress:
            slide_depth(self._session, self._desk.view, shift_mm)
        event.accept()
        return True
