"""What does an export look like on the disk? A new folder: tables, resources, the dictionary, and a manifest.

::

    manifest.json     what is in it: program, dictionary, counts, sha256 of every file
    dictionary.json   every variable with label, unit and allowed values
    cases.csv …       one file for each table that has rows
    registry.json     the same tables in one file
    fhir/ID.json      one FHIR R4 bundle for each case

Everything is made beside and put in place whole (H-33); the folder must be empty, because what lies there already would
leave with the package (H-43).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner import __version__
from planner.casebook.registry.fhir_bundle import FHIR_VERSION, bundles
from planner.casebook.registry.plain_forms import csv_bytes, dictionary_bytes, json_bytes, plain_json
from planner.domain.digest import bytes_hash
from planner.domain.errors import InputRefused
from planner.persistence.leaving import leaving_into, put_in_place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from planner.casebook.registry.dictionary import Dictionary
    from planner.casebook.registry.extract import Extract
    from planner.casebook.registry.salted_ids import SaltedIds

MANIFEST, DICTIONARY, TABLES_JSON, FHIR_FOLDER = "manifest.json", "dictionary.json", "registry.json", "fhir"


class RegistryForm(StrEnum):
    """In which forms the tables leave."""

    CSV = "csv"
    JSON = "json"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True)
class Package:
    """What was written: names of the files, and the manifest."""

    files: tuple[str, ...]
    manifest: dict[str, object]


def write_package(
    extract: Extract, known: Dictionary, ids: SaltedIds, *, folder: Path, forms: Iterable[RegistryForm]
) -> Package:
    """Write an export into an empty or a new folder.

    Raises
    ------
    InputRefused
        When the folder holds anything, there is no case to export, or the disk does not take it.
    ReportRefused
        When the FHIR resources of a case are not valid.
    """
    asked = tuple(form for form in RegistryForm if form in set(forms))
    require_sense(extract, folder, asked)
    sums: dict[str, str] = {}
    with leaving_into(folder, what="The registry export") as staging:
        for name, data in _files(extract, known, ids, asked):
            whole = staging / name
            whole.parent.mkdir(exist_ok=True)
            whole.write_bytes(data)
            sums[name] = bytes_hash(data)
        manifest = manifest_of(extract, known, asked) | {"sha256": sums}
        (staging / MANIFEST).write_bytes(plain_json(manifest))
        names = (*sums, MANIFEST)  # the manifest last: without it a package is not complete
        try:
            for name in names:
                (folder / name).parent.mkdir(exist_ok=True)
                put_in_place(staging / name, folder / name)
        except BaseException:
            take_back(folder, names)
            raise
    return Package((MANIFEST, *sums), manifest)


def take_back(folder: Path, names: Iterable[str]) -> None:
    """Remove what an export put into its folder, which was empty before: a part of a package is no package."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink()
    with suppress(OSError):
        (folder / FHIR_FOLDER).rmdir()


def manifest_of(extract: Extract, known: Dictionary, forms: Iterable[RegistryForm]) -> dict[str, object]:
    """Return what an export says of itself; it holds no date."""
    said: dict[str, object] = {
        "about": "Pseudonymised export of cryoneurolysis cases. For research and training, not for clinical use.",
        "program": f"Frostline {__version__}",
        "dictionary_version": known.version,
        "ids_by": extract.ids_by,
        "forms": [form.value for form in forms],
        "with_texts": extract.with_texts,
        "cases": extract.cases,
        "synthetic_or_training_cases_left_out": extract.left_out,
        "rows": {name: len(rows) for name, rows in extract.tables.items()},
    }
    return said | ({"fhir_version": FHIR_VERSION} if RegistryForm.FHIR in forms else {})


def _files(
    extract: Extract, known: Dictionary, ids: SaltedIds, forms: tuple[RegistryForm, ...]
) -> Iterator[tuple[str, bytes]]:
    yield DICTIONARY, dictionary_bytes(extract, known)
    if RegistryForm.CSV in forms:
        for table in known.tables:
            rows = extract.tables[table.name]
            if rows:
                yield f"{table.name}.csv", csv_bytes(table, rows, with_texts=extract.with_texts)
    if RegistryForm.JSON in forms:
        yield TABLES_JSON, json_bytes(extract, known)
    if RegistryForm.FHIR in forms:
        for case_id, data in bundles(extract, known, ids):
            yield f"{FHIR_FOLDER}/{case_id}.json", data


def require_sense(extract: Extract, folder: Path, forms: Collection[RegistryForm]) -> None:
    """Refuse an export without a form or without a case, and a folder that holds anything."""
    if not forms:
        raise InputRefused("Say in which form the cases are to leave: CSV, JSON or FHIR.", code="registry-forms")
    if not extract.cases:
        stayed = f" Synthetic or training cases, which stay: {extract.left_out}." if extract.left_out else ""
        raise InputRefused(f"There is no case of a patient to export.{stayed}", code="registry-nothing")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputRefused(
            "This folder holds other files, which would leave with the registry export. Choose an empty or a new "
            "folder.",
            code="registry-folder",
            where=str(folder),
        )
