"""Which tables does the segmentation itself read, and are they what we expect? ``resources/segmentation``, strictly.

Persistence, which reads the other tables, is a room beside this one; rooms beside each other do not import each other.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.domain.errors import ResourceInvalid
from planner.domain.strict_json import refuse_constant, unique_fields


def read_table(name: str) -> dict[str, Any]:
    """Return the content of ``resources/segmentation/NAME.json`` without its ``schema`` and ``about``.

    Raises
    ------
    ResourceInvalid
        When it is absent, no JSON object of schema 1 that says what it is about, has a field twice or holds NaN.
    """
    return parse_table(_folder() / f"{name}.json")


def parse_table(path: Path) -> dict[str, Any]:
    """Read one table from a path; see :func:`read_table`."""
    try:
        data = json.loads(path.read_bytes(), object_pairs_hook=unique_fields, parse_constant=refuse_constant)
    except OSError as error:
        raise ResourceInvalid(f"It cannot be read: {error.strerror}.", code="resource-read", where=path.name) from error
    except ValueError as error:
        raise ResourceInvalid(f"It is not JSON: {error}.", code="resource-json", where=path.name) from error
    if not isinstance(data, dict) or data.pop("schema", None) != 1:
        raise ResourceInvalid("The field “schema” must be 1 in this version.", code="resource-schema", where=path.name)
    about = data.pop("about", None)
    if not isinstance(about, str) or not about.strip():
        raise ResourceInvalid("The field “about” must say what the table is.", code="resource-type", where=path.name)
    return data


def _folder() -> Path:
    """Return the tables' folder: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for resources in (package / "resources", package.parent / "resources"):
        if (resources / "segmentation").is_dir():
            return resources / "segmentation"
    raise ResourceInvalid(
        "The program's own tables are missing; install Frostline again.", code="resource-folder", where="segmentation"
    )
