"""What does the bench freeze? A chest wall of five tissues with a vessel, skin and room air, drawn in millimetres.

The body is defined by distances, not by voxels, so that 2, 1 and 0.5 mm grids show the same anatomy: a cell takes the
tissue that fills most of it, and the vessel keeps its cross-section where it is thinner than a cell. Thermal values
come from the shipped tables; shapes are made up, with a rib, the lung and the vessel near enough to shape the ice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.datum import Datum
from planner.domain.geometry import Grid, isotropic_box, point
from planner.domain.identity import ProbeId, Sha256
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.simulation import SimulationRequest
from planner.persistence import resources
from planner.thermal.properties import OUTSIDE_AIR
from planner.thermal.tissue_map import TissueMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.domain.tissue import Tissue

EDGE_MM = 96.0
TISSUE_IDS = (OUTSIDE_AIR, "skin", "fat_subcutaneous", "muscle", "bone_cortical", "lung_inflated", "blood")
AIR, SKIN, FAT, MUSCLE, BONE, LUNG, VESSEL = range(7)

SKIN_AT_MM, BODY_RADIUS_MM = -34.0, 200.0  # y of the skin at x = 0, and how the chest curves in the axial plane
SKIN_MM, FAT_MM = 2.0, 10.0  # thickness
LUNG_DEPTH_MM = 48.0  # below the skin, so 36 mm of chest wall under the fat
RIB_RADIUS_MM = 6.0
RIBS = (((0.0, 4.0, -17.0), (1.0, 0.05, 0.2)), ((0.0, 4.0, 17.0), (1.0, 0.05, 0.2)))  # a point and a direction
VESSEL_AT_MM, VESSEL_ALONG = (14.0, -8.0, 0.0), (-0.1, 0.1, 1.0)  # before the ribs, beside the probes
VESSEL_DIAMETER_MM = (5.0, 2.5)  # at the feet end of the 96 mm box and at its head end, straight between
PROBE_MODEL = "generic-17g-long"
PROBE_TIP_MM, PROBE_ALONG = (1.5, 8.0, 1.0), (0.46, 0.80, 0.38)
# Each probe: its tip's offset across the common direction and along it, mm, and its own lean, which no other shares.
PROBES = (
    ((-6.0, -3.5, 0.0), (0.03, -0.05)),
    ((6.0, -3.5, -1.5), (-0.06, 0.04)),
    ((0.3, 7.0, -3.0), (0.05, 0.07)),
    ((11.6, 6.8, -2.0), (-0.04, -0.07)),
    ((-11.7, 7.2, -4.0), (0.08, 0.02)),
    ((0.2, -13.6, -1.0), (-0.02, 0.06)),
    ((12.3, -12.9, 4.0), (-0.07, -0.03)),
    ((-12.1, -13.3, -4.0), (0.06, -0.06)),
)
SHAFT_MM = 52.0
SAMPLES_PER_EDGE = 5
"""A cell that a surface may cut is sampled at 5³ points, an odd number, so that two tissues never tie."""
HALF_DIAGONAL = 0.8660254037844387  # of a unit cube
_PLANES_AT_ONCE = 16


@dataclass(frozen=True, slots=True, eq=False)
class BenchBody:
    """The body on one grid: ``labels`` are positions in :data:`TISSUE_IDS`, shape (K, J, I), uint8."""

    grid: Grid
    labels: NDArray[np.uint8]

    @property
    def tissue_map(self) -> TissueMap:
        """The same labels as the solver takes them."""
        return TissueMap(self.labels, TISSUE_IDS)


def bench_body(spacing_mm: float, *, edge_mm: float = EDGE_MM) -> BenchBody:
    """Draw the body on cubes of ``spacing_mm`` in a box of ``edge_mm`` around the origin; it continues in larger ones.

    Parameters
    ----------
    spacing_mm
        Edge of a cell, 0.5, 1 or 2 mm.
    edge_mm
        Edge of the box, a multiple of the cell's.
    """
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(edge_mm,) * 3, spacing_mm=spacing_mm)
    labels = np.empty(grid.shape_kji, np.uint8)
    for planes in _slabs(grid.shape_kji[0]):
        points = _centres_mm(grid, planes)
        labels[planes], away_mm = _tissue_at(points)
        cut = away_mm < HALF_DIAGONAL * spacing_mm
        labels[planes][cut] = _majority(points[cut], spacing_mm)
    _draw_vessel(labels, grid)
    return BenchBody(grid, labels)


def _slabs(planes: int) -> Iterator[slice]:
    for first in range(0, planes, _PLANES_AT_ONCE):
        yield slice(first, min(first + _PLANES_AT_ONCE, planes))


def _centres_mm(grid: Grid, planes: slice) -> NDArray[np.float64]:
    """Cell centres of some planes, shape (K, J, I, 3), LPS mm."""
    k, j, i = np.mgrid[planes, : grid.shape_kji[1], : grid.shape_kji[2]]
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def _depth_mm(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth below the skin, to first order in the body's curvature, shape (...)."""
    across = points[..., 0] / BODY_RADIUS_MM
    depth: NDArray[np.float64] = points[..., 1] - SKIN_AT_MM - across * points[..., 0] / 2
    return depth / np.sqrt(1 + across**2)


