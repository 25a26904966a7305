"""Is a nerve laid out straight where it truly is? Lines, circles, helices and balls with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, point
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve
from planner.domain.volume import Volume, VolumeRef
from planner.planning.nerve import smooth_curve
from planner.rendering.content import BandEdges, IceBand, IceLayer, NerveLayer, ProbeLayer, SliceContent, StructureLayer
from planner.rendering.plane import SlicePlane
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.rendering.reslice import reslice
from planner.rendering.slice_scene import build_raster
from planner.rendering.strip import lay_out, sample_strip
from planner.rendering.strip_scene import StripPlane, strip_cursor_marks, strip_frame_marks, strip_hu, strip_marks
from planner.rendering.window import to_grey

SOFT_TISSUE = (400.0, 40.0)


def strip_raster(plane: StripPlane, *, volume: Volume, scale: float = 1.0):
    return to_grey(strip_hu(plane, volume=volume, scale=scale), SOFT_TISSUE)


def course_through(*points: tuple[float, float, float]):
    curve = smooth_curve(NerveCurve(points))
    return lay_out(curve.points_lps_mm, curve.arc_mm, curve.tangents)


def sampled(position, velocity, *, to: float, count: int = 400):
    """Lay out a curve given in closed form, sampled at even steps of its parameter (which must be arc length)."""
    arc = np.linspace(0.0, to, count)
    return lay_out(np.array([position(s) for s in arc]), arc, np.array([velocity(s) for s in arc]))


def box(shape_kji=(70, 80, 90), spacing=(1.0, 1.0, 1.0)) -> Grid:
    half = np.array(spacing) * (np.array(shape_kji[::-1]) - 1) / 2
    return Grid.from_axes(shape_kji, origin_lps_mm=-half, spacing_ijk_mm=spacing)


def coordinates(grid: Grid) -> list[np.ndarray]:
    """Volumes that hold x, y and z themselves: trilinear sampling gives them back exactly."""
    k, j, i = np.indices(grid.shape_kji)
    origin, step = grid.matrix[:3, 3], grid.spacing_ijk_mm
    return [(origin[a] + index * step[a]).astype(np.float32) for a, index in enumerate((i, j, k))]


def ct(hu: np.ndarray, grid: Grid) -> Volume:
    return Volume(VolumeRef("0" * 64, grid, PatientPosition.HFS, "1.1", "1.2", "1.3"), hu.astype(np.int16))


@pytest.mark.parametrize(
    "ends", [((-30, 4, 3), (30, 4, 3)), ((-25, -20, -10), (28, 22, 15)), ((3, 5, -30), (3.5, 6, 30))]
)
def test_straight_nerve_is_a_plain_reslice(ends, stored_grid) -> None:
    centre = np.asarray(stored_grid.centre_lps_mm)
    begin, end = (centre + np.array(p) * 0.5 for p in ends)
    course = course_through(point(begin), point(end))
    hu = np.random.default_rng(3).integers(-1000, 1000, stored_grid.shape_kji).astype(np.int16)
    size, mm_per_px = (120, 40), 0.4
    middle = course.to_lps(course.length_mm / 2, 0.0)[0]
    plane = SlicePlane.oblique(middle, right=end - begin, down=-course.up_lps[0], mm_per_px=mm_per_px, size_px=size)
    strip = StripPlane(course, course.length_mm / 2 - mm_per_px * size[0] / 2, mm_per_px, size)
    volume = Volume(VolumeRef("0" * 64, stored_grid, PatientPosition.HFS, "1.1", "1.2", "1.3"), hu)
    within = slice(*(int(np.ceil(strip.x_px(mm))) for mm in (0.5, course.length_mm - 0.5)))
    expected = reslice(hu, grid=stored_grid, plane=plane, outside=-1000.0)
    arc = strip.left_mm + (np.arange(size[0]) + 0.5) * mm_per_px
    up = (size[1] / 2 - np.arange(size[1]) - 0.5) * mm_per_px
    got = sample_strip(hu, grid=stored_grid, course=course, arc_mm=arc, up_mm=up, outside=-1000.0)
    assert np.abs(got - expected)[:, within].max() < 1.0  # HU, of a field that jumps by 2000 from voxel to voxel
    difference = np.abs(
        strip_raster(strip, volume=volume).astype(int) - build_raster(plane, volume=volume, window_hu=SOFT_TISSUE)
    )
    assert difference[:, within].max() <= 1


@pytest.mark.parametrize("radius_mm", [12.0, 25.0])
def test_arc_maps_angle_and_radius_to_their_place(radius_mm: float) -> None:
    """A quarter circle in the axial plane: up is the head; turned by 90°, up is the radius."""

    def at(angle: float, radius: float) -> np.ndarray:
        return np.array([radius * np.cos(angle), radius * np.sin(angle), 5.0])

    course = sampled(
        lambda s: at(s / radius_mm, radius_mm),
        lambda s: np.array([-np.sin(s / radius_mm), np.cos(s / radius_mm), 0.0]),
        to=radius_mm * np.pi / 2,
    )
    assert course.up_lps == pytest.approx(np.tile([0.0, 0.0, 1.0], (len(course.arc_mm), 1)), abs=1e-9)
    grid = box()
    arc, up = np.linspace(0.5, course.length_mm - 0.5, 40), np.array([8.0, 3.0, 0.0, -6.0])
    # Up × along points to the circle's middle, so turning by 90° puts the middle up.
    for turn_deg, outward in ((90.0, -1.0), (-90.0, 1.0)):
        turned = course.turned(turn_deg)
        x, y, z = (
            sample_strip(axis, grid=grid, course=turned, arc_mm=arc, up_mm=up, outside=np.nan)
            for axis in coordinates(grid)
        )
        expected = np.tile((radius_mm + outward * up)[:, None], (1, len(arc)))
        assert np.hypot(x, y) == pytest.approx(expected, abs=2e-3)
        assert np.arctan2(y, x) == pytest.approx(np.tile(arc / radius_mm, (len(up), 1)), abs=2e-4)
        assert z == pytest.approx(np.full(z.shape, 5.0), abs=1e-4)


def test_turning_goes_from_up_to_away() -> None:
    course = course_through((-20.0, 0.0, 0.0), (20.0, 0.0, 0.0))
    assert course.up_lps[0] == pytest.approx([0, 0, 1])
    # Along the patient's left with the head up, the viewer looks at the back from the front.
    assert course.away_lps[0] == pytest.approx([0, 1, 0])
    assert course.turned(90).up_lps[0] == pytest.approx([0, 1, 0])
    assert course.turned(180).up_lps[0] == pytest.approx([0, 0, -1])


def test_arc_length_is_true_within_a_tenth_of_a_millimetre() -> None:
    radius = 30.0
    angles = np.radians(np.arange(0, 181, 20))
    course = course_through(*(point((radius * np.cos(a), radius * np.sin(a), 0.0)) for a in angles))
    assert course.length_mm == pytest.approx(np.pi * radius, abs=0.1)
    for angle in np.radians([15.0, 90.0, 133.0]):
        arc = course.nearest((radius * np.cos(angle), radius * np.sin(angle), 0.0))[0]
        assert arc == pytest.approx(radius * angle, abs=0.1)


def test_helix_turns_by_its_torsion_and_no_more() -> None:
    """Against the Frenet normal an untwisted direction falls back by the integral of the torsion, c / (r² + c²)."""
    r, c = 15.0, 6.0
    speed = np.hypot(r, c)

    def angle(s: float) -> float:
        return s / speed

    course = sampled(
        lambda s: np.array([r * np.cos(angle(s)), r * np.sin(angle(s)), c * angle(s)]),
        lambda s: np.array([-r * np.sin(angle(s)), r * np.cos(angle(s)), c]) / speed,
        to=speed * 2 * np.pi,
    )
    normal = -np.column_stack([np.cos(course.arc_mm / speed), np.sin(course.arc_mm / speed), 0 * course.arc_mm])
    binormal = np.cross(course.tangents, normal)
    seen = np.unwrap(np.arctan2((course.up_lps * binormal).sum(axis=1), (course.up_lps * normal).sum(axis=1)))
    torsion = c / (r**2 + c**2)
    assert seen - seen[0] == pytest.approx(-torsion * course.arc_mm, abs=1e-4)


def test_s_curve_never_flips() -> None:
    course = course_through((-40.0, 0, 0), (-20.0, 15, 4), (0.0, 0, 0), (20.0, -15, -4), (40.0, 0, 0))
    assert (course.up_lps[1:] * course.up_lps[:-1]).sum(axis=1).min() > np.cos(np.radians(3))
    assert course.up_lps[:, 2].min() > 0.8, "the head stays up all along"
    for axes in (course.tangents, course.up_lps, course.away_lps):
        assert np.linalg.norm(axes, axis=1) == pytest.approx(np.ones(len(axes)))
    assert np.abs((course.tangents * course.up_lps).sum(axis=1)).max() < 1e-9


def test_front_is_up_where_the_nerve_runs_toward_the_head() -> None:
    course = course_through((5.0, 0, -30), (6.0, 1, 0), (5.0, 0, 30))
    assert course.up_lps.mean(axis=0) @ np.array([0.0, -1.0, 0.0]) > 0.95


def test_nearest_and_to_lps_belong_together() -> None:
    course = course_through((-40.0, 0, 0), (-20.0, 15, 4), (0.0, 0, 0), (20.0, -15, -4), (40.0, 0, 0))
    for arc, up in ((3.0, 2.0), (31.3, -4.0), (70.0, 5.5)):
        found = course.nearest(course.to_lps(arc, up)[0])
        assert found == pytest.approx([arc, up, 0.0], abs=0.03)
    assert course.nearest(course.to_lps([3.0, 31.3], [2.0, -4.0])).shape == (2, 3)
    assert course.nearest((-80.0, 0, 0))[0] == 0.0


def test_course_without_length_is_refused() -> None:
    with pytest.raises(PlanInvalid, match="two points"):
        lay_out([(0.0, 0, 0)], [0.0], [(1.0, 0, 0)])
    with pytest.raises(PlanInvalid, match="two points"):
        lay_out([(0.0, 0, 0), (0.0, 0, 0)], [0.0, 0.0], [(1.0, 0, 0), (1.0, 0, 0)])


# --- the picture -----------------------------------------------------------------------------------------------------


@pytest.fixture
def straight() -> StripPlane:
    """A nerve of 40 mm along the patient's left, 10 px per mm."""
    return StripPlane.fit(course_through((-20.0, 0.0, 0.0), (20.0, 0.0, 0.0)), size_px=(400, 300))


