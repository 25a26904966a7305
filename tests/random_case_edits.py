"""Random work on a case: answers, plans, procedures, follow-ups, undo and redo, as a hand would do them, from one seed.

Also a program: ``python random_case_edits.py FOLDER KILLS LONGEST_S`` works KILLS times on a new case in one library in
FOLDER, in a process of its own, and kills it with SIGKILL after a random time; ``SEED.said`` lists the cases it said
were kept. ``python random_case_edits.py FOLDER count TIMES`` adds one to the note of case 1, TIMES times.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from planner.casebook.library import CaseLibrary
from planner.domain.case import Case, CasePlan
from planner.domain.digest import content_hash
from planner.domain.errors import CaseFileError, CaseInvalid
from planner.domain.follow_up import Contact, FollowUp, Recovered, Sign, SignSeen
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256
from planner.domain.intake import Answer, IntakeAnswer, ItemKind, Scores
from planner.domain.procedure import (
    Complication,
    Dissection,
    DonePhase,
    MeasuredIce,
    MeasuredTemperature,
    Procedure,
    ScanDose,
    ScanPurpose,
    Spacer,
    UsedProbe,
)
from planner.domain.protocol import PhaseKind
from planner.domain.target import DiagnosticBlock
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
WORDS = ("Müller-Weiß", "“quoted”", "line\nbreak", "", "x" * 300, "神経", "NULL\0byte", "'; DROP TABLE revision; --")


def new_case(seed: int) -> Case:
    """Return an empty case."""
    return Case(CaseId(f"{seed:032x}"), f"FL-{seed:04d}", "Intercostal neuralgia", AT)


class MemoryKeeper:
    """Keeps one case as a list of snapshots: what the library must amount to."""

    def __init__(self, case: Case) -> None:
        self.cases = [case]

    def read(self, case_id):  # noqa: ARG002 - it keeps one case
        """Return the last snapshot."""
        return self.cases[-1], len(self.cases)

    def keep(self, case, *, after, label, at):  # noqa: ARG002 - it keeps the cases only
        """Add a snapshot."""
        assert after == len(self.cases)
        self.cases.append(case)
        return len(self.cases)


@dataclass
class CaseHand:
    """Does one random thing after another to an open case."""

    opened: OpenCase
    dice: random.Random

    def act(self) -> str:
        """Edit, undo or redo, and say which; an edit that the case refuses leaves it as it is."""
        what = self.dice.random()
        if what < 0.15:
            self.opened.undo()
            return "undo"
        if what < 0.25:
            self.opened.redo()
            return "redo"
        try:
            self.opened.apply(self.command())
        except CaseInvalid:
            return "refused"
        return "edit"

    def command(self):
        """Return a command that fits the case most of the time."""
        case, dice = self.opened.case, self.dice
        makers = [self.answer, self.answer, self.plan, self.procedure, self.follow_up]
        makers += [lambda: NameCase(dice.choice(WORDS), dice.choice(WORDS))]
        makers += [lambda: ArchiveCase(is_archived=dice.random() < 0.5)]
        makers += [lambda: SetIntervals(tuple(sorted(dice.sample(range(4000), dice.randint(0, 5)))))]
        makers += [lambda: RemoveProcedure(ProcedureId(dice.choice("abc"))), lambda: ClearAnswer(dice.choice("abcd"))]
        makers += [lambda: RemoveFollowUp(FollowUpId(dice.choice("abc")))]
        if case.plans:
            makers.append(lambda: TakePlanOut(dice.choice(case.plans).plan_id))
        if case.procedures:
            makers += [self.more_done, self.more_done, self.more_done]
        return dice.choice(makers)()

    def answer(self):
        """Return an answer of any kind."""
        dice = self.dice
        kind, answer = dice.choice(list(ItemKind)), dice.choice(list(Answer))
        is_yes = answer is Answer.YES
        return AnswerItem(
            IntakeAnswer(
                dice.choice("abcd"),
                "Question? " + dice.choice(WORDS),
                kind,
                answer,
                "Dr " + dice.choice(WORDS),
                AT,
                text=dice.choice(WORDS),
                scores=self.scores() if kind is ItemKind.SCORES and is_yes else None,
                block=DiagnosticBlock("2026-01-02", "agent", dice.uniform(0, 100)) if kind is ItemKind.BLOCK else None,
            ),
            "template",
        )

    def scores(self):
        """Return scores that are in order most of the time."""
        dice = self.dice
        return Scores(dice.choice((None, 0.0, 3.5)), dice.choice((None, 1.0, 10.0)), opioid=dice.choice(WORDS))

    def plan(self):
        """Return a plan added or seen again elsewhere."""
        dice = self.dice
        name = dice.choice("abc")
        plan = CasePlan(
            PlanId(name), f"plan {dice.choice(WORDS)}", f"/{dice.choice(WORDS)}", Sha256("0" * 64), "patient",
            ("T8",), ("intercostal",), AT,
        )  # fmt: skip
        return PutCasePlan(plan if dice.random() < 0.9 else replace(plan, case_kind="demo"))

    def procedure(self):
        """Return a procedure begun or begun anew."""
        dice = self.dice
        day = dice.choice(("2026-02-03", "2026-05-06", "no day"))
        return PutProcedure(Procedure(ProcedureId(dice.choice("abc")), day, operator=dice.choice(WORDS)))

    def more_done(self):
        """Return a procedure of the case with one more thing recorded."""
        dice, number = self.dice, self.dice.uniform(-5, 300)
        old = dice.choice(self.opened.case.procedures)
        begun = f"2026-02-03T10:{len(old.phases):02d}:00Z"
        makers = [
            lambda: {"phases": (*old.phases, DonePhase(PhaseKind.FREEZE, begun, begun[:-3] + "30Z"))},
            lambda: {
                "probes": (*old.probes, UsedProbe(f"P{len(old.probes)}", "model", tip_lps_mm=(number, 0.1, 1e-9)))
            },
            lambda: {"dissections": (*old.dissections, Dissection(dice.choice(list(Spacer)), number))},
            lambda: {"temperatures": (*old.temperatures, MeasuredTemperature("here", number))},
            lambda: {"scans": (ScanDose(dice.choice(list(ScanPurpose)), dice.choice((3, None)), number),)},
            lambda: {"complications": (*old.complications, Complication("pain", "SIR", "1", "2026-02-04"))},
            lambda: {"no_complication_by": dice.choice(("", "Dr A"))},
            lambda: {"ice": MeasuredIce(number, number / 2, "series 4")},
            lambda: {"sedation": dice.choice(WORDS), "note": dice.choice(WORDS)},
        ]
        return PutProcedure(replace(old, **dice.choice(makers)()), label=f"edit {dice.choice(WORDS)}")

    def follow_up(self):
        """Return a follow-up."""
        dice = self.dice
        seen = [SignSeen(sign, dice.choice(list(Answer))) for sign in Sign if dice.random() < 0.5]
        return PutFollowUp(
            FollowUp(
                FollowUpId(dice.choice("abc")),
                dice.choice(("2026-03-04", "2026-07-08")),
                "Dr B",
                AT,
                dice.choice(list(Contact)),
                scores=self.scores(),
                relief_percent=dice.choice((None, 55.5, 120.0)),
                signs=tuple(seen),
                recovered=dice.choice((None, *Recovered)),
                repeat=dice.choice((None, *Answer)),
            )
        )


def hashes_of(seed: int, *, acts: int) -> list[str]:
    """Return the hash of the case before and after each of the first acts of a seed, worked out in memory only."""
    case = new_case(seed)
    opened = OpenCase(MemoryKeeper(case), case.id)
    hand = CaseHand(opened, random.Random(seed))
    hashes = [str(content_hash(opened.case))]
    for _ in range(acts):
        hand.act()
        hashes.append(str(content_hash(opened.case)))
    return hashes


def work_for_ever(folder: Path, seed: int) -> None:
    """Work on a new case, and note after each act the hash of the case that is said to be on disk."""
    library = CaseLibrary(folder)
    case = new_case(seed)
    library.add(case, at=AT)
    opened = OpenCase(library, case.id)
    hand = CaseHand(opened, random.Random(seed))
    said = os.open(folder / f"{seed}.said", os.O_WRONLY | os.O_CREAT)
    while True:
        os.write(said, f"{content_hash(opened.case)}\n".encode())
        hand.act()


def count_up(folder: Path, times: int) -> None:
    """Add one to the number in a case's note, again and again; anew from what is there after each refusal."""
    opened = OpenCase(CaseLibrary(folder), new_case(1).id)
    done = 0
    while done < times:
        try:
            opened.apply(NameCase("counted", str(int(opened.case.note) + 1)))
            done += 1
        except CaseFileError as error:
            if error.code not in ("case-stale", "case-locked"):
                raise
            opened.read_anew()


def work_and_be_killed(folder: Path, kills: int, longest_s: float) -> None:
    """Start workers one after the other, and kill each after a random time."""
    when = random.Random(33)
    for seed in range(kills):
        child = os.fork()
        if child == 0:  # it never returns
            work_for_ever(folder, seed)
        time.sleep(when.uniform(0, longest_s))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[2] == "count":
        count_up(Path(sys.argv[1]), int(sys.argv[3]))
    else:
        work_and_be_killed(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
