"""Is everything in a slice drawn where it is, and is what is not in the slice marked as such?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.geometry import Grid, isotropic_box
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody
from planner.domain.volume import Volume
from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import (
    BandEdges,
    BodyLayer,
    ContourCache,
    IceBand,
    IceLayer,
    NerveLayer,
    ProbeLayer,
    SliceContent,
    StructureLayer,
)
from planner.rendering.palette import levels_for
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.primitives import Hatch, Label, Marker, Path, Role
from planner.rendering.slab import Slab, SlabMode
from planner.rendering.slice_scene import SliceScene, build_hu, build_slice

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
MODEL = ProbeModel(
    "demo", "Demo", "none", "argon", "17G", *(Datum(v, Status.FOUND) for v in (1.5, 10.0, 2.0, -140.0)), MISSING
)


def of_role(scene: SliceScene, role: Role) -> list:
    return [p for p in scene.primitives if p.role is role]


def texts(scene: SliceScene) -> set[str]:
    return {p.text for p in scene.primitives if isinstance(p, Label)}


@pytest.fixture
def volume(grid_with, make_volume):
    grid = grid_with(np.eye(3), shape_kji=(40, 60, 60), spacing=(1.0, 1.0, 1.5))
    return make_volume(np.full(grid.shape_kji, 40, dtype=np.int16), grid)


def draw(volume, content: SliceContent, *, orientation=Orientation.AXIAL, through=None, **options) -> SliceScene:
    plane = SlicePlane.fit(orientation, volume.grid, size_px=(620, 400))
    plane = on_slice(plane.through(through) if through is not None else plane, volume.grid)
    return build_slice(plane, volume=volume, window_hu=(400.0, 40.0), content=content, **options)


@pytest.mark.parametrize("orientation", STANDARD)
def test_outline_of_a_ball_is_its_circle(volume, voxel_centres, orientation: Orientation) -> None:
    """Every point of the outline within half a voxel of the analytic circle, in any plane, off the ball's middle."""
    centre, radius = volume.grid.centre_lps_mm + np.array([3.0, -2.0, 1.5]), 14.0
    ball = ((voxel_centres(volume.grid) - centre) ** 2).sum(axis=-1) <= radius**2
    content = SliceContent(structures=(StructureLayer("Ball", StructureKind.LIVER, ball, "k"),))
    scene = draw(volume, content, orientation=orientation, through=tuple(centre + 4.0))
    (outline,) = of_role(scene, Role.STRUCTURE)
    off = float(scene.plane.off_plane_mm(centre))
    places = scene.plane.to_lps(outline.lines[0])
    distance = np.linalg.norm(places - centre, axis=1)
    assert np.abs(distance - radius).max() < 0.5 * 1.5 + 0.01
    assert abs(distance.mean() - radius) < 0.25
    assert np.abs(off) > 2


def test_outlines_close_at_the_border_and_keep_holes(volume) -> None:
    mask = np.zeros(volume.grid.shape_kji, dtype=bool)
    mask[:, :30] = True
    mask[:, 10:20, 10:20] = False
    scene = draw(volume, SliceContent(structures=(StructureLayer("Half", StructureKind.LIVER, mask),)))
    (outline,) = of_role(scene, Role.STRUCTURE)
    assert len(outline.lines) == 2
    assert all(np.array_equal(line[0], line[-1]) for line in outline.lines)


def test_cached_outlines_are_the_same_and_follow_zoom(volume, voxel_centres) -> None:
    ball = ((voxel_centres(volume.grid) - volume.grid.centre_lps_mm) ** 2).sum(axis=-1) <= 100
    content = SliceContent(structures=(StructureLayer("Ball", StructureKind.LIVER, ball, "k"),))
    cache = ContourCache(limit=1)
    first, again = (draw(volume, content, cache=cache) for _ in range(2))
    assert np.array_equal(of_role(first, Role.STRUCTURE)[0].lines[0], of_role(again, Role.STRUCTURE)[0].lines[0])
    zoomed = build_slice(
        first.plane.zoomed(2, at_px=(0, 0)), volume=volume, window_hu=(400, 40), content=content, cache=cache
    )
    assert of_role(zoomed, Role.STRUCTURE)[0].lines[0] == pytest.approx(2 * of_role(first, Role.STRUCTURE)[0].lines[0])


