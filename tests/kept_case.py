"""A small kept plan on its CT, made in this process: for tests of what leaves the program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.geometry import Side
from planner.domain.identity import ProbeId, StructureId, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target
from planner.persistence.resources import protocols
from planner.services.opening import empty_plan, new_session
from planner.services.tasks import OpenSeries, ScanFolder, perform
from tests.ui.simple_patient import FIRST_MM, SEMI_AXES_MM, STEP_MM

if TYPE_CHECKING:
    from pathlib import Path

    from planner.persistence.blobs import BlobStore

NERVE_MM = ((-70.0, 10.0, -20.0), (-68.0, 12.0, 0.0), (-66.0, 14.0, 20.0))


def caller(blobs: BlobStore):
    """Return what runs a task here and now."""

    def call(request: Any) -> Any:
        return perform(request, blobs=blobs, progress=silent)

    return call


def keep_plan(file: Path, ct_folder: Path, blobs: BlobStore, *, word: str = "") -> None:
    """Keep a plan with a nerve, three structures and a probe; ``word`` goes into every text that somebody types."""
    call = caller(blobs)
    (series,) = call(ScanFolder(str(ct_folder))).series
    opened = call(OpenSeries(series.slices))
    plan = empty_plan(opened, name=f"Nerve in the flank {word}", case_kind="patient")
    shape = opened.volume.ref.grid.shape_kji
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    x, y = FIRST_MM[0] + i * STEP_MM[0], FIRST_MM[1] + j * STEP_MM[1]
    masks = {
        ("Skin", StructureKind.SKIN): (x / SEMI_AXES_MM[0]) ** 2 + (y / SEMI_AXES_MM[1]) ** 2 <= 1,
        ("Spine", StructureKind.BONE): x**2 + (y - 40) ** 2 <= 12**2,
        ("Artery", StructureKind.ARTERY): ((x + 58) ** 2 + (y - 22) ** 2 <= 4**2) & (k >= 0),
    }
    for number, ((name, kind), mask) in enumerate(masks.items(), start=1):
        plan = plan.with_structure(
            Structure(
                StructureId(f"{number:032x}"),
                f"{name} {word}".strip(),
                kind,
                blobs.put(mask),
                StructureOrigin.IMPORTED,
                method=f"read from {word or 'a file'}",
                confirmed_by=f"Dr {word}",
                confirmed_at="2026-01-02T03:04:05Z",
            )
        )
    nerve = Target(
        TargetId("7" * 32),
        f"Intercostal nerve {word}".strip(),
        "intercostal",
        Side.RIGHT,
        NerveCurve(NERVE_MM, (12.0, 24.0)),
        level="T9",
        diameter_mm=2.5,
        diameter_source=f"measured by {word or 'somebody'}",
        block=DiagnosticBlock(f"2026-01-01 {word}", word, 70.0, word),
    )
    probe = ProbePlacement(ProbeId("8" * 32), "P1", "generic-17g-short", (-93.0, -3.0, 0.0), (-66.0, 13.0, 0.0))
    known = next(one for one in protocols() if one.has_freeze)
    plan = replace(plan.with_target(nerve).with_probe(probe), protocol=known)
    session = new_session(opened, plan, blobs=blobs)
    try:
        session.keep_in(file, source_folder=str(ct_folder))
    finally:
        session.close()
