"""Does the solver agree with the closed forms (AN-01 to AN-07, AN-09 to AN-11)? Through the public entrance only.

Each function returns the figures of one case. Coarse cells are shown, the finest are judged: the tolerances are meant
"after refinement".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.verdicts import Figure, compare, explained, radius
from planner.thermal import Heat, Held, predict
from planner.thermal import analytic as exact
from planner.thermal import cases as setup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.bench.case_facts import CaseFacts
    from planner.thermal import Prediction

REFINEMENT_MM = (1.0, 0.5, 0.25)
LENGTH_MM = 150.0
REACH_MM = 60.0


def mushy_properties(medium: Mapping[str, float]) -> setup.Properties:
    """Return the solver's tissue of a medium with a freezing range; its own k in the range is left to the solver."""
    return {name: float(value) for name, value in medium.items() if name != "k_mush_w_per_m_k"}


def mushy_medium(medium: Mapping[str, float]) -> exact.MushyMedium:
    """Return the same medium for the closed forms: latent heat spread evenly over the range."""
    density, width = medium["density_kg_per_m3"], medium["liquidus_c"] - medium["solidus_c"]
    cold, warm = medium["c_frozen_j_per_kg_k"], medium["c_unfrozen_j_per_kg_k"]
    mush = (cold + warm) / 2 + medium["latent_heat_j_per_kg"] / width
    return exact.MushyMedium(
        (medium["k_frozen_w_per_m_k"], medium["k_mush_w_per_m_k"], medium["k_unfrozen_w_per_m_k"]),
        (density * cold, density * mush, density * warm),
        medium["solidus_c"],
        medium["liquidus_c"],
    )


def cold_wall(
    properties: setup.Properties, facts: CaseFacts, *, spacing_mm: float, times_s: Sequence[float]
) -> Prediction:
    """Predict a half-space whose first cell's centre, x = 0, is held at the wall's temperature."""
    labels = np.zeros((1, 1, round(LENGTH_MM / spacing_mm)), np.uint8)
    wall = np.zeros(labels.shape, bool)
    wall[..., 0] = True
    return predict(
        labels,
        [properties],
        spacing_mm=spacing_mm,
        start=facts.given["start_c"],
        held=[Held(wall, facts.given["wall_c"])],
        times_s=times_s,
        quality="reference",
    )


def an_01(facts: CaseFacts) -> list[Figure]:
    """Neumann's flat front."""
    times = {float(key): value for key, value in facts.expected["front_mm"].items()}
    figures = []
    for spacing_mm in REFINEMENT_MM:
        found = cold_wall(
            setup.sharp_properties(facts.sharp_medium), facts, spacing_mm=spacing_mm, times_s=tuple(times)
        )
        judged = spacing_mm == REFINEMENT_MM[-1]
        for n, (time_s, expected_mm) in enumerate(times.items()):
            front_mm = (float(found.frozen_share[n].sum()) - 0.5) * spacing_mm
            name = f"front, {time_s:.0f} s, {spacing_mm:g} mm cells"
            figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=front_mm, judged=judged))
        for point in facts.expected["point_c"]:
            line_c = found.temperature_c[list(times).index(point["time_s"])][0, 0]
            got_c = float(np.interp(point["x_mm"], np.arange(line_c.size) * spacing_mm, line_c))
            name = f"{point['x_mm']} mm deep, {point['time_s']} s, {spacing_mm:g} mm cells"
            limit_c = facts.tolerance["c"] if judged else None
            figures.append(compare(facts, name, expected=point["c"], got=got_c, unit="°C", tolerance=limit_c))
    return figures


def an_03(facts: CaseFacts) -> list[Figure]:
    """Flat front over a freezing range."""
    medium = facts.given["medium"]
    times = {float(key): value for key, value in facts.expected["solidus_liquidus_mm"].items()}
    figures = []
    for spacing_mm in REFINEMENT_MM:
        found = cold_wall(mushy_properties(medium), facts, spacing_mm=spacing_mm, times_s=tuple(times))
        x_mm = np.arange(found.temperature_c.shape[-1]) * spacing_mm
        for n, (time_s, both_mm) in enumerate(times.items()):
            line_c = found.temperature_c[n][0, 0].astype(np.float64)
            for word, expected_mm in zip(("solidus", "liquidus"), both_mm, strict=True):
                got_mm = float(np.interp(medium[f"{word}_c"], line_c, x_mm))
                name = f"{word}, {time_s:.0f} s, {spacing_mm:g} mm cells"
                judged = spacing_mm == REFINEMENT_MM[-1]
                figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=got_mm, judged=judged))
    return figures + _own_law(
        facts,
        figures,
        exact.mushy_fronts_linear_k(mushy_medium(medium), start_c=facts.given["start_c"], wall_c=facts.given["wall_c"]),
        times,
    )


