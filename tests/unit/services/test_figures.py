"""Does every picture of a report show what its caption says, at its scale, with nothing written over anything else?"""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from planner.domain.protocol import Protocol
from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve
from planner.rendering.content import BandEdges, IceBand
from planner.rendering.label_room import text_box
from planner.rendering.margin_marks import plane_holding
from planner.rendering.primitives import Label, Path, Role
from planner.report.figure import FULL_PAGE_MM, HALF_PAGE_MM, FigureKind
from planner.report.figure_png import figure_png, logical_width_px
from planner.services.decision_planes import MOST_WORST, SIZE_PX
from planner.services.figures import decisions, report_figures, slice_scene
from planner.services.picture_words import say_in
from tests.unit.services.figure_case import (
    BODY,
    BOX,
    EDGE_MM,
    GAP_MM,
    NERVE,
    TREATMENT_MM,
    a_case,
    a_check,
    an_assessment,
    voxel_centres,
)

MM_PER_INCH = 25.4


@pytest.fixture(scope="module")
def figures():
    return report_figures(a_case())


def scenes(case):
    """Every slice that is pictured, by its name."""
    return {each.name: slice_scene(each, volume=case.volume, content=case.content) for each in decisions(case)}


def colliding(marks):
    """Return the pairs of texts that stand on one another."""
    labels = [mark for mark in marks if isinstance(mark, Label) and mark.text]
    boxes = [text_box(label) for label in labels]
    return [
        (labels[a].text, labels[b].text)
        for a in range(len(labels))
        for b in range(a + 1, len(labels))
        if boxes[a].meets(boxes[b])
    ]


def test_every_kind_is_there_once_for_what_it_shows(figures):
    told = [(figure.kind, figure.subject_id, figure.name) for figure in figures]
    assert told == [
        (FigureKind.TARGET, "t1", "axial"),
        (FigureKind.TARGET, "t1", "coronal"),
        (FigureKind.TARGET, "t1", "sagittal"),
        (FigureKind.SPACE, "", "space-1"),
        (FigureKind.SPACE, "", "space-2"),
        (FigureKind.STRIP, "t1", "nerve"),
        (FigureKind.ALONG, "p1", "along-P1"),
        (FigureKind.ACROSS, "p1", "across-P1"),
        (FigureKind.WORST, "s2", "worst-1"),
        (FigureKind.WORST, "t1", "worst-2"),
        (FigureKind.WORST, "s4", "worst-3"),
        (FigureKind.CURVES, "", "curves"),
    ]
    assert all(figure.caption.endswith(".") for figure in figures)
    assert figures[8].caption == "Ball, 0 °C edge 6.0 mm: FAIL."
    wide = {figure.kind for figure in figures if figure.width_mm == FULL_PAGE_MM}
    assert wide == {FigureKind.STRIP, FigureKind.CURVES}


def test_every_raster_has_150_dots_per_inch_or_more_on_paper(figures):
    for figure in figures:
        assert figure.width_mm in (HALF_PAGE_MM, FULL_PAGE_MM)
        for encoded in re.findall(rb'href="data:image/png;base64,([^"]+)"', figure.svg):
            width, height = struct.unpack(">II", base64.b64decode(encoded)[16:24])
            # Every raster is as wide as its figure.
            assert width / (figure.width_mm / MM_PER_INCH) >= 150, figure.name
            assert height > 100


def test_the_drawing_is_well_formed_and_says_what_it_is_to_a_screen_reader(figures):
    for figure in figures:
        root = ET.fromstring(figure.svg)  # noqa: S314 - our own
        assert root.find("{http://www.w3.org/2000/svg}title").text == figure.caption
        assert logical_width_px(figure) == int(root.get("width"))


