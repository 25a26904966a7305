"""What may an answer of the intake hold, and what happens to it when it is given again or taken back?"""

from __future__ import annotations

import pytest

from planner.domain.datum import Status
from planner.domain.errors import CaseInvalid
from planner.domain.intake import (
    Answer,
    Intake,
    IntakeAnswer,
    IntakeItem,
    IntakeSection,
    IntakeTemplate,
    ItemKind,
    Scores,
)
from planner.domain.target import DiagnosticBlock

AT = "2026-03-01T08:12:00Z"
BLOCK = DiagnosticBlock("2026-01-14")


def an_answer(kind=ItemKind.CHECK, answer=Answer.YES, *, item_id="x", who="Dr A", at=AT, **more):
    return IntakeAnswer(item_id, "Asked?", kind, answer, who, at, **more)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: an_answer(who=" "), "who gave it"),
        (lambda: an_answer(at=""), "who gave it"),
        (lambda: an_answer(ItemKind.TEXT), "write it"),
        (lambda: an_answer(ItemKind.TEXT, text="  "), "write it"),
        (lambda: an_answer(ItemKind.SCORES), "enter a score"),
        (lambda: an_answer(ItemKind.SCORES, scores=Scores()), "enter a score"),
        (lambda: an_answer(ItemKind.SCORES, Answer.NO, scores=Scores(5)), "enter a score"),
        (lambda: an_answer(scores=Scores(5)), "enter a score"),
        (lambda: an_answer(ItemKind.BLOCK), "enter the block's day"),
        (lambda: an_answer(block=BLOCK), "enter the block's day"),
        (lambda: an_answer(ItemKind.BLOCK, Answer.NO, block=BLOCK, text="none"), "enter the block's day"),
        (lambda: an_answer(ItemKind.BLOCK, Answer.NO), "give the reason"),
        (lambda: an_answer(ItemKind.BLOCK, Answer.NOT_APPLICABLE, text=" "), "give the reason"),
        (lambda: an_answer(text="x" * 4001), "4001 characters; 4000"),
        (lambda: Scores(average_nrs=10.5), "0 to 10, not 10.5"),
        (lambda: Scores(worst_nrs=-1), "0 to 10, not -1"),
        (lambda: Scores(average_nrs=6, worst_nrs=4), r"worst pain \(4\) is below the average \(6\)"),
        (lambda: Scores(function_score=3), "Name the scale"),
        (lambda: Scores(opioid_mg_per_day=5001), "not 5001 mg"),
        (lambda: IntakeItem("", "Asked?"), "id and its words"),
        (lambda: IntakeItem("x", " "), "id and its words"),
        (lambda: IntakeItem("x", "q" * 161), "161 characters; 160"),
        (lambda: IntakeItem("x", "q", hint="h" * 241), "241 characters; 240"),
        (lambda: Intake("t", (an_answer(), an_answer())), "answered twice"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(make, sentence):
    with pytest.raises(CaseInvalid, match=sentence):
        make()


def test_what_was_not_asked_stays_missing():
    scores = Scores(worst_nrs=8)
    assert (scores.average_nrs, scores.function_score, scores.opioid_mg_per_day) == (None, None, None)
    intake = Intake()
    assert intake.answer_to("x") is None
    assert intake.baseline is None
    assert intake.block is None
    absent = intake.with_answer(an_answer(ItemKind.BLOCK, Answer.NO, text="second session"), template_name="t")
    assert absent.block is None
    assert absent.answer_of(ItemKind.BLOCK) is not None


def test_an_answer_given_again_takes_the_place_of_the_first_and_one_taken_back_leaves_it_open():
    first, other, again = an_answer(), an_answer(item_id="y"), an_answer(answer=Answer.NO, who="Dr B")
    intake = Intake().with_answer(first, template_name="t").with_answer(other, template_name="t")
    intake = intake.with_answer(again, template_name="u")
    assert intake.answers == (again, other)
    assert intake.template_name == "u"
    assert intake.without_answer("x").answers == (other,)
    assert intake.without_answer("nothing") == intake


def test_a_question_of_targets_is_asked_of_them_alone():
    item = IntakeItem("horner", "Horner?", only_for=("stellate", "celiac"))
    assert [item.is_asked_of(names) for names in ((), ("adrenal",), ("adrenal", "celiac"))] == [False, False, True]
    always = IntakeItem("consent", "Consent?")
    template = IntakeTemplate("t", (IntakeSection("A", (item, always)),))
    assert [one.id for one in template.asked_of(frozenset())] == ["consent"]
    assert [one.id for one in template.asked_of({"stellate"})] == ["horner", "consent"]


def test_where_a_question_comes_from_is_said_and_recalled_is_called_unverified():
    made = (
        IntakeItem("a", "?", status=Status.FOUND, source="SEED"),
        IntakeItem("b", "?", status=Status.RECALLED, source="R-ANATOMY"),
        IntakeItem("c", "?", status=Status.PROJECT_DEFAULT),
        IntakeItem("d", "?"),
    )
    assert [item.origin for item in made] == ["SEED", "R-ANATOMY, unverified", "project default", "site"]


def test_an_intake_asks_for_one_block_and_one_set_of_scores():
    for kind in (ItemKind.BLOCK, ItemKind.SCORES):
        with pytest.raises(CaseInvalid, match="once"):
            IntakeTemplate("t", (IntakeSection("A", (IntakeItem("a", "?", kind), IntakeItem("b", "?", kind))),))
    with pytest.raises(CaseInvalid, match="share the id"):
        IntakeTemplate("t", (IntakeSection("A", (IntakeItem("a", "?"),)), IntakeSection("B", (IntakeItem("a", "?"),))))


def test_of_two_answers_about_the_block_the_one_given_last_counts():
    none = an_answer(ItemKind.BLOCK, Answer.NO, item_id="elsewhere", text="Refused")
    done = an_answer(ItemKind.BLOCK, item_id="block", at="2026-03-02T08:12:00Z", block=BLOCK)
    for answers in ((none, done), (done, none)):
        assert Intake("t", answers).answer_of(ItemKind.BLOCK) == done
        assert Intake("t", answers).block == BLOCK
