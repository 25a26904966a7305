"""What may a JSON file hold? The JSON Schema of a domain type, derived from the same fields the codec checks."""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from typing import Any

from planner.domain.plan import Plan

_UNITS = (
    "A plan is pinned to one CT. Positions and lengths are LPS millimetres (_mm), times seconds (_s), temperatures "
    "degrees Celsius (_c), angles degrees (_deg), CT numbers Hounsfield units (_hu), shares percent (_percent); a name "
    "ending in _lps is a unit vector. Points are [left, posterior, head]. A field that is left out has its default."
)


def plan_schema() -> bytes:
    """Return the JSON Schema of a plan as the text of ``resources/schema/plan.schema.json``."""
    schema = json_schema(Plan, title="Frostline plan")
    head = {"$schema": schema.pop("$schema"), "$id": "urn:frostline:plan:1", "title": schema.pop("title")}
    return (json.dumps({**head, "description": _UNITS, **schema}, indent=1, ensure_ascii=False) + "\n").encode()


def json_schema(kind: type, *, title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that :func:`planner.persistence.codec.decode` enforces for ``kind``."""
    definitions: dict[str, Any] = {}
    body = _describe(kind, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **body, "$defs": definitions}


def _describe(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(kind, typing.NewType):
        return _describe(kind.__supertype__, definitions)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _describe_dataclass(typing.cast("type", kind), definitions)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_describe(choice, definitions) for choice in arguments]}
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return {"type": "array", "items": _describe(arguments[0], definitions)}
    if origin is tuple:
        items = [_describe(item, definitions) for item in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _describe(arguments[1], definitions)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": {float: "number", int: "integer", str: "string", bool: "boolean", type(None): "null"}[kind]}


def _describe_dataclass(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = typing.get_type_hints(kind)
        fields = dataclasses.fields(kind)
        definitions[name] = {
            "type": "object",
            "description": (kind.__doc__ or "").strip().partition("\n")[0],
            "properties": {field.name: _describe(hints[field.name], definitions) for field in fields},
            "required": [
                field.name
                for field in fields
                if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            ],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}
