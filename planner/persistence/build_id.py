"""Which build is this? A fingerprint of the program's own files, so that two of one version number are told apart.

The version alone says what was released; what runs may be a checkout that went on since. The fingerprint is over the
names and bytes of the code and the tables, and the same on every machine that has the same files.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from planner import __version__
from planner.persistence.resources import resources_dir

_TABLES = (".json", ".typ", ".po")
_SHOWN = 8


@cache
def build_id() -> str:
    """Return the first eight hexadecimal digits of the fingerprint."""
    code = Path(__file__).resolve().parents[1]
    return fingerprint({"planner": code, "resources": resources_dir()})[:_SHOWN]


def version_words() -> str:
    """Return version and build as they stand on paper: ``"0.1.0, build 1a2b3c4d"``."""
    return f"{__version__}, build {build_id()}"


def fingerprint(folders: dict[str, Path]) -> str:
    """Return the sha256 over code and tables in folders, each under the name given; line ends of Windows do not count.

    What is no code or table - fonts, pictures, compiled files, documentation - is left out.
    """
    digest = hashlib.sha256()
    for name, folder in sorted(folders.items()):
        for path in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).as_posix()):
            if path.suffix != ".py" and path.suffix not in _TABLES:
                continue
            data = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{name}/{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()