def ice(volume, *, is_stale: bool = False) -> IceLayer:
    """Temperature grows linearly with distance: 0 °C at 12 mm, −20 at 8 mm, −40 at 4 mm from the middle."""
    grid = isotropic_box(volume.grid.centre_lps_mm, extent_mm=(36, 36, 36), spacing_mm=1.0)
    k, j, i = np.indices(grid.shape_kji)
    distance = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - volume.grid.centre_lps_mm, axis=-1)
    return IceLayer((5.0 * (distance - 12.0)).astype(np.float32), grid, "1 mm result", is_stale=is_stale)


@pytest.mark.parametrize("orientation", STANDARD)
def test_isotherms_are_the_analytic_circles(volume, orientation: Orientation) -> None:
    centre = volume.grid.centre_lps_mm
    scene = draw(volume, SliceContent(ice=ice(volume)), orientation=orientation, through=tuple(centre))
    off = float(scene.plane.off_plane_mm(centre))
    radii = {"0 °C edge": 12.0, "−20 °C": 8.0, "−40 °C": 4.0}
    shells = of_role(scene, Role.ICE)
    assert [shell.name for shell in shells] == list(radii)
    for shell in shells:
        distance = np.linalg.norm(scene.plane.to_lps(shell.lines[0]) - centre, axis=1)
        assert distance == pytest.approx(radii[shell.name], abs=0.05)
    assert abs(off) < 1.0
    assert {label.text for label in of_role(scene, Role.ICE_LABEL) if isinstance(label, Label)} == set(radii)
    assert "1 mm result" in texts(scene)


def test_ice_labels_stand_outside_the_edge_inside_the_view(volume) -> None:
    scene = draw(volume, SliceContent(ice=ice(volume)))
    edge = of_role(scene, Role.ICE)[0].lines[0]
    for label in of_role(scene, Role.ICE_LABEL):
        if isinstance(label, Label):
            assert not edge[:, 0].min() < label.anchor_px[0] < edge[:, 0].max()
            assert 0 < label.anchor_px[0] < 620


def test_a_stale_prediction_is_hatched_and_says_so(volume) -> None:
    scene = draw(volume, SliceContent(ice=ice(volume, is_stale=True)))
    assert of_role(scene, Role.ICE) == []
    assert any(isinstance(mark, Hatch) for mark in of_role(scene, Role.STALE))
    assert "STALE" in texts(scene)
    assert "1 mm result" not in texts(scene)


@pytest.mark.parametrize("is_trailing", [False, True])
def test_a_preview_has_thin_lines_without_fill_and_says_so(volume, is_trailing: bool) -> None:
    whole = draw(volume, SliceContent(ice=ice(volume)))
    preview = replace(ice(volume), is_preview=True, is_trailing=is_trailing, grade="PREVIEW 2 mm")
    scene = draw(volume, SliceContent(ice=preview))
    for line, usual in zip(of_role(scene, Role.ICE), of_role(whole, Role.ICE), strict=True):
        assert line.lines[0] == pytest.approx(usual.lines[0])
        assert line.fill is None
        assert line.pen.width_px < usual.pen.width_px
        assert (line.pen.opacity < 1) is is_trailing
    words = [label for label in of_role(scene, Role.ICE_LABEL) if isinstance(label, Label)]
    assert words[0].text == "PREVIEW"
    assert words[0].anchor_px[1] < words[1].anchor_px[1]
    assert "PREVIEW 2 mm" in texts(scene)


def with_band(volume, layer: IceLayer) -> IceLayer:
    """The same balls, each from 2 mm smaller to 2 mm larger: 5 °C a millimetre, 0 °C at 12 mm."""
    k, j, i = np.indices(layer.grid.shape_kji)
    at = layer.grid.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3)).reshape(*layer.grid.shape_kji, 3)
    radius = np.linalg.norm(at - volume.grid.centre_lps_mm, axis=-1).astype(np.float32)
    edges = tuple(
        BandEdges(level.level_c, layer.grid, radius - (14 + level.level_c / 5), radius - (10 + level.level_c / 5))
        for level in layer.levels
    )
    return replace(layer, band=IceBand(edges, 3.1))


