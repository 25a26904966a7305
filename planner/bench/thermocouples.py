"""Does the solver agree with thermocouples beside a probe, and with what others reach? EX-01, EX-02, EX-02c, BM-01.

The innermost reading is the boundary; what lies farther out is predicted from it, radially.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.case_facts import CaseFacts, case_facts, sharp_medium
from planner.bench.verdicts import Figure, compare, explained, told
from planner.thermal import Held, predict
from planner.thermal import cases as setup

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ex_01(facts: CaseFacts) -> list[Figure]:
    """Compare thermocouples in gel with a radial prediction from the innermost one.

    The ice of this short tip is published as nearly a ball, so the radial form is the sphere's; the cylinder's, which
    ignores that heat also comes from beyond the tip, is shown beside it.
    """
    times_s, readings_c, found_c = thermocouples(facts, sphere=True)
    _, _, round_a_line_c = thermocouples(facts, sphere=False)
    limit_c = facts.tolerance["mae_c"]
    ball_c, line_c = (float(np.abs(own - readings_c).mean()) for own in (found_c, round_a_line_c))
    words = "mean error of six thermocouples, 60 to 360 s"
    figures = [
        compare(facts, f"{words}, round a ball", expected=0.0, got=ball_c, unit="°C", tolerance=limit_c),
        told(
            facts, f"{words}, round a line", expected=0.0, got=line_c, unit="°C", note="an endless tip takes too much"
        ),
    ]
    for place, row_c, own_c in zip(facts.expected["readings_c"], readings_c, found_c, strict=True):
        words = f"{place} mm away, {times_s[-1]:.0f} s"
        note = f"mean error of this channel {np.abs(own_c - row_c).mean():.1f} °C"
        figures.append(told(facts, words, expected=float(row_c[-1]), got=float(own_c[-1]), unit="°C", note=note))
    why = "within 6.4 mm the gel cools faster in the model: 3 to 4 °C, the spread of repeats"
    return figures + explained(_crossings(facts, sphere=True), why)


def thermocouples(
    facts: CaseFacts, *, sphere: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return times, and readings and predictions of each thermocouple, shape (places, times), °C."""
    readings = facts.expected["readings_c"]
    times_s = np.array([float(key) for key in next(iter(readings.values()))])
    correction = {"12.4": facts.given.get("correction_at_12_4_mm_c", 0.0)}
    measured = [[value + correction.get(place, 0.0) for value in row.values()] for place, row in readings.items()]
    all_s, courses_c = courses(facts.case_id, sphere=sphere)
    own = [np.interp(times_s, all_s, courses_c[place]) for place in readings]
    return times_s, np.array(measured), np.array(own)


@cache
def courses(case_id: str, *, sphere: bool) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Predict gel around a ball, or a circle, whose temperature was recorded: times, and each thermocouple's course."""
    facts = case_facts(case_id)
    given = facts.given
    radius_mm = given.get("boundary_radius_mm", given.get("probe_radius_mm"))
    course = {0.0: given["start_c"]} | {float(key): value for key, value in given["boundary_c"].items()}
    times_s = np.arange(10.0, max(course) + 1, 10.0)
    cell_mm, reach_mm = radius_mm / (3 if sphere else 6), min(36.0, 24 * radius_mm)
    wall = setup.wall_at_corner(radius_mm, about_mm=cell_mm, reach_mm=reach_mm, sphere=sphere)
    found = predict(
        np.zeros(wall.cells.shape, np.uint8),
        [setup.sharp_properties(sharp_medium(given))],
        spacing_mm=wall.spacing_mm,
        start=given["start_c"],
        held=[Held(wall.cells, (tuple(course), tuple(course.values())))],
        times_s=tuple(times_s),
    )
    places = facts.expected["readings_c"]
    spacing_mm = wall.spacing_mm
    return times_s, {
        place: np.array(
            [setup.point_c(t_c, (0.0, 0.0, float(place)), spacing_mm=spacing_mm) for t_c in found.temperature_c]
        )
        for place in places
    }


