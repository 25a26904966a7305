"""Does the ice care how a probe lies between the cells? Radii across eight random poses, and the same bytes twice.

A probe with an 80 mm active zone on 1 mm cells, 300 s: the isotherms' mean distance from the probe's line over a disc
of cells near its middle. Allowed: 0.1 mm to either side of the mean for the 0 and the −20 °C isotherm.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from planner.thermal import Probe, cases, predict

TISSUE = {
    "density_kg_per_m3": 1000.0,
    "c_unfrozen_j_per_kg_k": 3600.0,
    "c_frozen_j_per_kg_k": 1800.0,
    "k_unfrozen_w_per_m_k": 0.5,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": -8.0,
    "liquidus_c": -1.0,
}
POSES = 8


def radii_mm(direction, shift_mm):
    """Radii of 0 and −20 °C round the middle of a probe through the box's centre, shifted, along ``direction``."""
    count = 46
    along = np.asarray(direction) / np.linalg.norm(direction)
    centre = np.full(3, (count - 1) / 2) + shift_mm
    probe = Probe(tuple(centre - 14 * along), tuple(centre + 14 * along), 1.5, -120.0)
    found = predict(
        np.zeros((count,) * 3, np.uint8),
        [TISSUE],
        spacing_mm=1.0,
        probes=[probe],
        phases=(("freeze", 300.0),),
        start=37.0,
    )
    k, j, i = np.meshgrid(*(np.arange(count),) * 3, indexing="ij")
    away = np.stack([i, j, k], axis=-1) - centre
    height = away @ along
    distance = np.sqrt(np.maximum((away**2).sum(axis=-1) - height**2, 0))
    middle = (np.abs(height) < 2.0) & (distance > 0.3)
    field = found.temperature_c[-1]
    return [
        cases.isotherm_radius_mm(
            field[middle][None, None],
            level_c,
            spacing_mm=1.0,
            properties=TISSUE,
            distance_mm=distance[middle][None, None],
        )
        for level_c in (0.0, -20.0)
    ]


def test_rotation_and_offset_change_radii_by_at_most_a_tenth_of_a_millimetre():
    random = np.random.default_rng(20260)
    poses = [(random.normal(size=3), random.uniform(-0.5, 0.5, 3)) for _ in range(POSES)]
    poses[0] = ((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    poses[1] = ((1.0, 0.0, 0.0), (0.5, 0.5, 0.5))
    found = np.array([radii_mm(*pose) for pose in poses])
    assert np.abs(found - found.mean(axis=0)).max() <= 0.1, found


DIGEST = """
import hashlib, numpy as np
from planner.thermal import Probe, predict
tissue = {tissue!r}
labels = np.zeros((40, 64, 64), np.uint8); labels[:, 40:] = 1
fat = dict(tissue, k_unfrozen_w_per_m_k=0.21, k_frozen_w_per_m_k=0.33)
probe = Probe((30.2, 31.7, 8.0), (34.4, 30.1, 28.0), 1.5, -120.0)
found = predict(labels, [tissue, fat], spacing_mm=1.0, probes=[probe], phases=(("freeze", 120.0),), start=37.0)
print(hashlib.sha256(found.temperature_c.tobytes()).hexdigest())
"""


def digest(threads: int) -> str:
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(threads)}
    script = DIGEST.format(tissue=TISSUE)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_same_bytes_twice_and_with_one_thread_or_two():
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one core: numba refuses a second thread")
    digests = {digest(2), digest(2), digest(1)}
    assert len(digests) == 1
    assert len(digests.pop()) == hashlib.sha256().digest_size * 2