@pytest.mark.parametrize("name", ["axial", "along-P1", "across-P1", "worst-1"])
def test_the_ice_is_as_large_in_the_picture_as_it_was_made(name):
    """The ice is a ball: on every plane a circle whose size follows from how far off its middle the plane lies."""
    case = a_case()
    decision = next(each for each in decisions(case) if each.name == name)
    scene = slice_scene(decision, volume=case.volume, content=case.content)
    off_mm = abs(float(decision.plane.off_plane_mm((0.0, 0.0, 0.0))))
    for words, radius_mm in (("0 °C edge", EDGE_MM), ("−20 °C", TREATMENT_MM)):
        (path,) = [m for m in scene.primitives if isinstance(m, Path) and m.role is Role.ICE and m.name == words]
        lines = np.concatenate(path.lines)
        away = np.linalg.norm(lines - decision.plane.to_px((0.0, 0.0, 0.0)), axis=1) * decision.plane.mm_per_px
        assert np.sqrt(radius_mm**2 - off_mm**2) == pytest.approx(away.mean(), abs=0.15)
        assert np.ptp(away) < 0.3


def test_the_scale_bar_is_as_long_as_it_says_and_letters_follow_the_patient():
    for name, scene in scenes(a_case(count=2)).items():
        (bar,) = [m for m in scene.primitives if isinstance(m, Path) and m.role is Role.SCALE]
        length_mm = np.ptp(bar.lines[0][:, 0]) * scene.plane.mm_per_px
        assert length_mm == pytest.approx(float(bar.name.removesuffix(" mm")), rel=1e-6), name
        letters = {m.name: m.text for m in scene.primitives if isinstance(m, Label) and m.role is Role.LETTER}
        # By hand, from the plane's own axes: the patient's left is +x, back +y, head +z.
        for edge, direction in (("right", scene.plane.right_lps), ("bottom", scene.plane.down_lps)):
            strongest = int(np.argmax(np.abs(direction)))
            assert letters[edge][0] == ("LPH" if direction[strongest] > 0 else "RAF")[strongest], name


def test_the_worst_gap_is_drawn_from_the_ice_to_the_structure_at_its_length():
    case = a_case()
    (decision,) = [each for each in decisions(case) if each.subject_id == "s2"]
    scene = slice_scene(decision, volume=case.volume, content=case.content)
    assert decision.note.far_lps_mm == pytest.approx((0.0, 16.0, 0.0), abs=1.0)
    (gap,) = [m for m in scene.primitives if isinstance(m, Path) and m.name == "worst gap"]
    length_mm = np.linalg.norm(gap.lines[0][1] - gap.lines[0][0]) * scene.plane.mm_per_px
    assert length_mm == pytest.approx(GAP_MM, abs=0.75)  # half a voxel: the structure is a mask
    texts = [m.text for m in scene.primitives if isinstance(m, Label) and m.role is Role.MEASUREMENT]
    assert texts == ["Ball 6.0 mm"]
    for end in gap.lines[0]:
        assert (end >= 0).all()
        assert (end <= SIZE_PX).all()


def test_the_gap_lies_in_its_plane_whichever_way_it_runs():
    rng = np.random.default_rng(5)
    for _ in range(200):
        at = rng.uniform(-40, 40, 3)
        step = rng.normal(size=3)
        far = at + step / np.linalg.norm(step) * rng.uniform(0.5, 12)
        plane = plane_holding(tuple(at), tuple(far), mm_per_px=0.2, size_px=SIZE_PX)
        drawn_mm = np.linalg.norm(plane.to_px(far) - plane.to_px(at)) * plane.mm_per_px
        assert drawn_mm == pytest.approx(np.linalg.norm(far - at), rel=0.002)
        assert plane.lean_deg < 46
        assert np.linalg.norm(plane.to_px((at + far) / 2) - np.array(SIZE_PX) / 2) < 1


