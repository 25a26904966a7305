"""Does the same case always give the same bytes, and is an unknown one refused in words?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.errors import Cancelled, InputRefused
from planner.domain.geometry import Grid
from planner.domain.progress import silent
from planner.phantoms import chest_wall, neck
from planner.phantoms.catalogue import CASES, build


@pytest.mark.parametrize(("case", "module"), [("neck", neck), ("chest-wall", chest_wall)])
def test_two_builds_are_the_same_bytes(case: str, module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    fine: Grid = module.grid()  # type: ignore[attr-defined]
    shape = tuple(n // 6 for n in fine.shape_kji)
    coarse = Grid.from_axes(shape, origin_lps_mm=fine.origin_lps_mm, spacing_ijk_mm=np.multiply(fine.spacing_ijk_mm, 6))
    monkeypatch.setattr(module, "grid", lambda: coarse)
    first, second = build(case, progress=silent), build(case, progress=silent)
    assert first.volume.ref.pixel_hash == second.volume.ref.pixel_hash
    assert first.volume.ref == second.volume.ref
    assert [array_hash(m.mask) for m in first.masks] == [array_hash(m.mask) for m in second.masks]


def test_the_catalogue_names_both_cases() -> None:
    assert CASES == ("neck", "chest-wall")


def test_an_unknown_case_is_refused_with_the_choices() -> None:
    with pytest.raises(InputRefused, match="neck, chest-wall"):
        build("knee", progress=silent)


def test_cancelling_stops_the_build() -> None:
    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        build("neck", progress=stop)
