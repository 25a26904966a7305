"""Does the window's way to a package without an identity make the same package as the command's?"""

from __future__ import annotations

import csv
import json

import pydicom
import pytest

from planner.domain.errors import InputRefused
from planner.domain.exchange import PlanForm
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.deidentified_tasks import PackNobodys
from planner.services.reopening import kept_plan
from tests.kept_case import caller, keep_plan
from tests.ui.simple_patient import write_simple_patient

WORD = "Xanthippos"


@pytest.fixture
def case(tmp_path):
    """A kept plan with canaries, open on its CT, and what runs a task."""
    (tmp_path / "ct").mkdir()
    write_simple_patient(tmp_path / "ct")
    blobs = BlobStore.temporary()
    keep_plan(tmp_path / "plan.frostline", tmp_path / "ct", blobs, word=WORD)
    with kept_plan(tmp_path / "plan.frostline", call=caller(blobs), blobs=blobs) as kept:
        yield kept, caller(blobs)
    blobs.close()


def asked(kept, folder, **changes):
    words = {"spacing_mm": 2.0, "range_spacing_mm": None} | changes
    return PackNobodys(kept.opened.volume, kept.session.plan, str(kept.ct_folder), str(folder), **words)


def test_H_43_one_task_makes_the_whole_package(case, tmp_path):
    kept, call = case
    out = tmp_path / "out"
    packed = call(asked(kept, out, forms=(PlanForm.CSV, PlanForm.MARKUPS, PlanForm.PLY), with_ct=True))
    assert set(packed.files) == {path.name for path in out.iterdir()}
    assert {"report.pdf", "plan.frostline", "ct", "exposure.csv", "probe_1.ply", "target_1.mrk.json"} <= set(
        packed.files
    )
    assert any("face" in note for note in packed.notes)
    assert any("burned" in note for note in packed.notes)  # the simple patient's headers do not say
    texts = [path.read_bytes() for path in out.rglob("*") if path.is_file() and path.suffix != ".pdf"]
    assert not [text for text in texts if WORD.encode() in text or b"Simple^Patient" in text or b"SIMPLE-1" in text]
    file = PlanFile.open(out / "plan.frostline")
    try:
        plan = file.steps()[-1].plan
        assert file.source_folder() == ""
    finally:
        file.close()
    assert plan.judged_hash == json.loads((out / "assessment.json").read_text())["plan_hash"]
    header = pydicom.dcmread(next((out / "ct").iterdir()))
    assert plan.volume.series_instance_uid == header.SeriesInstanceUID != kept.session.plan.volume.series_instance_uid
    said = json.loads((out / "exposure.json").read_text())
    with (out / "exposure.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    subjects = [*said["targets"], *said["structures"]]
    assert len(rows) == sum(len(one["exposure"]["levels_c"]) for one in subjects)
    for column, field in (("level_c", "levels_c"), ("share_percent", "share_percent"), ("longest_s", "longest_s")):
        listed = [number for one in subjects for number in one["exposure"][field]]
        assert [row[column] == "" for row in rows] == [number is None for number in listed], column
        written = [float(row[column]) for row in rows if row[column]]
        assert written == pytest.approx([number for number in listed if number is not None], abs=6e-4), column
    assert kept.session.plan.name.endswith(WORD)  # the plan that was asked about is as it was
    with kept_plan(out / "plan.frostline", call=call, blobs=kept.session.blobs, dicom=out / "ct") as again:
        assert again.session.plan == plan
        assert again.session.identity.patient_id == header.PatientID


def test_burned_in_text_leaves_nothing(case, tmp_path):
    kept, call = case
    path = sorted(kept.ct_folder.iterdir())[3]
    dataset = pydicom.dcmread(path)
    dataset.BurnedInAnnotation = "YES"
    dataset.save_as(path)
    with pytest.raises(InputRefused, match="burned into its pixels"):
        call(asked(kept, tmp_path / "out"))
    assert not (tmp_path / "out").exists()
