"""How does one HTTP request to an archive go? Within limits of time and size, and to that archive only.

The client library asks; this session is what it asks through. It checks the archive's certificate, follows no
redirection to another machine, takes no proxy and no password from the surroundings, and reads no more than it was
told to (H-40, H-47).
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests

from planner.domain.errors import InputRefused, NetworkFailed
from planner.interop.association import BROKEN, TIMEOUT_S, tls_context

if TYPE_CHECKING:
    from planner.domain.peer import WebPeer
    from planner.interop.patience import Talk

# Addresses name patients, and the libraries would log them.
for _name in ("urllib3", "requests", "dicomweb_client", "retrying"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

READ_TIMEOUT_S = 60.0
MOST_ANSWER_BYTES = 32 * 1024**2
_CHUNK_BYTES = 256 * 1024
_SLOWEST_BYTES_PER_S = 10_000  # an answer that trickles is given up: each byte would renew the patience
_FREE_S = 60.0
_MEANINGS = {
    400: "it does not understand the request",
    401: "it does not let us in: check the user and the password",
    403: "it does not let us do this: have our user allowed there",
    404: "it has nothing at this address: correct the address, or look again for the study",
    405: "it does not offer this",
    406: "it cannot answer in a form that we read",
    409: "it does not keep these objects",
    413: "the object is too large for it",
    415: "it does not take objects of this kind",
    501: "it does not offer this",
    507: "it is out of room",
}


class WebSession(requests.Session):
    """A session with one archive.

    Parameters
    ----------
    most_bytes
        How large an answer may be.
    """

    def __init__(self, peer: WebPeer, talk: Talk, *, most_bytes: int = MOST_ANSWER_BYTES) -> None:
        super().__init__()
        self._peer, self._talk, self._most_bytes = peer, talk, most_bytes
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"
        self.max_redirects = 5
        if peer.certificate_file:
            tls_context(peer.certificate_file)  # says in words when it is none
        # Those of the system, where a hospital enters its own, before those that came with the library.
        self.verify = peer.certificate_file or ssl.get_default_verify_paths().cafile or True
        if peer.user:
            self.auth = requests.auth.HTTPBasicAuth(peer.user.encode(), _password(peer).encode())

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow the archive to another path of its own; raises NetworkFailed for any other place."""
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        here, there = _origin(self._peer.url), _origin(urljoin(resp.url, target))
        if here != there:
            resp.close()
            raise NetworkFailed(
                f"{self._peer.name} points to another place, {there}, where nothing is sent to. If that is right, "
                "enter it as the address.",
                code="network-redirect",
            )
        return target

    def request(self, method: str, url: str | bytes, *args: Any, **settings: Any) -> requests.Response:  # noqa: ANN401
        """Do one request and read its answer within the limits; raises NetworkFailed, each failure in words."""
        settings |= {"stream": True, "timeout": (TIMEOUT_S, READ_TIMEOUT_S)}
        self._talk.tell(*self._talk.state)
        url = str(url).replace("%2A", "*")  # which needs no escape, and which Orthanc of 2022 does not undo
        try:
            response = super().request(method, url, *args, **settings)
            try:
                self._talk.begin(partial(_hang_up, response))
                content = self._read(response)
            finally:
                self._talk.end()
                response.close()
        except requests.RequestException as error:
            raise self._failed(error) from error
        # What the library looks at as the answer's content.
        response._content, response._content_consumed = content, True  # noqa: SLF001
        if response.status_code >= 300:
            raise self._meaning(response)
        return response

    def _read(self, response: requests.Response) -> bytes:
        """Read an answer in pieces; between them the user may stop it."""
        whole, begun_s = bytearray(), time.monotonic()
        for piece in response.iter_content(_CHUNK_BYTES):
            self._talk.tell(*self._talk.state)
            self._talk.hear()
            whole += piece
            if len(whole) > self._most_bytes:
                raise NetworkFailed(
                    f"{self._peer.name} sends more than {self._most_bytes // 1024**2} MB at once, which is not taken.",
                    code="network-too-large",
                )
            late_s = time.monotonic() - begun_s - _FREE_S
            if late_s * _SLOWEST_BYTES_PER_S > len(whole):
                raise NetworkFailed(f"{self._peer.name} answers too slowly to wait for.", code=BROKEN)
        return bytes(whole)

    def _meaning(self, response: requests.Response) -> NetworkFailed:
        status, name = response.status_code, self._peer.name
        if status in _MEANINGS:
            return NetworkFailed(f"{name} answers, but {_MEANINGS[status]} (HTTP {status}).", code=f"http-{status}")
        if status == 429 or status >= 500:
            words = "is busy or in trouble" if status in (429, 503) else "has an error of its own"
            return NetworkFailed(f"{name} answers, but {words}: try again later (HTTP {status}).", code="http-server")
        return NetworkFailed(f"{name} refuses (HTTP {status}).", code=f"http-{status}")

    def _failed(self, error: requests.RequestException) -> NetworkFailed:
        peer, text = self._peer, str(error)
        if isinstance(error, requests.exceptions.SSLError):
            if "CERTIFICATE_VERIFY_FAILED" in text:
                why = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or "it is not known here"
                return NetworkFailed(
                    f"{peer.name} answers with TLS, but its certificate is not accepted: {why}. Give the file with the "
                    "certificate of the archive, or of who signed it.",
                    code="network-certificate",
                )
            return NetworkFailed(
                f"{peer.name} answers, but does not speak TLS there. Correct the address.", code="network-no-tls"
            )
        if "NameResolutionError" in text or isinstance(error, requests.exceptions.InvalidURL):
            return NetworkFailed(
                f"{peer.name} cannot be found: nobody knows the machine in {peer.url}. Correct the address.",
                code="network-no-host",
            )
        if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ReadTimeout)):
            return NetworkFailed(f"{peer.name} does not answer in time at {peer.url}.", code=BROKEN)
        if "Connection refused" in text:
            return NetworkFailed(
                f"{peer.name} does not answer at {peer.url}: nothing listens there. Check the address and whether it "
                "is switched on.",
                code="network-no-answer",
            )
        if "BadStatusLine" in text or "LineTooLong" in text:
            return NetworkFailed(f"What listens at {peer.url} does not speak HTTP.", code="network-not-dicom")
        return NetworkFailed(f"The connection to {peer.name} broke: it hung up.", code=BROKEN)


def _hang_up(response: requests.Response) -> None:
    """Wake whoever reads an answer, from another thread; an answer that is complete has nothing left to wake."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        response.raw.shutdown()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme, 0)}"


def _password(peer: WebPeer) -> str:
    """Read the first line of the password's file; raises InputRefused."""
    try:
        with Path(peer.password_file).open(encoding="utf-8") as file:
            word = file.readline(1024).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(
            f"The password for {peer.name} cannot be read from its file.",
            code="peer-password",
            where=peer.password_file,
        ) from error
    if not word:
        raise InputRefused(f"The password's file for {peer.name} is empty.", code="peer-password")
    return word
