"""How does work reach a plan file when it could not step by step? Whole histories, and copies with the rest.

A disk that is full or a folder that takes nothing must lose no edit: what is in memory can be written elsewhere (H-34).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.persistence.planfile import PlanFile, Step, StepKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.identity import PatientIdentity
    from planner.domain.plan import Plan
    from planner.persistence.blobs import BlobStore
    from planner.services.history import History


def keep_masks_of(plan: Plan, file: PlanFile, store: BlobStore) -> None:
    """Put the masks of one plan into a file that does not hold them yet."""
    file.keep_blobs((structure.mask for structure in plan.structures), store)


def file_of(
    steps: Sequence[Step], path: Path, *, blobs: BlobStore, identity: PatientIdentity, source_folder: str
) -> PlanFile:
    """Return a new file of a history's steps (:func:`steps_of`): undo and redo work in it as they do in memory."""
    first, *rest = steps
    file = PlanFile.create(path, first, identity=identity, source_folder=source_folder)
    try:
        keep_masks_of(first.plan, file, blobs)
        append_all(file, rest, blobs)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return file


def append_all(file: PlanFile, steps: Sequence[Step], store: BlobStore) -> None:
    """Append steps in order, each with its masks before it."""
    for step in steps:
        keep_masks_of(step.plan, file, store)
        file.append(step)


def copy_with(file: PlanFile, path: Path, steps: Sequence[Step], store: BlobStore) -> None:
    """Write a copy of a plan file, and into the copy the steps that the file's own disk refused."""
    file.save_copy(path)
    try:
        copy = PlanFile.open(path)
        try:
            append_all(copy, steps, store)
        finally:
            copy.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def steps_of(history: History, at: str) -> list[Step]:
    """Return the steps that lead to a history as it stands: every edit, then back to where it is now."""
    place = history.place
    first, *others = place.entries
    steps = [Step(StepKind.START, "", "program", at, first.plan)]
    steps += [Step(StepKind.EDIT, entry.label, "user", at, entry.plan) for entry in others]
    for n in range(len(others), place.at, -1):
        steps.append(Step(StepKind.UNDO, place.entries[n].label, "user", at, place.entries[n - 1].plan))
    return steps
