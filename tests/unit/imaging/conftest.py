"""Slice headers without files, for the gate."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003
from dataclasses import replace
from pathlib import Path

import pytest

from planner.domain.identity import PatientIdentity
from planner.imaging.headers import SliceHeader


def _header(number: int, position_lps_mm) -> SliceHeader:
    return SliceHeader(
        path=Path(f"/series/{number:04d}"),
        patient=PatientIdentity(patient_name="Phantom", patient_id="P1"),
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        media_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid=f"1.2.3.{number}",
        modality="CT",
        image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
        study_instance_uid="1.2",
        series_instance_uid="1.3",
        frame_of_reference_uid="1.4",
        series_number="1",
        series_description="",
        series_date="2026-01-02",
        acquisition_number="1",
        acquisition_time="",
        instance_number=number,
        scanner="",
        kernel="",
        contrast="",
        patient_position="HFS",
        rows=512,
        columns=512,
        frames=1,
        samples=1,
        photometric="MONOCHROME2",
        bits_allocated=16,
        bits_stored=16,
        high_bit=15,
        signed=True,
        lossy=False,
        position_lps_mm=tuple(float(v) for v in position_lps_mm),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        spacing_ji_mm=(0.7, 0.7),
        slope=1.0,
        intercept=0.0,
        rescale_type="HU",
        padding=None,
        slice_location_mm=None,
        slice_thickness_mm=None,
        spacing_between_slices_mm=None,
        gantry_tilt_deg=None,
        window_hu=None,
    )


@pytest.fixture
def stack_at() -> Callable[..., list[SliceHeader]]:
    """Function that makes headers of a clean series with its slices at given LPS positions."""

    def make(positions_lps_mm, **changes) -> list[SliceHeader]:
        return [replace(_header(number, position), **changes) for number, position in enumerate(positions_lps_mm)]

    return make
