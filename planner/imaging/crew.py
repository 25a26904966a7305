"""Who unpacks compressed slices? This process, and one helper process for every other core.

Decoders hold the interpreter lock, so threads were measured no faster than one. A helper is
``python -m planner.imaging.unpack_helper``; it maps the arrays that are being filled, is told slice by slice over its
input what to unpack, and answers line by line, both as JSON. It runs the same code as this process, so the bytes are
the same whoever unpacked them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging.decode import TooWide
from planner.imaging.unpack import stored_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.imaging.decode import Planes
    from planner.imaging.headers import SliceHeader

# Starting a helper costs about as much processor time as unpacking so many slices.
_WORTH_A_HELPER = 60
_MOST_HELPERS = 7
# A helper has its next slice before it asks: while this process decodes, it answers nobody.
_AHEAD = 2
_LOOK_EVERY_S = 0.005
# A decoder in C cannot be stopped from inside: a helper that finishes nothing for so long is ended (H-38).
_LONGEST_WAIT_S = 60.0


def unpack(headers: Sequence[SliceHeader], left: deque[int], *, planes: Planes, after_each: Callable[[], None]) -> None:
    """Fill the planes ``left``, first to last; ``headers`` are all of the series, by plane.

    ``after_each`` is called on this thread after every slice it unpacks and while it waits for others; it may raise.

    Raises
    ------
    InputRefused, TooWide
        Of the first slice that fails anywhere.
    """
    all_of_them = list(left)
    helpers = _start_helpers(headers, left, planes)
    try:
        while (k := _next(left)) is not None:
            planes.fill(k, stored_values(headers[k]), headers[k])
            after_each()
            _raise_failure(helpers)
        _wait_for(helpers, all_of_them, headers=headers, planes=planes, after_each=after_each)
    finally:
        for helper in helpers:
            helper.stop()


def _wait_for(
    helpers: Sequence[_Helper],
    asked: Sequence[int],
    *,
    headers: Sequence[SliceHeader],
    planes: Planes,
    after_each: Callable[[], None],
) -> None:
    """Wait until the helpers have filled the planes they took; raise their failure, or that nothing comes any more."""
    left, since_s = len(asked) + 1, time.monotonic()
    while missing := [k for k in asked if not planes.is_filled[k]]:
        _raise_failure(helpers)
        if len(missing) < left:
            left, since_s = len(missing), time.monotonic()
        if time.monotonic() - since_s > _LONGEST_WAIT_S:
            raise InputRefused(
                f"The pixels keep their decoder busy for more than {_LONGEST_WAIT_S:.0f} s. Export the file again.",
                code="too-slow",
                where=headers[missing[0]].name,
            )
        time.sleep(_LOOK_EVERY_S)
        after_each()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fingerprint(header: SliceHeader) -> str:
    """Return what tells one header from another without carrying its text to another process."""
    return hashlib.sha256(repr(dataclasses.astuple(header)).encode()).hexdigest()


def place_of(array: np.ndarray[Any, Any] | None) -> list[Any] | None:
    """Return where a mapped array lies, as JSON: path, offset, shape, type; ``None`` for one in memory."""
    if not isinstance(array, np.memmap) or array.filename is None:
        return None
    return [os.fspath(array.filename), int(array.offset), list(array.shape), array.dtype.name]


def _died(where: str) -> InputRefused:
    return InputRefused(
        "The process that unpacks the pixels ended unexpectedly. Export the file again, uncompressed.",
        code="decoder-died",
        where=where,
    )


def _start_helpers(headers: Sequence[SliceHeader], left: deque[int], planes: Planes) -> list[_Helper]:
    count = min(cores() - 1, len(left) // _WORTH_A_HELPER, _MOST_HELPERS)
    if count < 1 or place_of(planes.hu) is None:
        return []
    if any(headers[k].padding is not None for k in left):
        planes.make_padding()
    helpers: list[_Helper] = []
    # A machine out of processes or memory makes do with those that started.
    with contextlib.suppress(OSError):
        for _ in range(count):
            helpers.append(_Helper(headers, left, planes))  # noqa: PERF401 - one by one: a failure keeps the others
    return helpers


def _next(left: deque[int]) -> int | None:
    """Take the next slice; several threads do."""
    try:
        return left.popleft()
    except IndexError:
        return None


def _raise_failure(helpers: Sequence[_Helper]) -> None:
    for helper in helpers:
        if helper.failure is not None:
            raise helper.failure


class _Helper:
    """One helper process, and the thread that gives it slices from the queue that all share.

    One that ends before it took a slice is not missed.
    """

    def __init__(self, headers: Sequence[SliceHeader], left: deque[int], planes: Planes) -> None:
        self.failure: Exception | None = None
        self._headers, self._left, self._planes = headers, left, planes
        command = [sys.executable, "-m", "planner.imaging.unpack_helper"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None  # noqa: S101 - opened as pipes above
            # A line that it never read is flushed once more, into a broken pipe.
            with contextlib.suppress(OSError):
                stream.close()

    def _serve(self) -> None:
        under_way: deque[int] = deque()
        try:
            self._send({"hu": place_of(self._planes.hu), "padding": place_of(self._planes.padding)})
            # It takes slices only once it has started: by then, others may have unpacked them all.
            if not self._answer()["is_ready"]:
                return
            while self.failure is None:
                while len(under_way) < _AHEAD and (k := _next(self._left)) is not None:
                    under_way.append(k)
                    self._send(self._order(k))
                if not under_way:
                    return
                self._hear(under_way[0])
                under_way.popleft()
        except (OSError, ValueError, KeyError) as error:
            if under_way:
                self.failure = _died(self._headers[under_way[0]].name)
                self.failure.__cause__ = error

    def _order(self, k: int) -> dict[str, Any]:
        header = self._headers[k]
        return {"k": k, "path": os.fspath(header.path), "frame": header.frame, "header": fingerprint(header)}

    def _send(self, message: dict[str, Any]) -> None:
        stream = self._process.stdin
        assert stream is not None  # noqa: S101 - opened as a pipe above
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()

    def _hear(self, k: int) -> None:
        answer = self._answer()
        if "refused" in answer:
            sentence, code, where = answer["refused"]
            self.failure = InputRefused(sentence, code=code, where=where)
        elif answer["is_wide"]:
            self.failure = TooWide()
        else:
            self._planes.is_padded[k] = answer["is_padded"]
            self._planes.is_filled[k] = True

    def _answer(self) -> dict[str, Any]:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - opened as a pipe above
        answer: dict[str, Any] = json.loads(stream.readline())
        return answer
