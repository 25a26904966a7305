"""What is done with a case as a whole? Begin, duplicate, export and import one; where the library of this user lies."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.casebook.case_file import Travelling, read_case_file, require_read_back, write_case_file
from planner.casebook.identities import NOBODY
from planner.casebook.library import FIRST_LABEL, CaseLibrary
from planner.casebook.pseudonym import pseudonym
from planner.casebook.revisions import Edited, packed, rewritten, unpacked
from planner.domain.case import TRAINING_PREFIX, Case
from planner.domain.digest import bytes_hash
from planner.domain.errors import CaseFileError, PlannerError
from planner.domain.identity import CaseId, PatientIdentity
from planner.persistence.abandoned import private_folder
from planner.persistence.leaving import leaving_into, put_in_place
from planner.persistence.plan_copy import PlanCopy, checked_plan, copied_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from planner.casebook.revisions import Revision
    from planner.domain.case import CasePlan

PLAN_SUFFIX = ".frostline"
IMPORT_LABEL = "import the case"


@dataclass(frozen=True, slots=True)
class CaseExported:
    """What a case file holds: the names of the plans whose files travel, and sentences on what does not."""

    path: Path
    plans: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseFileLook:
    """What a case file holds, verified, before anything of it is taken in. ``is_there``: the library has it."""

    case: Case
    revisions: int
    plans: tuple[str, ...]
    has_identity: bool
    is_there: bool


@dataclass(frozen=True, slots=True)
class CaseImported:
    """The case that was taken in, its plans' files, and sentences on what is different here."""

    case_id: CaseId
    pseudonym: str
    plans: tuple[Path, ...]
    notes: tuple[str, ...]


def cases_folder() -> Path:
    """Return where this user's library is kept; the folder need not exist."""
    import platformdirs

    return Path(platformdirs.user_data_dir("frostline", appauthor=False)) / "cases"


def plans_folder() -> Path:
    """Return where this user's plans are kept; the folder need not exist."""
    import platformdirs

    return Path(platformdirs.user_data_dir("frostline", appauthor=False)) / "plans"


def start_case(
    library: CaseLibrary, problem: str, *, at: str, plan: CasePlan | None = None, identity: PatientIdentity = NOBODY
) -> CaseId:
    """Begin a case under a new pseudonym, with its first plan when there is one; return its id.

    Raises
    ------
    CaseInvalid
        When the problem is not said.
    CaseFileError
        When the library does not take it; nothing of it is kept.
    """
    is_training = plan is not None and plan.case_kind != "patient"
    case = Case(
        CaseId(uuid4().hex),
        _new_pseudonym(library, is_training=is_training),
        problem.strip(),
        at,
        plans=() if plan is None else (plan,),
    )
    _add(library, case, (Edited(packed(case), FIRST_LABEL, at),), identity)
    return case.id


def duplicate_case(library: CaseLibrary, case_id: CaseId, *, at: str) -> CaseId:
    """Begin another case of the same patient; return its id.

    Plans are kept as links and answers with who gave them and when; procedures and follow-ups stay where they are.
    """
    old, _ = library.read(case_id)
    case = replace(
        old,
        id=CaseId(uuid4().hex),
        pseudonym=_new_pseudonym(library, is_training=not old.is_of_a_patient),
        opened_at=at,
        procedures=(),
        follow_ups=(),
        is_archived=False,
    )
    first = Edited(packed(case), f"duplicate {old.pseudonym}", at)
    _add(library, case, (first,), library.identities.get(case_id))
    return case.id


