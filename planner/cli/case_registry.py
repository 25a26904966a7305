"""``frostline case registry [CASE …] [--out DIR]``: cases for a registry; without --out, what would leave.

Nothing is written without ``--out`` (H-43). Mounted by :mod:`planner.cli.case`, which names the library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import NEGATIVE, OK, say, say_json

if TYPE_CHECKING:
    import argparse

    from planner.casebook.registry.extract import Extract

_FORMS = ("csv", "json", "fhir")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("cases", nargs="*", metavar="CASE", help="pseudonyms; without any, every case of the library")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="an empty or new folder; without it, nothing is written"
    )
    parser.add_argument(
        "--forms", nargs="+", choices=_FORMS, default=list(_FORMS), help="in which forms (default: all three)"
    )
    parser.add_argument("--texts", action="store_true", help="also what people typed; read it before it leaves")
    parser.add_argument("--new-ids", action="store_true", help="new ids, which have nothing to do with earlier exports")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what would leave, or write it; 1 when there is no case of a patient."""
    from planner.casebook.course import counted
    from planner.casebook.registry.dictionary import dictionary
    from planner.casebook.registry.package import RegistryForm, manifest_of
    from planner.cli.case import case_id_of, library_of
    from planner.services.registry_export import (
        RegistryRequest,
        export_registry,
        preview,
        registry_cases,
        salt_file,
    )

    library = library_of(arguments)
    only = tuple(case_id_of(library, name) for name in arguments.cases) or None
    forms = tuple(RegistryForm(name) for name in dict.fromkeys(arguments.forms))
    cases = registry_cases(library, only)
    if arguments.out is None:
        found = preview(cases, with_texts=arguments.texts)
        if arguments.json:
            manifest = manifest_of(found, dictionary(), forms) | {"would_leave": _fields(found)}
            manifest.pop("ids_by")  # of no salt: nothing is written
            say_json(manifest)
        else:
            for line in _lines(found):
                say(line)
        return OK if found.cases else NEGATIVE
    request = RegistryRequest(arguments.out, forms, with_texts=arguments.texts, new_ids=arguments.new_ids)
    package = export_registry(cases, request, salt=salt_file())
    if arguments.json:
        say_json(package.manifest)
        return OK
    number = counted(int(str(package.manifest["cases"])), "case")
    say(f"Written to {arguments.out}: {number}, {counted(len(package.files), 'file')}.")
    if left_out := package.manifest["synthetic_or_training_cases_left_out"]:
        say(f"Left out: {left_out} synthetic or training.")
    return OK


def _fields(found: Extract) -> dict[str, list[str]]:
    from planner.casebook.registry.dictionary import dictionary

    return {
        table.name: [
            one.name for one in table.columns(with_texts=found.with_texts) if found.filled(table.name, one.name)
        ]
        for table in dictionary().tables
        if found.tables[table.name]
    }


def _lines(found: Extract) -> list[str]:
    from planner.casebook.course import counted

    stayed = f" {found.left_out} synthetic or training would stay." if found.left_out else ""
    lines = [f"{counted(found.cases, 'case')} would leave.{stayed} Nothing is written without --out."]
    for name, fields in _fields(found).items():
        lines.append(f"{name}: {counted(len(found.tables[name]), 'row')} · {', '.join(fields)}")
    lines.append("Texts go along." if found.with_texts else "No text that somebody typed goes along.")
    return lines
