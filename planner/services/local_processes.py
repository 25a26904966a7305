"""Who computes many small parts of one work on this machine? A few fresh processes of its own, or this one alone.

A process of the pool has one thread for the solver, ignores Ctrl-C, which its parent answers, and ends with its parent
however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_PROCESSES = 32
"""Each holds the body and the maps of a plan, some hundred megabytes; Windows waits for no more than 61."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class InThisProcess(Executor):
    """Runs each call at once, in the thread that submits it."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run a call now; what it raises is in its future."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)
        return future


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def local_executor(processes: int) -> Executor:
    """Return an executor over this many processes; with one, this process itself."""
    if processes <= 1:
        return InThisProcess()
    most = min(processes, MOST_PROCESSES)
    return ProcessPoolExecutor(most, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Prepare a fresh process, before it loads anything large."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
