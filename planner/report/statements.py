"""Which fixed sentences does every report carry? Read from ``resources/report/statements.json``, with their sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from planner.domain.errors import ResourceInvalid
from planner.persistence.resources import resources_dir


@dataclass(frozen=True, slots=True)
class IceLegend:
    """An isotherm and the words it is always named with."""

    level_c: int
    text: str


@dataclass(frozen=True, slots=True)
class Statements:
    """The report's fixed text. Sentences end with their source ids in brackets where they have any."""

    disclaimer: str
    ice_legend: tuple[IceLegend, ...]
    model_limits: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]


def load_statements() -> Statements:
    """Read and check the table; raise ResourceInvalid when a field or a source is missing."""
    path = resources_dir() / "report" / "statements.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return Statements(
            disclaimer=table["disclaimer"],
            ice_legend=tuple(IceLegend(row["level_c"], row["text"]) for row in table["ice_legend"]),
            model_limits=tuple(_sentence(row, table["sources"]) for row in table["model_limits"]),
            warnings=tuple(_sentence(row, table["sources"]) for row in table["warnings"]),
            sources=tuple(f"{key}: {citation}." for key, citation in sorted(table["sources"].items())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResourceInvalid(
            f"The report's fixed sentences cannot be read ({error!r}). Restore the file from the release.",
            code="report-statements",
            where=path.name,
        ) from error


def _sentence(row: dict[str, Any], sources: dict[str, str]) -> str:
    ids = [name for name in row["source"].split(", ") if name]
    for name in ids:
        sources[name]
    return f"{row['text']} [{', '.join(ids)}]" if ids else str(row["text"])
