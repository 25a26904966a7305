"""Which series does a command work on, and may it? Chosen, loaded, its findings accepted one by one by their code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from planner.cli.terminal import Terminal
    from planner.domain.review import Finding
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.services.tasks import OpenedSeries


@dataclass(frozen=True, slots=True)
class Chosen:
    """One series: what was found, what of it stands in the way, and the volume where nothing does.

    ``folder`` is what to scan to find its files again.
    """

    series: SeriesSummary
    findings: tuple[Finding, ...]
    in_the_way: tuple[Finding, ...]
    opened: OpenedSeries | None
    folder: str

    @property
    def refusal(self) -> str:
        """Why it was not loaded, and what to add to accept it; empty when it was."""
        from planner.domain.review import Severity

        if any(finding.severity is Severity.REFUSE for finding in self.in_the_way):
            return "Not loaded: it is refused for the reason above."
        codes = " ".join(f"--accept {finding.code}" for finding in self.in_the_way)
        return f"Not loaded: read what is above; to accept it, add {codes}" if codes else ""


def add_series_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what chooses a series and accepts its findings."""
    parser.add_argument("path", type=Path, metavar="PATH", help="folder, zip, DICOMDIR or file")
    parser.add_argument("--series", default="", metavar="UID", help="which series; not needed when only one is usable")
    parser.add_argument(
        "--part", default="", metavar="WORDS", help="which volume of it, in the words of “frostline scan”"
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="CODE",
        help="accept one finding that needs it, by its code, such as gantry-tilt; may be repeated",
    )


def choose(terminal: Terminal, arguments: argparse.Namespace) -> Chosen:
    """Scan, choose and load the series that the arguments name; raises PlannerError where there is none."""
    from planner.cli.scan import scan_request
    from planner.services.choice import chosen_series
    from planner.services.tasks import OpenSeries

    report: ScanReport = terminal.call(scan_request([arguments.path]))
    series = chosen_series(
        report,
        series_instance_uid=arguments.series,
        part=arguments.part,
        uid_field="--series",
        part_field="--part",
    )
    findings: tuple[Finding, ...] = series.findings
    in_the_way = _not_accepted(findings, arguments.accept)
    opened: OpenedSeries | None = None
    if not in_the_way:
        opened = terminal.call(OpenSeries(series.slices))
        # Some findings need the pixels, and are accepted by name like those of the headers (H-09).
        findings = (*findings, *opened.findings)
        in_the_way = _not_accepted(findings, arguments.accept)
    return Chosen(series, findings, in_the_way, None if in_the_way else opened, report.folder)


def _not_accepted(findings: Sequence[Finding], accepted: Sequence[str]) -> tuple[Finding, ...]:
    """Return what stands in the way: refusals, and findings to accept that were not named."""
    from planner.domain.review import Severity

    return tuple(
        finding
        for finding in findings
        if finding.severity is Severity.REFUSE or (finding.severity is Severity.ACK and finding.code not in accepted)
    )