def _own_law(
    facts: CaseFacts, figures: Sequence[Figure], fronts_m: tuple[float, float], times_s: Iterable[float]
) -> list[Figure]:
    """Judge the finest fronts against the same problem with the solver's own conductivity in the range.

    The sources give the range one conductivity; the solver lets it fall linearly, with the same mean.
    """
    finest = [figure for figure in figures if figure.tolerance is not None and figure.unit == "mm"]
    expected_mm = [1e3 * front * float(np.sqrt(time_s)) for time_s in times_s for front in fronts_m]
    return [
        radius(facts, f"{figure.quantity}, linear k", expected_mm=wanted_mm, got_mm=float(figure.got))
        for figure, wanted_mm in zip(finest[-len(expected_mm) :], expected_mm, strict=True)
    ]


def line_sink(
    properties: setup.Properties, *, heat_w_per_m: float, start_c: float, spacing_mm: float, times_s: Sequence[float]
) -> Prediction:
    """Predict a quarter slab whose corner cell gives a quarter of the line's heat."""
    count = round(REACH_MM / spacing_mm)
    corner = np.zeros((1, count, count), bool)
    corner[0, 0, 0] = True
    watts = -heat_w_per_m / 4 * spacing_mm * 1e-3
    return predict(
        np.zeros(corner.shape, np.uint8),
        [properties],
        spacing_mm=spacing_mm,
        start=start_c,
        heat=[Heat(corner, watts)],
        times_s=times_s,
        quality="reference",
    )


def an_02(facts: CaseFacts) -> list[Figure]:
    """Line sink with a sharp front, its temperatures, and its heat found again in the gel."""
    properties, start_c = setup.sharp_properties(facts.sharp_medium), facts.given["start_c"]
    figures = []
    for strength, expected in facts.expected.items():
        times = {float(key): value for key, value in expected["radius_mm"].items()}
        for spacing_mm in REFINEMENT_MM[1:]:
            heat = float(strength)
            found = line_sink(
                properties, heat_w_per_m=heat, start_c=start_c, spacing_mm=spacing_mm, times_s=tuple(times)
            )
            judged = spacing_mm == REFINEMENT_MM[-1]
            for n, (time_s, expected_mm) in enumerate(times.items()):
                got_mm = setup.frozen_radius_mm(found.frozen_share[n], spacing_mm=spacing_mm)
                name = f"{strength} W/m, front, {time_s:.0f} s, {spacing_mm:g} mm cells"
                figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=got_mm, judged=judged))
            if judged:
                figures += _line_points(facts, strength, found, spacing_mm=spacing_mm)
                figures.append(_heat_balance(facts, strength, found, properties, spacing_mm=spacing_mm))
    return figures


def _line_points(facts: CaseFacts, strength: str, found: Prediction, *, spacing_mm: float) -> list[Figure]:
    expected = facts.expected[strength]
    front_mm = expected["radius_mm"]["600"] if "radius_mm" in expected else -10.0
    figures = []
    for place, expected_c in expected["at_600_s_c"].items():
        got_c = setup.point_c(found.temperature_c[-1], (0.0, 0.0, float(place)), spacing_mm=spacing_mm)
        # The case's 0.5 °C counts more than 1 mm from a front and beyond two cells of the line.
        near = abs(float(place) - front_mm) <= 1 or float(place) < 2 * spacing_mm
        name = f"{strength} W/m, {place} mm away, 600 s, {spacing_mm:g} mm cells"
        limit_c = None if near else facts.tolerance["c"]
        figures.append(compare(facts, name, expected=expected_c, got=got_c, unit="°C", tolerance=limit_c))
    return figures


