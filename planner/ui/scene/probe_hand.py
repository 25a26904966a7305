"""How is a probe held and placed in 3-D? Handles drawn over the picture, dragged parallel to the screen.

A handle moves in the plane through itself that is parallel to the screen; an entry then follows the skin. The edits are
those of the slices (:mod:`planner.ui.models.probe_grip`). What has moved is drawn at once over the picture, which VTK
brings up to date at its own pace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.geometry import PointLps, point
from planner.rendering.palette import OFF_PLANE_DASH
from planner.rendering.primitives import Marker, Path, Pen, Primitive, Role, Shape
from planner.rendering.probe_space import behind_eye, picture_px, probe_lines, space_handles
from planner.ui.models.probe_grip import GripKeys, placed_words
from planner.ui.models.skin_line import skin_in_sight
from planner.ui.slices.handles import (
    CATCH_PX,
    Handle,
    Part,
    end_handles,
    held_probes,
    is_on_shaft,
    move_command,
    place_of,
    shaft_handle,
)
from planner.ui.slices.keys import ARROWS, nudge_mm
from planner.ui.slices.layers import layers_of
from planner.ui.slices.tools.probe import ProbeTool
from planner.ui.slices.tools.probe_drag import ProbeDrag, over_words, probe_cursor, probe_of
from planner.ui.slices.tools.tool import lines_beside
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbePlacement
    from planner.services.commands import Command
    from planner.services.session import Session
    from planner.ui.scene.stage import Key
    from planner.ui.view_state import ViewState

Px = tuple[float, float]

# A hand that trembles by less than this has clicked, not dragged.
_STILL_PX = 3.0
_SELECTED_WINS_PX = 2.0
_SHAFT_SAMPLES = 65
NOTHING_HERE = "Nothing is seen there that could be the target. Click the nerve or a structure, or use a slice."
NO_SKIN_HERE = "The line of sight misses the skin there. Click the body, or use a slice."


class SpaceHost(Protocol):
    """What the hand may use of the 3-D view."""

    session: Session
    view: ViewState

    def to_picture(self) -> NDArray[np.float64]:
        """Return the matrix (4, 4) from LPS mm to the view's pixels; see :class:`planner.domain.mask_edit.Cut`."""

    def seen_at(self, px: Px) -> PointLps | None:
        """Return the first piece of anatomy under a pixel."""

    def size_px(self) -> tuple[int, int]:
        """Return the size of the view."""

    def try_apply(self, command: Command) -> bool:
        """Run an edit; False when it was refused, and the view has said why."""

    def end_gesture(self) -> None:
        """End a drag: it becomes one undo step."""

    def cancel_gesture(self) -> None:
        """End a drag that never was."""

    def finish_probe(self, tip: PointLps, entry: PointLps, *, is_off_skin: bool) -> None:
        """Hand a new probe to the window and take the pointer again."""

    def say(self, sentence: str) -> None:
        """Put a sentence into the status line."""

    def show_cursor(self, shape: Qt.CursorShape) -> None:
        """Show another mouse pointer."""

    def highlight(self) -> str:
        """Return the colour of what is selected."""

    def update(self) -> None:
        """Paint the marks again."""


