"""``frostline case print CASE --out FILE``: intake, procedure and follow-up on paper, without a prediction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.finer import PAPER_NAMES
from planner.cli.terminal import OK, say
from planner.domain.site import LANGUAGES

if TYPE_CHECKING:
    import argparse

    from planner.domain.case_print import CaseParts

PAGES = ("intake", "procedure", "follow-up")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("case", metavar="CASE", help="pseudonym, such as FL-7K3Q-2M4A")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PDF, a new file")
    parser.add_argument(
        "--pages", nargs="+", choices=PAGES, default=list(PAGES), metavar="PAGE", help=f"which of {', '.join(PAGES)}"
    )
    parser.add_argument("--form", action="store_true", help="also an empty record of a procedure, to fill by hand")
    parser.add_argument("--with-identity", action="store_true", help="say who the patient is")
    parser.add_argument(
        "--deidentify", action="store_true", help="without names, typed words and days; the case's data stay out, too"
    )
    parser.add_argument("--paper", choices=PAPER_NAMES, help="paper; else as in the settings, a4")
    parser.add_argument("--lang", choices=tuple(LANGUAGES), help="language; else as in the settings, en")


def run(arguments: argparse.Namespace) -> int:
    """Write the PDF."""
    from planner.cli.case import case_id_of, library_of
    from planner.domain.case_print import CasePages
    from planner.persistence.site_settings import site_settings
    from planner.services.case_printing import CasePaper, identity_of, print_case
    from planner.services.session import local_day, utc_now

    _refuse_wrong_use(arguments)
    library, site = library_of(arguments), site_settings()
    case_id = case_id_of(library, arguments.case)
    case, _ = library.read(case_id)
    on = CasePaper(utc_now(), paper=arguments.paper or site.paper, language=arguments.lang or site.language)
    identity = identity_of(library, case_id) if arguments.with_identity else ""
    print_case(CasePages(case, local_day(), parts_of(arguments)), arguments.out, on, identity=identity)
    say(f"Written to {arguments.out}.")
    return OK


def parts_of(arguments: argparse.Namespace) -> CaseParts:
    """Return which pages the arguments ask for."""
    from planner.domain.case_print import CaseParts

    return CaseParts(
        intake="intake" in arguments.pages,
        procedure="procedure" in arguments.pages,
        follow_up="follow-up" in arguments.pages,
        form=arguments.form,
        is_nobodys=arguments.deidentify,
    )


def _refuse_wrong_use(arguments: argparse.Namespace) -> None:
    from planner.domain.errors import InputRefused

    if arguments.deidentify and arguments.with_identity:
        raise InputRefused("Choose one of --with-identity and --deidentify.", code="usage")
    if arguments.out.exists():
        raise InputRefused("The file is there already. Choose another name.", code="usage", where=str(arguments.out))
