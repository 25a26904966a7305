"""What should stand on the stage? Everything of the plan that is to be seen, by content, with how to make it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.rendering.access_scene import access_actors
from planner.rendering.ghost_scene import ghost_actors
from planner.rendering.palette import VEILING_KINDS
from planner.rendering.scene3d import (
    SurfaceLayer,
    band_actors,
    body_actor,
    crosshair_actors,
    ice_actors,
    nerve_actors,
    probe_actors,
    surface_actor,
)
from planner.rendering.volume3d import cloud_actor
from planner.ui.slices.layers import layers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.services.session import Session
    from planner.ui.scene.clouds import CloudMaker
    from planner.ui.scene.stage import Key
    from planner.ui.scene.surfaces import SurfaceMaker
    from planner.ui.view_state import ViewState

Wanted = dict["Key", "Callable[[], list[Any]]"]


class Makers(NamedTuple):
    """Who works in the background on what takes time."""

    surfaces: SurfaceMaker
    clouds: CloudMaker


def wanted_on_stage(session: Session, view: ViewState, *, makers: Makers, standing: Iterable[Key]) -> Wanted:
    """Return what should stand on the stage; ``standing`` is what stands there now."""
    layers = layers_of(session)
    wanted: Wanted = {}
    cloud = makers.clouds.cloud(session.volume) if view.cloud is not None else None
    if cloud is not None and view.cloud is not None:
        wanted["cloud", view.cloud] = partial(_alone, partial(cloud_actor, cloud), view.cloud)
    if view.show_crosshair:
        at, frame = view.crosshair_lps_mm, view.frame
        wanted["crosshair", at, frame] = partial(crosshair_actors, at, frame=frame)
    wanted |= _wanted_structures(session, view, surfaces=makers.surfaces, standing=standing)
    for nerve in layers.nerves(session, view):
        shares = None if nerve.shares is None else nerve.shares.tobytes()
        key = ("nerve", nerve.curve_lps_mm.tobytes(), nerve.segment, nerve.diameter_mm, shares)
        wanted[key] = partial(nerve_actors, nerve)
    for body in layers.bodies(session, view):
        wanted["body", body.body] = partial(_alone, body_actor, body)
    for probe in layers.probes(session, view):
        place = probe.placement
        wanted["probe", place.entry_lps_mm, place.tip_lps_mm, place.model_id] = partial(probe_actors, probe)
    ice = layers.ice(session, view)
    if ice is not None:
        levels_c = tuple(level.level_c for level in ice.levels)
        wanted["ice", ice.key, ice.is_stale, levels_c] = partial(ice_actors, ice)
        if ice.drawn_band is not None:
            wanted["band", ice.drawn_band.key, max(levels_c, default=None)] = partial(band_actors, ice)
    if view.access is not None:
        wanted["access", id(view.access)] = partial(access_actors, view.access)
    for ghost in view.ghosts:
        wanted["ghost", id(ghost), ghost.is_solid] = partial(ghost_actors, ghost)
    return wanted


def _wanted_structures(session: Session, view: ViewState, *, surfaces: SurfaceMaker, standing: Iterable[Key]) -> Wanted:
    """Return the surfaces; one that is being made anew stands as it was until the new one is there."""
    there = {key[1]: key for key in standing if key[0] == "structure"}
    shown = [s for s in layers_of(session).structures(session, view) if s.kind not in VEILING_KINDS]
    surfaces.want(frozenset(structure.key for structure in shown))
    wanted: Wanted = {}
    for structure in shown:
        mesh = surfaces.mesh(structure, session.volume.grid)
        if mesh is None:
            if structure.structure_id in there:
                wanted[there[structure.structure_id]] = list
        elif not mesh.is_empty:
            layer = SurfaceLayer(structure.name, structure.kind, mesh, structure.colour)
            key = ("structure", structure.structure_id, structure.key, structure.kind, structure.colour)
            wanted[key] = partial(_alone, surface_actor, layer)
    return wanted


def _alone(make: Callable[[Any], Any], layer: object) -> list[Any]:
    """Wrap the one actor of a layer."""
    return [make(layer)]
