"""Does the solver agree with what was measured (EX-03 to EX-13)? Through the public entrance only.

Where a publication's set-up is known the figures are judged; where it is known in part, the order or the trend is, and
the assumption stands beside it; where nothing can be compared the row says so.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.case_facts import CaseFacts, sharp_medium
from planner.bench.verdicts import Figure, compare, explained, ordered, told
from planner.thermal import cases as setup
from planner.thermal import predict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.thermal import Prediction, Probe

CELL_MM = 0.5
REACH_MM = 60.0
SPACE_CELL_MM = 1.0


def slab(
    properties: setup.Properties,
    probes: Sequence[Probe],
    *,
    start_c: float,
    times_s: Sequence[float],
    spacing_mm: float = CELL_MM,
    phases: tuple[tuple[str, float], ...] | None = None,
) -> Prediction:
    """Predict a quarter slab with endless probes; its corner is a mirror in both directions."""
    count = round(REACH_MM / spacing_mm)
    return predict(
        np.zeros((1, count, count), np.uint8),
        [properties],
        spacing_mm=spacing_mm,
        affine=setup.from_corner(spacing_mm),
        probes=probes,
        phases=phases or (("freeze", max(times_s)),),
        start=start_c,
        times_s=times_s,
    )


def medium_properties(values: Mapping[str, Any]) -> setup.Properties:
    """Return the tissue of a medium with one freezing point or a freezing range."""
    if "freezing_c" in values:
        return setup.sharp_properties(sharp_medium(values))
    return {name: float(value) for name, value in values.items()}


def ex_03(facts: CaseFacts) -> list[Figure]:
    """Fit one surface temperature to one probe's −30 °C diameter, then predict two probes and a thinner one."""
    from scipy.optimize import brentq

    given, expected, level_c = facts.given, facts.expected, facts.given["level_c"]
    properties = medium_properties(given["medium"])

    def freeze(surface_c: float, *, diameter_mm: float, off_mm: float = 0.0) -> NDArray[np.float32]:
        probe = setup.slab_probe(off_mm, 0.0, diameter_mm=diameter_mm, surface_c=surface_c)
        found = slab(properties, [probe], start_c=given["start_c"], times_s=(given["time_s"],), spacing_mm=0.5)
        field: NDArray[np.float32] = found.temperature_c[0]
        return field

    def miss_mm(surface_c: float) -> float:
        field = freeze(surface_c, diameter_mm=given["diameter_mm"])
        return setup.width_mm(field, level_c, spacing_mm=CELL_MM) - float(expected["level_diameter_mm"]["1"])

    surface_c = float(brentq(miss_mm, -180.0, -45.0, xtol=0.5))
    one = freeze(surface_c, diameter_mm=given["diameter_mm"])
    two = freeze(surface_c, diameter_mm=given["diameter_mm"], off_mm=given["apart_mm"] / 2)
    thin = freeze(surface_c, diameter_mm=given["thin_diameter_mm"])
    share = facts.tolerance["share"]
    rows = [
        (
            "two probes, −30 °C width",
            expected["level_diameter_mm"]["2"],
            setup.width_mm(two, level_c, spacing_mm=CELL_MM),
            "mm",
        ),
        ("one probe, −30 °C share of the ice", expected["percent_of_ice_area"]["1"], _share_percent(one, level_c), "%"),
        (
            "two probes, −30 °C share of the ice",
            expected["percent_of_ice_area"]["2"],
            _share_percent(two, level_c),
            "%",
        ),
        (
            "1.7 mm probe, −30 °C width against 2.4 mm",
            expected["thin_diameter_percent"],
            100 * setup.width_mm(thin, level_c, spacing_mm=CELL_MM) / setup.width_mm(one, level_c, spacing_mm=CELL_MM),
            "%",
        ),
    ]
    fitted = told(
        facts,
        "surface temperature fitted to one probe",
        expected="—",
        got=surface_c,
        unit="°C",
        note=f"then the ice is {setup.width_mm(one, 0.0, spacing_mm=CELL_MM):.1f} mm wide",
    )
    judged = [
        compare(facts, name, expected=float(wanted), got=got, unit=unit, tolerance=share * float(wanted))
        for name, wanted, got, unit in rows
    ]
    why = "tips taken as endless and one surface temperature for all probes: neither was in what was read"
    return [fitted, *explained(judged, why)]


def _share_percent(temperature_c: NDArray[np.float32], level_c: float) -> float:
    return 100 * setup.colder_cells(temperature_c, level_c) / setup.colder_cells(temperature_c, 0.0)


