"""Does the band tell a structure's temperature, volume and distances as balls of cold say?

Temperature rises 5 °C a millimetre from each ball's edge, so every answer has a closed form.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.domain.identity import StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.uncertainty import BandRow
from planner.persistence.blobs import BlobStore
from planner.services.band import shared_edges
from planner.services.band_structures import BandFields, structure_band_rows

BOX = isotropic_box((0.3, -0.2, 0.1), extent_mm=(60, 60, 60), spacing_mm=1)
CT = isotropic_box((0, 0, 0), extent_mm=(100, 70, 70), spacing_mm=1)
RADII_MM, ERROR_MM, RISE = (12.0, 15.0, 17.0), 3.1, 5.0


def radius(grid, centre=(0.0, 0.0, 0.0)):
    k, j, i = np.indices(grid.shape_kji)
    return np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - np.asarray(centre), axis=-1)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))
    minima = tuple((RISE * (radius(BOX) - r)).astype(np.float32) for r in RADII_MM)
    edges = shared_edges(minima, BOX, levels_c=(0.0, -20.0), error_mm=ERROR_MM, blobs=blobs)
    masks = {
        "near": radius(CT, (27.0, 0, 0)) <= 6.0,
        "inside": radius(CT, (0.0, 19.0, 0)) <= 5.0,
        "far": radius(CT, (42.0, 0, 0)) <= 4.0,
    }
    structures = tuple(
        Structure(StructureId(name), name, StructureKind.NERVE, blobs.put(mask), StructureOrigin.DRAWN)
        for name, mask in masks.items()
    )
    plan = SimpleNamespace(volume=SimpleNamespace(grid=CT), structures=structures)
    known = (BandRow("inside", "inside", "0 °C edge", "mm", -9.0, -8.0, -7.0),)
    fields = BandFields(minima, BOX, edges, -20.0, ERROR_MM)
    found = structure_band_rows(plan, fields, known=known, blobs=blobs)
    return {(row.subject_id, row.quantity): row for row in found}


def test_a_structure_beyond_the_band_has_no_rows_and_known_rows_are_not_repeated(rows):
    assert {subject for subject, _ in rows} == {"near", "inside"}
    assert ("inside", "0 °C edge") not in rows
    assert ("near", "0 °C edge") in rows


def test_both_isotherms_come_nearer_by_the_largest_case_and_the_known_error(rows):
    # The near point lies at 21 mm. −20 °C lies 4 mm within each edge.
    edge, treatment = rows["near", "0 °C edge"], rows["near", "−20 °C isotherm"]
    assert (edge.nominal, edge.pessimistic) == (pytest.approx(6.0, abs=0.4), pytest.approx(21 - 20.1, abs=0.4))
    assert treatment.nominal == pytest.approx(10.0, abs=0.4)
    assert treatment.pessimistic == pytest.approx(21 - 16.1, abs=0.4)


def test_the_pessimistic_temperature_is_the_coldest_within_the_known_error(rows):
    row = rows["near", "coldest"]
    # A reading goes to the outer face of a voxel: up to half a millimetre nearer.
    assert row.nominal == pytest.approx(RISE * (21 - 15), abs=RISE * 0.7)
    assert row.pessimistic == pytest.approx(RISE * (21 - 3.1 - 17), abs=RISE * 0.9)


def test_the_pessimistic_volume_is_that_within_the_outer_edge(rows):
    def lens_ml(r, size=5.0, d=19.0):
        if d >= r + size:
            return 0.0
        part = math.pi * (r + size - d) ** 2
        return part * (d * d + 2 * d * size - 3 * size**2 + 2 * d * r + 6 * r * size - 3 * r * r) / (12 * d) / 1000

    row = rows["inside", "volume ≤ 0 °C"]
    assert row.nominal == pytest.approx(lens_ml(15.0), abs=0.01)
    assert row.pessimistic == pytest.approx(lens_ml(20.1), abs=0.02)
    treated = rows["inside", "volume ≤ −20 °C"]
    assert treated.nominal == 0.0
    assert treated.pessimistic == pytest.approx(lens_ml(16.1), abs=0.01)
