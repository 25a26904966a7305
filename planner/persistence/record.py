"""Is this JSON object exactly what we expect? Refuses unknown, missing, mistyped, implausible fields."""

from __future__ import annotations

import json
import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from planner.domain.datum import Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.strict_json import refuse_constant, unique_fields

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

Range = tuple[float, float]
_Choice = TypeVar("_Choice", bound=StrEnum)

_CONFIDENCES = ("", "low", "medium", "high")
_NEEDS_SOURCE = (Status.FOUND, Status.DERIVED, Status.COMPUTED, Status.RECALLED, Status.CLASS_VALUE)


class Record:
    """One JSON object, read field by field; :meth:`finish` refuses what nobody asked for.

    Parameters
    ----------
    data
        The parsed JSON value; anything but an object is refused.
    where
        File and entry, for the sentence of a refusal.
    sources
        Ids that a ``source`` may name.
    """

    def __init__(self, data: Any, *, where: str, sources: Collection[str]) -> None:  # noqa: ANN401 - parsed JSON
        if not isinstance(data, dict):
            raise ResourceInvalid("An object with fields is expected here.", code="resource-type", where=where)
        self._data: dict[str, Any] = data
        self._read: set[str] = set()
        self.where = where
        self.sources = sources

    def fail(self, field: str, sentence: str, code: str) -> ResourceInvalid:
        """Return the refusal that names file, entry and field."""
        return ResourceInvalid(f"The field “{field}” {sentence}", code=code, where=self.where)

    def raw(self, field: str) -> Any:  # noqa: ANN401 - parsed JSON
        """Return a required field as parsed."""
        if field not in self._data:
            raise self.fail(field, "is missing.", "resource-missing")
        self._read.add(field)
        return self._data[field]

    def has(self, field: str) -> bool:
        """Whether the field is present."""
        return field in self._data

    def text(self, field: str, *, default: str | None = None) -> str:
        """Return a text; required and not blank unless a default is given."""
        if default is not None and field not in self._data:
            return default
        value = self.raw(field)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fail(field, f"must be a text, not {value!r}.", "resource-type")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts; empty when absent."""
        if field not in self._data:
            return ()
        value = self.raw(field)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.fail(field, "must be a list of texts.", "resource-type")
        return tuple(value)

    def flag(self, field: str) -> bool:
        """Return true or false; false when absent."""
        if field not in self._data:
            return False
        value = self.raw(field)
        if not isinstance(value, bool):
            raise self.fail(field, f"must be true or false, not {value!r}.", "resource-type")
        return value

    def number(self, field: str, plausible: Range, *, optional: bool = False) -> float | None:
        """Return a finite number inside the plausible range; ``None`` only when optional and null or absent."""
        if optional and self._data.get(field) is None:
            self._read.add(field)
            return None
        return self._checked(field, self.raw(field), plausible)

    def choice(self, field: str, kind: type[_Choice]) -> _Choice:
        """Return an enum member by its value."""
        value = self.raw(field)
        try:
            return kind(value)
        except ValueError:
            options = ", ".join(member.value for member in kind)
            raise self.fail(field, f"is {value!r}, not one of: {options}.", "resource-choice") from None

    def source(self, *, needed: bool) -> str:
        """Return the ``source`` field: known ids separated by commas; required when ``needed``."""
        text = self.text("source", default="")
        unknown = [part for part in text.split(", ") if text and part not in self.sources]
        if unknown:
            raise self.fail("source", f"names {', '.join(unknown)}, which sources.json lacks.", "resource-source")
        if needed and not text:
            raise self.fail("source", "is empty; this status needs a source.", "resource-source")
        return text

    def sourced_status(self) -> tuple[Status, str]:
        """Return status and source of this object, the source required where the status claims one."""
        status = self.choice("status", Status)
        return status, self.source(needed=status in _NEEDS_SOURCE)

    def confidence(self) -> str:
        """Return the confidence word, empty when not stated."""
        value = self.text("confidence", default="")
        if value not in _CONFIDENCES:
            raise self.fail("confidence", f"is {value!r}, not low, medium or high.", "resource-choice")
        return value

    def datum(self, field: str, plausible: Range) -> Datum:
        """Return one sourced number; its value and upper end must lie in the plausible range."""
        entry = Record(self.raw(field), where=f"{self.where} › {field}", sources=self.sources)
        status, source = entry.sourced_status()
        value = entry.number("value", plausible, optional=status is Status.MISSING)
        upper = entry.number("upper", plausible, optional=True)
        if value is not None and upper is not None and upper <= value:
            raise entry.fail("upper", f"is {upper:g}, not above {value:g}.", "resource-range")
        confidence, note = entry.confidence(), entry.text("note", default="")
        entry.finish()
        return Datum(value, status, source=source, upper=upper, confidence=confidence, note=note)

    def records(self, field: str, *, optional: bool = False) -> tuple[Record, ...]:
        """Return a list of objects, each named by its ``id``, ``name`` or position; empty when optional and absent."""
        if optional and field not in self._data:
            return ()
        value = self.raw(field)
        if not isinstance(value, list):
            raise self.fail(field, "must be a list.", "resource-type")
        return tuple(
            Record(item, where=f"{self.where} › {_title(item, field, position)}", sources=self.sources)
            for position, item in enumerate(value, start=1)
        )

    def finish(self) -> None:
        """Refuse fields that were never read."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            raise self.fail(unknown[0], "is unknown.", "resource-unknown")

    def _checked(self, field: str, value: Any, plausible: Range) -> float:  # noqa: ANN401 - parsed JSON
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.fail(field, f"must be a finite number, not {value!r}.", "resource-type")
        low, high = plausible
        if not low <= value <= high:
            raise self.fail(field, f"is {value:g}, outside {low:g} to {high:g}.", "resource-range")
        return float(value)


def read_record(path: Path, *, sources: Collection[str]) -> Record:
    """Read one JSON file whose ``schema`` is 1 and which says what it is ``about``."""
    try:
        data = json.loads(path.read_bytes(), object_pairs_hook=unique_fields, parse_constant=refuse_constant)
    except OSError as error:
        raise ResourceInvalid(f"It cannot be read: {error.strerror}.", code="resource-read", where=path.name) from error
    except ValueError as error:
        raise ResourceInvalid(f"It is not JSON: {error}.", code="resource-json", where=path.name) from error
    record = Record(data, where=path.name, sources=sources)
    if record.raw("schema") != 1:
        raise record.fail("schema", "must be 1 in this version.", "resource-schema")
    record.text("about")
    return record


def _title(item: Any, field: str, position: int) -> str:  # noqa: ANN401 - parsed JSON
    name = item.get("id") or item.get("name") if isinstance(item, dict) else None
    return str(name) if name else f"{field} {position}"
