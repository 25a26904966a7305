"""What can be done, with which key, and why not just now? One table; the window makes its actions from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.domain.plan import MAX_PROBES
from planner.rendering.window import PRESETS
from planner.ui.layouts import LAYOUTS
from planner.ui.slices.tools.crosslines import is_turned
from planner.ui.steps import missing_for_access, missing_for_report, missing_for_suggestion
from planner.ui.structure_tools import STRUCTURE_TOOLS
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.ui.desk import Desk


def _always(desk: Desk) -> str:
    del desk
    return ""


def _needs_plan(desk: Desk) -> str:
    return "" if desk.session is not None else "Open a plan first."


def _undo(desk: Desk) -> str:
    return "" if desk.session is not None and desk.session.undo_label else "Nothing to undo."


def _redo(desk: Desk) -> str:
    return "" if desk.session is not None and desk.session.redo_label else "Nothing to redo."


def _report(desk: Desk) -> str:
    return "Open a plan first." if desk.session is None else missing_for_report(desk.session)


def _probe(desk: Desk) -> str:
    if desk.session is None:
        return "Open a plan first."
    return f"A plan holds at most {MAX_PROBES} probes." if len(desk.session.plan.probes) >= MAX_PROBES else ""


def _suggest(desk: Desk) -> str:
    return "Open a plan first." if desk.session is None else missing_for_suggestion(desk.session.plan)


def _selected_probe(desk: Desk) -> str:
    if desk.session is None or not desk.session.plan.probes:
        return "No probe yet. Press P, then click the target."
    return ""


def _probe_and_target(desk: Desk) -> str:
    if desk.session is not None and desk.session.plan.probes and not desk.session.plan.targets:
        return "No target yet. Draw the nerve or place the target first."
    return _selected_probe(desk)


def _access(desk: Desk) -> str:
    if desk.session is None:
        return "Open a plan first."
    return missing_for_access(desk.session.plan)


def _place(desk: Desk) -> str:
    plan = desk.session.plan if desk.session is not None else None
    return "" if plan is not None and (plan.targets or plan.probes) else "No target yet."


def _result(desk: Desk) -> str:
    return "" if desk.session is not None and desk.session.result_is_current else "No verdicts yet."


def _turned(desk: Desk) -> str:
    if desk.session is None:
        return "Open a plan first."
    return "" if is_turned(desk.view) else "The planes are the standard ones."


def _structuring(desk: Desk) -> str:
    if desk.session is None:
        return "Open a plan first."
    return "" if desk.view.is_structuring else "Go to the Structures step first."


def _size(desk: Desk) -> str:
    return _structuring(desk) or ("" if desk.view.tool in SIZED else "Take the brush, the eraser or the tube first.")


def _range(desk: Desk) -> str:
    if desk.session is None or not desk.session.result_is_current:
        return "No prediction of the plan as it stands yet."
    return "The range is shown." if desk.session.range_is_current else ""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing the user can do. ``reason(desk)`` is empty when it can be done, else the sentence why not.

    The keys of an action ``in_structures`` act in the Structures step only, and are no one else's there.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    group: str = "Plan"
    reason: Callable[[Desk], str] = field(default=_always)
    checkable: bool = False
    in_structures: bool = False


SIZED = frozenset({Tool.BRUSH, Tool.ERASE, Tool.TUBE})
"""Tools with a diameter."""

STRUCTURES = "In the Structures step"
_STRUCTURE_ACTIONS = (
    *(
        ActionSpec(
            entry.action_id,
            entry.caption,
            (entry.key,) if entry.key else (),
            STRUCTURES,
            _structuring,
            checkable=True,
            in_structures=True,
        )
        for entry in STRUCTURE_TOOLS
    ),
    ActionSpec("size_larger", "Larger brush", ("]",), STRUCTURES, _size, in_structures=True),
    ActionSpec("size_smaller", "Smaller brush", ("[",), STRUCTURES, _size, in_structures=True),
)
_STRUCTURE_KEYS = frozenset(key for spec in _STRUCTURE_ACTIONS for key in spec.keys)

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("home", "Start page", ("Ctrl+Home",), "Window"),
    ActionSpec("open_folder", "Open folder", ("Ctrl+O",), "Window"),
    ActionSpec("cases", "Cases", ("Ctrl+Shift+C",), "Window"),
    ActionSpec("case", "To the case and back", ("Ctrl+K",), "Window"),
    ActionSpec("save_copy", "Save a copy", ("Ctrl+S",), "Plan", _needs_plan),
    ActionSpec("rename", "Rename plan", ("F2",), "Plan", _needs_plan),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), "Plan", _undo),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Plan", _redo),
    ActionSpec("report", "Make report", ("Ctrl+R",), "Plan", _report),
    ActionSpec("range", "Range of the ice", ("Ctrl+Shift+R",), "Plan", _range),
    ActionSpec("suggest", "Suggest placements", ("Ctrl+G",), "Plan", _suggest),
    ActionSpec("what_if", "What if", ("Ctrl+I",), "Plan", _needs_plan),
    ActionSpec("model_card", "Model card", ("Ctrl+M",), "Plan", _needs_plan),
    ActionSpec("next_step", "Next step", ("Ctrl+PgDown",), "Plan", _needs_plan),
    ActionSpec("previous_step", "Previous step", ("Ctrl+PgUp",), "Plan", _needs_plan),
    ActionSpec("tool_pointer", "Pick and drag", ("V",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_probe", "New probe", ("P",), "Tools", _probe, checkable=True),
    ActionSpec("tool_nerve", "Draw nerve", ("N",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_body", "Place target", ("B",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_distance", "Measure a distance", ("D",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_angle", "Measure an angle", ("Shift+D",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_circle", "Measure HU in a circle", ("M",), "Tools", _needs_plan, checkable=True),
    ActionSpec("tool_watch", "Watch a point's temperature", ("Shift+M",), "Tools", _needs_plan, checkable=True),
    *_STRUCTURE_ACTIONS,
    ActionSpec("cancel", "Leave the tool", ("Esc",), "Tools", _needs_plan),
    ActionSpec("tip_here", "Tip to the crosshair", ("T",), "Probe", _selected_probe),
    ActionSpec("entry_here", "Entry to the crosshair", ("E",), "Probe", _selected_probe),
    ActionSpec("entry_to_skin", "Entry to the skin", ("Shift+E",), "Probe", _selected_probe),
    ActionSpec("point_at_target", "Tip to the target's middle", ("Shift+T",), "Probe", _probe_and_target),
    ActionSpec("slide_in", "Slide 1 mm in", ("]",), "Probe", _selected_probe),
    ActionSpec("slide_out", "Slide 1 mm out", ("[",), "Probe", _selected_probe),
    ActionSpec("slide_in_fine", "Slide 0.1 mm in", ("Shift+]",), "Probe", _selected_probe),
    ActionSpec("slide_out_fine", "Slide 0.1 mm out", ("Shift+[",), "Probe", _selected_probe),
    ActionSpec("turn_clockwise", "Turn 1° clockwise in axial", ("W",), "Probe", _selected_probe),
    ActionSpec("turn_back", "Turn 1° anticlockwise in axial", ("Q",), "Probe", _selected_probe),
    ActionSpec("tilt_head", "Tilt hub 1° to the head", ("Shift+W",), "Probe", _selected_probe),
    ActionSpec("tilt_feet", "Tilt hub 1° to the feet", ("Shift+Q",), "Probe", _selected_probe),
    ActionSpec("lock_probe", "Lock or unlock", ("L",), "Probe", _selected_probe),
    ActionSpec("hide_probe", "Hide or show", ("H",), "Probe", _selected_probe),
    ActionSpec("next_probe", "Next probe", ("Ctrl+Tab",), "Probe", _selected_probe),
    ActionSpec("jump", "Next worst place", ("J",), "View", _result),
    ActionSpec("frame", "Zoom to the target", ("Z",), "View", _place),
    ActionSpec("show_ice", "Ice", ("O",), "View", _needs_plan, checkable=True),
    ActionSpec("show_band", "Band of the ice", ("U",), "View", _needs_plan, checkable=True),
    ActionSpec("show_structures", "Structures", ("G",), "View", _needs_plan, checkable=True),
    ActionSpec("show_crosshair", "Crosshair", ("Shift+X",), "View", _needs_plan, checkable=True),
    ActionSpec("show_text", "Corner texts", ("Shift+O",), "View", _needs_plan, checkable=True),
    ActionSpec("show_access", "Where may I enter?", ("S",), "View", _access, checkable=True),
    ActionSpec("hide_identity", "Hide names", ("X",), "View", _needs_plan, checkable=True),
    ActionSpec("four_up", "All views", ("A",), "View", _needs_plan),
    ActionSpec("probe_eye", "Probe's-eye views", ("F",), "View", _selected_probe),
    *(
        ActionSpec(f"layout_{layout.key}", layout.words, (f"Ctrl+{number}",), "View", _needs_plan)
        for number, layout in enumerate(LAYOUTS, start=1)
    ),
    *(
        ActionSpec(f"window_{preset.key}", preset.words, (preset.key,), "View", _needs_plan)
        for preset in PRESETS
        if preset.key
    ),
    ActionSpec("play", "Play the freeze", ("K",), "View", _result, checkable=True),
    ActionSpec("coldest", "Coldest reached", ("Shift+K",), "View", _result),
    ActionSpec("invert", "Invert", ("I",), "Pictures", _needs_plan),
    ActionSpec("film", "Film through the slices", ("C",), "Pictures", _needs_plan),
    ActionSpec("slab_thicker", "Thicker slab", (".",), "Pictures", _needs_plan),
    ActionSpec("slab_thinner", "Thinner slab", (",",), "Pictures", _needs_plan),
    ActionSpec("standard_planes", "Standard planes", ("Shift+Space",), "Pictures", _turned),
    ActionSpec("look_back", "Earlier look", ("Alt+Left",), "Pictures", _needs_plan),
    ActionSpec("look_forward", "Later look", ("Alt+Right",), "Pictures", _needs_plan),
    ActionSpec("fold_rail", "Fold the workflow", ("Ctrl+B",), "Window", _needs_plan),
    ActionSpec("theme", "Dark or light", ("Ctrl+Shift+L",), "Window"),
    ActionSpec("next_region", "Next region", ("F6",), "Window"),
    ActionSpec("previous_region", "Previous region", ("Shift+F6",), "Window"),
    ActionSpec("settings", "Settings", ("Ctrl+,",), "Window"),
    ActionSpec("shortcuts", "Shortcuts", ("F1",), "Window"),
)


def keys_of(spec: ActionSpec, *, is_structuring: bool) -> tuple[str, ...]:
    """Return the keys of an action now: in the Structures step those of its tools are no other action's."""
    if spec.in_structures:
        return spec.keys if is_structuring else ()
    return tuple(key for key in spec.keys if not (is_structuring and key in _STRUCTURE_KEYS))


def tooltip(text: str, keys: Sequence[str], reason: str) -> str:
    """Return "Name, key", with the reason below when the action is off."""
    key = keys[0] if keys else ""
    name = f"{text}, {key}" if key else text
    return f"{name}\n{reason}" if reason else name