def test_fit_shows_the_whole_nerve_and_its_surroundings(straight: StripPlane) -> None:
    assert straight.mm_per_px == pytest.approx(0.1)
    assert straight.x_px(0.0) == pytest.approx(0.0)
    assert straight.x_px(40.0) == pytest.approx(400.0)
    short = StripPlane.fit(course_through((0.0, 0.0, 0.0), (4.0, 0.0, 0.0)), size_px=(400, 300))
    assert short.mm_per_px * 300 == pytest.approx(20.0)
    assert short.x_px(2.0) == pytest.approx(200.0)
    assert not short.shows((100.0, 150.0))
    assert short.arc_at(0.0) == 0.0
    assert short.to_lps((200.0, 100.0)) == pytest.approx([2.0, 0.0, 50 * 20 / 300])


def test_beyond_its_ends_the_strip_is_black() -> None:
    plane = StripPlane.fit(course_through((0.0, 0.0, 0.0), (10.0, 0.0, 0.0)), size_px=(400, 120))
    grey = strip_raster(plane, volume=ct(np.full((70, 80, 90), 240), box()))
    columns = grey[60] > 0
    assert columns.sum() * plane.mm_per_px == pytest.approx(10.0, abs=2 * plane.mm_per_px)
    assert strip_raster(plane, volume=ct(np.zeros((70, 80, 90)), box()), scale=2).shape == (
        240,
        800,
    )


