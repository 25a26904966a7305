"""What can be set for the tools that change a whole mask? Each page gives the edit that Apply runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.mask_edit import (
    MOST_GROWTH_MM,
    Boolean,
    BooleanKind,
    Combine,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    Smooth,
)
from planner.domain.structure import StructureKind
from planner.segmentation.drawn_slices import DrawnSlices, drawn_slices
from planner.ui.background import Background
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label
from planner.ui.widgets.option_page import Choices, OptionPage, StructureChoice, mm_field
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.domain.geometry import Grid
    from planner.domain.mask_edit import MaskEdit
    from planner.ui.desk import Desk

_ML_PX = 92
_MOST_SMOOTHING_MM = 20.0
_MOST_ISLAND_ML = 10_000.0
_SLICE_WORDS = ("sagittal", "coronal", "axial")
# What lies around everything else: anything grown inside the body would find its place taken.
_EVERYWHERE = frozenset({StructureKind.SKIN, StructureKind.FAT, StructureKind.MUSCLE})


class GrowPage(OptionPage):
    """How far, and against what."""

    apply_words = "Grow"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.reach = mm_field("Reach", low=0.5, high=MOST_GROWTH_MM, value=10.0)
        self.reach.setToolTip("How far from what is drawn it may grow; it stops at edges of the CT before")
        self.against = TickBox("Against other structures")
        self.against.setToolTip(
            "Other structures keep what they have and grow against it.\nBody, fat and muscle are left out: they lie "
            "around everything."
        )
        self.against.setChecked(True)
        self.add("Reach", self.reach, self.against)

    def edit(self) -> MaskEdit | None:
        """Grow from what is drawn."""
        others = self.other_structures() if self.against.isChecked() else ()
        return Grow(self.reach.value(), tuple(s.mask for s in others if s.kind not in _EVERYWHERE))


class BetweenPage(OptionPage):
    """Which slices were drawn, found by itself."""

    apply_words = "Fill"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._found: DrawnSlices | None = None
        self._is_entered = False
        self._looking = Background(self, self._show)
        self.words = label("", "secondary")
        self.row.addWidget(self.words)

    def edit(self) -> MaskEdit | None:
        """Fill along the axis that was found."""
        return FillBetween(self._found.axis) if self._found is not None else None

    def reason(self) -> str:
        """Say what has to be drawn."""
        if self.desk.view.selected_structure is None or self._found is not None:
            return ""
        return "Nothing to fill: draw the structure in two slices with empty ones between them."

    def enter(self) -> None:
        """Look at the mask."""
        self._is_entered = True
        self.refresh()

    def leave(self) -> None:
        """Look no more."""
        self._is_entered = False
        self._looking.drop()

    def refresh(self) -> None:
        """Look at the mask as it is under the hand."""
        chosen = self.desk.view.selected_structure
        if not self._is_entered:
            return
        if chosen is None or self.desk.session is None:
            self._show(None)
            return
        under_hand = self.desk.painting.mask_under_hand(chosen)
        mask = self.desk.session.mask(chosen) if under_hand is None else under_hand
        self._looking.ask(lambda: drawn_slices(mask))

    def _show(self, found: DrawnSlices | None) -> None:
        session = self.desk.session
        self._found = found
        if found is None or session is None:
            self.words.setText("No empty slices between drawn ones")
        else:
            kind = slice_words(session.volume.grid, found.axis)
            self.words.setText(f"{found.drawn} {kind} slices drawn, {found.empty} to fill")
        self.altered.emit()


class MarginPage(OptionPage):
    """Outwards or inwards, and how far."""

    apply_words = "Apply"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.direction = Choices("Direction", ("Grow", "Shrink"))
        self.distance = mm_field("Distance", low=0.1, high=MOST_GROWTH_MM, value=3.0)
        self.add(self.direction, "by", self.distance)

    def edit(self) -> MaskEdit | None:
        """Grow or shrink."""
        distance = self.distance.value()
        return Margin(distance if self.direction.at == 0 else -distance)


class SmoothPage(OptionPage):
    """How large a corner is rounded off."""

    apply_words = "Apply"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.smoothing = mm_field("Size", low=0.1, high=_MOST_SMOOTHING_MM, value=1.5)
        self.smoothing.setToolTip("What is smaller than this is rounded off; the volume nearly stays")
        self.add("Size", self.smoothing)

    def edit(self) -> MaskEdit | None:
        """Smooth."""
        return Smooth(self.smoothing.value())


class IslandsPage(OptionPage):
    """The largest part alone, or all from a size on."""

    apply_words = "Apply"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.keep = Choices("Islands", ("Keep the largest", "Remove below"))
        self.smallest = NumberField(unit="mL", low=0.001, high=_MOST_ISLAND_ML, decimals=2, step=0.5)
        self.smallest.setAccessibleName("Smallest part")
        self.smallest.setFixedWidth(_ML_PX)
        self.smallest.setValue(0.5)
        self.add(self.keep, self.smallest)
        self.keep.chosen.connect(self._choose)
        self._choose(0)

    def edit(self) -> MaskEdit | None:
        """Keep the largest part, or drop the small ones."""
        return Islands(None if self.keep.at == 0 else self.smallest.value())

    def _choose(self, at: int) -> None:
        self.smallest.setEnabled(at == 1)
        self.smallest.setToolTip("" if at == 1 else "Only the largest part is kept, whatever its size.")


class FillHolesPage(OptionPage):
    """In space, or in each slice."""

    apply_words = "Fill"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        tips = ("Cavities closed on all sides", "Holes closed within an axial slice, also where a tunnel runs through")
        self.where = Choices("Holes", ("In space", "In each slice"), tips=tips)
        self.add(self.where)

    def edit(self) -> MaskEdit | None:
        """Fill."""
        return FillHoles(in_slices=self.where.at == 1)


class BooleanPage(OptionPage):
    """What is done with which other structure."""

    apply_words = "Apply"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._kinds = (BooleanKind.UNION, BooleanKind.SUBTRACT, BooleanKind.INTERSECT)
        self.kind = Choices("Operation", ("Add", "Subtract", "Intersect with"))
        self.other = StructureChoice("Other structure")
        self.add(self.kind, self.other)

    def edit(self) -> MaskEdit | None:
        """Combine with the other structure."""
        other = next((s for s in self.other_structures() if s.id == self.other.currentData()), None)
        return None if other is None else Boolean(self._kinds[self.kind.at], other.mask, other.name)

    def reason(self) -> str:
        """Say when there is nothing to combine with."""
        return "" if self.other_structures() else "There is no other structure to combine with."

    def refresh(self) -> None:
        """Offer the structures as they are."""
        self.other.show_structures(self.other_structures())
        self.other.setEnabled(bool(self.other_structures()))
        self.other.setToolTip(self.reason())
        self.altered.emit()


COMBINE_WORDS = {
    Combine.REPLACE: "Replace",
    Combine.ADD: "Add",
    Combine.REMOVE: "Remove",
    Combine.KEEP_COMMON: "Keep common",
}


def slice_words(grid: Grid, axis: int) -> str:
    """Return what slices across a grid axis are called: by the patient's axis that it runs nearest to."""
    return _SLICE_WORDS[int(np.argmax(np.abs(grid.direction[:, axis])))]
