"""A case in which everything that can be recorded is recorded, for the registry's tests: figures are plain to see.

Every text that somebody types, every name, id, path and date is a canary: words that occur nowhere else, each with a
number of its own, and days of 1944.
"""

from __future__ import annotations

from planner.domain.case import Case, CasePlan
from planner.domain.follow_up import Contact, FollowUp, Recovered, Sign, SignSeen
from planner.domain.identity import (
    CaseId,
    FollowUpId,
    PatientIdentity,
    PlanId,
    ProbeId,
    ProcedureId,
    Sha256,
    TargetId,
)
from planner.domain.intake import Answer, Intake, IntakeAnswer, ItemKind, Scores
from planner.domain.procedure import (
    Complication,
    Dissection,
    DonePhase,
    Frame,
    MeasuredIce,
    MeasuredTemperature,
    NerveMonitoring,
    NotedMoment,
    PlannedMoment,
    PlannedProbe,
    PlannedProcedure,
    PlannedTarget,
    Procedure,
    ScanDose,
    ScanPurpose,
    Spacer,
    UsedProbe,
)
from planner.domain.protocol import Phase, PhaseKind
from planner.domain.target import DiagnosticBlock

WORD = "Xanthippos"
YEAR = "1944"


class Canaries:
    """Gives words that occur nowhere else, and counts them."""

    def __init__(self, word: str = WORD) -> None:
        self.word, self.count = word, 0

    def __call__(self, before: str = "") -> str:
        self.count += 1
        return f"{before}{self.word}{self.count:03d}"


def full_case(number: int = 1, word: Canaries | None = None) -> Case:
    """Return the case: first procedure on 6 June 1944, a second one 61 days later."""
    c = word or Canaries()
    return Case(
        CaseId(c()),
        f"{WORD.upper()}-{number:03d}",
        c("="),
        "1944-05-01T08:00:00Z",
        plans=(_plan(c),),
        intake=_intake(c),
        procedures=(_procedure(c), Procedure(ProcedureId(c()), "1944-08-06", operator=c())),
        follow_ups=_follow_ups(c),
        note=c("@"),
    )


def identity(c: Canaries) -> PatientIdentity:
    """Return an identity of which every field is a canary."""
    return PatientIdentity(c(), c(), c(), "1944-01-02", "1944-01-03", c(), c(), c())


def _plan(c: Canaries) -> CasePlan:
    return CasePlan(
        PlanId(c()),
        c(),
        f"/{c()}/{c()}.frostline",
        Sha256(c()),
        "patient",
        (c(), c()),
        ("intercostal", c()),
        "1944-05-02T09:00:00Z",
    )


def _intake(c: Canaries) -> Intake:
    scores = Scores(7, 9, c(), 41.5, c("+"), 62.5)
    block = DiagnosticBlock("1944-05-20", c(), 80, c())

    def answer(item_id: str, kind: ItemKind, given: Answer = Answer.YES, **held: object) -> IntakeAnswer:
        return IntakeAnswer(item_id, c(), kind, given, c(), "1944-05-27T10:00:00Z", c("-"), **held)

    return Intake(
        c(),
        (
            answer("diagnosis", ItemKind.TEXT),
            answer("blood-thinners", ItemKind.CHECK, Answer.NO),
            answer("allergies", ItemKind.CHECK, Answer.NOT_APPLICABLE),
            answer("baseline", ItemKind.SCORES, scores=scores),
            answer("block", ItemKind.BLOCK, block=block),
            answer(c(), ItemKind.CHECK),
            IntakeAnswer("consent", c(), ItemKind.CHECK, Answer.YES, c(), "1944-05-28T10:00:00Z", ""),
        ),
    )


def _planned(c: Canaries) -> PlannedProcedure:
    own = (Phase(PhaseKind.FREEZE, 480),)
    common = (Phase(PhaseKind.FREEZE, 600, 0.8), Phase(PhaseKind.PASSIVE_THAW, 300), Phase(PhaseKind.FREEZE, 600))
    return PlannedProcedure(
        PlanId(c()),
        c(),
        Sha256(c()),
        c(),
        (
            PlannedProbe(ProbeId(c()), "P1", "generic-17g-short", c(), (0, 0, 0), (0, -50, 0), 50, common),
            PlannedProbe(ProbeId(c()), c(), c(), c(), (10, 0, 0), (10, -60, 0), 60, own),
        ),
        (
            PlannedTarget(TargetId(c()), "intercostal", c(), 45, 120.5, c()),
            PlannedTarget(TargetId(c()), c(), c(), None, None, c()),
        ),
        common,
        (PlannedMoment(380, c()),),
        32.4,
        21.6,
    )


def _procedure(c: Canaries) -> Procedure:
    return Procedure(
        ProcedureId(c()),
        "1944-06-06",
        operator=c(),
        planned=_planned(c),
        probes=(
            UsedProbe(
                "P1", "Generic 17G, 15 mm active", "P1", (3, 4, 0), (3, -46, 0), 53.5, Frame.PLANNING_CT, "typed", c()
            ),
            UsedProbe(c(), c(), "", (1, 2, 3), None, None, Frame.PROCEDURE_CT, c(), c()),
        ),
        phases=(
            DonePhase(PhaseKind.FREEZE, "1944-06-06T13:37:42Z", "1944-06-06T13:48:12Z", 600, ("P1",), c(), 1, 30),
            DonePhase(PhaseKind.PASSIVE_THAW, "1944-06-06T13:48:12Z", "1944-06-06T13:53:12Z", 300, (), c()),
            DonePhase(PhaseKind.FREEZE, "1944-06-06T13:53:12Z"),
        ),
        dissections=(Dissection(Spacer.CO2, 45.5, c(), is_scanned_after=True, note=c()),),
        temperatures=(
            MeasuredTemperature(c(), -12.5, "1944-06-06T13:40:42Z", c()),
            MeasuredTemperature(c(), 36.25, "", c()),
        ),
        monitoring=(NerveMonitoring(c(), c(), c(), 1.5, "1944-06-06T13:41:42Z"),),
        scans=(ScanDose(ScanPurpose.PLANNING, 2, 310.5), ScanDose(ScanPurpose.SURVEY, 1)),
        complications=(
            Complication(c(), "CIRSE 2017", "2", "1944-06-09", c()),
            Complication(c(), c(), c(), "", c()),
        ),
        ice=MeasuredIce(33.5, 20.25, c(), "1944-06-06T13:54:00Z"),
        sedation=c(),
        note=c(),
        finished_at="1944-06-06T15:00:00Z",
        finished_by=c(),
        moments=(NotedMoment("1944-06-06T13:45:42Z", c(), 3600.0),),
        is_technical_success=True,
        amended_at="1944-06-07T15:00:00Z",
        amended_by=c(),
    )


def _follow_ups(c: Canaries) -> tuple[FollowUp, ...]:
    signs = (
        SignSeen(Sign.NEURITIS, Answer.YES, c()),
        SignSeen(Sign.WEAKNESS, Answer.NO, c()),
        SignSeen(Sign.HORNER, Answer.NOT_APPLICABLE, c()),
    )
    return (
        FollowUp(
            FollowUpId(c()),
            "1944-07-18",
            c(),
            "1944-07-18T09:00:00Z",
            Contact.CALL,
            42,
            Scores(3, 5, "ODI", 22, c(), 0.0),
            55.5,
            signs,
            Recovered.PARTLY,
            c(),
            Answer.NO,
            c(),
            c(),
        ),
        FollowUp(FollowUpId(c()), "1944-09-05", c(), "1944-09-05T09:00:00Z"),
    )
