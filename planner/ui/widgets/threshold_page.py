"""Which HU belong to the structure? Two fields with ready ranges; the slices show what they take while they change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from planner.domain.mask_edit import Combine, Threshold
from planner.rendering.window import signed
from planner.segmentation.thresholds import ThresholdPreset, threshold_presets
from planner.ui.view_state import Tool
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.mask_pages import COMBINE_WORDS
from planner.ui.widgets.option_page import HuRange, OptionPage
from planner.ui.widgets.view_menus import menu_button, refilled_menu

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from planner.domain.mask_edit import MaskEdit
    from planner.ui.desk import Desk

_COMBINE_CHARACTERS = 9


class ThresholdPage(OptionPage):
    """Ready ranges, both ends, what becomes of the voxels that are there; tinted in the slices until applied."""

    apply_words = "Apply"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        first = threshold_presets()[0]
        self.presets = menu_button("", "Ready ranges: bone, fat, soft tissue and more")
        self.presets.setMenu(refilled_menu(self.presets, self._fill))
        self.range = HuRange("Threshold", low=first.low_hu, high=first.high_hu)
        self.combine = ChoiceField()
        self.combine.setMinimumContentsLength(_COMBINE_CHARACTERS)
        self.combine.setAccessibleName("New voxels")
        self.combine.setToolTip("What the voxels in the range do to those of the structure")
        for combine, words in COMBINE_WORDS.items():
            self.combine.addItem(words, combine)
        self.add(self.presets, self.range, self.combine)
        self.range.changed.connect(self._show)
        self.range.typed.connect(self._tint)
        self._tinted: tuple[float, float] | None = None
        self._name()

    def edit(self) -> MaskEdit | None:
        """Take the range."""
        return Threshold(self.range.hu, Combine(self.combine.currentData()))  # Qt keeps a plain text

    def enter(self) -> None:
        """Tint the range at once; what somebody has drawn is added to, unless another choice is made."""
        session, chosen = self.desk.session, self.desk.view.selected_structure
        structure = session.plan.find_structure(chosen) if session else None
        is_begun = structure is not None and not structure.is_blank
        self.combine.select_data((Combine.ADD if is_begun else Combine.REPLACE).value)
        self._tint(*self.range.hu)

    def leave(self) -> None:
        """Take the tint away."""
        self._tinted = None
        self.desk.painting.show_preview(None)

    def refresh(self) -> None:
        """Tint what the limit in HU leaves of the range, where it has become another one."""
        if self._tinted is not None:
            self._tint(*self._tinted)

    def applied(self) -> None:
        """Show the structure itself; the tint comes back when the range changes."""
        self.leave()

    def _fill(self, menu: QMenu) -> None:
        menu.setToolTipsVisible(True)
        for preset in threshold_presets():
            words = f"{preset.name}  {signed(preset.low_hu)} to {signed(preset.high_hu)} HU"
            entry = menu.addAction(words, partial(self.take, preset))
            entry.setToolTip(f"{preset.note} ({preset.status})")
        menu.addSeparator()
        low, high = self.range.hu
        within = menu.addAction(f"Draw only from {signed(low)} to {signed(high)} HU", self.limit_drawing)
        within.setToolTip("Brush and all other tools change voxels of this range only, until “Only HU” is cleared")

    def take(self, preset: ThresholdPreset) -> None:
        """Take a ready range."""
        self.range.set_hu(preset.low_hu, preset.high_hu)

    def limit_drawing(self) -> None:
        """Make the range the limit of every tool, and take the brush."""
        low_hu, high_hu = self.range.hu
        view = self.desk.view
        view.set_paint(replace(view.paint, low_hu=low_hu, high_hu=high_hu))
        view.set_tool(Tool.BRUSH)

    def _show(self, low_hu: float, high_hu: float) -> None:
        self._name()
        self._tint(low_hu, high_hu)

    def _tint(self, low_hu: float, high_hu: float) -> None:
        """Tint what a press of Apply would take of a range: not what the limit in HU holds back."""
        self._tinted, paint = (low_hu, high_hu), self.desk.view.paint
        low = low_hu if paint.low_hu is None else max(low_hu, paint.low_hu)
        high = high_hu if paint.high_hu is None else min(high_hu, paint.high_hu)
        self.desk.painting.show_preview((low, high))

    def _name(self) -> None:
        found = next((p for p in threshold_presets() if (p.low_hu, p.high_hu) == self.range.hu), None)
        self.presets.setText(found.name if found is not None else "Ranges")
