"""How does a plan's file go along with a case? As a compact, verified copy, without the patient unless asked (H-43)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.digest import bytes_hash, canonical_json
from planner.domain.errors import PlanFileError
from planner.domain.identity import PatientIdentity, PlanId, Sha256
from planner.persistence.planfile import PlanFile
from planner.persistence.planlook import open_or_look

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PlanCopy:
    """A plan's file as it travels: whose plan, what it is called, the hash of its bytes, and where it lies now."""

    plan_id: PlanId
    name: str
    sha256: Sha256
    path: Path


def copied_plan(path: Path, folder: Path, *, with_identity: bool) -> PlanCopy:
    """Copy a plan, also one that another window holds, into a private folder.

    Without the identity, the patient and the folder of the CT are empty in the copy; what was typed into the plan and
    the numbers of its CT are as they were.

    Raises
    ------
    PlanFileError
        When the plan cannot be read, or the copy cannot be written.
    """
    copy = folder / f"{uuid4().hex}.frostline"
    file = open_or_look(path, folder=folder)
    try:
        plan = file.steps()[-1].plan
        file.save_copy(copy)
    finally:
        file.close()
    if not with_identity:
        _without_patient(copy)
    return PlanCopy(plan.id, plan.name, bytes_hash(copy.read_bytes()), copy)


def checked_plan(path: Path) -> PlanCopy:
    """Return what the plan in a file is, after all of it was verified; raises as :meth:`PlanFile.open`."""
    file = PlanFile.open(path)
    try:
        plan = file.steps()[-1].plan
    finally:
        file.close()
    return PlanCopy(plan.id, plan.name, bytes_hash(path.read_bytes()), path)


def _without_patient(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA secure_delete = ON")  # no free page keeps the name
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE patient SET identity = ?", (canonical_json(PatientIdentity()).decode(),))
            connection.execute("UPDATE source SET folder = ''")
            connection.execute("COMMIT")
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise PlanFileError(
            "The plan cannot be copied without its patient. Check the free space.", code="plan-io", where=copy.name
        ) from error
