"""How do the pages of a case look? Pictures of the list, of every page, and of the timer, with a made-up patient.

Every value here is made up and marked TRAINING: the plan is of the synthetic patient.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from planner.domain.follow_up import FollowUp, Sign, SignSeen
from planner.domain.identity import FollowUpId
from planner.domain.intake import Answer, IntakeAnswer, ItemKind, Scores
from planner.domain.procedure import DonePhase, Procedure
from planner.domain.target import DiagnosticBlock
from planner.persistence.intake_template import shipped_intake_template
from planner.services.case_commands import AnswerItem, PutFollowUp, PutProcedure
from planner.services.case_library import start_case
from planner.services.case_plans import as_planned, new_procedure, planned_procedure
from planner.services.casework import OpenCase
from planner.ui.screenshots import SIZES_PX, offscreen_window, open_plan, save_picture, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from planner.domain.case import Case
    from planner.domain.identity import CaseId
    from planner.ui.main_window import MainWindow

_WHO = "Dr M. Osei"
_PROBLEMS = ("Intercostal neuralgia after thoracotomy, right", "Pudendal neuralgia, both sides", "Painful stump, left")
_ANSWERED = 14
_AGO_DAYS = 50
_STARTS_MIN = 9 * 60 + 12
_BASELINE = Scores(6.0, 8.0, "Brief Pain Inventory", 6.2, "Morphine", 40.0)
_COURSE = ((7, Scores(4.0, 7.0, "Brief Pain Inventory", 5.0, "Morphine", 40.0), 30.0),)
_RUNNING_S = 200
_TURNS = 6


def grab_cases(plan_file: Path, *, folder: Path, sizes: Sequence[tuple[int, int]] = SIZES_PX[:1]) -> tuple[Path, ...]:
    """Fill a case around a kept plan, and save ``cases.png``, ``case-PAGE.png`` and ``case-timer.png``.

    Raises WorkerFailed with the window's own sentence when the plan does not open or cannot be predicted.
    """
    from planner.ui.case.case_steps import CaseStep

    made = []
    with offscreen_window() as (app, window):
        # The program's own folder has a name; a path of this machine is in no picture.
        kept = window.desk.services.plans_folder / plan_file.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(plan_file, kept)
        open_plan(app, window, kept)
        case_id = _fill(window)
        window.case_desk.set_who(_WHO)
        for size in sizes:
            window.resize(*size)
            window.show_cases()
            made.append(_picture(app, window, folder / "cases.png", sizes))
            window.case_desk.open(case_id)
            for step in CaseStep:
                window.case.go_to(step)
                made.append(_picture(app, window, folder / f"case-{step.name.lower()}.png", sizes))
        running = _running(window)
        window.case_desk.apply(PutProcedure(running))
        for size in sizes:
            window.resize(*size)
            window.case.show_timer(running.id)
            made.append(_picture(app, window, folder / "case-timer.png", sizes))
    return tuple(made)


def _picture(app: QApplication, window: MainWindow, path: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    for _ in range(_TURNS):
        app.processEvents()
        wait_for(app, window, lambda: not (window.cases.list.is_busy or window.cases.link.is_busy))
    return save_picture(window, path, sizes)


def _fill(window: MainWindow) -> CaseId:
    """Begin three cases and fill the first, which holds the open plan; return its id."""
    desk = window.case_desk
    ids = [start_case(desk.library, problem, at=desk.now()) for problem in _PROBLEMS[1:]]
    ids.append(start_case(desk.library, _PROBLEMS[0], at=desk.now(), plan=window.cases.link.seen_plan()))
    opened = OpenCase(desk.library, ids[-1])
    for answer in _answers(opened.case, desk.now()):
        opened.apply(AnswerItem(answer, shipped_intake_template().name))
    day = date.fromisoformat(desk.today()) - timedelta(days=_AGO_DAYS)
    opened.apply(PutProcedure(_procedure(window, day)))
    for days, scores, relief_percent in _COURSE:
        signs = tuple(SignSeen(sign, Answer.NO) for sign in (Sign.WEAKNESS, Sign.SKIN))
        seen = (day + timedelta(days=days)).isoformat()
        opened.apply(
            PutFollowUp(
                FollowUp(
                    FollowUpId(f"{days:032x}"),
                    seen,
                    _WHO,
                    desk.now(),
                    interval_days=days,
                    scores=scores,
                    relief_percent=relief_percent,
                    signs=signs,
                )
            )
        )
    return ids[-1]


def _answers(case: Case, at: str) -> list[IntakeAnswer]:
    """Return made-up answers to the first questions and to that about the block."""
    asked = shipped_intake_template().asked_of(case.atlas_ids)
    chosen = [item for number, item in enumerate(asked) if number < _ANSWERED or item.kind is ItemKind.BLOCK]
    return [
        IntakeAnswer(
            item.id,
            item.question,
            item.kind,
            Answer.YES,
            _WHO,
            at,
            text="As told by the patient" if item.kind is ItemKind.TEXT else "",
            scores=_BASELINE if item.kind is ItemKind.SCORES else None,
            block=DiagnosticBlock(at[:10], "bupivacaine", 60.0, "6 h") if item.kind is ItemKind.BLOCK else None,
        )
        for item in chosen
    ]


def _procedure(window: MainWindow, day: date) -> Procedure:
    """Return a record of the open plan: its probes as planned, and every phase but the last timed."""
    session = window.desk.session
    if session is None:
        return new_procedure(None, day=day.isoformat())
    planned = planned_procedure(session.plan, session.result, session.assessment, mask_of=session.mask)
    made = new_procedure(planned, day=day.isoformat(), operator=_WHO)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=_STARTS_MIN)
    phases = []
    for number, phase in enumerate(planned.phases[:-1], start=1):
        end = start + timedelta(seconds=phase.duration_s)
        phases.append(DonePhase(phase.kind, _iso(start), _iso(end), planned_s=phase.duration_s, planned_number=number))
        start = end
    return Procedure(
        made.id,
        made.day,
        made.operator,
        planned,
        probes=tuple(as_planned(probe) for probe in planned.probes),
        phases=tuple(phases),
    )


def _running(window: MainWindow) -> Procedure:
    """Return a record of today whose first freeze began a while ago."""
    record = _procedure(window, date.fromisoformat(window.case_desk.today()))
    began = datetime.now(UTC) - timedelta(seconds=_RUNNING_S)
    first = replace(record.phases[0], started_at=_iso(began), ended_at="")
    return replace(record, phases=(first,))


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