def _heat_balance(
    facts: CaseFacts, strength: str, found: Prediction, properties: setup.Properties, *, spacing_mm: float
) -> Figure:
    """Heat missing from the gel at the end against q t, in percent."""
    lost_j = heat_lost_j(found.temperature_c[-1], properties, start_c=facts.given["start_c"], spacing_mm=spacing_mm)
    taken_j = float(strength) / 4 * spacing_mm * 1e-3 * float(found.times_s[-1])
    return compare(
        facts,
        f"{strength} W/m, heat found in the gel",
        expected=100.0,
        got=100 * lost_j / taken_j,
        unit="%",
        tolerance=100 * facts.tolerance["energy_share"],
    )


def heat_lost_j(
    temperature_c: NDArray[np.floating], properties: setup.Properties, *, start_c: float, spacing_mm: float
) -> float:
    """Heat a box has given up since it was at ``start_c`` all over, J, from temperatures alone."""
    t_c = temperature_c.astype(np.float64)
    solidus, liquidus = properties["solidus_c"], properties["liquidus_c"]
    cold, warm = properties["c_frozen_j_per_kg_k"], properties["c_unfrozen_j_per_kg_k"]
    frozen = 1 - np.clip((t_c - solidus) / (liquidus - solidus), 0, 1)
    mush = properties["latent_heat_j_per_kg"] + (cold + warm) / 2 * (liquidus - solidus)
    lost = warm * (start_c - np.maximum(t_c, liquidus)) + mush * frozen + cold * np.maximum(solidus - t_c, 0)
    return float(lost.sum() * properties["density_kg_per_m3"] * (spacing_mm * 1e-3) ** 3)


def an_04(facts: CaseFacts) -> list[Figure]:
    """Line sink over a freezing range."""
    medium = facts.given["medium"]
    properties, spacing_mm = mushy_properties(medium), REFINEMENT_MM[-1]
    figures = []
    for strength, expected in facts.expected.items():
        times = {float(key): value for key, value in expected["solidus_liquidus_mm"].items()}
        found = line_sink(
            properties,
            heat_w_per_m=float(strength),
            start_c=facts.given["start_c"],
            spacing_mm=spacing_mm,
            times_s=tuple(times),
        )
        for n, (time_s, both_mm) in enumerate(times.items()):
            for word, expected_mm in zip(("solidus", "liquidus"), both_mm, strict=True):
                got_mm = setup.isotherm_radius_mm(
                    found.temperature_c[n], medium[f"{word}_c"], spacing_mm=spacing_mm, properties=properties
                )
                name = f"{strength} W/m, {word}, {time_s:.0f} s, {spacing_mm:g} mm cells"
                figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=got_mm))
        own = exact.mushy_fronts_linear_k(
            mushy_medium(medium), start_c=facts.given["start_c"], heat_w_per_m=float(strength)
        )
        figures += _own_law(facts, figures, own, times)
        if "at_600_s_c" in expected:
            figures += _line_points(facts, strength, found, spacing_mm=spacing_mm)
    return explained(figures, "the source gives the range one conductivity; with the solver's linear one it is met")


WALL_CELLS_MM = {"kidney": (0.15, 0.5), "muscle": (0.75, 4 / 3), "fat": (0.75, 4 / 3)}
"""About how large the cells are for the cylinder and the ball of each tissue: small beside the blood's own length."""
STEADY_S = {"kidney": (1200.0, 1200.0), "muscle": (21600.0, 10800.0), "fat": (50400.0, 14400.0)}
STEADY_LATENT_J_PER_KG = 20e3
"""A steady field does not depend on what is stored; little latent heat lets it settle in hours instead of days."""


def an_05(facts: CaseFacts) -> list[Figure]:
    """Steady ice in perfused tissue: kidney and muscle, or fat (AN-06)."""
    return [
        figure
        for tissue in facts.given["tissues"]
        for sphere in (False, True)
        for figure in steady(facts, tissue, sphere=sphere)
    ]


