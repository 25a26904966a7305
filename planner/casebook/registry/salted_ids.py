"""What is a case called in a registry? Ids that one site's secret makes, the same in every export, and not led back.

An id is the start of HMAC-SHA256(salt, kind and id), written as a UUID (version 8, RFC 9562). Without the salt nobody
can tell which case an id stands for, not even with a list of all cases (H-43).
"""

from __future__ import annotations

import hmac
from uuid import UUID

from planner.domain.errors import CaseInvalid

SALT_BYTES = 32
_VERSION = 0x8 << 76
_VARIANT = 0x2 << 62


class SaltedIds:
    """Makes the ids of one site.

    Parameters
    ----------
    salt
        The site's secret, 32 bytes.
    """

    def __init__(self, salt: bytes) -> None:
        if len(salt) != SALT_BYTES:
            raise CaseInvalid(f"A registry's salt has {SALT_BYTES} bytes, not {len(salt)}.", code="registry-salt")
        self._salt = salt

    def of(self, kind: str, *parts: str | int) -> str:
        """Return the id of one thing: ``of("case", case_id)`` → ``"3f0c…-…-8…-…"``."""
        digest = self._digest("\0".join((kind, *map(str, parts))))
        bits = int.from_bytes(digest[:16], "big")
        bits = bits & ~(0xF << 76) | _VERSION
        bits = bits & ~(0x3 << 62) | _VARIANT
        return str(UUID(int=bits))

    @property
    def fingerprint(self) -> str:
        """Tells exports with comparable ids from others, 8 hexadecimal digits; it does not give the salt away."""
        return self._digest("fingerprint")[:4].hex()

    def _digest(self, words: str) -> bytes:
        return hmac.new(self._salt, f"frostline registry\0{words}".encode(), "sha256").digest()

    def __repr__(self) -> str:
        """Redact: the salt must not reach a log or a traceback by accident."""
        return "SaltedIds(<hidden>)"
