"""Does every number say its unit where it is handed over? A bare float is how a slip of unit begins (H-25)."""

from __future__ import annotations

import ast
import re

ROOMS = ("domain", "spatial", "imaging", "segmentation", "thermal", "planning", "phantoms", "persistence", "services")
UNIT = re.compile(
    r"(?:^|_)(?:mm|mm2|mm3|cm2|m|m2|m3|ml|c|k|s|hu|deg|rad|percent|nrs|score|days|ma|mgy_cm|msv|msv_per_mgy_cm|mg_per_day|w|w_per_\w+|j_per_\w+|kg_per_m3|per_s|per_mm|px|lps|mb)$"
)
WITHOUT_UNIT = re.compile(  # a sink's conductance is counted in shares of h², see thermal.scene
    r"(?:^|_)(?:share|fraction|ratio|scale|factor|weight|sign|slope|bend|error|opacity|x|sink_conductance)$"
)
IN_THE_UNIT_OF_SOMETHING_ELSE = {"value", "outside", "level", "limit"}
CASES = {"smallest", "nominal", "largest", "pessimistic", "optimistic"}  # of a row that names its unit


def test_H_25_float_parameters_of_public_functions_carry_their_unit(sources: dict[str, str]) -> None:
    bare = [
        f"{path}:{node.name}({argument.arg})"
        for path, text in sources.items()
        if path.split("/")[1] in ROOMS
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.annotation is not None and ast.unparse(argument.annotation) in ("float", "float | None")
        if argument.arg not in IN_THE_UNIT_OF_SOMETHING_ELSE
        if not UNIT.search(argument.arg) and not WITHOUT_UNIT.search(argument.arg)
    ]
    assert not bare


def test_H_25_float_fields_of_facts_carry_their_unit(sources: dict[str, str]) -> None:
    bare = [
        f"{path}:{node.name}.{field.target.id}"
        for path, text in sources.items()
        if path.startswith("planner/domain/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if ast.unparse(field.annotation) in ("float", "float | None")
        if field.target.id not in IN_THE_UNIT_OF_SOMETHING_ELSE | {"upper", "pass_limit", "fail_limit", "duty", *CASES}
        if not re.search(
            r"_(?:mm|cm2|ml|hu|c|s|deg|percent|days|nrs|score|ma|mgy_cm|msv|msv_per_mgy_cm|mg_per_day|w_per_\w+|slope)$",
            field.target.id,
        )
    ]
    assert not bare
