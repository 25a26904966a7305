"""What can be done with a whole probe? Rename, type its place, copy, reorder, read about it, remove."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from planner.domain.plan import MAX_PROBES
from planner.planning.probe_copies import mirrored_copy, parallel_copy
from planner.planning.side import TOLERANCE_MM, find_midline
from planner.services.probe_commands import AddProbe, MoveProbe, OrderProbe, RemoveProbe
from planner.ui.background import Background
from planner.ui.dialogs.parallel_copy import ParallelCopyDialog
from planner.ui.dialogs.probe_model import ProbeModelDialog
from planner.ui.dialogs.typed_ends import TypedEndsDialog
from planner.ui.panels.structure_menus import LINE, fill_menu
from planner.ui.theme.icons import set_icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.planning.side import Midline
    from planner.ui.desk import Desk
    from planner.ui.panels.probe_card import ProbeCard
    from planner.ui.panels.structure_menus import Entry


class ProbeDeeds(QObject):
    """Does to one card's probe what its menu and its keys say."""

    def __init__(self, desk: Desk, card: ProbeCard) -> None:
        super().__init__(card)
        self._desk, self._card = desk, card
        self._mirroring = Background(self, self._mirror)

    @property
    def probe(self) -> ProbePlacement:
        """The card's probe as it stands."""
        return self._card.probe

    def remove(self) -> None:
        """Take it out of the plan."""
        self._desk.apply(RemoveProbe(self.probe.id, self.probe.label))

    def step(self, by: int) -> None:
        """Move it up (−1) or down in the list; at an end nothing happens."""
        plan = self._plan()
        if plan is not None:
            place = _place(plan, self.probe.id) + by
            if 0 <= place < len(plan.probes):
                self._desk.apply(OrderProbe(self.probe.id, self.probe.label, place))

    def about(self) -> None:
        """Say what is known of its model, and how a site adds to it."""
        dialog = ProbeModelDialog(self._card.window(), self.probe.model_id)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def type_ends(self) -> None:
        """Ask for entry and tip in numbers, and move the probe there."""
        plan = self._plan()
        if plan is None:
            return
        dialog = TypedEndsDialog(self._card.window(), self.probe, plan.position)
        dialog.accepted.connect(partial(self._move_to, self.probe, dialog))
        dialog.open()

    def _move_to(self, probe: ProbePlacement, dialog: TypedEndsDialog) -> None:
        if dialog.ends != (probe.entry_lps_mm, probe.tip_lps_mm):
            self._desk.apply(MoveProbe(probe.id, probe.label, *dialog.ends, "shaft"))

    def copy_beside(self) -> None:
        """Ask how far and where, and put a parallel probe there."""
        dialog = ParallelCopyDialog(self._card.window(), self.probe)
        dialog.accepted.connect(partial(self._copy_to, self.probe, dialog))
        dialog.open()

    def _copy_to(self, probe: ProbePlacement, dialog: ParallelCopyDialog) -> None:
        plan = self._plan()
        if plan is not None:
            name = plan.next_probe_label()
            self._add(lambda: parallel_copy(probe, name, spacing_mm=dialog.spacing_mm, toward=dialog.toward))

    def copy_mirrored(self) -> None:
        """Put a probe on the patient's other side; the midline is looked for in the masks, in a thread."""
        session, plan = self._desk.session, self._plan()
        if session is None or plan is None:
            return
        probe, grid = self.probe, plan.volume.grid
        there = [s for s in plan.structures if s.kind in TOLERANCE_MM]

        def look() -> tuple[ProbePlacement, Midline | None]:
            masks = {s.id: session.blobs.get(s.mask) for s in there}
            return probe, find_midline(probe.tip_lps_mm[2], structures=there, masks=masks, grid=grid)

        self._mirroring.ask(look)

    def _mirror(self, found: tuple[ProbePlacement, Midline | None]) -> None:
        probe, midline = found
        plan = self._plan()
        if plan is None:
            return
        if midline is None:
            self._desk.say("The patient’s midline is not known here: find or draw the spinal cord, bone or skin first.")
        elif self._add(lambda: mirrored_copy(probe, plan.next_probe_label(), midline_x_mm=midline.x_mm)):
            self._desk.say(f"Mirrored at the middle of {midline.source}; the two sides of a patient differ: check it.")

    def _add(self, make: Callable[[], ProbePlacement]) -> bool:
        """Put a copy into the plan and select it; a copy that cannot be is refused in words."""

        def add() -> None:
            made = make()
            if self._desk.apply(AddProbe(made)):
                self._desk.view.select_probe(made.id)

        return self._desk.attempt(add)

    def _plan(self) -> Plan | None:
        return self._desk.session.plan if self._desk.session is not None else None

    def entries(self) -> list[Entry]:
        """Return the menu's entries; what cannot be done now is listed with its reason."""
        plan = self._plan()
        if plan is None:
            return []
        place, count = _place(plan, self.probe.id), len(plan.probes)
        full = f" (a plan holds at most {MAX_PROBES} probes)" if count >= MAX_PROBES else ""
        locked = " (locked)" if plan.is_locked(self.probe.id) else ""
        return [
            ("Rename", "F2", self._card.begin_rename),
            (f"Type entry and tip …{locked}", "", None if locked else self.type_ends),
            LINE,
            (f"Copy beside …{full}", "", None if full else self.copy_beside),
            (f"Copy to the other side{full}", "", None if full else self.copy_mirrored),
            LINE,
            ("Move up", "Alt+Up", (lambda: self.step(-1)) if place else None),
            ("Move down", "Alt+Down", (lambda: self.step(1)) if place < count - 1 else None),
            LINE,
            ("About this probe …", "", self.about),
            (f"Remove{locked}", "", None if locked else self.remove),
        ]


def menu_button(deeds: ProbeDeeds) -> QPushButton:
    """Return the button with the menu; its entries are those of the moment it opens."""
    button = QPushButton()
    set_icon(button, "dots-three", "text_3")
    button.setProperty("look", "iconMenu")
    menu = QMenu(button)
    fill_menu(menu, deeds.entries())
    menu.aboutToShow.connect(lambda: fill_menu(menu, deeds.entries()))
    button.setMenu(menu)
    return button


def _place(plan: Plan, probe_id: ProbeId) -> int:
    return next(at for at, probe in enumerate(plan.probes) if probe.id == probe_id)
