"""Is the anatomy right? Find, import, draw, look at and confirm structures by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from planner.domain.identity import StructureId
from planner.domain.structure import StructureKind, StructureOrigin
from planner.persistence.resources import atlas, rule_set
from planner.planning.expected import expected_near
from planner.rendering.palette import VEILING_KINDS
from planner.services.session import ChangeKind
from planner.services.structure_commands import AddStructures, RemoveStructure
from planner.ui.dialogs.export_structures import ExportDialog
from planner.ui.panels.expected_list import ExpectedList
from planner.ui.panels.panel import Panel
from planner.ui.panels.structure_form import StructureForm
from planner.ui.panels.structure_list import StructureList, StructureListModel, StructureRow
from planner.ui.panels.structure_measures import StructureMeasures
from planner.ui.panels.structure_menus import LINE, Entry, fill_menu, free_name, new_menu
from planner.ui.panels.structure_notes import BarrierNote, UnconfirmedBar
from planner.ui.panels.structure_rows import HEADS_PX, ROW_PX, ColumnHeads
from planner.ui.panels.structure_words import capital, kind_words, role_line
from planner.ui.panels.structure_work import StructureWork
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.view_state import Tool
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent

    from planner.domain.atlas import ExpectedStructure
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.ui.desk import Desk

_FEWEST_ROWS = 4
# The list never takes more of the panel: form and expected structures scroll below it.
_LIST_SHARE = 0.42
_ICONS_ONLY_PX = 380


class StructuresPanel(Panel):
    """Banner, list, form of the chosen structure, and what the atlas expects near the targets."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Structures")
        self.setAcceptDrops(True)
        self.measures = StructureMeasures(desk)
        self.measures.changed.connect(self._on_measured)
        self.work = StructureWork(desk, self)
        self.work.added.connect(self._hide_veiling)
        self._unveiled: StructureId | None = None
        self._row = 0
        self._make_head()
        self.unconfirmed = UnconfirmedBar()
        self.unconfirmed.review_asked.connect(self.review_next)
        self.add_above(self.unconfirmed)
        self._empty = label(
            "No structures yet. Press Find all, drop a file of structures here, or draw one: press +.",
            "sentence",
            wrap=True,
        )
        self._empty.setContentsMargins(12, 24, 12, 24)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._empty)
        self._make_list()
        self.form = StructureForm(desk, self.measures)
        self.form.confirmed.connect(self._after_confirming)
        self.body.addWidget(self.form)
        self.barriers = BarrierNote()
        self.body.addWidget(self.barriers)
        self.expected = ExpectedList(desk)
        self.expected.new_asked.connect(self._begin_expected)
        self.expected.show_asked.connect(self.go_to)
        self.body.addWidget(self.expected)
        self.body.addStretch(1)
        desk.view.changed.connect(self._on_view)

    def _make_head(self) -> None:
        self._find = self.add_head_button("Find all", "magic-wand", self.work.find_all)
        self._show_find(busy=False)
        self._import = self.add_head_button("Import", "download-simple", self.work.import_file)
        self._import.setToolTip("Read a file of structures: DICOM SEG, RTSTRUCT, NIfTI, NRRD, MHA")
        self.work.busy_changed.connect(lambda busy: self._show_find(busy=busy))
        new = self._icon_button("plus", "New structure")
        new.setMenu(new_menu(new, self.begin))
        more = self._icon_button("dots-three", "More for structures")
        self._more = QMenu(more)
        self._more.aboutToShow.connect(self._fill_more)
        more.setMenu(self._more)

    def _show_find(self, *, busy: bool) -> None:
        what = "Find skin, lungs, airways, gas, bone, fat, muscle and vessels with contrast in the CT"
        self._find.setEnabled(not busy)
        self._find.setToolTip("Structures are being found or read. Wait, or cancel it at the bottom." if busy else what)

    def _icon_button(self, icon_name: str, name: str) -> QPushButton:
        button = self.add_head_button("", icon_name, lambda: None)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setProperty("look", "iconMenu")
        set_icon(button, icon_name)
        return button

    def _make_list(self) -> None:
        self._model = StructureListModel()
        self.list = StructureList(self._model)
        self._heads = ColumnHeads(self.list)
        self.add_above(self._heads)
        view = self.desk.view
        self.list.eye_pressed.connect(view.toggle_structure)
        self.list.alone_pressed.connect(self.hide_others)
        self.list.go_pressed.connect(self.go_to)
        self.list.confirm_pressed.connect(lambda _id: self.form.confirm())
        self.list.remove_pressed.connect(self.remove)
        self.list.menu_asked.connect(self._show_menu)
        self.list.selectionModel().currentChanged.connect(self._on_row)
        self.add_above(self.list)

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's structures and what is expected near its target."""
        session = self.desk.session
        about = {ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.VOLUME, ChangeKind.PLAN}
        if session is None or not kinds & about:
            return
        plan = session.plan
        self.set_count(str(len(plan.structures)) if plan.structures else "")
        self.measures.follow(session)
        self._show_rows()
        for widget in (self._heads, self.list, self.form):
            widget.setVisible(bool(plan.structures))
        self._empty.setVisible(not plan.structures)
        self.unconfirmed.show_count(sum(not s.is_confirmed for s in plan.structures))
        self.barriers.show_barriers(plan.structures)
        self._show_expected(plan)
        self._fit_list()
        self._select_one(plan)
        self._show_form()

    def _show_rows(self) -> None:
        session = self.desk.session
        if session is None:
            return
        hidden, rules = self.desk.view.hidden_structures, rule_set(session.plan.rule_set_id)
        rows = []
        for structure in session.plan.structures:
            place = self.measures.place_of(structure)
            volume_ml = None if place is None else place.volume_ml
            remark = self.measures.remark_of(structure)
            line = role_line(structure, rules)
            rows.append(StructureRow(structure, line, volume_ml, structure.id in hidden, remark))
        self._model.show_rows(rows)
        self._mark_row()

    def _select_one(self, plan: Plan) -> None:
        """Keep the chosen structure; when it is gone, choose the one now in its row, and with none the first."""
        chosen = self.desk.view.selected_structure
        if any(s.id == chosen for s in plan.structures):
            self._mark_row()
            return
        at = min(self._row, len(plan.structures) - 1)
        self.desk.view.select_structure(plan.structures[at].id if plan.structures else None)

    def _mark_row(self) -> None:
        """Have the list show the structure that is chosen for all views."""
        at = self._model.row_of(self.desk.view.selected_structure)
        self._row = at if at >= 0 else self._row
        if at != self.list.currentIndex().row():
            self.list.setCurrentIndex(self._model.index(at) if at >= 0 else QModelIndex())

    def _show_form(self) -> None:
        structure = self.current
        self.form.setVisible(structure is not None)
        if structure is not None:
            self.form.show_structure(structure)

    def _show_expected(self, plan: Plan) -> None:
        empty = [row.structure for row in self._model.rows if row.is_empty]
        self.expected.show_rows(expected_near(plan, atlas()), empty=empty)

    def _on_measured(self) -> None:
        self._show_rows()
        if self.desk.session is not None:
            self._show_expected(self.desk.session.plan)
        self.form.show_measures()

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self._model.rows):
            self.desk.view.select_structure(self._model.rows[current.row()].structure.id)

    def _on_view(self, name: str) -> None:
        if name == "hidden_structures":
            self._show_rows()
        elif name == "selected_structure":
            self._mark_row()
            self._show_form()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list the height that the form below leaves; a narrow head shows icons with tooltips."""
        super().resizeEvent(event)
        narrow = self.width() < _ICONS_ONLY_PX
        self._import.setText("" if narrow else "Import")
        self._import.setAccessibleName("Import")
        self._import.setProperty("look", "iconMenu" if narrow else "")
        self._import.style().unpolish(self._import)
        self._import.style().polish(self._import)
        self._fit_list()

    def _fit_list(self) -> None:
        room = (self.height() - TOOLBAR_PX - HEADS_PX) * _LIST_SHARE
        rows = max(_FEWEST_ROWS, int(room) // ROW_PX)
        self.list.setFixedHeight(ROW_PX * min(len(self._model.rows), rows) + 1)

    # --- choosing and looking ----------------------------------------------------------------------------------------

    @property
    def current(self) -> Structure | None:
        """The chosen structure."""
        session, chosen = self.desk.session, self.desk.view.selected_structure
        return session.plan.find_structure(chosen) if session else None

    def go_to(self, structure_id: StructureId) -> None:
        """Choose a structure, show it, and put its largest slice into the views."""
        self.desk.view.select_structure(structure_id)
        structure = self.current
        if structure is None:
            return
        self._unveil(structure_id)
        place = self.measures.place_of(structure)
        if place is not None and place.look_at_lps_mm is not None:
            self.desk.look_at(place.look_at_lps_mm)
        elif place is not None:
            self.desk.say(f"{structure.name} is empty. Draw it with the tools at the left.")

    def _unveil(self, structure_id: StructureId) -> None:
        """Show a hidden structure while it is looked at; the one looked at before is hidden again."""
        view = self.desk.view
        if self._unveiled not in (None, structure_id) and self._unveiled is not None:
            view.hide_structures(view.hidden_structures | {self._unveiled})
            self._unveiled = None
        if structure_id in view.hidden_structures:
            self._unveiled = structure_id
            view.hide_structures(view.hidden_structures - {structure_id})

    def _hide_veiling(self, structures: tuple[Structure, ...]) -> None:
        """Hide found fat and muscle: their outlines would lie over all anatomy."""
        # Outlines of these lie over everything: found by themselves they are hidden until somebody looks at them.
        veiling = [s for s in structures if s.kind in VEILING_KINDS and s.origin is StructureOrigin.AUTOMATIC]
        if veiling:
            view = self.desk.view
            view.hide_structures(view.hidden_structures | {s.id for s in veiling})

    def review_next(self) -> None:
        """Go to the next unconfirmed structure after the chosen one."""
        session = self.desk.session
        if session is None:
            return
        structures = session.plan.structures
        at = next((n for n, s in enumerate(structures) if s.id == self.desk.view.selected_structure), -1)
        following = [*structures[at + 1 :], *structures[: at + 1]]
        found = next((s for s in following if not s.is_confirmed), None)
        if found is not None:
            self.go_to(found.id)

    def _after_confirming(self) -> None:
        session = self.desk.session
        if session is not None and any(not s.is_confirmed for s in session.plan.structures):
            self.review_next()
        else:
            if self._unveiled is not None:
                self.desk.view.hide_structures(self.desk.view.hidden_structures | {self._unveiled})
                self._unveiled = None
            self.desk.say("Every structure is confirmed by name.")

    def hide_others(self, structure_id: StructureId) -> None:
        """Hide all structures but one; when they are hidden already, show all."""
        session, view = self.desk.session, self.desk.view
        if session is not None:
            others = frozenset(s.id for s in session.plan.structures if s.id != structure_id)
            view.hide_structures(frozenset() if view.hidden_structures == others else others)

    # --- editing -----------------------------------------------------------------------------------------------------

    def begin(self, kind: StructureKind, name: str = "") -> None:
        """Add an empty structure, choose it, and take the brush."""
        session = self.desk.session
        if session is None:
            return
        wanted = free_name(name or kind_words(kind), [s.name for s in session.plan.structures])
        new_id = self.desk.painting.new_structure(wanted, kind)
        if not any(s.id == new_id for s in session.plan.structures):  # refused, in words: the plan cannot be edited
            self._select_one(session.plan)
            return
        self.desk.view.set_tool(Tool.BRUSH)
        self.desk.say(f"{wanted} is empty. Paint it in a slice; hold Shift to erase.")

    def _begin_expected(self, expected: ExpectedStructure) -> None:
        self.begin(StructureKind(expected.kind), capital(expected.name))

    def copy(self, structure: Structure) -> None:
        """Add a copy, unconfirmed, and choose it; with the strokes that are still on their way."""
        self.desk.painting.when_settled(lambda: self._copy(structure.id))

    def _copy(self, structure_id: StructureId) -> None:
        session = self.desk.session
        structure = session.plan.find_structure(structure_id) if session else None
        if session is None or structure is None:
            return
        name = free_name(f"{structure.name} copy", [s.name for s in session.plan.structures])
        new_id = StructureId(uuid4().hex)
        made = replace(structure, id=new_id, name=name, confirmed_by="", confirmed_at="")
        if self.desk.apply(AddStructures((made,))):
            self.desk.view.select_structure(new_id)

    def remove(self, structure_id: StructureId) -> None:
        """Take a structure out of the plan; undo brings it back, with the strokes that are still on their way."""
        self.desk.painting.when_settled(lambda: self._remove(structure_id))

    def _remove(self, structure_id: StructureId) -> None:
        session = self.desk.session
        structure = session.plan.find_structure(structure_id) if session else None
        if structure is not None and self.desk.apply(RemoveStructure(structure.id, structure.name)):
            self.desk.say(f"{structure.name} removed. Undo brings it back.")

    def rename(self) -> None:
        """Put the hand into the chosen structure's name."""
        self.form.name.setFocus()
        self.form.name.selectAll()

    # --- menus, files ------------------------------------------------------------------------------------------------

    def _show_menu(self, structure_id: StructureId, at: QPoint) -> None:
        structure = self.current
        if structure is None:
            return
        menu = QMenu(self.list)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        hidden = structure_id in self.desk.view.hidden_structures
        confirm = "Withdraw the confirmation" if structure.is_confirmed else "Confirm"
        entries: list[Entry] = [
            ("Go to", "Return", lambda: self.go_to(structure_id)),
            (confirm, "Ctrl+Return", self.form.confirm),
            LINE,
            ("Rename", "", self.rename),
            ("Copy", "", lambda: self.copy(structure)),
            LINE,
            ("Show" if hidden else "Hide", "Space", lambda: self.desk.view.toggle_structure(structure_id)),
            ("Hide others", "Ctrl+Space", lambda: self.hide_others(structure_id)),
            LINE,
            ("Remove", "Del", lambda: self.remove(structure_id)),
        ]
        fill_menu(menu, entries)
        menu.popup(at)

    def _fill_more(self) -> None:
        session = self.desk.session
        has_any = session is not None and bool(session.plan.structures)
        hidden = self.desk.view.hidden_structures
        show_all = (lambda: self.desk.view.hide_structures(frozenset())) if hidden else None
        entries: list[Entry] = [
            ("Export…", "", self.export if has_any else None),
            ("Import a file…", "", self.work.import_file),
            ("Import a folder of one file each…", "", self.work.import_folder),
            LINE,
            ("Run TotalSegmentator", "", self.work.run_network),
            LINE,
            ("Show all structures", "", show_all),
        ]
        fill_menu(self._more, entries)

    def export(self) -> None:
        """Ask what to write and in which form, then where."""
        session = self.desk.session
        if session is None or not session.plan.structures:
            return
        dialog = ExportDialog(self.window(), session.plan.structures, chosen=self.desk.view.selected_structure)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.work.export(dialog.structures, dialog.form))
        dialog.setModal(True)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of structures while a CT is open; else the window takes what is dropped."""
        if self.desk.volume is not None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped: one file, or one folder."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if len(paths) == 1:
            self.work.import_path(paths[0])
        else:
            self.desk.say("Drop one file, or one folder of one file per structure.")
