"""``frostline find --from NAME``: the studies of an archive that fit, or the series of one; exit status 1 when none."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse

    from planner.domain.archive import SeriesRow, StudyRow

_QUERY = ("patient_name", "patient_id", "accession_number", "first_day", "last_day", "modality")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_archive_arguments(parser)
    parser.add_argument("--name", dest="patient_name", default="", metavar="NAME", help="family name, or its beginning")
    parser.add_argument("--id", dest="patient_id", default="", metavar="ID", help="patient ID")
    parser.add_argument("--accession", dest="accession_number", default="", metavar="NUMBER", help="accession number")
    parser.add_argument("--first-day", default="", metavar="DAY", help="such as 2026-11-22")
    parser.add_argument("--last-day", default="", metavar="DAY", help="such as 2026-11-22")
    parser.add_argument("--modality", default="", metavar="KIND", help="such as CT")
    parser.add_argument("--study", default="", metavar="UID", help="list the series of this study instead")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")


def add_archive_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which archive is meant."""
    parser.add_argument("--from", dest="source", required=True, metavar="NAME", help="which archive of archives.json")
    parser.add_argument("--archives", type=Path, metavar="FILE", help="list of archives, else the one in the settings")


def run(arguments: argparse.Namespace) -> int:
    """List what fits; 1 when nothing does."""
    from planner.domain.archive import FoundSeries, FoundStudies, StudyQuery
    from planner.persistence.peers import find_peer, peers_file
    from planner.services.network_tasks import FindSeries, FindStudies

    archive = find_peer(arguments.source, arguments.archives or peers_file())
    query = None if arguments.study else StudyQuery(**{name: getattr(arguments, name) for name in _QUERY})
    with Terminal() as terminal:
        if query is None:
            series: FoundSeries = terminal.call(FindSeries(archive, arguments.study))
            rows: tuple[Any, ...] = series.series
            lines = [_series_line(row) for row in series.series]
        else:
            found: FoundStudies = terminal.call(FindStudies(archive, query))
            rows = found.studies
            lines = [_study_line(row) for row in found.studies]
            lines += ["There are more: ask more narrowly."] if found.is_cut else []
        if arguments.json:
            terminal.say_json([asdict(row) for row in rows])
        else:
            for line in lines or [f"{archive.name} has nothing that fits."]:
                terminal.say(line)
    return OK if rows else NEGATIVE


def _study_line(row: StudyRow) -> str:
    parts = (row.patient_name, row.patient_id, row.birth_day, row.study_day, row.description, row.modalities)
    return f"{row.study_instance_uid}  {' · '.join(part for part in parts if part)}"


def _series_line(row: SeriesRow) -> str:
    images = f"{row.image_count} images" if row.image_count else ""
    parts = (row.number, row.modality, row.description, row.body_part, images)
    return f"{row.series_instance_uid}  {' · '.join(part for part in parts if part)}"
