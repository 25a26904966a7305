"""Which grey does a Hounsfield unit get?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.rendering.window import PRESETS, percentile_window, to_grey, window_words


def test_grey_values_are_those_of_the_dicom_formula() -> None:
    """PS3.3 C.11.2.1.2.1 for width 400, level 40: below −159.5 black, above 239.5 white, linear between."""
    hu = np.array([-1000, -160, -159, 40, 140, 239, 240, 3000], dtype=np.int16)
    by_hand = [((x - 39.5) / 399 + 0.5) * 255 for x in (-159, 40, 140, 239)]
    expected = [0, 0, *(int(np.floor(v + 0.5)) for v in by_hand), 255, 255]
    assert to_grey(hu, (400, 40)).tolist() == expected


def test_grey_grows_with_hu_and_not_a_number_is_black() -> None:
    ramp = to_grey(np.arange(-2000, 4000, dtype=np.float32), (1500, -600))
    assert (np.diff(ramp.astype(int)) >= 0).all()
    assert to_grey(np.array([np.nan], dtype=np.float32), (400, 40)).tolist() == [0]


@pytest.mark.parametrize("window", [(0.0, 40.0), (-5.0, 0.0), (float("nan"), 0.0), (400.0, float("inf"))])
def test_impossible_windows_are_refused(window: tuple[float, float]) -> None:
    with pytest.raises(PlanInvalid):
        to_grey(np.zeros(3), window)


def test_presets_are_those_radiologists_expect() -> None:
    keyed = {p.key: p.window_hu for p in PRESETS if p.key}
    assert keyed["1"] == (400, 40)
    assert keyed["2"] == (1500, -600)
    assert keyed["3"] == (2000, 400)
    assert keyed["4"] == (80, 40)
    assert window_words((1500, -600)) == "W 1500 L −600"


def test_percentile_window_spans_the_values() -> None:
    width, level = percentile_window(np.linspace(-1000, 1000, 64000).reshape(40, 40, 40))
    assert width == pytest.approx(1996, abs=3)
    assert level == pytest.approx(0, abs=2)