def ex_05(facts: CaseFacts) -> list[Figure]:
    """Compare the zones of one needle, and show how four needles' zone depends on their spacing."""
    given, share = facts.given, facts.tolerance["share"]
    properties, time_s = medium_properties(given["medium"]), given["time_s"]
    needle = {"diameter_mm": given["diameter_mm"], "surface_c": given["surface_c"]}
    one = slab(properties, [setup.slab_probe(0.0, 0.0, **needle)], start_c=given["start_c"], times_s=(time_s,))
    core_mm, edge_mm = (setup.width_mm(one.temperature_c[0], level_c, spacing_mm=CELL_MM) for level_c in (-40.0, 0.0))
    areas = {}
    for apart_mm in given["spacings_mm"]:
        probe = setup.slab_probe(apart_mm / 2, apart_mm / 2, **needle)
        four = slab(properties, [probe], start_c=given["start_c"], times_s=(time_s,))
        areas[apart_mm] = 4 * setup.colder_cells(four.temperature_c[0], -40.0) * CELL_MM**2
    best_mm = max(areas, key=lambda apart_mm: areas[apart_mm])
    low_mm, high_mm = facts.expected["best_spacing_mm"]
    zones = ", ".join(f"{apart_mm} mm: {area:.0f} mm²" for apart_mm, area in areas.items())
    core, beyond = facts.expected["core_40_mm"], facts.expected["edge_beyond_core_mm"]
    return [
        compare(facts, "−40 °C width", expected=core, got=core_mm, unit="mm", tolerance=share * core),
        compare(
            facts,
            "ice edge beyond −40 °C",
            expected=beyond,
            got=(edge_mm - core_mm) / 2,
            unit="mm",
            tolerance=share * beyond,
        ),
        told(
            facts,
            "spacing of four needles with most tissue below −40 °C",
            expected=f"{low_mm} to {high_mm} mm",
            got=f"{best_mm} mm",
            unit="",
            note=f"what made a spacing best was not in what was read; {zones}",
        ),
    ]


def ex_06(facts: CaseFacts) -> list[Figure]:
    """Predict nine probes; the measured axes were not in what was read."""
    given = facts.given
    apart_mm, needle = given["apart_mm"], {"diameter_mm": given["diameter_mm"], "surface_c": given["surface_c"]}
    places = ((0.0, 0.0), (apart_mm, 0.0), (0.0, apart_mm), (apart_mm, apart_mm))
    probes = [setup.slab_probe(i_mm, j_mm, **needle) for i_mm, j_mm in places]
    found = slab(medium_properties(given["medium"]), probes, start_c=given["start_c"], times_s=(given["time_s"],))
    got_mm = setup.width_mm(found.temperature_c[0], 0.0, spacing_mm=CELL_MM)
    note = "measured axes were not in what was read; 1.5 mm probes at −120 °C for 10 min are assumed"
    return [told(facts, "width of the ice of nine probes", expected="not known", got=got_mm, unit="mm", note=note)]


def ex_07(facts: CaseFacts) -> list[Figure]:
    """Compare when the closest needles' cold zones have joined, and show which spacing chills most tissue when."""
    given, level_c = facts.given, facts.given["level_c"]
    properties = medium_properties(given["medium"])
    needle = {"diameter_mm": given["diameter_mm"], "surface_c": given["surface_c"]}
    times_s = tuple(given["times_s"])
    areas, joined = {}, {}
    for apart_mm in given["spacings_mm"]:
        probe = setup.slab_probe(apart_mm / 2, 0.0, **needle)
        found = slab(properties, [probe], start_c=given["start_c"], times_s=times_s)
        areas[apart_mm] = [4 * setup.colder_cells(field, level_c) * CELL_MM**2 for field in found.temperature_c]
        joined[apart_mm] = float(found.temperature_c[0][0, 0, 0]) < level_c
    best = [given["spacings_mm"][int(np.argmax(column))] for column in np.array(list(areas.values())).T]
    closest_mm = given["spacings_mm"][0]
    by_time = ", ".join(f"{mm} mm at {time_s / 60:.0f} min" for mm, time_s in zip(best, times_s, strict=True))
    return [
        ordered(
            facts,
            f"−40 °C zones {closest_mm} mm apart after 1 min",
            expected="joined at the tightest",
            got=f"joined at {', '.join(str(mm) for mm, yes in joined.items() if yes) or 'none of the'} mm",
            holds=joined[closest_mm] and not joined[given["spacings_mm"][-1]],
        ),
        told(
            facts,
            "spacing with most tissue below −40 °C",
            expected=f"{facts.expected['best_spacing_mm']} mm",
            got=by_time,
            unit="",
            note="it widens with time, and the time was not in what was read",
        ),
    ]


def ex_08(facts: CaseFacts) -> list[Figure]:
    """Compare the widths after two freezes with those after one, round a tip of finite length."""
    given = facts.given
    probe = setup.slab_probe(
        0.0,
        0.0,
        diameter_mm=given["diameter_mm"],
        surface_c=given["surface_c"],
        half_length_mm=given["active_mm"] / 2,
    )
    found = predict(
        np.zeros((56, 56, 56), np.uint8),
        [medium_properties(given["medium"])],
        spacing_mm=SPACE_CELL_MM,
        affine=setup.from_corner(SPACE_CELL_MM, slab=False),
        probes=[probe],
        phases=(("freeze", 600.0), ("passive thaw", 300.0), ("freeze", 600.0)),
        start=given["start_c"],
        times_s=(600.0, 1500.0),
    )
    figures = []
    for level_c in (0.0, -20.0, -40.0):
        once_mm, twice_mm = (
            setup.width_mm(field[:1], level_c, spacing_mm=SPACE_CELL_MM) for field in found.temperature_c
        )
        limit = 100 * facts.tolerance["share"]
        gain = 100 * (twice_mm / once_mm - 1)
        note = f"{once_mm:.1f} mm after one freeze, {twice_mm:.1f} mm after two"
        words = f"second freeze widens the {level_c:g} °C zone by".replace("-", "−")
        figures.append(compare(facts, words, expected=0.0, got=gain, unit="%", tolerance=limit, note=note))
    return explained(
        figures, "a modelled surface never weakens, and 20 min of it freeze more than 10; the scatter was not read"
    )


