"""A site rewords, adds, removes and reorders its questions; ids stay, and what it words itself is its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.datum import Status
from planner.domain.errors import CaseInvalid
from planner.domain.intake import IntakeItem, IntakeSection, IntakeTemplate, ItemKind
from planner.services import intake_questions as site

A, B, C = (IntakeItem(name, f"{name}?", status=Status.FOUND, source="SEED") for name in "abc")
BLOCK = IntakeItem("block", "Block?", ItemKind.BLOCK, status=Status.FOUND, source="SEED")
SHIPPED = IntakeTemplate("Shipped", (IntakeSection("One", (A, B)), IntakeSection("Two", (C, BLOCK))))


def ids(template):
    return ["".join(f"{item.id} " for item in part.items).strip() for part in template.sections]


def test_a_reworded_question_keeps_its_id_and_loses_the_source_it_did_not_come_from():
    changed = site.reworded(SHIPPED, replace(A, question="Really?"), shipped=SHIPPED)
    (item, *_) = changed.items
    assert (item.id, item.question, item.status, item.source, item.origin) == ("a", "Really?", "site", "", "site")
    assert changed.name == "Site intake"
    assert site.reworded(changed, replace(item, question="a?"), shipped=SHIPPED).items == SHIPPED.items


def test_the_same_words_change_nothing():
    assert site.reworded(SHIPPED, A, shipped=SHIPPED) == SHIPPED


def test_what_is_answered_never_changes_under_an_id():
    with pytest.raises(CaseInvalid, match="add another question"):
        site.reworded(SHIPPED, replace(A, kind=ItemKind.TEXT), shipped=SHIPPED)


@pytest.mark.parametrize(
    ("item_id", "by", "expected"),
    [
        ("b", -1, ["b a", "c block"]),
        ("a", 1, ["b a", "c block"]),
        ("b", 1, ["a", "b c block"]),
        ("c", -1, ["a b c", "block"]),
        ("a", -1, ["a b", "c block"]),
        ("block", 1, ["a b", "c block"]),
    ],
)
def test_a_question_moves_one_place_and_over_the_edge_of_its_section(item_id, by, expected):
    assert ids(site.moved(SHIPPED, item_id, by)) == expected


def test_a_question_is_added_after_another_and_removed_again_but_never_the_block():
    new = site.new_question("Falls?")
    more = site.added(SHIPPED, new, after="a")
    assert ids(more) == [f"a {new.id} b", "c block"]
    assert ids(site.added(SHIPPED, new, after="nothing"))[1] == f"c block {new.id}"
    assert ids(site.removed(more, new.id)) == ids(SHIPPED)
    with pytest.raises(CaseInvalid, match="block stays"):
        site.removed(SHIPPED, "block")
    with pytest.raises(CaseInvalid, match="no more"):
        site.removed(SHIPPED, "nothing")


def test_a_new_question_has_an_id_of_its_own():
    assert len({site.new_question().id for _ in range(100)}) == 100


def test_sections_are_named_added_and_dropped_when_empty():
    assert site.retitled(SHIPPED, 1, " Three ").sections[1].title == "Three"
    with pytest.raises(CaseInvalid, match="title"):
        site.retitled(SHIPPED, 0, " ")
    more = site.with_section(SHIPPED)
    assert ids(more) == ["a b", "c block", ""]
    assert ids(site.moved(more, "block", 1)) == ["a b", "c", "block"]
    assert site.without_empty(more).sections == SHIPPED.sections


MOVES = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "block"]), st.sampled_from([-1, 1])), max_size=20)


@given(MOVES)
@settings(max_examples=150, deadline=None)
def test_no_order_of_moves_loses_or_doubles_a_question(moves):
    template = SHIPPED
    for item_id, by in moves:
        before = template
        template = site.moved(template, item_id, by)
        assert sorted(item.id for item in template.items) == ["a", "b", "block", "c"]
        assert [part.title for part in template.sections] == ["One", "Two"]
        flat, was = ([item.id for item in one.items] for one in (template, before))
        assert abs(flat.index(item_id) - was.index(item_id)) <= 1