def test_the_band_is_a_dashed_pessimistic_and_a_dotted_optimistic_edge_of_every_level(volume) -> None:
    centre = volume.grid.centre_lps_mm
    scene = draw(volume, SliceContent(ice=with_band(volume, ice(volume))), through=tuple(centre))
    edges = {mark.name: mark for mark in of_role(scene, Role.ICE) if mark.pen.dash_px}
    # Structures are to be kept from 0 °C: its outer edge is the bad one. A target is to reach −20 and −40 °C.
    expected = {
        "0 °C edge, pessimistic": (14.0, (7, 4)),
        "0 °C edge, optimistic": (10.0, (1.5, 3)),
        "−20 °C, pessimistic": (6.0, (7, 4)),
        "−20 °C, optimistic": (10.0, (1.5, 3)),
        "−40 °C, optimistic": (6.0, (1.5, 3)),
        "−40 °C, pessimistic": (2.0, (7, 4)),
    }
    assert set(edges) == set(expected)
    for name, (radius_mm, dash) in expected.items():
        assert edges[name].fill is None
        assert edges[name].pen.dash_px == dash
        distance = np.linalg.norm(scene.plane.to_lps(edges[name].lines[0]) - centre, axis=1)
        assert distance == pytest.approx(radius_mm, abs=0.25)


def test_the_outer_edge_is_drawn_where_the_nominal_ice_does_not_reach(volume) -> None:
    above = tuple(volume.grid.centre_lps_mm + np.array([0, 0, 13.0]))
    scene = draw(volume, SliceContent(ice=with_band(volume, ice(volume))), through=above)
    assert [mark.name for mark in of_role(scene, Role.ICE)] == ["0 °C edge, pessimistic"]


def test_only_the_levels_that_are_shown_have_a_band(volume) -> None:
    layer = replace(with_band(volume, ice(volume)), levels=levels_for((-20.0, -33.0)))
    scene = draw(volume, SliceContent(ice=layer))
    names = [mark.name for mark in of_role(scene, Role.ICE)]
    assert names == ["−20 °C", "−33 °C", "−20 °C, optimistic", "−20 °C, pessimistic"]


@pytest.mark.parametrize("state", [{"is_stale": True}, {"is_preview": True}])
def test_no_band_is_drawn_around_what_does_not_fit_or_is_a_preview(volume, state) -> None:
    scene = draw(volume, SliceContent(ice=replace(with_band(volume, ice(volume)), **state)))
    assert not [mark for mark in of_role(scene, Role.ICE) if mark.pen.dash_px]


def test_no_ice_in_the_slice_draws_no_ice(volume) -> None:
    far = tuple(volume.grid.centre_lps_mm + np.array([0, 0, 20.0]))
    scene = draw(volume, SliceContent(ice=ice(volume)), through=far)
    assert of_role(scene, Role.ICE) == of_role(scene, Role.ICE_LABEL) == []


def probe(volume, entry, tip) -> ProbeLayer:
    centre = volume.grid.centre_lps_mm
    places = (tuple(float(v) for v in centre + np.array(p)) for p in (entry, tip))
    return ProbeLayer(ProbePlacement(ProbeId("p"), "P1", "demo", *places), MODEL)


def test_a_probe_in_the_slice_is_solid_and_its_active_zone_ends_where_the_model_says(volume) -> None:
    centre = volume.grid.centre_lps_mm
    scene = draw(volume, SliceContent(probes=(probe(volume, (0, 25, 0), (0, -5, 0)),)), through=tuple(centre))
    paths = [mark for mark in of_role(scene, Role.PROBE) if isinstance(mark, Path)]
    assert all(not path.pen.dash_px for path in paths)
    zone = max(paths, key=lambda path: path.pen.width_px)
    reach = scene.plane.to_lps(zone.lines[0])[:, 1] - centre[1]
    assert sorted(reach) == pytest.approx([-3.0, 7.0])
    handles = {mark.name: mark for mark in of_role(scene, Role.HANDLE)}
    tip, entry = handles["P1 tip"], handles["P1 entry"]
    assert (tip.shape.value, tip.size_px) == ("circle", 10.0)
    assert (entry.shape.value, entry.size_px) == ("square", 9.0)
    assert tip.centre_px == pytest.approx(tuple(scene.plane.to_px(centre + np.array([0, -5, 0]))))


