"""How does a subcommand talk? One line of progress, one sentence of refusal, an exit status by outcome."""

from __future__ import annotations

import json
import os
import queue
import sys
from typing import TYPE_CHECKING, Any

from planner.domain.errors import Cancelled, InputRefused, PlannerError
from planner.domain.rule import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from planner.domain.assessment import Assessment
    from planner.services.tasks import TaskRequest

OK, NEGATIVE, BAD_INPUT, FAULT, CANCELLED = 0, 1, 2, 70, 130


class Terminal:
    """Owns the blob store and the child processes of one command; ``call`` runs a task and waits."""

    def __init__(self) -> None:
        from planner.persistence.blobs import BlobStore
        from planner.workers.pool import ProcessPool

        self.blobs = BlobStore.temporary()
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._pool = ProcessPool(self.blobs, dispatch=self._calls.put)
        self._width = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line("")
        self._pool.close()
        self.blobs.close()

    def call(self, request: TaskRequest) -> Any:  # noqa: ANN401 - the reply's type follows from the request
        """Run one task in a child, showing its progress; Ctrl-C stops it and raises Cancelled."""
        ending: list[Any] = []
        job = self._pool.submit(
            request, on_done=ending.append, on_failed=ending.append, on_progress=self._show_progress
        )
        is_interrupted = False
        while not ending:
            try:
                self._calls.get()()
            except KeyboardInterrupt:
                is_interrupted = True
                job.cancel()
        if is_interrupted:  # also when the reply was already on its way
            raise Cancelled
        if isinstance(ending[0], PlannerError):
            raise ending[0]
        return ending[0]

    def say(self, sentence: str) -> None:
        """Print one line of result on standard output; what the terminal cannot show is escaped."""
        self._line("")
        say(sentence)

    def say_json(self, value: Any) -> None:  # noqa: ANN401 - any JSON-ready value
        """Print a value as JSON, in ASCII where a file's name is no text or the terminal cannot show it."""
        self._line("")
        say_json(value)

    def _show_progress(self, done: int, total: int, phase: str) -> None:
        self._line(f"{phase} {done}/{total}" if total > 1 else phase)

    def _line(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{text.ljust(self._width)}", end="\r" if not text else "", file=sys.stderr, flush=True)
            self._width = len(text)


def say(sentence: str) -> None:
    """Print one line of result, without child processes; what the terminal cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    print(sentence.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def say_json(value: Any) -> None:  # noqa: ANN401 - any JSON-ready value
    """Print a value as JSON, without child processes; see :meth:`Terminal.say_json`."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    say(text)


def guarded(run: Callable[[], int]) -> int:
    """Run a command; turn refusals into one sentence on standard error and the right exit status."""
    try:
        return run()
    except KeyboardInterrupt:
        return _say_error(Cancelled())
    except PlannerError as refusal:
        return _say_error(refusal)
    except OSError as error:
        where = str(error.filename or "")
        return _say_error(PlannerError(f"{error.strerror or error}.", code="file-system", where=where))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a verdict, whose status is 1
        sys.excepthook(type(error), error, error.__traceback__)
        return FAULT


def _say_error(error: PlannerError) -> int:
    print(f"frostline: {error}", file=sys.stderr)
    return error.exit_status


def demand_display(*, otherwise: str = "") -> None:
    """Raise InputRefused where no window can be opened: Qt would end the program without a word of ours.

    Parameters
    ----------
    otherwise
        What can be done without a window, as a sentence.
    """
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in variables):
        said = f"There is no display to open a window on. {otherwise}".strip()
        raise InputRefused(said, code="display-missing")


def status_of(assessment: Assessment) -> int:
    """Return 1 when anything FAILs, else 0."""
    return NEGATIVE if assessment.verdict is Verdict.FAIL else OK


def verdict_line(assessment: Assessment) -> str:
    """Return the counts in words, worst first, such as ``"1 FAIL, 2 CHECK, 3 NOT ASSESSED, 5 PASS"``."""
    counts = assessment.counts
    order = (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED, Verdict.PASS)
    return ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in order if counts[verdict])
