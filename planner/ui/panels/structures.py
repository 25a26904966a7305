"""Is the anatomy right? Find, import, look at and confirm structures by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPushButton

from planner.persistence.resources import atlas, rule_set
from planner.services.session import ChangeKind, utc_now
from planner.services.structure_commands import ConfirmStructure, RemoveStructure
from planner.services.structures import add_command
from planner.services.tasks import FreshMasks, ImportStructures, SegmentVolume
from planner.ui.background import Background
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.panels.panel import FactTable, Panel, field_row
from planner.ui.panels.structure_list import StructureList, StructureListModel, StructureRow
from planner.ui.panels.structure_rows import ROW_PX
from planner.ui.panels.structure_words import role_line
from planner.ui.theme.tokens import CONFIRMED, TOOLBAR_PX, UNCONFIRMED
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import StateBadge, label

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QResizeEvent

    from planner.domain.atlas import ExpectedStructure
    from planner.domain.identity import Sha256
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.ui.desk import Desk

_FEWEST_ROWS = 4
_EDITOR_PX = 300


class StructuresPanel(Panel):
    """List, editor of the chosen structure, and what the atlas expects near the target."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Structures")
        self._find = self.add_head_button("Find all", "magic-wand", self._find_all)
        self._find.setToolTip("Find skin, lungs and bone in the CT")
        self.add_head_button("Import", "download-simple", self._import).setToolTip("Read a DICOM SEG file")
        self._volumes_ml: dict[Sha256, float] = {}
        self._counting = Background(self, self._volumes_counted)
        self._empty = label("No structures yet. Press Find all, or import a DICOM SEG file.", "sentence", wrap=True)
        self._empty.setContentsMargins(12, 24, 12, 24)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._empty)
        self._model = StructureListModel()
        self._list = StructureList(self._model)
        self._list.eye_pressed.connect(desk.view.toggle_structure)
        desk.view.changed.connect(self._on_view)
        self._list.selectionModel().currentChanged.connect(self._show_editor)
        self.body.addWidget(self._list)
        self._make_editor()
        self._expected_section = self.add_section("Expected near the target", "nerve atlas")
        self._expected = FactTable("Expected structures")
        self._expected_section.addWidget(self._expected)
        self.body.addStretch(1)

    def _make_editor(self) -> None:
        column = self.add_section()
        frame = column.parentWidget()
        assert isinstance(frame, QFrame)  # noqa: S101 - made by add_section
        self._editor = frame
        top = QHBoxLayout()
        self._name = label("", "heading")
        self._remove = QPushButton("Remove")
        self._remove.setProperty("look", "quiet")
        self._remove.clicked.connect(self._remove_current)
        top.addWidget(self._name, 1)
        top.addWidget(self._remove)
        column.addLayout(top)
        self._facts = FactTable("Facts of the structure")
        column.addWidget(self._facts)
        self._who = text_field(name="Your name", hint="Name of who checked it")
        self._who.returnPressed.connect(self._confirm)
        column.addLayout(field_row("Your name", self._who))
        foot = QHBoxLayout()
        self._state = StateBadge()
        self._confirm_button = QPushButton("Confirm")
        self._confirm_button.clicked.connect(self._confirm)
        foot.addWidget(self._state, 1)
        foot.addWidget(self._confirm_button)
        column.addLayout(foot)

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's structures and what is expected near its target."""
        session = self.desk.session
        if session is None or not kinds & {ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.VOLUME}:
            return
        plan = session.plan
        self.set_count(str(len(plan.structures)) if plan.structures else "")
        self._count_volumes(plan)
        self._show_rows()
        self._empty.setVisible(not plan.structures)
        self._list.setVisible(bool(plan.structures))
        self._fit_list()
        if plan.structures and not self._list.currentIndex().isValid():
            self._list.setCurrentIndex(self._model.index(0))
        self._show_editor()
        self._show_expected(plan)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list the height that the editor below it leaves."""
        super().resizeEvent(event)
        self._fit_list()

    def _fit_list(self) -> None:
        rows = max(_FEWEST_ROWS, (self.height() - TOOLBAR_PX - _EDITOR_PX) // ROW_PX)
        self._list.setFixedHeight(ROW_PX * min(len(self._model.rows), rows) + 1)

    def _show_rows(self) -> None:
        session = self.desk.session
        if session is None:
            return
        hidden, rules = self.desk.view.hidden_structures, rule_set(session.plan.rule_set_id)
        rows = [
            StructureRow(s, role_line(s, rules), self._volumes_ml.get(s.mask.sha256), is_hidden=s.id in hidden)
            for s in session.plan.structures
        ]
        self._model.show_rows(rows)

    def _on_view(self, name: str) -> None:
        if name == "hidden_structures":
            self._show_rows()

    def _show_editor(self, *_: QModelIndex) -> None:
        structure = self._current()
        self._editor.setVisible(structure is not None)
        if structure is None:
            return
        self._name.setText(structure.name)
        side = "" if structure.side is None else structure.side.value
        self._facts.show_facts([("Kind", structure.kind.value), ("Side", side), ("Method", structure.method)])
        self._state.show_state(CONFIRMED if structure.is_confirmed else UNCONFIRMED)
        self._confirm_button.setText("Withdraw" if structure.is_confirmed else "Confirm")
        if self.desk.who and not self._who.text():
            self._who.setText(self.desk.who)

    def _show_expected(self, plan: Plan) -> None:
        entries = {entry.id: entry for entry in atlas()}
        facts: list[tuple[str, str]] = []
        for target in plan.targets:
            entry = entries.get(target.atlas_id)
            expected = entry.expected if entry else ()
            facts.extend((item.name.capitalize(), _presence(plan, item)) for item in expected)
        frame = self._expected_section.parentWidget()
        if frame is not None:
            frame.setVisible(bool(facts))
        self._expected.show_facts(facts)

    # --- acting ------------------------------------------------------------------------------------------------------

    def _current(self) -> Structure | None:
        index = self._list.currentIndex()
        return (
            self._model.rows[index.row()].structure if index.isValid() and index.row() < len(self._model.rows) else None
        )

    def _find_all(self) -> None:
        if self.desk.volume is not None:
            self._start(SegmentVolume(self.desk.volume), "Finding structures")

    def _import(self) -> None:
        if self.desk.volume is None:
            return
        name, _ = QFileDialog.getOpenFileName(self, "Import structures", "", "DICOM SEG (*.dcm);;All files (*)")
        forget_visited_folders()
        if name:
            self._start(ImportStructures(self.desk.volume, str(Path(name))), "Reading structures")

    def _start(self, request: SegmentVolume | ImportStructures, verb: str) -> None:
        self._find.setEnabled(False)

        def add(fresh: FreshMasks) -> None:
            self._find.setEnabled(True)
            if not fresh.masks:
                self.desk.say("Nothing was found.")
            elif self.desk.apply(add_command(fresh)):
                self.desk.say(f"{len(fresh.masks)} structures added. Look at each and confirm it.")

        def fail(error: object) -> None:
            self._find.setEnabled(True)
            self.desk.refuse(error)  # type: ignore[arg-type]

        job = self.desk.jobs.start(request, verb=verb, on_done=add, on_failed=fail, is_of_plan=True)
        self.desk.jobs.changed.connect(lambda: self._find.setEnabled(job not in self.desk.jobs.running))

    def _confirm(self) -> None:
        structure = self._current()
        if structure is None:
            return
        if structure.is_confirmed:
            self.desk.apply(ConfirmStructure(structure.id, structure.name, "", ""))
        elif self._has_name():
            self.desk.apply(ConfirmStructure(structure.id, structure.name, self.desk.who, utc_now()))
            self._go_to_unconfirmed()

    def _has_name(self) -> bool:
        self.desk.who = self._who.text().strip()
        if not self.desk.who:
            self._who.setFocus()
            self.desk.say("Write your name first: a confirmation carries a name.")
        return bool(self.desk.who)

    def _go_to_unconfirmed(self) -> None:
        for at, row in enumerate(self._model.rows):
            if not row.structure.is_confirmed:
                self._list.setCurrentIndex(self._model.index(at))
                return

    def _remove_current(self) -> None:
        structure = self._current()
        if structure is not None:
            self.desk.apply(RemoveStructure(structure.id, structure.name))

    # --- volumes -----------------------------------------------------------------------------------------------------

    def _count_volumes(self, plan: Plan) -> None:
        session = self.desk.session
        missing = [s for s in plan.structures if s.mask.sha256 not in self._volumes_ml]
        if session is None or not missing:
            return
        voxel_ml = plan.volume.grid.voxel_volume_mm3 / 1000
        masks = {s.mask.sha256: session.mask(s.id) for s in missing}
        self._counting.ask(lambda: {sha: float(mask.sum()) * voxel_ml for sha, mask in masks.items()})

    def _volumes_counted(self, volumes: dict[Sha256, float]) -> None:
        self._volumes_ml |= volumes
        self._show_rows()


def _presence(plan: Plan, expected: ExpectedStructure) -> str:
    """Return whether an expected kind of structure is in the plan. Kind is compared, never a name."""
    found = [s for s in plan.structures if s.kind.value == expected.kind]
    if not found:
        return "missing"
    return "present" if all(s.is_confirmed for s in found) else "present, unconfirmed"
