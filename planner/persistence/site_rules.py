"""Which rules has the site changed, when and by whom? An append-only record in the user's settings folder.

``rules.jsonl`` holds one line per change, each with the sha256 of the line before it. Nothing is ever rewritten: to
take a change back is one more line. A line that was altered, removed or put in by hand breaks the chain, and is told
before anything is judged (H-52)::

    {"change":{"rule_id":"skin-edge","pass_limit":12,…},"previous":"9f86…","schema":1}
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.digest import bytes_hash, canonical_json
from planner.domain.errors import InputRefused, PlannerError, ResourceInvalid
from planner.domain.site_rules import RuleChange, with_changes
from planner.persistence import codec
from planner.persistence.abandoned import lock

if TYPE_CHECKING:
    from planner.domain.rule import RuleSet

_MOST_BYTES = 5_000_000
_REMEDY = "Put the file back from a copy, or move it away: then the shipped rules hold and changes begin anew."

Stamp = tuple[str, int, int]
"""Place, size and time of change of a record: another one means that the rules must be read again."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the record."""

    change: RuleChange
    previous: str
    schema: int


def site_rules_file() -> Path:
    """Return where the record is kept; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("frostline", appauthor=False)) / "rules.jsonl"


def stamp_of(path: Path) -> Stamp | None:
    """Return what tells one state of a record from another; None when there is no record."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.") from error
    return str(path), state.st_size, state.st_mtime_ns


def read_changes(path: Path) -> tuple[RuleChange, ...]:
    """Return every change, the oldest first; none when there is no record.

    Raises
    ------
    ResourceInvalid
        When the record cannot be read, or a line of it was altered, removed or added by hand.
    """
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.") from error
    return _changes(content, path)


def rules_with_changes(shipped: RuleSet, path: Path) -> RuleSet:
    """Return the shipped rules with all that the record changes; raises ResourceInvalid like :func:`read_changes`."""
    changes = read_changes(path)
    try:
        return with_changes(shipped, changes)
    except PlannerError as error:
        raise _unreadable(path, f"A change in it does not fit this version: {error.sentence}") from error


def append_change(path: Path, change: RuleChange, *, shipped: RuleSet) -> RuleSet:
    """Add one change to the record and return the rules then in force; a change that cannot stand adds nothing.

    Raises
    ------
    InputRefused
        When the change cannot stand, another window writes just now, or the disk takes nothing.
    ResourceInvalid
        When the record cannot be read.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    with os.fdopen(descriptor, "rb+") as stream:
        if not lock(stream.fileno()):
            raise InputRefused("Another window changes the rules just now; try again.", code="site-rules-busy")
        stream.seek(0)
        content = stream.read(_MOST_BYTES + 1)
        before = _changes(content, path)
        rules = with_changes(shipped, (*before, change))
        last = content.splitlines()[-1] if content else b""
        line = _Line(change, bytes_hash(last) if last else "", 1)
        line = codec.decode(canonical_json(line), _Line, where=path.name)  # numbers as they will be read
        try:
            stream.write(canonical_json(line) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        except OSError as error:
            stream.truncate(len(content))
            raise _unwritable(path, error) from error
    return rules


def _changes(content: bytes, path: Path) -> tuple[RuleChange, ...]:
    if len(content) > _MOST_BYTES:
        raise _unreadable(path, f"It is larger than {_MOST_BYTES // 1_000_000} MB.")
    if content and not content.endswith(b"\n"):
        raise _unreadable(path, "Its last line is not complete.")
    changes, previous = [], ""
    for number, text in enumerate(content.splitlines(), start=1):
        try:
            line = codec.decode(text, _Line, where=f"line {number}")
        except (PlannerError, UnicodeError) as error:
            raise _unreadable(path, f"Line {number} is no change of a rule.") from error
        if line.schema != 1:
            raise _unreadable(path, f"Line {number} is of a newer version.")
        # The text itself is compared, too: a line that reads the same but was typed is not one of ours.
        if line.previous != previous or canonical_json(line) != text:
            raise _unreadable(path, f"Line {number} does not follow the one before it: the record was altered.")
        changes.append(line.change)
        previous = bytes_hash(text)
    return tuple(changes)


def _unreadable(path: Path, sentence: str) -> ResourceInvalid:
    return ResourceInvalid(f"{sentence} {_REMEDY}", code="site-rules", where=str(path))


def _unwritable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(
        f"The change cannot be kept ({error.strerror}); nothing is changed.", code="site-rules-disk", where=str(path)
    )