def test_what_fails_comes_first_and_no_more_than_six_places_are_shown():
    order = [each.subject_id for each in decisions(a_case()) if each.kind is FigureKind.WORST]
    assert order == ["s2", "t1", "s4"]  # FAIL, CHECK, the narrow gap; the wide one has no picture
    many = tuple(
        a_check(f"x{n}", f"Organ {n}", "bowel", quantity="0 °C edge", verdict=Verdict.CHECK, value=n, at=(0, 10, 0))
        for n in range(9)
    )
    near = tuple(replace(check, subject_id=f"n{n}", verdict=Verdict.PASS) for n, check in enumerate(many))
    quiet = a_case(assessment=replace(an_assessment(), checks=near))
    assert [each.subject_id for each in decisions(quiet) if each.kind is FigureKind.WORST] == ["n0", "n1", "n2", "n3"]
    beside = a_case(assessment=replace(an_assessment(), checks=(*near, many[8])))
    assert [each.subject_id for each in decisions(beside) if each.kind is FigureKind.WORST] == ["x8", "n0", "n1"]
    crowded = a_case(assessment=replace(an_assessment(), checks=(*an_assessment().checks, *many)))
    shown = [each.subject_id for each in decisions(crowded) if each.kind is FigureKind.WORST]
    assert len(shown) == MOST_WORST
    assert shown[0] == "s2"


@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize("targets", [(NERVE,), (BODY,), (NERVE, BODY), ()])
def test_no_text_stands_on_another(count, targets):
    for name, scene in scenes(a_case(count=count, targets=targets)).items():
        assert colliding(scene.primitives) == [], name


def test_names_as_long_as_a_line_stay_within_the_picture_and_keep_their_end():
    long_name = "Nervus phrenicus accessorius superior, with a name that nobody can read aloud, left"
    check = a_check("s2", long_name, "artery", quantity="0 °C edge", verdict=Verdict.FAIL, value=6.0, at=(0, 10.0, 0))
    case = a_case(assessment=replace(an_assessment(), checks=(check,)))
    scene = scenes(case)["worst-1"]
    (words,) = [m.text for m in scene.primitives if isinstance(m, Label) and m.role is Role.MEASUREMENT]
    assert words.endswith("left 6.0 mm")
    assert "…" in words
    assert colliding(scene.primitives) == []


def test_the_band_is_drawn_in_every_slice():
    away = np.linalg.norm(voxel_centres(BOX), axis=-1).astype(np.float32)
    band = IceBand((BandEdges(0.0, BOX, away - 14, None), BandEdges(-20.0, BOX, None, away - 5)), 3.1)
    case = replace(a_case(), band=band)
    for name, scene in scenes(case).items():
        dashed = [m for m in scene.primitives if isinstance(m, Path) and m.role is Role.ICE and m.pen.dash_px]
        assert dashed, name


def test_a_plan_without_an_assessment_or_a_target_still_has_its_planes():
    case = replace(a_case(targets=()), assessment=None)
    kinds = [figure.kind for figure in report_figures(case)]
    assert kinds == [
        *[FigureKind.TARGET] * 3, FigureKind.SPACE, FigureKind.SPACE, FigureKind.ALONG, FigureKind.ACROSS,
    ]  # fmt: skip
    # Nothing that has a name cools: there are no curves either.


def test_pictures_of_eight_probes_and_two_targets_have_names_of_their_own():
    told = report_figures(a_case(count=8, targets=(NERVE, BODY)))
    names = [figure.name for figure in told]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in names)
    along = [figure.subject_id for figure in told if figure.kind is FigureKind.ALONG]
    assert along == [f"p{n}" for n in range(1, 9)]


def test_the_picture_file_is_as_wide_as_it_is_printed_and_words_below_make_it_higher(figures):
    figure = figures[0]
    plain = figure_png(figure, pixels_per_inch=150)
    width, height = struct.unpack(">II", plain[16:24])
    assert width == pytest.approx(figure.width_mm / MM_PER_INCH * 150, abs=1.5)
    assert height / width == pytest.approx(SIZE_PX[1] / SIZE_PX[0], abs=0.01)
    told = figure_png(figure, pixels_per_inch=150, below=(figure.caption, "For research and training."))
    assert struct.unpack(">II", told[16:24])[1] > height + 20
    assert figure_png(figure, pixels_per_inch=150) == plain


