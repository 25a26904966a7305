"""The words of the structures panel: every kind once, margins from the rules, numbers as the design writes them."""

from __future__ import annotations

import pytest

from planner.domain.identity import BlobRef, Sha256, StructureId
from planner.domain.rule import Quantity
from planner.domain.structure import Structure, StructureKind, StructureOrigin, StructureRole
from planner.domain.structure_numbers import StructureNumbers
from planner.persistence.resources import rule_set
from planner.rendering.palette import require_not_ice
from planner.ui.panels.structure_fields import OFFERED_COLOURS
from planner.ui.panels.structure_menus import free_name
from planner.ui.panels.structure_words import (
    KIND_GROUPS,
    ROLE_WORDS,
    hu_words,
    role_line,
    rule_words,
    size_words,
    source_words,
    volume_words,
)


def structure(kind, *, origin=StructureOrigin.DRAWN, **facts):
    ref = BlobRef(Sha256("a" * 64), (2, 2, 2), "bool")
    return Structure(StructureId("s"), "S", kind, ref, origin, **facts)


def test_every_kind_stands_in_exactly_one_group_and_every_role_has_words():
    listed = [kind for _, kinds in KIND_GROUPS for kind in kinds]
    assert sorted(listed) == sorted(StructureKind)
    assert set(ROLE_WORDS) == set(StructureRole)


@pytest.mark.parametrize(("made", "line"), [
    (structure(StructureKind.SKIN), "Critical · margin 10 mm"),
    (structure(StructureKind.LUNG), "Critical · not in path"),
    (structure(StructureKind.BONE), "Obstacle for the shaft"),
    (structure(StructureKind.EFFUSION), "Passable · drawn by hand"),
    (structure(StructureKind.FAT, origin=StructureOrigin.AUTOMATIC), "Passable · automatic"),
    (structure(StructureKind.GAS_BARRIER, origin=StructureOrigin.IMPORTED), "Barrier · imported"),
    (structure(StructureKind.KIDNEY, margin_mm=7.5, margin_reason="single"), "Critical · own margin 7.5 mm"),
    (structure(StructureKind.BONE, margin_mm=3.0, margin_reason="marrow"), "Obstacle · own margin 3 mm"),
    (structure(StructureKind.TUMOUR, margin_mm=3.0, margin_reason="x"), "Target · drawn by hand"),
])  # fmt: skip
def test_the_second_line_says_role_and_margin(made, line):
    assert role_line(made, rule_set()) == line


def test_a_row_never_claims_a_margin_that_no_rule_has():
    for kind in StructureKind:
        rules = [r for r in rule_set().for_subject(kind.value) if r.quantity is Quantity.EDGE_DISTANCE_MM]
        figures = [rule.pass_limit for rule in rules if rule.pass_limit is not None]
        line = role_line(structure(kind, role=StructureRole.CRITICAL), rule_set())
        assert line.endswith(f"margin {figures[0]:g} mm") if figures else "mm" not in line


def test_the_rule_is_written_with_source_and_status():
    words = rule_words(structure(StructureKind.LIVER), rule_set())
    assert words == "Rule: PASS from 10 mm, FAIL below 5 mm · no published figure · project default"
    assert "not judged" in rule_words(structure(StructureKind.BONE), rule_set())
    assert "no distance is judged" in rule_words(structure(StructureKind.FLUID_BARRIER), rule_set())


@pytest.mark.parametrize(("volume_ml", "words"), [
    (None, "—"), (0.04, "0.0 mL"), (31.04, "31.0 mL"), (999.9, "999.9 mL"),
    (5412.4, "5\N{NARROW NO-BREAK SPACE}412 mL"), (16790.4, "16\N{NARROW NO-BREAK SPACE}790 mL"),
])  # fmt: skip
def test_volumes_are_whole_from_a_litre_on(volume_ml, words):
    assert volume_words(volume_ml) == words


def test_numbers_have_units_and_a_true_minus():
    numbers = StructureNumbers(688.0, 512.34, 14.2, 11.4, 14.0, -28.0, 58.0)
    assert hu_words(numbers) == "14 ± 11 HU, range −28 to 58 HU"
    assert size_words(numbers) == "688.0 mL, surface 512.3 cm²"
    assert hu_words(StructureNumbers(0.0, 0.0)) == "—"


def test_a_source_is_written_in_sentences():
    made = structure(StructureKind.BONE, origin=StructureOrigin.IMPORTED, method="segment 1, copied. phantom truth")
    assert source_words(made) == "Imported. Segment 1, copied. Phantom truth"


def test_names_are_free_whatever_their_case():
    assert free_name("Artery", []) == "Artery"
    assert free_name("Artery", ["artery", "Artery 2"]) == "Artery 3"


def test_no_offered_colour_is_taken_for_ice():
    for _, colour in OFFERED_COLOURS:
        require_not_ice(colour)
