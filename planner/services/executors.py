"""Who computes the parts of a work? This machine's own processes, or a cluster that somebody named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.services.local_processes import local_executor, usable_cores

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from planner.domain.cluster import ClusterPlace
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore


def executor_for(processes: int, cluster: ClusterPlace | None, *, blobs: BlobStore, progress: Progress) -> Executor:
    """Return an executor over so many processes of this machine (0: as many as cores), or over a cluster.

    The library of clusters is loaded only when one is named. Raises like
    :class:`~planner.services.cluster.ClusterExecutor`.
    """
    if cluster is None:
        return local_executor(processes or usable_cores())
    from planner.services.cluster import ClusterExecutor

    return ClusterExecutor(cluster, blobs=blobs, progress=progress)
