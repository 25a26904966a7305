"""A real scheduler and real workers on this machine, each a process of its own, in plain text or with certificates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_STARTS_WITHIN_S = 60.0


@dataclass
class RunningCluster:
    """Where a cluster is, and its processes: the scheduler first."""

    folder: Path
    address: str
    tls: tuple[str, ...]
    scheduler: subprocess.Popen
    workers: list[subprocess.Popen] = field(default_factory=list)

    @property
    def store(self) -> Path:
        """Where the workers keep what they are sent."""
        return self.folder / "tmp"

    def add_worker(self, **environment: str) -> subprocess.Popen:
        """Start one more worker of one thread."""
        words = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(self.folder / "dask"))
        log = (self.folder / f"worker{len(self.workers)}.log").open("wb")
        worker = _start("dask_worker", self.address, *words, *self.tls, log=log, folder=self.folder, **environment)
        self.workers.append(worker)
        return worker

    def said(self) -> bytes:
        """Everything that was logged."""
        return b"".join(path.read_bytes() for path in self.folder.glob("*.log"))


@contextmanager
def running_cluster(folder: Path, *, workers: int = 2, certificates: Path | None = None, host: str = "127.0.0.1"):
    """Start a cluster and end it again."""
    (folder / "tmp").mkdir(parents=True)
    tls = () if certificates is None else tls_words(certificates)
    found = folder / "scheduler.json"
    protocol = "tcp" if certificates is None else "tls"
    words = ("--host", host, "--port", "0", "--protocol", protocol, "--no-dashboard", "--scheduler-file", str(found))
    log = (folder / "scheduler.log").open("wb")
    scheduler = _start("dask_scheduler", *words, *tls, log=log, folder=folder)
    cluster = None
    try:
        cluster = RunningCluster(folder, _address(found, scheduler), tls, scheduler)
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in (*(cluster.workers if cluster else ()), scheduler):
            process.kill()
            process.wait()


def tls_words(folder: Path) -> tuple[str, ...]:
    """Return the options that name certificates."""
    files = (("ca-file", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))
    return tuple(word for option, name in files for word in (f"--tls-{option}", str(folder / name)))


def make_certificates(folder: Path) -> Path:
    """Make an authority of its own, and a certificate signed by it, with openssl."""
    folder.mkdir(parents=True)

    def openssl(*words):
        subprocess.run(("openssl", *words), cwd=folder, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    openssl("req", *curve[:-2], "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=test member")
    (folder / "ext.cnf").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="ascii")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext.cnf", "-days", "2")
    openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", *signed)
    (folder / "key.pem").chmod(0o600)
    return folder


def has_openssl() -> bool:
    """Whether certificates can be made here."""
    return shutil.which("openssl") is not None


def _start(module: str, *words: str, log, folder: Path, **environment: str) -> subprocess.Popen:
    command = (sys.executable, "-m", f"distributed.cli.{module}", *words)
    surroundings = os.environ | {"TMPDIR": str(folder / "tmp"), "NUMBA_NUM_THREADS": "1"} | environment
    with log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=surroundings)


def _address(found: Path, scheduler: subprocess.Popen) -> str:
    until_s = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until_s and scheduler.poll() is None:
        if found.exists():
            try:
                return str(json.loads(found.read_text(encoding="utf-8"))["address"])
            except ValueError:
                pass  # half written
        time.sleep(0.1)
    raise AssertionError("the scheduler does not start")