def _from_axis_mm(
    points: NDArray[np.float64], at_mm: tuple[float, float, float], along: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance from a straight axis, and position along it, shapes (...)."""
    axis = np.array(along) / np.linalg.norm(along)
    offset = points - np.array(at_mm)
    position = offset @ axis
    distance: NDArray[np.float64] = np.sqrt(np.maximum((offset**2).sum(axis=-1) - position**2, 0))
    return distance, position


def _tissue_at(points: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Tissue at points (..., 3), LPS mm, and their distance to the nearest surface; the vessel is left out."""
    depth_mm = _depth_mm(points)
    limits = np.array([0.0, SKIN_MM, SKIN_MM + FAT_MM, LUNG_DEPTH_MM])
    layer = np.array([AIR, SKIN, FAT, MUSCLE, LUNG], np.uint8)[np.searchsorted(limits, depth_mm, side="right")]
    away_mm = np.abs(depth_mm - limits[0])
    for limit_mm in limits[1:]:
        np.minimum(away_mm, np.abs(depth_mm - limit_mm), out=away_mm)
    for at_mm, along in RIBS:
        outside_mm = _from_axis_mm(points, at_mm, along)[0] - RIB_RADIUS_MM
        layer[outside_mm < 0] = BONE
        np.minimum(away_mm, np.abs(outside_mm), out=away_mm)
    return layer, away_mm


def _samples_mm(spacing_mm: float) -> NDArray[np.float64]:
    """Offsets of the sample points of one cell, shape (S, 3), mm."""
    along = ((np.arange(SAMPLES_PER_EDGE) + 0.5) / SAMPLES_PER_EDGE - 0.5) * spacing_mm
    return np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3)


def _majority(centres: NDArray[np.float64], spacing_mm: float) -> NDArray[np.uint8]:
    """Tissue that fills most of each cell, centres (N, 3)."""
    votes = np.zeros((VESSEL, len(centres)), np.uint16)
    for offset in _samples_mm(spacing_mm):
        tissue, _ = _tissue_at(centres + offset)
        for label in range(VESSEL):
            votes[label] += tissue == label
    winner: NDArray[np.uint8] = votes.argmax(axis=0).astype(np.uint8)
    return winner


