"""How does a plan leave without an identity? Its CT and the plan are made anybody's first; all else comes from those.

The order is the control (H-43, H-44): the CT is written anew without identity, read back through the gate like any
other, and the plan is pinned to it. Report, tables, surfaces and DICOM objects are then made from these two by the same
code as ever, which never sees whose they were.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.identity import PatientIdentity
from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.ct_files import ct_files
from planner.services.deidentified_plan import deidentified_plan
from planner.services.deidentified_tasks import NobodysCt, PackNobodys, StampNobodys, WriteNobodysCt
from planner.services.opening import new_session
from planner.services.reopening import KeptPlan
from planner.services.tasks import Exported, OpenedSeries, OpenSeries, ScanFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from planner.domain.progress import Progress
    from planner.domain.series import ScanReport
    from planner.imaging.deidentify import PictureFlags, Pseudonyms
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import TaskRequest

    Call = Callable[[TaskRequest], Any]

PLAN_FILE, CT_FOLDER = "plan.frostline", "ct"


@contextmanager
def nobodys(
    kept: KeptPlan, folder: Path, *, call: Call, pseudonyms: Pseudonyms, say: Callable[[str], None]
) -> Iterator[KeptPlan]:
    """Open the same plan without an identity on its CT without one, which is written into ``folder``.

    ``say`` is told what of the pictures only a reader can judge.

    Raises
    ------
    InputRefused
        When text is burned into the CT's pixels, or its files are not where they were.
    """
    request = WriteNobodysCt(
        kept.opened.volume, str(kept.ct_folder.resolve()), str(folder.resolve()), pseudonyms.salt.hex()
    )
    written: NobodysCt = call(request)
    for note in written.notes:
        say(note)
    report: ScanReport = call(ScanFolder(str(folder.resolve())))
    if len(report.series) != 1:
        raise InputRefused(
            f"The CT without identity reads back as {len(report.series)} volumes, not as one. Nothing is exported.",
            code="deidentify-parts",
        )
    opened: OpenedSeries = call(OpenSeries(report.series[0].slices))
    plan = deidentified_plan(kept.session.plan, opened.volume.ref, pseudonyms)
    session = new_session(opened, plan, blobs=kept.session.blobs)
    try:
        yield KeptPlan(session, opened, folder)
    finally:
        session.close()


def pack_nobodys(request: PackNobodys, *, blobs: BlobStore, progress: Progress) -> NobodysCt:
    """Task: make the whole package of a plan without an identity; the files of it, and what is to be said of them."""
    from planner.imaging.deidentify import Pseudonyms
    from planner.services.headless import Beside, Cells, report_plan
    from planner.services.tasks import perform

    def call(asked: TaskRequest) -> Any:  # noqa: ANN401 - the reply's type follows from the request
        return perform(asked, blobs=blobs, progress=progress)

    require_empty(Path(request.folder))  # before minutes of work
    opened = OpenedSeries(request.volume, PatientIdentity())
    whose = KeptPlan(new_session(opened, request.plan, blobs=blobs), opened, Path(request.source_folder))
    notes: list[str] = []
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept = stack.enter_context(
            nobodys(whose, made / CT_FOLDER, call=call, pseudonyms=Pseudonyms.fresh(), say=notes.append)
        )
        also = Beside(request.forms, is_nobodys=True, paper=request.paper, language=request.language)
        cells = Cells(request.spacing_mm, range_spacing_mm=request.range_spacing_mm)
        report_plan(kept, made / "package", call=call, cells=cells, also=also)
        add_plan(kept, made / "package", with_ct=request.with_ct)
        return NobodysCt(leave(made / "package", Path(request.folder)), tuple(notes))


def add_plan(kept: KeptPlan, package: Path, *, with_ct: bool) -> None:
    """Put the plan's file into a package, and its CT if it is wanted; the session is closed."""
    kept.session.keep_in(package / PLAN_FILE, source_folder="")
    kept.session.close()
    if with_ct:
        shutil.copytree(kept.ct_folder, package / CT_FOLDER)


def require_empty(folder: Path) -> None:
    """Refuse a folder that holds anything: what lies there would leave with the package, an identity perhaps (H-43)."""
    if folder.is_dir() and any(folder.iterdir()):
        raise InputRefused(
            "This folder holds other files, which would leave with a package without an identity. Choose an empty or a "
            "new folder.",
            code="deidentify-folder",
            where=str(folder),
        )


def leave(package: Path, out: Path) -> tuple[str, ...]:
    """Put a complete package where it was asked for, file by file; returns the names of files and folders.

    Raises
    ------
    InputRefused
        When something lies there by now, or the disk does not take it.
    """
    require_empty(out)
    with leaving_into(out, what="The package") as staging:
        whole = Path(shutil.copytree(package, staging / "package"))
        for path in sorted(path for path in whole.rglob("*") if path.is_file()):
            target = out / path.relative_to(whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            put_in_place(path, target)
    return tuple(sorted(path.name for path in package.iterdir()))


def write_nobodys_ct(request: WriteNobodysCt, *, blobs: BlobStore, progress: Progress) -> NobodysCt:
    """Task: write a CT without identity."""
    from planner.domain.series import SliceFile
    from planner.imaging.deidentify import Pseudonyms, picture_flags, write_ct

    files = ct_files(
        request.volume.ref,
        request.source_folder,
        what="An export without identity",
        otherwise="export with the identity",
        blobs=blobs,
        progress=progress,
    )
    flags = picture_flags([SliceFile(str(file)) for file in files], progress=progress)
    written = write_ct(
        request.volume.open(blobs),
        Path(request.folder),
        pseudonyms=Pseudonyms(bytes.fromhex(request.salt)),
        flags=flags,
        progress=progress,
    )
    return NobodysCt(tuple(path.name for path in written), (*_notes(flags), *_of_the_site()))


def _notes(flags: PictureFlags) -> tuple[str, ...]:
    faces = "The pixels are as scanned: a face or a scar in them, and in the pictures made of them, can still be seen."
    if flags.burned_in == "NO":
        return (faces,)
    return (faces, "The scanner does not say whether text is burned into the pixels: look at them before they leave.")


def _of_the_site() -> tuple[str, ...]:
    """Say that what the site itself entered goes along, where it entered anything: a prediction rests on it."""
    from planner.domain.datum import Status
    from planner.domain.site_rules import site_rules
    from planner.persistence.resources import probe_models, rule_set

    figures = (model.surface_temperature_c for model in probe_models())
    if site_rules(rule_set()) or any(figure.status is Status.SITE for figure in figures):
        return ("The site's own rules or probe figures are in the package, with the documents they name.",)
    return ()


def stamp_nobodys(request: StampNobodys, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: say in DICOM objects that they have no identity."""
    del blobs
    from planner.imaging.deidentify import stamp_file

    for number, name in enumerate(request.files):
        progress(number, len(request.files), "Marking objects as without identity")
        stamp_file(Path(name))
    return Exported(tuple(Path(name).name for name in request.files))
