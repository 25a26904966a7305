"""Is a wrong HU scale noticed, and a right one left alone? Mixtures with known shares, and what scanners do (H-09)."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.domain.review import Severity
from planner.imaging.gate import judge_pixels

# Shares of a body in air, and of a small field inside the body: mean and spread in HU, and share.
IN_AIR = ((-1000, 15, 0.5), (-850, 60, 0.1), (-100, 20, 0.15), (50, 20, 0.22), (700, 300, 0.03))
INSIDE = ((-100, 20, 0.25), (50, 20, 0.6), (500, 250, 0.15))


def _volume(mixture, *, shape=(40, 90, 100), seed=3):
    rng = np.random.default_rng(seed)
    means, spreads, shares = np.array(mixture).T
    kind = rng.choice(len(mixture), size=shape, p=shares / shares.sum())
    return np.rint(rng.normal(means[kind], spreads[kind])).astype(np.int16)


@pytest.mark.parametrize("mixture", [IN_AIR, INSIDE])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_right_values_are_left_alone(mixture, dtype) -> None:
    assert judge_pixels(_volume(mixture).astype(dtype)) == ()


@pytest.mark.parametrize("background_hu", [-2000, -3024])
def test_background_outside_the_field_is_left_alone(background_hu) -> None:
    """Corners outside the circle are 1 - π/4 = 21 % of a slice; an oblique reformat may have half."""
    hu = _volume(IN_AIR)
    hu[:, :45] = background_hu
    assert judge_pixels(hu) == ()


def test_padding_is_not_counted() -> None:
    hu = _volume(IN_AIR)
    padding = np.zeros(hu.shape, bool)
    padding[:, :80] = True
    hu[padding] = -1024
    assert judge_pixels(hu, padding) == ()


@pytest.mark.parametrize("mixture", [IN_AIR, INSIDE])
@pytest.mark.parametrize("off_hu", [1024, -1024, 2000, -2000, 8192, -8192])
def test_H_09_a_wrong_zero_is_asked_about(off_hu, mixture) -> None:
    (finding,) = judge_pixels((_volume(mixture).astype(np.int32) + off_hu).astype(np.float32))
    assert (finding.code, finding.severity, finding.unit) == ("hu-implausible", Severity.ACK, "HU")
    assert finding.value == pytest.approx(np.median(_volume(mixture)) + off_hu, abs=5)


def test_H_09_shares_are_told() -> None:
    """A quarter at 30 HU, a quarter at -1000, a half at 3000 HU, without soft tissue after a scale of eight."""
    hu = np.full((8, 10, 10), 240, np.int16)
    hu[:, :, :5] = 3000
    hu[:, :5, 5:] = -8000
    (finding,) = judge_pixels(hu)
    assert "0.0 % of the voxels are like soft tissue" in finding.sentence
    assert "25.0 % are like air or below" in finding.sentence


def test_H_09_inverted_values_are_asked_about() -> None:
    """Stored values from 0 to 4095 written the other way round: HU become 2047 - HU."""
    (finding,) = judge_pixels((2047 - _volume(IN_AIR).astype(np.int32)).astype(np.int16))
    assert finding.code == "hu-implausible"


def test_an_empty_volume_is_told() -> None:
    hu = np.full((4, 4, 4), -1024, np.int16)
    assert "padding" in judge_pixels(hu, np.ones(hu.shape, bool))[0].sentence


def test_what_is_no_number_is_refused() -> None:
    hu = np.zeros((4, 4, 4), np.float32)
    hu[1, 2, 3] = np.nan
    with pytest.raises(InputRefused) as refusal:
        judge_pixels(hu)
    assert refusal.value.code == "hu-not-finite"


def test_large_volumes_are_sampled_evenly() -> None:
    """One slice in two implausible would be seen by any step; half a volume of soft tissue is enough."""
    hu = _volume(INSIDE, shape=(200, 150, 150))
    hu[::2] = 3000
    assert judge_pixels(hu) == ()
