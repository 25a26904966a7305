"""How is a plan sent? Its objects are made once, then sent; a second try sends the very same objects, not copies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, Signal

from planner.domain.exchange import ExportForm
from planner.persistence.resources import atlas
from planner.planning.permission import title_words
from planner.services.dicom_tasks import ExportDicom, JudgedPlan
from planner.services.network_tasks import SendObjects, SentObjects
from planner.services.session import utc_now
from planner.services.tasks import ExportStructures

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.errors import PlannerError
    from planner.domain.peer import Archive
    from planner.services.tasks import Exported, Prediction, TaskRequest
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob


class SendChoice(StrEnum):
    """One kind of object."""

    REPORT = "report"
    MEASUREMENTS = "measurements"
    ISOTHERMS = "isotherms"
    KEY_IMAGES = "key-images"
    STRUCTURES = "structures"
    RTSTRUCT = "rtstruct"

    @property
    def is_of_structures(self) -> bool:
        """Whether it holds the plan's structures."""
        return self in _FORMS


_FORMS = {
    SendChoice.STRUCTURES: (ExportForm.DICOM_SEG, "structures.seg.dcm"),
    SendChoice.RTSTRUCT: (ExportForm.RTSTRUCT, "structures.rtstruct.dcm"),
}


class PlanSender(QObject):
    """One sending at a time. ``changed`` whenever ``words``, ``tone`` or ``is_running`` did."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self._turn = 0
        self._made: dict[tuple[str, str, frozenset[SendChoice]], tuple[str, ...]] = {}
        self.words = self.tone = ""
        self.is_running = False
        desk.jobs.changed.connect(self._on_jobs)

    def start(self, archive: Archive, chosen: frozenset[SendChoice], *, prediction: Prediction, report: Path) -> None:
        """Make the objects of the plan as it stands, where they are not made yet, and send them."""
        session = self._desk.session
        if session is None or self.is_running:
            return
        has_range = session.range_is_current
        # A report made anew of the same plan may carry other pages.
        key = (str(session.plan_hash), f"{report} {self._desk.report_hash} {has_range}", chosen)
        self._turn += 1
        self.is_running = True

        def send(files: tuple[str, ...]) -> None:
            self._made[key] = files
            self._say(f"Sending to {archive.name} …")
            self._run(
                SendObjects(archive, files), f"Sending to {archive.name}", lambda sent: self._end(archive, sent, files)
            )

        known = self._made.get(key)
        if known is not None and all(Path(name).exists() for name in known):
            send(known)
            return
        folder = self._desk.blobs.folder / f"outbox-{uuid4().hex[:12]}"
        self._say("Making the objects …")
        self._make(self._requests(chosen, folder, prediction=prediction, report=report), folder, (), send)

    def stop(self) -> None:
        """Stop; what has arrived stays there, and a second try sends only the same objects."""
        job, self._job = self._job, None
        self._turn += 1
        self.is_running = False
        if job is not None:
            self._desk.jobs.cancel(job)
        self._say("Stopped. What has arrived by then stays in the archive; sending again repeats no object.")

    def forget(self) -> None:
        """Another plan is on the desk."""
        self._made.clear()
        self._turn += 1
        self.is_running = False
        self._say("")

    def _requests(
        self, chosen: frozenset[SendChoice], folder: Path, *, prediction: Prediction, report: Path
    ) -> list[TaskRequest]:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None:
            return []
        plan, source = session.plan, session.source_folder
        made: list[TaskRequest] = []
        if chosen - set(_FORMS):
            warnings = title_words(plan, atlas())
            uncertainty = session.uncertainty if session.range_is_current else None
            made.append(
                ExportDicom(
                    volume,
                    # An archive lists titles: what the report's title says must not be first seen on opening it.
                    " · ".join((*warnings, plan.name)),
                    str(report) if SendChoice.REPORT in chosen else "",
                    prediction.assessment if SendChoice.MEASUREMENTS in chosen else None,
                    str(folder),
                    source,
                    utc_now(),
                    warnings=tuple(warnings),
                    judged=JudgedPlan(plan, prediction.result, prediction.assessment, uncertainty),
                    isotherms=SendChoice.ISOTHERMS in chosen,
                    key_images=SendChoice.KEY_IMAGES in chosen,
                )
            )
        drawn = tuple(structure.id for structure in plan.structures if not structure.is_blank)
        for choice in sorted(chosen & set(_FORMS)):
            form, name = _FORMS[choice]
            made.append(ExportStructures(volume, plan, drawn, str(folder / name), form, source))
        return made

    def _make(
        self,
        requests: list[TaskRequest],
        folder: Path,
        files: tuple[str, ...],
        then: Callable[[tuple[str, ...]], None],
    ) -> None:
        """Do one request after the other, and go on with all that was written."""
        if not requests:
            then(files)
            return

        def go_on(written: Exported) -> None:
            names = tuple(str(folder / Path(name).name) for name in written.files)
            self._make(requests[1:], folder, (*files, *names), then)

        self._run(requests[0], "Making DICOM objects", go_on)

    def _run(self, request: TaskRequest, verb: str, on_done: Callable[..., None]) -> None:
        """Start one job of this turn; what an older turn brings is dropped."""
        turn = self._turn

        def done(reply: object) -> None:
            if turn == self._turn:
                self._job = None
                on_done(reply)

        def failed(error: PlannerError) -> None:
            if turn == self._turn:
                self._job = None
                self.is_running = False
                self._say(str(error), "fail")

        job = self._desk.jobs.start(request, verb=verb, on_done=done, on_failed=failed, is_of_plan=True)
        if turn == self._turn and self.is_running and job in self._desk.jobs.running:
            self._job = job

    def _end(self, archive: Archive, sent: SentObjects, files: tuple[str, ...]) -> None:
        self.is_running = False
        plural = "object has" if sent.count == 1 else "objects have"
        self._say(
            " ".join((f"{sent.count} {plural} arrived at {archive.name}: {_listed(files)}.", *sent.remarks)), "good"
        )
        self._desk.say(f"{sent.count} {plural} arrived at {archive.name}.")

    def _on_jobs(self) -> None:
        job = self._job
        if job is None:
            return
        if job.cancelled:  # in the status line, or because the plan was closed
            self.stop()
        elif job.words != self.words:
            self._say(f"{job.words} …")

    def _say(self, words: str, tone: str = "") -> None:
        self.words, self.tone = words, tone
        self.changed.emit()


def _listed(files: tuple[str, ...]) -> str:
    """Return what was sent by name; pictures are counted."""
    names = [Path(name).name for name in files]
    others = [name for name in names if not name.startswith("key-image")]
    pictures = len(names) - len(others)
    return ", ".join((*others, f"{pictures} picture{'' if pictures == 1 else 's'}") if pictures else others)
