"""What does a process do that helps to unpack? Slice by slice: read, unpack, scale into the shared arrays, answer.

Started by :mod:`planner.imaging.crew`. It ends when its input closes. Standard output is the answer channel; anything
a decoder prints goes to standard error instead.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused, PlannerError
from planner.imaging.crew import fingerprint
from planner.imaging.decode import Planes, TooWide
from planner.imaging.headers import read_headers
from planner.imaging.unpack import stored_values

if TYPE_CHECKING:
    from planner.imaging.headers import SliceHeader


def main() -> int:
    """Serve until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started the work
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    places = json.loads(sys.stdin.buffer.readline())
    hu, padding = _mapped(places["hu"]), _mapped(places["padding"])
    assert hu is not None  # noqa: S101 - only mapped arrays are shared
    planes = Planes.of(hu, padding)

    def say(answer: dict[str, Any]) -> None:
        channel.write(json.dumps(answer).encode() + b"\n")
        channel.flush()

    say({"is_ready": True})
    for line in sys.stdin.buffer:
        say(_answer(json.loads(line), planes))
    return 0


def _mapped(place: list[Any] | None) -> np.memmap[Any, Any] | None:
    if place is None:
        return None
    path, offset, shape, dtype = place
    return np.memmap(path, dtype=np.dtype(dtype), mode="r+", offset=offset, shape=tuple(shape))


@lru_cache(maxsize=1)
def _headers(path: Path) -> tuple[SliceHeader, ...]:
    """Return the headers of a file; kept for the next frame of it. Unpacking compares them with the file once more."""
    return read_headers(path)


def _answer(order: dict[str, Any], planes: Planes) -> dict[str, Any]:
    path, k = Path(order["path"]), int(order["k"])
    try:
        headers = _headers(path)
        header = headers[order["frame"]] if order["frame"] < len(headers) else None
        if header is None or fingerprint(header) != order["header"]:
            raise InputRefused("The file changed while it was read. Load it again.", code="changed", where=path.name)
        planes.fill(k, stored_values(header), header)
    except PlannerError as refusal:
        return {"refused": [refusal.sentence, refusal.code, refusal.where]}
    except TooWide:
        return {"is_wide": True}
    return {"is_wide": False, "is_padded": bool(planes.is_padded[k])}


if __name__ == "__main__":
    sys.exit(main())
