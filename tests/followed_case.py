"""Which cases have follow-ups? Small ones made of plain days and scores, so that every figure is worked out by hand."""

from __future__ import annotations

from planner.domain.case import Case, CasePlan
from planner.domain.follow_up import FollowUp, Recovered, Sign, SignSeen
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256, TargetId
from planner.domain.intake import Answer, Intake, IntakeAnswer, ItemKind, Scores
from planner.domain.procedure import PlannedProcedure, PlannedTarget, Procedure

AT = "2026-01-02T09:00:00Z"
BASELINE = Scores(7, 9, "PDI", 42, "morphine 30 mg", 60)


def intake(scores: Scores | None = BASELINE, *, at: str = AT) -> Intake:
    """Return an intake that holds the scores before treatment, or nothing."""
    if scores is None:
        return Intake()
    answer = IntakeAnswer("scores", "Scores", ItemKind.SCORES, Answer.YES, "A. Bell", at, scores=scores)
    return Intake("Shipped", (answer,))


def target(low: float | None = None, high: float | None = None, *, name: str = "t", words: str = "") -> PlannedTarget:
    """Return a planned target with its days of recovery."""
    return PlannedTarget(TargetId(name), "intercostal", f"Nerve {name}", low, high, words)


def procedure(day: str, *targets: PlannedTarget, name: str = "p1") -> Procedure:
    """Return a procedure; without targets it was recorded without a plan."""
    planned = None
    if targets:
        planned = PlannedProcedure(PlanId("plan"), "T8", Sha256("0" * 64), "8-3-8", (), targets, ())
    return Procedure(ProcedureId(name), day, planned=planned)


def follow_up(
    day: str,
    average: float | None = None,
    *,
    worst: float | None = None,
    interval: int | None = None,
    recovered: Recovered | None = None,
    name: str = "",
    opioid: float | None = None,
) -> FollowUp:
    """Return a follow-up with what is given."""
    scores = Scores(average, worst, opioid_mg_per_day=opioid)
    return FollowUp(
        FollowUpId(name or f"f{day}"),
        day,
        "A. Bell",
        AT,
        interval_days=interval,
        scores=None if scores.is_empty else scores,
        recovered=recovered,
    )


def case(
    *procedures: Procedure,
    follow_ups: tuple[FollowUp, ...] = (),
    scores: Scores | None = BASELINE,
    baseline_at: str = AT,
    **changes: object,
) -> Case:
    """Return a case of these records."""
    return Case(
        CaseId("c1"),
        "FL-7K3Q-2M4",
        "Intercostal neuralgia, right",
        "2026-01-01T08:00:00Z",
        intake=intake(scores, at=baseline_at),
        procedures=procedures,
        follow_ups=follow_ups,
        **changes,  # type: ignore[arg-type]
    )


def plan_of(kind: str) -> CasePlan:
    """Return a plan of the case, of a patient or of a synthetic one."""
    return CasePlan(PlanId("plan"), "T8", "T8.frostline", Sha256("0" * 64), kind, ("Nerve",), ("intercostal",), AT)


def long_case(count: int = 10, *, second: bool = True) -> Case:
    """Return a case with many follow-ups, and a second procedure if asked: falling pain, a relapse, and again."""
    days = (
        ("2026-01-17", 7, 6, 7, 60),
        ("2026-02-21", 42, 4.5, 6, 45),
        ("2026-04-10", 90, 3, 5, 30),
        ("2026-07-09", 180, 2.5, 4, 20),
        ("2026-10-01", None, 4, 6, 30),
        ("2027-01-10", 365, 6, 8, 45),
        ("2027-02-09", 7, 5, 7, 45),
        ("2027-03-16", 42, 3.5, 5, 30),
        ("2027-05-03", 90, 2, 4, 15),
        ("2027-08-01", 180, 1.5, 3, 0),
    )
    signs = (
        SignSeen(Sign.NEURITIS, Answer.YES, "burning at night"),
        SignSeen(Sign.WEAKNESS, Answer.NO),
        SignSeen(Sign.HORNER, Answer.NOT_APPLICABLE),
        SignSeen(Sign.SKIN, Answer.NO),
    )
    found = (None, Recovered.NOT_YET, Recovered.PARTLY, Recovered.FULLY, None, None, None, None, None, None)
    made = tuple(
        FollowUp(
            FollowUpId(f"f{at}"),
            day,
            "A. Bell",
            AT,
            interval_days=interval,
            scores=Scores(average, worst, "PDI", 42 - 3 * at, "", opioid),
            relief_percent=min(90, 10 * at),
            signs=signs if at < 2 else (),
            recovered=found[at],
        )
        for at, (day, interval, average, worst, opioid) in enumerate(days[:count])
    )
    first = procedure("2026-01-10", target(80, 211))
    later = (procedure("2027-02-02", target(80, 211), name="p2"),) if second else ()
    return case(first, *later, follow_ups=made)