class ProbeHand:
    """The left button over probes in 3-D; everything else stays the camera's."""

    def __init__(self, host: SpaceHost) -> None:
        self._host = host
        self._held: Handle | None = None
        self._drag: ProbeDrag | None = None
        self._matrix = np.eye(4)
        self._from: Px = (0.0, 0.0)
        self._at: Px | None = None
        self._over: Handle | None = None
        self._chosen: Handle | None = None
        self._is_dragging = False
        self._is_refused = False

    @property
    def is_holding(self) -> bool:
        """Whether a probe is in the hand."""
        return self._drag is not None

    @property
    def is_placing(self) -> bool:
        """Whether a click sets the next point of a new probe."""
        return self._host.view.tool is Tool.PROBE

    # --- dragging ----------------------------------------------------------------------------------------------------

    def press(self, px: Px, modifiers: Qt.KeyboardModifier) -> bool:
        """Take hold of the probe under the hand; False leaves the button to the camera."""
        handle = self._chosen = None if self.is_placing else self._handle_at(px)
        if handle is None:
            return False
        self._at = self._from = px
        self._held, self._matrix = handle, self._host.to_picture()
        self._drag = ProbeDrag(handle, self._host.session)
        self._drag.press_keys(GripKeys.of(modifiers))
        self._is_dragging = self._is_refused = False
        self._host.view.select_probe(self._drag.probe_id)
        self._host.show_cursor(probe_cursor(is_locked=self._drag.is_locked, is_held=True))
        self._host.update()
        return True

    def move(self, px: Px, modifiers: Qt.KeyboardModifier) -> None:
        """Take the held part along, parallel to the screen."""
        if self._drag is None or self._held is None:
            return
        self._at = px
        if not self._is_dragging:
            if self._is_refused or np.hypot(px[0] - self._from[0], px[1] - self._from[1]) < _STILL_PX:
                return
            self._is_refused = self._drag.is_locked
            if not self._is_refused:
                self._is_dragging = True
                self._host.session.begin_gesture()
        there, start = (beside(self._matrix, self._held.lps_mm, at) for at in (px, self._from))
        self._host.try_apply(self._drag.command(there - start, GripKeys.of(modifiers)))
        self._host.update()

    def release(self) -> bool:
        """Let go: one undo step, and what was set beyond the hand is said. False when nothing was held."""
        if self._drag is None:
            return False
        words = self._drag.said() if self._is_dragging else ""
        self.let_go()
        if words:
            self._host.say(words)
        return True

    def let_go(self) -> None:
        """End the drag where the hand was last."""
        was_dragging = self._is_dragging
        self._forget()
        if was_dragging:
            self._host.end_gesture()

    def cancel(self) -> bool:
        """Put what is dragged back, or drop the first point of a new probe; False when there is neither."""
        if self._is_dragging:
            self._forget()
            self._host.cancel_gesture()
            return True
        if self.is_placing and self._host.view.draft_lps_mm:
            self._host.view.set_draft(())
            return True
        return False

    def _forget(self) -> None:
        if self._drag is not None:
            self._host.show_cursor(probe_cursor(is_locked=self._drag.is_locked, is_held=False))
        self._held = self._drag = None
        self._is_dragging = False
        self._host.update()

    def hover(self, px: Px) -> None:
        """Show what the hand would take hold of, or what the next click sets."""
        self._at = px
        if self.is_placing:
            self._over = None
            self._host.update()
            return
        over = self._handle_at(px)
        if over is None and self._over is None:
            return
        self._over = over
        if over is None:
            self._host.show_cursor(Qt.CursorShape.ArrowCursor)
        else:
            is_locked = over.owner_id in self._host.session.plan.locked_probes
            self._host.show_cursor(probe_cursor(is_locked=is_locked, is_held=False))
        self._host.update()

    def nudge(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Move the part last held by an arrow key, parallel to the screen; False when none is held."""
        plan, view = self._host.session.plan, self._host.view
        handle = None if self._chosen is None else place_of(self._chosen, plan)
        if handle is None or key not in ARROWS or handle.owner_id in view.hidden_probes:
            return False
        across, down = ARROWS[key]
        matrix, here = self._host.to_picture(), np.asarray(handle.lps_mm)
        px = picture_px(matrix, here)
        way = beside(matrix, handle.lps_mm, (float(px[0]) + across, float(px[1]) + down)) - here
        shift = nudge_mm(modifiers) * way / np.linalg.norm(way)
        if self._host.try_apply(move_command(handle, shift, plan=plan)):
            self._host.say(placed_words(probe_of(handle, self._host.session.plan), self._host.session))
        return True

    def leave(self) -> None:
        """Take the words away."""
        self._at = self._over = None

    # --- placing -----------------------------------------------------------------------------------------------------

    def place(self, px: Px, modifiers: Qt.KeyboardModifier) -> None:
        """Set the next point of a new probe: first the target that is seen there, then the skin."""
        host, draft = self._host, self._host.view.draft_lps_mm
        at = self._skin_at(px) if draft else host.seen_at(px)
        if at is None:
            host.say(NO_SKIN_HERE if draft else NOTHING_HERE)
        elif draft:
            host.finish_probe(draft[0], at, is_off_skin=GripKeys.of(modifiers).is_off_skin)
        else:
            host.view.set_draft((at,))

    def _skin_at(self, px: Px) -> PointLps | None:
        """Return the skin under a pixel; in a plan without one, the first thing seen there."""
        if self._host.session.plan.skin is None:
            return self._host.seen_at(px)
        matrix = self._host.to_picture()
        eye = eye_of(matrix)
        return skin_in_sight(self._host.session, eye, beside(matrix, self._host.view.draft_lps_mm[0], px) - eye)

    # --- picking -----------------------------------------------------------------------------------------------------

    def _handle_at(self, px: Px) -> Handle | None:
        """Return the nearest handle within reach; points win over shafts, the selected probe over others."""
        where, matrix = np.asarray(px, dtype=float), self._host.to_picture()
        probes = held_probes(self._host.session.plan, self._host.view)
        best: Handle | None = None
        best_px = CATCH_PX
        for handle in (*(end for probe in probes for end in end_handles(probe)), *map(shaft_handle, probes)):
            if behind_eye(matrix, handle.lps_mm):
                continue
            away = float(np.hypot(*(picture_px(matrix, handle.lps_mm) - where)))
            away -= _SELECTED_WINS_PX if handle.owner_id == self._host.view.selected_probe else 0.0
            if away <= best_px:
                best, best_px = handle, away
        return best or next((held for probe in probes if (held := self._on_shaft(where, matrix, probe))), None)

    def _on_shaft(
        self, where: NDArray[np.float64], matrix: NDArray[np.float64], probe: ProbePlacement
    ) -> Handle | None:
        """Return the shaft under the hand, held where it was pressed."""
        entry, tip = np.asarray(probe.entry_lps_mm), np.asarray(probe.tip_lps_mm)
        if behind_eye(matrix, entry) or behind_eye(matrix, tip):
            return None
        if not is_on_shaft(where, picture_px(matrix, entry), picture_px(matrix, tip)):
            return None
        places = entry + np.linspace(0.0, 1.0, _SHAFT_SAMPLES)[:, None] * (tip - entry)
        away = [float(np.hypot(*(picture_px(matrix, place) - where))) for place in places]
        return Handle(probe.id, Part.SHAFT, point(places[int(np.argmin(away))]))

    # --- drawing -----------------------------------------------------------------------------------------------------

    def has_left(self, keys: set[Key]) -> bool:
        """Whether the picture shows a probe where a hand has just taken it from: that one must go at once.

        ``keys`` name what is in the picture.
        """
        if not self._host.session.is_held:
            return False
        probes = self._host.session.plan.probes
        return not _ends(keys) <= {end for probe in probes for end in (probe.entry_lps_mm, probe.tip_lps_mm)}

    def marks(self, keys: set[Key]) -> list[Primitive]:
        """Draw the handles, the probes that have left where the picture shows them, and the words beside the hand.

        ``keys`` name what is in the picture.
        """
        host, matrix, standing = self._host, self._host.to_picture(), _ends(keys)
        marks: list[Primitive] = []
        for layer in layers_of(host.session).probes(host.session, host.view):
            ends = {layer.placement.entry_lps_mm, layer.placement.tip_lps_mm}
            if not ends <= standing:
                marks += probe_lines(layer, matrix)
            marks += space_handles(layer, matrix)
        return marks + self._chosen_marks(matrix) + self._draft_marks(matrix) + self._words()

    def _chosen_marks(self, matrix: NDArray[np.float64]) -> list[Primitive]:
        """Ring the part that arrow keys move."""
        plan, view = self._host.session.plan, self._host.view
        handle = None if self._chosen is None else place_of(self._chosen, plan)
        if handle is None or handle.owner_id in view.hidden_probes or behind_eye(matrix, handle.lps_mm):
            return []
        x, y = (float(v) for v in picture_px(matrix, handle.lps_mm))
        pen = Pen(self._host.highlight(), 2.0, halo_px=1.0)
        return [Marker(Role.HANDLE, (x, y), Shape.CIRCLE, 18.0, pen, name="selected handle")]

    def _draft_marks(self, matrix: NDArray[np.float64]) -> list[Primitive]:
        """Draw the target that was clicked, and the band from it to the hand."""
        draft = self._host.view.draft_lps_mm
        if not self.is_placing or not draft or behind_eye(matrix, draft[0]):
            return []
        x, y = (float(v) for v in picture_px(matrix, draft[0]))
        pen = Pen("#ffffff", 1.6, halo_px=1.2)
        marks: list[Primitive] = [Marker(Role.DRAFT, (x, y), Shape.CIRCLE, 8.0, pen, "#000000", name="draft point")]
        if self._at is not None:
            band = Pen("#ffffff", 1.4, OFF_PLANE_DASH, halo_px=1.0)
            marks.append(Path(Role.DRAFT, (np.array([(x, y), self._at]),), band, name="band"))
        return marks

    def _words(self) -> list[Primitive]:
        size_px = self._host.size_px()
        if self._at is None:
            return []
        if self.is_placing:
            return [*lines_beside((ProbeTool.words(self._host.view.draft_lps_mm),), self._at, size_px=size_px)]
        if self._drag is not None:
            return self._drag.marks(self._at, size_px=size_px)
        plan = self._host.session.plan
        if self._over is None or all(probe.id != self._over.owner_id for probe in plan.probes):
            return []
        return [*lines_beside((over_words(self._over, plan),), self._at, size_px=size_px)]


def _ends(keys: set[Key]) -> set[PointLps]:
    """Return tips and entries of the probes in the picture."""
    return {place for key in keys if key[0] == "probe" for place in (key[1], key[2])}


def beside(matrix: NDArray[np.float64], handle_lps_mm: PointLps, px: Px) -> NDArray[np.float64]:
    """Return the point under a pixel in the plane through a handle that is parallel to the screen, LPS mm.

    In that plane depth and w of the matrix (4, 4) are those of the handle, which leaves three equations for the point.
    """
    *_, depth, w = matrix @ np.append(handle_lps_mm, 1.0)
    rows = matrix[:3]
    wanted = np.array([px[0] * w, px[1] * w, depth])
    return np.asarray(np.linalg.solve(rows[:, :3], wanted - rows[:, 3]))


def eye_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the viewer stands, LPS mm: the one point that the matrix (4, 4) sees nowhere and everywhere."""
    rows = matrix[[0, 1, 3]]
    return np.asarray(np.linalg.solve(rows[:, :3], -rows[:, 3]))
