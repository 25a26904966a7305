"""Whatever passes the gate: is every corner where its own header puts it? Random faults, truth by formula (H-39)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.review import Severity
from planner.imaging import gate
from planner.imaging.gate_geometry import is_tilted
from planner.imaging.stack import fit_stack

ALLOWED_MM = 0.05


def _rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def _faulty(stack_at, seed):
    """A stack in any direction with tilt, jitter, creep, a turned slice or a shifted one, near the tolerances."""
    rng = np.random.default_rng(seed)
    axes, count = _rotation(rng), int(rng.integers(3, 40))
    spacing, size = rng.uniform(0.5, 4.0), rng.choice([0.0, 0.03, 0.08, 0.15, 1.0])
    along = np.arange(count) * spacing
    local = np.stack([np.zeros(count), np.zeros(count), along], axis=1)
    kind = rng.integers(6)
    if kind == 0:
        local[:, :2] += along[:, None] * rng.uniform(-0.5, 0.5, 2)
    elif kind == 1:
        local += rng.uniform(-size, size, (count, 3))
    elif kind == 2:
        local += along[:, None] / along[-1] * rng.normal(size=3) * size
    elif kind == 3:
        local[rng.integers(count)] += rng.normal(size=3) * size
    elif kind == 4:
        local[:, 2] += size * (along / along[-1]) ** 2
    positions = np.round(local @ axes.T + rng.uniform(-500, 500, 3), rng.integers(2, 7))
    digits = rng.integers(4, 9)
    orientation = tuple(np.round(axes[:, :2].T.ravel(), digits).tolist())
    headers = stack_at(positions, orientation=orientation, rows=256, columns=200, spacing_ji_mm=(0.8, 1.1))
    if kind == 5:
        n = rng.integers(count)
        turned = np.array(headers[n].orientation) + rng.normal(size=6) * size * 1e-3
        headers[n] = replace(headers[n], orientation=tuple(turned.tolist()))
    order = rng.permutation(count)
    return [headers[n] for n in order]


def _corners(header):
    """The four corners of a slice, mm, by DICOM PS3.3 C.7.6.2.1.1 with directions of length one."""
    x, y = np.array(header.orientation[:3]), np.array(header.orientation[3:])
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    down, right = header.spacing_ji_mm
    for column in (0, header.columns - 1):
        for row in (0, header.rows - 1):
            yield np.array(header.position_lps_mm) + x * column * right + y * row * down


@pytest.mark.parametrize("block", range(4))
def test_H_39_no_corner_is_shown_off_its_place(block, stack_at) -> None:
    outcomes = {"straight": 0, "tilted": 0, "refused": 0}
    for seed in range(200 * block, 200 * (block + 1)):
        headers = _faulty(stack_at, seed)
        findings = gate.judge(headers)
        if any(finding.severity is Severity.REFUSE for finding in findings):
            outcomes["refused"] += 1
            continue
        stack = fit_stack(headers)
        asked = "gantry-tilt" in {finding.code for finding in findings}
        assert asked == is_tilted(stack)
        grid = stack.grid(straightened=asked)
        outcomes["tilted" if asked else "straight"] += 1
        for k, header in enumerate(stack.ordered):
            for corner in _corners(header):
                i, j, at = grid.to_index(corner)
                assert abs(at - k) * grid.spacing_ijk_mm[2] <= ALLOWED_MM + 1e-6
                if asked:
                    assert -0.05 <= i <= grid.shape_kji[2] - 0.95
                    assert -0.07 <= j <= grid.shape_kji[1] - 0.93
        if not asked:
            shown = [grid.to_lps((c, r, k)) for k in range(len(headers)) for c in (0, 199) for r in (0, 255)]
            said = [corner for header in stack.ordered for corner in _corners(header)]
            assert np.linalg.norm(np.subtract(shown, said), axis=1).max() <= ALLOWED_MM + 1e-6
    assert min(outcomes.values()) > 10, outcomes
