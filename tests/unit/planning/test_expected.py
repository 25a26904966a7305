"""Nothing that the atlas expects is ever lost from the assessment: found, missing or waived by name (H-28)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.geometry import Side
from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind
from planner.domain.waiver import Waiver
from planner.persistence import resources
from planner.planning.expected import expected_near, missing_structure_checks

ATLAS = resources.atlas()
BY_ID = {entry.id: entry for entry in ATLAS}
AT = "2026-11-22T12:00:00Z"


@pytest.fixture(scope="module")
def ct(world):
    return world.box(10, spacing=5.0)


def complete_plan(world, ct, entry, **more):
    """A plan with one structure of the atlas's name and kind for each that it expects."""
    structures = [
        replace(world.structure(f"s{n}", item.kind, ct), name=item.name.capitalize())
        for n, item in enumerate(entry.expected)
    ]
    return world.plan(ct, structures=structures, targets=(world.nerve(atlas_id=entry.id),), **more)


def missing(plan):
    return [(check.subject_name, check.subject_kind) for check in missing_structure_checks(plan, BY_ID)]


@pytest.mark.parametrize("entry", ATLAS, ids=[entry.id for entry in ATLAS])
def test_H_28_dropping_any_expected_structure_lists_it(world, ct, entry):
    plan = complete_plan(world, ct, entry)
    assert missing(plan) == []
    assert all(not row.is_missing for row in expected_near(plan, ATLAS))
    for n, item in enumerate(entry.expected):
        left = tuple(s for s in plan.structures if s.id != f"s{n}")
        dropped = replace(plan, structures=left)
        assert missing(dropped) == [(item.name[:1].upper() + item.name[1:], item.kind)]
        (row,) = [row for row in expected_near(dropped, ATLAS) if row.is_missing]
        assert row.expected == item
        waived = replace(dropped, waivers=(Waiver(item.name, item.kind, "A. Reader", AT, "outside the scan"),))
        (check,) = missing_structure_checks(waived, BY_ID)
        assert check.verdict is Verdict.NOT_ASSESSED
        assert check.reason.startswith("Waived by A. Reader: outside the scan. Expected near the ")


def test_H_28_every_expected_kind_has_a_rule_or_says_that_there_is_none():
    rules = resources.rule_set()
    without = {item.kind for entry in ATLAS for item in entry.expected if not rules.for_subject(item.kind)}
    assert without == set()


def test_H_28_a_structure_begun_and_never_drawn_is_still_missing(world, ct):
    entry = BY_ID["intercostal"]
    plan = complete_plan(world, ct, entry)
    lung = next(s for s in plan.structures if s.kind is StructureKind.LUNG)
    begun = replace(plan, structures=tuple(replace(s, method="") if s is lung else s for s in plan.structures))
    assert missing(plan) == []
    assert missing(begun) == [("Lung", "lung")]


def test_a_waiver_is_for_one_name_and_kind_and_stays_when_the_structure_comes(world, ct):
    waiver = Waiver("lung", "lung", "A. Reader", AT, "far away")
    target = world.nerve(atlas_id="intercostal")
    plan = world.plan(ct, targets=(target,), waivers=(waiver,))
    rows = {row.expected.name: row for row in expected_near(plan, ATLAS)}
    assert rows["lung"].waiver == waiver
    assert rows["spinal cord"].waiver is None
    reasons = {check.subject_name: check.reason for check in missing_structure_checks(plan, BY_ID)}
    assert reasons["Lung"].startswith("Waived by A. Reader: far away.")
    assert reasons["Spinal cord"].startswith("Not segmented. Expected near the ")
    lung = world.structure("lung", "lung", ct)
    (row,) = [row for row in expected_near(replace(plan, structures=(lung,)), ATLAS) if row.expected.name == "lung"]
    assert (row.found, row.waiver) == ((lung,), waiver)


def test_a_structure_on_the_other_side_or_of_another_name_is_not_the_expected_one(world, ct):
    target = world.nerve(atlas_id="adrenal", side=Side.LEFT)

    def found(name, kind, side=None):
        plan = world.plan(ct, structures=[world.structure(name, kind, ct, side=side)], targets=(target,))
        return {row.expected.name for row in expected_near(plan, ATLAS) if row.found}

    assert found("Kidney", "kidney", Side.RIGHT) == set()
    assert found("Kidney", "kidney", Side.LEFT) == {"kidney"}
    assert found("Left renal artery", "artery") == {"renal artery"}
    assert found("Some artery", "artery") == set()
    # "liver or spleen": either satisfies it, each judged by its own rule.
    assert found("Spleen", "spleen") == {"liver or spleen"}
    assert found("Liver", "liver") == {"liver or spleen"}
    assert found("Pancreas", "pancreas") == {"pancreas"}
    assert found("Pancreas", "bowel") == set()


