"""Fields and plans with known answers: temperatures from spheres and planes, masks from formulas."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef
from planner.persistence import resources


@dataclass(frozen=True)
class World:
    """Builders shared by the tests of this room."""

    def box(self, half_mm=30, spacing=1.0, centre=(0.0, 0.0, 0.0)):
        count = int(2 * half_mm / spacing) + 1
        origin = np.asarray(centre) - half_mm
        return Grid.from_axes((count,) * 3, origin_lps_mm=origin, spacing_ijk_mm=(spacing,) * 3)

    def points(self, grid):
        """Voxel centres, shape (K, J, I, 3), LPS mm."""
        k, j, i = np.indices(grid.shape_kji)
        return grid.to_lps(np.stack((i, j, k), axis=-1))

    def ball_field(self, grid, radius_mm, *, centre=(0.0, 0.0, 0.0), slope=4.0):
        """Coldest-ever field that is 0 °C at ``radius_mm`` and changes by ``slope`` °C per mm, up to 37 °C."""
        r = np.linalg.norm(self.points(grid) - np.asarray(centre), axis=-1)
        return np.minimum(slope * (r - radius_mm), 37.0).astype(np.float32)

    def ball(self, grid, radius_mm, centre):
        return np.linalg.norm(self.points(grid) - np.asarray(centre), axis=-1) <= radius_mm

    def structure(self, name, kind, grid, *, confirmed=True, side=None):
        blob = BlobRef(Sha256(name), grid.shape_kji, "bool")
        who = "A. Reader" if confirmed else ""
        drawn = StructureOrigin.DRAWN
        return Structure(
            StructureId(name), name, StructureKind(kind), blob, drawn, side=side, method="brush", confirmed_by=who
        )

    def plan(self, grid, *, structures=(), targets=(), probes=None, protocol=None, **more):
        ref = VolumeRef(Sha256("ct"), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
        probes = (self.probe(),) if probes is None else probes
        protocol = protocol or resources.protocols()[0]
        return Plan(PlanId("plan"), "Plan", ref, tuple(structures), tuple(targets), probes, protocol, **more)

    def probe(self, *, entry=(0.0, -40.0, 0.0), tip=(0.0, 0.0, 0.0), model="generic-17g-short", label="P1"):
        return ProbePlacement(ProbeId(label), label, model, entry, tip)

    def nerve(self, points=((-20.0, 0.0, 0.0), (20.0, 0.0, 0.0)), **more):
        settings = {"atlas_id": "genicular", "side": Side.LEFT, "diameter_mm": 2.0, "diameter_source": "measured"}
        settings.update(more)
        return Target(TargetId("t"), "Test nerve", course=NerveCurve(points), **settings)

    def result(self, field, grid, **record):
        settings = {
            "solver_version": "0", "method": "formula", "cells": field.size, "stages": 1,
            "energy_error_percent": 0.0, "wall_s": 0.0, "reaches_boundary": False,
        }  # fmt: skip
        settings.update(record)
        index = np.zeros(grid.shape_kji, np.uint8)
        return SimulationResult(
            Sha256("input"),
            grid,
            TemperatureHistory.of((0.0, 480.0), (field, field)),
            field,
            index,
            ("muscle",),
            SolverRecord(**settings),
        )

    replace = staticmethod(replace)


@pytest.fixture(scope="session")
def world():
    return World()