def test_padding_is_black(straight: StripPlane) -> None:
    grid = box()
    volume = ct(np.full(grid.shape_kji, 240), grid)
    padding = np.zeros(grid.shape_kji, dtype=bool)
    padding[:, :, :45] = True  # x below 0
    volume = Volume(volume.ref, volume.hu, padding)
    grey = strip_raster(straight, volume=volume)
    assert (grey[:, :190] == 0).all()
    assert (grey[:, 210:] == 255).all()


def ball_of_cold(grid: Grid, centre: tuple[float, float, float], *, per_mm: float = 10.0) -> np.ndarray:
    """−60 °C in the middle, warmer by ``per_mm`` degrees each mm."""
    x, y, z = coordinates(grid)
    away = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2)
    return np.minimum(-60.0 + per_mm * away, 37.0).astype(np.float32)


def test_isotherms_lie_at_their_radius(straight: StripPlane) -> None:
    grid = box((60, 60, 60), (0.5, 0.5, 0.5))
    ice = IceLayer(ball_of_cold(grid, (3.0, 0.0, 2.0)), grid, "test")
    marks = strip_marks(straight, grid=box(), content=SliceContent(ice=ice))
    shells = {mark.name: mark for mark in marks if isinstance(mark, Path) and mark.role is Role.ICE}
    for name, radius_mm in (("0 °C edge", 6.0), ("−20 °C", 4.0), ("−40 °C", 2.0)):
        line = np.concatenate(shells[name].lines)
        away_px = np.hypot(*(line - straight.to_px((23.0, 2.0))).T)
        assert away_px == pytest.approx(np.full(len(away_px), radius_mm * 10), abs=1.5)