def test_kinds_that_stood_in_for_others_are_now_expected_as_themselves():
    kinds = {item.name: item.kind for entry in ATLAS for item in entry.expected}
    assert kinds["heel fat"] == StructureKind.FAT_PAD.value
    assert kinds["spermatic cord"] == StructureKind.SPERMATIC_CORD.value
    assert kinds["pancreas"] == StructureKind.PANCREAS.value


def test_two_targets_list_a_structure_that_one_of_them_lacks(world, ct):
    left, right = world.nerve(atlas_id="intercostal"), world.nerve(atlas_id="intercostal", side=Side.RIGHT)
    right = replace(right, id="t2")
    lung = world.structure("lung", "lung", ct, side=Side.LEFT)
    plan = world.plan(ct, structures=[lung], targets=(left, right))
    rows = [row for row in expected_near(plan, ATLAS) if row.expected.name == "lung"]
    assert [row.is_missing for row in rows] == [False, True]
    assert ("Lung", "lung") in missing(plan)


def test_H_28_a_structure_missing_near_two_targets_names_both(world, ct):
    left, right = world.nerve(atlas_id="intercostal"), world.nerve(atlas_id="intercostal", side=Side.RIGHT)
    plan = world.plan(ct, structures=[], targets=(left, replace(right, id="t2")))

    checks = missing_structure_checks(plan, BY_ID)

    assert len({check.subject_name for check in checks}) == len(checks)
    (lung,) = [check for check in checks if check.subject_name == "Lung"]
    first, second = (f"{target.words[:1].lower()}{target.words[1:]}" for target in (left, right))
    assert lung.reason == f"Not segmented. Expected near the {first} and the {second}."


@pytest.mark.parametrize(
    ("expected", "name", "kind", "is_found"),
    [
        (("celiac", "superior mesenteric artery"), "Inferior mesenteric artery", "artery", False),
        (("celiac", "superior mesenteric artery"), "Superior mesenteric artery", "artery", True),
        (("celiac", "superior mesenteric artery"), "Mesenteric artery", "artery", True),
        (("celiac", "coeliac trunk"), "Brachiocephalic trunk", "artery", False),
        (("celiac", "coeliac trunk"), "Celiac trunk", "artery", True),
        (("celiac", "stomach or duodenum"), "Duodenum", "bowel", True),
        (("celiac", "stomach or duodenum"), "Colon", "bowel", False),
        (("lumbar_sympathetic", "inferior vena cava"), "Superior vena cava", "vein", False),
        (("lumbar_sympathetic", "inferior vena cava"), "Inferior vena cava", "vein", True),
        (("lumbar_sympathetic", "inferior vena cava"), "IVC", "vein", True),
        (("lumbar_sympathetic", "inferior vena cava"), "SVC", "vein", False),
        (("celiac", "superior mesenteric artery"), "SMA", "artery", True),
        (("celiac", "superior mesenteric artery"), "IMA", "artery", False),
        (("stellate", "internal jugular vein"), "IJV left", "vein", True),
        (("stellate", "internal jugular vein"), "EJV", "vein", False),
        (("superior_hypogastric", "common iliac artery"), "CIA_right", "artery", True),
        (("stellate", "internal jugular vein"), "External jugular vein", "vein", False),
        (("stellate", "recurrent laryngeal nerve"), "Superior laryngeal nerve", "nerve", False),
        (("stellate", "brachial plexus roots"), "Lumbar plexus", "nerve", False),
        (("stellate", "carotid artery"), "Common carotid artery", "artery", True),
        (("superior_hypogastric", "common iliac artery"), "Iliac artery, left", "artery", True),
        (("superior_hypogastric", "common iliac artery"), "External iliac artery", "artery", False),
        (("superior_hypogastric", "common iliac artery"), "Circumflex iliac artery", "artery", False),
        (("lfcn", "femoral nerve"), "Lateral femoral cutaneous nerve", "nerve", False),
        (("sciatic", "posterior femoral cutaneous nerve"), "Lateral femoral cutaneous nerve", "nerve", False),
        (("sciatic", "posterior femoral cutaneous nerve"), "Femoral nerve", "nerve", False),
        (("splanchnic", "azygos vein or thoracic duct"), "Azygos vein", "vein", True),
        (("posterior_tibial", "posterior tibial artery"), "Anterior tibial artery", "artery", False),
    ],
)
def test_H_28_a_namesake_is_not_the_expected_structure(world, ct, expected, name, kind, is_found):
    atlas_id, words = expected
    plan = world.plan(ct, structures=[world.structure(name, kind, ct)], targets=(world.nerve(atlas_id=atlas_id),))
    (row,) = [row for row in expected_near(plan, ATLAS) if row.expected.name == words]
    assert (not row.is_missing) is is_found
