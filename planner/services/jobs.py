"""How is slow work asked for? Typed requests to a runner; progress, result and refusal come back as callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from planner.domain.errors import PlannerError
from planner.domain.progress import Partial, Progress, ignore, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import TaskRequest


class JobHandle(Protocol):
    """A job under way."""

    def cancel(self) -> None:
        """Ask it to stop; ``on_failed`` is called with Cancelled within 250 ms."""


class JobRunner(Protocol):
    """Runs tasks somewhere else and calls back on the caller's thread."""

    def submit(
        self,
        request: TaskRequest,
        *,
        on_done: Callable[[Any], None],
        on_failed: Callable[[PlannerError], None],
        on_progress: Progress = silent,
        on_partial: Partial = ignore,
    ) -> JobHandle:
        """Start ``request``; exactly one of ``on_done(reply)`` and ``on_failed(error)`` follows, always.

        ``on_partial`` may be called before that with what there is so far, never after it.
        """


class _Finished:
    def cancel(self) -> None:
        """Nothing left to stop."""


class InlineRunner:
    """Runs each task at once in this process: for scripts and tests that need no isolation."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def submit(
        self,
        request: TaskRequest,
        *,
        on_done: Callable[[Any], None],
        on_failed: Callable[[PlannerError], None],
        on_progress: Progress = silent,
        on_partial: Partial = ignore,
    ) -> JobHandle:
        """Run to the end before returning."""
        from planner.services.tasks import perform

        try:
            reply = perform(request, blobs=self._blobs, progress=on_progress, partial=on_partial)
        except PlannerError as error:
            on_failed(error)
        else:
            on_done(reply)
        return _Finished()
