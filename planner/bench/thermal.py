"""How fast and how right is the prediction on this machine? Ratios within one run, each beside its goal.

No number here is asserted by a test: speed depends on the machine and on what else it does, so every figure is the best
or the median of several, the load is printed with them, and what is compared was measured within the same minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.bench import drag, footprint, prediction, scaling
from planner.bench.prediction import Site, make_site
from planner.bench.scenes import freeze_protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.bench.scenes import BenchBody
    from planner.bench.table import Row

FINE_MM = 0.5


def run_thermal_bench(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Return all rows; ``say`` is told what is measured now.

    A quick run leaves out the 0.5 mm grid, the fresh processes and the largest boxes, and repeats less.
    """
    from planner.thermal.warm import warm_up

    say("Compiling")
    warm_up()
    say("Ten-minute freeze")
    standard = make_site(1.0)
    freeze = prediction.freeze_rows(standard, repeats=3 if quick else 9)
    say("The machine's peaks and the kernel")
    rows = [*freeze, *scaling.kernel_rows(standard, quick=quick)]
    fields = _Fields(standard if quick else make_site(FINE_MM))
    if not quick:
        say("The same on 0.5 mm")
        field_c = standard.march(freeze_protocol()).temperature_c()
        rows += prediction.error_rows(standard, field_c, fields.of(prediction.PROBE_COUNT), prediction.GOAL_SURFACE_MM)
    say("Moving probes")
    rows += drag.drag_rows(make_site(2.0), moves=10 if quick else 30, reference=fields.of)
    say("Two cycles")
    rows += prediction.cycle_rows(standard, repeats=1 if quick else 3)
    say("Plain numpy")
    rows += prediction.peer_rows(standard, float(freeze[0].value), quick=quick)
    say("Cost against work")
    rows += scaling.size_rows(quick=quick)
    rows += scaling.probe_rows(standard, quick=quick)
    say("Memory and bytes")
    rows += footprint.memory_rows()
    rows += footprint.same_bytes_rows(standard)
    if not quick:
        say("Fresh processes")
        rows += footprint.first_use_rows()
    return rows


class _Fields:
    """Fields after the ten-minute freeze on the finest grid of the run, each computed once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[int, NDArray[Any]] = {}

    def of(self, count: int) -> tuple[BenchBody, NDArray[Any]]:
        """Return the fine body and its field with this many probes, °C."""
        if count not in self._known:
            self._known[count] = self._site.march(freeze_protocol(), count=count).temperature_c()
        return self._site.body, self._known[count]
