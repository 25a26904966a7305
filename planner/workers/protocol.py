"""What is said between the program and a child? One JSON object per line; arrays never pass, only their addresses.

To the child:   ``{"job": 7, "task": "OpenSeries", "request": {...}}`` and ``{"cancel": 7}``
From the child: ``{"ready": true}``, ``{"job": 7, "progress": [3, 10, "Reading slices"]}``,
``{"job": 7, "partial": {...}}``, ``{"job": 7, "reply": {...}}``,
``{"job": 7, "error": {"kind": …, "sentence": …, "code": …, "where": …}}``

A partial is what a job has so far (:data:`planner.services.tasks.PARTIALS`); any number of them, none included, come
before the one reply or error that ends the job, and none after it.
"""

from __future__ import annotations

import json
from typing import Any

from planner.domain import errors
from planner.domain.errors import Cancelled, PlannerError, WorkerFailed

_KINDS: dict[str, type[PlannerError]] = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PlannerError) and kind is not Cancelled
}


def encode_line(message: dict[str, Any]) -> bytes:
    """Return one message as a line. Pure ASCII: file names may hold bytes that are no Unicode text."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """Read one message; raise WorkerFailed when it is not one."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise WorkerFailed("A background process sent something unreadable.", code="worker-garbled") from error
    if not isinstance(message, dict):
        raise WorkerFailed("A background process sent something unreadable.", code="worker-garbled")
    return message


def error_to_json(error: PlannerError) -> dict[str, str]:
    """Return a refusal as JSON, under the nearest name that the other side knows."""
    names = [kind.__name__ for kind in type(error).__mro__]
    kind = next((name for name in names if name in _KINDS or name == Cancelled.__name__), PlannerError.__name__)
    return {"kind": kind, "sentence": error.sentence, "code": error.code, "where": error.where}


def error_from_json(data: dict[str, str]) -> PlannerError:
    """Return the refusal that a child met."""
    if data.get("kind") == Cancelled.__name__:
        return Cancelled(data["sentence"])
    kind = _KINDS.get(data.get("kind", ""), WorkerFailed)
    return kind(data["sentence"], code=data["code"], where=data.get("where", ""))
