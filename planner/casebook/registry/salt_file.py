"""Where is the secret that the ids of a site are made with? In a file apart from the cases, for this user only (H-43).

It never leaves with an export, and a copy of the library of cases does not hold it. Without it, or after it was
replaced, new exports have other ids, and earlier ones can no longer be told apart by it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from planner.casebook.registry.salted_ids import SALT_BYTES, SaltedIds
from planner.domain.errors import CaseFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 200


def site_ids(path: Path, *, fresh: bytes) -> SaltedIds:
    """Return the ids of this site; ``fresh`` becomes its salt when it has none yet.

    Raises
    ------
    CaseFileError
        When the file cannot be read or written, or is damaged.
    """
    if not path.exists():
        with _written(path, fresh) as whole, suppress(FileExistsError):
            os.link(whole, path)  # of two windows that make the first salt at once one wins, and both read it
    return SaltedIds(_read(path))


@contextmanager
def new_site_ids(path: Path, *, fresh: bytes) -> Iterator[SaltedIds]:
    """Give ids of a new salt, which is the site's once the block ends well; else the site keeps the one it had."""
    with _written(path, fresh) as whole:
        yield SaltedIds(fresh)
        try:
            whole.replace(path)
        except OSError as error:
            raise _refusal(path, f"It cannot be written ({error.strerror}).") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            text = stream.read(_LONGEST)
    except OSError as error:
        raise _refusal(path, f"It cannot be read ({error.strerror}).") from error
    try:
        salt = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        salt = b""
    if len(salt) != SALT_BYTES:
        raise _refusal(path, "It is damaged.")
    return salt


@contextmanager
def _written(path: Path, salt: bytes) -> Iterator[Path]:
    """Write a salt whole under a name of its own, readable by this user only; it goes at the end."""
    whole = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".salt-", dir=path.parent)
        whole = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(salt.hex().encode("ascii") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        if whole is not None:
            whole.unlink(missing_ok=True)
        raise _refusal(path, f"It cannot be written ({error.strerror}).") from error
    try:
        yield whole
    finally:
        whole.unlink(missing_ok=True)


def _refusal(path: Path, what: str) -> CaseFileError:
    return CaseFileError(
        f"The registry's salt makes the ids of an export. {what} Nothing is exported; put the file back from a copy, "
        "or ask for new ids.",
        code="registry-salt",
        where=str(path),
    )
