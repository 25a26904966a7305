"""Which kinds of images pass, for planning and for laying over a CT, and do other checks say their figures?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import canonical_json
from planner.domain.review import Finding, Severity
from planner.imaging import gate
from planner.imaging.gate import Purpose
from planner.persistence.codec import decode

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture
def stack(stack_at):
    def make(*, count=10, step_mm=1.0, **changes):
        return stack_at([(0.0, 0.0, step_mm * n) for n in range(count)], **changes)

    return make


@pytest.fixture
def magnetic(stack):
    """Function that makes an MR series: no HU scale, no place on the table."""

    def make(**changes):
        plain = {"modality": "MR", "sop_class_uid": MR, "slope": None, "intercept": None, "rescale_type": ""}
        return stack(**(plain | {"patient_position": ""} | changes))

    return make


def _codes(headers, purpose=Purpose.PLANNING):
    return [finding.code for finding in gate.judge(headers, purpose=purpose)]


def _frames(headers, **changes):
    """The same slices as frames of one file."""
    return [
        replace(h, path=h.path.with_name("all"), sop_instance_uid="1.2.3", frame=n, frames=len(headers), **changes)
        for n, h in enumerate(headers)
    ]


@pytest.mark.parametrize("object_class", [f"{CT}.1", f"{CT}.2"])
def test_H_07_frames_of_an_enhanced_file_are_judged_like_slices(object_class, stack) -> None:
    frames = _frames(stack(), sop_class_uid=object_class)
    assert gate.judge(frames) == ()
    assert _codes(frames[:4] + frames[5:]) == ["missing-slices"]
    assert _codes([*frames[:9], replace(frames[9], position_lps_mm=(0.0, 0.0, 8.0))]) == ["duplicate-positions"]
    assert _codes([*frames[:9], replace(frames[9], slope=2.0)]) == ["mixed-rescale"]


def test_H_07_frames_that_only_an_enhanced_file_may_hold_are_refused(stack) -> None:
    (finding,) = gate.judge(_frames(stack()))
    assert finding.code == "multi-frame"
    assert "says it holds 10 frames" in finding.sentence


@pytest.mark.parametrize("word", ["LOCALIZER", "SCOUT", "TOPOGRAM"])
def test_H_07_scouts_are_refused(word, stack) -> None:
    assert _codes(stack(image_type=("ORIGINAL", "PRIMARY", word))) == ["localizer"]


def test_an_mr_series_carries_no_plan_but_can_be_laid_over(magnetic) -> None:
    (finding,) = gate.judge(magnetic())
    assert (finding.code, finding.severity) == ("overlay-only", Severity.REFUSE)
    assert "laid over" in finding.sentence
    assert gate.judge(magnetic(), purpose=Purpose.OVERLAY) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 2}, "Only two slices"),
        ({"spacing_ji_mm": ()}, "PixelSpacing"),
        ({"orientation": (1.0, 0.0, 0.0, 0.0, 2.0, 0.0)}, "not two perpendicular unit directions"),
    ],
)
def test_an_mr_series_without_geometry_says_so(changes, words, magnetic) -> None:
    (finding,) = gate.judge(magnetic(**changes))
    assert finding.code == "not-ct"
    assert words in finding.sentence
    assert gate.refusal(gate.judge(magnetic(**changes), purpose=Purpose.OVERLAY)) is not None


def test_overlay_has_the_same_geometry_and_no_hu(magnetic, stack) -> None:
    gap = magnetic()
    del gap[4]
    assert _codes(gap, Purpose.OVERLAY) == ["missing-slices"]
    assert _codes(magnetic(step_mm=6.0), Purpose.OVERLAY) == ["spacing-thick"]
    assert _codes(stack(step_mm=6.0), Purpose.OVERLAY) == ["spacing-thick"]
    assert _codes(stack(slope=None), Purpose.OVERLAY) == []
    for slope in (0.0, -1.0, float("nan"), float("inf"), 1e300):
        assert _codes(magnetic(slope=slope), Purpose.OVERLAY) == ["missing-rescale-slope"]
    assert _codes(magnetic(slope=2.5, intercept=float("nan")), Purpose.OVERLAY) == ["missing-rescale-intercept"]
    assert _codes(magnetic(slope=2.5, intercept=-3.0), Purpose.OVERLAY) == []
    assert _codes(stack(modality="PT"), Purpose.OVERLAY) == ["not-ct"]


def test_mr_packages_taken_in_turns_are_one_volume(magnetic) -> None:
    turns = [replace(h, acquisition_time=str(n % 2), acquisition_number=str(n % 2)) for n, h in enumerate(magnetic())]
    assert _codes(turns, Purpose.OVERLAY) == []


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ({"position_lps_mm": (0.0, 0.0, 1e6)}, "missing-position"),
        ({"position_lps_mm": (1e308, -1e308, 0.0)}, "missing-position"),
        ({"orientation": (1e200, 0.0, 0.0, 0.0, 1.0, 0.0)}, "missing-orientation"),
        ({"spacing_ji_mm": (0.0007, 0.0007)}, "missing-pixel-spacing"),
        ({"spacing_ji_mm": (-0.7, 0.7)}, "missing-pixel-spacing"),
        ({"spacing_ji_mm": (0.7, float("inf"))}, "missing-pixel-spacing"),
        ({"slope": 1e6}, "missing-rescale-slope"),
        ({"slope": float("nan")}, "missing-rescale-slope"),
        ({"intercept": -1e9}, "missing-rescale-intercept"),
        ({"intercept": None}, "missing-rescale-intercept"),
    ],
)
def test_H_07_impossible_numbers_are_refused_with_their_count(damage, code, stack) -> None:
    headers = stack()
    headers[2], headers[7] = replace(headers[2], **damage), replace(headers[7], **damage)
    (finding,) = gate.judge(headers)
    assert (finding.code, finding.severity, finding.value) == (code, Severity.REFUSE, 2)
    assert "2 of 10 slices, first in 0002" in finding.sentence


def test_H_06_one_turned_slice_is_told_from_the_others(stack) -> None:
    """Turned by 1° in its plane, the far corner of a 511 · 0.7 mm square moves by its diagonal · 2 · sin 0.5°."""
    a = np.radians(1)
    headers = stack()
    headers[6] = replace(
        headers[6], orientation=(float(np.cos(a)), float(np.sin(a)), 0, -float(np.sin(a)), float(np.cos(a)), 0)
    )
    (finding,) = gate.judge(headers)
    assert (finding.code, finding.unit) == ("mixed-orientations", "mm")
    assert "One slice faces another way" in finding.sentence
    assert "0006" in finding.sentence
    assert finding.value == pytest.approx(np.sqrt(2) * 511 * 0.7 * 2 * np.sin(a / 2), abs=1e-6)


def test_H_06_negative_zero_changes_nothing(stack) -> None:
    from planner.imaging.stack import fit_stack

    plain = fit_stack(stack()).matrix
    signed = stack(orientation=(1.0, -0.0, -0.0, -0.0, 1.0, -0.0))
    signed = [replace(h, position_lps_mm=(-0.0, -0.0, h.position_lps_mm[2])) for h in signed]
    assert fit_stack(signed).matrix.tobytes() == plain.tobytes()


def test_H_04_the_last_digit_of_one_slice_does_not_depend_on_file_order(stack) -> None:
    from planner.imaging.stack import fit_stack

    headers = stack()
    headers[0] = replace(headers[0], orientation=(1.0, 1e-7, 0.0, -1e-7, 1.0, 0.0))
    assert fit_stack(headers).matrix.tobytes() == fit_stack(headers[::-1]).matrix.tobytes()


@pytest.mark.parametrize("far_mm", [0.0, 1500.0, -99_000.0])
def test_H_05_the_line_is_drawn_alike_far_from_the_scanners_zero(far_mm, stack_at) -> None:
    for off_mm, codes in ((0.09, []), (0.11, ["uneven-spacing"])):
        heights = far_mm + np.arange(201) * 1.0
        heights[100] += off_mm
        assert _codes(stack_at([(far_mm, 0.0, z) for z in heights])) == codes


@pytest.mark.parametrize(
    ("changes", "code", "value", "unit"),
    [
        ({"step_mm": 4.0}, "spacing-thick", 4.0, "mm"),
        ({"step_mm": 6.0}, "spacing-too-thick", 6.0, "mm"),
        ({"spacing_between_slices_mm": -2.0}, "spacing-tag", -2.0, "mm"),
        ({"slice_thickness_mm": 0.6}, "slices-apart", 0.4, "mm"),
        ({"gantry_tilt_deg": -12.0}, "tilt-tag", 12.0, "°"),
        ({"sop_class_uid": "", "media_class_uid": ""}, "identifiers-missing", 10, ""),
        ({"count": 2}, "too-few-slices", 2, ""),
    ],
)
def test_findings_carry_their_figure(changes, code, value, unit, stack) -> None:
    (finding,) = gate.judge(stack(**changes))
    assert (finding.code, finding.unit) == (code, unit)
    assert finding.value == pytest.approx(value)


def test_H_01_gaps_say_how_wide_they_are(stack) -> None:
    headers = stack()
    del headers[3:6]
    (finding,) = gate.judge(headers)
    assert (finding.code, finding.value, finding.unit) == ("missing-slices", pytest.approx(4.0), "mm")
    assert "3 slices are missing between H 2.0 and H 6.0 mm" in finding.sentence


def test_H_01_every_second_slice_of_a_thin_series_is_asked_about(stack) -> None:
    """Regular by their places, but 1 mm thin slices every 2 mm with image numbers 0, 2, 4 …"""
    (finding,) = gate.judge(stack(count=20, slice_thickness_mm=1.0)[::2])
    assert (finding.code, finding.severity) == ("slices-left-out", Severity.ACK)
    assert "only every second slice" in finding.sentence


@pytest.mark.parametrize(
    ("heights", "code"),
    [
        ([0, 1, 2, 4], "missing-slices"),  # one wide step of three
        ([0, 1, 3, 4, 6], "uneven-spacing"),  # two of four are no gaps but a way of spacing
        ([0, 1, 2, 4, 5, 6, 8], "missing-slices"),  # two of six
    ],
)
def test_H_01_gaps_are_the_exception(heights, code, stack_at) -> None:
    assert _codes(stack_at([(0.0, 0.0, float(z)) for z in heights])) == [code]


@pytest.mark.parametrize(
    ("bits", "codes"),
    [
        ((1, 8, 0), []),
        ((12, 16, 11), []),
        ((16, 16, 15), []),
        ((0, 16, -1), ["bits"]),
        ((17, 16, 16), ["bits"]),
        ((12, 16, 15), ["bits"]),
    ],
)
def test_H_09_stored_bits_fill_from_the_lowest(bits, codes, stack) -> None:
    stored, allocated, high = bits
    assert _codes(stack(bits_stored=stored, bits_allocated=allocated, high_bit=high)) == codes


def test_H_09_monochrome1_is_asked_about(stack) -> None:
    (finding,) = gate.judge(stack(photometric="MONOCHROME1"))
    assert (finding.code, finding.severity) == ("monochrome1", Severity.ACK)
    assert _codes(stack(photometric="RGB")) == ["photometric"]


def test_H_03_a_scanner_may_state_the_step_of_the_table(stack_at) -> None:
    """2.5 mm of the table at 16.5° are 2.397 mm along the slices' normal; both are right."""
    a = np.radians(16.5)
    tilted = (1.0, 0.0, 0.0, 0.0, float(np.cos(a)), float(np.sin(a)))
    positions = [(0.0, 0.0, 2.5 * n) for n in range(20)]
    for stated, codes in ((2.5, []), (2.397, []), (3.0, ["spacing-tag"])):
        headers = stack_at(positions, orientation=tilted, spacing_between_slices_mm=stated, gantry_tilt_deg=-16.5)
        assert _codes(headers) == ["gantry-tilt", *codes]
    headers = stack_at(positions, orientation=tilted, gantry_tilt_deg=10.0)
    assert _codes(headers) == ["gantry-tilt", "tilt-tag"]


def test_a_finding_survives_writing_and_old_ones_are_still_read() -> None:
    finding = Finding("gap", Severity.REFUSE, "A gap.", value=2.5, unit="mm")
    assert decode(canonical_json(finding), Finding, where="test") == finding
    old = b'{"code":"gap","sentence":"A gap.","severity":"refuse"}'
    assert canonical_json(Finding("gap", Severity.REFUSE, "A gap.")) == old
    assert decode(old, Finding, where="test").value is None