def test_a_german_report_has_german_words_in_its_pictures_and_names_as_they_are():
    case = replace(a_case(), say=say_in("de"))
    told = {figure.name: {text for text, _ in _texts(ET.fromstring(figure.svg))} for figure in report_figures(case)}  # noqa: S314
    assert {"Längs P1", "0-°C-Rand", "Ergebnis, 1 mm"} <= told["along-P1"]
    assert {"Koronal, P 1.5 mm"} <= told["coronal"]
    assert {"Ball 6.0 mm"} <= told["worst-1"]  # a structure's name is nobody's to change
    assert {"kälteste Stelle −99 °C", "Quer zum Nerv"} <= told["worst-2"]
    assert {"Zeit, min:s", "Frieren", "Nerv, kälteste Stelle"} <= told["curves"]
    assert {"Nerv, gerade ausgelegt", "Behandelter Teil 20.0 mm"} <= told["nerve"]
    marks = slice_scene(decisions(case)[3], volume=case.volume, content=case.content, say=case.say).primitives
    assert colliding(marks) == []


def test_curves_and_profile_are_drawn_to_the_scale_of_their_axes():
    """The middle of the ice is at −100 °C at 5:00; the nerve's coldest is −20 °C between 20 and 40 mm."""
    told = {figure.name: figure for figure in report_figures(a_case())}
    chart = ET.fromstring(told["curves"].svg)  # noqa: S314 - our own
    ticks = {tick: place for tick, place in _texts(chart) if tick in ("0", "−20", "0:00", "5:00")}
    per_degree = (ticks["−20"][1] - ticks["0"][1]) / 20
    path = next(_path(group) for group in chart.iter() if _title(group) == "Nerve coldest")
    lowest = max(path, key=lambda place: place[1])
    assert (lowest[1] - (ticks["0"][1] - 4.3)) / per_degree == pytest.approx(100 - 10, abs=1.5)  # 1 mm off the middle
    assert lowest[0] == pytest.approx(ticks["5:00"][0], abs=0.1)
    strip = ET.fromstring(told["nerve"].svg)  # noqa: S314 - our own
    spans = [_path(group) for group in strip.iter() if _title(group) == "treated part"]
    chart_box, nerve_line = max(spans, key=len), min(spans, key=len)
    left, right = min(x for x, _ in chart_box), max(x for x, _ in chart_box)
    assert (left, right) == pytest.approx((nerve_line[0][0], nerve_line[-1][0]), abs=0.7)  # one axis for both


def _texts(root):
    for node in root.iter("{http://www.w3.org/2000/svg}text"):
        yield node.text, (float(node.get("x")), float(node.get("y")))


def _title(group):
    node = group.find("{http://www.w3.org/2000/svg}title")
    return None if node is None or not group.tag.endswith("}g") else node.text


def _path(group):
    data = group.find("{http://www.w3.org/2000/svg}path").get("d")
    return [tuple(float(v) for v in pair.split(",")) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", data)]


def test_a_plan_at_its_limits_still_has_its_pictures():
    """A nerve of one point, a shaft of 400 mm, a tip outside the CT, an unknown model, no phases."""
    case = a_case(targets=(replace(NERVE, course=NerveCurve(((0.0, 0.0, 0.0),))), BODY))
    (probe,) = case.plan.probes
    probes = (
        replace(probe, entry_lps_mm=(0.0, -396.0, 0.0)),
        replace(probe, id="p2", label="P2", entry_lps_mm=(0.0, -50.0, 0.0), tip_lps_mm=(0.0, -50.0, 300.0)),
        replace(probe, id="p3", label="P3", model_id="nobody's"),
    )
    plan = replace(case.plan, probes=probes, protocol=Protocol("Nothing yet", ()))
    odd = replace(case, plan=plan)
    names = [figure.name for figure in report_figures(odd)]
    assert {"along-P1", "across-P1", "along-P2", "across-P2", "along-P3", "across-P3", "axial-2"} <= set(names)
    assert "nerve-1" not in names
    for name, scene in scenes(odd).items():
        assert colliding(scene.primitives) == [], name
    (along,) = [each for each in decisions(odd) if each.name == "along-P1"]
    assert along.caption.endswith("the deepest 76.0 mm of 400.0 mm are shown.")
