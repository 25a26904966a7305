"""Cases made by hand for the printed pages: an empty one, and one in which every field holds something."""

from __future__ import annotations

from planner.domain.case import Case, CasePlan
from planner.domain.follow_up import Contact, FollowUp, Recovered, Sign, SignSeen
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProbeId, ProcedureId, Sha256, TargetId
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

AT = "2026-11-23T09:30:00Z"
LONG = (
    "Burning between the eighth and ninth rib since a thoracotomy in March 2024, worse on deep breaths and when "
    "turning in bed; a lidocaine patch takes the edge off for two hours, gabapentin made no difference and was "
    "stopped. "
)


def empty_case() -> Case:
    """A case that was only begun."""
    return Case(CaseId("c" * 32), "FL-7K3Q-2M4", "Intercostal neuralgia, right", "2026-11-20T08:00:00Z")


def answer(item_id: str, question: str, said: Answer = Answer.YES, text: str = "", **more: object) -> IntakeAnswer:
    """Answer a question."""
    kind = more.pop("kind", ItemKind.CHECK)
    return IntakeAnswer(item_id, question, kind, said, "Dr. Vogt", AT, text, **more)  # type: ignore[arg-type]


def an_intake() -> Intake:
    """Some answers, scores and block among them; others are open."""
    return Intake(
        "Frostline intake",
        (
            answer("diagnosis", "What is the diagnosis?", text="Post-thoracotomy neuralgia T8", kind=ItemKind.TEXT),
            answer("pain-where", "Where is the pain?", text=LONG * 3, kind=ItemKind.TEXT),
            answer("pain-one-finger", "Can the patient point to it with one finger?", text="Below the scapula tip"),
            answer("blood-thinners", "On blood thinners?", Answer.NO),
            answer("allergies", "Allergies?", Answer.NOT_APPLICABLE),
            answer(
                "baseline",
                "How bad is it before treatment?",
                kind=ItemKind.SCORES,
                scores=Scores(7.0, 9.5, "Oswestry", 42.25, "oxycodone 10 mg twice a day", 30.0),
            ),
            answer(
                "block",
                "Was a diagnostic block done?",
                kind=ItemKind.BLOCK,
                block=DiagnosticBlock("2026-01-14", "bupivacaine 0.5 %", 80.0, "6 h"),
            ),
            answer("gone", "A question of an earlier list?", text="still printed"),
        ),
    )


def planned(probes: int = 2) -> PlannedProcedure:
    """A plan of so many probes, in a row."""
    phases = (Phase(PhaseKind.FREEZE, 120), Phase(PhaseKind.PASSIVE_THAW, 60), Phase(PhaseKind.FREEZE, 120))
    return PlannedProcedure(
        plan_id=PlanId("plan-1"),
        plan_name="Right T8, two probes",
        plan_hash=Sha256("7c419ae052d81f36" + "0" * 48),
        protocol="Two cycles 2-1-2",
        probes=tuple(
            PlannedProbe(
                ProbeId(f"p{n}"),
                f"P{n}",
                "icesphere-1.5",
                "IceSphere 1.5, 17G",
                (-88.0 - 6 * n, 258.0, -579.0),
                (-62.0 - 6 * n, 287.0, -577.0),
                39.0,
                phases,
            )
            for n in range(1, probes + 1)
        ),
        targets=(
            PlannedTarget(TargetId("t1"), "intercostal", "Right intercostal nerve T8", 80.0, 211.0, "80 to 211 days"),
        ),
        phases=phases,
        ice_long_mm=32.4,
        ice_short_mm=21.0,
    )


