"""What do the shipped kernels say in the set-ups whose answer is known? Used by the physics tests and the bench.

Thin slabs with mirrored sides stand for infinite media; a corner of the slab is an axis of symmetry. Fronts are
measured from the frozen volume, since a sharp front inside a cell shows in its liquid fraction long before it shows in
interpolated temperatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.datum import Datum, Status
from planner.domain.simulation import BodyConditions
from planner.domain.tissue import Tissue
from planner.thermal.properties import MUSH, SOLIDUS, build_materials
from planner.thermal.scene import Scene, build_scene, fastest_rate_per_s
from planner.thermal.settings import DEFAULT_SETTINGS, SolverSettings
from planner.thermal.sources import Sinks, disc_radius_mm, disc_x, pack_sinks
from planner.thermal.stepper import Body, advance, start_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.thermal.analytic import SharpMedium

PROBE_RADIUS_MM, PROBE_SURFACE_C = 0.75, -120.0
"""The probe of :func:`disc_probe_bodies`."""
NARROW_MUSH_K = 0.1
"""The enthalpy form needs a freezing range; 0.1 K is sharp next to a 37 K field and stores 0.1 % of the latent heat."""


def sharp_tissue(medium: SharpMedium, *, tissue_id: str = "gel", fixed_c: float | None = None) -> Tissue:
    """Return a tissue that freezes within :data:`NARROW_MUSH_K` around the medium's freezing point."""
    half = NARROW_MUSH_K / 2
    return plain_tissue(
        tissue_id,
        density_kg_per_m3=medium.density_kg_per_m3,
        c_unfrozen_j_per_kg_k=medium.c_liquid_j_per_kg_k,
        c_frozen_j_per_kg_k=medium.c_frozen_j_per_kg_k,
        k_unfrozen_w_per_m_k=medium.k_liquid_w_per_m_k,
        k_frozen_w_per_m_k=medium.k_frozen_w_per_m_k,
        latent_heat_j_per_kg=medium.latent_j_per_kg,
        solidus_c=medium.freezing_c - half,
        liquidus_c=medium.freezing_c + half,
        perfusion_w_per_m3_k=0.0,
        metabolic_w_per_m3=0.0,
        fixed_c=fixed_c,
    )


def plain_tissue(tissue_id: str, *, fixed_c: float | None = None, slope: float = 0.0, **values: float) -> Tissue:
    """Return a tissue of plain numbers (field name = value) for a computed case."""
    data: dict[str, Any] = {name: Datum(value, Status.COMPUTED) for name, value in values.items()}
    return Tissue(id=tissue_id, label=tissue_id, k_frozen_slope_w_per_m_k2=slope, fixed_temperature_c=fixed_c, **data)


def scene_of(index: NDArray[np.uint8], tissues: Sequence[Tissue], *, spacing_mm: float, core_c: float = 37.0) -> Scene:
    """Return the scene of a map whose numbers are positions in ``tissues``."""
    conditions = BodyConditions(core_c, 22.0, 10.0)
    ids = [tissue.id for tissue in tissues]
    return build_scene(index, build_materials(ids, tissues=tissues, conditions=conditions, spacing_mm=spacing_mm))


def no_sinks(scene: Scene) -> Sinks:
    """Return an empty sink list."""
    return pack_sinks(np.zeros(scene.shape), np.zeros(scene.shape, np.int64), np.array([-100.0]))


def run_case(
    scene: Scene,
    start_c: NDArray[np.float64],
    sinks: Sinks,
    drive: NDArray[np.float32],
    times_s: Sequence[float],
    *,
    settings: SolverSettings = DEFAULT_SETTINGS,
) -> Iterator[tuple[float, Body]]:
    """Step the whole scene from ``start_c`` without a ramp, yielding the body at each time."""
    shape = scene.shape
    body = start_body(scene, start_c, box=np.array([0, shape[0], 0, shape[1], 0, shape[2]]))
    rate = fastest_rate_per_s(scene, coldest_c=-200.0, sink_conductance=sinks.largest_conductance)
    now_s = 0.0
    for end_s in times_s:
        while now_s < end_s - 1e-9:
            wanted = max(settings.growth * now_s, settings.shortest_step_s)
            step_s = min(wanted, settings.longest_step_s, end_s - now_s)
            advance(body, sinks, step_s=step_s, rate_per_s=rate, drive_at=lambda _share: drive, tick=lambda: None)
            now_s += step_s
        yield now_s, body


def frozen_share(body: Body) -> NDArray[np.float64]:
    """One minus the liquid fraction of each cell, shape (K, J, I)."""
    share: NDArray[np.float64] = 1 - np.clip(body.u.reshape(body.scene.shape).astype(np.float64), 0, 1)
    share[body.scene.materials.is_fixed[body.scene.index]] = 0
    return share


