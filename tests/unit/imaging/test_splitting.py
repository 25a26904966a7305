"""Are the volumes of one series set apart, and never merged? Mixtures of headers with known parts (H-02, H-11)."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.review import Severity
from planner.imaging import gate
from planner.imaging.splitting import split

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


@pytest.fixture
def volume(stack_at):
    """Function that makes the headers of one clean volume; its files have names of their own."""
    made = []

    def make(*, count=12, first_mm=0.0, step_mm=2.0, normal=2, **changes):
        made.append(None)
        positions = np.zeros((count, 3))
        positions[:, normal] = first_mm + step_mm * np.arange(count)
        return [
            replace(h, path=h.path.with_name(f"{len(made)}-{h.path.name}"), sop_instance_uid=f"1.{len(made)}.{n}")
            for n, h in enumerate(stack_at(positions, **changes))
        ]

    return make


def _split(*volumes):
    """Split a shuffled mixture; return words and file names of each part, and check that nothing got lost."""
    mixed = [header for volume in volumes for header in volume]
    random.Random(4).shuffle(mixed)
    parts = split(mixed)
    assert sorted(h.path.name for part in parts for h in part.headers) == sorted(h.path.name for h in mixed)
    words = [part.words for part in parts]
    assert len(set(words)) == len(words)
    return {part.words: {h.path.name for h in part.headers} for part in parts}


def _names(volume):
    return {header.path.name for header in volume}


def test_a_single_volume_stays_whole(volume) -> None:
    clean = volume()
    assert _split(clean) == {"": _names(clean)}


def test_H_11_series_are_apart(volume) -> None:
    one, other = volume(), volume(series_instance_uid="1.9")
    assert sorted(map(len, (part.headers for part in split(one + other)))) == [12, 12]


def test_H_11_unnamed_series_are_told_apart_by_number(volume) -> None:
    one = volume(series_instance_uid="", series_number="1")
    other = volume(series_instance_uid="", series_number="2")
    assert len(split(one + other)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"acquisition_number": "2"}, {"acquisition 1", "acquisition 2"}),
        ({"temporal_position": "2"}, {"temporal position not named", "temporal position 2"}),
        ({"kernel": "B70f"}, {"kernel not named", "kernel B70f"}),
        (
            {"image_type": ("DERIVED", "SECONDARY")},
            {"image type ORIGINAL\\PRIMARY\\AXIAL", "image type DERIVED\\SECONDARY"},
        ),
        ({"kvp": "80"}, {"tube voltage not named", "tube voltage 80 kV"}),
        ({"cardiac_phase": "75"}, {"cardiac phase not named", "cardiac phase 75 %"}),
        ({"contrast": "Agent"}, {"contrast not named", "contrast Agent"}),
        ({"acquisition_time": "101500"}, {"acquisition time not named", "acquisition time 101500"}),
        ({"stack_id": "2"}, {"stack not named", "stack 2"}),
        ({"slice_thickness_mm": 5.0}, {"thickness not named", "thickness 5 mm"}),
    ],
)
def test_H_02_volumes_at_the_same_places_are_told_apart(changes, words, volume) -> None:
    one, other = volume(), volume(**changes)
    parts = _split(one, other)
    assert set(parts) == words
    assert sorted(map(sorted, parts.values())) == sorted(map(sorted, (_names(one), _names(other))))


def test_H_02_two_attributes_together_separate_what_neither_does(volume) -> None:
    mixture = [volume(kernel=kernel, acquisition_number=number) for kernel in "AB" for number in "12"]
    parts = _split(*mixture)
    assert set(parts) == {f"acquisition {number}, kernel {kernel}" for kernel in "AB" for number in "12"}
    assert sorted(map(sorted, parts.values())) == sorted(sorted(_names(v)) for v in mixture)


def test_H_02_a_phase_that_lacks_slices_is_listed_with_its_gap(volume) -> None:
    whole, gappy = volume(), volume(acquisition_number="2")
    del gappy[4]
    verdicts = {part.words: gate.refusal(gate.judge(part.headers)) for part in split(whole + gappy)}
    assert verdicts["acquisition 1"] is None
    assert verdicts["acquisition 2"].code == "missing-slices"


def test_H_02_acquisitions_that_overlap_in_part_are_apart(volume) -> None:
    low, high = volume(), volume(first_mm=10.0, acquisition_number="2")
    assert set(_split(low, high)) == {"acquisition 1", "acquisition 2"}


def test_H_02_shots_of_two_phases_are_told_apart_by_image_number(volume) -> None:
    """Each shot of four slices has its own acquisition number; image numbers run through one phase, then the next."""
    phases = [
        [
            replace(h, instance_number=100 * phase + n, acquisition_number=str(10 * phase + n // 4))
            for n, h in enumerate(volume())
        ]
        for phase in (1, 2)
    ]
    assert _split(*phases) == {"images 100 to 111": _names(phases[0]), "images 200 to 211": _names(phases[1])}


@pytest.mark.parametrize("seed", range(5))
def test_H_02_what_nothing_tells_apart_stays_whole_and_is_refused(seed, volume) -> None:
    """Image numbers in no order prove nothing."""
    mixture = volume() + volume()
    numbers = random.Random(seed).sample(range(100), len(mixture))
    mixture = [replace(h, instance_number=n) for h, n in zip(mixture, numbers, strict=True)]
    (part,) = split(mixture)
    refused = gate.refusal(gate.judge(part.headers))
    assert refused.code == "duplicate-positions"
    assert "24 slices lie at 12 places, 2 at each" in refused.sentence
    assert refused.value == 12


def test_H_02_copies_of_files_are_named_as_copies(volume) -> None:
    clean = volume()
    copies = [replace(h, path=h.path.with_name("copy of " + h.path.name)) for h in clean[3:5]]
    (part,) = split(clean + copies)
    refused = gate.refusal(gate.judge(part.headers))
    assert "2 slices are at a place that another slice already has" in refused.sentence
    assert "copies of the same images" in refused.sentence


def test_H_02_one_identifier_with_other_attributes_is_still_two_images(volume) -> None:
    """Files that share identifiers but say another kernel are set apart, not taken for copies."""
    soft = volume(kernel="B30f")
    sharp = [replace(h, kernel="B70f", path=h.path.with_name("x" + h.path.name)) for h in soft]
    assert set(_split(soft, sharp)) == {"kernel B30f", "kernel B70f"}


@pytest.mark.parametrize(
    "changes",
    [
        {"kernel": "B70f"},
        {"acquisition_number": "2"},
        {"temporal_position": "2"},
        {"series_description": "Venous"},
        {"series_number": "2"},
        {"contrast": "Agent"},
        {"acquisition_time": "101500"},
    ],
)
def test_H_02_slices_halfway_between_anothers_are_set_apart(changes, volume) -> None:
    """Together they look like one regular stack of 1 mm; the gate sees through that as well."""
    one, other = volume(), volume(first_mm=1.0, **changes)
    refused = gate.refusal(gate.judge(one + other))
    assert refused.code == "interleaved"
    assert len(_split(one, other)) == 2
    assert all(gate.judge(part.headers) == () for part in split(one + other))


def test_shots_one_after_the_other_are_one_volume(volume) -> None:
    """Scanners count an acquisition for each shot of a sequential scan."""
    shots = [replace(h, acquisition_number=str(n // 4)) for n, h in enumerate(volume())]
    assert list(_split(shots)) == [""]
    assert gate.judge(shots) == ()


def test_H_09_a_reconstruction_that_changes_on_the_way_is_asked_about(volume) -> None:
    changed = [replace(h, kernel="B30f" if n < 6 else "B70f") for n, h in enumerate(volume())]
    assert list(_split(changed)) == [""]
    (finding,) = gate.judge(changed)
    assert (finding.code, finding.severity, finding.value) == ("mixed-reconstructions", Severity.ACK, 2)


def test_H_07_scouts_are_set_apart(volume) -> None:
    scan = volume()
    scout = volume(count=1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"), orientation=CORONAL)
    unnamed = volume(count=2, normal=1, orientation=CORONAL)
    parts = _split(scan, scout, unnamed)
    assert parts["localizer"] == _names(scout)
    assert parts["coronal"] == _names(unnamed)
    assert parts["axial"] == _names(scan)


def test_H_11_reformats_of_other_directions_are_listed_apart(volume) -> None:
    axial, coronal = volume(), volume(normal=1, orientation=CORONAL)
    sagittal = volume(normal=0, orientation=(0.0, 1.0, 0.0, 0.0, 0.0, -1.0))
    parts = _split(axial, coronal, sagittal)
    assert parts == {"axial": _names(axial), "coronal": _names(coronal), "sagittal": _names(sagittal)}


def test_H_11_stacks_of_other_size_or_pixels_are_listed_apart(volume) -> None:
    large = volume()
    small = volume(rows=256, columns=256, spacing_ji_mm=(1.4, 1.4))
    zoomed = volume(spacing_ji_mm=(0.35, 0.35))
    parts = _split(large, small, zoomed)
    assert parts["axial 512 × 512 0.35 × 0.35 mm"] == _names(zoomed)
    assert parts["axial 256 × 256 1.4 × 1.4 mm"] == _names(small)


def test_H_06_one_odd_slice_is_not_split_away(volume) -> None:
    """A damaged header must not leave the rest looking complete."""
    turned = volume()
    turned[0] = replace(turned[0], orientation=(1.0, 0.0, 0.0, 0.0, 0.9848, 0.1736))
    assert list(_split(turned)) == [""]
    assert gate.refusal(gate.judge(turned)).code == "mixed-orientations"
    sized = volume()
    sized[0] = replace(sized[0], spacing_ji_mm=(0.7, 0.8))
    assert list(_split(sized)) == [""]
    assert gate.refusal(gate.judge(sized)).code == "mixed-pixel-spacing"


@pytest.mark.parametrize(
    "change",
    [
        {"spacing_ji_mm": (1.4, 1.4)},
        {"rows": 256},
        {"orientation": CORONAL},
    ],
)
@pytest.mark.parametrize("which", [range(6), range(0, 12, 2), [11]])
def test_H_06_half_a_stack_that_differs_is_damage(which, change, volume) -> None:
    """Its slices lie on one even line with the others, so they are no other reconstruction."""
    mixed = volume()
    for n in which:
        mixed[n] = replace(mixed[n], **change)
    assert list(_split(mixed)) == [""]
    assert gate.refusal(gate.judge(mixed)).code in ("mixed-pixel-spacing", "mixed-sizes", "mixed-orientations")


def test_H_06_pixel_sizes_that_hardly_differ_are_damage(volume) -> None:
    one, other = volume(), volume(spacing_ji_mm=(0.7, 0.7001), acquisition_number="1")
    assert list(_split(one, other)) == [""]
    assert gate.refusal(gate.judge(one + other)).code == "mixed-pixel-spacing"


def test_a_rotating_view_is_one_refused_series(volume) -> None:
    turning = [
        replace(h, orientation=(float(np.cos(a)), float(np.sin(a)), 0.0, 0.0, 0.0, -1.0))
        for a, h in zip(np.linspace(0, np.pi, 36, endpoint=False), volume(count=36), strict=True)
    ]
    assert list(_split(turning)) == [""]
    assert gate.refusal(gate.judge(turning)).code == "mixed-orientations"


def test_phases_within_each_of_two_directions(volume) -> None:
    mixture = [
        volume(normal=normal, orientation=orientation, acquisition_number=number)
        for normal, orientation in ((2, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)), (1, CORONAL))
        for number in "12"
    ]
    assert set(_split(*mixture)) == {f"{plane} · acquisition {n}" for plane in ("axial", "coronal") for n in "12"}


def test_frames_of_one_file_are_told_apart_by_stack(volume) -> None:
    stacks = [
        [replace(h, path=h.path.with_name("one"), frame=12 * n + k, stack_id=str(n)) for k, h in enumerate(volume())]
        for n in (0, 1)
    ]
    parts = split(stacks[0] + stacks[1])
    assert {part.words: sorted(h.frame for h in part.headers) for part in parts} == {
        "stack 0": list(range(12)),
        "stack 1": list(range(12, 24)),
    }


@pytest.mark.parametrize(
    "damage",
    [
        {"position_lps_mm": ()},
        {"position_lps_mm": (float("nan"),) * 3},
        {"position_lps_mm": (1e308, -1e308, 1e308)},
        {"position_lps_mm": (0.0, 0.0, float("-inf"))},
        {"orientation": (0.0,) * 6},
        {"orientation": (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)},
        {"orientation": (1e300, 0.0, 0.0, 0.0, 1e300, 0.0)},
        {"spacing_ji_mm": ()},
        {"spacing_ji_mm": (0.0, 0.0)},
        {"rows": 0},
    ],
)
def test_H_07_what_lacks_geometry_stays_in_its_series(damage, volume) -> None:
    broken = volume()
    broken[3] = replace(broken[3], **damage)
    assert list(_split(broken)) == [""]
    assert gate.refusal(gate.judge(broken)) is not None


def test_other_objects_under_the_same_identifier_are_named(volume) -> None:
    scan, report = volume(), volume(count=1, modality="SR")
    capture = volume(count=1, sop_class_uid="1.2.840.10008.5.1.4.1.1.7")
    parts = _split(scan, report, capture)
    assert parts == {"": _names(scan), "SR": _names(report), "picture": _names(capture)}


def test_a_description_of_its_own_for_each_slice_tells_nothing(volume) -> None:
    named = [replace(h, series_description=f"Image {n}") for n, h in enumerate(volume())]
    assert list(_split(named)) == [""]
    assert gate.judge(named) == ()


def test_volumes_of_three_slices_are_the_smallest_set_apart(volume) -> None:
    """Of two slices nothing would prove the spacing."""
    small = [volume(count=3), volume(count=3, acquisition_number="2")]
    assert set(_split(*small)) == {"acquisition 1", "acquisition 2"}
    assert list(_split(volume(count=2), volume(count=2, acquisition_number="2"))) == [""]
    halfway = [volume(count=3), volume(count=3, first_mm=1.0, kernel="B70f")]
    assert set(_split(*halfway)) == {"kernel not named", "kernel B70f"}
    stacks = [volume(count=3), volume(count=3, normal=1, orientation=CORONAL)]
    assert set(_split(*stacks)) == {"axial", "coronal"}


@pytest.mark.parametrize(("count", "parts"), [(8, 8), (9, 1)])
def test_eight_directions_are_reformats_and_nine_a_rotating_view(count, parts, volume) -> None:
    """Stacks of three slices 20° apart, each pushed outward along its own normal."""
    turned = []
    for a in np.radians(20.0 * np.arange(count)):
        normal = np.array([-np.sin(a), np.cos(a), 0.0])
        orientation = (float(np.cos(a)), float(np.sin(a)), 0.0, 0.0, 0.0, 1.0)
        stack = volume(count=3, orientation=orientation)
        turned.append(
            [replace(h, position_lps_mm=tuple((normal * (5.0 + 2 * n)).tolist())) for n, h in enumerate(stack)]
        )
    assert len(_split(*turned)) == parts


@pytest.mark.parametrize("other", ["kernel", "acquisition_time", "content_time", "instance number"])
def test_H_02_attributes_that_cross_tell_nothing(other, volume) -> None:
    """The acquisition names one phase; the other attribute the lower half of one and the upper half of the other."""
    mixture = []
    for phase in (0, 1):
        for n, header in enumerate(volume(acquisition_number=str(phase))):
            crossed = (n < 6) == (phase == 0)
            if other == "instance number":
                mixture.append(replace(header, instance_number=n if crossed else 100 + n))
            else:
                mixture.append(replace(header, instance_number=0, **{other: "1" if crossed else "2"}))
    assert list(_split(mixture)) == [""]
    assert gate.refusal(gate.judge(mixture)).code == "duplicate-positions"


def test_H_02_crossing_attributes_of_alternating_volumes_tell_nothing(volume) -> None:
    one, between = volume(kernel="A"), volume(first_mm=1.0, kernel="B")
    mixture = [
        replace(h, temporal_position="1" if (n // 3) % 2 == v else "2")
        for v, half in enumerate((one, between))
        for n, h in enumerate(half)
    ]
    assert list(_split(mixture)) == [""]
    assert gate.refusal(gate.judge(mixture)).code == "interleaved"


def test_H_02_an_attribute_that_cuts_phases_further_agrees(volume) -> None:
    phases = [
        [
            replace(h, temporal_position=str(phase), content_time=str(10 * phase + n // 4))
            for n, h in enumerate(volume())
        ]
        for phase in (1, 2)
    ]
    assert set(_split(*phases)) == {"temporal position 1", "temporal position 2"}
