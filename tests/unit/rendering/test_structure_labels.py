"""Names of structures stand in the air beside the body, on leaders that end on their outlines, and cover nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from planner.rendering.primitives import Align, Label, Path, Pen, Role, text_width_px
from planner.rendering.structure_labels import structure_names

SIZE = (1000, 800)


def circle(name, x, y, radius, colour="#e8dfc8", stretch=1.0):
    angle = np.linspace(0, 2 * np.pi, 181)
    line = np.column_stack([x + stretch * radius * np.cos(angle), y + radius * np.sin(angle)])
    return Path(Role.STRUCTURE, (line,), Pen(colour, 1.2), name=name)


BODY = circle("Skin", 500, 400, 200, "#d9b08c", stretch=1.4)  # from x = 220 to 780
LUNGS = (circle("Lung, right", 400, 380, 80), circle("Lung, left", 600, 380, 80))


def names(*marks, size=SIZE, body="Skin"):
    made = structure_names(marks, size_px=size, body=body)
    labels = {m.text: m for m in made if isinstance(m, Label)}
    leaders = {m.name: m.lines[0] for m in made if isinstance(m, Path)}
    assert set(labels) == set(leaders)
    return labels, leaders


def extent(label):
    width = text_width_px(label.text, label.size_px)
    x = label.anchor_px[0]
    return (x - width, x) if label.align is Align.END else (x, x + width)


def edge(y):
    """Half the body's width at a height, at its widest within the height of a line of text."""
    nearest = min(max(400.0, y - 8), y + 8)
    return 280 * np.sqrt(max(0.0, 1 - ((nearest - 400) / 200) ** 2))


def test_each_name_stands_beside_the_body_on_its_structures_side():
    labels, _ = names(BODY, *LUNGS)
    assert set(labels) == {"Skin", "Lung, right", "Lung, left"}
    assert extent(labels["Lung, right"])[1] < 500
    assert extent(labels["Lung, left"])[0] > 500
    for label in labels.values():
        low, high = extent(label)
        assert high < 500 - edge(label.anchor_px[1]) or low > 500 + edge(label.anchor_px[1])
        assert low > 30
        assert high < 970


def test_a_leader_ends_on_the_outermost_point_of_its_outline():
    _, leaders = names(BODY, *LUNGS)
    assert leaders["Lung, right"][-1] == pytest.approx((320, 380), abs=0.01)
    assert leaders["Lung, left"][-1] == pytest.approx((680, 380), abs=0.01)


def test_names_do_not_stand_on_each_other_nor_on_the_corner_texts():
    ribs = [circle(f"Rib {n}", 300, 392 + 2 * n, 12) for n in range(9)]  # all of one length
    labels, leaders = names(BODY, *ribs)
    rows = sorted(labels[name].anchor_px[1] for name in labels if name.startswith("Rib"))
    assert len(rows) == 9
    assert min(b - a for a, b in pairwise(rows)) >= 17.9
    assert rows[0] > 84
    assert rows[-1] < 800 - 50
    # In the order of what they point to: no leader crosses another.
    by_side = {}
    for n in range(9):
        by_side.setdefault(labels[f"Rib {n}"].align, []).append(leaders[f"Rib {n}"][0][1])
    assert all(a < b for rows_there in by_side.values() for a, b in pairwise(rows_there))


def test_names_near_the_foot_keep_off_the_corner_texts():
    low = circle("Skin", 500, 700, 200, stretch=1.4)
    labels, _ = names(low, *[circle(f"Node {n}", 300, 760 + n, 5) for n in range(4)])
    rows = sorted(label.anchor_px[1] for label in labels.values() if label.text.startswith("Node"))
    assert len(rows) == 4
    assert rows[-1] <= 800 - 64 + 5
    assert min(b - a for a, b in pairwise(rows)) >= 17.9


def test_nothing_is_written_where_there_is_no_air():
    along = np.linspace(0, 800, 200)
    sides = [np.column_stack([np.full(200, x), along]) for x in (40.0, 960.0)]
    whole = Path(Role.STRUCTURE, tuple(sides), Pen("#d9b08c"), name="Skin")
    assert names(whole, *LUNGS) == ({}, {})


def test_no_name_covers_anatomy_when_the_edge_of_the_body_is_out_of_sight():
    # Zoomed in: of the skin only a piece at the top is in the view, and at its heights it reaches beyond both edges.
    zoomed = circle("Skin", 500, 1100, 1050, stretch=1.4)
    for label in names(zoomed, *LUNGS)[0].values():
        y = label.anchor_px[1]
        half = 1.4 * np.sqrt(1050**2 - (min(y + 8, 1100) - 1100) ** 2)
        low, high = extent(label)
        assert high < 500 - half or low > 500 + half
    # Its left edge alone is in sight: names stand there, none at the right.
    labels, _ = names(circle("Skin", 700, 400, 400, stretch=1.4), *LUNGS)
    assert labels
    assert all(extent(label)[1] < 500 for label in labels.values())


def test_a_name_with_no_room_at_its_height_goes_where_the_body_is_narrower():
    wide = circle("Skin", 500, 400, 300, stretch=1.6)  # from x = 20 to 980 at y = 400
    labels, leaders = names(wide, *LUNGS)
    assert {"Lung, right", "Lung, left"} <= set(labels)
    assert abs(labels["Lung, right"].anchor_px[1] - 380) > 60
    assert all(np.hypot(*(line[1] - line[0])) <= 280 for line in leaders.values())


def test_nothing_is_written_without_the_body_or_in_a_narrow_view():
    assert names(*LUNGS) == ({}, {})
    assert names(BODY, *LUNGS, size=(599, 800)) == ({}, {})


def test_a_name_far_from_the_air_is_left_away():
    inner = circle("Node", 500, 400, 10)
    assert "Node" not in names(circle("Skin", 500, 400, 300, stretch=1.4), inner)[0]
