"""Is the open case what the library holds, whatever is refused? With a keeper that refuses when told to."""

from __future__ import annotations

import pytest

from planner.domain.case import Case, CasePlan
from planner.domain.errors import CaseFileError, CaseInvalid
from planner.domain.follow_up import FollowUp
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256
from planner.domain.intake import Answer, IntakeAnswer, ItemKind
from planner.domain.procedure import Procedure
from planner.services.case_commands import (
    AnswerItem,
    ArchiveCase,
    ClearAnswer,
    NameCase,
    PutCasePlan,
    PutFollowUp,
    PutProcedure,
    RemoveFollowUp,
    RemoveProcedure,
    SetIntervals,
    TakePlanOut,
)
from planner.services.casework import OpenCase

AT = "2026-03-01T08:00:00Z"
CASE = Case(CaseId("1" * 32), "FL-0001", "Neuralgia", AT)


class Keeper:
    """Keeps labels and cases; refuses while ``is_full``."""

    def __init__(self) -> None:
        self.kept = [("open", CASE)]
        self.is_full = False

    def read(self, _case_id):
        return self.kept[-1][1], len(self.kept)

    def keep(self, case, *, after, label, at):
        assert after == len(self.kept)
        assert at.endswith("Z")
        if self.is_full:
            raise CaseFileError("The disk is full.", code="case-io")
        self.kept.append((label, case))
        return len(self.kept)


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def opened(keeper):
    return OpenCase(keeper, CASE.id)


def answer(item: str = "a", question: str = "Blood thinners?") -> AnswerItem:
    return AnswerItem(IntakeAnswer(item, question, ItemKind.CHECK, Answer.NO, "Dr A", AT), "site")


def test_edits_undo_and_redo_are_kept_with_what_they_are(keeper, opened):
    opened.apply(NameCase(" Other "))
    opened.apply(answer())
    assert (opened.undo_label, opened.redo_label) == ("answer “Blood thinners?”", "")
    opened.undo()
    assert (opened.undo_label, opened.redo_label) == ("name the case", "answer “Blood thinners?”")
    opened.redo()
    assert [label for label, _ in keeper.kept[1:]] == [
        "name the case", "answer “Blood thinners?”", "undo answer “Blood thinners?”", "redo answer “Blood thinners?”",
    ]  # fmt: skip
    assert keeper.kept[-1][1] == opened.case
    assert opened.case.problem == "Other"


def test_a_new_edit_forgets_what_was_undone(opened):
    opened.apply(NameCase("One"))
    opened.undo()
    opened.apply(NameCase("Two"))
    assert opened.redo_label == ""
    opened.redo()
    assert opened.case.problem == "Two"


def test_what_changes_nothing_is_no_revision(keeper, opened):
    told = []
    opened.subscribe(lambda: told.append(1))
    opened.apply(NameCase("Neuralgia"))
    opened.undo()
    opened.redo()
    assert (len(keeper.kept), told) == (1, [])


@pytest.mark.parametrize("how", ["apply", "undo", "redo"])
def test_H_34_a_refusal_of_the_disk_leaves_everything_as_it_was(keeper, opened, how):
    opened.apply(NameCase("One"))
    opened.apply(NameCase("Two"))
    opened.undo()
    before = (opened.case, opened.undo_label, opened.redo_label)
    told = []
    opened.subscribe(lambda: told.append(1))
    keeper.is_full = True
    act = {"apply": lambda: opened.apply(NameCase("Three")), "undo": opened.undo, "redo": opened.redo}[how]
    with pytest.raises(CaseFileError):
        act()
    assert (opened.case, opened.undo_label, opened.redo_label, told) == (*before, [])
    keeper.is_full = False
    act()
    assert opened.case != before[0]
    assert told == [1]


def test_what_a_command_refuses_is_not_kept(keeper, opened):
    for command in (
        NameCase("  "),
        RemoveProcedure(ProcedureId("none")),
        RemoveFollowUp(FollowUpId("none")),
        SetIntervals((9, 3)),
        ArchiveCase(is_archived=False),
    ):
        with pytest.raises(CaseInvalid):
            opened.apply(command)
    assert len(keeper.kept) == 1


def test_observers_are_told_once_until_they_leave(opened):
    told = []
    leave = opened.subscribe(lambda: told.append(opened.case.problem))
    opened.apply(NameCase("One"))
    opened.undo()
    leave()
    leave()
    opened.redo()
    assert told == ["One", "Neuralgia"]


def test_reading_anew_shows_what_is_there_and_undoes_nothing_of_others(keeper, opened):
    opened.apply(NameCase("Mine"))
    keeper.kept.append(("elsewhere", CASE.with_procedure(Procedure(ProcedureId("p"), "2026-02-03"))))
    opened.read_anew()
    assert opened.case.procedures
    assert (opened.undo_label, opened.redo_label) == ("", "")
    opened.apply(NameCase("After"))
    assert keeper.kept[-1][1].procedures


def test_commands_say_what_they_did_and_do_it(opened):
    seen = FollowUp(FollowUpId("f"), "2026-03-04", "Dr A", AT)
    for command, label in (
        (answer(), "answer “Blood thinners?”"),
        (ClearAnswer("a"), "clear an answer"),
        (PutProcedure(Procedure(ProcedureId("p"), "2026-02-03")), "add a procedure"),
        (PutProcedure(Procedure(ProcedureId("p"), "2026-02-03", note="n"), label="edit the note"), "edit the note"),
        (RemoveProcedure(ProcedureId("p")), "remove a procedure"),
        (PutFollowUp(seen), "record a follow-up"),
        (RemoveFollowUp(FollowUpId("f")), "remove a follow-up"),
        (SetIntervals((42,)), "choose the follow-up intervals"),
        (ArchiveCase(is_archived=True), "archive the case"),
        (ArchiveCase(is_archived=False), "take the case out of the archive"),
    ):
        opened.apply(command)
        assert opened.undo_label == label
    assert (opened.case.intake.answers, opened.case.procedures, opened.case.follow_ups) == ((), (), ())
    assert opened.case.intervals_days == (42,)
    opened.apply(TakePlanOut(PlanId("not there")))  # changes nothing
    assert opened.undo_label == "take the case out of the archive"


def test_what_a_plan_looks_like_now_is_not_said_to_be_another_plan_added():
    plan = CasePlan(PlanId("p"), "T8", "", Sha256("0" * 64), "patient", (), (), AT)
    assert PutCasePlan(plan).label == "add plan “T8”"
    assert PutCasePlan(plan, is_known=True).label == "note changes of plan “T8”"
