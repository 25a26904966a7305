"""Which CT is this plan made on, and which case is it in? The series' facts and what was accepted about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import short_hash
from planner.report.numbers import head_feet, mm, number
from planner.services.commands import RenamePlan
from planner.services.session import ChangeKind
from planner.ui.panels.panel import FactTable, Panel, SentenceList, field_row
from planner.ui.panels.second_section import SecondSection
from planner.ui.panels.study_case import CaseSection
from planner.ui.widgets.fields import text_field

if TYPE_CHECKING:
    from planner.domain.volume import VolumeRef
    from planner.ui.desk import Desk


def series_facts(ref: VolumeRef) -> list[tuple[str, str]]:
    """Return names and values of a CT's facts, as shown and as spoken."""
    k, j, i = ref.grid.shape_kji
    spacing = " × ".join(number(v, decimals=3) for v in ref.grid.spacing_ijk_mm)
    corners = ref.grid.corners_lps_mm()
    low, high = float(corners[:, 2].min()), float(corners[:, 2].max())
    return [
        ("Series", ref.series_label),
        ("Position", ref.patient_position.words),
        ("Size", f"{i} × {j} × {k}"),
        ("Spacing", f"{spacing} mm"),
        ("Coverage", f"{mm(high - low)}, {head_feet(high).removesuffix(' mm')} to {head_feet(low)}"),
        ("Scanner", ref.scanner),
        ("Compression", ref.compression),
        ("Pixel hash", short_hash(ref.pixel_hash)),
    ]


class StudyPanel(Panel):
    """Facts, notes of the geometry checks, and acknowledgements by name."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Study")
        self._name = text_field(name="Plan name")
        self._name.setToolTip("Name of the plan, F2; Enter keeps it")
        self._name.editingFinished.connect(self._rename)
        first = self.add_section()
        first.addLayout(field_row("Plan name", self._name))
        self._facts = FactTable("Facts of the series")
        first.addWidget(self._facts)
        self.case = CaseSection()
        self.add_section("Case").addWidget(self.case)
        self._notes = SentenceList("Checks of the series")
        self.add_section("Checks", "geometry gate").addWidget(self._notes)
        self._accepted = SentenceList("Accepted by name")
        self.add_section("Accepted by name").addWidget(self._accepted)
        self.second = SecondSection(desk)
        self.add_section("Second series", "for the eye only").addWidget(self.second)
        self.body.addStretch(1)

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the CT of the open plan."""
        session = self.desk.session
        if kinds & {ChangeKind.VOLUME, ChangeKind.SECOND}:
            self.second.refresh()
        if session is None or not kinds & {ChangeKind.VOLUME, ChangeKind.PLAN}:
            return
        self._name.setText(session.plan.name)
        ref = session.plan.volume
        patient = "Hidden" if self.desk.view.hide_identity else session.identity.label
        self._facts.show_facts([("Patient", patient), *series_facts(ref)])
        self._notes.show_sentences(ref.notes or ("Even spacing, no tilt, one frame of reference.",))
        accepted = [f"{ack.sentence} {ack.who}, {ack.when[:10]}: {ack.reason}" for ack in session.plan.acknowledgements]
        self._accepted.show_sentences(accepted or ["Nothing needed an acknowledgement."])

    def begin_rename(self) -> None:
        """Put the cursor into the plan's name."""
        self._name.setFocus()
        self._name.selectAll()

    def _rename(self) -> None:
        session, name = self.desk.session, self._name.text().strip()
        if session is None or name == session.plan.name:
            return
        if not name or not self.desk.apply(RenamePlan(name)):
            self._name.setText(session.plan.name)
