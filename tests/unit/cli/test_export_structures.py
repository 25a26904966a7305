"""Is a plan without any structure exported as far as it can be, and said to be so where it cannot?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from planner.cli.export import write_structures
from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PlanId, Sha256
from planner.domain.plan import Plan
from planner.domain.volume import VolumeRef

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid.from_axes((4, 4, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))


def asked_of_an_empty_plan(folder: Path, **forms: bool) -> list[object]:
    """Return what was asked of the worker, for a plan with nothing drawn."""
    plan = Plan(PlanId("p"), "Plan A", VolumeRef(Sha256("ct"), GRID, PatientPosition.HFS, "1.1", "1.2", "1.3"))
    kept = SimpleNamespace(opened=SimpleNamespace(volume=None), session=SimpleNamespace(plan=plan), ct_folder=folder)
    asked: list[object] = []
    arguments = SimpleNamespace(**{"seg": False, "rtstruct": False, "stl": False, "out": folder} | forms)
    write_structures(SimpleNamespace(call=asked.append), kept, arguments)
    return asked


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_a_file_of_structures_is_refused_where_none_is_drawn(tmp_path, form):
    with pytest.raises(InputRefused, match="no structure drawn"):
        asked_of_an_empty_plan(tmp_path, **{form: True})


def test_surfaces_of_the_ice_do_not_wait_for_structures(tmp_path):
    assert asked_of_an_empty_plan(tmp_path, stl=True) == []
