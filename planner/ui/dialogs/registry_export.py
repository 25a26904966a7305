"""Which cases go to a registry, and what of them? Everything that leaves is on the screen before it leaves (H-43)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from planner.casebook.course import counted
from planner.casebook.registry.package import RegistryForm
from planner.domain.errors import PlannerError
from planner.services.registry_export import RegistryRequest, export_registry, preview, registry_cases, salt_file
from planner.ui.background import Background
from planner.ui.dialogs.question import SIDE_PX, QuestionDialog
from planner.ui.dialogs.registry_fields import RegistryFields
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.widgets.labels import label, set_tone
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from PySide6.QtWidgets import QWidget

    from planner.casebook.registry.extract import Extract
    from planner.casebook.registry.package import Package
    from planner.domain.case import Case
    from planner.domain.identity import CaseId
    from planner.ui.case.case_desk import CaseDesk

    Cases = tuple[Case, ...]
    _Found = TypeVar("_Found")

    class InBackground(Protocol):
        """Does some work off the window's thread and tells what came of it; a refusal is said."""

        def __call__(self, work: Callable[[], _Found], tell: Callable[[_Found], None]) -> None:
            """Begin."""


_WIDTH_PX, _HEIGHT_PX = 1000, 700
_NARROW_PX = 96
FORM_WORDS = {RegistryForm.CSV: "Tables (CSV)", RegistryForm.JSON: "JSON", RegistryForm.FHIR: "FHIR R4"}
_SAID = (
    "Salted ids instead of names, days instead of dates: what is listed here leaves, and nothing else. Pseudonymised "
    "is not anonymous: what is rare can still give a patient away."
)
_TEXTS_STAY = "What people typed stays here: remarks, notes, names of drugs and scales."
_TEXTS_LEAVE = "Texts leave as typed: a name in a remark leaves with it. Read the files before you pass them on."
_SAME_IDS = "A case keeps its id in every export of this computer."
_NEW_IDS = "From now on every case has another id: earlier exports cannot be joined with this one."
_COUNTING = "Counting what leaves."