def planar_fronts_mm(
    medium: SharpMedium, *, spacing_mm: float, length_mm: float, wall_c: float, start_c: float, times_s: Sequence[float]
) -> list[tuple[float, NDArray[np.float64]]]:
    """Return (front mm, temperatures °C of the line) at each time: a wall at ``wall_c`` on the face x = 0."""
    count = round(length_mm / spacing_mm)
    index = np.ones((1, 1, count + 1), np.uint8)
    index[..., 0] = 0
    wall = plain_wall(wall_c)
    scene = scene_of(index, [wall, sharp_tissue(medium)], spacing_mm=spacing_mm)
    start = np.full(index.shape, start_c)
    sinks = no_sinks(scene)
    drive = np.zeros(0, np.float32)
    return [
        (float(frozen_share(body).sum() * spacing_mm), body.temperature_c(body.u)[0, 0, 1:].astype(np.float64))
        for _, body in run_case(scene, start, sinks, drive, times_s)
    ]


def plain_wall(wall_c: float) -> Tissue:
    """Return a fixed material that conducts so well that its face, not its centre, has its temperature."""
    return plain_tissue(
        "wall",
        fixed_c=wall_c,
        density_kg_per_m3=1000.0,
        c_unfrozen_j_per_kg_k=4000.0,
        c_frozen_j_per_kg_k=2000.0,
        k_unfrozen_w_per_m_k=1e5,
        k_frozen_w_per_m_k=1e5,
        latent_heat_j_per_kg=0.0,
        solidus_c=-8.0,
        liquidus_c=-1.0,
        perfusion_w_per_m3_k=0.0,
        metabolic_w_per_m3=0.0,
    )


def line_sink_bodies(
    tissue: Tissue, *, spacing_mm: float, half_mm: float, heat_w_per_m: float, times_s: Sequence[float]
) -> Iterator[tuple[float, Body]]:
    """Yield a quarter slab around a line sink on its mirrored corner, taking ``heat_w_per_m``, at each time."""
    count = round(half_mm / spacing_mm)
    scene = scene_of(np.zeros((1, count, count), np.uint8), [tissue], spacing_mm=spacing_mm)
    corner = np.zeros(scene.shape)
    corner[0, 0, 0] = 1.0
    sinks = pack_sinks(corner, np.zeros(scene.shape, np.int64), np.array([0.0]))
    # Heat per metre of a quarter, taken at a fixed rate: no conductance, only drive (W/m as the kernels count).
    drive = np.array([-heat_w_per_m / 4], np.float32)
    return run_case(scene, np.full(scene.shape, 37.0), sinks.switched_off(), drive, times_s)


def disc_probe_bodies(
    tissue: Tissue,
    *,
    spacing_mm: float,
    half_mm: float,
    times_s: Sequence[float],
    offset_cells: tuple[float, float] = (0.3, 0.2),
) -> Iterator[tuple[float, Body]]:
    """Yield a slab across an endless probe along k, drawn as the shipped disc sink, at each time.

    The probe's axis is ``offset_cells`` away from the middle of the slab, so no symmetry of the grid helps.
    """
    from planner.thermal.kernels import cylinder_fraction

    count = 2 * round(half_mm / spacing_mm)
    disc_mm = disc_radius_mm(PROBE_RADIUS_MM, spacing_mm)
    share = np.zeros((3, count, count))
    middle = (count - 1) / 2
    start = (middle + offset_cells[0], middle + offset_cells[1], -20.0)
    cylinder_fraction(share, (start, (0.0, 0.0, 1.0), 40.0, disc_mm / spacing_mm), 6)
    share = share[1:2] * np.pi * (disc_mm / spacing_mm) ** 2 / share[1].sum()
    scene = scene_of(np.zeros((1, count, count), np.uint8), [tissue], spacing_mm=spacing_mm)
    strength = share * (disc_x(disc_mm / PROBE_RADIUS_MM) * spacing_mm / disc_mm) ** 2
    sinks = pack_sinks(strength, np.zeros(scene.shape, np.int64), np.array([PROBE_SURFACE_C]))
    drive = sinks.drive(scene, sinks.surface_c)
    return run_case(scene, np.full(scene.shape, 37.0), sinks, drive, times_s)


def area_radius_mm(body: Body, level_c: float) -> float:
    """Radius of the circle whose area equals that colder than ``level_c`` in a full slab, mm.

    At the freezing point of a sharp medium the frozen share counts; elsewhere cells are split 4 x 4 bilinearly.
    """
    spacing_mm = body.scene.materials.spacing_m * 1e3
    table = body.scene.materials.table[0]
    if table[SOLIDUS] <= level_c <= table[SOLIDUS] + table[MUSH]:
        return float(np.sqrt(frozen_share(body).sum() / np.pi) * spacing_mm)
    return float(np.sqrt(_colder_area(body.temperature_c(body.u)[0], level_c) / np.pi) * spacing_mm)


def _colder_area(t_c: NDArray[np.float32], level_c: float) -> float:
    """Area colder than a level, in cells, by bilinear interpolation at 8 x 8 points between cell centres."""
    points = (np.arange(8) + 0.5) / 8
    a, b, c, d = t_c[:-1, :-1], t_c[:-1, 1:], t_c[1:, :-1], t_c[1:, 1:]
    total = 0.0
    for y in points:
        for x in points:
            value = (a * (1 - x) + b * x) * (1 - y) + (c * (1 - x) + d * x) * y
            total += float((value < level_c).sum())
    return total / 64
