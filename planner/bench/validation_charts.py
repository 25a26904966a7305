"""What does the agreement look like? Charts of the validation: radii over time, profiles, thermocouples, a vessel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.bench import charts as draw
from planner.bench.case_facts import case_facts
from planner.bench.closed_cases import REFINEMENT_MM, cold_wall, mushy_medium, mushy_properties, vessel_line
from planner.bench.thermocouples import courses, thermocouples
from planner.bench.transient_cases import CYLINDER_CELL_MM, levels_c, resolved_radii_mm, sink_radii_mm
from planner.thermal import analytic as exact
from planner.thermal import cases as setup
from planner.thermal.fronts import ColdBody, track_front_mm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

GREY = "#5e6873"
CHANNELS = ("#1747b0", "#1f7fd6", "#3f93bb", "#6b7f3a", "#b0772a", "#a8452f")


def draw_all(folder: Path) -> Iterator[Path]:
    """Draw every chart into a folder as PNG; yield each file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in (
        ("validation-radius", radius_chart),
        ("validation-profiles", profile_chart),
        ("validation-gel", gel_chart),
        ("validation-vessel", vessel_chart),
    ):
        path = folder / f"{name}.png"
        path.write_bytes(draw.svg_to_png(chart()))
        yield path


def radius_chart() -> str:
    """Radii of three isotherms round a cold cylinder (AN-08), and how far each way of drawing the probe is off."""
    facts = case_facts("AN-08")
    recorded = {float(key): row for key, row in facts.expected["radii_mm"].items()}
    times_s = (30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 390.0, 480.0, 600.0, 750.0, 900.0)
    body = ColdBody(facts.sharp_medium, facts.given["radius_mm"], facts.given["surface_c"])
    tracked = track_front_mm(body, times_s, levels_c(facts))
    wall, _ = resolved_radii_mm(facts, times_s, radius_mm=facts.given["radius_mm"], about_mm=CYLINDER_CELL_MM)
    one, two = (sink_radii_mm(facts, times_s, spacing_mm=mm, quality="standard") for mm in (1.0, 2.0))
    radii, errors = [], []
    for n, level_c in enumerate(levels_c(facts)):
        colour = draw.ICE_COLOURS[level_c]
        label = f"{level_c:g} °C".replace("-", "−")
        radii += [
            draw.Line(times_s, wall[:, n], colour, end_label=label),
            draw.Line(times_s, one[:, n], colour, dash=draw.DASHED),
            draw.Line(times_s, two[:, n], colour, dash=draw.DOTTED),
            draw.Line(list(recorded), [row[n] for row in recorded.values()], colour, marks=True),
        ]
        for found, dash in ((wall, draw.SOLID), (one, draw.DASHED), (two, draw.DOTTED)):
            errors.append(draw.Line(times_s, found[:, n] - tracked[:, n], colour, dash=dash))
    legend = (
        ("recorded reference", draw.Line((), (), GREY, marks=True)),
        ("wall resolved, 0.27 mm cells", draw.Line((), (), GREY)),
        ("probe's sink, 1 mm cells, standard steps", draw.Line((), (), GREY, dash=draw.DASHED)),
        ("probe's sink, 2 mm cells, standard steps", draw.Line((), (), GREY, dash=draw.DOTTED)),
    )
    top = draw.Panel("Radius", "time, s", "mm", (0, 980), (0, 18), radii, legend, size_px=(760, 380))
    bottom = draw.Panel(
        "Difference from a tracked front (shaded: ± 0.15 mm)",
        "time, s",
        "mm",
        (0, 980),
        (-0.5, 0.5),
        errors,
        band=(-0.15, 0.15),
        size_px=(760, 260),
    )
    return draw.chart_svg("Ice round a cylinder of 1.5 mm at −120 °C in gel at 37 °C (AN-08)", [top, bottom])


def profile_chart() -> str:
    """Temperature behind a cold wall: sharp front (AN-01) and freezing range (AN-03)."""
    sharp, range_case = case_facts("AN-01"), case_facts("AN-03")
    times_s = (60.0, 300.0, 600.0)
    panels = []
    medium = mushy_medium(range_case.given["medium"])
    kinds = (
        ("Sharp front at 0 °C (AN-01)", sharp, setup.sharp_properties(sharp.sharp_medium)),
        ("Freezing from −1 to −8 °C (AN-03)", range_case, mushy_properties(range_case.given["medium"])),
    )
    for title, facts, properties in kinds:
        coarse = cold_wall(properties, facts, spacing_mm=1.0, times_s=times_s)
        lines = []
        for n, time_s in enumerate(times_s):
            x_mm = np.linspace(0.05, 50, 400)
            if facts is sharp:
                exact_c = _sharp_profile_c(facts.sharp_medium, x_mm, time_s)
            else:
                exact_c = _mushy_profile_c(medium, x_mm, time_s)
            colour = tuple(draw.ICE_COLOURS.values())[n]
            lines.append(draw.Line(x_mm, exact_c, colour))
            cells = slice(0, 51, 2)
            lines.append(
                draw.Line(np.arange(51.0)[cells], coarse.temperature_c[n][0, 0, :51][cells], colour, marks=True)
            )
        legend = [
            (f"{time_s:.0f} s, closed form", draw.Line((), (), colour))
            for time_s, colour in zip(times_s, draw.ICE_COLOURS.values(), strict=True)
        ]
        legend.append(("solver, 1 mm cells (every other cell)", draw.Line((), (), GREY, marks=True)))
        panels.append(
            draw.Panel(title, "depth, mm", "°C", (0, 50), (-100, 40), lines, legend, "lower right", size_px=(520, 380))
        )
    return draw.chart_svg("Temperature behind a wall at −100 °C", panels, columns=2)


