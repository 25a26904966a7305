"""``frostline volume PATH --series UID``: one series loaded and checked, and its numbers for comparison elsewhere.

Exit status: 0 when it was loaded, 1 when its findings refuse or were not accepted by name, 2 when it cannot be read.
In JSON, ``direction`` has the axes of i, j and k as its columns, in LPS; ``index_to_lps`` acts on voxel centres.
"""

from __future__ import annotations

import argparse
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.cli.accepting import add_series_arguments, choose
from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.review import Finding
    from planner.domain.series import SeriesSummary
    from planner.domain.volume import Volume

Point = tuple[float, float, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_series_arguments(parser)
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        type=_point,
        metavar="X,Y,Z",
        help="HU of the voxel nearest to this point, LPS mm, such as “-31.5,12,104”; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    # A point may begin with a minus sign; argparse would take it for an option.
    parser._negative_number_matcher = re.compile(r"^-\.?\d")  # noqa: SLF001


def _point(text: str) -> Point:
    parts = text.replace(",", " ").split()
    try:
        x, y, z = (float(part) for part in parts)
    except ValueError:
        x = y = z = math.nan
    if not all(map(math.isfinite, (x, y, z))):
        raise argparse.ArgumentTypeError(f"“{text}” is not three numbers x,y,z in mm")
    return x, y, z


def run(arguments: argparse.Namespace) -> int:
    """Load one series and print its numbers."""
    with Terminal() as terminal:
        chosen = choose(terminal, arguments)
        told: dict[str, Any] = {"volume": None, "points": []}
        if chosen.opened is not None:
            volume = chosen.opened.volume.open(terminal.blobs)
            told = {"volume": _facts(volume), "points": [_value(volume, point) for point in arguments.at]}
        answer = _series(chosen.series, chosen.findings, accepted=arguments.accept) | told
        if arguments.json:
            terminal.say_json(answer)
        else:
            for line in _lines(answer, chosen.refusal):
                terminal.say(line)
    return NEGATIVE if chosen.in_the_way else OK


def _series(series: SeriesSummary, findings: Sequence[Finding], *, accepted: Sequence[str]) -> dict[str, Any]:
    from planner.cli.series_rows import finding_json
    from planner.domain.review import Severity

    needed = {finding.code for finding in findings if finding.severity is Severity.ACK}
    return {
        "series_instance_uid": series.series_instance_uid,
        "part": series.part,
        "label": series.label,
        "verdict": series.verdict.value,
        "findings": [finding_json(finding) for finding in findings],
        "accepted": [code for code in accepted if code in needed],
    }


def _facts(volume: Volume) -> dict[str, Any]:
    ref, grid = volume.ref, volume.grid
    return {
        "size_ijk": list(reversed(grid.shape_kji)),
        "spacing_ijk_mm": list(grid.spacing_ijk_mm),
        "origin_lps_mm": grid.origin_lps_mm.tolist(),
        "direction": grid.direction.tolist(),
        "index_to_lps": grid.matrix.tolist(),
        "pixel_hash": ref.pixel_hash,
        "pixel_type": volume.hu.dtype.name,
        "padded_voxels": 0 if volume.padding is None else int(np.count_nonzero(volume.padding)),
        "patient_position": ref.patient_position.value,
        "frame_of_reference_uid": ref.frame_of_reference_uid,
        "modality": ref.modality,
        "compression": ref.compression,
        "scanner": ref.scanner,
        "acquisition": ref.acquisition,
        "window_hu": None if ref.window_hu is None else list(ref.window_hu),
        "notes": list(ref.notes),
    }


def _value(volume: Volume, at: Point) -> dict[str, Any]:
    """Return the HU of the voxel whose centre is nearest, as it is stored: nothing is interpolated."""
    grid = volume.grid
    index = np.rint(grid.to_index(at)).astype(int)
    inside = bool((index >= 0).all() and (index < grid.shape_kji[::-1]).all())
    told: dict[str, Any] = {"lps_mm": list(at), "status": "outside", "hu": None, "index_ijk": None}
    if not inside:
        return told | {"voxel_centre_lps_mm": None, "distance_mm": None}
    i, j, k = index.tolist()
    centre = grid.to_lps(index)
    is_padded = volume.padding is not None and bool(volume.padding[k, j, i])
    return told | {
        "status": "padding" if is_padded else "inside",
        "hu": None if is_padded else volume.hu[k, j, i].item(),
        "index_ijk": [i, j, k],
        "voxel_centre_lps_mm": centre.tolist(),
        "distance_mm": float(np.linalg.norm(centre - np.asarray(at))),
    }


def _lines(answer: dict[str, Any], refusal: str) -> Iterator[str]:
    from planner.domain.review import Severity

    part = f" · part “{answer['part']}”" if answer["part"] else ""
    yield f"{answer['label']}{part}"
    yield f"  Series UID         {answer['series_instance_uid'] or 'none'}"
    facts = answer["volume"]
    if facts is not None:
        yield from _fact_lines(facts)
    for finding in answer["findings"]:
        accepted = " (accepted)" if finding["code"] in answer["accepted"] else ""
        yield f"  {Severity(finding['severity']).name} {finding['code']}{accepted}: {finding['message']}"
    yield from map(_point_line, answer["points"])
    if refusal:
        yield refusal


def _fact_lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"  Size i × j × k     {' × '.join(map(str, facts['size_ijk']))}, {facts['pixel_type']}"
    yield f"  Spacing            {' × '.join(f'{mm:.6g}' for mm in facts['spacing_ijk_mm'])} mm"
    yield f"  Origin (LPS)       {_triple(facts['origin_lps_mm'])} mm"
    for name, axis in zip("ijk", np.transpose(facts["direction"]), strict=True):
        yield f"  Direction {name}        {_triple(axis, digits=6)}"
    yield f"  Patient position   {facts['patient_position']}"
    yield f"  Padded voxels      {facts['padded_voxels']}"
    yield f"  Compression        {facts['compression']}"
    yield f"  Pixel hash         {facts['pixel_hash']}"


def _triple(values: Sequence[float], *, digits: int = 4) -> str:
    # Rounding first: a minus sign before nothing but noughts says nothing.
    return ", ".join(f"{round(float(value), digits) + 0.0:.{digits}f}" for value in values)


def _point_line(point: dict[str, Any]) -> str:
    where = f"  At {_triple(point['lps_mm'], digits=2)} mm:"
    if point["status"] == "outside":
        return f"{where} outside the scan"
    said = "padding, no measurement" if point["status"] == "padding" else f"{point['hu']:g} HU"
    index = ", ".join(map(str, point["index_ijk"]))
    return f"{where} {said} (voxel {index}, its centre {point['distance_mm']:.2f} mm away)"
