"""Do the layer contracts name every room? A contract that misses a package guards nothing behind it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_QT = {"__main__", "cli", "bootstrap", "ui"}


@pytest.fixture(scope="module")
def contracts(root: Path) -> list[dict[str, Any]]:
    """The import contracts of the project file."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return list(settings["tool"]["importlinter"]["contracts"])


@pytest.fixture(scope="module")
def rooms(root: Path) -> set[str]:
    """Top-level packages and modules of the program."""
    package = root / "planner"
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    return folders | {path.stem for path in package.glob("*.py") if path.stem != "__init__"}


def test_the_layers_are_exhaustive_and_name_every_room(contracts: list[dict[str, Any]], rooms: set[str]) -> None:
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    assert layers["exhaustive"] is True
    named = {room.strip() for line in layers["layers"] for room in line.split("|")}
    assert named | set(layers["exhaustive_ignores"]) == rooms


def test_qt_is_forbidden_in_every_room_but_its_own(contracts: list[dict[str, Any]], rooms: set[str]) -> None:
    contract = next(contract for contract in contracts if contract.get("forbidden_modules") == ["PySide6"])
    assert {name.removeprefix("planner.") for name in contract["source_modules"]} == rooms - WITHOUT_QT


def test_no_contract_names_a_room_that_is_not_there(contracts: list[dict[str, Any]], rooms: set[str]) -> None:
    named = {
        name.removeprefix("planner.").split(".")[0]
        for contract in contracts
        for key in ("source_modules", "forbidden_modules")
        for name in contract.get(key, [])
        if name.startswith("planner.")
    }
    assert named <= rooms
