"""Which fixed sentences does every report carry, and what stands behind a source id? Text, never without its source.

Both come from ``resources/report/statements.json``; citations also from the register that all tables share.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.domain.errors import ResourceInvalid
from planner.persistence.resources import resources_dir, sources
from planner.report.printed import PrintedTerm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]+")


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
    terms: tuple[PrintedTerm, ...]
    citations: Mapping[str, str]

    def cited_in(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return "ID: citation." for every source id named anywhere in ``texts``, in alphabetical order."""
        named = {word for text in texts for word in _SOURCE_ID.findall(text)}
        return tuple(f"{key}: {self.citations[key].rstrip('.')}." for key in sorted(named & set(self.citations)))


def load_statements() -> Statements:
    """Read and check the table; raise ResourceInvalid when a field or a source is missing."""
    path = resources_dir() / "report" / "statements.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        citations = sources() | table["sources"]
        return Statements(
            disclaimer=table["disclaimer"],
            ice_legend=tuple(IceLegend(row["level_c"], row["text"]) for row in table["ice_legend"]),
            model_limits=tuple(_sentence(row, citations) for row in table["model_limits"]),
            warnings=tuple(_sentence(row, citations) for row in table["warnings"]),
            terms=tuple(PrintedTerm(row["term"], _sentence(row, citations)) for row in table["terms"]),
            citations=citations,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResourceInvalid(
            f"The report's fixed sentences cannot be read ({error!r}). Restore the file from the release.",
            code="report-statements",
            where=path.name,
        ) from error


def _sentence(row: dict[str, Any], citations: Mapping[str, str]) -> str:
    ids = [name for name in row["source"].split(", ") if name]
    for name in ids:
        citations[name]
    return f"{row['text']} [{', '.join(ids)}]" if ids else str(row["text"])