def _crossings(facts: CaseFacts, *, sphere: bool) -> list[Figure]:
    """Compare when a thermocouple passes 0 °C."""
    times_s, courses_c = courses(facts.case_id, sphere=sphere)
    figures = []
    for place, expected_s in facts.expected["zero_crossing_s"].items():
        got_s = float(np.interp(0.0, -courses_c[place], times_s))
        share = facts.tolerance.get("crossing_share")
        limit_s = None if share is None else share * expected_s
        words = f"0 °C at {place} mm"
        figures.append(compare(facts, words, expected=float(expected_s), got=got_s, unit="s", tolerance=limit_s))
    return figures


def ex_02(facts: CaseFacts) -> list[Figure]:
    """Compare thermocouples in saline, a liquid that convects, with conduction round a line and round a ball."""
    times_s, readings_c, line_c = thermocouples(facts, sphere=False)
    _, _, ball_c = thermocouples(facts, sphere=True)
    figures = []
    for n, place in enumerate(facts.expected["readings_c"]):
        errors_c = [float(np.abs(own[n] - readings_c[n]).max()) for own in (line_c, ball_c)]
        between = bool(np.all((line_c[n] - 4 <= readings_c[n]) & (readings_c[n] <= ball_c[n] + 4)))
        within = "within" if between else "not within"
        note = f"round a line; round a ball {errors_c[1]:.1f} °C; readings lie {within} what the two enclose"
        name = f"largest error {place} mm away, {times_s[0]:.0f} to {times_s[-1]:.0f} s"
        limit_c = facts.tolerance["c"]
        figures.append(compare(facts, name, expected=0.0, got=errors_c[0], unit="°C", tolerance=limit_c, note=note))
    return explained(figures, "saline convects, the model conducts") + _crossings(facts, sphere=False)


def ex_02c(facts: CaseFacts) -> list[Figure]:
    """Show the third cycle beside what the first predicts: its thermocouples had moved."""
    times_s, courses_c = courses(facts.given["like"], sphere=False)
    figures = []
    for place, readings in facts.expected["readings_c"].items():
        for key, expected_c in readings.items():
            if float(key) <= times_s[-1]:
                got_c = float(np.interp(float(key), times_s, courses_c[place]))
                note = "first-cycle boundary; the thermocouples had probably moved"
                name = f"{place} mm away, {key} s"
                figures.append(told(facts, name, expected=expected_c, got=got_c, unit="°C", note=note))
    return figures


def bm_01(facts: CaseFacts) -> list[Figure]:
    """Compare our isotherms in gel (EX-01) with what published solvers reach."""
    times_s, readings_c, found_c = thermocouples(case_facts("EX-01"), sphere=True)
    places_mm = np.array([float(place) for place in case_facts("EX-01").expected["readings_c"]])
    errors_mm = []
    for n in range(len(times_s)):
        for level_c in (0.0, 10.0, 20.0):
            measured, own = readings_c[:, n], found_c[:, n]
            if measured.min() < level_c < measured.max() and own.min() < level_c < own.max():
                order, own_order = np.argsort(measured), np.argsort(own)
                there_mm = np.interp(level_c, measured[order], places_mm[order])
                errors_mm.append(abs(float(np.interp(level_c, own[own_order], places_mm[own_order]) - there_mm)))
    published = "; ".join(facts.expected["published"])
    limit_mm = facts.expected["gel_isotherm_mean_mm"]
    note = f"0, 10 and 20 °C in EX-01, {len(errors_mm)} pairs, largest {max(errors_mm):.2f} mm"
    return [
        compare(
            facts,
            "mean error of isotherms in gel",
            expected=0.0,
            got=float(np.mean(errors_mm)),
            unit="mm",
            tolerance=limit_mm,
            note=note,
        ),
        told(facts, "published solvers", expected="—", got="—", unit="", note=f"{published}; ours lacks their data"),
    ]
