"""How does a scan come from an archive? Search, choose a study, choose series, fetch; then the checks of any folder.

What is fetched goes into a folder of its own beside the plans, or where the user says, and is then read like any other:
nothing of it reaches a plan without the same checks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from planner.domain.archive import Fetched, FoundSeries, FoundStudies, SeriesRow, StudyRow, WantedSeries
from planner.domain.errors import PlannerError
from planner.persistence.peers import peers_file, read_peers
from planner.services.network_tasks import FetchSeries, FindSeries, FindStudies
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.start.archive_query import ArchiveQuery
from planner.ui.start.archive_table import RowTable
from planner.ui.start.series_words import count
from planner.ui.widgets.labels import ElidedLabel, label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from planner.services.tasks import TaskRequest
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_STUDY_HEADS = ("Patient", "ID", "Born", "Study", "Description", "Modalities", "Series#", "Images#")
_SERIES_HEADS = ("No.", "Modality", "Description", "Body part", "Images#")
_DESCRIPTION = 4
_REST_MS = 300  # arrow keys that pass a study ask for nothing
_HIDDEN = "hidden"
_NO_ARCHIVE = "No archive is listed. Add one in Settings (Ctrl+,), page Archives."
_BEGIN = "Type what is known, then Search. Nothing is asked before."


class ArchivePage(QWidget):
    """The page. ``fetched(Path)`` with the folder of a scan that has come whole."""

    fetched = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._job: RunningJob | None = None
        self._turn = 0
        self._folder = desk.services.plans_folder / "fetched"
        self.setAccessibleName("Archive page")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addWidget(label("From an archive", "title"))
        self.form = ArchiveQuery()
        self.form.asked.connect(self.search)
        self._column.addWidget(self.form)
        self.said = label(_BEGIN, "secondary", wrap=True)
        self.said.setAccessibleName("Answer of the archive")
        self._column.addWidget(self.said)
        self.studies = RowTable(_STUDY_HEADS, name="Studies", wide=_DESCRIPTION, is_many=False)
        self.series = RowTable(_SERIES_HEADS, name="Series", wide=2, is_many=True)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(12)
        split.addWidget(self.studies)
        split.addWidget(self.series)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        self._column.addWidget(split, 1)
        self._column.addLayout(self._make_foot())
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._find_series)
        self.studies.chosen.connect(self._choose_study)
        self.studies.opened.connect(self._find_series)
        self.series.chosen.connect(self._show_state)
        self.series.opened.connect(self.fetch)
        desk.jobs.changed.connect(self._on_jobs)
        self._is_fetching = False
        self._show_state()

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.get = QPushButton("Fetch")
        self.get.setProperty("look", "primary")
        self.get.clicked.connect(self._act)
        self.place = QPushButton("Keep elsewhere")
        self.place.setToolTip("Choose the folder that fetched scans are kept in; their plans need them there")
        self.place.clicked.connect(self._choose_folder)
        self._where = ElidedLabel("secondary", mode=Qt.TextElideMode.ElideMiddle)
        foot.addWidget(self.get)
        foot.addWidget(self.place)
        foot.addWidget(self._where, 1)
        return foot

    # --- showing -----------------------------------------------------------------------------------------------------

    def set_margins(self, side: int) -> None:
        """Take less of a small window."""
        self._column.setContentsMargins(side, 20, side, 16)

    def focus_first(self) -> None:
        """Put the keyboard where work begins."""
        self.form.name.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """List the archives as they are now: the settings may have changed."""
        super().showEvent(event)
        self.list_archives()

    def list_archives(self) -> None:
        """List the archives that the settings have now; nothing stays on show of one that is gone."""
        before = self.form.chosen()
        try:
            self.form.show_archives(read_peers(peers_file()))
            none = _NO_ARCHIVE
        except PlannerError as error:
            self.form.show_archives(())
            none = str(error)
        chosen = self.form.chosen()
        is_fetching = self._job is not None and self._is_fetching
        if before is not None and chosen != before and not is_fetching:
            # What was found is of an archive that is not chosen any longer.
            self._drop_job()
            self.studies.show_rows((), ())
            self.series.show_rows((), ())
            self._say(_BEGIN)
        if chosen is None:
            self._say(none)
        elif self.said.text() == _NO_ARCHIVE:
            self._say(_BEGIN)
        self._show_state()

    def hide_identity(self, *, on: bool) -> None:
        """Leave out who it is."""
        self.form.hide_identity(on=on)
        chosen = [self.studies.rows.index(row) for row in self.studies.chosen_rows()]
        self._list_studies(self.studies.rows)
        self.studies.blockSignals(True)
        for at in chosen:
            self.studies.selectRow(at)
        self.studies.blockSignals(False)

    def _list_studies(self, rows: tuple[StudyRow, ...]) -> None:
        hides = self._desk.view.hide_identity
        self.studies.show_rows(rows, [_study_texts(row, hide_identity=hides) for row in rows])

    def _show_state(self) -> None:
        chosen: tuple[SeriesRow, ...] = self.series.chosen_rows()
        is_busy = self._job is not None
        self.get.setText("Stop" if is_busy else "Fetch")
        self.get.setEnabled(is_busy or bool(chosen))
        self.get.setToolTip("" if is_busy or chosen else "Choose a series first; Ctrl adds more of the same study.")
        self.form.search.setEnabled(not is_busy and self.form.chosen() is not None)
        # A scan on its way is stopped by its button only, and the list shows what it is of.
        for widget in (self.form, self.studies, self.series):
            widget.setEnabled(not (is_busy and self._is_fetching))
        self._where.show_text(f"Kept in {self._folder}", tip=str(self._folder))

    def _say(self, sentence: str, tone: str = "") -> None:
        self.said.setText(sentence)
        set_tone(self.said, tone)

    # --- acting ------------------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Ask the archive for studies."""
        archive = self.form.chosen()
        if archive is None:
            self._say(_NO_ARCHIVE)
            return
        try:
            query = self.form.query()
        except PlannerError as error:
            self._say(str(error), "fail")
            return
        self.studies.show_rows((), ())
        self.series.show_rows((), ())

        def show(found: FoundStudies) -> None:
            self._list_studies(found.studies)
            more = " There are more: ask more narrowly." if found.is_cut else ""
            none = f"{archive.name} has no study that fits."
            listed = f"{count(len(found.studies), 'study', 'studies')} found.{more} Choose one to see its series."
            self._say(listed if found.studies else none)
            if found.studies:
                self.studies.setFocus()

        self._run(FindStudies(archive, query), f"Asking {archive.name}", show)

    def _choose_study(self) -> None:
        """Take the series of the study before away at once: they must not be fetched as this one's."""
        if self._drop_job():
            self._say("")
        self.series.show_rows((), ())
        self._rest.start()
        self._show_state()

    def _find_series(self) -> None:
        self._rest.stop()
        archive, chosen = self.form.chosen(), self.studies.chosen_rows()
        if archive is None or not chosen:
            return
        study: StudyRow = chosen[0]
        self.series.show_rows((), ())

        def show(found: FoundSeries) -> None:
            self.series.show_rows(found.series, [_series_texts(row) for row in found.series])
            self._say(f"{count(len(found.series), 'series', 'series')} in this study. Choose what to fetch.")

        self._run(FindSeries(archive, study.study_instance_uid), f"Asking {archive.name}", show)

    def _act(self) -> None:
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
        else:
            self.fetch()

    def fetch(self) -> None:
        """Fetch the chosen series into a folder of their own, then have it read as any other."""
        archive, chosen = self.form.chosen(), self.series.chosen_rows()
        if archive is None or not chosen or self._job is not None:
            return
        try:
            wanted = WantedSeries(chosen[0].study_instance_uid, tuple(row.series_instance_uid for row in chosen))
        except PlannerError as error:
            self._say(str(error), "fail")
            return

        def show(got: Fetched) -> None:
            self._say(f"{count(got.count, 'image')} have come, {got.bytes_read / 1e6:.0f} MB.", "good")
            self.fetched.emit(Path(got.folder))

        self._run(FetchSeries(archive, wanted, str(self._folder)), f"Fetching from {archive.name}", show)

    def _choose_folder(self) -> None:
        start = str(self._folder if self._folder.is_dir() else Path.home())
        name = QFileDialog.getExistingDirectory(self, "Where are fetched scans kept?", start)
        forget_visited_folders()
        if name:
            self._folder = Path(name)
            self._show_state()

    def _run(self, request: TaskRequest, verb: str, on_done: Callable[[Any], None]) -> None:
        """Start one job in place of the one under way; what an older one brings is dropped."""
        self._drop_job()
        turn, self._is_fetching = self._turn, isinstance(request, FetchSeries)
        self._say(f"{verb} …")

        def done(reply: object) -> None:
            if turn == self._turn:
                self._job = None
                on_done(reply)
                self._show_state()

        def failed(error: PlannerError) -> None:
            if turn == self._turn:
                self._job = None
                self._say(str(error), "fail")
                self._show_state()

        job = self._desk.jobs.start(request, verb=verb, on_done=done, on_failed=failed)
        if turn == self._turn and job in self._desk.jobs.running:
            self._job = job
        self._show_state()

    def _drop_job(self) -> bool:
        """Stop what is under way, which then brings nothing; False when there is nothing."""
        self._turn += 1
        old, self._job = self._job, None
        if old is not None:
            self._desk.jobs.cancel(old)
        return old is not None

    def _on_jobs(self) -> None:
        job = self._job
        if job is None:
            return
        if job.cancelled:  # here or in the status line
            self._job = None
            self._turn += 1
            self._say("Stopped. Nothing half-fetched is kept.")
            self._show_state()
        else:
            self._say(f"{job.words} …")


def _study_texts(row: StudyRow, *, hide_identity: bool) -> tuple[str, ...]:
    who = (_HIDDEN, _HIDDEN, _HIDDEN) if hide_identity else (row.patient_name, row.patient_id, row.birth_day)
    return (
        *who,
        row.study_day,
        row.description,
        row.modalities,
        str(row.series_count or ""),
        str(row.image_count or ""),
    )


def _series_texts(row: SeriesRow) -> tuple[str, ...]:
    return row.number, row.modality, row.description, row.body_part, str(row.image_count or "")
