"""``frostline send PLAN --to NAME``: a kept plan judged anew, and its DICOM objects sent to an archive."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from planner.cli.export import add_form_arguments, write_dicom, write_structures
from planner.cli.terminal import OK, Terminal, status_of

FORMS = ("encapsulated_pdf", "sr", "isotherm_seg", "key_images", "seg", "rtstruct")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", type=Path, nargs="?", metavar="PLAN", help="plan file (.frostline); none with --test")
    parser.add_argument("--to", required=True, metavar="NAME", help="which of the archives in archives.json")
    parser.add_argument("--archives", type=Path, metavar="FILE", help="list of archives, else the one in the settings")
    parser.add_argument("--test", action="store_true", help="only ask whether the archive is there and knows us")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    add_form_arguments(parser, FORMS)


def run(arguments: argparse.Namespace) -> int:
    """Send what was asked for, the report and its numbers when nothing is named; 0 done, 1 any FAIL."""
    from planner.domain.errors import InputRefused
    from planner.persistence.peers import find_peer, peers_file
    from planner.services.headless import Cells, report_plan
    from planner.services.network_tasks import SendObjects, SentObjects
    from planner.services.reopening import kept_plan

    peer = find_peer(arguments.to, arguments.archives or peers_file())
    if arguments.test:
        with Terminal() as terminal:
            terminal.call(SendObjects(peer))
            terminal.say(f"{peer.name} answers and lets us in ({peer.address}).")
        return OK
    if arguments.plan is None:
        raise InputRefused("Give a plan file, or --test.", code="usage")
    if not any(getattr(arguments, name) for name in FORMS):
        arguments.encapsulated_pdf = arguments.sr = True
    with (
        Terminal() as terminal,
        tempfile.TemporaryDirectory() as made,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        outcome = report_plan(kept, Path(made) / "report", call=terminal.call, cells=Cells())
        out = argparse.Namespace(**vars(arguments) | {"out": Path(made) / "objects", "stl": False})
        names = (*write_dicom(terminal, kept, outcome, out), *write_structures(terminal, kept, out))
        sent: SentObjects = terminal.call(SendObjects(peer, tuple(str(out.out / name) for name in names)))
        for remark in sent.remarks:
            terminal.say(remark)
        terminal.say(f"{sent.count} objects have arrived at {peer.name}: {', '.join(names)}")
        return status_of(outcome.assessment)
