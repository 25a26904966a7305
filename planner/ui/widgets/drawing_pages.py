"""What can be set for the tools that a hand works in the views? Brush, eraser, lasso, scissors, region, tube."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.mask_edit import MOST_RADIUS_MM
from planner.ui.paint_settings import LEAST_DIAMETER_MM, MOST_DIAMETER_MM
from planner.ui.slices.tools.tube import tube_of
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label
from planner.ui.widgets.option_page import Choices, OptionPage, mm_field

if TYPE_CHECKING:
    from planner.domain.mask_edit import MaskEdit
    from planner.ui.desk import Desk

_TOLERANCE_PX = 92
_MOST_TOLERANCE_HU = 1000.0
_MOST_REACH_MM = 1000.0


class BrushPage(OptionPage):
    """Diameter, and disc or ball."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        view = desk.view
        self.diameter = mm_field("Diameter", low=LEAST_DIAMETER_MM, high=MOST_DIAMETER_MM, value=view.paint.diameter_mm)
        self.diameter.setToolTip("Larger ], smaller [")
        self.form = Choices(
            "Brush form", ("2-D", "Sphere"), tips=("A disc in the slice under the hand", "A ball through all slices")
        )
        self.add("Diameter", self.diameter, self.form)
        self.diameter.valueChanged.connect(lambda mm: view.set_paint(replace(view.paint, diameter_mm=mm)))
        self.form.chosen.connect(lambda at: view.set_paint(replace(view.paint, is_sphere=at == 1)))

    def refresh(self) -> None:
        """Show what keys have changed."""
        self.diameter.show_value(self.desk.view.paint.diameter_mm)
        self.form.show_choice(int(self.desk.view.paint.is_sphere))


class HandPage(OptionPage):
    """Nothing to set: a sentence on how it is worked."""

    def __init__(self, desk: Desk, words: str) -> None:
        super().__init__(desk)
        self.row.addWidget(label(words, "hint"))


class _AddingPage(OptionPage):
    """A tool whose voxels are added, or taken away."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        view = desk.view
        self.combine = Choices(
            "New voxels", ("Add", "Remove"), tips=("Add them to the structure", "Take them away from the structure")
        )
        self.combine.chosen.connect(lambda at: view.set_paint(replace(view.paint, is_removing=at == 1)))

    def refresh(self) -> None:
        """Show what another tool has set."""
        self.combine.show_choice(int(self.desk.view.paint.is_removing))


class RegionPage(_AddingPage):
    """How far from the clicked HU, and from the clicked point."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        view = desk.view
        self.tolerance = NumberField(unit="HU", low=1.0, high=_MOST_TOLERANCE_HU, decimals=0, step=5.0)
        self.tolerance.setPrefix("± ")
        self.tolerance.setAccessibleName("Tolerance")
        self.tolerance.setToolTip("Around the mean of the 3 × 3 × 3 voxels at the click")
        self.tolerance.setFixedWidth(_TOLERANCE_PX)
        self.tolerance.setValue(view.paint.tolerance_hu)
        self.reach = mm_field("Reach", low=1.0, high=_MOST_REACH_MM, value=view.paint.reach_mm)
        self.reach.setToolTip("How far from the click the region may go")
        self.add("Tolerance", self.tolerance, "Reach", self.reach, self.combine)
        self.tolerance.valueChanged.connect(lambda hu: view.set_paint(replace(view.paint, tolerance_hu=hu)))
        self.reach.valueChanged.connect(lambda mm: view.set_paint(replace(view.paint, reach_mm=mm)))


class TubePage(_AddingPage):
    """How wide, and whether there are points enough."""

    apply_words = "Finish"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        view = desk.view
        most_mm = min(MOST_DIAMETER_MM, 2 * MOST_RADIUS_MM)
        self.diameter = mm_field("Diameter", low=LEAST_DIAMETER_MM, high=most_mm, value=view.paint.diameter_mm)
        self.diameter.setToolTip("Larger ], smaller [")
        self.count = label("", "hint")
        self.add("Diameter", self.diameter, self.combine)
        self.row.addWidget(self.count)
        self.diameter.valueChanged.connect(lambda mm: view.set_paint(replace(view.paint, diameter_mm=mm)))
        view.changed.connect(self._follow)
        self._count_points()

    def edit(self) -> MaskEdit | None:
        """Return the tube through the points clicked."""
        return tube_of(self.desk.view)

    def reason(self) -> str:
        """Say how many points it needs."""
        return "" if self.edit() is not None else "Click at least two points along the tube first."

    def refresh(self) -> None:
        """Show what keys have changed."""
        super().refresh()
        self.diameter.show_value(self.desk.view.paint.diameter_mm)

    def applied(self) -> None:
        """Begin the next one."""
        self.desk.view.set_draft(())

    def _follow(self, name: str) -> None:
        if name == "draft_lps_mm":
            self._count_points()
            self.altered.emit()

    def _count_points(self) -> None:
        count = len(self.desk.view.draft_lps_mm)
        self.count.setText("Click along it" if not count else f"{count} point{'s' if count > 1 else ''}")
