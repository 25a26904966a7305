"""Over TLS: is it this machine's bytes, and is everybody without the right certificate kept out, in words?"""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import contextmanager

import pytest

from planner.domain.cluster import ClusterPlace
from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused, NetworkFailed
from planner.domain.progress import silent
from planner.persistence.blobs import BlobStore
from planner.services.cluster import ClusterExecutor
from planner.services.local_processes import InThisProcess
from planner.services.robustness import robustness
from tests.cluster_plan import asked_of, small_plan
from tests.running_cluster import has_openssl, make_certificates, running_cluster

pytest.importorskip("distributed", reason="dask.distributed is not installed")
pytestmark = pytest.mark.skipif(not has_openssl(), reason="openssl is not installed")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("pki") / "ours")


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    """Certificates of the same names, of another authority."""
    return make_certificates(tmp_path_factory.mktemp("pki") / "theirs")


@pytest.fixture(scope="module")
def cluster(certificates, tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster"), certificates=certificates) as running:
        yield running


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


def test_it_gives_the_same_bytes(blobs, cluster, certificates):
    case = small_plan(blobs)
    place = ClusterPlace.parse(cluster.address, certificate_folder=str(certificates))
    assert place.uses_tls
    here = robustness(asked_of(*case, fine=0), executor=InThisProcess(), blobs=blobs, progress=silent)
    with ClusterExecutor(place, blobs=blobs) as executor:
        there = robustness(asked_of(*case, fine=0), executor=executor, blobs=blobs, progress=silent)
    assert canonical_json(there) == canonical_json(here)


def refused(place, blobs):
    with pytest.raises((NetworkFailed, InputRefused)) as refusal:
        ClusterExecutor(place, blobs=blobs)
    return refusal.value


def test_who_is_not_of_its_authority_is_kept_out(blobs, cluster, certificates, strangers, tmp_path):
    """The cluster takes nobody signed by another; we take no cluster signed by another."""
    stranger = ClusterPlace.parse(cluster.address, certificate_folder=str(strangers))
    assert refused(stranger, blobs).code == "cluster-certificate"
    mixed = shutil.copytree(strangers, tmp_path / "mixed")
    shutil.copy(certificates / "ca.pem", mixed / "ca.pem")  # knows the cluster, is not known by it
    told = refused(ClusterPlace.parse(cluster.address, certificate_folder=str(mixed)), blobs)
    assert told.code == "cluster-not-let-in"
    assert "does not accept our certificate" in str(told)


def test_plain_text_is_no_way_in(blobs, cluster, monkeypatch):
    monkeypatch.setattr("planner.interop.cluster.CONNECT_S", 1.0)
    plain = ClusterPlace.parse(cluster.address.replace("tls://", "tcp://"))
    assert refused(plain, blobs).code == "cluster-not-dask"


def test_what_speaks_no_tls_is_said(blobs, certificates):
    with _listening(b"SSH-2.0-OpenSSH\r\n") as port:
        told = refused(ClusterPlace("127.0.0.1", port, uses_tls=True, certificate_folder=str(certificates)), blobs)
    assert told.code == "cluster-no-tls"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "ca.pem").unlink(), "cluster-certificates"),
        (lambda folder: (folder / "key.pem").chmod(0o644), "cluster-key-open"),
        (lambda folder: (folder / "cert.pem").write_text("no certificate\n"), "cluster-certificates"),
        (lambda folder: (folder / "ca.pem").write_bytes(b""), "cluster-certificates"),
    ],
)
def test_files_that_cannot_be_used_are_named(blobs, certificates, tmp_path, spoil, code):
    folder = shutil.copytree(certificates, tmp_path / "pki")
    spoil(folder)
    told = refused(ClusterPlace("127.0.0.1", 9, uses_tls=True, certificate_folder=str(folder)), blobs)
    assert told.code == code
    assert str(folder) in str(told)


@contextmanager
def _listening(greeting):
    """Something else that listens and says a line to who connects."""

    def greet():
        with server, server.accept()[0] as way:
            way.sendall(greeting)
            way.recv(1000)

    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    thread = threading.Thread(target=greet, daemon=True)
    thread.start()
    yield port
    thread.join(5)
