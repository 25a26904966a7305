"""Does a cluster of real processes give this machine's bytes, also when a member dies, and does nothing stay there?"""

from __future__ import annotations

import socket
import sys
import time
from dataclasses import replace

import pytest

from planner.domain.cluster import ClusterPlace
from planner.domain.digest import canonical_json
from planner.domain.errors import Cancelled, InputRefused, NetworkFailed, PlanInvalid, WorkerFailed
from planner.domain.progress import silent
from planner.interop import cluster as link
from planner.persistence.blobs import BlobStore
from planner.services import cluster as cluster_service
from planner.services.cluster import ClusterExecutor
from planner.services.cluster_build import this_build
from planner.services.executors import executor_for
from planner.services.local_processes import InThisProcess
from planner.services.robustness import robustness
from planner.services.robustness_draws import judge_draws
from tests.cluster_plan import CANARY, asked_of, small_plan
from tests.running_cluster import running_cluster

pytest.importorskip("distributed", reason="dask.distributed is not installed")


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def case(blobs):
    return small_plan(blobs)


@pytest.fixture(scope="module")
def here(case, blobs):
    """The answer of this process alone."""
    return robustness(asked_of(*case, draws=15, fine=0), executor=InThisProcess(), blobs=blobs, progress=silent)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def place(cluster):
    return ClusterPlace.parse(cluster.address)


def assert_nothing_stays(cluster):
    """A member that is still busy forgets when it is done: the first time, that is once its kernels are compiled."""
    for _ in range(1200):
        if not list(cluster.store.rglob("*.npy")):
            return
        time.sleep(0.1)
    raise AssertionError(sorted(cluster.store.rglob("*")))


def test_it_gives_the_same_bytes_and_leaves_nothing_there(case, blobs, here, cluster, place):
    with executor_for(0, place, blobs=blobs, progress=silent) as executor:
        there = robustness(asked_of(*case, draws=15, fine=0), executor=executor, blobs=blobs, progress=silent)
    assert canonical_json(there) == canonical_json(here)
    assert_nothing_stays(cluster)
    assert CANARY.encode() not in cluster.said()
    assert not [path for path in cluster.folder.rglob("*") if CANARY in path.name]


def test_a_member_that_dies_costs_nothing_but_time(case, blobs, here, cluster, place):
    """One worker is killed while draws are computed, and another joins; each part is done once and in its order."""
    killed = []

    def watch(done, _, phase):
        if phase == "Computing draws" and done >= 5 and not killed:
            cluster.workers[0].kill()
            killed.append(cluster.add_worker())

    with executor_for(0, place, blobs=blobs, progress=silent) as executor:
        there = robustness(asked_of(*case, draws=15, fine=0), executor=executor, blobs=blobs, progress=watch)
    assert killed
    assert canonical_json(there) == canonical_json(here)


def test_it_stops_when_asked(case, blobs, place):
    def stop(done, _, phase):
        if phase == "Computing draws" and done >= 5:
            raise Cancelled

    with pytest.raises(Cancelled), executor_for(0, place, blobs=blobs, progress=silent) as executor:
        robustness(asked_of(*case, draws=60, fine=0), executor=executor, blobs=blobs, progress=stop)
    with pytest.raises(RuntimeError):
        executor.submit(judge_draws, "", "", "")


def test_what_a_member_refuses_is_said_in_its_words(case, blobs, place, monkeypatch):
    monkeypatch.setattr("planner.services.robustness.content_hash", lambda _: "0" * 64)
    with (
        pytest.raises(PlanInvalid, match="The rules here are other ones"),
        executor_for(0, place, blobs=blobs, progress=silent) as executor,
    ):
        robustness(asked_of(*case), executor=executor, blobs=blobs, progress=silent)


def test_only_known_work_is_sent(blobs, place):
    with ClusterExecutor(place, blobs=blobs) as executor:
        for work, words in ((print, ("a", "b", "c")), (judge_draws, ("a",))):
            with pytest.raises(WorkerFailed):
                executor.submit(work, *words)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"program": "0.0.9, build 00000000"}, "runs Frostline .*this is 0.0.9, build 00000000"),
        ({"libraries": ("python 3.0", *this_build().libraries[1:])}, "libraries are others: python .*here python 3.0"),
        ({"tables_hash": "0" * 64}, "a site's own entries"),
    ],
)
def test_a_member_of_another_build_is_refused(blobs, place, monkeypatch, other, words):
    """Told by a client that is another one: the members are what they are."""
    unlike = replace(this_build(), **other)
    monkeypatch.setattr(cluster_service, "this_build", lambda: unlike)
    with pytest.raises(InputRefused, match=words):
        ClusterExecutor(place, blobs=blobs)


def test_a_scheduler_that_dies_is_told_in_words(case, blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(link, "SILENT_S", 1.0)
    monkeypatch.setattr(link, "CONNECT_S", 2.0)
    monkeypatch.setitem(link._SETTINGS, "distributed.comm.timeouts.connect", "2s")
    with running_cluster(tmp_path, workers=1) as short:

        def kill(done, _, phase):
            if phase == "Computing draws" and done >= 5:
                short.scheduler.kill()

        executor = ClusterExecutor(ClusterPlace.parse(short.address), blobs=blobs)
        with pytest.raises(NetworkFailed, match=r"no longer answers|left the cluster"), executor:
            robustness(asked_of(*case, draws=60, fine=0), executor=executor, blobs=blobs, progress=kill)


def test_without_members_it_says_so(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_service, "FIRST_MEMBER_S", 0.2)
    with running_cluster(tmp_path, workers=0) as empty, pytest.raises(NetworkFailed, match="nobody works for it"):
        ClusterExecutor(ClusterPlace.parse(empty.address), blobs=blobs)


def test_where_nothing_listens(blobs):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        nobody = ClusterPlace("127.0.0.1", other.getsockname()[1], uses_tls=False)
        with pytest.raises(NetworkFailed, match="Nothing answers"):
            ClusterExecutor(nobody, blobs=blobs)


def test_without_the_library_it_says_what_to_install(blobs, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputRefused, match=r"frostline\[cluster\]"):
        ClusterExecutor(ClusterPlace.parse("127.0.0.1:8786"), blobs=blobs)
