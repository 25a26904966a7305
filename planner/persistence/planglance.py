"""What does a kept plan say of itself, without being opened? Its last step and its patient, read and not locked.

Nothing is verified here beyond the form of what is read: whether a plan may be worked on is decided when it is opened.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused, PlanFileError
from planner.domain.identity import PatientIdentity
from planner.domain.plan import Plan
from planner.persistence import codec

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_PLAN = 8_000_000  # characters; a plan is below 100 kB, and a start page reads many files


@dataclass(frozen=True, slots=True)
class Glance:
    """A plan as its file has it: ``edited_at`` is when its last step was made, ISO 8601 UTC; ``steps`` counts edits."""

    plan: Plan
    identity: PatientIdentity
    edited_at: str
    steps: int


def glance_at(path: Path) -> Glance:
    """Read the last step of a plan file.

    Raises
    ------
    PlanFileError
        When another window holds it (``plan-locked``), or when it cannot be read as a plan.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.0)
    except sqlite3.Error as error:
        raise _unreadable(path) from error
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        row = connection.execute(
            "SELECT at, plan, (SELECT count(*) FROM step) FROM step WHERE length(plan) < ? ORDER BY n DESC LIMIT 1",
            (_LONGEST_PLAN,),
        ).fetchone()
        patient = connection.execute("SELECT identity FROM patient LIMIT 1").fetchone()
        plan = codec.decode(row[1], Plan, where=path.name)
        identity = codec.decode(patient[0], PatientIdentity, where=path.name)
        return Glance(plan, identity, str(row[0]), int(row[2]) - 1)
    except (sqlite3.Error, TypeError, InputRefused) as error:
        if "locked" in str(error):
            raise PlanFileError("This plan is open in another window.", code="plan-locked", where=path.name) from error
        raise _unreadable(path) from error
    finally:
        connection.close()


def _unreadable(path: Path) -> PlanFileError:
    return PlanFileError("This plan file cannot be read.", code="plan-unreadable", where=path.name)
