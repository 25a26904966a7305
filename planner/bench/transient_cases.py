"""Does the ice round a cold cylinder or sphere grow as fast as it should? Cases AN-08, 08s, 08m and 08k.

The wall is resolved in cells of a quarter to half a millimetre and judged. The same problem with the shipped sink of a
probe on 0.5, 1 and 2 mm cells is shown beside it: what the sink and the grid of a plan add to the model's error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.bench.verdicts import Figure, explained, radius
from planner.thermal import Held, predict
from planner.thermal import cases as setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.bench.case_facts import CaseFacts
    from planner.thermal.settings import Quality

CYLINDER_CELL_MM, SPHERE_CELL_MM, KIDNEY_CELL_MM = 0.25, 0.5, 0.15
REACH_MM = 60.0
SINK_RUNS: tuple[tuple[float, Quality, bool], ...] = (
    (0.5, "reference", True),
    (1.0, "reference", True),
    (1.0, "standard", True),
    (2.0, "standard", False),
)
"""Cell size, length of the steps, and whether it is judged: 2 mm is the preview under the hand, shown only."""


def medium_properties(facts: CaseFacts) -> setup.Properties:
    """Return the case's tissue, with its blood where it has any."""
    blood = {name: facts.given.get(name, 0.0) for name in ("perfusion_w_per_m3_k", "metabolic_w_per_m3")}
    return setup.sharp_properties(facts.sharp_medium, **blood)


def levels_c(facts: CaseFacts) -> tuple[float, ...]:
    """Return the isotherms of a case: the freezing point, which is measured as the front, −20 and −40 °C."""
    return facts.sharp_medium.freezing_c, -20.0, -40.0


def resolved_radii_mm(
    facts: CaseFacts,
    times_s: Sequence[float],
    *,
    radius_mm: float,
    about_mm: float,
    reach_mm: float = REACH_MM,
    sphere: bool = False,
) -> tuple[NDArray[np.float64], float]:
    """Return radii, shape (times, 3), mm, with the wall in held cells, and the cell size."""
    wall = setup.wall_at_corner(radius_mm, about_mm=about_mm, reach_mm=reach_mm, sphere=sphere)
    properties = medium_properties(facts)
    found = predict(
        np.zeros(wall.cells.shape, np.uint8),
        [properties],
        spacing_mm=wall.spacing_mm,
        start=facts.given["start_c"],
        held=[Held(wall.cells, facts.given["surface_c"])],
        times_s=times_s,
        quality="reference",
    )
    rows = [
        _radii_mm(found.frozen_share[n], found.temperature_c[n], facts, properties, spacing_mm=wall.spacing_mm)
        for n in range(len(times_s))
    ]
    return np.array(rows), wall.spacing_mm


def sink_radii_mm(
    facts: CaseFacts, times_s: Sequence[float], *, spacing_mm: float, quality: Quality = "reference"
) -> NDArray[np.float64]:
    """Return radii, shape (times, 3), mm, with the shipped sink of a probe at the mirrored corner."""
    count = round(REACH_MM / spacing_mm)
    properties = medium_properties(facts)
    probe = setup.slab_probe(0.0, 0.0, diameter_mm=2 * facts.given["radius_mm"], surface_c=facts.given["surface_c"])
    found = predict(
        np.zeros((1, count, count), np.uint8),
        [properties],
        spacing_mm=spacing_mm,
        affine=setup.from_corner(spacing_mm),
        probes=[probe],
        phases=(("freeze", max(times_s)),),
        start=facts.given["start_c"],
        times_s=times_s,
        quality=quality,
    )
    rows = [
        _radii_mm(found.frozen_share[n], found.temperature_c[n], facts, properties, spacing_mm=spacing_mm)
        for n in range(len(times_s))
    ]
    return np.array(rows)


def _radii_mm(
    frozen_share: NDArray[np.float32],
    temperature_c: NDArray[np.float32],
    facts: CaseFacts,
    properties: setup.Properties,
    *,
    spacing_mm: float,
) -> list[float]:
    cold = [
        setup.isotherm_radius_mm(temperature_c, level_c, spacing_mm=spacing_mm, properties=properties)
        for level_c in levels_c(facts)[1:]
    ]
    return [setup.frozen_radius_mm(frozen_share, spacing_mm=spacing_mm), *cold]


def _rows(
    facts: CaseFacts, times_s: Sequence[float], found_mm: NDArray[np.float64], words: str, *, judged: bool
) -> list[Figure]:
    figures = []
    for time_s, row_mm in zip(times_s, found_mm, strict=True):
        expected = facts.expected["radii_mm"][f"{time_s:.0f}"]
        for level_c, expected_mm, got_mm in zip(levels_c(facts), expected, row_mm, strict=True):
            name = f"{words}, {time_s:.0f} s, {level_c:g} °C".replace("-", "−")
            figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=float(got_mm), judged=judged))
    return figures


def an_08(facts: CaseFacts) -> list[Figure]:
    """Return a cold cylinder in gel (AN-08) or perfused muscle (AN-08m): wall and sink."""
    times_s = tuple(float(key) for key in facts.expected["radii_mm"])
    wall_mm, cell_mm = resolved_radii_mm(facts, times_s, radius_mm=facts.given["radius_mm"], about_mm=CYLINDER_CELL_MM)
    figures = _rows(facts, times_s, wall_mm, f"wall, {cell_mm:.2f} mm cells", judged=True)
    for spacing_mm, quality, judged in SINK_RUNS:
        found_mm = sink_radii_mm(facts, times_s, spacing_mm=spacing_mm, quality=quality)
        words = f"probe's sink, {spacing_mm:g} mm cells, {quality} steps"
        why = "a front sharp to 0.1 K is drawn a tenth of a cell too small, most while few cells are frozen"
        if quality == "standard":
            why = "with long steps a front sharp to 0.1 K jumps from cell to cell; see reference steps"
        figures += explained(_rows(facts, times_s, found_mm, words, judged=judged), why)
    return figures


def an_08s(facts: CaseFacts) -> list[Figure]:
    """Return a cold sphere in gel."""
    times_s = tuple(float(key) for key in facts.expected["radii_mm"])
    wall_mm, cell_mm = resolved_radii_mm(
        facts, times_s, radius_mm=facts.given["radius_mm"], about_mm=SPHERE_CELL_MM, reach_mm=55.0, sphere=True
    )
    return _rows(facts, times_s, wall_mm, f"wall, {cell_mm:.2f} mm cells", judged=True)


def an_08k(facts: CaseFacts) -> list[Figure]:
    """Return cylinder and sphere in perfused kidney."""
    figures = []
    for word, about_mm in (("cylinder", KIDNEY_CELL_MM), ("sphere", SPHERE_CELL_MM)):
        expected = facts.expected[f"{word}_front_mm"]
        times_s = tuple(float(key) for key in expected)
        found_mm, cell_mm = resolved_radii_mm(
            facts,
            times_s,
            radius_mm=facts.given[f"{word}_radius_mm"],
            about_mm=about_mm,
            reach_mm=22.0,
            sphere=word == "sphere",
        )
        for time_s, expected_mm, row_mm in zip(times_s, expected.values(), found_mm, strict=True):
            name = f"{word}, front, {time_s:.0f} s, {cell_mm:.2f} mm cells"
            figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=float(row_mm[0])))
    return figures