def a_procedure(probes: int = 2) -> Procedure:
    """A finished record with something in every field; the last probe is told in the procedure CT."""
    plan = planned(probes)
    used = [
        UsedProbe(
            one.label,
            one.model_name,
            one.label,
            (one.tip_lps_mm[0] + 3.0, one.tip_lps_mm[1] + 4.0, one.tip_lps_mm[2]),
            one.entry_lps_mm,
            41.5,
        )
        for one in plan.probes[:-1]
    ]
    last = plan.probes[-1]
    used.append(
        UsedProbe("P9", "IceRod 1.5, 17G", last.label, (1.0, 2.0, 3.0), None, 40.0, Frame.PROCEDURE_CT, "series 6")
    )
    return Procedure(
        id=ProcedureId("q" * 32),
        day="2026-02-02",
        operator="Dr. Kältemann",
        planned=plan,
        probes=tuple(used),
        phases=(
            DonePhase(
                PhaseKind.FREEZE,
                "2026-02-02T10:00:00Z",
                "2026-02-02T10:02:12Z",
                120.0,
                planned_number=1,
                extended_s=12.0,
            ),
            DonePhase(PhaseKind.PASSIVE_THAW, "2026-02-02T10:02:12Z", "2026-02-02T10:03:02Z", 60.0, planned_number=2),
            DonePhase(
                PhaseKind.FREEZE,
                "2026-02-02T10:03:02Z",
                "2026-02-02T10:05:02Z",
                120.0,
                note="pneumothorax seen",
                planned_number=3,
            ),
        ),
        dissections=(
            Dissection(Spacer.SALINE, 62.5, "pleura", True, "lifted 9 mm"),
            Dissection(Spacer.CO2, 40.0, "bowel"),
        ),
        temperatures=(MeasuredTemperature("rib margin", -12.5, "2026-02-02T10:04:00Z", "thermocouple 2"),),
        monitoring=(
            NerveMonitoring("T8 motor branch", "stimulation 2 Hz", "twitch gone", 1.25, "2026-02-02T09:58:00Z"),
        ),
        scans=(
            ScanDose(ScanPurpose.PLANNING, 1, 310.5),
            ScanDose(ScanPurpose.TARGETING, 7, 402.0),
            ScanDose(ScanPurpose.MONITORING, 4),
            ScanDose(ScanPurpose.SURVEY, 1, 120.25),
        ),
        complications=(Complication("small pneumothorax", "CIRSE 2017", "1", "2026-02-02", "watched, no drain"),),
        ice=MeasuredIce(31.0, 22.5, "series 7", "2026-02-02T10:05:30Z"),
        sedation="propofol by anaesthesia",
        note="Breath held at each scan.",
        moments=(
            NotedMoment("2026-02-02T10:04:30Z", "patient coughed"),
            NotedMoment("2026-02-02T10:04:50Z", "clock", 3600.0),
        ),
        is_technical_success=True,
        finished_at="2026-02-02T11:00:00Z",
        finished_by="Dr. Kältemann",
        amended_at="2026-02-03T08:00:00Z",
        amended_by="Dr. Vogt",
    )


def a_follow_up(number: int, day: str, interval_days: int | None, average: float, **more: object) -> FollowUp:
    """One follow-up with every field."""
    return FollowUp(
        FollowUpId(f"f{number}"),
        day,
        "Nurse Adler",
        f"{day}T12:00:00Z",
        contact=Contact.CALL,
        interval_days=interval_days,
        scores=Scores(
            average, min(10.0, average + 1.5), "Oswestry", 20.5 + number, "oxycodone 5 mg", 30.0 - 2.5 * number
        ),
        relief_percent=55.0 + number,
        signs=(
            SignSeen(Sign.NEURITIS, Answer.YES, "burning at night"),
            SignSeen(Sign.WEAKNESS, Answer.NO),
            SignSeen(Sign.HORNER, Answer.NOT_APPLICABLE),
        ),
        recovered=Recovered.PARTLY,
        recovered_text="numb strip of 4 cm",
        repeat=Answer.NO,
        repeat_text="not wished",
        note=f"visit {number}: walks again",
        **more,  # type: ignore[arg-type]
    )


DAYS = (
    ("2026-02-09", 7, 5.0),
    ("2026-03-16", 42, 3.5),
    ("2026-04-02", None, 3.0),
    ("2026-05-03", 90, 2.5),
    ("2026-06-01", None, 2.0),
    ("2026-08-01", 180, 2.75),
    ("2026-09-10", None, 4.0),
    ("2026-10-20", None, 4.5),
    ("2026-12-01", None, 5.0),
    ("2027-02-02", 365, 6.0),
)


def full_case(*, probes: int = 2, follow_ups: int = 3, case_kind: str = "patient") -> Case:
    """A case with everything."""
    plan = CasePlan(
        PlanId("plan-1"),
        "Right T8, two probes",
        "/plans/a.frostline",
        Sha256("7c419ae052d81f36" + "0" * 48),
        case_kind,
        ("Right intercostal nerve T8",),
        ("intercostal",),
        "2026-01-20T08:00:00Z",
    )
    return Case(
        CaseId("c" * 32),
        "FL-7K3Q-2M4",
        "Intercostal neuralgia, right",
        "2026-01-10T08:00:00Z",
        plans=(plan,),
        intake=an_intake(),
        procedures=(a_procedure(probes),),
        follow_ups=tuple(
            a_follow_up(n, day, interval, average)
            for n, (day, interval, average) in enumerate(DAYS[:follow_ups], start=1)
        ),
        note="Referred by the pain clinic.",
    )
