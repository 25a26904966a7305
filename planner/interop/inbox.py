"""Where do objects from an archive go? Each once into a folder of ours, under names of ours, as the archive wrote it.

What arrives is not read here: the data set is written down as it came, behind a header that we write (H-38, H-46).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from planner.domain.archive import is_uid

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MOST_OBJECT_BYTES = 512 * 1024**2  # as much as the program reads of one file
MOST_OBJECTS = 20_000
OUT_OF_ROOM, NOT_WANTED, TAKEN = 0xA700, 0xA900, 0x0000
_BETWEEN_BYTES = 64 * 1024  # commands and PDU headers that come with an object


class Inbox:
    """Takes objects that are wanted, each once.

    ``failure`` is what the disk said when it took no more; the one who asked for the objects raises it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted: set[str] = set()
        self._since_object = 0
        self.taken: dict[str, str] = {}
        self.bytes_taken = 0
        self.failure: OSError | None = None
        self.was_too_large = False

    def want(self, uids: Collection[str]) -> None:
        """Take objects with these SOP instance UIDs from now on."""
        self._wanted |= set(uids)

    def has_room_for(self, arrived: int) -> bool:
        """Count bytes as they come; whether the object under way may still grow. One that claims no end is stopped."""
        self._since_object += arrived
        self.was_too_large = self._since_object > MOST_OBJECT_BYTES + _BETWEEN_BYTES
        return not self.was_too_large

    def take(self, sop_instance_uid: str, sop_class_uid: str, syntax: str, data: bytes) -> int:
        """Write one object down; returns the status of C-STORE to answer with. A second copy is taken and dropped."""
        self._since_object = 0
        if self.failure is not None or self.was_too_large:
            return OUT_OF_ROOM
        if sop_instance_uid not in self._wanted or not (is_uid(sop_class_uid) and is_uid(syntax)):
            return NOT_WANTED
        if sop_instance_uid in self.taken:
            return TAKEN
        if len(self.taken) >= MOST_OBJECTS or len(data) > MOST_OBJECT_BYTES:
            self.was_too_large = True
            return OUT_OF_ROOM
        name = f"IM{len(self.taken) + 1:06d}.dcm"
        try:
            with (self._folder / name).open("wb") as file:
                file.write(_header(sop_instance_uid, sop_class_uid, syntax))
                file.write(data)
        except OSError as error:
            self.failure = error
            return OUT_OF_ROOM
        self.taken[sop_instance_uid] = name
        self.bytes_taken += len(data)
        return TAKEN


def _header(sop_instance_uid: str, sop_class_uid: str, syntax: str) -> bytes:
    """Return an empty preamble and the file meta information of PS3.10 section 7.1."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import write_file_meta_info
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class_uid, sop_instance_uid
    meta.TransferSyntaxUID, meta.ImplementationClassUID = syntax, PYDICOM_IMPLEMENTATION_UID
    written = BytesIO()
    write_file_meta_info(written, meta, enforce_standard=True)
    return bytes(128) + b"DICM" + written.getvalue()