def test_a_probe_across_the_slice_is_dotted_beyond_it(volume) -> None:
    centre = volume.grid.centre_lps_mm
    scene = draw(volume, SliceContent(probes=(probe(volume, (0, 15, 15), (0, -15, -15)),)), through=tuple(centre))
    paths = [mark for mark in of_role(scene, Role.PROBE) if isinstance(mark, Path)]
    solid = [path for path in paths if not path.pen.dash_px]
    dotted = [path for path in paths if path.pen.dash_px]
    assert solid
    assert dotted
    for path in solid:
        depth = scene.plane.to_lps(np.concatenate(path.lines))[:, 1] - centre[1]
        assert np.abs(depth).max() <= 1.0 + 0.75
    assert all("projected" in mark.name for mark in of_role(scene, Role.HANDLE))


def test_a_nerve_is_solid_in_the_slice_dashed_beyond_and_ringed_where_it_passes(volume) -> None:
    centre = volume.grid.centre_lps_mm
    along = np.linspace(-15, 15, 61)
    curve = centre + np.column_stack([along, np.zeros(61), along])
    layer = NerveLayer("Nerve", curve, None, 3.0)
    scene = draw(volume, SliceContent(nerves=(layer,)), through=tuple(centre))
    paths = [mark for mark in of_role(scene, Role.TARGET) if isinstance(mark, Path)]
    assert {bool(path.pen.dash_px) for path in paths} == {True, False}
    (ring,) = [mark for mark in of_role(scene, Role.TARGET) if isinstance(mark, Marker)]
    crossing = centre + np.asarray(scene.plane.normal_lps) * 0
    crossing = crossing + (scene.plane.centre_lps_mm[2] - centre[2]) * np.array([1, 0, 1])
    assert ring.centre_px == pytest.approx(tuple(scene.plane.to_px(crossing)), abs=0.3)
    assert ring.size_px == pytest.approx(3.0 / scene.plane.mm_per_px, rel=1e-6)


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_body_is_cut_where_its_surface_is(volume, orientation: Orientation) -> None:
    centre = volume.grid.centre_lps_mm + np.array([2.0, 3.0, -1.0])
    axis = np.array([1.0, 2.0, -2.0]) / 3.0
    body = TargetBody(tuple(centre), tuple(axis), 24.0, 10.0)
    scene = draw(volume, SliceContent(bodies=(BodyLayer("G", body),)), orientation=orientation, through=tuple(centre))
    (cut,) = of_role(scene, Role.TARGET)
    offset = scene.plane.to_lps(cut.lines[0]) - centre
    along = offset @ axis
    across = np.sqrt((offset**2).sum(axis=1) - along**2)
    assert (along / 12.0) ** 2 + (across / 5.0) ** 2 == pytest.approx(1.0, abs=1e-6)


def test_a_body_beside_the_slice_is_dashed_and_named_projected(volume) -> None:
    centre = volume.grid.centre_lps_mm
    body = TargetBody(tuple(centre), (0.0, 0.0, 1.0), 12.0, 10.0)
    scene = draw(volume, SliceContent(bodies=(BodyLayer("G", body),)), through=tuple(centre + np.array([0, 0, 15.0])))
    (shadow,) = of_role(scene, Role.TARGET)
    assert shadow.pen.dash_px
    assert "projected" in shadow.name
    radius = np.linalg.norm(shadow.lines[0] - scene.plane.to_px(centre), axis=1) * scene.plane.mm_per_px
    assert radius == pytest.approx(5.0)


@pytest.mark.parametrize("size_px", [(669, 355), (240, 160)])
def test_identity_letters_and_scale_never_drop_out(volume, size_px: tuple[int, int]) -> None:
    plane = SlicePlane.fit(Orientation.AXIAL, volume.grid, size_px=size_px)
    content = SliceContent(identity="DOE, JANE · 42 · F", show_text=False)
    scene = build_slice(plane, volume=volume, window_hu=(400, 40), content=content)
    assert {"DOE, JANE · 42 · F", "AXIAL", "R", "L", "A", "P"} <= texts(scene)
    bar = next(mark for mark in of_role(scene, Role.SCALE) if isinstance(mark, Path))
    length_mm = np.ptp(bar.lines[0][:, 0]) * plane.mm_per_px
    assert f"{length_mm:g} mm" in {label.text for label in of_role(scene, Role.SCALE) if isinstance(label, Label)}


