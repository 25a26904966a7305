"""How does a CT or a plan get open? From a folder of DICOM to a session, new or kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.digest import content_hash
from planner.domain.errors import GeometryRefused
from planner.domain.identity import PlanId
from planner.domain.plan import Plan
from planner.domain.progress import Partial, Progress, ignore
from planner.persistence.drafts import Drafts
from planner.persistence.planlook import open_or_look
from planner.persistence.resources import rule_set
from planner.services.history import History
from planner.services.session import Session
from planner.services.shared import SharedVolume
from planner.services.tasks import HeaderListing, OpenedSeries, OpeningVolume, PreparedPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.review import Acknowledgement
    from planner.domain.series import ScanReport
    from planner.imaging.reading import Arriving
    from planner.persistence.blobs import BlobStore
    from planner.persistence.planfile import PlanFile
    from planner.services.tasks import ListHeader, OpenSeries, PreparePlan, ScanFolder


def scan(request: ScanFolder, *, blobs: BlobStore, progress: Progress, partial: Partial = ignore) -> ScanReport:
    """Task: list the series in a folder, an archive or files; archives are unpacked into the store and go with it."""
    from planner.imaging.scan import scan as scan_paths

    paths = [Path(name) for name in (request.path, *request.also)]
    return scan_paths(paths, scratch=blobs.folder, progress=progress, partial=partial)


def open_series(
    request: OpenSeries, *, blobs: BlobStore, progress: Progress, partial: Partial = ignore
) -> OpenedSeries:
    """Task: load one series through gate, decoder and corner check, straight into the store; shown as it comes."""
    from planner.imaging import gate
    from planner.imaging.assemble import load_series

    with Drafts(blobs) as drafts:

        def show(arriving: Arriving) -> None:
            path = drafts.path_of(arriving.hu)
            if path is not None:
                partial(_opening(arriving, path))

        volume, identity = load_series(request.slices, into=drafts.array, progress=progress, partial=show)
        findings = gate.judge_pixels(volume.hu, volume.padding)
        refusal = gate.refusal(findings)
        if refusal is not None:
            raise GeometryRefused(refusal.sentence, code=refusal.code)
        hu = drafts.keep(volume.hu, sha256=volume.ref.pixel_hash)
        padding = None if volume.padding is None else drafts.keep(volume.padding)
        return OpenedSeries(SharedVolume(volume.ref, hu, padding), identity, findings)


def _opening(arriving: Arriving, path: Path) -> OpeningVolume:
    return OpeningVolume(
        path=str(path),
        shape=tuple(arriving.hu.shape),
        dtype=arriving.hu.dtype.name,
        window_hu=arriving.window_hu,
        spacing_ijk_mm=arriving.spacing_ijk_mm,
        done=arriving.done,
        first=arriving.first,
    )


def list_header(request: ListHeader, *, blobs: BlobStore, progress: Progress) -> HeaderListing:
    """Task: list what stands in the header of one file."""
    del blobs
    from planner.imaging.listing import header_lines

    progress(0, 1, "Reading the header")
    return HeaderListing(header_lines(Path(request.path), frame=request.frame))


def empty_plan(
    opened: OpenedSeries,
    *,
    name: str,
    case_kind: str = "patient",
    acknowledgements: Sequence[Acknowledgement] = (),
) -> Plan:
    """Return a plan with nothing in it yet but what had to be accepted to open its CT, and the rules in force."""
    return Plan(
        id=PlanId(uuid4().hex),
        name=name,
        volume=opened.volume.ref,
        acknowledgements=tuple(acknowledgements),
        case_kind=case_kind,
        rule_set_hash=content_hash(rule_set()),
    )


def new_session(opened: OpenedSeries, plan: Plan, *, blobs: BlobStore) -> Session:
    """Start a session on an opened CT; ``plan`` is where its history begins, so undo goes back to it and no further."""
    return Session(blobs=blobs, volume=opened.volume.open(blobs), identity=opened.identity, history=History(plan))


def prepare_plan(request: PreparePlan, *, blobs: BlobStore, progress: Progress) -> PreparedPlan:
    """Task: check a plan file, put its masks into the store, and say which CT it needs."""
    progress(0, 1, "Checking the plan")
    file = open_or_look(Path(request.path), folder=blobs.folder)
    try:
        steps = file.steps()
        current = {structure.mask for structure in steps[-1].plan.structures}
        for done, mask in enumerate(sorted(current, key=lambda ref: ref.sha256)):
            progress(done, len(current), "Reading structures")
            file.restore_blobs([mask], blobs)
        file.shelve_blobs({s.mask for step in steps for s in step.plan.structures} - current, blobs)
        return PreparedPlan(file.source_folder(), steps[-1].plan.volume.series_instance_uid)
    finally:
        file.close()


def resume_session(file: PlanFile, opened: OpenedSeries, *, blobs: BlobStore) -> Session:
    """Continue a prepared plan on its CT, with its undo history; refuses any other CT (H-12)."""
    history = History.replay(file.steps())
    session = Session(blobs=blobs, volume=opened.volume.open(blobs), identity=file.identity(), history=history)
    session.attach(file)
    return session
