"""Fixtures every room's tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real CT and odd DICOM; skips where it is absent, as in a user's clone."""
    folder = Path(os.environ.get("FROSTLINE_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared test data at {folder}; set FROSTLINE_SHARED_DATA to its folder")
    return folder
