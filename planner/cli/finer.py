"""On which cells does a command compute, on what paper, in which language? Options that running and reporting share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.site import LANGUAGES

if TYPE_CHECKING:
    import argparse

    from planner.services.headless import Beside, Cells, Outcome

RANGE_SPACING_MM = 1.0
PAPER_NAMES = ("a4", "letter")
"""Keys of :data:`planner.report.pdf.PAPERS`, which takes long to import."""


def add_cell_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--range``, ``--no-range``, ``--grid-check``, ``--paper`` and ``--lang``."""
    parser.add_argument(
        "--range",
        nargs="?",
        type=float,
        const=RANGE_SPACING_MM,
        default=RANGE_SPACING_MM,
        metavar="MM",
        dest="range_spacing_mm",
        help=f"cells for the smallest and the largest ice, MM: 0.5, 1 or 2, else {RANGE_SPACING_MM:g}",
    )
    parser.add_argument(
        "--no-range",
        action="store_const",
        const=None,
        dest="range_spacing_mm",
        help="leave out the smallest and the largest ice: quicker, and without pessimistic values",
    )
    parser.add_argument(
        "--grid-check",
        nargs="?",
        type=float,
        const=0.0,
        metavar="MM",
        dest="check_spacing_mm",
        help="also predict on cells of MM (0.5, 1 or 2; else half as large) and say whether the ice is the same",
    )
    parser.add_argument("--paper", choices=PAPER_NAMES, help="paper of the report; else as in the settings, a4")
    parser.add_argument("--lang", choices=tuple(LANGUAGES), help="language of the report; else as in the settings, en")


def page_of(arguments: argparse.Namespace) -> Beside:
    """Return on what paper and in which language to report: as asked, else as the site has set."""
    from planner.persistence.site_settings import site_settings
    from planner.services.headless import Beside

    site = site_settings()
    return Beside(paper=arguments.paper or site.paper, language=arguments.lang or site.language)


def cells_of(arguments: argparse.Namespace, *, spacing_mm: float) -> Cells:
    """Return what the arguments ask for beside a prediction on cells of ``spacing_mm``."""
    from planner.services.grid_check import other_spacing_mm
    from planner.services.headless import Cells

    check_mm = arguments.check_spacing_mm
    return Cells(
        spacing_mm,
        range_spacing_mm=arguments.range_spacing_mm,
        check_spacing_mm=other_spacing_mm(spacing_mm) if check_mm == 0.0 else check_mm,
    )


def outcome_lines(name: str, outcome: Outcome) -> tuple[str, ...]:
    """Return what to say of a finished plan: verdicts, notes, the grid check, and where the files are."""
    from planner.cli.terminal import verdict_line

    return (
        f"{name}: {verdict_line(outcome.assessment)}",
        *(f"Note: {note}" for note in outcome.notes),
        *((outcome.grid_check,) if outcome.grid_check else ()),
        f"Written to {outcome.folder}: {', '.join(outcome.files)}",
    )
