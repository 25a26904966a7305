"""How do structures come and go? Found, read from a file, run through an installed network, written for others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from planner.services.structure_commands import AddStructures
from planner.services.structure_merging import merged
from planner.services.tasks import (
    Exported,
    ExportStructures,
    FreshMasks,
    ImportStructures,
    RunTotalSegmentator,
    SegmentVolume,
)
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from planner.domain.exchange import ExportForm
    from planner.domain.structure import Structure
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

IMPORT_FILTER = (
    "Structures (*.dcm *.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd);;DICOM SEG and RTSTRUCT (*.dcm);;"
    "NIfTI (*.nii *.nii.gz);;NRRD and seg.nrrd (*.nrrd *.nhdr);;MetaImage (*.mha *.mhd);;All files (*)"
)
_LISTED = 3
_NOTE = "NOTE"


class StructureWork(QObject):
    """Asks the worker. ``busy_changed(bool)`` while structures are found or read; ``added`` with those that came."""

    busy_changed = Signal(bool)
    added = Signal(tuple)

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window
        self._job: RunningJob | None = None
        desk.jobs.changed.connect(self._on_jobs)

    # --- in ----------------------------------------------------------------------------------------------------------

    def find_all(self) -> None:
        """Find what a CT shows plainly."""
        if self._desk.volume is not None:
            self._bring(SegmentVolume(self._desk.volume), "Finding structures", "found")

    def run_network(self) -> None:
        """Let an installed TotalSegmentator find its structures; where there is none, that is said."""
        if self._desk.volume is not None:
            self._bring(RunTotalSegmentator(self._desk.volume), "Running TotalSegmentator", "found")

    def import_file(self) -> None:
        """Ask for a file and read it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Import structures", "", IMPORT_FILTER)
        forget_visited_folders()
        if name:
            self.import_path(Path(name))

    def import_folder(self) -> None:
        """Ask for a folder of one file per structure and read it."""
        name = QFileDialog.getExistingDirectory(self._window, "Import a folder of one file per structure")
        forget_visited_folders()
        if name:
            self.import_path(Path(name))

    def import_path(self, path: Path) -> None:
        """Read structures from a file or folder of any known format."""
        if self._desk.volume is not None:
            self._bring(ImportStructures(self._desk.volume, str(path)), "Reading structures", "read")

    def _bring(self, request: SegmentVolume | RunTotalSegmentator | ImportStructures, verb: str, done: str) -> None:
        if self._job is not None:
            self._desk.say(f"{self._job.verb} is not finished. Cancel it first, or wait for it.")
            return
        session = self._desk.session

        def add(fresh: FreshMasks) -> None:
            self._desk.painting.when_settled(lambda: put_in(fresh))  # one being drawn is no untouched twin

        def put_in(fresh: FreshMasks) -> None:
            if session is None or self._desk.session is not session:
                return
            self._show_notes(fresh.notes)
            came = [mask.as_structure() for mask in fresh.masks]
            put = merged(came, session.plan)
            if not came:
                self._desk.say(f"Nothing was {done}.")
            elif not put:
                self._desk.say(f"All {len(came)} structures {done} are in the plan already.")
            elif self._desk.apply(AddStructures(put)):
                self._desk.say(_came_words(put, done))
                self.added.emit(put)

        self._job = self._desk.jobs.start(request, verb=verb, on_done=add, is_of_plan=True)
        self._on_jobs()

    def _show_notes(self, notes: Sequence[str]) -> None:
        """Keep what a reader had to say of its file in sight until it is read."""
        self._desk.unnotice(_NOTE)
        if notes:
            close = ("Close", lambda: self._desk.unnotice(_NOTE))
            self._desk.notice(Notice(_NOTE, " ".join(notes), "check", (close,)))

    def _on_jobs(self) -> None:
        if self._job is not None and self._job not in self._desk.jobs.running:
            self._job = None
        self.busy_changed.emit(self._job is not None)

    # --- out ---------------------------------------------------------------------------------------------------------

    def export(self, structures: Sequence[Structure], form: ExportForm) -> None:
        """Ask for the place, write there, and say what was written."""
        session = self._desk.session
        if session is None or self._desk.volume is None or not structures:
            return
        if form.needs_ct_files and not session.source_folder:
            self._desk.say(
                f"{form.value} refers to the CT's own files, and their folder is not known. Choose seg.nrrd."
            )
            return
        path = self._ask_place(session.plan.name, form)
        if not path:
            return
        ids = tuple(structure.id for structure in structures)
        request = ExportStructures(self._desk.volume, session.plan, ids, path, form, session.source_folder)

        def tell(written: Exported) -> None:
            self._desk.say(written_words(written.files, path, form))

        self._desk.jobs.start(request, verb=f"Writing {form.value}", on_done=tell, is_of_plan=True)

    def _ask_place(self, plan_name: str, form: ExportForm) -> str:
        if form.is_mesh:
            name = QFileDialog.getExistingDirectory(self._window, f"Folder for {form.value} files, one per structure")
        else:
            start = str(Path.home() / f"{plan_name} structures{form.suffix}")
            words = f"{form.value} (*{form.suffix})"
            name, _ = QFileDialog.getSaveFileName(self._window, "Export structures", start, words)
        forget_visited_folders()
        return name


def written_words(files: Sequence[str], path: str, form: ExportForm) -> str:
    """Return what was written and where, in one sentence."""
    names = [Path(name).name for name in files]
    folder = Path(path) if form.is_mesh else Path(path).parent
    listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    return f"Written in {folder}: {listed}." if names else "Nothing was written."


def _came_words(put: Sequence[Structure], done: str) -> str:
    one = len(put) == 1
    named = put[0].name if one else f"{len(put)} structures"
    return f"{named} {done}. Look at {'it' if one else 'each'} and confirm it by name."