def _in_vessel(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    distance_mm, position_mm = _from_axis_mm(points, VESSEL_AT_MM, VESSEL_ALONG)
    end_mm = EDGE_MM / 2 * np.linalg.norm(VESSEL_ALONG) / VESSEL_ALONG[2]
    share = np.clip((position_mm + end_mm) / (2 * end_mm), 0, 1)
    wide, narrow = VESSEL_DIAMETER_MM
    inside: NDArray[np.bool_] = distance_mm < (wide + (narrow - wide) * share) / 2
    return inside


def _draw_vessel(labels: NDArray[np.uint8], grid: Grid) -> None:
    """Give the vessel, plane by plane, as many cells as its cross-section has, the fullest first, and at least one."""
    spacing_mm = grid.spacing_ijk_mm[0]
    reach_mm = max(VESSEL_DIAMETER_MM) / 2 + HALF_DIAGONAL * spacing_mm
    for k in range(grid.shape_kji[0]):
        centres = _centres_mm(grid, slice(k, k + 1))[0]
        near = np.flatnonzero(_from_axis_mm(centres, VESSEL_AT_MM, VESSEL_ALONG)[0] < reach_mm)
        if not near.size:
            continue
        close = centres.reshape(-1, 3)[near]
        share = np.mean([_in_vessel(close + offset) for offset in _samples_mm(spacing_mm)], axis=0)
        count = max(1, round(float(share.sum())))
        fullest = near[np.argsort(-share, kind="stable")[:count]]
        labels[k].reshape(-1)[fullest] = VESSEL


def bench_probes(
    count: int, *, shift_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[ProbePlacement, ...]:
    """Return 1 to 8 oblique probes, no two parallel and none along the grid, all moved by ``shift_lps_mm``."""
    along = np.array(PROBE_ALONG) / np.linalg.norm(PROBE_ALONG)
    across = np.cross(along, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    axes = np.array([across, np.cross(along, across), along])
    probes = []
    for number, (offset_mm, lean) in enumerate(PROBES[:count], start=1):
        tip_mm = np.array(PROBE_TIP_MM) + np.array(offset_mm) @ axes + np.array(shift_lps_mm)
        inward = along + np.array(lean) @ axes[:2]
        entry_mm = tip_mm - SHAFT_MM * inward / np.linalg.norm(inward)
        name = f"Probe {number}"
        probes.append(ProbePlacement(ProbeId(f"bench-{number}"), name, PROBE_MODEL, point(entry_mm), point(tip_mm)))
    return tuple(probes)


def bench_request(
    body: BenchBody, protocol: Protocol, *, probes: tuple[ProbePlacement, ...], output_every_s: float = 15.0
) -> SimulationRequest:
    """Ask for a prediction in the bench's body with the shipped tissue and probe tables."""
    models = tuple(model for model in resources.probe_models() if model.id == PROBE_MODEL)
    return SimulationRequest(
        pixel_hash=Sha256("0" * 64),
        grid=body.grid,
        regions=(),
        probes=probes,
        models=models,
        protocol=protocol,
        tissues=resources.tissues(),
        conditions=resources.body_conditions(),
        output_every_s=output_every_s,
    )


def bench_properties() -> list[dict[str, float]]:
    """Return the shipped thermal values as plain numbers, one mapping for each label, room air marked as such."""
    by_id = {tissue.id: tissue for tissue in resources.tissues()}
    return [{"outside_air": 1.0} if name == OUTSIDE_AIR else _plain_values(by_id[name]) for name in TISSUE_IDS]


def _plain_values(tissue: Tissue) -> dict[str, float]:
    values: dict[str, float] = {}
    for field in fields(tissue):
        entry = getattr(tissue, field.name)
        if isinstance(entry, Datum) and entry.value is not None:
            values[field.name] = entry.value
    values["k_frozen_slope_w_per_m_k2"] = tissue.k_frozen_slope_w_per_m_k2
    if tissue.fixed_temperature_c is not None:
        values["fixed_c"] = tissue.fixed_temperature_c
    return values


def freeze_protocol(minutes: float = 10.0) -> Protocol:
    """One freeze."""
    return Protocol(f"{minutes:g} min freeze", (Phase(PhaseKind.FREEZE, 60.0 * minutes),))


def two_cycle_protocol() -> Protocol:
    """Two long freezes, two passive thaws and a last minute of freezing: 31 min."""
    freeze, thaw = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW
    steps = ((freeze, 10), (thaw, 5), (freeze, 10), (thaw, 5), (freeze, 1))
    return Protocol("two cycles", tuple(Phase(kind, 60.0 * minutes) for kind, minutes in steps))
