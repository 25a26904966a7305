"""What does Python's JSON reader take that no JSON of ours may hold? Two hooks that refuse it.

For ``json.loads``: ``parse_constant=refuse_constant, object_pairs_hook=unique_fields``.
"""

from __future__ import annotations

from typing import Any


def refuse_constant(name: str) -> float:
    """Refuse NaN and Infinity, which Python's JSON reader would take."""
    raise ValueError(f"{name} is not a number")


def unique_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; refuse a field that occurs twice, of which JSON readers keep one without a word."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field “{max(names, key=names.count)}” occurs twice")
    return fields
