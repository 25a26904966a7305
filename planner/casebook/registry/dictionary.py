"""Which variables may leave in a registry export? The data dictionary, and the check that nothing else does (H-43).

``resources/registry/dictionary.json`` is the one source of CSV columns, JSON fields and FHIR codes. It is an
allow-list: a value of a variable that is no text must be a number, a salted id or one of the values that the dictionary
lists, so that nothing that somebody typed can stand in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from planner.domain.errors import ReportRefused
from planner.persistence.gradings import gradings
from planner.persistence.intake_template import shipped_intake_template
from planner.persistence.record import Record, read_record
from planner.persistence.resources import atlas, read_probe_models, resources_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Value = str | int | float | bool | None
Row = dict[str, Value]
Choice = tuple[str, str]
"""An allowed value and its words."""

OTHER = "other"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBERS = re.compile(r"[1-9][0-9]{0,3}( [1-9][0-9]{0,3})*")
_WHEREVER = (-math.inf, math.inf)


class VariableType(StrEnum):
    """What a variable holds."""

    ID = "id"
    """A salted id: 36 characters, hexadecimal digits and hyphens."""
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "true or false"
    CODE = "code"
    """One of the allowed values."""
    NUMBERS = "numbers"
    """Whole numbers with a space between."""
    TEXT = "text"
    """What somebody typed: leaves only when texts are asked for."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a published system that means the same."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; ``unit`` as it is read, ``ucum`` as a code of that system. ``limits`` are inclusive."""

    name: str
    label: str
    type: VariableType
    unit: str = ""
    ucum: str = ""
    limits: tuple[float, float] = _WHEREVER
    allowed: tuple[Choice, ...] = ()
    code: Coding | None = None

    @property
    def is_text(self) -> bool:
        """Whether it holds what somebody typed."""
        return self.type is VariableType.TEXT

    @property
    def has_limits(self) -> bool:
        """Whether the dictionary limits its number."""
        return self.limits != _WHEREVER

    def takes(self, value: Value) -> bool:
        """Whether a value may stand here; None always may: it was not recorded."""
        if value is None:
            return True
        match self.type:
            case VariableType.TEXT:
                return isinstance(value, str)
            case VariableType.FLAG:
                return isinstance(value, bool)
            case VariableType.CODE:
                return any(value == allowed for allowed, _ in self.allowed)
            case VariableType.ID:
                return isinstance(value, str) and _ID.fullmatch(value) is not None
            case VariableType.NUMBERS:
                return isinstance(value, str) and _NUMBERS.fullmatch(value) is not None
        is_number = isinstance(value, int if self.type is VariableType.INTEGER else (int, float))
        low, high = self.limits
        return is_number and not isinstance(value, (bool, str)) and math.isfinite(value) and low <= value <= high


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the export: a file of CSV, a list of JSON."""

    name: str
    title: str
    about: str
    variables: tuple[Variable, ...]

    def columns(self, *, with_texts: bool) -> tuple[Variable, ...]:
        """Return the variables that leave."""
        return tuple(one for one in self.variables if with_texts or not one.is_text)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All tables, and under which system their own codes go."""

    version: int
    system: str
    about: str
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """Return one table."""
        return next(table for table in self.tables if table.name == name)

    def row_of(self, table: str, values: Mapping[str, Value], *, with_texts: bool) -> Row:
        """Return a row in the order of the columns, the texts left out unless they are asked for.

        Raises
        ------
        ReportRefused
            When a variable is unknown or missing, or a value is none that the dictionary allows: nothing leaves.
        """
        variables = self.table(table).variables
        if set(values) != {one.name for one in variables}:
            odd = sorted(set(values) ^ {one.name for one in variables})
            raise ReportRefused(
                f"The registry's table “{table}” and its dictionary disagree about {', '.join(odd)}. "
                "Nothing is exported.",
                code="registry-variables",
            )
        for one in variables:
            if not one.takes(values[one.name]):
                # The value itself is not told: it may be what must not leave.
                raise ReportRefused(
                    f"“{one.label}” ({table}.{one.name}) holds a value that the registry's dictionary does not allow. "
                    "Nothing is exported; correct it in the case.",
                    code="registry-value",
                )
        return {one.name: _plain(values[one.name]) for one in variables if with_texts or not one.is_text}

    def choice(self, table: str, name: str, value: str) -> str:
        """Return a value when the dictionary allows it there, else ``"other"``: what somebody typed does not leave."""
        variable = next(one for one in self.table(table).variables if one.name == name)
        wanted = value.strip().casefold()
        matches = (code for code, words in variable.allowed if wanted in (code.casefold(), words.casefold()))
        return next(matches, OTHER)


@cache
def dictionary() -> Dictionary:
    """Return the shipped dictionary with the values that it takes from the other tables."""
    return read_dictionary(resources_dir())


def read_dictionary(folder: Path) -> Dictionary:
    """Read ``registry/dictionary.json`` below a folder of resources.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing or mistyped, or a name occurs twice.
    """
    record = read_record(folder / "registry" / "dictionary.json", sources=())
    about, system = record.text("about"), record.text("system")
    version = int(record.number("version", (1, 1000)) or 0)
    shared = _shared_choices()
    tables = tuple(_table(entry, shared) for entry in record.records("tables"))
    record.finish()
    names = [table.name for table in tables]
    if len(set(names)) != len(names):
        raise record.fail("tables", "names a table twice.", "resource-twice")
    return Dictionary(version, system, about, tables)


def _table(entry: Record, shared: Mapping[str, tuple[Choice, ...]]) -> Table:
    name, title, about = entry.text("name"), entry.text("title"), entry.text("about")
    variables = tuple(_variable(one, shared) for one in entry.records("variables"))
    entry.finish()
    if len({one.name for one in variables}) != len(variables):
        raise entry.fail("variables", "names a variable twice.", "resource-twice")
    return Table(name, title, about, variables)


def _variable(entry: Record, shared: Mapping[str, tuple[Choice, ...]]) -> Variable:
    kind = entry.choice("type", VariableType)
    allowed = tuple((value, value) for value in entry.texts("allowed"))
    if entry.has("allowed_from"):
        allowed = (*shared[entry.text("allowed_from")], (OTHER, OTHER))
    if bool(allowed) != (kind is VariableType.CODE):
        raise entry.fail("allowed", "belongs to a code, and to nothing else.", "resource-choice")
    limits = _WHEREVER
    if entry.has("range"):
        low, high = entry.raw("range")
        limits = (float(low), float(high))
    code = None
    if entry.has("code"):
        found = Record(entry.raw("code"), where=f"{entry.where} › code", sources=())
        code = Coding(found.text("system"), found.text("code"), found.text("display"))
        found.finish()
    variable = Variable(
        entry.text("name"),
        entry.text("label"),
        kind,
        entry.text("unit", default=""),
        entry.text("ucum", default=""),
        limits,
        allowed,
        code,
    )
    entry.finish()
    return variable


def _shared_choices() -> dict[str, tuple[Choice, ...]]:
    """Return the values that other shipped tables define: targets, probe models, questions, gradings.

    Never those of the site: the id or label of a probe or a question of its own is what somebody typed.
    """
    grades = dict.fromkeys(grade.grade for grading in gradings() for grade in grading.grades)
    return {
        "nerves": tuple((entry.id, entry.name) for entry in atlas()),
        "probes": tuple((model.id, model.label) for model in read_probe_models(resources_dir())),
        "intake": tuple((item.id, item.question) for item in shipped_intake_template().items),
        "gradings": tuple((grading.id, grading.title) for grading in gradings()),
        "grades": tuple((grade, grade) for grade in grades),
    }


def _plain(value: Value) -> Value:
    """Return a StrEnum's own text, and a number without a fraction as it is."""
    return str(value) if isinstance(value, str) else value


def described(dictionary: Dictionary, *, with_texts: bool) -> dict[str, object]:
    """Return the dictionary as JSON-ready values, with every allowed value written out: it travels with the data."""
    return {
        "version": dictionary.version,
        "system": dictionary.system,
        "about": dictionary.about,
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "about": table.about,
                "variables": [_described(one) for one in table.columns(with_texts=with_texts)],
            }
            for table in dictionary.tables
        ],
    }


def _described(one: Variable) -> dict[str, object]:
    said: dict[str, object] = {"name": one.name, "label": one.label, "type": one.type.value}
    if one.unit:
        said |= {"unit": one.unit, "ucum": one.ucum}
    if one.has_limits:
        said["range"] = list(one.limits)
    if one.allowed:
        said["allowed"] = [{"value": value, "label": words} for value, words in one.allowed]
    if one.code is not None:
        said["code"] = {"system": one.code.system, "code": one.code.code, "display": one.code.display}
    return said
