"""Does the gate draw its lines where it says? Thresholds by hand calculation, on headers without files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.review import Severity
from planner.imaging import gate


def _at(heights_mm, *, y_mm=None):
    y = np.zeros(len(heights_mm)) if y_mm is None else y_mm
    return [(-150.0, b, z) for z, b in zip(heights_mm, y, strict=True)]


def _codes(headers) -> list[str]:
    return [finding.code for finding in gate.judge(headers)]


def test_clean_stack_has_no_finding(stack_at) -> None:
    assert gate.judge(stack_at(_at(np.arange(50) * 1.0))) == ()


def test_no_images_are_refused() -> None:
    assert _codes([]) == ["no-images"]


@pytest.mark.parametrize(("off_mm", "codes"), [(0.09, []), (0.11, ["uneven-spacing"])])
def test_H_05_threshold_is_a_tenth_of_a_millimetre(off_mm, codes, stack_at) -> None:
    """One of 201 slices is off; the line through the others is where it was, to 0.5 % of the offset."""
    heights = np.arange(201) * 1.0
    heights[100] += off_mm
    assert _codes(stack_at(_at(heights))) == codes


def test_H_05_jitter_within_tolerance_passes_and_beyond_does_not(stack_at) -> None:
    jitter = np.tile([0.045, -0.045], 50)
    assert _codes(stack_at(_at(np.arange(100) + jitter))) == []
    assert _codes(stack_at(_at(np.arange(100) + 4 * jitter))) == ["uneven-spacing"]


@pytest.mark.parametrize("extent_mm", [60, 600])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("drift_mm", "codes"), [(0.099, []), (0.101, ["gantry-tilt"])])
def test_H_03_tilt_is_judged_in_mm_over_the_stack(extent_mm, sign, drift_mm, codes, stack_at) -> None:
    heights = np.arange(0, extent_mm + 1.0)
    sideways = sign * drift_mm * heights / extent_mm
    assert _codes(stack_at(_at(heights, y_mm=sideways))) == codes


def test_H_03_one_degree_over_a_long_stack_is_asked_about_with_angle_and_drift(stack_at) -> None:
    """tan 1° over 299 mm is 5.22 mm."""
    heights = np.arange(0, 300.0)
    (finding,) = gate.judge(stack_at(_at(heights, y_mm=heights * np.tan(np.radians(1.0)))))
    assert finding.severity is Severity.ACK
    assert "Gantry tilt of 1.00° corrected by resampling" in finding.sentence
    assert "5.2 mm" in finding.sentence
    assert finding.value == pytest.approx(1.0)
    assert finding.unit == "°"


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("tilt_deg", "code"), [(30.0, "gantry-tilt"), (30.5, "tilt-too-large"), (60, "tilt-too-large")]
)
def test_H_03_no_gantry_tilts_beyond_thirty_degrees(tilt_deg, sign, code, stack_at) -> None:
    heights = np.arange(0, 60.0)
    (finding,) = gate.judge(stack_at(_at(heights, y_mm=sign * heights * np.tan(np.radians(tilt_deg)))))
    assert finding.code == code
    assert finding.value == pytest.approx(tilt_deg)


def test_H_03_a_bent_stack_is_refused_where_it_bends_most(stack_at) -> None:
    """Slice 30 of a stack tilted by 10° lies 0.5 mm beside the line of the others."""
    heights = np.arange(0, 60.0)
    sideways = heights * np.tan(np.radians(10))
    sideways[30] += 0.5
    (finding,) = gate.judge(stack_at(_at(heights, y_mm=sideways)))
    assert (finding.code, finding.unit) == ("sideways-shift", "mm")
    assert finding.value == pytest.approx(0.5, abs=1e-3)
    assert "at H 30.0 mm lies 0.5 mm to the side" in finding.sentence


def test_H_03_a_curved_stack_is_not_straight(stack_at) -> None:
    heights = np.arange(0, 60.0)
    assert _codes(stack_at(_at(heights, y_mm=heights**2 / 100))) == ["sideways-shift"]


def test_H_03_tilt_with_a_missing_slice_is_refused_for_the_gap(stack_at) -> None:
    heights = np.delete(np.arange(0, 60.0), 20)
    assert _codes(stack_at(_at(heights, y_mm=heights * 0.2))) == ["missing-slices"]


def test_H_03_drift_and_uneven_spacing_together_exceed_the_grid(stack_at) -> None:
    """Each within its tolerance (0.09 mm), but the worst corner is √(0.045² + 0.045²) = 0.064 mm off the grid."""
    heights = np.arange(200) * 1.0
    jitter = np.where(np.arange(200) % 4 < 2, 0.045, -0.045)
    (finding,) = gate.judge(stack_at(_at(heights + jitter, y_mm=jitter)))
    assert finding.code == "grid-misfit"
    assert finding.value == pytest.approx(0.064, abs=0.002)


@pytest.mark.parametrize(
    ("spacing_mm", "codes"),
    [(1.0, []), (3.0, []), (3.1, ["spacing-thick"]), (5.0, ["spacing-thick"]), (5.1, ["spacing-too-thick"])],
)
def test_H_10_thick_slices(spacing_mm, codes, stack_at) -> None:
    assert _codes(stack_at(_at(np.arange(20) * spacing_mm))) == codes


def test_H_10_severities(stack_at) -> None:
    (finding,) = gate.judge(stack_at(_at(np.arange(20) * 4.0)))
    assert finding.severity is Severity.ACK
    (finding,) = gate.judge(stack_at(_at(np.arange(20) * 6.0)))
    assert finding.severity is Severity.REFUSE


def test_H_10_thick_pixels_count_too(stack_at) -> None:
    assert _codes(stack_at(_at(np.arange(20) * 1.0), spacing_ji_mm=(4.0, 4.0), rows=100, columns=100)) == [
        "spacing-thick"
    ]


@pytest.mark.parametrize("cosine", [2e-3, 5e-4])
def test_H_06_skewed_directions_are_refused_by_what_they_do_in_mm(cosine, stack_at) -> None:
    """5e-4 over 358 mm of columns is 0.18 mm at the far corner: within 1e-3, yet beyond 0.05 mm."""
    skewed = (1.0, 0.0, 0.0, cosine, float(np.sqrt(1 - cosine**2)), 0.0)
    assert _codes(stack_at(_at(np.arange(20) * 1.0), orientation=skewed)) == [
        "orientation-invalid" if cosine > 1e-3 else "grid-misfit"
    ]


def test_H_06_directions_rounded_to_six_digits_pass(stack_at) -> None:
    a = np.radians(13.7)
    row, column = (np.cos(a), np.sin(a), 0.0), (-np.sin(a), np.cos(a), 0.0)
    rounded = tuple(float(np.round(v, 6)) for v in (*row, *column))
    assert _codes(stack_at(_at(np.arange(20) * 1.0), orientation=rounded)) == []


def test_H_07_not_finite_numbers_are_missing(stack_at) -> None:
    headers = stack_at(_at(np.arange(10) * 1.0))
    headers[3] = replace(headers[3], position_lps_mm=(0.0, float("nan"), 3.0))
    (finding,) = gate.judge(headers)
    assert finding.code == "missing-position"
    assert "ImagePositionPatient" in finding.sentence
    assert "1 of 10 slices, first in 0003" in finding.sentence


def test_H_01_several_gaps_are_counted(stack_at) -> None:
    heights = [0, 1, 2, 5, 6, 7, 9, 10, 11]
    (finding,) = gate.judge(stack_at(_at(heights)))
    assert finding.code == "missing-slices"
    assert "3 slices are missing between H 2.0 and H 5.0 mm and at 1 other place" in finding.sentence


def test_coronal_stack_is_told_in_its_own_letters(stack_at) -> None:
    positions = [(0.0, float(y), 0.0) for y in (-3, -2, -1, 1, 2, 3)]
    (finding,) = gate.judge(stack_at(positions, orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0)))
    assert "between A 1.0 and P 1.0 mm" in finding.sentence


def _checks():
    for table in ("_HEADERS", "_STACK"):
        for stage, checks in enumerate(getattr(gate, table)[gate.Purpose.PLANNING]):
            for index in range(len(checks)):
                yield table, stage, index
    for index in range(len(gate._REMARKS[0])):
        yield "_REMARKS", 0, index


@pytest.mark.parametrize("fault", ["raises", "returns nothing"])
@pytest.mark.parametrize(("table", "stage", "index"), list(_checks()))
def test_H_54_a_check_that_fails_refuses(table, stage, index, fault, stack_at, monkeypatch) -> None:
    """Whatever a check does instead of answering, the series is not loaded."""

    def broken_check(subject):
        if fault == "raises":
            raise OverflowError(subject)

    stages = getattr(gate, table)
    stages = list(stages[gate.Purpose.PLANNING] if isinstance(stages, dict) else stages)
    stages[stage] = (*stages[stage][:index], broken_check, *stages[stage][index + 1 :])
    is_by_purpose = isinstance(getattr(gate, table), dict)
    monkeypatch.setattr(gate, table, {gate.Purpose.PLANNING: tuple(stages)} if is_by_purpose else tuple(stages))
    with pytest.raises(GeometryRefused, match="“broken check” could not be completed") as refusal:
        gate.require(stack_at(_at(np.arange(10) * 1.0)))
    assert refusal.value.code == "check-failed"


def test_require_returns_what_is_to_be_accepted_and_raises_refusals(stack_at) -> None:
    accepted = gate.require(stack_at(_at(np.arange(10) * 4.0)))
    assert [finding.code for finding in accepted] == ["spacing-thick"]
    with pytest.raises(GeometryRefused) as refusal:
        gate.require(stack_at(_at(np.arange(10) * 6.0)))
    assert refusal.value.code == "spacing-too-thick"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"spacing_between_slices_mm": 2.0}, "spacing-tag"),
        ({"slice_thickness_mm": 0.6}, "slices-apart"),
        ({"gantry_tilt_deg": 12.0}, "tilt-tag"),
    ],
)
def test_H_04_descriptive_tags_are_only_noted(changes, code, stack_at) -> None:
    (finding,) = gate.judge(stack_at(_at(np.arange(10) * 1.0), **changes))
    assert (finding.code, finding.severity) == (code, Severity.NOTE)


def test_H_04_instance_numbers_out_of_order_are_noted_and_reversed_ones_are_not(stack_at) -> None:
    headers = stack_at(_at(np.arange(10) * 1.0))
    assert gate.judge([replace(h, instance_number=-h.instance_number) for h in headers]) == ()
    headers[2] = replace(headers[2], instance_number=99)
    assert _codes(headers) == ["instance-order"]


def test_overlapping_slices_are_clean(stack_at) -> None:
    assert gate.judge(stack_at(_at(np.arange(10) * 2.0), slice_thickness_mm=3.0)) == ()


@pytest.mark.parametrize("modality", ["SEG", "SR", "RTSTRUCT", "MR", ""])
def test_other_objects_are_refused_in_words(modality, stack_at) -> None:
    (finding,) = gate.judge(stack_at(_at([0, 1, 2]), modality=modality))
    assert finding.severity is Severity.REFUSE
    assert "not a ct image" in finding.sentence.lower()


def test_two_mixed_frames_are_not_taken_for_relabelled_ones(stack_at) -> None:
    headers = stack_at(_at(np.arange(10) * 1.0))
    mixed = [replace(h, frame_of_reference_uid=f"1.4.{n // 5}") for n, h in enumerate(headers)]
    assert _codes(mixed) == ["mixed-frames-of-reference"]
    nine_and_one = [replace(h, frame_of_reference_uid=f"1.4.{max(n, 1)}") for n, h in enumerate(headers)]
    assert _codes(nine_and_one) == ["mixed-frames-of-reference"]
