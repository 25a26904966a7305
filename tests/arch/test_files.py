"""Does every file keep the house's habits? Sizes, names, errors, imports and what may never be in a repository."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_LINES = 500
MOST_FUNCTION_LINES = 80
BANNED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py"}
CODE_FROM_DATA = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
MACHINE_PATHS = re.compile(r"/(?:home|Users|work|tmp|mnt|media|root)/[\w.-]+|[A-Z]:\\\\?(?:Users|Temp)", re.ASCII)
ADDRESSES = re.compile(r"https?://([\w.-]+)", re.ASCII)
INDEX_OPTIONS = re.compile(r"(?:--(?:extra-)?index-url|--find-links|--trusted-host|PIP_INDEX_URL)[ =]")
INDEX_HOSTS = ("pypi.org", "pythonhosted.org", "conda.anaconda.org", "artifact", "nexus", "devpi")


def functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def test_files_are_at_most_500_lines(sources: dict[str, str], texts: dict[str, str]) -> None:
    tests = {path: text for path, text in texts.items() if path.startswith("tests/") and path.endswith(".py")}
    long = {path: count for path, text in (sources | tests).items() if (count := text.count("\n")) > MOST_LINES}
    assert not long


def test_functions_are_at_most_80_lines(sources: dict[str, str]) -> None:
    long = {
        f"{path}:{node.name}": count
        for path, text in sources.items()
        for node in functions(text)
        if (count := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    }
    assert not long


def test_no_file_is_named_after_nothing(sources: dict[str, str]) -> None:
    assert not [path for path in sources if path.rsplit("/", 1)[-1] in BANNED_NAMES]


def test_every_module_says_which_question_it_answers(sources: dict[str, str]) -> None:
    mute = [path for path, text in sources.items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert not mute


def test_nothing_is_caught_without_a_name(sources: dict[str, str]) -> None:
    bare = [
        f"{path}:{node.lineno}"
        for path, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not bare


def test_H_42_no_module_turns_data_into_code(sources: dict[str, str]) -> None:
    found = []
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                found += [f"{path}: {alias.name}" for alias in node.names if alias.name.split(".")[0] in CODE_FROM_DATA]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in CODE_FROM_DATA:
                found.append(f"{path}: {node.module}")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
                found.append(f"{path}:{node.lineno}: {node.func.id}")
    assert not found


def test_no_file_names_a_folder_of_somebodys_machine(texts: dict[str, str]) -> None:
    found = [
        f"{path}: {match[0]}"
        for path, text in texts.items()
        if not path.startswith("tests/arch/")
        for match in MACHINE_PATHS.finditer(text)
    ]
    assert not found


def test_no_file_says_where_packages_come_from(texts: dict[str, str]) -> None:
    found = []
    for path, text in texts.items():
        if path.startswith("tests/arch/"):
            continue
        found += [f"{path}: {match[0]}" for match in INDEX_OPTIONS.finditer(text)]
        hosts = {match[1] for match in ADDRESSES.finditer(text)}
        found += [f"{path}: {host}" for host in hosts if any(word in host for word in INDEX_HOSTS)]
    assert not found


def test_lock_files_pin_and_hash_every_package(root: Path) -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        entries = re.split(r"\n(?=[A-Za-z0-9])", (root / name).read_text(encoding="utf-8"))
        entries = [entry for entry in entries if not entry.startswith("#")]
        assert len(entries) > 20
        assert not [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]


def test_the_test_lock_agrees_with_the_programs_lock(root: Path) -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.+-]+)", (root / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-test.lock")


def test_links_inside_the_documents_lead_somewhere(root: Path) -> None:
    documents = [root / "README.md", root / "CHANGELOG.md", *(root / "resources" / "docs").rglob("*.md")]
    lost = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert not lost