def _sharp_profile_c(medium: exact.SharpMedium, x_mm: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
    from scipy.special import erf, erfc

    lam = exact.planar_lambda(medium, start_c=37.0, wall_c=-100.0)
    cold = x_mm * 1e-3 / np.sqrt(4 * medium.frozen_diffusivity_m2_per_s * time_s)
    warm = x_mm * 1e-3 / np.sqrt(4 * medium.liquid_diffusivity_m2_per_s * time_s)
    edge = lam * np.sqrt(medium.frozen_diffusivity_m2_per_s / medium.liquid_diffusivity_m2_per_s)
    inside = -100.0 * (1 - erf(cold) / erf(lam))
    return np.asarray(np.where(cold < lam, inside, 37.0 * (1 - erfc(warm) / erfc(edge))), dtype=np.float64)


def _mushy_profile_c(medium: exact.MushyMedium, x_mm: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
    from scipy.special import erf, erfc

    first, second = exact.mushy_planar_numbers(medium, start_c=37.0, wall_c=-100.0)
    roots = [x_mm * 1e-3 / np.sqrt(4 * a * time_s) for a in medium.diffusivity_m2_per_s]
    frozen, mush, liquid = medium.diffusivity_m2_per_s
    inner, outer = first * np.sqrt(frozen / mush), second * np.sqrt(mush / liquid)
    cold = -100.0 + (medium.solidus_c + 100.0) * erf(roots[0]) / erf(first)
    rise = (erf(roots[1]) - erf(inner)) / (erf(second) - erf(inner))
    middle = medium.solidus_c + (medium.liquidus_c - medium.solidus_c) * rise
    warm = 37.0 - (37.0 - medium.liquidus_c) * erfc(roots[2]) / erfc(outer)
    profile = np.where(roots[0] < first, cold, np.where(roots[1] < second, middle, warm))
    return np.asarray(profile, dtype=np.float64)


def gel_chart() -> str:
    """Thermocouples in gel (EX-01) and the prediction from the innermost one."""
    facts = case_facts("EX-01")
    times_s, readings_c, _ = thermocouples(facts, sphere=True)
    all_s, courses_c = courses("EX-01", sphere=True)
    lines = []
    for (place, own_c), row_c, colour in zip(courses_c.items(), readings_c, CHANNELS, strict=True):
        lines.append(draw.Line(all_s, own_c, colour, end_label=f"{place} mm"))
        lines.append(draw.Line(times_s, row_c, colour, marks=True))
    boundary = facts.given["boundary_c"]
    lines.append(
        draw.Line([float(key) for key in boundary], list(boundary.values()), GREY, dash=draw.DASHED, end_label="2.4 mm")
    )
    legend = (
        ("thermocouple", draw.Line((), (), GREY, marks=True)),
        ("predicted round a ball", draw.Line((), (), GREY)),
        ("boundary, as recorded", draw.Line((), (), GREY, dash=draw.DASHED)),
    )
    panel = draw.Panel(
        "Distance from the probe's axis beside each curve",
        "time, s",
        "°C",
        (0, 420),
        (-40, 50),
        lines,
        legend,
        "upper right",
        size_px=(760, 460),
    )
    return draw.chart_svg("Thermocouples in gel, boundary taken at 2.4 mm (EX-01)", [panel])


def vessel_chart() -> str:
    """Temperature between a probe and a vessel (AN-07) for three distances."""
    facts = case_facts("AN-07")
    lines = []
    for apart, colour in zip(facts.expected, draw.ICE_COLOURS.values(), strict=True):
        pair, row_c, x_mm, _ = vessel_line(facts, float(apart))
        fine_mm = np.linspace(pair.vessel_x_mm, pair.probe_x_mm, 600)
        lines.append(draw.Line(pair.probe_x_mm - fine_mm, pair.temperature_c(fine_mm, np.zeros(600)), colour))
        shown = (x_mm > pair.vessel_x_mm) & (x_mm < pair.probe_x_mm)
        step = 3 if float(apart) > 15 else 2
        lines.append(draw.Line((pair.probe_x_mm - x_mm[shown])[::step], row_c[shown][::step], colour, marks=True))
    legend = [
        (f"{apart} mm between centres, closed form", draw.Line((), (), colour))
        for apart, colour in zip(facts.expected, draw.ICE_COLOURS.values(), strict=True)
    ]
    legend.append((f"solver, {REFINEMENT_MM[-1]} mm cells", draw.Line((), (), GREY, marks=True)))
    panel = draw.Panel(
        "From the probe's centre to the vessel's",
        "distance from the probe's axis, mm",
        "°C",
        (0, 20),
        (-100, 40),
        lines,
        legend,
        "lower right",
        size_px=(760, 420),
    )
    return draw.chart_svg("A vessel of 6 mm at 37 °C beside a probe at −100 °C (AN-07)", [panel])
