"""Which plans were used last, and what can be told of each without opening it? One small record beside the plans each.

A record holds what a plan file holds as well, so it lies where plans lie and nowhere else (H-43): never in settings.
What cannot be written or read here is done without: a plan is opened with or without its record.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused
from planner.persistence import codec

_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What is known of one plan file.

    Parameters
    ----------
    path
        Where the file was when it was used last.
    plan_id
        The plan's own id: a file chosen in place of one that is gone must hold the same plan.
    target
        Side and name of what is to be treated; empty while there is none.
    patient, study
        As the program labels them: whose CT, and its description and date.
    edited_at, opened_at
        ISO 8601 UTC.
    judged_hash
        Hash of what is predicted and judged of the plan as it stands.
    verdict, counts, verdict_of
        The overall verdict, such as ``"FAIL"``, the counts in words, and the hash they were made for; empty before.
    missing
        Sentence why nothing can be predicted yet; empty when it can.
    size, changed_ns
        Of the file when it was read: while they are the same, nothing has to be read again.
    is_off
        Whether the user took the plan off the list.
    """

    path: str
    plan_id: str
    name: str
    target: str = ""
    patient: str = ""
    study: str = ""
    case_kind: str = "patient"
    edited_at: str = ""
    opened_at: str = ""
    judged_hash: str = ""
    verdict: str = ""
    counts: str = ""
    verdict_of: str = ""
    missing: str = ""
    size: int = 0
    changed_ns: int = 0
    is_off: bool = False

    @property
    def is_judged(self) -> bool:
        """Whether the verdict was made from the plan as it stands."""
        return bool(self.verdict) and self.verdict_of == self.judged_hash


class RecentPlans:
    """The records in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[PlanRecord, ...]:
        """Return every record that can be read, in no order."""
        try:
            files = sorted(self.folder.glob("*.json"))
        except OSError:
            return ()
        return tuple(record for record in map(_read, files) if record is not None)

    def of(self, path: Path) -> PlanRecord | None:
        """Return the record of a plan file."""
        return _read(self._file(path, ".json"))

    def keep(self, record: PlanRecord, picture: bytes = b"") -> None:
        """Keep a record, and with it a picture (PNG); without one, the picture there stays."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = Path(record.path)
            if picture:
                _put(self._file(path, ".png"), picture)
            _put(self._file(path, ".json"), canonical_json(record))

    def picture_of(self, path: Path) -> bytes:
        """Return the picture of a plan as PNG; empty when there is none."""
        try:
            return self._file(path, ".png").read_bytes()
        except OSError:
            return b""

    def move(self, record: PlanRecord, path: Path) -> None:
        """Keep another place for a plan whose file was moved."""
        self.keep(replace(record, path=str(path), size=0, changed_ns=0), self.picture_of(Path(record.path)))
        self.forget(Path(record.path))

    def take_off(self, record: PlanRecord) -> None:
        """List a plan no more, until it is opened again; its picture goes, and its own file is not touched."""
        path = Path(record.path)
        self.forget(path)
        if path.exists():  # one in the program's own folder would be found there again
            self.keep(PlanRecord(record.path, record.plan_id, record.name, is_off=True))

    def forget(self, path: Path) -> None:
        """Remove the record and picture of a plan; the plan's own file is not touched."""
        for suffix in (".json", ".png"):
            with contextlib.suppress(OSError):
                self._file(path, suffix).unlink(missing_ok=True)

    def mark_of(self, path: Path) -> Path:
        """Return the file that says that a window works on a plan (:mod:`planner.persistence.open_mark`)."""
        return self._file(path, ".open")

    def _file(self, path: Path, suffix: str) -> Path:
        name = hashlib.sha256(str(path.absolute()).encode(errors="surrogateescape")).hexdigest()[:32]
        return self.folder / f"{name}{suffix}"


def _read(file: Path) -> PlanRecord | None:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        return codec.decode(file.read_bytes(), PlanRecord, where=file.name)
    except (OSError, UnicodeError, InputRefused):
        return None


def _put(file: Path, content: bytes) -> None:
    """Replace a file as a whole; it is not forced to the disk, since everything in it can be made again."""
    part = file.with_name(file.name + ".part")
    part.write_bytes(content)
    part.replace(file)
