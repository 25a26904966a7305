"""Does an archive's list of documents say what the report's title says?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.cli.export import write_dicom
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, Sha256, TargetId
from planner.domain.plan import Plan
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.domain.volume import VolumeRef

GRID = Grid.from_axes((4, 4, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
BALL = TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)
PLEXUS = Target(TargetId("t"), "Superior hypogastric plexus", "superior_hypogastric", Side.MIDLINE, BALL)
BLOCKED = replace(PLEXUS, atlas_id="stellate", block=DiagnosticBlock("2025-11-03"))


@pytest.mark.parametrize(
    ("targets", "name"),
    [((PLEXUS,), "OFF-LABEL TARGET · BLOCK NOT RECORDED · Plan A"), ((BLOCKED,), "Plan A"), ((), "Plan A")],
)
def test_the_title_in_the_archive_begins_with_what_the_reports_title_says(tmp_path, targets, name):
    ref = VolumeRef(Sha256("ct"), GRID, PatientPosition.HFS, "1.1", "1.2", "1.3")
    plan = Plan(PlanId("p"), "Plan A", ref, targets=targets)
    kept = SimpleNamespace(
        opened=SimpleNamespace(volume=None), session=SimpleNamespace(plan=plan), ct_folder=Path(tmp_path)
    )
    asked = []
    terminal = SimpleNamespace(call=lambda request: asked.append(request) or SimpleNamespace(files=("report.dcm",)))
    arguments = SimpleNamespace(encapsulated_pdf=True, sr=False, out=tmp_path)
    outcome = SimpleNamespace(folder=tmp_path, assessment=None, judged=None)
    assert write_dicom(terminal, kept, outcome, arguments) == ("report.dcm",)
    assert asked[0].plan_name == name
