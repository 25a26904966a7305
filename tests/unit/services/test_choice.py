"""Is the series meant the one chosen, and is nothing ever chosen by a guess?"""

from __future__ import annotations

import pytest

from planner.domain.errors import InputRefused
from planner.domain.identity import PatientIdentity
from planner.domain.review import Finding, Severity
from planner.domain.series import ScanReport, SeriesSummary, SliceFile
from planner.services.choice import chosen_series


def _row(uid, part="", *, refused=False):
    findings = (Finding("localizer", Severity.REFUSE, "A localizer."),) if refused else ()
    return SeriesSummary(
        series_instance_uid=uid,
        study_instance_uid="1",
        patient=PatientIdentity(),
        label=f"series {uid}",
        modality="CT",
        images=9,
        size_ji=(4, 4),
        spacing_ijk_mm=None,
        extent_hf_mm=None,
        date="",
        detail="",
        patient_position="HFS",
        scanner="",
        compression="",
        slices=(SliceFile(f"/{uid}{part}"),),
        findings=findings,
        part=part,
    )


def _choose(*rows, uid="", part=""):
    return chosen_series(
        ScanReport("/ct", 1, rows, ()),
        series_instance_uid=uid,
        part=part,
        uid_field="--series",
        part_field="--part",
    )


def test_the_only_usable_one_needs_no_name() -> None:
    assert _choose(_row("1", refused=True), _row("2")).series_instance_uid == "2"


def test_a_scout_under_the_same_identifier_does_not_hide_its_scan() -> None:
    scan = _row("1")
    assert _choose(_row("1", "localizer", refused=True), scan, uid="1") is scan


def test_a_named_series_that_is_refused_is_still_the_one_meant() -> None:
    refused = _row("1", refused=True)
    assert _choose(refused, _row("2"), uid="1") is refused


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        ((_row("1"), _row("2")), {}, "--series must name one of 1, 2."),
        ((_row("1", "a"), _row("1", "b")), {"uid": "1"}, "--part must name one of “a”, “b”."),
        ((_row("1"),), {"uid": "3"}, "--series finds no usable CT series"),
        ((_row("1", "a"),), {"uid": "1", "part": "c"}, "series 1 (a)"),
        ((), {}, "it holds no DICOM series"),
        ((_row("1", refused=True),), {}, "A localizer."),
    ],
)
def test_anything_else_is_refused_with_what_there_is(rows, asked, said) -> None:
    with pytest.raises(InputRefused) as refusal:
        _choose(*rows, **asked)
    assert said in refusal.value.sentence


def test_a_part_is_chosen_by_its_words() -> None:
    assert _choose(_row("1", "a"), _row("1", "b"), uid="1", part="b").part == "b"