def test_corner_texts_say_image_position_and_window(volume) -> None:
    plane = SlicePlane.fit(Orientation.AXIAL, volume.grid, size_px=(669, 355))
    low = volume.grid.to_lps((0, 0, 3))
    plane = on_slice(plane.through(low), volume.grid)
    found = texts(build_slice(plane, volume=volume, window_hu=(400, 40), content=SliceContent()))
    assert {"Slice 4/40", "W 400 L 40"} <= found  # no numbers of the scanner are known
    assert f"H {low[2]:.1f} mm · 1.5 mm" in found


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ((1, 1), "Im 4/40"),
        ((40, -1), "Im 37/40"),  # counted from the head, as the scanner did
        ((101, 1), "Im 104"),  # numbers that do not run from 1: the count would mislead
        ((2, 2), "Im 8"),
        (None, "Slice 4/40"),
    ],
)
def test_images_are_called_by_the_scanner_s_number(volume, numbers, named) -> None:
    plane = SlicePlane.fit(Orientation.AXIAL, volume.grid, size_px=(669, 355))
    plane = on_slice(plane.through(volume.grid.to_lps((0, 0, 3))), volume.grid)
    content = SliceContent(image_numbers=numbers)
    shown = texts(build_slice(plane, volume=volume, window_hu=(400, 40), content=content))
    assert named in {text.split(" · ")[0] for text in shown}
    across = on_slice(SlicePlane.fit(Orientation.CORONAL, volume.grid, size_px=(669, 355)), volume.grid)
    shown = texts(build_slice(across, volume=volume, window_hu=(400, 40), content=content))
    assert not [text for text in shown if text.startswith("Im ")]


def test_crosshair_is_open_at_its_point_and_wears_the_colours_of_the_planes_it_stands_for(volume) -> None:
    centre = tuple(volume.grid.centre_lps_mm)
    scene = draw(volume, SliceContent(crosshair_lps_mm=centre))
    vertical, horizontal = of_role(scene, Role.CROSSHAIR)
    assert (vertical.name, horizontal.name) == ("sagittal", "coronal")
    x, y = scene.plane.to_px(centre)
    assert vertical.lines[1][0][1] - vertical.lines[0][1][1] == pytest.approx(26.0)
    assert vertical.lines[0][:, 0] == pytest.approx(x)
    assert horizontal.lines[0][:, 1] == pytest.approx(y)


def test_padding_and_outside_are_black(volume) -> None:
    from dataclasses import replace

    padding = np.zeros(volume.grid.shape_kji, dtype=bool)
    padding[:, :, :20] = True
    scene = draw(replace(volume, padding=padding), SliceContent())
    row = scene.raster[200]
    assert set(np.unique(row)) <= {0, row.max()}
    assert row[310] == row.max() > 0
    assert row[0] == 0


@pytest.mark.parametrize("mode", SlabMode)
def test_a_slab_never_mixes_padding_into_its_values(volume, mode: SlabMode) -> None:
    """One of its slices is padding of −2000 or 3000 HU in the left half of the picture: the patient's right."""
    plane = on_slice(SlicePlane.fit(Orientation.AXIAL, volume.grid, size_px=(60, 60)), volume.grid)
    k = round(volume.grid.to_index(plane.centre_lps_mm)[2])
    padding = np.zeros(volume.grid.shape_kji, dtype=bool)
    padding[k - 1, :, :30] = True
    for stored in (-2000, 3000):
        hu = np.where(padding, np.int16(stored), volume.hu)
        padded = Volume(volume.ref, hu, padding)
        shown = build_hu(plane, volume=padded, slab=Slab(6.0, mode))
        assert set(np.unique(shown[:, 31:59])) == {40.0}
        assert np.isnan(shown[:, 1:29]).all()


def test_the_name_of_a_probe_that_leaves_the_view_stands_beside_its_shaft(volume) -> None:
    layer = probe(volume, (0, 200, 0), (0, -5, 0))
    scene = draw(volume, SliceContent(probes=(layer,)), through=tuple(volume.grid.centre_lps_mm))
    (name,) = (m for m in of_role(scene, Role.PROBE) if isinstance(m, Label) and m.text == "P1")
    entry, tip = scene.plane.to_px(layer.placement.entry_lps_mm), scene.plane.to_px(layer.placement.tip_lps_mm)
    assert name.anchor_px[0] + 16 < min(entry[0], tip[0]), "two characters wide, left of an upright shaft"


