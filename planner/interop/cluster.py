"""How is a member of a cluster called? Through dask's scheduler: one function, a word and bytes, bytes back.

The library is an optional one and pickles what it carries, also towards us: who holds a certificate of a cluster may
run code on all its members and on this machine (decision 0030). Of ours it carries a function by its name, a str and
bytes. What is sent goes to members reached over TLS, or on this machine, and to no others (H-43).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import socket
import stat
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from planner.domain.errors import InputRefused, NetworkFailed

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from planner.domain.cluster import ClusterPlace

CONNECT_S = 10.0
SILENT_S = 20.0
"""A scheduler that says nothing for so long is given up."""
GOODBYE_S = 1.0
_LOOK_EVERY_S = 0.5
_GREETING_S = 2.0
_FILES = ("ca.pem", "cert.pem", "key.pem")
_SETTINGS = {
    # Parts of a CT are megabytes, which is what they are.
    "distributed.admin.large-graph-warning-threshold": "1GB",
    # Whoever looks at the scheduler need not see our source.
    "distributed.diagnostics.computations.nframes": 0,
    "distributed.comm.timeouts.connect": f"{CONNECT_S:g}s",
}


class MemberGone(NetworkFailed):
    """A member of the cluster left while it was called. Nothing is lost: the call may go to another."""


class ClusterLink:
    """A connection to a cluster's scheduler.

    Parameters
    ----------
    answer
        The function that every member runs, ``(word, payload) -> reply``: a module's own, which travels by its name.

    Raises
    ------
    InputRefused
        When the library or a certificate is missing.
    NetworkFailed
        When the scheduler cannot be reached, or does not let us in.
    """

    def __init__(self, place: ClusterPlace, *, answer: Callable[[str, bytes], bytes]) -> None:
        dask, self._distributed = _libraries()
        dask.config.set(_SETTINGS)
        self._place, self._answer = place, answer
        self._client = _connected(self._distributed, place)
        self._numbers, self._run = itertools.count(), uuid4().hex
        self._there: frozenset[str] = frozenset()
        self._is_given_up = False
        self._heard_s = time.monotonic()
        self._lock = threading.Lock()

    def members(self) -> frozenset[str]:
        """Return the addresses of those who are there and may be sent a plan; raises NetworkFailed when nobody tells.

        Raises
        ------
        InputRefused
            When a member is reached in plain text from elsewhere.
        """
        with self._lock:
            try:
                told = self._client.scheduler_info(n_workers=-1)
            except (OSError, ValueError, RuntimeError) as error:  # asked again until its time is over
                if self._is_given_up or time.monotonic() - self._heard_s > SILENT_S:
                    raise _silent(self._place) from error
                return self._there
            if self._client.status == "running":
                self._heard_s = time.monotonic()
            elif time.monotonic() - self._heard_s > SILENT_S:
                raise _silent(self._place)
            found = frozenset(told["workers"])
            open_to_all = next((one for one in sorted(found) if not self._place.is_open_to(one)), None)
            if open_to_all is not None:
                raise InputRefused(
                    f"A member of the cluster is reached readable across the network at {open_to_all}. Start the "
                    "cluster with TLS; nothing was sent.",
                    code="cluster-plain",
                )
            self._there = found
            return found

    def call(self, member: str, word: str, payload: bytes) -> bytes:
        """Ask one member and wait for its answer.

        Raises
        ------
        MemberGone
            When it leaves before it has answered, or nobody waits any longer.
        NetworkFailed
            When its program cannot run the function.
        """
        future = self._sent(member, word, payload)
        try:
            while True:
                try:
                    reply = future.result(timeout=_LOOK_EVERY_S)
                    break
                except self._distributed.TimeoutError:
                    if self._is_given_up or member not in self._there:
                        raise _gone(member) from None
        except MemberGone:
            raise
        except (self._distributed.KilledWorker, self._distributed.CancelledError) as error:
            raise _gone(member) from error
        except Exception as error:  # whatever a member's program raised before our function had its turn
            raise NetworkFailed(
                f"The member {member} cannot run our work ({type(error).__name__}). Its environment must be the same "
                "as here.",
                code="cluster-member",
            ) from error
        finally:
            _release(future)
        if not isinstance(reply, bytes):
            raise NetworkFailed(f"The member {member} answers something unreadable.", code="cluster-member")
        return reply

    def give_up(self) -> None:
        """Let every call return now."""
        self._is_given_up = True

    def close(self, members: Iterable[str], word: str, payload: bytes) -> None:
        """Say a last word to some members, and let go; what is still computed elsewhere is thrown away there."""
        self.give_up()
        until_s = time.monotonic() + GOODBYE_S
        try:
            # It is heard also by who is still busy when we are gone; of who left, anybody may hear it.
            last = [self._sent(member, word, payload, is_pinned=False) for member in members if member in self._there]
            self._distributed.fire_and_forget(last)
            for future in last:
                with contextlib.suppress(self._distributed.TimeoutError):
                    future.result(timeout=max(until_s - time.monotonic(), 0.0))
        except Exception as error:  # noqa: BLE001 - many kinds, and who cannot be told goodbye is gone
            logging.getLogger(__name__).debug("not told: %s", type(error).__name__)
        with contextlib.suppress(OSError, RuntimeError, self._distributed.TimeoutError):
            self._client.close(timeout=CONNECT_S)

    def _sent(self, member: str, word: str, payload: bytes, *, is_pinned: bool = True) -> Any:  # noqa: ANN401
        # Under a name of its own: the library takes equal names for one call. It says nothing to who looks on.
        key = f"frostline-{self._run}-{next(self._numbers)}"
        return self._client.submit(
            self._answer, word, payload, key=key, workers=[member], allow_other_workers=not is_pinned, pure=False
        )


def _libraries() -> tuple[Any, Any]:
    """Load the optional library; raises InputRefused with what to install."""
    # Its lines would name machines and members on a terminal where our own sentences stand.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    try:
        import dask
        import distributed
    except ImportError as error:
        raise InputRefused(
            "A cluster is reached with the library dask.distributed, which is not installed here. Install "
            "“frostline[cluster]”, or requirements-cluster.lock of a checkout.",
            code="cluster-library",
        ) from error
    return dask, distributed


def _connected(distributed: Any, place: ClusterPlace) -> Any:  # noqa: ANN401 - the library has no types of use
    """Return a client of the scheduler that greeted us."""
    security = _security(distributed, place)
    context = security.get_connection_args("client")["ssl_context"] if place.uses_tls else None
    _knock(place, context)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions are compared by us, in words
            return distributed.Client(place.uri, security=security, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, RuntimeError, distributed.TimeoutError) as error:
        raise NetworkFailed(
            f"What listens at {place.uri} is no scheduler of a cluster that we can talk to. Check address and port.",
            code="cluster-not-dask",
        ) from error


def _security(distributed: Any, place: ClusterPlace) -> Any:  # noqa: ANN401
    """Return our certificate and whose we accept; raises InputRefused where a file is missing or open to others."""
    if not place.uses_tls:
        return distributed.Security(require_encryption=False)
    folder = Path(place.certificate_folder).expanduser()
    authority, certificate, key = (folder / name for name in _FILES)
    for path in (authority, certificate, key):
        if not path.is_file():
            raise InputRefused(
                f"{path.name} is missing. The folder holds ca.pem, cert.pem and key.pem of the cluster.",
                code="cluster-certificates",
                where=str(folder),
            )
    if os.name == "posix" and stat.S_IMODE(key.stat().st_mode) & 0o077:
        raise InputRefused(
            "Others on this machine may read or change the key. Take that away with: chmod 600",
            code="cluster-key-open",
            where=str(key),
        )
    security = distributed.Security(
        tls_ca_file=str(authority), tls_client_cert=str(certificate), tls_client_key=str(key), require_encryption=True
    )
    try:
        security.get_connection_args("client")
    except (OSError, ValueError) as error:
        raise InputRefused(
            "These are no certificates and no key that TLS can use, or they do not belong together.",
            code="cluster-certificates",
            where=str(folder),
        ) from error
    return security


def _knock(place: ClusterPlace, context: ssl.SSLContext | None) -> None:
    """Look who is there, to say in words what is wrong: the library only says that it waited in vain."""
    import ssl

    try:
        with socket.create_connection((place.host.strip("[]"), place.port), timeout=CONNECT_S) as way:
            if context is not None:
                with context.wrap_socket(way, server_hostname=place.host.strip("[]")) as covered:
                    _hear_greeting(covered)
    except ssl.SSLCertVerificationError as error:
        raise NetworkFailed(
            f"The cluster at {place.uri} shows a certificate that ca.pem does not accept: {error.verify_message}. "
            "Check that it is the right cluster.",
            code="cluster-certificate",
        ) from error
    except ssl.SSLError as error:
        if "ALERT" in str(error.reason or "").upper():
            raise NetworkFailed(
                f"The cluster at {place.uri} does not accept our certificate. Have cert.pem signed by its authority.",
                code="cluster-not-let-in",
            ) from error
        raise NetworkFailed(
            f"What listens at {place.uri} does not speak TLS. Check the port, and that the cluster was started with "
            "TLS.",
            code="cluster-no-tls",
        ) from error
    except socket.gaierror as error:
        raise NetworkFailed(
            f"Nobody knows the machine “{place.host}”. Correct the address of the cluster.", code="cluster-no-host"
        ) from error
    except OSError as error:
        raise NetworkFailed(
            f"Nothing answers at {place.uri}. Check the address, and that the scheduler runs.",
            code="cluster-no-answer",
        ) from error


def _hear_greeting(covered: ssl.SSLSocket) -> None:
    """Wait for the first byte: whether our certificate is accepted is told only then."""
    covered.settimeout(_GREETING_S)
    try:
        covered.recv(1)
    except TimeoutError:
        return


def _release(future: Any) -> None:  # noqa: ANN401
    """Take a call back, wherever it is; on a connection that is gone there is nothing to take back."""
    try:
        if not future.done():
            future.cancel()
        future.release()
    except Exception as error:  # noqa: BLE001 - the library raises many kinds here, and the call is over either way
        logging.getLogger(__name__).debug("not released: %s", type(error).__name__)


def _gone(member: str) -> MemberGone:
    return MemberGone(f"The member {member} left the cluster.", code="cluster-member-gone")


def _silent(place: ClusterPlace) -> NetworkFailed:
    return NetworkFailed(
        f"The scheduler at {place.uri} no longer answers. The plan is untouched; start the cluster again, or compute "
        "here.",
        code="cluster-silent",
    )
