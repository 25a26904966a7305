"""What must the hub pass through? The bore of the scanner round the patient on its table."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.errors import PlanInvalid


@dataclass(frozen=True, slots=True)
class Gantry:
    """The opening of one scanner as measured or read from its manual by the user: CT headers do not state it.

    Parameters
    ----------
    bore_mm
        Inner diameter, 300 to 1200 mm.
    axis_above_table_mm
        Height of the bore's axis above the table's top as the patient will lie, −300 to 600 mm.
    hub_mm
        Length of hub, handle and bent hose beyond the usable shaft, 0 to 400 mm.
    """

    bore_mm: float
    axis_above_table_mm: float
    hub_mm: float = 0.0

    def __post_init__(self) -> None:
        for words, value, low, high in (
            ("bore has a diameter of", self.bore_mm, 300, 1200),
            ("bore's axis lies above the table", self.axis_above_table_mm, -300, 600),
            ("hub is longer than the shaft by", self.hub_mm, 0, 400),
        ):
            if not low <= value <= high:
                raise PlanInvalid(f"A {words} {low} to {high} mm, not {value:g} mm.", code="gantry-size")
