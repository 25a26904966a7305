"""Does a mask follow the hand? Dabs on 512 × 512 × 500 voxels with the outlines of three slices, and what strokes cost.

Times are of the processor, not of the wall, so that other programs count little; each dab has its ratio to one pass
over the whole mask beside it. Painting the outlines onto the screen is the window's, and is not in here.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.bench.table import Row, at_most, number_words
from planner.domain.geometry import Grid, PatientPosition, PointLps, point
from planner.domain.identity import Sha256
from planner.domain.structure import StructureKind
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import StructureLayer
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.turning import UPRIGHT
from planner.services.mask_draft import DraftLimit, MaskDraft
from planner.services.strokes import StrokeKeeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

GOAL_DAB_MS = 30.0
_SHAPE = (500, 512, 512)
_SPACING_MM = (0.7, 0.7, 1.0)
_STEP_MM = (6.0, 3.0, 0.0)
_VIEW_PX = (640, 480)
_AXIAL: PointLps = (0.0, 0.0, 1.0)
_TURNED = point(np.array([0.3, 0.4, 0.8]) / np.linalg.norm([0.3, 0.4, 0.8]))


class _Brush(NamedTuple):
    name: str
    diameter_mm: float
    normal: PointLps | None


_BRUSHES = (
    _Brush("disc of 8 mm", 8.0, _AXIAL),
    _Brush("disc of 100 mm", 100.0, _AXIAL),
    _Brush("disc of 40 mm, oblique", 40.0, _TURNED),
    _Brush("ball of 20 mm", 20.0, None),
    _Brush("ball of 40 mm", 40.0, None),
    _Brush("ball of 100 mm", 100.0, None),
)


def run_paint_bench(*, quick: bool, say: Callable[[str], object]) -> list[Row]:
    """Time dabs of every brush with both limits on, and the keeping of a stroke; ``quick`` repeats less."""
    say("Making a CT of 512 × 512 × 500")
    volume, organ, body = _scene()
    repeats = 8 if quick else 30
    pass_ms = _processor_ms(organ.sum, 5)
    rows = [_pass_row(pass_ms)]
    for brush in _BRUSHES:
        say(brush.name)
        rows.append(_dab_row(brush, volume, organ, body, repeats=repeats, pass_ms=pass_ms))
    with tempfile.TemporaryDirectory() as folder:
        for name, mask in (("an organ", organ), ("the whole body", body)):
            say(f"Keeping a stroke in {name}")
            rows += _keeping_rows(name, mask, volume, BlobStore(Path(folder)))
    return rows


def _scene() -> tuple[Volume, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return a CT of noise, an organ and the body around it."""
    grid = Grid.from_axes(_SHAPE, origin_lps_mm=(-179, -179, -250), spacing_ijk_mm=_SPACING_MM)
    noise = np.random.default_rng(1).normal(40.0, 20.0, _SHAPE[1:]).astype(np.int16)
    hu = np.repeat(noise[None], _SHAPE[0], axis=0)
    ref = VolumeRef(Sha256("0" * 64), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    k, j, i = np.ogrid[: _SHAPE[0], : _SHAPE[1], : _SHAPE[2]]
    body = ((j - 256) / 190) ** 2 + ((i - 256) / 240) ** 2 + 0 * k <= 1
    organ = ((k - 250) / 60) ** 2 + ((j - 256) / 90) ** 2 + ((i - 256) / 100) ** 2 <= 1
    return Volume(ref, hu), organ, body


def _dab_row(
    brush: _Brush,
    volume: Volume,
    organ: NDArray[np.bool_],
    body: NDArray[np.bool_],
    *,
    repeats: int,
    pass_ms: float,
) -> Row:
    """Move a brush along the rim of the organ, drawing and erasing in turn."""
    draft, limit = MaskDraft(volume, organ), DraftLimit(body, -100.0, 120.0)
    middle = volume.grid.to_lps((256, 166, 250))
    planes = _planes(middle)
    layer = StructureLayer("Organ", StructureKind.LIVER, draft.mask, box=draft.box, is_edited=True)
    costs = []
    for dab in range(repeats):
        here = point(middle + dab * np.array(_STEP_MM) / 3)
        there = point(np.array(here) + _STEP_MM)
        began = time.process_time()
        draft.stamp((here, there), brush.diameter_mm / 2, plane_normal=brush.normal, erase=bool(dab % 2), limit=limit)
        for plane in planes:
            structure_marks([layer], grid=volume.grid, plane=plane, cache=None)
        costs.append((time.process_time() - began) * 1e3)
    median, worst = float(np.median(costs)), float(np.max(costs))
    note = f"worst {number_words(worst)} ms; one pass over the mask is {number_words(pass_ms / median)} × this"
    return Row("A dab with the outlines of three slices", brush.name, median, "ms", at_most(GOAL_DAB_MS), note)


def _planes(middle: NDArray[np.float64]) -> list[SlicePlane]:
    return [
        SlicePlane.turned(orientation, middle, frame=UPRIGHT, mm_per_px=0.7, size_px=_VIEW_PX)
        for orientation in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
    ]


def _pass_row(pass_ms: float) -> Row:
    return Row("One pass over the whole mask", "512 × 512 × 500", pass_ms, "ms")


def _keeping_rows(name: str, mask: NDArray[np.bool_], volume: Volume, store: BlobStore) -> list[Row]:
    """Keep a stroke beside the hand: processor time of the thread, and the bytes that stay."""
    section = f"A stroke in {name} is kept"
    draft, keeper = MaskDraft(volume, mask), StrokeKeeper(store, store.put(mask))
    here = point(volume.grid.to_lps((256, 166, 250)))
    costs, sizes = [], []
    for radius_mm in (4.0, 5.0, 6.0, 7.0):
        draft.stamp([here], radius_mm, plane_normal=None, erase=radius_mm % 2 == 0)
        stroke = draft.take_stroke()
        if stroke is not None:
            began = time.process_time()
            ref = keeper.keep(stroke)
            costs.append((time.process_time() - began) * 1e3)
            sizes.append(len(store.packed(ref)) / 1024)
    return [
        Row(section, "in its thread", float(np.median(costs)), "ms"),
        Row(section, "stays on disk", float(np.median(sizes)), "KiB", note="the array has 128 000"),
    ]


def _processor_ms(work: Callable[[], object], repeats: int) -> float:
    costs = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        costs.append((time.process_time() - began) * 1e3)
    return float(np.median(costs))