def test_the_band_lies_at_its_radius_and_never_around_stale_ice(straight: StripPlane) -> None:
    grid = box((60, 60, 60), (0.5, 0.5, 0.5))
    x, y, z = coordinates(grid)
    away = np.sqrt((x - 3.0) ** 2 + y**2 + (z - 2.0) ** 2).astype(np.float32)
    band = IceBand((BandEdges(0.0, grid, away - 8.0, away - 4.0), BandEdges(-20.0, grid, away - 6.0, away - 3.0)), 1.0)
    ice = IceLayer(ball_of_cold(grid, (3.0, 0.0, 2.0)), grid, "test", band=band)
    marks = strip_marks(straight, grid=box(), content=SliceContent(ice=ice))
    edges = {mark.name: mark for mark in marks if isinstance(mark, Path) and mark.role is Role.ICE}
    for name, radius_mm, dash in (
        ("0 °C edge, pessimistic", 8.0, (7, 4)),
        ("0 °C edge, optimistic", 4.0, (1.5, 3)),
        ("−20 °C, pessimistic", 3.0, (7, 4)),
        ("−20 °C, optimistic", 6.0, (1.5, 3)),
    ):
        away_px = np.hypot(*(np.concatenate(edges[name].lines) - straight.to_px((23.0, 2.0))).T)
        assert away_px == pytest.approx(np.full(len(away_px), radius_mm * 10), abs=1.5)
        assert edges[name].pen.dash_px == dash
    for state in ({"is_stale": True}, {"is_preview": True}):
        marks = strip_marks(straight, grid=box(), content=SliceContent(ice=replace(ice, **state)))
        assert not any(mark.name.endswith("mistic") for mark in marks)


def test_stale_ice_is_hatched(straight: StripPlane) -> None:
    grid = box((60, 60, 60), (0.5, 0.5, 0.5))
    ice = IceLayer(ball_of_cold(grid, (0.0, 0.0, 0.0)), grid, "test", is_stale=True)
    marks = strip_marks(straight, grid=box(), content=SliceContent(ice=ice))
    assert any(mark.role is Role.STALE for mark in marks)
    assert not any(mark.role is Role.ICE for mark in marks)


