"""``frostline case list|show|new|add-plan|export|import …``: the library of cases, without a window.

A case is named by its pseudonym. No patient's name is printed unless ``--names`` or ``--with-identity`` asks (H-43).
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.terminal import NEGATIVE, OK, say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.casebook.library import CaseLibrary
    from planner.domain.identity import CaseId
    from planner.services.case_library_list import ListedCase

# Subcommands that live in a file of their own, with add_arguments and run.
_OWN_FILES = {
    "registry": ("planner.cli.case_registry", "export cases for a registry, pseudonymised"),
    "print": ("planner.cli.case_print", "print a case's intake, procedure and follow-up as a PDF"),
}
_SHOWN = ("open", "due", "not-ready", "archived", "all")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--library", type=Path, metavar="DIR", help="folder of the library, else the user's own")
    machine = argparse.ArgumentParser(add_help=False, parents=[every])
    machine.add_argument("--json", action="store_true", help="print the outcome as JSON")
    commands = parser.add_subparsers(dest="case_command", required=True, metavar="COMMAND")

    def command(name: str, text: str, run_it: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[machine])
        one.set_defaults(run_case=run_it)
        return one

    one = command("list", "list cases", _list)
    one.add_argument("query", nargs="*", metavar="WORD", help="looked for in pseudonym, problem, plans and targets")
    one.add_argument("--show", choices=_SHOWN, default="open", help="which cases (default: those not in the archive)")
    one.add_argument("--names", action="store_true", help="look for the words among the patients too, and print them")
    one = command("show", "show one case", _show)
    _add_case(one)
    one.add_argument("--history", action="store_true", help="what was done to it, and when")
    one = command("new", "begin a case", _new)
    one.add_argument("problem", metavar="PROBLEM", help='in a few words, such as "Intercostal neuralgia, right"')
    one.add_argument("--plan", type=Path, metavar="PLAN", help="its first plan (.frostline)")
    one = command("add-plan", "add a plan to a case", _add_plan)
    _add_case(one)
    one.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    one = command("export", "write a case with its plans' files into one file", _export)
    _add_case(one)
    one.add_argument("--out", type=Path, required=True, metavar="FILE", help="the case file (.frostcase), a new one")
    one.add_argument("--with-identity", action="store_true", help="also who the patient is")
    one.add_argument("--without-plans", action="store_true", help="leave the files of its plans out")
    one = command("import", "take a case file in", _import)
    one.add_argument("file", type=Path, metavar="FILE", help="case file (.frostcase)")
    one.add_argument("--plans", type=Path, metavar="DIR", help="folder for the plans' files, else the user's own")
    one.add_argument("--replace", action="store_true", help="put it in the place of the same case, if that is here")
    for name, (module, text) in _OWN_FILES.items():
        own = importlib.import_module(module)
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[every])
        own.add_arguments(one)
        one.set_defaults(run_case=own.run)


def run(arguments: argparse.Namespace) -> int:
    """Run one of the subcommands; its exit status."""
    return int(arguments.run_case(arguments))


def library_of(arguments: argparse.Namespace) -> CaseLibrary:
    """Return the library that ``--library`` names, else the user's own."""
    from planner.casebook.library import CaseLibrary
    from planner.domain.errors import InputRefused
    from planner.services.case_library import cases_folder

    if arguments.library is not None and not arguments.library.is_dir():
        raise InputRefused("There is no such folder.", code="case-library", where=str(arguments.library))
    return CaseLibrary(arguments.library or cases_folder())


def case_id_of(library: CaseLibrary, text: str) -> CaseId:
    """Return the id of the case of a pseudonym; refuse one that is not here, or mistyped, in words."""
    from planner.casebook.pseudonym import has_slip
    from planner.domain.errors import CaseFileError

    name = text.strip().upper()
    found = library.find(name)
    if found is None:
        slip = " Its letters do not fit together: one is mistyped." if has_slip(name) else ""
        raise CaseFileError(f"The library has no case “{name[:40]}”.{slip}", code="case-unknown")
    return found


def _add_case(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="pseudonym, such as FL-7K3Q-2M4A")


def _list(arguments: argparse.Namespace) -> int:
    from planner.persistence.intake_template import intake_template
    from planner.services.case_library_list import CaseFilter, listed_cases
    from planner.services.session import local_day

    library = library_of(arguments)
    rows = listed_cases(
        library,
        CaseFilter(arguments.show.replace("-", " ")),
        today=local_day(),
        template=intake_template(),
        query=" ".join(arguments.query),
        with_identity=arguments.names,
    )
    if arguments.json:
        unreadable = [{"pseudonym": one.pseudonym, "why": one.sentence} for one in library.unreadable]
        plain = [_plain_row(row, library, names=arguments.names) for row in rows]
        say_json({"cases": plain, "unreadable": unreadable})
    else:
        for row in rows:
            say(_line(row, library, names=arguments.names))
        for one in library.unreadable:
            say(f"{one.pseudonym}  cannot be read: {one.sentence}")
        if not rows and not library.unreadable:
            say("The library has no case that fits.")
    return OK if rows else NEGATIVE


def _line(row: ListedCase, library: CaseLibrary, *, names: bool) -> str:
    plain = _plain_row(row, library, names=names)
    intake = f"intake {plain['intake_answered']}/{plain['intake_asked']}"
    last = f"last procedure {plain['last_procedure']}" if plain["last_procedure"] else ""
    due = "" if row.next_due is None else f"{row.next_due.name} {row.next_due.words}"
    targets = ", ".join(plain["targets"])
    parts = (plain["problem"], plain.get("patient", ""), targets, intake, row.step.words, last, due)
    return f"{plain['pseudonym']}  {' · '.join(part for part in parts if part)}"


