"""Who computes the placements of a suggestion? Parts handed to an executor, gathered in their order."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.errors import WorkerFailed
from planner.persistence import codec
from planner.services.suggest_places import (
    PlacesAsked,
    PlacesDone,
    ShapeTold,
    get_ready,
    judge_places,
    shape_of_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.suggest_places import Place, PlacesPlan, PlaceTold

_TICK_S = 0.1


class Work:
    """Placements computed by an executor, which may run its calls anywhere that the store's folder can be read."""

    def __init__(self, executor: Executor, blobs: BlobStore, progress: Progress) -> None:
        self._executor, self._blobs, self._progress = executor, blobs, progress
        self._parts: list[Future[str]] = []
        self.simulations = 0
        executor.submit(get_ready)  # fresh processes load what they need while the shafts are screened

    def phase(self, done: int, total: int, words: str) -> None:
        """Tell how far something is that no executor does."""
        self._progress(done, total, words)

    def told(self, plan: PlacesPlan, places: Sequence[Place], *, chunk: int, phase: str) -> list[PlaceTold]:
        """Return what came of every placement, in order; the same whatever the executor.

        Raises
        ------
        WorkerFailed
            When a process of the executor dies.
        Cancelled
            When the progress says so; parts not yet begun are taken back.
        """
        parts = [places[first : first + chunk] for first in range(0, len(places), chunk)]
        replies = self._gathered(judge_places, plan, parts, phase=phase, of=len(places))
        self.simulations += len(places)
        done = [codec.decode(reply.encode(), PlacesDone, where="placements") for reply in replies]
        return [place for each in done for place in each.places]

    def shapes(self, plan: PlacesPlan, places: Sequence[Place], *, phase: str) -> list[ShapeTold]:
        """Return the round shape of the ice of each placement."""
        replies = self._gathered(shape_of_place, plan, [[place] for place in places], phase=phase, of=len(places))
        self.simulations += len(places)
        return [codec.decode(reply.encode(), ShapeTold, where="shape") for reply in replies]

    def _gathered(
        self,
        call: Callable[[str, str, str], str],
        plan: PlacesPlan,
        parts: Sequence[Sequence[Place]],
        *,
        phase: str,
        of: int,
    ) -> list[str]:
        plan_text, store = canonical_json(plan).decode(), str(self._blobs.folder)
        self._parts, sizes = [], [len(part) for part in parts]
        try:
            for part in parts:
                text = canonical_json(PlacesAsked(tuple(part))).decode()
                self._parts.append(self._executor.submit(call, store, plan_text, text))
                self._tell(sizes, of, phase)
            self._wait(sizes, of, phase)
        except BrokenExecutor as error:
            raise WorkerFailed(
                "A process that computed placements ended unexpectedly. The plan is untouched; start again.",
                code="suggest-lost",
            ) from error
        finally:
            for waiting in self._parts:
                waiting.cancel()
        return [part.result() for part in self._parts]

    def _wait(self, sizes: Sequence[int], of: int, phase: str) -> None:
        waiting = set(self._parts)
        while waiting:
            done, waiting = wait(waiting, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            for part in done:
                part.result()  # what went wrong is raised at once, not when all the rest is done
            self._tell(sizes, of, phase)

    def _tell(self, sizes: Sequence[int], of: int, phase: str) -> None:
        done = sum(size for part, size in zip(self._parts, sizes, strict=False) if part.done())
        self._progress(done, of, phase)
