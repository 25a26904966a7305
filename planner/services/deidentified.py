"""How does a plan leave without an identity? Its CT and the plan are made anybody's first; all else comes from those.

The order is the control (H-43, H-44): the CT is written anew without identity, read back through the gate like any
other, and the plan is pinned to it. Report, tables, surfaces and DICOM objects are then made from these two by the same
code as ever, which never sees whose they were.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.services.ct_files import ct_files
from planner.services.deidentified_plan import deidentified_plan
from planner.services.deidentified_tasks import NobodysCt, StampNobodys, WriteNobodysCt
from planner.services.opening import new_session
from planner.services.reopening import KeptPlan
from planner.services.tasks import Exported, OpenSeries, ScanFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from planner.domain.progress import Progress
    from planner.domain.series import ScanReport
    from planner.imaging.deidentify import PictureFlags, Pseudonyms
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import OpenedSeries, TaskRequest

    Call = Callable[[TaskRequest], Any]

CT_FOLDER = "ct"


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
    return NobodysCt(tuple(path.name for path in written), _notes(flags))


def _notes(flags: PictureFlags) -> tuple[str, ...]:
    faces = "The pixels are as scanned: a face or a scar in them, and in the pictures made of them, can still be seen."
    if flags.burned_in == "NO":
        return (faces,)
    return (faces, "The scanner does not say whether text is burned into the pixels: look at them before they leave.")


def stamp_nobodys(request: StampNobodys, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: say in DICOM objects that they have no identity."""
    del blobs
    from planner.imaging.deidentify import stamp_file

    for number, name in enumerate(request.files):
        progress(number, len(request.files), "Marking objects as without identity")
        stamp_file(Path(name))
    return Exported(tuple(Path(name).name for name in request.files))
