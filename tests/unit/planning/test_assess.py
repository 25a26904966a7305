"""The whole assessment of small plans whose answers are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.assessment import Assessment
from planner.domain.digest import canonical_json, content_hash
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.protocol import SkinWarming
from planner.domain.review import Acknowledgement
from planner.domain.rule import Verdict
from planner.domain.structure import StructureRole
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.persistence import resources
from planner.persistence.codec import decode
from planner.planning import assess as assessing
from planner.planning.assess import assess
from planner.planning.permission import target_findings


@pytest.fixture(scope="module")
def scene(world):
    """A body with cord, lung, artery and a ball of ice of 10 mm: T = −20 °C at 5 mm, 20 °C/… 4 °C per mm."""
    ct, box = world.box(60, spacing=1.5), world.box(35)
    p = world.points(ct)
    x, y = p[..., 0], p[..., 1]
    masks = {
        "body": (np.abs(x + 30) <= 28 + 32) & (y >= -25.0),
        "cord": (x + 30) ** 2 + (y - 20) ** 2 <= 25,
        "lung": x > 40,
        "artery": x**2 + (y - 22) ** 2 <= 9,
    }
    return ct, box, masks


def run(world, scene, *, field=None, structures=(), targets=(), record=None, **plan_more):
    ct, box, masks = scene
    field = world.ball_field(box, 10.0) if field is None else field
    plan = world.plan(ct, structures=structures, targets=targets, **plan_more)
    result = world.result(field, box, **(record or {}))
    return plan, assess(
        plan, result, rules=resources.rule_set(), masks=masks, atlas=resources.atlas(), models=resources.probe_models()
    )


def rows(assessment, subject_id):
    return [check for check in assessment.checks if check.subject_id == subject_id]


def row(assessment, subject_id, words):
    return next(check for check in rows(assessment, subject_id) if words in check.quantity)


def test_it_is_keyed_by_what_it_was_made_from(world, scene):
    plan, assessment = run(world, scene, targets=(world.nerve(),))
    assert assessment.plan_hash == plan.hash
    assert assessment.input_hash == "input"
    assert assessment.rule_set_hash == content_hash(resources.rule_set())
    canonical_json(assessment)


def test_structures_get_a_row_per_rule(world, scene):
    ct = scene[0]
    kinds = {"body": "skin", "cord": "spinal cord", "lung": "lung", "artery": "artery"}
    structures = [world.structure(name, kind, ct) for name, kind in kinds.items()]
    structures.append(world.structure("flesh", "muscle", ct))
    _, assessment = run(world, scene, structures=structures)
    skin = row(assessment, "body", "0 °C edge")
    assert skin.verdict is Verdict.PASS
    assert skin.value == pytest.approx(25.0 - 10.0, abs=0.8)
    assert row(assessment, "cord", "coldest").verdict is Verdict.PASS
    assert row(assessment, "lung", "volume").value == 0.0
    artery = row(assessment, "artery", "path")
    assert artery.value == pytest.approx(19.0, abs=0.8)
    heat_sink = row(assessment, "artery", "0 °C edge")
    assert heat_sink.verdict is Verdict.NOT_ASSESSED
    assert "heat sink" in heat_sink.reason
    assert rows(assessment, "flesh")[0].reason == "There is no rule for muscle."
    assert row(assessment, "P1", "entry").verdict is Verdict.CHECK
    assert row(assessment, "P1", "depth").value == pytest.approx(40.0)


def test_H_28_unconfirmed_or_missing_structures_never_read_as_a_clean_pass(world, scene):
    ct = scene[0]
    confirmed = world.structure("cord", "spinal cord", ct)
    target = world.nerve(atlas_id="intercostal")
    _, before = run(world, scene, structures=[confirmed], targets=(target,))
    _, after = run(world, scene, structures=[world.replace(confirmed, confirmed_by="")], targets=(target,))
    assert {check.verdict for check in rows(before, "cord")} == {Verdict.PASS}
    assert {check.verdict for check in rows(after, "cord")} == {Verdict.CHECK}
    missing = [check.subject_name for check in before.checks if check.quantity == "not segmented"]
    assert missing == ["Lung", "Intercostal artery", "Skin"]
    _, none = run(world, scene, targets=(target,))
    assert len([c for c in none.checks if c.quantity == "not segmented"]) == len(missing) + 1


def test_expected_structures_are_matched_by_name_and_side(world, scene):
    ct = scene[0]
    target = world.nerve(atlas_id="intercostal", side=Side.LEFT)
    wrong = [
        world.structure("artery", "artery", ct),
        world.structure("lung", "lung", ct, side=Side.RIGHT),
    ]
    _, assessment = run(world, scene, structures=wrong, targets=(target,))
    assert {"Lung", "Intercostal artery"} <= {
        c.subject_name for c in assessment.checks if c.quantity == "not segmented"
    }
    named = world.replace(wrong[0], name="Intercostal artery T8")
    _, better = run(world, scene, structures=[named], targets=(target,))
    assert "Intercostal artery" not in {c.subject_name for c in better.checks if c.quantity == "not segmented"}


@pytest.mark.parametrize(
    ("typed", "x", "verdict"),
    [
        (Side.LEFT, 10.0, Verdict.PASS),
        (Side.RIGHT, 10.0, Verdict.FAIL),
        (Side.RIGHT, -60.0, Verdict.PASS),
        (Side.LEFT, -60.0, Verdict.FAIL),
        (Side.LEFT, -30.0, Verdict.CHECK),
        (Side.MIDLINE, -30.0, Verdict.PASS),
        (Side.MIDLINE, 10.0, Verdict.CHECK),
    ],
)
def test_H_16_typed_side_against_the_cord(world, scene, typed, x, verdict):
    cord = world.structure("cord", "spinal cord", scene[0])
    target = world.nerve(((x, 0.0, -10.0), (x, 0.0, 10.0)), side=typed, atlas_id="intercostal")
    _, assessment = run(world, scene, structures=[cord], targets=(target,))
    side = row(assessment, "t", "side")
    assert side.verdict is verdict
    assert side.value == pytest.approx(abs(x + 30), abs=1.0)


def test_without_a_midline_or_in_a_limb_the_side_is_not_assessed(world, scene):
    _, bare = run(world, scene, targets=(world.nerve(atlas_id="intercostal"),))
    assert row(bare, "t", "side").verdict is Verdict.NOT_ASSESSED
    body = world.structure("body", "skin", scene[0])
    _, limb = run(world, scene, structures=[body], targets=(world.nerve(atlas_id="genicular"),))
    assert row(limb, "t", "side").verdict is Verdict.NOT_ASSESSED


def test_nerve_length_profile_and_motor_row(world, scene):
    target = world.nerve(atlas_id="intercostal", diameter_mm=2.0)
    _, assessment = run(world, scene, targets=(target,))
    length = row(assessment, "t", "treated length")
    # T = 4 (r − 10): −20 °C at 5 mm, so 2·√(25 − 1).
    assert length.value == pytest.approx(2 * np.sqrt(24), abs=0.3)
    assert length.verdict is Verdict.PASS
    assert "−40 °C" in length.reason
    # The warmest point of a section is 10 °C where r² + 1 = 12.5².
    warm_mm = 40 - 2 * np.sqrt(12.5**2 - 1)
    assert f"{warm_mm:.1f} mm stay above 10 °C" in length.reason
    stunned = row(assessment, "t", "marked part at −20 to 10 °C")
    assert stunned.value == pytest.approx(40 - warm_mm - 2 * np.sqrt(24), abs=0.3)
    assert stunned.verdict is Verdict.CHECK
    assert "neurapraxia" in stunned.reason
    assert "LEARNIR" in stunned.limit
    motor = row(assessment, "t", "motor")
    assert motor.verdict is Verdict.CHECK
    assert "fell" in motor.reason
    (profile,) = assessment.profiles
    assert profile.segment_mm == pytest.approx((0.0, 40.0))
    assert len(profile.arc_mm) == len(profile.warmest_c) == len(profile.coldest_c)
    assert all(cold <= warm for cold, warm in zip(profile.coldest_c, profile.warmest_c, strict=True))


def test_a_missing_diameter_is_not_assessed_with_its_reason(world, scene):
    target = world.nerve(atlas_id="intercostal", diameter_mm=None, diameter_source="")
    _, assessment = run(world, scene, targets=(target,))
    for words in ("treated length", "coldest", "motor"):
        check = row(assessment, "t", words)
        assert check.verdict is Verdict.NOT_ASSESSED
        assert "diameter is not known" in check.reason
    assert assessment.profiles == ()


@pytest.mark.parametrize(
    ("coldest", "verdict"),
    [(-100.0, Verdict.PASS), (-100.5, Verdict.CHECK), (-140.0, Verdict.CHECK), (-141, Verdict.FAIL)],
)
def test_too_cold_a_nerve_is_cautioned_then_failed(world, scene, coldest, verdict):
    field = np.full(scene[1].shape_kji, coldest, np.float32)
    _, assessment = run(world, scene, field=field, targets=(world.nerve(),))
    assert row(assessment, "t", "coldest").verdict is verdict


def test_block_only_fails_until_acknowledged_by_name(world, scene):
    body = TargetBody((0.0, 0, 0), (0.0, 0, 1.0), 6.0, 4.0)
    target = Target(TargetId("t"), "Superior hypogastric plexus", "superior_hypogastric", Side.MIDLINE, body)
    _, assessment = run(world, scene, targets=(target,))
    assert row(assessment, "t", "block-only").verdict is Verdict.FAIL
    sentence = f"{target.words}: freezing it is off label."
    ack = Acknowledgement("block-only", sentence, "A. Reader", "research protocol", "2026-01-01T00:00:00Z", "t")
    _, accepted = run(world, scene, targets=(target,), acknowledgements=(ack,))
    assert row(accepted, "t", "block-only").verdict is Verdict.CHECK
    assert row(accepted, "t", "treated share").value == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("relief", "verdict"), [(80.0, Verdict.PASS), (50.0, Verdict.PASS), (49.0, Verdict.CHECK), (0.0, Verdict.CHECK)]
)
def test_a_block_that_relieved_little_is_a_check(world, scene, relief, verdict):
    target = world.nerve(block=DiagnosticBlock("2025-11-03", relief_percent=relief))
    _, assessment = run(world, scene, targets=(target,))
    found = row(assessment, "t", "diagnostic block")
    assert (found.verdict, found.value, found.unit) == (verdict, relief, "%")
    assert "SEED" in found.limit


def test_a_block_not_recorded_or_without_its_relief_is_not_assessed_and_names_who_accepted(world, scene):
    (found,) = target_findings(world.plan(scene[0], targets=(world.nerve(),)), resources.atlas())
    ack = found.accepted(who="A. Reader", reason="amputee, no nerve to block", when="2026-01-01T00:00:00Z")
    silent = world.nerve(block=DiagnosticBlock("2025-11-03"))
    cases = (
        (world.nerve(), (), "Record the block"),
        (world.nerve(), (ack,), "A. Reader: amputee, no nerve to block"),
        (silent, (), "does not say how much"),
    )
    for target, given, words in cases:
        _, assessment = run(world, scene, targets=(target,), acknowledgements=given)
        found = row(assessment, "t", "diagnostic block")
        assert found.verdict is Verdict.NOT_ASSESSED
        assert words in found.reason


def test_recovery_is_a_range_or_not_assessed(world, scene):
    _, without = run(world, scene, targets=(world.nerve(),))
    assert row(without, "t", "recovery").verdict is Verdict.NOT_ASSESSED
    assert without.recoveries[0].words == "NOT ASSESSED"
    target = world.nerve(end_organ_mm=120.0, end_organ_source="MRI")
    _, known = run(world, scene, targets=(target,))
    assert not [check for check in rows(known, "t") if "recovery" in check.quantity]
    assert known.recoveries[0].words == "80 to 211 days (3 to 7 months)"
    assert known.recoveries[0].target_id == "t"
    assert decode(canonical_json(known), Assessment, where="here") == known


def test_a_body_gets_share_and_worst_diameter(world, scene):
    """An isotherm sphere of 5 mm about the centre of a ball of 6: 58 % of the volume, 10 of 12 mm of any diameter."""
    body = TargetBody((0.0, 0, 0), (0.0, 0, 1.0), 12.0, 12.0)
    target = Target(TargetId("t"), "Ganglion", "stellate", Side.MIDLINE, body)
    field = world.ball_field(scene[1], 10.0)  # −20 °C at 5 mm
    _, assessment = run(world, scene, field=field, targets=(target,))
    worst = row(assessment, "t", "worst diameter at −20 °C")
    assert worst.value == pytest.approx(100 * 10 / 12, abs=2.0)
    assert worst.verdict is Verdict.CHECK
    assert "of 12.0 mm" in worst.reason
    assert row(assessment, "t", "treated share").value == pytest.approx(100 * (5 / 6) ** 3, abs=3.0)


def test_ice_at_the_rim_and_no_ice_at_all_are_not_assessed(world, scene):
    ct = scene[0]
    structures = [world.structure("body", "skin", ct), world.structure("lung", "lung", ct)]
    target = world.nerve(atlas_id="intercostal")
    _, cut = run(world, scene, structures=structures, targets=(target,), record={"reaches_boundary": True})
    far = world.nerve(((-20.0, 20.0, 0.0), (20.0, 20.0, 0.0)), atlas_id="femoral")
    _, motor = run(world, scene, targets=(far,), record={"reaches_boundary": True})
    assert row(motor, "t", "motor").verdict is Verdict.NOT_ASSESSED
    for subject, words in (("body", "0 °C edge"), ("lung", "volume"), ("t", "treated length")):
        check = row(cut, subject, words)
        assert check.verdict is Verdict.NOT_ASSESSED
        assert "rim" in check.reason
    warm = np.full(scene[1].shape_kji, 20.0, np.float32)
    _, none = run(world, scene, field=warm, structures=structures, targets=(target,))
    assert row(none, "body", "0 °C edge").reason == "No ice is predicted."
    assert row(none, "t", "treated length").verdict is Verdict.FAIL


def test_H_13_no_verdict_of_a_preview_reads_as_a_pass(world, scene):
    """The same field on 2 mm cells: whatever rests on the ice is CHECK at best, and says why."""
    ct, _, masks = scene
    structures = [world.structure(name, kind, ct) for name, kind in (("body", "skin"), ("cord", "spinal cord"))]
    plan = world.plan(ct, structures=structures, targets=(world.nerve(atlas_id="femoral"),))
    judged = {}
    for spacing in (1.0, 2.0):
        box = world.box(36, spacing=spacing)
        result = world.result(world.ball_field(box, 10.0), box)
        done = assess(plan, result, rules=resources.rule_set(), masks=masks, atlas=resources.atlas())
        ice_rows = ("0 °C edge", "coldest")
        judged[spacing] = [c for c in done.checks if c.subject_id in ("body", "cord") and c.quantity in ice_rows]
    assert {check.verdict for check in judged[1.0]} == {Verdict.PASS}
    assert {check.verdict for check in judged[2.0]} == {Verdict.CHECK}
    assert all("preview" in check.reason for check in judged[2.0])
    assert "preview" in row(done, "t", "treated length").reason
    assert "preview" in row(done, "t", "motor").reason


def test_a_path_outside_the_scan_is_not_passed_nor_hidden_by_another(world, scene):
    artery = world.structure("artery", "artery", scene[0])
    within = world.probe(entry=(-20.0, -40.0, 0.0), tip=(-20.0, 0.0, 0.0))
    beyond = world.probe(entry=(0.0, -80.0, 0.0), label="P2")
    _, alone = run(world, scene, structures=[artery], probes=(within,))
    assert row(alone, "artery", "path").verdict is Verdict.PASS
    _, both = run(world, scene, structures=[artery], probes=(within, beyond))
    path = row(both, "artery", "path")
    assert path.verdict is Verdict.NOT_ASSESSED
    assert path.quantity.startswith("P2")
    assert "leaves the scan" in path.reason


def test_ice_beyond_the_scan_takes_the_pass_of_what_is_seen_of_the_cord(world, scene):
    cord = world.structure("cord", "spinal cord", scene[0])
    box = world.box(35, centre=(40.0, 0.0, 0.0))
    results = {}
    for centre in ((40.0, 0.0, 0.0), (55.0, 0.0, 0.0)):
        result = world.result(world.ball_field(box, 10.0, centre=centre), box)
        plan = world.plan(scene[0], structures=[cord])
        done = assess(plan, result, rules=resources.rule_set(), masks=scene[2], atlas=resources.atlas())
        results[centre[0]] = row(done, "cord", "coldest").verdict
    # The scan ends at x = 60.75 mm: ice of 10 mm round x = 55 mm leaves it.
    assert results == {40.0: Verdict.PASS, 55.0: Verdict.NOT_ASSESSED}


@pytest.mark.parametrize("confirmed", [True, False])
def test_H_28_side_and_entry_do_not_pass_on_unconfirmed_anatomy(world, scene, confirmed):
    ct = scene[0]
    structures = [
        world.structure("cord", "spinal cord", ct, confirmed=confirmed),
        world.structure("body", "skin", ct, confirmed=confirmed),
    ]
    probe = world.probe(entry=(0.0, -25.5, 0.0))
    target = world.nerve(((10.0, 0.0, -10.0), (10.0, 0.0, 10.0)), atlas_id="intercostal")
    _, assessment = run(world, scene, structures=structures, targets=(target,), probes=(probe,))
    expected = Verdict.PASS if confirmed else Verdict.CHECK
    assert row(assessment, "t", "side").verdict is expected
    assert row(assessment, "P1", "entry").verdict is expected


def test_a_heat_sink_far_from_the_ice_is_not_listed_but_its_path_is(world, scene):
    artery = world.structure("artery", "artery", scene[0])
    small = world.ball_field(scene[1], 3.0)
    _, assessment = run(world, scene, field=small, structures=[artery])
    assert ["path" in check.quantity for check in rows(assessment, "artery")] == [True]


def test_room_air_on_the_rim_does_not_bound_the_cord(world, scene):
    ct, box, _ = scene
    beyond = {"cord": world.ball(ct, 6.0, (50.0, 0.0, 0.0))}
    field = world.ball_field(box, 10.0)
    field[0] = 5.0
    index = np.zeros(box.shape_kji, np.uint8)
    index[0] = 1
    plan = world.plan(ct, structures=[world.structure("cord", "spinal cord", ct)])
    verdicts = []
    for tissue_ids in (("muscle", "outside air"), ("muscle", "skin")):
        result = world.replace(world.result(field, box), tissue_index=index, tissue_ids=tissue_ids)
        judged = assess(plan, result, rules=resources.rule_set(), masks=beyond, atlas=resources.atlas())
        verdicts.append(row(judged, "cord", "coldest").verdict)
    assert verdicts == [Verdict.PASS, Verdict.FAIL]


def test_a_probe_through_the_lung_fails_and_names_the_probe(world, scene):
    lung = world.structure("lung", "lung", scene[0])
    probe = world.probe(entry=(58.0, 0.0, 0.0), tip=(0.0, 0.0, 0.0), label="P2")
    _, assessment = run(world, scene, structures=[lung], probes=(world.probe(), probe))
    path = row(assessment, "lung", "path")
    assert path.verdict is Verdict.FAIL
    assert path.quantity.startswith("P2")
    assert path.value == pytest.approx(18.0, abs=1.0)


def test_without_probe_or_mask_or_atlas_entry_it_says_so(world, scene):
    lung = world.structure("lung", "lung", scene[0])
    lost = world.structure("lost", "bowel", scene[0])
    _, assessment = run(world, scene, structures=[lung, lost], probes=(), targets=(world.nerve(atlas_id="new"),))
    assert row(assessment, "lung", "inside").reason == "The plan has no probe."
    assert {check.reason for check in rows(assessment, "lost")} == {"Its mask is not at hand."}
    assert "no entry “new”" in row(assessment, "t", "atlas").reason


def test_H_28_the_word_safe_is_never_used(world, scene):
    ct = scene[0]
    structures = [world.structure(n, k, ct, confirmed=False) for n, k in (("body", "skin"), ("lung", "lung"))]
    _, assessment = run(world, scene, structures=structures, targets=(world.nerve(atlas_id="femoral"),))
    assert b"safe" not in canonical_json(assessment).lower()


def test_skin_nearer_than_10_mm_is_told_to_be_warmed_and_whether_the_plan_does(world, scene):
    body = world.structure("body", "skin", scene[0])
    plain = resources.protocols()[0]
    warmed = world.replace(plain, skin_warming=SkinWarming(40.0, 100.0))
    said = {}
    for radius_mm in (10.0, 18.0, 22.0):
        for protocol in (plain, warmed):
            field = world.ball_field(scene[1], radius_mm)
            _, assessment = run(world, scene, field=field, structures=[body], protocol=protocol)
            said[radius_mm, protocol is warmed] = row(assessment, "body", "0 °C edge")
    # The skin lies 25 mm from the middle of the ice.
    assert [check.verdict for (_, warm), check in said.items() if not warm] == [
        Verdict.PASS,
        Verdict.CHECK,
        Verdict.FAIL,
    ]
    assert {check.reason for (radius_mm, _), check in said.items() if radius_mm == 10.0} == {""}
    for radius_mm in (18.0, 22.0):
        assert said[radius_mm, False].reason.startswith("Warm the skin actively throughout the freeze.")
        assert "The plan warms no skin" in said[radius_mm, False].reason
        assert "All skin is warmed with 40 °C" in said[radius_mm, True].reason


STEPS = (
    "judged_target",
    "structure_checks",
    "probe_checks",
    "position_checks",
    "bore_checks",
    "extent_checks",
    "missing_structure_checks",
    "targets_over_time",
    "ice_cloud",
)


@pytest.mark.parametrize(
    ("step", "fault"),
    [(step, fault) for step in STEPS for fault in ("raises", "returns nothing")]
    # The other steps may have nothing to say.
    + [(step, "forgets") for step in ("judged_target", "structure_checks", "probe_checks", "extent_checks")],
)
def test_H_54_a_check_that_fails_leaves_no_assessment(world, scene, monkeypatch, step, fault):
    def broken(*_args, **_kwargs):
        if fault == "raises":
            raise ZeroDivisionError
        return [] if fault == "forgets" else None

    structures = [world.structure("cord", "spinal cord", scene[0])]
    monkeypatch.setattr(assessing, step, broken)
    with pytest.raises((ZeroDivisionError, TypeError, AttributeError, PlanInvalid)):
        run(world, scene, structures=structures, targets=(world.nerve(),))


def test_every_part_of_a_plan_has_a_row(world, scene):
    structures = [world.structure(name, kind, scene[0]) for name, kind in (("body", "skin"), ("lung", "lung"))]
    plan, assessment = run(world, scene, structures=structures, targets=(world.nerve(),))
    told = {check.subject_id for check in assessment.checks}
    assert {part.id for part in (*plan.targets, *plan.structures, *plan.probes)} | {"prediction"} <= told


@pytest.mark.parametrize(
    ("depth_mm", "verdict"), [(0.0, Verdict.PASS), (3.0, Verdict.CHECK), (8.0, Verdict.FAIL), (26.0, Verdict.FAIL)]
)
def test_a_graze_of_bone_is_a_check_and_a_way_through_it_fails_unless_it_is_passable(world, scene, depth_mm, verdict):
    """A plate of bone across the shaft, whose axis runs from y = −40 mm to 0; 0.75 mm of room for the voxels."""
    ct, box, _ = scene
    y = world.points(ct)[..., 1]
    bone = world.structure("rib", "bone", ct)
    masks = {"rib": (y >= -40.0) & (y < -40.0 + depth_mm)} if depth_mm else {"rib": y > 30.0}
    found = {}
    for role in (None, StructureRole.PASSABLE):
        plan = world.plan(ct, structures=[world.replace(bone, role=role)])
        result = world.result(world.ball_field(box, 5.0), box)
        done = assess(plan, result, rules=resources.rule_set(), masks=masks, atlas=resources.atlas())
        found[role] = row(done, "rib", "inside")
    assert found[None].verdict is verdict
    assert found[None].value == pytest.approx(depth_mm, abs=0.75)
    assert found[StructureRole.PASSABLE].verdict is Verdict.NOT_ASSESSED
    assert "passable" in found[StructureRole.PASSABLE].reason
