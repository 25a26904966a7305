"""How long is a zip's list of members? Read from its last bytes before any library parses the list (H-41)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCATOR_64 = b"PK\x06\x07"
_LONGEST_TAIL = 22 + 65_535  # the end record and the longest comment behind it
# A list entry is 46 bytes and a name; more than this on average is no list of image files.
_MOST_ENTRY_BYTES = 320


def refuse_long_index(path: Path, *, most_members: int) -> None:
    """Raise InputRefused when the archive has no readable end, or names more members than may be."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_TAIL - 20))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise InputRefused(
                "The archive has no end: it is cut off or damaged. Pack or download it again.",
                code="archive-damaged",
                where=path.name,
            )
        count, length = struct.unpack_from("<HI", tail, at + 10)
        if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR_64:
            (offset,) = struct.unpack_from("<Q", tail, at - 12)
            file.seek(min(offset, size))
            record = file.read(56)
            if len(record) == 56 and record.startswith(_END_64):
                count, length = struct.unpack_from("<QQ", record, 32)
    if count > most_members or length > most_members * _MOST_ENTRY_BYTES:
        raise InputRefused(
            f"The archive holds more than {most_members} files. Pack one scan at a time.",
            code="archive-too-many",
            where=path.name,
        )