def ex_09(facts: CaseFacts) -> list[Figure]:
    """Compare the trend of the ice's width with the share of fat."""
    given = facts.given
    probe = setup.slab_probe(0.0, 0.0, diameter_mm=given["diameter_mm"], surface_c=given["surface_c"])
    agar, lard = given["agar"], given["lard"]
    widths = []
    for fraction in given["fractions"]:
        mixed = {name: (1 - fraction) * agar[name] + fraction * lard[name] for name in agar}
        found = slab(medium_properties(mixed), [probe], start_c=given["start_c"], times_s=given["times_s"])
        widths.append([setup.width_mm(field, 0.0, spacing_mm=CELL_MM) for field in found.temperature_c])
    figures = []
    for n, time_s in enumerate(given["times_s"]):
        row = [width[n] for width in widths]
        r_squared = float(np.corrcoef(given["fractions"], row)[0, 1] ** 2)
        words = " > ".join(f"{value:.1f}" for value in row)
        note = f"straight line R² {r_squared:.2f}; published {facts.expected['r_squared'][n]:g}"
        falls = all(left > right for left, right in pairwise(row))
        name = f"ice width with 0 to 100 % fat, {time_s / 60:.0f} min"
        figures.append(ordered(facts, name, expected="falls", got=f"{words} mm", holds=falls, note=note))
    return figures


def ex_12(facts: CaseFacts) -> list[Figure]:
    """Compare colder surfaces, and two probes at once."""
    given = facts.given
    properties, time_s = medium_properties(given["medium"]), given["time_s"]

    def width_of(surface_c: float, off_mm: float) -> float:
        probe = setup.slab_probe(off_mm, 0.0, diameter_mm=given["diameter_mm"], surface_c=surface_c)
        found = slab(properties, [probe], start_c=given["start_c"], times_s=(time_s,))
        return setup.width_mm(found.temperature_c[0], 0.0, spacing_mm=CELL_MM)

    alone = [width_of(surface_c, 0.0) for surface_c in given["surfaces_c"]]
    pair_mm = width_of(given["surfaces_c"][1], given["apart_mm"] / 2) - given["apart_mm"]
    return [
        ordered(
            facts,
            "ice width as the surface gets colder",
            expected="grows",
            got=" < ".join(f"{value:.1f}" for value in alone) + " mm",
            holds=alone == sorted(alone),
        ),
        ordered(
            facts,
            f"ice of each of two probes {given['apart_mm']} mm apart",
            expected="not smaller than one alone",
            got=f"{pair_mm:.1f} against {alone[1]:.1f} mm",
            holds=pair_mm >= alone[1] - 0.1,
            note="each probe keeps its surface temperature in the model, so this follows from it",
        ),
    ]


def ex_13(facts: CaseFacts) -> list[Figure]:
    """Compare the order of needle gauges in width, length and volume."""
    given = facts.given
    sizes = []
    for needle in given["needles"]:
        probe = setup.slab_probe(
            0.0,
            0.0,
            diameter_mm=needle["diameter_mm"],
            surface_c=given["surface_c"],
            half_length_mm=needle["active_mm"] / 2,
        )
        found = predict(
            np.zeros((50, 40, 40), np.uint8),
            [medium_properties(given["medium"])],
            spacing_mm=0.5,
            affine=setup.from_corner(0.5, slab=False),
            probes=[probe],
            phases=(("freeze", given["time_s"]),),
            start=given["start_c"],
        )
        field = found.temperature_c[-1]
        along = np.ascontiguousarray(field[:, :1, :1].reshape(1, 1, -1))
        volume_ml = 8 * setup.colder_cells(field, 0.0) * 0.5**3 / 1000
        sizes.append(
            (
                setup.width_mm(field[:1], 0.0, spacing_mm=CELL_MM),
                setup.width_mm(along, 0.0, spacing_mm=CELL_MM),
                volume_ml,
            )
        )
    figures = []
    for column, (word, unit) in enumerate((("width", "mm"), ("length", "mm"), ("volume", "mL"))):
        row = [size[column] for size in sizes]
        gain = 100 * (row[-1] / row[0] - 1)
        note = (
            f"{gain:+.0f} % from 18G to 14G; published up to +{facts.expected[f'{word}_gain_percent']} %; tips assumed"
        )
        got = " < ".join(f"{value:.1f}" for value in row) + f" {unit}"
        figures.append(
            ordered(
                facts, f"{word} of the ice, 18G to 14G", expected="grows", got=got, holds=row == sorted(row), note=note
            )
        )
    return figures