class RegistryExportDialog(QuestionDialog):
    """Shows what leaves.

    Read ``cases``, ``forms``, ``with_texts`` and ``new_ids`` when it is accepted: it is gone soon after.

    Parameters
    ----------
    read
        Reads the cases asked for, off the window's thread; synthetic and training cases among them stay, and are
        counted.
    """

    def __init__(self, parent: QWidget, read: Callable[[], Cases], *, title: str = "Registry export") -> None:
        super().__init__(parent, title, _SAID, verb="Choose folder…", width_px=_WIDTH_PX)
        self._read = read
        self.cases: Cases = ()
        self._found: Extract | None = None
        self._looking = Background(self, self._take)
        self.summary = label(_COUNTING, "name", wrap=True)
        self.summary.setAccessibleName("What leaves")
        self.fields.addWidget(self.summary)
        self.listed = RegistryFields()
        self.fields.addWidget(self.listed, 1)
        self._make_ticks()
        self.words = label("", "hint", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.fields.addWidget(self.words)
        self._keep_room()
        self.resize(_WIDTH_PX, min(_HEIGHT_PX, max(self.minimumSizeHint().height(), parent.height() - _NARROW_PX)))
        self.finished.connect(lambda _result: self._end())
        self._look()

    def _make_ticks(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(20)
        self.ticks = {form: TickBox(words) for form, words in FORM_WORDS.items()}
        for tick in self.ticks.values():
            tick.setChecked(True)
            tick.toggled.connect(self._show)
            row.addWidget(tick)
        row.addStretch(1)
        self.texts = TickBox("Texts that people typed")
        self.texts.toggled.connect(self._look)
        self.fresh = TickBox("New ids")
        self.fresh.toggled.connect(self._show)
        row.addWidget(self.texts)
        row.addWidget(self.fresh)
        self.fields.addLayout(row)

    def _keep_room(self) -> None:
        """Give the longest words their room from the start: a dialog that is open does not grow."""
        self.ensurePolished()
        self.words.setText(f"{_TEXTS_LEAVE} {_NEW_IDS}")
        self.words.setMinimumHeight(self.words.heightForWidth(_WIDTH_PX - 2 * SIDE_PX))

    # --- what is asked for -------------------------------------------------------------------------------------------

    @property
    def forms(self) -> tuple[RegistryForm, ...]:
        """The forms that are ticked."""
        return tuple(form for form, tick in self.ticks.items() if tick.isChecked())

    @property
    def with_texts(self) -> bool:
        """Whether what people typed goes along."""
        return self.texts.isChecked()

    @property
    def new_ids(self) -> bool:
        """Whether the site's ids are made anew."""
        return self.fresh.isChecked()

    # --- what leaves -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._found = None
        read, known, with_texts = self._read, self.cases, self.with_texts

        def look() -> tuple[Cases, Extract] | PlannerError:
            try:
                cases = known or read()
                return cases, preview(cases, with_texts=with_texts)
            except PlannerError as error:
                return error

        self._looking.ask(look)
        self._show()

    def _take(self, looked: tuple[Cases, Extract] | PlannerError) -> None:
        if isinstance(looked, PlannerError):
            self.summary.setText(looked.sentence)
            set_tone(self.summary, "fail")
            return
        self.cases, self._found = looked
        self.summary.setText(summary_words(self._found))
        set_tone(self.summary, "")
        self.listed.show_extract(self._found)
        self._show()

    def _show(self) -> None:
        texts = _TEXTS_LEAVE if self.with_texts else _TEXTS_STAY
        self.words.setText(f"{texts} {_NEW_IDS if self.new_ids else _SAME_IDS}")
        set_tone(self.words, "check" if self.with_texts else "")
        missing = self._missing()
        self.answer.setEnabled(not missing)
        self.answer.setToolTip(missing)

    def _missing(self) -> str:
        if self._found is None:
            return _COUNTING
        if not self._found.cases:
            return "There is no case of a patient to export."
        return "" if self.forms else "Tick a form: CSV, JSON or FHIR."

    def _end(self) -> None:
        self._looking.drop()
        self._looking.wait()


def summary_words(found: Extract) -> str:
    """Return in a sentence or two how much leaves and what stays."""
    rows = [held for held in found.tables.values() if held]
    values = sum(value is not None for held in rows for row in held for value in row.values())
    leaves = f"{counted(found.cases, 'case')}, {counted(len(rows), 'table')}, {counted(values, 'value')}."
    if not found.left_out:
        return leaves
    return f"{leaves} {counted(found.left_out, 'synthetic or training case')} left out."


def ask_registry_export(
    window: QWidget, case_desk: CaseDesk, only: CaseId | None, *, in_background: InBackground
) -> None:
    """Show what leaves of all cases, or of one; ask for a folder, and write the export there.

    Parameters
    ----------
    in_background
        Writes it, one file after the other, and says a refusal.
    """
    library = case_desk.library
    title = "Registry export" if only is None else "Registry export of this case"
    dialog = RegistryExportDialog(
        window, lambda: registry_cases(library, None if only is None else (only,)), title=title
    )

    def write() -> None:
        cases, forms, with_texts, new_ids = dialog.cases, dialog.forms, dialog.with_texts, dialog.new_ids
        name = QFileDialog.getExistingDirectory(window, "An empty folder for the registry export")
        forget_visited_folders()
        if name:
            request = RegistryRequest(Path(name), forms, with_texts=with_texts, new_ids=new_ids)
            case_desk.desk.say("Writing the registry export.")
            in_background(lambda: export_registry(cases, request, salt=salt_file()), tell)

    def tell(done: Package) -> None:
        number = counted(int(str(done.manifest["cases"])), "case")
        case_desk.desk.say(f"Registry export: {number} in {counted(len(done.files), 'file')}.")

    dialog.accepted.connect(write)
    dialog.open()
