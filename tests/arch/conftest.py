"""The files of this checkout, without needing git: a bare machine has none."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("planner", "tests", "resources", ".ci")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Text of every module of the program, by path relative to the checkout."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("planner/**/*.py")
    }


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Every text file that belongs to the project, by path relative to the checkout."""
    files = [path for part in PARTS for path in (ROOT / part).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    found = {}
    for path in files:
        if "__pycache__" in path.parts:
            continue
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a font, an icon sheet, an image
    return found
