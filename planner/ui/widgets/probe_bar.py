"""Which probe do the views stand on, how deep and how rolled? One row over the probe views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton

from planner.ui.slices.probe_stand import depth_limits_mm, depth_of, probe_of, slide_depth
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label, upright_line

if TYPE_CHECKING:
    from planner.domain.probe import ProbePlacement
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

BAR_PX = 40
_FIELD_PX = 92


class ProbeBar(QFrame):
    """Probe buttons, depth along the probe, roll. It only looks: depth and roll are of the view, not of the plan."""

    def __init__(self, view: ViewState) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setFixedHeight(BAR_PX)
        self.setAccessibleName("Probe views")
        self._view = view
        self._session: Session | None = None
        self._shown: tuple[ProbePlacement, ...] = ()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        row.addLayout(self._buttons)
        row.addSpacing(4)
        self._next = label("Tab: next probe", "hint")
        row.addWidget(self._next)
        row.addSpacing(4)
        row.addWidget(upright_line())
        row.addSpacing(4)
        self.depth_field = NumberField(unit="mm", low=-20.0, high=400.0)
        self.roll_field = NumberField(unit="°", low=-180.0, high=180.0, decimals=0, step=5.0)
        fields = (
            ("Depth along probe", self.depth_field, "From the skin entry. In the view across: wheel, [ and ]."),
            ("Roll", self.roll_field, "About the shaft, toward the tip. In the views along: wheel."),
        )
        for words, field, tip in fields:
            field.setAccessibleName(words)
            field.setToolTip(tip)
            field.setFixedWidth(_FIELD_PX)
            row.addWidget(label(words, "secondary"))
            row.addWidget(field)
            row.addSpacing(8)
        row.addStretch(1)
        self.depth_field.valueChanged.connect(self._set_depth)
        self.roll_field.valueChanged.connect(view.set_probe_roll)
        view.changed.connect(self._follow)

    def follow(self, session: Session | None) -> None:
        """Show another session."""
        self._session = session
        self.refresh()

    def refresh(self) -> None:
        """Show the probes, depth and roll as they are now."""
        probes = self._session.plan.probes if self._session is not None else ()
        if [(p.id, p.label) for p in probes] != [(p.id, p.label) for p in self._shown]:
            self._make_buttons(probes)
        self._shown = probes
        self._next.setVisible(len(probes) > 1)
        probe = probe_of(self._session, self._view) if self._session is not None else None
        for button in self._group.buttons():
            button.setChecked(probe is not None and button.property("probe") == probe.id)
        for field in (self.depth_field, self.roll_field):
            field.setEnabled(probe is not None)
        self.roll_field.show_value(self._view.probe_roll_deg)
        if probe is None:
            return
        self.depth_field.setRange(*depth_limits_mm(probe))
        depth = depth_of(probe, self._view)
        self.depth_field.show_value(depth)

    def _make_buttons(self, probes: tuple[ProbePlacement, ...]) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        for probe in probes:
            button = QToolButton()
            button.setText(probe.label)
            button.setCheckable(True)
            button.setProperty("look", "text")
            button.setProperty("probe", probe.id)
            button.setToolTip(f"Look along {probe.label}")
            button.clicked.connect(lambda _checked=False, wanted=probe.id: self._view.select_probe(wanted))
            self._group.addButton(button)
            self._buttons.addWidget(button)

    def _set_depth(self, depth_mm: float) -> None:
        session = self._session
        probe = probe_of(session, self._view) if session is not None else None
        if session is not None and probe is not None:
            slide_depth(session, self._view, depth_mm - depth_of(probe, self._view))

    def _follow(self, name: str) -> None:
        if name in ("selected_probe", "probe_depth_mm", "probe_roll_deg"):
            self.refresh()