def test_structure_segment_and_probe_lie_where_they_are(straight: StripPlane) -> None:
    grid = box()
    x, _, z = coordinates(grid)
    bone = StructureLayer("Rib", StructureKind.BONE, (np.abs(x - 5) < 4) & (np.abs(z - 6) < 3))
    curve = straight.course.points_lps_mm
    nerve = NerveLayer(
        "Nerve", curve, (int(np.argmin(np.abs(curve[:, 0] + 10))), int(np.argmin(np.abs(curve[:, 0] - 5)))), 2.0
    )
    probe = ProbeLayer(ProbePlacement(ProbeId("p"), "P1", "demo", (8.0, -40.0, 14.0), (4.0, 10.0, -1.0)))
    content = SliceContent(structures=(bone,), nerves=(nerve,), probes=(probe,))
    marks = strip_marks(straight, grid=grid, content=content)
    rib = np.concatenate(next(m for m in marks if isinstance(m, Path) and m.role is Role.STRUCTURE).lines)
    # Voxels from 2 to 8 mm and 4 to 8 mm: outlined halfway to the next ones, corners rounded.
    assert rib.min(axis=0) == pytest.approx(straight.to_px((21.0, 9.0)), abs=6)
    assert rib.max(axis=0) == pytest.approx(straight.to_px((29.0, 3.0)), abs=6)
    bounds = next(m for m in marks if isinstance(m, Path) and m.name == "treatment segment")
    assert [line[0, 0] for line in bounds.lines] == pytest.approx([100.0, 250.0], abs=3)
    words = next(m for m in marks if isinstance(m, Label) and m.name == "segment")
    assert words.text == "Treatment segment 15.0 mm"
    ring = next(m for m in marks if isinstance(m, Marker) and m.role is Role.PROBE)
    share = 40 / 50  # where the shaft passes y = 0
    assert ring.centre_px == pytest.approx(straight.to_px((20 + 8 - 4 * share, 14 - 15 * share)), abs=1.0)


def test_frame_names_patient_directions(straight: StripPlane) -> None:
    marks = strip_frame_marks(
        straight,
        content=SliceContent(identity="Doe, J"),
        window_hu=SOFT_TISSUE,
        title="NERVE STRIP",
        end_words=("medial", "lateral"),
    )
    letters = {m.name: m.text for m in marks if isinstance(m, Label) and m.role is Role.LETTER}
    assert letters == {"left": "R, medial", "right": "L, lateral", "top": "H", "bottom": "F"}
    texts = [m.text for m in marks if isinstance(m, Label)]
    assert {"NERVE STRIP", "Doe, J", "W 400 L 40", "5 mm"} <= set(texts)
    bar = next(m for m in marks if isinstance(m, Path) and m.role is Role.SCALE)
    assert np.ptp(bar.lines[0], axis=0) == pytest.approx([50.0, 50.0])


def test_letters_follow_a_bend() -> None:
    course = course_through((-30.0, 0, -20), (0.0, 0, 0), (10.0, 0, 30)).turned(0)
    plane = StripPlane.fit(course, size_px=(600, 200))
    marks = strip_frame_marks(plane, content=SliceContent(), window_hu=SOFT_TISSUE, title="")
    tops = [m.text for m in marks if isinstance(m, Label) and m.name == "top"]
    assert len(tops) in (1, 3)
    for text in tops:
        assert text


def test_cursor_is_at_its_arc_length(straight: StripPlane) -> None:
    near = strip_cursor_marks(straight, arc_mm=12.0, up_mm=3.0, is_near=True)
    assert near[0].lines[0][:, 0] == pytest.approx([120.0, 120.0])
    assert near[1].centre_px == pytest.approx((120.0, 120.0))
    assert len(strip_cursor_marks(straight, arc_mm=12.0, up_mm=3.0, is_near=False)) == 1
