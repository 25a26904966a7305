"""What is carried inside the PDF? All that is needed, beside the CT, to compute every number in it again.

The files are what was hashed, byte for byte: the sha256 of ``plan.json`` is the plan hash, that of ``prediction.json``
the input hash, that of ``rules.json`` the hash of the rule set. ``structures.zip`` holds what a plan only refers to:
``index.json`` lists each mask with the sha256 of :func:`planner.domain.digest.array_hash`, its whole shape, and the box
that all its True voxels lie in; the file it names holds that box as bits, in C order, eight to a byte, the first in the
highest bit. ``tissue.u8`` holds the tissue of each cell of the prediction, one byte a cell, as an index into
``tissue_ids``. Equal content gives equal bytes: no file in it has a time of its own.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.bit_packing import box_around
from planner.domain.digest import array_hash, canonical_json
from planner.persistence.resources import resources_dir
from planner.report.export import assessment_json, plan_json
from planner.report.printed import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.atlas import AtlasEntry
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.robustness import Robustness
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationRequest, SimulationResult
    from planner.domain.uncertainty import BandRow, PredictionRange, UncertaintyRanges

PACKAGE_SCHEMA = 1
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can name
_ABOUT = (
    "Masks of the plan's structures on its CT, and the tissue of each cell of the prediction. A mask: the box from "
    "box_lower_kji, of box_shape_kji voxels, as bits in C order, eight to a byte, the first in the highest bit; "
    "outside the box it is False. Its sha256 is over the text “bool” and its shape as “(K, J, I)”, then one byte a "
    "voxel in C order. Tissue: one byte a cell in C order, an index into tissue_ids; its sha256 is over “uint8”, its "
    "shape and its bytes."
)


@dataclass(frozen=True, slots=True)
class Attachable:
    """What a report was made from.

    Parameters
    ----------
    request
        What the solver was asked: probe models, tissue table, protocol and body conditions, as used.
    atlas
        The atlas; the entries of the plan's targets are attached.
    masks
        Mask of every structure, bool, shape (K, J, I) of the plan's CT grid.
    uncertainty, ranges, range_request, band
        The range of the prediction, how far each value was taken off for it, what was asked before that, and what the
        band means for each check; nothing where no range was made.
    robustness
        Every draw with its places and what came of it; nothing where none were made.
    """

    plan: Plan
    assessment: Assessment
    request: SimulationRequest
    result: SimulationResult
    rules: RuleSet
    atlas: Sequence[AtlasEntry]
    masks: Mapping[StructureId, NDArray[np.bool_]]
    uncertainty: PredictionRange | None = None
    ranges: UncertaintyRanges | None = None
    range_request: SimulationRequest | None = None
    band: Sequence[BandRow] = ()
    robustness: Robustness | None = None


def attachments(made: Attachable) -> tuple[Attachment, ...]:
    """Return the files that travel inside the PDF, in the order in which a reader needs them."""
    files = [
        Attachment("plan.json", plan_json(made.plan), "The plan as canonical JSON; its sha256 is the plan hash."),
        Attachment("plan.schema.json", plan_schema_bytes(), "JSON Schema of plan.json."),
        Attachment("assessment.json", assessment_json(made.assessment), "Every check with its number and limits."),
        Attachment(
            "prediction.json",
            canonical_json(made.request),
            "What the solver was asked, with the probe models and the tissue table used; its sha256 is the input hash.",
        ),
        Attachment("rules.json", canonical_json(made.rules), "The rules in force; its sha256 is the rule set hash."),
        Attachment("atlas.json", canonical_json(_used(made)), "What the atlas says of the plan's targets."),
        Attachment(
            "structures.zip",
            structure_package(made.plan, made.result, made.masks),
            "Masks of the structures and tissue of the predicted cells; index.json inside says how to read them.",
            mime_type="application/zip",
        ),
    ]
    if made.uncertainty is not None:
        files += [
            Attachment("range.json", canonical_json(made.uncertainty), "The smallest and the largest ice in numbers."),
            Attachment("band.json", canonical_json(made.band), "What the band of the ice means for each check."),
        ]
    if made.range_request is not None and made.range_request != made.request:
        words = "What the solver was asked for the range, before values are taken off: on other cells."
        files.append(Attachment("range_prediction.json", canonical_json(made.range_request), words))
    if made.ranges is not None:
        files.append(Attachment("ranges.json", canonical_json(made.ranges), "How far each value was taken off."))
    if made.robustness is not None:
        words = "Every draw of the placement error: where the probes lie and what came of each limit."
        files.append(Attachment("robustness.json", canonical_json(made.robustness), words))
    return tuple(files)


def plan_schema_bytes() -> bytes:
    """Return the published JSON Schema of a plan."""
    return (resources_dir() / "schema" / "plan.schema.json").read_bytes()


def structure_package(plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]]) -> bytes:
    """Return masks and tissue labels as a zip; see the module's docstring. A mask of two structures is in it once."""
    different = {structure.mask.sha256: masks[structure.id] for structure in plan.structures}
    rows, files = [], []
    for sha256, mask in sorted(different.items()):
        box = box_around(mask)
        name = f"masks/{sha256}.bits"
        rows.append({
            "sha256": sha256,
            "shape_kji": [int(n) for n in mask.shape],
            "box_lower_kji": list(box[:3]),
            "box_shape_kji": list(box[3:]),
            "file": name,
        })  # fmt: skip
        files.append((name, np.packbits(mask[box.slices]).tobytes()))
    index: dict[str, Any] = {
        "schema": PACKAGE_SCHEMA,
        "about": _ABOUT,
        "masks": rows,
        "tissue": {
            "file": "tissue.u8",
            "sha256": array_hash(result.tissue_index),
            "shape_kji": [int(n) for n in result.tissue_index.shape],
            "index_to_lps": [list(row) for row in result.grid.index_to_lps],
            "tissue_ids": list(result.tissue_ids),
        },
    }
    text = json.dumps(index, indent=1, ensure_ascii=False).encode()
    return zip_bytes([("index.json", text), *files, ("tissue.u8", np.ascontiguousarray(result.tissue_index).tobytes())])


def zip_bytes(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of files whose bytes depend on nothing but theirs."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, data in files:
                entry = zipfile.ZipInfo(name, _OLDEST)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # whichever system it is made on
                archive.writestr(entry, data, compresslevel=6)
        return stream.getvalue()


def _used(made: Attachable) -> list[AtlasEntry]:
    wanted = {target.atlas_id for target in made.plan.targets}
    return [entry for entry in made.atlas if entry.id in wanted]
