"""A case with two kept plans, whose files, folders and identity hold a word that occurs nowhere else."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003

from planner.casebook.library import CaseLibrary
from planner.domain.case import CasePlan
from planner.domain.identity import CaseId, PatientIdentity, PlanId
from planner.domain.plan import Plan
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.case_commands import NameCase, PutCasePlan, TakePlanOut
from planner.services.case_library import start_case
from planner.services.casework import OpenCase
from planner.services.history import History
from planner.services.session import Session
from tests.random_case_edits import AT, CaseHand
from tests.random_edits import REF, VOLUME, Hand

WORD = "Xanthippos"
IDENTITY = PatientIdentity(
    patient_name=f"{WORD}^Maria",
    patient_id=f"{WORD}-4711",
    birth_date="1944-06-06",
    institution=f"Clinic {WORD}",
    accession_number=f"{WORD}-99",
)


@dataclass(frozen=True)
class CaseWithPlans:
    """The library, the case's id, and the plans' files in a folder of their own."""

    library: CaseLibrary
    case_id: CaseId
    plans: tuple[Path, ...]

    @property
    def pseudonym(self) -> str:
        """What the case is called."""
        return self.library.read(self.case_id)[0].pseudonym


def keep_a_plan(path: Path, blobs: BlobStore, *, seed: int) -> CasePlan:
    """Work on a new plan of the patient and keep it; return what a case keeps of it."""
    plan = Plan(PlanId(f"{seed:032x}"), f"Plan {seed}", REF)
    session = Session(blobs=blobs, volume=VOLUME, identity=IDENTITY, history=History(plan))
    session.keep_in(path, source_folder=f"/data/{WORD}/ct")
    hand = Hand(session, random.Random(seed))
    for _ in range(20):
        hand.act()
    done = session.plan
    session.close()
    return CasePlan(done.id, done.name, str(path), done.hash, done.case_kind, ("T8",), ("intercostal",), AT)


def case_with_plans(folder: Path, *, acts: int = 25) -> CaseWithPlans:
    """Begin a case in ``folder/cases`` with two plans in ``folder/WORD``, an identity and a history."""
    plans = folder / WORD
    plans.mkdir()
    library = CaseLibrary(folder / "cases")
    case_id = start_case(library, "Intercostal neuralgia", at=AT, identity=IDENTITY)
    opened = OpenCase(library, case_id)
    hand = CaseHand(opened, random.Random(7))
    for _ in range(acts):
        hand.act()
    for plan in opened.case.plans:  # those that the hand made have no files
        opened.apply(TakePlanOut(plan.plan_id))
    paths = (plans / f"{WORD} 1.frostline", plans / f"{WORD} 2.frostline")
    blobs = BlobStore.temporary()
    try:
        for seed, path in enumerate(paths, start=1):
            opened.apply(PutCasePlan(keep_a_plan(path, blobs, seed=seed)))
    finally:
        blobs.close()
    opened.apply(NameCase("Intercostal neuralgia, T8"))
    return CaseWithPlans(library, case_id, paths)


def plan_in(path: Path) -> tuple[Plan, PatientIdentity, str]:
    """Return the last plan of a file with its identity and the folder of its CT, all verified."""
    file = PlanFile.open(path)
    try:
        return file.steps()[-1].plan, file.identity(), file.source_folder()
    finally:
        file.close()
