"""Where is what many draws said kept? Beside the arrays while a program runs, and the last of a plan in its own file.

What a process of the pool has computed it also packs; the window and the report only copy bytes, or read them where
that takes no time from a hand.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused
from planner.domain.robustness import Robustness
from planner.persistence import codec

if TYPE_CHECKING:
    from planner.domain.identity import Sha256
    from planner.persistence.blobs import BlobStore

FILE_NAME = "robustness"
"""Under which a plan file keeps the last one."""
_MOST_BYTES = 512 * 2**20


def packed(told: Robustness) -> bytes:
    """Return it as it is kept: canonical JSON, compressed."""
    return zlib.compress(canonical_json(told), 6)


def unpacked(data: bytes) -> Robustness:
    """Return what :func:`packed` made these bytes of.

    Raises
    ------
    InputRefused
        When they are damaged, or made by a program that says other things.
    """
    try:
        text = zlib.decompressobj().decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise InputRefused(
            "The kept robustness of this plan is damaged. Run it again.", code="robustness-kept"
        ) from error
    return codec.decode(text, Robustness, where="robustness")


def note_name(inputs_hash: Sha256) -> str:
    """Return under which name a store keeps what was computed from these inputs."""
    return f"robustness-{inputs_hash}.z"


def keep(told: Robustness, blobs: BlobStore) -> None:
    """Keep it in a store."""
    blobs.keep_note(note_name(told.inputs_hash), packed(told))


def kept(inputs_hash: Sha256, blobs: BlobStore) -> Robustness | None:
    """Return what a store keeps of these inputs; None when there is nothing."""
    data = blobs.note(note_name(inputs_hash))
    return None if data is None else unpacked(data)
