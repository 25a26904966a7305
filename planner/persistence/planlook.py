"""May a plan be read that another window holds, or that cannot be written where it lies? As a copy, only read (H-37).

The holder may write while we copy. SQLite's journal is copied along, so that a step in the making is taken back; the
whole is then verified like any plan, and copied again when it came out torn.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.errors import PlanFileError
from planner.persistence.planfile import PlanFile

if TYPE_CHECKING:
    from pathlib import Path

_TRIES = 20
_BETWEEN_S = 0.05
_JOURNAL = "-journal"
# No write while we copied can make these of a plan: the next copy would say the same.
_FOR_GOOD = frozenset({"plan-newer", "plan-foreign", "plan-schema"})
NOT_OURS = frozenset({"plan-locked", "plan-not-writable"})


def open_or_look(path: Path, *, folder: Path) -> PlanFile:
    """Open a plan to work on; one that another window holds, or that cannot be written, is opened to be looked at.

    Parameters
    ----------
    folder
        A private folder for the copy that is read; it goes when the file is closed.

    Raises
    ------
    PlanFileError
        As :meth:`PlanFile.open`, but for being locked.
    """
    try:
        return PlanFile.open(path)
    except PlanFileError as error:
        if error.code not in NOT_OURS:
            raise
        is_held = error.code == "plan-locked"
    for left in reversed(range(_TRIES)):
        own = folder / f"look-{uuid4().hex}"
        try:
            own.mkdir(mode=0o700)
            _copy(path, own / "plan")
            return PlanFile.open(own / "plan", shown_as=path)
        except (PlanFileError, OSError) as error:
            shutil.rmtree(own, ignore_errors=True)
            if left == 0 or (isinstance(error, PlanFileError) and error.code in _FOR_GOOD):
                raise _refusal(error, path, is_held=is_held) from error
        time.sleep(_BETWEEN_S)
    raise AssertionError("the last try returns or raises")


def _refusal(error: PlanFileError | OSError, path: Path, *, is_held: bool) -> PlanFileError:
    """Return why a copy could not be read, as said of the plan itself."""
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
        return PlanFileError(
            f"This plan cannot be copied to be looked at ({error.strerror or type(error).__name__}).",
            code="plan-not-copied",
            where=path.name,
        )
    if isinstance(error, PlanFileError) and (error.code in _FOR_GOOD or not is_held):
        return PlanFileError(error.sentence, code=error.code, where=path.name)
    return PlanFileError(
        "This plan is open in another window and cannot be read just now. Close it there, or try again.",
        code="plan-locked",
        where=path.name,
    )


def _copy(path: Path, copy: Path) -> None:
    """Copy a plan with the journal of a step in the making, when there is one."""
    journal = path.with_name(path.name + _JOURNAL)
    before = journal.exists()
    shutil.copyfile(path, copy)
    try:
        shutil.copyfile(journal, copy.with_name(copy.name + _JOURNAL))
    except FileNotFoundError:
        if before:
            raise
    # A journal that came only now may be of a later write than the pages just copied: verification decides.