def export_case(
    library: CaseLibrary, case_id: CaseId, path: Path, *, with_identity: bool = False, with_plans: bool = True
) -> CaseExported:
    """Write a case with its history and the files of its plans into one file, in place of what has its name.

    Where plans lie here is left out. Without the identity, neither the case nor a plan's file says who the patient is;
    words that somebody typed, and the numbers of the CT that a plan is pinned to, travel as they are.

    Raises
    ------
    CaseFileError
        When the case cannot be read.
    InputRefused
        When the disk does not take the file; nothing that was there is changed.
    """
    revisions = library.revisions(case_id)
    case = unpacked(revisions[-1].data, where=library.path.name)
    history = tuple(_without_places(one) for one in revisions)
    with private_folder() as private, leaving_into(path.parent, what="The case file") as staging:
        taken_along = case.plans if with_plans else ()
        plans, notes = _plan_copies(taken_along, private, with_identity=with_identity)
        identity = library.identities.get(case_id) if with_identity else NOBODY
        content = Travelling(case, history, plans, None if identity == NOBODY else identity)
        complete = staging / path.name
        write_case_file(complete, content)
        require_read_back(complete, content)
        put_in_place(complete, path)
    return CaseExported(path, tuple(plan.name for plan in plans), notes)


def look_into(path: Path, library: CaseLibrary) -> CaseFileLook:
    """Verify a case file and say what it holds; raises as :func:`import_case`."""
    with private_folder() as private:
        content = _checked(path, private)
    return CaseFileLook(
        content.case,
        len(content.history),
        tuple(plan.name for plan in content.plans),
        content.identity is not None,
        library.has(content.case.id),
    )


def import_case(
    library: CaseLibrary, path: Path, *, plans_folder: Path, at: str, replacing: bool = False
) -> CaseImported:
    """Take a case in, with its plans' files; a case that is there already stays, and the new one gets another id.

    Parameters
    ----------
    replacing
        Whether a case of the same id goes for this one, by explicit choice. Its plans' files stay.

    Raises
    ------
    CaseFileError, InputRefused, PlanFileError
        When the file is foreign, newer, damaged or altered, or the disk does not take it; nothing is taken in.
    """
    with private_folder() as private:
        content = _checked(path, private)
        is_there = library.has(content.case.id)
        content, notes = _renamed(library, content, is_there=is_there and not replacing)
        with _plans_put(content.plans, plans_folder) as places:
            last = _placed(content.case, {plan_id: str(place) for plan_id, place in places.items()})
            history = (*content.history, Edited(packed(last), IMPORT_LABEL, at))
            _take_in(library, replace(content, case=last, history=history), replacing=replacing and is_there)
    missing = [plan.name for plan in last.plans if plan.plan_id not in places]
    notes += [f"The file of plan “{name}” did not travel; add it when it is here." for name in missing]
    return CaseImported(last.id, last.pseudonym, tuple(places.values()), tuple(notes))


def _add(library: CaseLibrary, case: Case, history: tuple[Edited, ...], identity: PatientIdentity) -> None:
    """Keep a new case and who it is, or nothing of it."""
    library.add_history(case, history)
    if identity == NOBODY:
        return
    try:
        library.identities.put(case.id, identity)
    except PlannerError:
        library.remove(case.id, name=case.pseudonym)
        raise


def _take_in(library: CaseLibrary, content: Travelling, *, replacing: bool) -> None:
    if not replacing:
        _add(library, content.case, content.history, content.identity or NOBODY)
        return
    case_id, before = content.case.id, library.identities.get(content.case.id)
    if content.identity is not None:
        library.identities.put(case_id, content.identity)
    try:
        library.add_history(content.case, content.history, replacing=True)
    except BaseException:
        library.identities.put(case_id, before)
        raise


def _new_pseudonym(library: CaseLibrary, *, is_training: bool) -> str:
    while True:
        name = pseudonym(secrets.randbelow, is_training=is_training)
        if library.find(name) is None:
            return name