def steady(facts: CaseFacts, tissue: str, *, sphere: bool) -> list[Figure]:
    """Compare one tissue's steady ice round a cylinder or a sphere."""
    given, blood = facts.given, facts.given["tissues"][tissue]
    word = "sphere" if sphere else "cylinder"
    ice = exact.PerfusedSteady(
        given["k_frozen_w_per_m_k"],
        blood["k_unfrozen_w_per_m_k"],
        blood["perfusion_w_per_m3_k"],
        blood["metabolic_w_per_m3"],
        given[f"{word}_radius_mm"],
        given["surface_c"],
        sphere,
        given["core_c"],
    )
    # Five lengths of the blood beyond the ice the field is within 1 % of its far value, and the rim is a mirror.
    wall = setup.wall_at_corner(
        ice.radius_mm,
        about_mm=WALL_CELLS_MM[tissue][sphere],
        reach_mm=ice.front_mm() + 5 * ice.decay_mm,
        sphere=sphere,
    )
    medium = exact.SharpMedium(ice.k_frozen_w_per_m_k, ice.k_liquid_w_per_m_k, 1800.0, 3600.0, 1000.0, 0.0)
    properties = setup.sharp_properties(medium, **blood) | {"latent_heat_j_per_kg": STEADY_LATENT_J_PER_KG}
    found = predict(
        np.zeros(wall.cells.shape, np.uint8),
        [properties],
        spacing_mm=wall.spacing_mm,
        start=ice.far_c,
        held=[Held(wall.cells, ice.surface_c)],
        times_s=(STEADY_S[tissue][sphere],),
        core_c=ice.core_c,
    )
    figures = []
    for level_c, expected_mm in zip((0.0, -20.0, -40.0), facts.expected[tissue][word], strict=True):
        got_mm = setup.isotherm_radius_mm(
            found.temperature_c[0], level_c, spacing_mm=wall.spacing_mm, properties=properties
        )
        name = f"{tissue}, {word}, {level_c:g} °C, {wall.spacing_mm:.2f} mm cells".replace("-", "−")
        figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=got_mm))
    return figures


AN_07_CELL_MM = 0.25
AN_07_REST_S = 1800.0


def an_07(facts: CaseFacts) -> list[Figure]:
    """Vessel beside a probe, both isothermal circles of 0.25 mm cells; the exact field on the rim."""
    figures = []
    for apart, expected in facts.expected.items():
        pair, row_c, x_mm, properties = vessel_line(facts, float(apart))
        theta = setup.kirchhoff(row_c, properties)
        between = (x_mm < pair.probe_x_mm) & (x_mm > pair.vessel_x_mm)
        for level, expected_mm in expected.items():
            wanted = float(setup.kirchhoff(np.float64(level), properties))
            place_mm = float(np.interp(-wanted, -theta[between], x_mm[between]))
            name = f"{apart} mm apart, {level} °C toward the vessel".replace("-", "−")
            got_mm = pair.probe_x_mm - place_mm
            figures.append(radius(facts, name, expected_mm=expected_mm, got_mm=got_mm))
    return figures


def vessel_line(
    facts: CaseFacts, apart_mm: float
) -> tuple[exact.TwoCylinders, NDArray[np.float64], NDArray[np.float64], setup.Properties]:
    """Return the pair, and temperature and place along the line through both centres."""
    given, h_mm = facts.given, AN_07_CELL_MM
    pair = exact.TwoCylinders(
        given["probe_radius_mm"],
        given["vessel_radius_mm"],
        apart_mm,
        given["probe_c"],
        given["vessel_c"],
        given["k_frozen_w_per_m_k"],
        given["k_unfrozen_w_per_m_k"],
    )
    # Cell corners on both centres: their distance is a whole number of cells.
    x_mm = np.asarray(pair.probe_x_mm + (np.arange(-160, 100) + 0.5) * h_mm, dtype=np.float64)
    y_mm = np.asarray((np.arange(-80, 80) + 0.5) * h_mm, dtype=np.float64)
    start_c = pair.temperature_c(x_mm[None, None, :], y_mm[None, :, None])
    probe = np.hypot(x_mm[None, None, :] - pair.probe_x_mm, y_mm[None, :, None]) <= pair.probe_radius_mm
    vessel = np.hypot(x_mm[None, None, :] - pair.vessel_x_mm, y_mm[None, :, None]) <= pair.vessel_radius_mm
    medium = exact.SharpMedium(pair.k_frozen_w_per_m_k, pair.k_liquid_w_per_m_k, 1800.0, 3600.0, 1000.0, 0.0)
    properties = setup.sharp_properties(medium) | {"latent_heat_j_per_kg": STEADY_LATENT_J_PER_KG}
    found = predict(
        np.zeros(start_c.shape, np.uint8),
        [properties],
        spacing_mm=h_mm,
        start=start_c,
        boundary=start_c,
        held=[Held(probe, pair.probe_c), Held(vessel, pair.vessel_c)],
        times_s=(AN_07_REST_S,),
    )
    row_c = found.temperature_c[0][0, 79:81].astype(np.float64).mean(axis=0)
    return pair, row_c, x_mm, properties


