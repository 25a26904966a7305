"""Which case is printed with a plan's report? The one that the plan is in, another that is named, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import say

if TYPE_CHECKING:
    import argparse

    from planner.domain.case_print import CasePages
    from planner.domain.identity import PlanId


def add_case_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--case``, ``--without-case``, ``--case-form`` and ``--library``."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--case", metavar="CASE", help="pseudonym of the case to print with it; else the one that the plan is in"
    )
    which.add_argument("--without-case", action="store_true", help="print no page of the case that the plan is in")
    parser.add_argument(
        "--case-form", action="store_true", help="with the case also an empty record of a procedure, to fill by hand"
    )
    parser.add_argument("--library", type=Path, metavar="DIR", help="folder of the cases, else the user's own")


def case_pages_of(arguments: argparse.Namespace, plan_id: PlanId) -> CasePages | None:
    """Return what is printed of which case; None for a plan that is in none.

    Raises
    ------
    InputRefused
        When the plan is in several cases and none is named, or not in the one that is; or when an empty record is
        asked for and there is no case to print it of.
    CaseFileError
        When the library cannot be read, or has no case of that name.
    """
    from planner.cli.case import case_id_of, library_of
    from planner.domain.case_print import CasePages
    from planner.domain.errors import InputRefused
    from planner.services.case_printing import pages_of_plan
    from planner.services.session import local_day

    if arguments.without_case and arguments.case_form:
        raise InputRefused("--case-form prints of a case, and --without-case leaves it out. Choose one.", code="usage")
    if arguments.without_case:
        return None
    library = library_of(arguments)
    today = local_day()
    if arguments.case is None:
        pages = pages_of_plan(library, plan_id, today=today)
        if pages is None and library.unreadable:
            names = ", ".join(one.pseudonym for one in library.unreadable)
            say(f"Cannot be read: {names}. Whether the plan is in it is not known; no page of a case is printed.")
    else:
        case, _ = library.read(case_id_of(library, arguments.case))
        if case.plan(plan_id) is None:
            raise InputRefused(f"The plan is not in {case.pseudonym}. Add it to the case first.", code="case-plan")
        pages = CasePages(case, today)
    if pages is None and arguments.case_form:
        raise InputRefused(
            "--case-form prints of a case, and the plan is in none. Add it to a case first, or leave --case-form out.",
            code="case-form",
        )
    if pages is None or not arguments.case_form:
        return pages
    return replace(pages, parts=replace(pages.parts, form=True))