def _renamed(library: CaseLibrary, content: Travelling, *, is_there: bool) -> tuple[Travelling, list[str]]:
    """Give the case another id when it is there, and another pseudonym when another case has its own."""
    case = content.case
    if not is_there and library.find(case.pseudonym) in (None, case.id):
        return content, []
    case_id = CaseId(uuid4().hex) if is_there else case.id
    # Of training as before: an earlier revision may hold a plan that a case begun for training does not take.
    name = _new_pseudonym(library, is_training=case.pseudonym.startswith(TRAINING_PREFIX))
    named = {"id": case_id, "pseudonym": name}
    history = tuple(
        replace(one, data=rewritten(one.data, lambda plain: plain.update(named), where=case.pseudonym))
        for one in content.history
    )
    why = "is in the library already" if is_there else "is the pseudonym of another case here"
    note = f"{case.pseudonym} {why}; the case taken in is {name}."
    return replace(content, case=replace(case, id=case_id, pseudonym=name), history=history), [note]


def _without_places(revision: Revision) -> Edited:
    """Return a revision that does not say where plans lie here: a path may hold a name (H-43)."""

    def forget(plain: dict[str, Any]) -> None:
        for plan in plain.get("plans", ()):
            plan["path"] = ""

    return Edited(rewritten(revision.data, forget, where="the case"), revision.label, revision.at)


def _placed(case: Case, places: dict[str, str]) -> Case:
    """Return the case whose plans lie at these places; one without a place here has none."""
    plans = tuple(replace(plan, path=places.get(plan.plan_id, "")) for plan in case.plans)
    return replace(case, plans=plans)


def _plan_copies(
    plans: Iterable[CasePlan], private: Path, *, with_identity: bool
) -> tuple[tuple[PlanCopy, ...], tuple[str, ...]]:
    """Copy the files of the case's plans; say which are not where they were, or are of another plan by now."""
    copies: list[PlanCopy] = []
    notes: list[str] = []
    for plan in plans:
        try:
            copy = copied_plan(Path(plan.path), private, with_identity=with_identity) if plan.path else None
        except PlannerError as error:
            copy = None
            notes.append(f"The file of plan “{plan.name}” does not travel: {error.sentence}")
        else:
            if copy is None or copy.plan_id != plan.plan_id:
                notes.append(f"The file of plan “{plan.name}” does not travel: another plan, or none, lies there.")
                copy = None
        if copy is not None:
            copies.append(copy)
    return tuple(copies), tuple(notes)


def _checked(path: Path, private: Path) -> Travelling:
    """Return what a case file holds, after every plan in it was verified as a plan of the case."""
    content = read_case_file(path, private)
    known = {plan.plan_id for plan in content.case.plans}
    for plan in content.plans:
        found = checked_plan(plan.path)
        if found.plan_id != plan.plan_id or plan.plan_id not in known:
            raise CaseFileError(
                f"The plan “{plan.name}” in this file is not of this case.", code="case-plan", where=path.name
            )
    return content


@contextmanager
def _plans_put(plans: tuple[PlanCopy, ...], folder: Path) -> Iterator[dict[str, Path]]:
    """Put plans' files into a folder, by plan id; what was put there goes again when the case is not taken in."""
    places: dict[str, Path] = {}
    put: list[Path] = []
    try:
        with leaving_into(folder, what="The plans of the case") as staging:
            for plan in plans:
                place, is_ours = _place_for(plan, folder)
                if is_ours:
                    put.append(place)
                    put_in_place(Path(shutil.copyfile(plan.path, staging / plan.path.name)), place)
                places[plan.plan_id] = place
        yield places
    except BaseException:
        for place in put:
            place.unlink(missing_ok=True)
        raise


def _place_for(plan: PlanCopy, folder: Path) -> tuple[Path, bool]:
    """Return the very file when it is there already, else a free name, taken by an empty file that is ours."""
    for name in _names(plan.name):
        target = folder / f"{name}{PLAN_SUFFIX}"
        try:
            target.open("xb").close()
        except FileExistsError:
            if bytes_hash(target.read_bytes()) == plan.sha256:
                return target, False
        else:
            return target, True
    raise AssertionError("names do not end")


def _names(title: str) -> Iterator[str]:
    stem = " ".join(re.sub(r"[^\w ,-]", "", title).split())[:100] or "Plan"
    yield stem
    number = 2
    while True:
        yield f"{stem}, {number}"
        number += 1
