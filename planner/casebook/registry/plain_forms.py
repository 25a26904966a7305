"""How do the tables read in other programs? One CSV for each, and all of them in one JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from planner.casebook.registry.dictionary import described

if TYPE_CHECKING:
    from planner.casebook.registry.dictionary import Dictionary, Row, Table, Value
    from planner.casebook.registry.extract import Extract

FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"


def csv_bytes(table: Table, rows: tuple[Row, ...], *, with_texts: bool) -> bytes:
    """Return one table: UTF-8 with its mark, a row of names, numbers with a point; what was not recorded stays empty.

    A text that a table program would take for a formula gets an apostrophe before it (H-42).
    """
    names = [one.name for one in table.columns(with_texts=with_texts)]
    with io.StringIO(newline="") as text:
        writer = csv.writer(text)
        writer.writerow(names)
        writer.writerows([_cell(row[name]) for name in names] for row in rows)
        return text.getvalue().encode("utf-8-sig")


def json_bytes(extract: Extract, known: Dictionary) -> bytes:
    """Return all tables; a text is as it was written, and what was not recorded is null."""
    whole = {
        "registry": known.system,
        "dictionary_version": known.version,
        "ids_by": extract.ids_by,
        "tables": {name: list(rows) for name, rows in extract.tables.items()},
    }
    return plain_json(whole)


def dictionary_bytes(extract: Extract, known: Dictionary) -> bytes:
    """Return the part of the dictionary that the export goes by, with every allowed value written out."""
    return plain_json(described(known, with_texts=extract.with_texts))


def plain_json(value: object) -> bytes:
    """Return readable JSON, UTF-8; numbers that are not finite are refused by the dictionary before."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value[0] in FORMULA_SIGNS else value
    return repr(value)
