"""What is being looked at, and how? Crosshair, window, tool, toggles, selection: not in the plan and not undoable."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.geometry import PointLps, point
from planner.rendering.slab import MAX_SLAB_MM, SlabMode
from planner.rendering.turning import UPRIGHT, Frame, as_frame, turned_frame
from planner.rendering.window import PRESETS, SOFT_TISSUE, WindowHu
from planner.ui.paint_settings import PaintSettings
from planner.ui.slices.schemes import SchemeName
from planner.ui.view_choice import ViewChoice
from planner.ui.view_history import ViewHistory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from planner.domain.volume import VolumeRef
    from planner.rendering.plane import Orientation
    from planner.rendering.volume3d import CloudPreset

_NARROWEST_HU, _WIDEST_HU = 1.0, 8000.0
_LOWEST_HU, _HIGHEST_HU = -2000.0, 4000.0
_HALF = 0.5
SLAB_STEPS_MM = (0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0, MAX_SLAB_MM)
CINE_RATES_PER_S = (5.0, 10.0, 15.0, 25.0, 40.0)


class Tool(StrEnum):
    """What the left mouse button does in a slice."""

    POINTER = "pointer"
    PROBE = "probe"
    NERVE = "nerve"
    BODY = "body"
    DISTANCE = "distance"
    ANGLE = "angle"
    CIRCLE = "circle"
    BRUSH = "brush"
    ERASE = "erase"
    LASSO = "lasso"
    SCISSORS = "scissors"
    CONNECTED = "connected"
    TUBE = "tube"
    LANDMARKS = "landmarks"
    PATH = "path"
    WATCH = "watch"
    THRESHOLD = "threshold"
    GROW = "grow"
    BETWEEN = "between"
    MARGIN = "margin"
    SMOOTH = "smooth"
    ISLANDS = "islands"
    FILL_HOLES = "fill holes"
    BOOLEAN = "boolean"


MEASURING = frozenset({Tool.DISTANCE, Tool.ANGLE, Tool.CIRCLE})
DRAWING = frozenset({Tool.BRUSH, Tool.ERASE, Tool.LASSO, Tool.SCISSORS, Tool.CONNECTED, Tool.TUBE})
"""Tools of structures that a hand works in a view."""
WHOLE_MASK = frozenset(
    {
        Tool.THRESHOLD,
        Tool.GROW,
        Tool.BETWEEN,
        Tool.MARGIN,
        Tool.SMOOTH,
        Tool.ISLANDS,
        Tool.FILL_HOLES,
        Tool.BOOLEAN,
    }
)
"""Tools of structures that change all of a mask at a press of Apply; in the views the hand stays the pointer."""
STRUCTURE_TOOLS = DRAWING | WHOLE_MASK


class ViewState(ViewChoice):
    """What every view shows in common.

    ``changed`` carries the name of the property that changed; it is sent only when the value is another one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._crosshair: PointLps = (0.0, 0.0, 0.0)
        self._frame: Frame = UPRIGHT
        self._window: WindowHu = SOFT_TISSUE
        self._is_inverted = False
        self._slab_mm = 0.0
        self._slab_mode = SlabMode.MIP
        self._mouse_scheme = SchemeName.RADIOLOGY
        self._up_is_brighter = True
        self._cine_per_s = 15.0
        self._own_windows: Mapping[str, WindowHu] = {}
        self._tool = Tool.POINTER
        self._time_s: float | None = None
        self._paint = PaintSettings()
        self._maximised = ""
        self._second_share = _HALF
        self._second_window: WindowHu | None = None
        self._cloud: CloudPreset | None = None
        self._cuts: frozenset[Orientation] = frozenset()
        self._layout = ""
        self._draft: tuple[PointLps, ...] = ()
        self._flags = {
            "show_ice": True,
            "show_structures": True,
            "show_crosshair": True,
            "show_text": True,
            "hide_identity": False,
            "show_band": True,
            "whole_band": False,
            "show_shares": True,
            "show_access": False,
        }
        self._is_structuring = False
        self.history = ViewHistory(self)

    def reset(self, ref: VolumeRef, centre_lps_mm: ArrayLike) -> None:
        """Start on a newly opened CT: its middle, its own window (soft tissue when it names none), nothing chosen."""
        self.set_tool(Tool.POINTER)
        self.set_draft(())
        self.choose_nothing()
        self.set_flag("show_access", on=False)
        self.set_paint(replace(self._paint, inside=None))
        self.set_time(None)
        self.set_maximised("")
        self.reset_frame()
        self.set_slab(0.0)
        self.set_inverted(on=False)
        self.set_second_share(_HALF)
        self.set_second_window(None)
        self.set_cloud(None)
        self._put("_cuts", "cuts", frozenset())
        self.set_crosshair(point(centre_lps_mm))
        self.set_window(ref.window_hu or SOFT_TISSUE)
        self.history.clear()  # last: none of the looks above is one to come back to

    @property
    def crosshair_lps_mm(self) -> PointLps:
        """The point all views pass through, LPS mm."""
        return self._crosshair

    def set_crosshair(self, lps_mm: PointLps) -> None:
        """Move the crosshair."""
        self._put("_crosshair", "crosshair_lps_mm", point(lps_mm))

    @property
    def window_hu(self) -> WindowHu:
        """(width, level), HU."""
        return self._window

    def set_window(self, window_hu: WindowHu) -> None:
        """Choose the window; kept within what CT can hold."""
        width = min(max(float(window_hu[0]), _NARROWEST_HU), _WIDEST_HU)
        level = min(max(float(window_hu[1]), _LOWEST_HU), _HIGHEST_HU)
        self._put("_window", "window_hu", (width, level))

    @property
    def own_windows(self) -> Mapping[str, WindowHu]:
        """The windows that the user has put on keys in place of the presets, by key."""
        return self._own_windows

    def bind_windows(self, own: Mapping[str, WindowHu]) -> None:
        """Put windows on keys in place of the presets; an empty mapping brings all presets back."""
        self._put("_own_windows", "own_windows", dict(own))

    def window_of(self, key: str) -> WindowHu:
        """Return the window that a preset's key sets."""
        standard = next(preset.window_hu for preset in PRESETS if preset.key == key)
        return self._own_windows.get(key, standard)

    @property
    def frame(self) -> Frame:
        """How the three planes are turned together; rows of a rotation, the identity for the standard planes."""
        return self._frame

    def set_frame(self, frame: Frame) -> None:
        """Turn the planes."""
        self._put("_frame", "frame", frame if frame == UPRIGHT else as_frame(frame))

    def turn(self, axis_lps: PointLps, angle_rad: float) -> None:
        """Turn the planes further about an axis through the crosshair."""
        self.set_frame(turned_frame(self._frame, axis_lps, angle_rad))

    def reset_frame(self) -> None:
        """Go back to the standard planes."""
        self.set_frame(UPRIGHT)

    @property
    def is_inverted(self) -> bool:
        """Whether low values are bright."""
        return self._is_inverted

    def set_inverted(self, *, on: bool) -> None:
        """Show low values bright, or dark again."""
        self._put("_is_inverted", "inverted", on)

    @property
    def slab_mm(self) -> float:
        """Thickness of the slab that slices show, mm; 0 for single slices."""
        return self._slab_mm

    @property
    def slab_mode(self) -> SlabMode:
        """What a slab shows of the values through its thickness."""
        return self._slab_mode

    def set_slab(self, slab_mm: float, mode: SlabMode | None = None) -> None:
        """Choose the thickness, 0 to 100 mm, and what is shown of it."""
        self._put("_slab_mode", "slab_mode", mode or self._slab_mode)
        self._put("_slab_mm", "slab_mm", min(max(float(slab_mm), 0.0), MAX_SLAB_MM))

    def thicken(self, steps: int) -> None:
        """Go to the next thicker slab, or with negative steps to a thinner one and in the end to single slices."""
        larger = sum(mm <= self._slab_mm for mm in SLAB_STEPS_MM) - 1
        if steps < 0 and SLAB_STEPS_MM[larger] < self._slab_mm:
            larger += 1
        self.set_slab(SLAB_STEPS_MM[min(max(larger + steps, 0), len(SLAB_STEPS_MM) - 1)])

    @property
    def mouse_scheme(self) -> SchemeName:
        """What the mouse buttons do in slices."""
        return self._mouse_scheme

    def set_mouse_scheme(self, name: SchemeName) -> None:
        """Choose what the mouse buttons do."""
        self._put("_mouse_scheme", "mouse_scheme", name)

    @property
    def up_is_brighter(self) -> bool:
        """Whether a windowing hand that goes up makes the picture brighter; vendors differ."""
        return self._up_is_brighter

    def set_up_is_brighter(self, *, on: bool) -> None:
        """Choose the direction of windowing."""
        self._put("_up_is_brighter", "up_is_brighter", on)

    @property
    def cine_per_s(self) -> float:
        """Slices per second of a film."""
        return self._cine_per_s

    def set_cine(self, per_s: float) -> None:
        """Choose how fast slices play, 1 to 60 per second."""
        self._put("_cine_per_s", "cine_per_s", min(max(float(per_s), 1.0), 60.0))

    @property
    def tool(self) -> Tool:
        """What the left button does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Choose the tool; what an earlier tool had begun is dropped."""
        if tool is not self._tool:
            self.set_draft(())
        self._put("_tool", "tool", tool)

    @property
    def draft_lps_mm(self) -> tuple[PointLps, ...]:
        """Points clicked so far for something that is not in the plan yet; shared, so any view can go on with it."""
        return self._draft

    @property
    def is_structuring(self) -> bool:
        """Whether the Structures step is shown: its tools and keys are there, and what is edited is filled."""
        return self._is_structuring

    def set_structuring(self, *, on: bool) -> None:
        """Enter or leave the Structures step; leaving it takes the pointer in place of a tool of structures."""
        if not on and self._tool in STRUCTURE_TOOLS:
            self.set_tool(Tool.POINTER)
        self._put("_is_structuring", "structuring", on)

    def set_draft(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Replace the points clicked so far."""
        self._put("_draft", "draft_lps_mm", points_lps_mm)

    @property
    def time_s(self) -> float | None:
        """Time of the shown temperatures, s from the start of the protocol; None = coldest each point ever was."""
        return self._time_s

    def set_time(self, time_s: float | None) -> None:
        """Choose the time."""
        self._put("_time_s", "time_s", time_s)

    @property
    def paint(self) -> PaintSettings:
        """Brush and limits of drawing."""
        return self._paint

    def set_paint(self, paint: PaintSettings) -> None:
        """Choose brush and limits."""
        self._put("_paint", "paint", paint)

    @property
    def maximised(self) -> str:
        """Name of the view that fills the middle (``"axial"``, …, ``"scene"``); empty for four-up."""
        return self._maximised

    def set_maximised(self, view_name: str) -> None:
        """Show one view alone, or all with an empty name."""
        self._put("_maximised", "maximised", view_name)

    @property
    def layout(self) -> str:
        """Key of the layout of the views (``ui/layouts.py``); empty for the one a window starts with."""
        return self._layout

    def set_layout(self, key: str) -> None:
        """Choose the layout."""
        self._put("_layout", "layout", key)

    @property
    def second_share(self) -> float:
        """How much of a second series is seen through the CT: 0 the CT alone, 1 the second series alone."""
        return self._second_share

    @property
    def second_window(self) -> WindowHu | None:
        """(width, level) chosen for the second series, in its own values; None shows it with its own window."""
        return self._second_window

    def set_second_window(self, window: WindowHu | None) -> None:
        """Choose the second series' window; the CT's stays as it is."""
        kept = None if window is None else (max(float(window[0]), _NARROWEST_HU), float(window[1]))
        self._put("_second_window", "second_window", kept)

    def set_second_share(self, share: float) -> None:
        """Crossfade between the CT and the second series."""
        self._put("_second_share", "second_share", min(max(float(share), 0.0), 1.0))

    @property
    def cloud(self) -> CloudPreset | None:
        """What of the CT itself the 3-D view shows; None shows outlined structures only."""
        return self._cloud

    def set_cloud(self, preset: CloudPreset | None) -> None:
        """Choose what of the CT the 3-D view shows."""
        self._put("_cloud", "cloud", preset)

    @property
    def cuts(self) -> frozenset[Orientation]:
        """The slices at which the 3-D view is cut open: what lies on the viewer's side of each is away."""
        return self._cuts

    def toggle_cut(self, plane: Orientation) -> None:
        """Cut the 3-D view open at a slice, or close it again."""
        self._put("_cuts", "cuts", self._cuts ^ {plane})

    @property
    def show_ice(self) -> bool:
        """Whether isotherms are drawn."""
        return self._flags["show_ice"]

    @property
    def show_band(self) -> bool:
        """Whether the band is drawn around the predicted ice."""
        return self._flags["show_band"]

    @property
    def whole_band(self) -> bool:
        """Whether the band is drawn with every edge of every isotherm, and not only where it is bad for the plan."""
        return self._flags["whole_band"]

    @property
    def show_structures(self) -> bool:
        """Whether structures are outlined."""
        return self._flags["show_structures"]

    @property
    def show_crosshair(self) -> bool:
        """Whether the crosshair is drawn."""
        return self._flags["show_crosshair"]

    @property
    def show_text(self) -> bool:
        """Whether the corner texts are written; letters, scale, name and identity always are."""
        return self._flags["show_text"]

    @property
    def hide_identity(self) -> bool:
        """Whether the patient's name is kept off views and pictures."""
        return self._flags["hide_identity"]

    def set_flag(self, name: str, *, on: bool) -> None:
        """Set one of :attr:`flags`."""
        if self._flags[name] != on:
            self._flags[name] = on
            self.changed.emit(name)

    def toggle(self, name: str) -> None:
        """Turn one flag over."""
        self.set_flag(name, on=not self._flags[name])

    @property
    def flags(self) -> Mapping[str, bool]:
        """All flags by name."""
        return dict(self._flags)