def warm_properties(given: Mapping[str, Any]) -> setup.Properties:
    """Return the tissue of the cases in which nothing freezes; its frozen values are never reached."""
    medium = exact.SharpMedium(
        2.0, given["k_unfrozen_w_per_m_k"], 1800.0, given["heat_capacity_j_per_m3_k"] / 1000.0, 1000.0, 250e3
    )
    return setup.sharp_properties(medium)


def an_09(facts: CaseFacts) -> list[Figure]:
    """Two line sinks, at the midpoint and 3 mm outside one."""
    expected, spacing_mm = facts.expected, 1.0
    times_s = tuple(float(key) for key in expected["midpoint_c"])
    lines = np.zeros((1, 161, 161), bool)
    half = round(facts.given["apart_mm"] / 2 / spacing_mm)
    lines[0, 80, [80 - half, 80 + half]] = True
    found = predict(
        np.zeros(lines.shape, np.uint8),
        [warm_properties(facts.given)],
        spacing_mm=spacing_mm,
        start=facts.given["start_c"],
        heat=[Heat(lines, -2 * facts.given["heat_w_per_m"] * spacing_mm * 1e-3)],
        times_s=times_s,
    )
    figures = []
    for n, time_s in enumerate(times_s):
        for words, cell, key in (("midpoint", 80, "midpoint_c"), ("3 mm outside one", 83 + half, "outside_3_mm_c")):
            got_c, wanted_c = float(found.temperature_c[n][0, 80, cell]), expected[key][f"{time_s:.0f}"]
            limit_c = facts.tolerance["c"]
            name = f"{words}, {time_s:.0f} s"
            figures.append(compare(facts, name, expected=wanted_c, got=got_c, unit="°C", tolerance=limit_c))
    return figures


def an_10(facts: CaseFacts) -> list[Figure]:
    """Blood alone."""
    given = facts.given
    medium = exact.SharpMedium(2.0, 0.5, 1800.0, given["heat_capacity_j_per_m3_k"] / 1000.0, 1000.0, 250e3)
    properties = setup.sharp_properties(
        medium, perfusion_w_per_m3_k=given["perfusion_w_per_m3_k"], metabolic_w_per_m3=given["metabolic_w_per_m3"]
    )
    expected = {float(key): value for key, value in facts.expected["c"].items()}
    found = predict(
        np.zeros((2, 2, 2), np.uint8),
        [properties],
        spacing_mm=1.0,
        start=given["start_c"],
        times_s=tuple(expected),
        core_c=given["core_c"],
    )
    return [
        compare(
            facts,
            f"temperature, {time_s:.0f} s",
            expected=expected_c,
            got=float(found.temperature_c[n].mean()),
            unit="°C",
            tolerance=facts.tolerance["c"],
        )
        for n, (time_s, expected_c) in enumerate(expected.items())
    ]


def an_11(facts: CaseFacts) -> list[Figure]:
    """Compare a line of finite length in an octant: its middle and its axis are mirrors."""
    given, spacing_mm = facts.given, 1.0
    line = np.zeros((50, 45, 45), bool)
    line[: round(given["length_mm"] / 2 / spacing_mm), 0, 0] = True
    found = predict(
        np.zeros(line.shape, np.uint8),
        [warm_properties(given)],
        spacing_mm=spacing_mm,
        start=given["start_c"],
        heat=[Heat(line, -given["heat_w_per_m"] * given["length_mm"] * 1e-3 / 8)],
        times_s=tuple(given["times_s"]),
    )
    figures = []
    for point in facts.expected["points"]:
        for n, (time_s, expected_c) in enumerate(zip(given["times_s"], point["c"], strict=True)):
            place = (float(point["along_mm"]), 0.0, float(point["radius_mm"]))
            got_c = setup.point_c(found.temperature_c[n], place, spacing_mm=spacing_mm)
            name = f"{point['radius_mm']} mm beside, {point['along_mm']} mm along, {time_s} s"
            limit_c = facts.tolerance["c"]
            figures.append(compare(facts, name, expected=expected_c, got=got_c, unit="°C", tolerance=limit_c))
    return figures