def _plain_row(row: ListedCase, library: CaseLibrary, *, names: bool) -> dict[str, Any]:
    due = None
    if row.next_due is not None:
        due = {"interval_days": row.next_due.interval_days, "day": row.next_due.day, "state": row.next_due.state.value}
    plain: dict[str, Any] = {
        "pseudonym": row.case.pseudonym,
        "problem": row.case.problem,
        "plans": [plan.name for plan in row.case.plans],
        "targets": list(dict.fromkeys(target for plan in row.case.plans for target in plan.targets)),
        "intake_answered": row.readiness.answered,
        "intake_asked": row.readiness.asked,
        "state": row.readiness.state.value,
        "reason": row.readiness.reason,
        "next_step": row.step.words,
        "next_step_reason": row.step.reason,
        "procedures": len(row.case.procedures),
        "last_procedure": None if row.last_procedure is None else row.last_procedure.day,
        "follow_ups": len(row.case.follow_ups),
        "next_due": due,
        "archived": row.case.is_archived,
        "edited_at": row.edited_at,
    }
    if names and library.identities.has(row.case.id):
        plain["patient"] = library.identities.get(row.case.id).label
    return plain


def _show(arguments: argparse.Namespace) -> int:
    from planner.casebook.library import CaseRow
    from planner.domain.digest import to_plain
    from planner.persistence.intake_template import intake_template
    from planner.services.case_library_list import listed_case
    from planner.services.session import local_day

    library = library_of(arguments)
    case_id = case_id_of(library, arguments.case)
    case, number = library.read(case_id)
    history = library.history(case_id)
    row = listed_case(CaseRow(case, number, history[-1].at), today=local_day(), template=intake_template())
    if arguments.json:
        plain = {"case": to_plain(case), "revision": number, "readiness": _readiness(row)}
        if arguments.history:
            plain["history"] = to_plain(history)
        say_json(plain)
        return OK
    say(_line(row, library, names=False))
    say(f"{row.step.words}: {row.step.reason}")
    for item in row.readiness.missing:
        say(f"not answered: {item.question}")
    for one in history if arguments.history else ():
        say(f"{one.number:4d}  {one.at}  {one.label}")
    return OK


def _readiness(row: ListedCase) -> dict[str, Any]:
    return {
        "state": row.readiness.state.value,
        "reason": row.readiness.reason,
        "missing": [item.id for item in row.readiness.missing],
    }


def _new(arguments: argparse.Namespace) -> int:
    from planner.casebook.library import CaseLibrary
    from planner.services.case_library import cases_folder, start_case
    from planner.services.case_plans import case_plan_of_file
    from planner.services.session import utc_now

    at = utc_now()
    library = CaseLibrary(arguments.library or cases_folder())  # the first case makes its folder
    plan = None if arguments.plan is None else case_plan_of_file(arguments.plan.absolute(), at=at)
    case, _ = library.read(start_case(library, arguments.problem, at=at, plan=plan))
    return _said(arguments, {"pseudonym": case.pseudonym}, (f"{case.pseudonym} is begun.",))


def _add_plan(arguments: argparse.Namespace) -> int:
    from planner.services.case_commands import PutCasePlan
    from planner.services.case_plans import case_plan_of_file
    from planner.services.casework import OpenCase
    from planner.services.session import utc_now

    library = library_of(arguments)
    opened = OpenCase(library, case_id_of(library, arguments.case))
    plan = case_plan_of_file(arguments.plan.absolute(), at=utc_now())
    opened.apply(PutCasePlan(plan))
    plain = {"pseudonym": opened.case.pseudonym, "plans": [one.name for one in opened.case.plans]}
    return _said(arguments, plain, (f"{opened.case.pseudonym} has the plan “{plan.name}”.",))


def _export(arguments: argparse.Namespace) -> int:
    from planner.domain.errors import InputRefused
    from planner.services.case_library import export_case

    library = library_of(arguments)
    case_id = case_id_of(library, arguments.case)
    if arguments.out.exists():
        raise InputRefused(
            "This file exists already. Choose another name.", code="case-exists", where=arguments.out.name
        )
    done = export_case(
        library,
        case_id,
        arguments.out.absolute(),
        with_identity=arguments.with_identity,
        with_plans=not arguments.without_plans,
    )
    plain = {"file": str(arguments.out), "plans": list(done.plans), "notes": list(done.notes)}
    return _said(arguments, plain, (f"Written to {arguments.out} with {_counted(done.plans)}.", *done.notes))


def _import(arguments: argparse.Namespace) -> int:
    from planner.casebook.library import CaseLibrary
    from planner.services.case_library import cases_folder, import_case, plans_folder
    from planner.services.session import utc_now

    done = import_case(
        CaseLibrary(arguments.library or cases_folder()),
        arguments.file,
        plans_folder=(arguments.plans or plans_folder()).absolute(),
        at=utc_now(),
        replacing=arguments.replace,
    )
    plans = [str(path) for path in done.plans]
    plain = {"pseudonym": done.pseudonym, "plans": plans, "notes": list(done.notes)}
    said = (f"{done.pseudonym} is in the library, with {_counted(done.plans)}.", *plans, *done.notes)
    return _said(arguments, plain, said)


def _said(arguments: argparse.Namespace, plain: dict[str, Any], sentences: tuple[str, ...]) -> int:
    if arguments.json:
        say_json(plain)
    else:
        for sentence in sentences:
            say(sentence)
    return OK


def _counted(plans: tuple[object, ...]) -> str:
    return {0: "no plan's file", 1: "the file of one plan"}.get(len(plans), f"the files of {len(plans)} plans")
