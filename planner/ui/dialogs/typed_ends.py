"""Where exactly do entry and tip lie? Both typed in patient letters, with what they make of the probe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import operator_pose
from planner.report.numbers import degrees, mm, patient_point
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.models.typed_point import typed_point
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, plain_tip, set_tone

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.probe import ProbePlacement

_WIDTH_PX, _CAPTION_PX = 440, 56


_SAID = (
    "Patient letters, mm: R or L, A or P, H or F before each number. The entry is taken as typed and not put on the "
    "skin; the card says how far off it is."
)


class TypedEndsDialog(QuestionDialog):
    """Two fields. ``ends`` holds entry and tip (LPS mm); what was not changed keeps its exact place."""

    def __init__(self, parent: QWidget, probe: ProbePlacement, position: PatientPosition) -> None:
        super().__init__(parent, f"Entry and tip of {probe.label}", _SAID, verb="Move", width_px=_WIDTH_PX)
        self._probe, self._position = probe, position
        self.entry, self.tip = text_field(name="Entry"), text_field(name="Tip")
        for name, field, place in (("Entry", self.entry, probe.entry_lps_mm), ("Tip", self.tip, probe.tip_lps_mm)):
            field.setText(patient_point(place))
            field.textChanged.connect(self._check)
            self.fields.addLayout(field_row(name, field, width_px=_CAPTION_PX))
        self._said = label("", "secondary", wrap=True)
        self.fields.addWidget(self._said)
        self._check()

    @property
    def ends(self) -> tuple[PointLps, PointLps]:
        """Entry and tip; raises PlanInvalid for what is no point, or no shaft."""
        entry = self._end(self.entry.text(), self._probe.entry_lps_mm, what="entry")
        tip = self._end(self.tip.text(), self._probe.tip_lps_mm, what="tip")
        replace(self._probe, entry_lps_mm=entry, tip_lps_mm=tip)  # no longer and no shorter than a probe can be
        return entry, tip

    @staticmethod
    def _end(text: str, before: PointLps, *, what: str) -> PointLps:
        return before if text == patient_point(before) else typed_point(text, what=what)

    def _check(self) -> None:
        try:
            pose = operator_pose(*self.ends, self._position)
        except PlanInvalid as error:
            self._show(str(error), tone="fail")
            return
        in_plane, tilt = degrees(pose.in_plane_deg, pose.hub_leans), degrees(pose.tilt_deg, pose.hub_toward)
        self._show(f"{mm(pose.depth_mm)} deep · in-plane {in_plane} · tilt {tilt}")

    def _show(self, words: str, *, tone: str = "") -> None:
        self._said.setText(words)
        set_tone(self._said, tone)
        self.answer.setEnabled(not tone)
        self.answer.setToolTip(plain_tip(words) if tone else "")