def test_names_of_probes_with_one_entry_do_not_lie_on_one_another(volume) -> None:
    from dataclasses import replace

    first = probe(volume, (0, 25, 0), (0, -5, 0))
    second = ProbeLayer(replace(first.placement, id=ProbeId("q"), label="P2"), MODEL)
    scene = draw(volume, SliceContent(probes=(first, second)), through=tuple(volume.grid.centre_lps_mm))
    (x1, y1), (x2, y2) = (m.anchor_px for m in of_role(scene, Role.PROBE) if isinstance(m, Label))
    assert abs(x1 - x2) >= 20 or abs(y1 - y2) >= 15


def test_a_probe_that_leaves_the_view_keeps_its_name_inside_and_draws_no_half_handle(volume) -> None:
    scene = draw(volume, SliceContent(probes=(probe(volume, (0, 300, 0), (0, -5, 0)),)))
    (name,) = [m for m in of_role(scene, Role.PROBE) if isinstance(m, Label)]
    assert 0 < name.anchor_px[0] < 620
    assert 0 < name.anchor_px[1] < 400
    assert [m.name for m in of_role(scene, Role.HANDLE)] == ["P1 tip, projected"] or [
        m.name for m in of_role(scene, Role.HANDLE)
    ] == ["P1 tip"]


def test_cached_isotherms_belong_to_their_field(volume) -> None:
    """Another time of the same plan has another key; a cache must never show the ice of the first."""
    from dataclasses import replace

    cache = ContourCache()
    first = replace(ice(volume), key="a 60")
    colder = replace(first, field_c=first.field_c - 15.0, key="a 120")
    shown = [draw(volume, SliceContent(ice=layer), cache=cache) for layer in (first, colder, first)]
    widths = [np.ptp(of_role(scene, Role.ICE)[0].lines[0][:, 0]) for scene in shown]
    assert widths[1] > widths[0] * 1.2
    assert widths[2] == widths[0]


@pytest.mark.parametrize("key", ["", "ball"])
@pytest.mark.parametrize("turn_deg", [0.0, 25.0, 70.0])
def test_a_turned_plane_outlines_a_ball_as_the_circle_it_cuts(key: str, turn_deg: float) -> None:
    grid = Grid.from_axes((60, 70, 80), origin_lps_mm=(-40, -30, 100), spacing_ijk_mm=(1.0, 1.0, 1.0))
    k, j, i = np.indices(grid.shape_kji)
    middle, radius_mm, off_mm = np.array([-20.0, 15.0, 125.0]), 9.0, 4.0
    mask = (i - 40 - middle[0]) ** 2 + (j - 30 - middle[1]) ** 2 + (k + 100 - middle[2]) ** 2 <= radius_mm**2
    layer = StructureLayer("Ball", StructureKind.LIVER, mask, key=key)
    angle = np.radians(turn_deg)
    right, down = np.array([np.cos(angle), np.sin(angle), 0.0]), np.array([0.0, np.sin(0.3), -np.cos(0.3)])
    plane = SlicePlane.oblique(middle, right=right, down=down, mm_per_px=0.5, size_px=(200, 200))
    plane = plane.through(middle + off_mm * np.asarray(plane.normal_lps))
    (outline,) = structure_marks([layer], grid=grid, plane=plane, cache=ContourCache())
    away_mm = np.linalg.norm(np.concatenate(outline.lines) - plane.to_px(middle), axis=1) * plane.mm_per_px
    assert away_mm == pytest.approx(np.full(len(away_mm), np.sqrt(radius_mm**2 - off_mm**2)), abs=0.8)
    beside = plane.through(middle + 12.0 * np.asarray(plane.normal_lps))
    assert structure_marks([layer], grid=grid, plane=beside, cache=ContourCache()) == []
    empty = StructureLayer("None", StructureKind.LIVER, np.zeros_like(mask), key=key and "empty")
    assert structure_marks([empty], grid=grid, plane=plane, cache=ContourCache()) == []
