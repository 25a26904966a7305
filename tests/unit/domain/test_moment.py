"""Which texts are days and times of a record? One form each, whoever wrote the file."""

from __future__ import annotations

import pytest

from planner.domain.case import Case, CasePlan
from planner.domain.errors import CaseInvalid
from planner.domain.follow_up import FollowUp
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256
from planner.domain.intake import Answer, IntakeAnswer, ItemKind
from planner.domain.moment import require_day, require_moment
from planner.domain.procedure import DonePhase, NotedMoment, Procedure
from planner.domain.protocol import PhaseKind

OTHER_FORMS = (
    "yesterday", "2026-11-23", "2026-11-23T10:04Z", "20261123T100400Z", "2026-W48-1T10:04:00Z", "2026-11-23 10:04:00Z",
    "2026-11-23T10:04:00", "2026-11-23T10:04:00+00:00", "2026-11-23T10:04:00.5Z", "2026-11-23T10:04:00z",
    "2026-02-30T10:04:00Z", "2026-11-23T24:01:00Z", " 2026-11-23T10:04:00Z", "2026-11-23T10:04:00Z\n",
)  # fmt: skip


@pytest.mark.parametrize("text", OTHER_FORMS)
def test_a_time_has_one_form_so_that_records_sort_by_their_text(text):
    with pytest.raises(CaseInvalid, match="is written 2026-11-23T10:04:00Z"):
        require_moment(text, "the start")


def test_the_one_form_is_taken():
    require_moment("2026-11-23T10:04:00Z", "the start")
    require_moment("", "the end", may_be_empty=True)
    require_day("2026-11-23", "the procedure")


@pytest.mark.parametrize("text", ["23.11.2026", "20261123", "2026-W48-1", "2026-11-23T10:04:00Z", ""])
def test_a_day_has_one_form(text):
    with pytest.raises(CaseInvalid, match="is written 2026-11-23"):
        require_day(text, "the procedure")


@pytest.mark.parametrize(
    "make",
    [
        lambda at: IntakeAnswer("x", "Asked?", ItemKind.CHECK, Answer.YES, "Dr A", at),
        lambda at: FollowUp(FollowUpId("f"), "2026-03-04", "Dr A", at),
        lambda at: NotedMoment(at, "Coughed"),
        lambda at: Case(CaseId("c"), "FL-7K3Q-2M4A", "Neuralgia", at),
        lambda at: CasePlan(PlanId("p"), "A", "", Sha256(""), "patient", (), (), at),
        lambda at: Procedure(ProcedureId("r"), "2026-03-04", finished_at=at),
        lambda at: Procedure(ProcedureId("r"), "2026-03-04", amended_at=at),
        lambda at: DonePhase(PhaseKind.FREEZE, at),
        lambda at: DonePhase(PhaseKind.FREEZE, "2026-11-23T10:00:00Z", at),
    ],
)
def test_H_41_no_record_of_a_file_holds_a_time_that_is_none(make):
    make("2026-11-23T10:04:00Z")
    with pytest.raises(CaseInvalid, match="not “yesterday”"):
        make("yesterday")
