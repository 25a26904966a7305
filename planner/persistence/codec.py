"""How does JSON become domain values again? Strictly: unknown fields, wrong types and broken invariants are refused.

The reverse direction is :func:`planner.domain.digest.canonical_json`. Decoding is ours because the usual libraries
either accept unknown fields of plain dataclasses or cannot tell two of them apart in a union; a plan may do neither.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import types
import typing
from functools import cache
from typing import Any, TypeVar

from planner.domain.errors import InputRefused, PlannerError
from planner.domain.strict_json import refuse_constant, unique_fields

_T = TypeVar("_T")


def decode(data: bytes | str, kind: type[_T], *, where: str) -> _T:
    """Decode JSON text into ``kind``; ``where`` names the file in the refusal.

    Raises
    ------
    InputRefused
        When the text is not JSON, or a field is unknown, missing, of the wrong type or out of range; the sentence
        names the field.
    """
    try:
        value = json.loads(data, parse_constant=refuse_constant, object_pairs_hook=unique_fields)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"This is not readable JSON ({error}).", code="json-syntax", where=where) from error
    return from_plain(value, kind, where=where)


def from_plain(value: object, kind: type[_T], *, where: str, field: str = "") -> _T:
    """Build ``kind`` from plain dicts, lists and scalars; see :func:`decode`."""
    try:
        return typing.cast("_T", _build(value, kind, field))
    except _FieldRefused as refused:
        raise InputRefused(refused.sentence, code="json-field", where=where) from refused
    except RecursionError as error:
        raise InputRefused("The data is nested too deeply.", code="json-depth", where=where) from error


class _FieldRefused(Exception):
    def __init__(self, field: str, problem: str) -> None:
        self.sentence = f"Field “{field or 'top level'}” {problem}."
        super().__init__(self.sentence)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _build(value: Any, kind: Any, field: str) -> Any:  # noqa: ANN401 - dispatch over every JSON shape
    if isinstance(kind, typing.NewType):
        return _build(value, kind.__supertype__, field)
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(value, typing.cast("type", kind), field)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _build_union(value, arguments, field)
    if origin is tuple:
        return _build_tuple(value, arguments, field)
    if origin is dict:
        if not isinstance(value, dict):
            raise _FieldRefused(field, "must be an object")
        return {str(key): _build(item, arguments[1], f"{field}.{key}") for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _build_enum(value, kind, field)
    return _build_scalar(value, kind, field)


def _build_dataclass(value: object, kind: type, field: str) -> object:
    if not isinstance(value, dict):
        raise _FieldRefused(field, f"must be an object, not {_name(value)}")
    hints = _hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}
    for name in value:
        if name not in known:
            raise _FieldRefused(_join(field, str(name)), f"is not known; known are {', '.join(known)}")
    built = {}
    for name, description in known.items():
        if name in value:
            built[name] = _build(value[name], hints[name], _join(field, name))
        elif description.default is dataclasses.MISSING and description.default_factory is dataclasses.MISSING:
            raise _FieldRefused(_join(field, name), "is missing")
    try:
        return kind(**built)
    except PlannerError as error:
        raise _FieldRefused(field, f"is refused: {error.sentence.rstrip('.')}") from error


def _build_union(value: object, arguments: tuple[Any, ...], field: str) -> object:
    if value is None and type(None) in arguments:
        return None
    choices = [kind for kind in arguments if kind is not type(None)]
    if len(choices) == 1:
        return _build(value, choices[0], field)
    if isinstance(value, dict):
        for kind in choices:
            if dataclasses.is_dataclass(kind) and set(value) <= {f.name for f in dataclasses.fields(kind)}:
                return _build(value, kind, field)
    problems = []
    for kind in choices:
        try:
            return _build(value, kind, field)
        except _FieldRefused as refused:
            problems.append(refused.sentence)
    raise _FieldRefused(field, "fits none of its forms: " + " ".join(problems))


def _build_tuple(value: object, arguments: tuple[Any, ...], field: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _FieldRefused(field, f"must be a list, not {_name(value)}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_build(item, arguments[0], f"{field}[{n}]") for n, item in enumerate(value))
    if len(value) != len(arguments):
        raise _FieldRefused(field, f"needs {len(arguments)} values, not {len(value)}")
    pairs = zip(value, arguments, strict=True)
    return tuple(_build(item, kind, f"{field}[{n}]") for n, (item, kind) in enumerate(pairs))


def _build_enum(value: object, kind: type[enum.Enum], field: str) -> enum.Enum:
    for member in kind:
        if member.value == value:
            return member
    allowed = ", ".join(f"“{member.value}”" for member in kind)
    raise _FieldRefused(field, f"is {value!r}; allowed are {allowed}")


def _build_scalar(value: object, kind: object, field: str) -> object:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(value, field)
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in (str, bool) and type(value) is kind:
        return value
    expected = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}.get(
        typing.cast("type", kind), str(kind)
    )
    raise _FieldRefused(field, f"must be {expected}, not {_name(value)}")


def _finite(value: float, field: str) -> float:
    """Return a float; digits beyond its range, such as 1e999, are read as infinite or fail to convert."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _FieldRefused(field, "is too large a number")
    return number


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _name(value: object) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "empty"}.get(
        type(value), f"the number {value}"
    )
