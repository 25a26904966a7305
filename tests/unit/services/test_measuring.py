"""Measurements are steps of the plan that no verdict depends on, and their figures come from stored voxels."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import MeasurementId, PatientIdentity
from planner.domain.measurement import Measurement, MeasurementKind
from planner.domain.plan import Plan
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.commands import PutMeasurement, RemoveMeasurement, RenamePlan
from planner.services.history import History
from planner.services.measuring import add_measurement, measurement_words, printed_measurements
from planner.services.session import ChangeKind, Session

AXIAL = (0.0, 0.0, 1.0)
GRID = Grid.from_axes((3, 21, 21), origin_lps_mm=(-10, -10, 50), spacing_ijk_mm=(1, 1, 2))


@pytest.fixture
def volume():
    hu = np.zeros(GRID.shape_kji, np.int16)
    hu[1, 10, 10] = 50  # the middle voxel and its four neighbours
    hu[1, 10, (9, 11)] = -100
    hu[1, (9, 11), 10] = 100
    ref = VolumeRef(array_hash(hu), GRID, PatientPosition.HFS, "1", "2", "3")
    return Volume(ref, hu)


def measured(kind, *points, name="M1"):
    return Measurement(MeasurementId("m"), kind, points, AXIAL, name)


def test_a_distance_and_an_angle_are_said_with_their_units(volume):
    distance = measured(MeasurementKind.DISTANCE, (0.0, 0.0, 50.0), (3.0, 4.0, 50.0))
    angle = measured(MeasurementKind.ANGLE, (1.0, 0.0, 50.0), (0.0, 0.0, 50.0), (0.0, 1.0, 50.0))
    assert measurement_words(distance, volume) == ("M1  5.0 mm",)
    assert measurement_words(angle, volume) == ("M1  90.0°",)


def test_a_circle_says_what_its_voxels_hold(volume):
    # Five voxels: 50, −100, −100, 100, 100: mean 10, SD √((40² + 2·110² + 2·90²) / 4) = 102.47.
    circle = measured(MeasurementKind.CIRCLE, (0.0, 0.0, 52.0), (1.1, 0.0, 52.0))
    assert measurement_words(circle, volume) == (
        "M1  mean 10 HU · SD 102",
        "−100 to 100 HU",
        "4 mm² · 5 voxels",
    )


def test_a_circle_in_the_air_beside_the_volume_says_so(volume):
    circle = measured(MeasurementKind.CIRCLE, (90.0, 0.0, 52.0), (91.0, 0.0, 52.0))
    assert measurement_words(circle, volume) == ("M1  no voxel inside", "3 mm²")


def test_measuring_changes_the_plan_and_no_verdict(volume):
    plan = Plan("p", "plan", volume.ref)
    with_one = add_measurement(
        plan, MeasurementKind.DISTANCE, ((0.0, 0.0, 50.0), (3.0, 4.0, 50.0)), normal_lps=AXIAL
    ).apply(plan)
    assert with_one.hash != plan.hash
    assert with_one.judged_hash == plan.judged_hash == plan.hash
    renamed = RenamePlan("other").apply(with_one)
    assert renamed.judged_hash != with_one.judged_hash


def test_names_count_up_and_freed_ones_come_back(volume):
    plan = Plan("p", "plan", volume.ref)
    for _ in range(3):
        points = ((0.0, 0.0, 50.0), (3.0, 4.0, 50.0))
        plan = add_measurement(plan, MeasurementKind.DISTANCE, points, normal_lps=AXIAL).apply(plan)
    assert [m.name for m in plan.measurements] == ["M1", "M2", "M3"]
    plan = RemoveMeasurement(plan.measurements[1].id, "M2").apply(plan)
    assert plan.next_measurement_name() == "M2"
    with pytest.raises(PlanInvalid):
        RemoveMeasurement(MeasurementId("gone"), "M9").apply(plan)


def test_a_measurement_is_kept_undone_and_read_back(tmp_path, volume):
    blobs = BlobStore(tmp_path)
    session = Session(
        blobs=blobs, volume=volume, identity=PatientIdentity(), history=History(Plan("p", "plan", volume.ref))
    )
    session.keep_in(tmp_path / "plan.frostline", source_folder="/ct")
    told = []
    session.subscribe(told.append)
    circle = measured(MeasurementKind.CIRCLE, (0.0, 0.0, 52.0), (1.1, 0.0, 52.0))
    session.apply(PutMeasurement(circle), initiator="test")
    assert told[-1].kinds == {ChangeKind.MEASUREMENTS}
    assert session.undo_label == "add circle M1"
    session.undo()
    assert session.plan.measurements == ()
    session.redo()
    session.close()
    file = PlanFile.open(tmp_path / "plan.frostline")
    assert file.steps()[-1].plan.measurements == (circle,)
    file.close()


def test_the_report_lists_what_was_measured(volume):
    plan = Plan("p", "plan", volume.ref)
    for kind, points in (
        (MeasurementKind.DISTANCE, ((0.0, 0.0, 50.0), (3.0, 4.0, 50.0))),
        (MeasurementKind.CIRCLE, ((0.0, 0.0, 52.0), (1.1, 0.0, 52.0))),
    ):
        plan = add_measurement(plan, kind, points, normal_lps=AXIAL).apply(plan)
    assert printed_measurements(plan, volume) == (
        ("M1, distance", "5.0 mm"),
        ("M2, circle", "mean 10 HU · SD 102 · −100 to 100 HU · 4 mm² · 5 voxels"),
    )
