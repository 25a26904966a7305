"""Is the CT of a plan found again when it came out of a zip, in another session with another store?"""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

from planner.domain.progress import silent
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.opening import empty_plan, new_session, resume_session
from planner.services.tasks import OpenSeries, PreparePlan, ScanFolder, perform

_spec = importlib.util.spec_from_file_location(
    "series_on_disk", Path(__file__).parent.parent / "cli" / "series_on_disk.py"
)
truth = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(truth)


def _opened(path, blobs):
    report = perform(ScanFolder(str(path)), blobs=blobs, progress=silent)
    return report, perform(OpenSeries(report.series[0].slices), blobs=blobs, progress=silent)


def test_a_plan_on_a_zip_is_continued_from_the_zip(tmp_path) -> None:
    folder = truth.write_series(tmp_path / "ct")
    archive = tmp_path / "ct.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(folder.iterdir()):
            out.write(path, f"disc/{path.name}")
            path.unlink()
    kept = tmp_path / "plan.frostline"
    first = BlobStore.temporary()
    report, opened = _opened(archive, first)
    session = new_session(opened, empty_plan(opened, name="zip"), blobs=first)
    session.keep_in(kept, source_folder=report.folder)
    session.close()
    first.close()
    assert not first.folder.exists()
    second = BlobStore.temporary()
    try:
        prepared = perform(PreparePlan(str(kept)), blobs=second, progress=silent)
        assert prepared.source_folder == str(archive)
        _, again = _opened(prepared.source_folder, second)
        assert again.volume.ref.pixel_hash == truth.pixel_hash()
        session = resume_session(PlanFile.open(kept), again, blobs=second)
        assert session.plan.name == "zip"
        session.close()
    finally:
        second.close()
