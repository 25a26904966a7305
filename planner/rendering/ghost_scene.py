"""How does a placement that is not the plan's stand in space? Clear shafts and shells in a colour of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.rendering.ghost_marks import GHOST_LEVELS
from planner.rendering.palette import GHOST_COLOUR, rgb
from planner.rendering.scene3d import ice_actors, probe_actors

if TYPE_CHECKING:
    from planner.rendering.content import GhostLayer

_SHAFT_OPACITY, _SOLID_OPACITY = 0.45, 0.9
_SHELL_OPACITY, _SOLID_SHELL_OPACITY = 0.16, 0.3


def ghost_actors(layer: GhostLayer) -> list[Any]:
    """Return shafts that one sees through, and the shells of its isotherms; the chosen one of several is denser."""
    actors = []
    for probe in layer.probes:
        actors += [_tinted(a, _SOLID_OPACITY if layer.is_solid else _SHAFT_OPACITY) for a in probe_actors(probe)]
    if layer.ice is not None:
        shells = ice_actors(replace(layer.ice, levels=GHOST_LEVELS, is_stale=False))
        actors += [_tinted(a, _SOLID_SHELL_OPACITY if layer.is_solid else _SHELL_OPACITY) for a in shells]
    return actors


def _tinted(actor: Any, opacity: float) -> Any:  # noqa: ANN401 - a vtkActor
    look = actor.GetProperty()
    look.SetColor(*rgb(GHOST_COLOUR))
    look.SetOpacity(opacity)
    return actor
