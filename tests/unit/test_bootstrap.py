"""Does the set-up do the right thing on machines we do not have here? Decisions only; a bare one is tried by hand."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner import bootstrap

SOURCE = Path(bootstrap.__file__)


def test_it_imports_nothing_outside_the_standard_library() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported <= set(sys.stdlib_module_names) | {"__future__"}


def test_it_can_be_read_by_an_older_python_so_that_it_can_say_so() -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert bootstrap.main(["run"]) == 1
    assert "needs Python 3.11 or newer; this is 3.9" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["runn"], ["--help"]])
def test_an_unknown_command_shows_the_two_there_are(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(words) == 2
    assert "run | test" in capsys.readouterr().err


@pytest.mark.parametrize(("windows", "tail"), [(True, ("Scripts", "python.exe")), (False, ("bin", "python"))])
def test_the_environment_is_found_on_every_system(*, windows: bool, tail: tuple[str, str]) -> None:
    assert bootstrap.Environment(Path("x"), windows=windows).python == Path("x", *tail)


@pytest.mark.parametrize(
    ("variables", "system", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "linux", False),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_a_display_is_recognised(variables: dict[str, str], system: str, *, expected: bool) -> None:
    assert bootstrap.has_display(variables, system=system) is expected


def test_without_a_display_the_demonstration_leaves_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "has_display", lambda _: False)
    command = bootstrap.demo_command(bootstrap.Environment(Path("env")))
    assert command[1:6] == ("-m", "planner", "demo", "--case", "neck")
    assert command[-2:] == ("--out", str(bootstrap.CHECKOUT / "frostline-demo"))


def test_pytest_gets_every_core_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = bootstrap.Environment(Path("env"))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert bootstrap.test_command(environment, ["tests/unit", "-q"])[3:] == (
        "-n", "2", "--dist", "worksteal", "tests/unit", "-q",
    )  # fmt: skip
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert "8" in bootstrap.test_command(environment, [])
    assert bootstrap.test_command(environment, ["-n0"])[3:] == ("-n0",)


class Ran:
    """Stands in for subprocess.run and keeps what it was asked."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(tuple(map(str, command)))
        return subprocess.CompletedProcess(command, self.status, stdout="apt's own words", stderr="")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    fake = Ran()
    monkeypatch.setattr(subprocess, "run", fake)
    return fake


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    return monkeypatch


def test_root_on_debian_installs_only_what_is_missing(ran: Ran, debian: pytest.MonkeyPatch) -> None:
    debian.setattr(bootstrap, "_is_root", lambda: True)
    assert bootstrap.provide_system_packages(("libgl1", "xvfb")) == ""
    assert ran.commands[0][:2] == ("apt-get", "update")
    assert ran.commands[1][-2:] == ("libgl1", "xvfb")


def test_apt_failing_ends_with_its_own_words(ran: Ran, debian: pytest.MonkeyPatch) -> None:
    ran.status = 100
    debian.setattr(bootstrap, "_is_root", lambda: True)
    with pytest.raises(bootstrap.SetUpFailed, match="apt's own words"):
        bootstrap.provide_system_packages(("libgl1",))


def test_a_plain_user_gets_one_line_to_paste_and_goes_on(
    ran: Ran, debian: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    debian.setattr(bootstrap, "_is_root", lambda: False)
    hint = bootstrap.provide_system_packages(("libgl1", "xvfb"))
    assert hint == "sudo apt-get install -y --no-install-recommends libgl1 xvfb"
    assert hint in capsys.readouterr().out
    assert ran.commands == []


def test_a_plain_user_who_cannot_make_an_environment_is_stopped(debian: pytest.MonkeyPatch) -> None:
    debian.setattr(bootstrap, "_is_root", lambda: False)
    with pytest.raises(bootstrap.SetUpFailed, match="virtual environment"):
        bootstrap.provide_system_packages(("python3-venv",))


def test_nothing_missing_asks_for_nothing(ran: Ran) -> None:
    assert bootstrap.provide_system_packages(()) == ""
    assert ran.commands == []


def test_windows_and_macos_need_no_system_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: object())
    for system in ("win32", "darwin"):
        monkeypatch.setattr(sys, "platform", system)
        assert bootstrap.missing_system_packages() == ()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two lock files and an environment that seems to exist."""
    for name, text in (("requirements.lock", "a==1"), ("requirements-test.lock", "b==1"), ("pyproject.toml", "[x]")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = bootstrap.Environment(tmp_path / ".venv")
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    monkeypatch.setattr(bootstrap, "CHECKOUT", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "stamp.json")
    return tmp_path


def prepare(checkout: Path, lock: str = "requirements.lock") -> None:
    bootstrap.prepare_environment(bootstrap.Environment(checkout / ".venv"), lock=checkout / lock)


def test_the_second_time_nothing_is_installed(checkout: Path, ran: Ran) -> None:
    prepare(checkout)
    assert any("--require-hashes" in command for command in ran.commands)
    ran.commands.clear()
    prepare(checkout)
    assert ran.commands == []


def test_each_lock_is_noted_by_itself(checkout: Path, ran: Ran) -> None:
    prepare(checkout)
    prepare(checkout, "requirements-test.lock")
    ran.commands.clear()
    prepare(checkout)
    prepare(checkout, "requirements-test.lock")
    assert ran.commands == []


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_installs_again(checkout: Path, ran: Ran, changed: str) -> None:
    prepare(checkout)
    ran.commands.clear()
    (checkout / changed).write_text("other", encoding="utf-8")
    prepare(checkout)
    assert ran.commands


def test_another_interpreter_installs_again_but_a_newer_patch_of_it_does_not(
    checkout: Path, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(checkout)
    ran.commands.clear()
    monkeypatch.setattr(sys, "version", "3.11.99 (patched by a system update)")
    prepare(checkout)
    assert ran.commands == []
    monkeypatch.setattr(bootstrap, "base_python", lambda: "/opt/other/python3")
    prepare(checkout)
    assert ran.commands


def test_a_failed_installation_is_tried_again(checkout: Path, ran: Ran) -> None:
    ran.status = 1
    with pytest.raises(bootstrap.SetUpFailed):
        prepare(checkout)
    assert bootstrap.read_stamp() == {}


def test_a_damaged_note_counts_as_none(checkout: Path) -> None:
    bootstrap.STAMP.write_text("{", encoding="utf-8")
    assert bootstrap.read_stamp() == {}
    bootstrap.STAMP.write_text("[]", encoding="utf-8")
    assert bootstrap.read_stamp() == {}
    assert checkout.exists()


def test_the_environment_of_this_very_test_is_recognised() -> None:
    here = bootstrap.Environment(Path(sys.prefix))
    if not here.python.exists():
        pytest.skip("the tests do not run in a virtual environment")
    assert bootstrap.environment_abi(here) == bootstrap.this_abi()
    assert bootstrap.environment_abi(bootstrap.Environment(Path("nowhere"))) == ""
