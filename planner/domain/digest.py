"""What is the fingerprint of a value? Canonical JSON and sha256, the same on every machine."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import math
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.identity import Sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

ADDED_LATER = {"left out at its default": True}
"""Metadata of a field that plans written before it lack: at its default it is not written, so their hash stays."""


def to_plain(value: Any) -> Any:  # noqa: ANN401 - any domain value in, JSON-ready value out
    """Turn dataclasses, tuples and enums into dicts, lists and strings; refuse numbers that are not finite."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.metadata != ADDED_LATER or getattr(value, field.name) != field.default
        }
    if isinstance(value, dict):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise PlanInvalid(f"A plan cannot hold the number {value}.", code="number-not-finite")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise PlanInvalid(f"A plan cannot hold a {type(value).__name__}.", code="value-type")


def canonical_json(value: Any) -> bytes:  # noqa: ANN401
    """Return the one UTF-8 JSON text of a domain value: sorted keys, no spaces, shortest round-trip floats."""
    return _encoded(_canonical_text(value))


def _canonical_text(value: Any) -> str:  # noqa: ANN401
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise PlanInvalid(
            f"A text holds characters that cannot be written: {text[error.start : error.end]!r}.", code="text-encoding"
        ) from error


class Composer:
    """Writes the canonical JSON of a dataclass from texts kept of the frozen values in its tuples: the same bytes.

    A plan is hashed at every step of a drag, and its structures and targets are the same objects from step to step.
    """

    def __init__(self, *, most_kept: int = 1024) -> None:
        self._most_kept = most_kept
        self._texts: OrderedDict[int, tuple[Any, str]] = OrderedDict()
        self._lock = threading.Lock()

    def json(self, value: Any) -> bytes:  # noqa: ANN401
        """Return what :func:`canonical_json` returns for a dataclass."""
        parts = {
            field.name: self._text(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.metadata != ADDED_LATER or getattr(value, field.name) != field.default
        }
        return _encoded("{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + "}")

    def _text(self, value: Any) -> str:  # noqa: ANN401
        if isinstance(value, tuple) and value and all(_is_frozen(item) for item in value):
            return "[" + ",".join(self._kept(item) for item in value) + "]"
        return self._kept(value) if _is_frozen(value) else _canonical_text(value)

    def _kept(self, item: Any) -> str:  # noqa: ANN401
        with self._lock:
            known = self._texts.get(id(item))
            if known is not None:
                self._texts.move_to_end(id(item))
                return known[1]
        text = _canonical_text(item)
        with self._lock:
            self._texts[id(item)] = (item, text)  # holding the item, so that no other takes its number
            if len(self._texts) > self._most_kept:
                self._texts.popitem(last=False)
        return text


def _is_frozen(value: Any) -> bool:  # noqa: ANN401
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


def content_hash(value: Any) -> Sha256:  # noqa: ANN401
    """Return the sha256 of the canonical JSON, 64 hexadecimal digits."""
    return bytes_hash(canonical_json(value))


def bytes_hash(data: bytes) -> Sha256:
    """Return the sha256 of some bytes, 64 hexadecimal digits."""
    return Sha256(hashlib.sha256(data).hexdigest())


def array_hash(array: NDArray[Any]) -> Sha256:
    """Return the sha256 over dtype, shape and little-endian C-order bytes of an array."""
    plain = np.ascontiguousarray(array)
    if plain.dtype.byteorder == ">":
        plain = plain.astype(plain.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{plain.dtype.name}{plain.shape}".encode())
    digest.update(plain.reshape(-1).view(np.uint8).data)
    return Sha256(digest.hexdigest())


def short_hash(sha256: str) -> str:
    """Return the first 16 digits in groups of four, as printed on every page."""
    return " ".join(sha256[i : i + 4] for i in range(0, 16, 4))
