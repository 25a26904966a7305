"""Does any text a user reads promise what nobody can? And is every hazard's test named after it?"""

from __future__ import annotations

import ast
import re

SPOKEN = (
    "planner/ui/",
    "planner/report/",
    "planner/planning/",
    "planner/services/",
    "planner/cli/",
    "planner/rendering/",
)
PROMISE = re.compile(r"\bsafe(?:ty|ly|r|st)?\b", re.IGNORECASE)
HAZARD_TEST = re.compile(r"def (test_[hH]_?\d\w*)")
HAZARD_NAME = re.compile(r"test_H_\d\d_[a-z0-9_]+", re.IGNORECASE)


def spoken_strings(text: str) -> list[str]:
    """String constants of a module that are not documentation."""
    tree = ast.parse(text)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


def test_H_28_no_sentence_of_the_program_promises_harmlessness(sources: dict[str, str]) -> None:
    found = [
        f"{path}: {string}"
        for path, text in sources.items()
        if path.startswith(SPOKEN)
        for string in spoken_strings(text)
        if PROMISE.search(string)
    ]
    assert not found


def test_H_28_no_resource_promises_harmlessness(texts: dict[str, str]) -> None:
    tables = {path: text for path, text in texts.items() if path.startswith("resources/")}
    spoken = {path: text for path, text in tables.items() if path.endswith((".json", ".typ", ".toml", ".csv", ".qss"))}
    assert not [path for path, text in spoken.items() if PROMISE.search(text)]


def test_tests_of_hazards_carry_their_number(texts: dict[str, str]) -> None:
    tests = {path: text for path, text in texts.items() if path.startswith("tests/") and path.endswith(".py")}
    found = [
        f"{path}: {match[1]}"
        for path, text in tests.items()
        if not path.startswith("tests/arch/")
        for match in HAZARD_TEST.finditer(text)
        if not HAZARD_NAME.fullmatch(match[1])
    ]
    assert not found


def test_the_disclaimer_is_the_same_everywhere(texts: dict[str, str]) -> None:
    said = "for research and training, not for clinical use"
    for path in ("README.md", "planner/__init__.py", "resources/report/statements.json"):
        assert said in texts[path].lower(), path
