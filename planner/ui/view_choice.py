"""What is chosen of the plan, and what of it is drawn? Selection, hidden things, isotherms, watched points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.identity import ProbeId, StructureId, TargetId
    from planner.rendering.access_scene import AccessLayer
    from planner.rendering.content import GhostLayer

LEVELS_C = (0.0, -20.0, -40.0)
"""The isotherms a window starts with."""
OWN_LEVEL_C = -30.0
COLDEST_LEVEL_C, WARMEST_LEVEL_C = -190.0, 20.0
MAX_WATCHED = 4


class ViewChoice(QObject):
    """The part of the view's state that names things of the plan; see :class:`planner.ui.view_state.ViewState`."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._selected_probe: ProbeId | None = None
        self._selected_target: TargetId | None = None
        self._selected_structure: StructureId | None = None
        self._hidden: frozenset[StructureId] = frozenset()
        self._hidden_probes: frozenset[ProbeId] = frozenset()
        self._probe_depth_mm: float | None = None
        self._probe_roll_deg = 0.0
        self._levels_c: tuple[float, ...] = LEVELS_C
        self._own_level_c = OWN_LEVEL_C
        self._watched: tuple[PointLps, ...] = ()
        self._prompts: tuple[str, ...] = ()
        self._ghosts: tuple[GhostLayer, ...] = ()
        self._access: AccessLayer | None = None
        self._access_at: int | None = None
        self._access_words = ""

    def choose_nothing(self) -> None:
        """Select, hide and watch nothing: another plan comes. The isotherms stay as chosen."""
        self.select_probe(None)
        self.select_target(None)
        self.select_structure(None)
        self.hide_structures(frozenset())
        self._put("_hidden_probes", "hidden_probes", frozenset())
        self.set_probe_depth(None)
        self.set_probe_roll(0.0)
        self.set_watched(())
        self.set_prompts(())
        self.set_ghosts(())
        self.set_access(None)

    @property
    def selected_probe(self) -> ProbeId | None:
        """The probe whose handles are filled and whose fields are open."""
        return self._selected_probe

    def select_probe(self, probe_id: ProbeId | None) -> None:
        """Select a probe, or none; the view across it starts at the tip of another one."""
        if probe_id != self._selected_probe:
            self.set_probe_depth(None)
        self._put("_selected_probe", "selected_probe", probe_id)

    @property
    def selected_target(self) -> TargetId | None:
        """The target whose points can be dragged."""
        return self._selected_target

    def select_target(self, target_id: TargetId | None) -> None:
        """Select a target, or none."""
        self._put("_selected_target", "selected_target", target_id)

    @property
    def selected_structure(self) -> StructureId | None:
        """The structure whose facts are open, and which the drawing tools change."""
        return self._selected_structure

    def select_structure(self, structure_id: StructureId | None) -> None:
        """Select a structure, or none."""
        self._put("_selected_structure", "selected_structure", structure_id)

    @property
    def hidden_structures(self) -> frozenset[StructureId]:
        """The structures that no view draws; they are judged all the same."""
        return self._hidden

    def toggle_structure(self, structure_id: StructureId) -> None:
        """Hide a structure in all views, or show it again."""
        self._put("_hidden", "hidden_structures", self._hidden ^ {structure_id})

    def hide_structures(self, structure_ids: frozenset[StructureId]) -> None:
        """Hide exactly these structures in all views."""
        self._put("_hidden", "hidden_structures", structure_ids)

    @property
    def hidden_probes(self) -> frozenset[ProbeId]:
        """The probes that no view draws or lets be held; they freeze all the same."""
        return self._hidden_probes

    def show_probe(self, probe_id: ProbeId, *, on: bool) -> None:
        """Draw a probe in all views, or hide it."""
        others = self._hidden_probes - {probe_id}
        self._put("_hidden_probes", "hidden_probes", others if on else others | {probe_id})

    @property
    def probe_depth_mm(self) -> float | None:
        """How deep along the shaft, from the entry, the probe's-eye view lies, mm; None = at the tip."""
        return self._probe_depth_mm

    def set_probe_depth(self, depth_mm: float | None) -> None:
        """Choose the depth of the probe's-eye view."""
        self._put("_probe_depth_mm", "probe_depth_mm", depth_mm)

    @property
    def probe_roll_deg(self) -> float:
        """How far the planes along the probe are turned about its shaft, from −180° up to 180°."""
        return self._probe_roll_deg

    def set_probe_roll(self, roll_deg: float) -> None:
        """Turn the planes along the probe about its shaft."""
        self._put("_probe_roll_deg", "probe_roll_deg", (roll_deg + 180.0) % 360.0 - 180.0)

    @property
    def levels_c(self) -> tuple[float, ...]:
        """The isotherms that are drawn, °C, warmest first."""
        return self._levels_c

    def set_levels(self, levels_c: tuple[float, ...]) -> None:
        """Choose the isotherms; each counts once. Without any the choice stays: what hides the ice is a switch."""
        if levels_c:
            self._put("_levels_c", "levels_c", tuple(sorted(set(levels_c), reverse=True)))

    @property
    def own_level_c(self) -> float:
        """The isotherm that the user has typed, °C; drawn only while it is among :attr:`levels_c`."""
        return self._own_level_c

    def set_own_level(self, level_c: float) -> None:
        """Type the own isotherm, °C, held to what tissue and a probe can have; one that is drawn moves."""
        held = min(max(float(level_c), COLDEST_LEVEL_C), WARMEST_LEVEL_C)
        before = self._own_level_c
        self._put("_own_level_c", "own_level_c", held)
        if before in self._levels_c and before != held:
            self.set_levels((*(c for c in self._levels_c if c != before), held))

    @property
    def watched_lps_mm(self) -> tuple[PointLps, ...]:
        """The points whose temperature is plotted over time, LPS mm, four at most."""
        return self._watched

    def set_watched(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Choose the points; of more than four the last four stay."""
        self._put("_watched", "watched", points_lps_mm[-MAX_WATCHED:])

    @property
    def prompts(self) -> tuple[str, ...]:
        """What each click of a guided tool is to mark, in order, in words for beside the cursor."""
        return self._prompts

    def set_prompts(self, prompts: tuple[str, ...]) -> None:
        """Say what is to be clicked next."""
        self._put("_prompts", "prompts", prompts)

    @property
    def ghosts(self) -> tuple[GhostLayer, ...]:
        """Placements that are not the plan's own, drawn beside it in every view."""
        return self._ghosts

    def set_ghosts(self, ghosts: tuple[GhostLayer, ...]) -> None:
        """Draw other placements beside the plan's; whoever shows them takes them away when the plan changes (H-13)."""
        self._put("_ghosts", "ghosts", ghosts)

    @property
    def access(self) -> AccessLayer | None:
        """The skin painted by where a shaft may enter; None shows no such skin."""
        return self._access

    def set_access(self, layer: AccessLayer | None) -> None:
        """Show a painted skin, or none; whoever shows it makes it grey when the plan changes (H-13)."""
        if layer is not self._access:
            self.point_at_access(None)
            self._put("_access", "access", layer)

    @property
    def access_at(self) -> int | None:
        """The triangle of that skin that a hand points at."""
        return self._access_at

    def point_at_access(self, triangle: int | None) -> None:
        """Point at a triangle of the painted skin, or beside it; what was said of another is taken back."""
        if triangle != self._access_at:
            self._access_words = ""
        self._put("_access_at", "access_at", triangle)

    @property
    def access_words(self) -> str:
        """What is said of that triangle, to be written beside it."""
        return self._access_words

    def say_of_access(self, words: str) -> None:
        """Say something of the triangle that is pointed at."""
        self._put("_access_words", "access_words", words)

    def _put(self, field: str, name: str, value: object) -> None:
        if getattr(self, field) != value:
            setattr(self, field, value)
            self.changed.emit(name)
