"""Can a reader who has the PDF and the CT, and nothing else of the plan, compute every number of it again?

The reader here is a second one: the PDF is taken apart by pypdf, the masks are unpacked by hand as the package's own
description says, and the CT is read from its DICOM files. What the program does again is only what it would do in a
review: tissue, ice and verdicts.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile

import jsonschema
import numpy as np
import pydicom
import pypdf
import pytest

from planner.domain.assessment import Assessment
from planner.domain.atlas import AtlasEntry
from planner.domain.digest import array_hash, canonical_json
from planner.domain.plan import Plan
from planner.domain.probe import active_zone_lps_mm
from planner.domain.progress import silent
from planner.domain.rule import RuleSet
from planner.domain.simulation import SimulationRequest
from planner.domain.uncertainty import SHOWN_LEVELS_C, CaseOutcome, PredictionRange, UncertaintyRanges
from planner.domain.volume import Volume
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.planning.assess import assess
from planner.planning.ice_size import isotherm_sizes
from planner.services.headless import Cells, report_plan
from planner.services.ranges import range_rows
from planner.services.reopening import kept_plan
from planner.thermal.run import simulate
from planner.thermal.tissue_map import build_tissue_map
from planner.thermal.uncertainty import variants
from tests.kept_case import caller, keep_plan
from tests.ui.simple_patient import write_simple_patient

CELLS = Cells(2.0, range_spacing_mm=2.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small patient's plan and CT, and its report with the range."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "ct").mkdir()
    write_simple_patient(folder / "ct")
    blobs = BlobStore.temporary()
    try:
        keep_plan(folder / "plan.frostline", folder / "ct", blobs)
        with kept_plan(folder / "plan.frostline", call=caller(blobs), blobs=blobs) as kept:
            report_plan(kept, folder / "report", call=caller(blobs), cells=CELLS)
    finally:
        blobs.close()
    return folder


@pytest.fixture(scope="module")
def attached(made):
    """Every file inside the PDF, by name."""
    return {name: data[0] for name, data in pypdf.PdfReader(made / "report" / "report.pdf").attachments.items()}


@pytest.fixture(scope="module")
def package(attached):
    """Index, masks by their hash, and tissue of the package of structures, read as its index says."""
    with zipfile.ZipFile(io.BytesIO(attached["structures.zip"])) as archive:
        index = json.loads(archive.read("index.json"))
        masks = {}
        for row in index["masks"]:
            (k, j, i), (depth, height, width) = row["box_lower_kji"], row["box_shape_kji"]
            bits = np.unpackbits(np.frombuffer(archive.read(row["file"]), np.uint8))[: depth * height * width]
            mask = np.zeros(row["shape_kji"], dtype=bool)
            mask[k : k + depth, j : j + height, i : i + width] = bits.reshape(depth, height, width)
            masks[row["sha256"]] = mask
        tissue = np.frombuffer(archive.read(index["tissue"]["file"]), np.uint8).reshape(index["tissue"]["shape_kji"])
    return index, masks, tissue


def ct_of(folder, plan):
    """The CT's HU from its files by hand: slices sorted along the head-feet axis, slope and intercept applied."""
    slices = [pydicom.dcmread(path) for path in folder.iterdir()]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    stored = np.stack([one.pixel_array for one in slices]).astype(np.int32)
    slope, intercept = float(slices[0].RescaleSlope), float(slices[0].RescaleIntercept)
    return Volume(plan.volume, (stored * slope + intercept).astype(np.int16))


def numbers(value, path=""):
    """Every number of a JSON value with where it stands."""
    if isinstance(value, dict):
        return [found for name in sorted(value) for found in numbers(value[name], f"{path}.{name}")]
    if isinstance(value, list):
        return [found for n, item in enumerate(value) for found in numbers(item, f"{path}[{n}]")]
    return [(path, value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_every_file_is_what_its_hash_says(attached, package):
    plan, assessment = (json.loads(attached[name]) for name in ("plan.json", "assessment.json"))
    index, masks, tissue = package
    assert assessment["input_hash"] == hashlib.sha256(attached["prediction.json"]).hexdigest()
    assert assessment["rule_set_hash"] == hashlib.sha256(attached["rules.json"]).hexdigest()
    for structure in plan["structures"]:
        mask = masks[structure["mask"]["sha256"]]
        by_hand = hashlib.sha256(f"bool{mask.shape}".encode() + mask.tobytes()).hexdigest()
        assert by_hand == structure["mask"]["sha256"], structure["name"]
    by_hand = hashlib.sha256(f"uint8{tissue.shape}".encode() + tissue.tobytes()).hexdigest()
    assert by_hand == index["tissue"]["sha256"]
    jsonschema.validate(plan, json.loads(attached["plan.schema.json"]))
    assert codec.decode(attached["plan.json"], Plan, where="plan.json").judged_hash == assessment["plan_hash"]


@pytest.fixture(scope="module")
def tissue_map(made, attached, package):
    """The tissue of every cell, from the attached request and masks and the CT's files."""
    plan = codec.decode(attached["plan.json"], Plan, where="plan.json")
    request = codec.decode(attached["prediction.json"], SimulationRequest, where="prediction.json")
    volume = ct_of(made / "ct", plan)
    assert array_hash(volume.hu) == plan.volume.pixel_hash
    return build_tissue_map(request, volume=volume, masks=package[1])


def judged(attached, package, result, request):
    """Judge with what is attached and nothing else."""
    plan = codec.decode(attached["plan.json"], Plan, where="plan.json")
    return assess(
        plan,
        result,
        rules=codec.decode(attached["rules.json"], RuleSet, where="rules.json"),
        masks={structure.id: package[1][structure.mask.sha256] for structure in plan.structures},
        atlas=codec.from_plain(json.loads(attached["atlas.json"]), tuple[AtlasEntry, ...], where="atlas.json"),
        models=request.models,
    )


def test_tissue_ice_and_every_verdict_come_out_again_from_the_pdf_and_the_ct_alone(attached, package, tissue_map):
    request = codec.decode(attached["prediction.json"], SimulationRequest, where="prediction.json")
    index, _, tissue = package
    assert np.array_equal(tissue_map.index, tissue)
    assert list(tissue_map.tissue_ids) == index["tissue"]["tissue_ids"]
    again = judged(attached, package, simulate(request, tissue_map, progress=silent), request)
    said = numbers(json.loads(attached["assessment.json"]))
    assert len(said) > 200
    assert numbers(json.loads(canonical_json(again))) == said
    assert again == codec.decode(attached["assessment.json"], Assessment, where="assessment.json")


def test_the_range_comes_out_again_too(attached, package, tissue_map):
    request = codec.decode(attached["prediction.json"], SimulationRequest, where="prediction.json")
    ranges = codec.decode(attached["ranges.json"], UncertaintyRanges, where="ranges.json")
    printed = codec.decode(attached["range.json"], PredictionRange, where="range.json")
    assessments, outcomes = {}, []
    for case, varied in variants(request, ranges).items():
        result = simulate(varied, tissue_map, progress=silent)
        zones = [active_zone_lps_mm(probe, varied.model_of(probe)) for probe in varied.probes]
        sizes = isotherm_sizes(result.minimum_c, result.grid, SHOWN_LEVELS_C, zones=zones)
        outcomes.append(CaseOutcome(case, varied.input_hash, sizes))
        assessments[case] = judged(attached, package, result, varied)
    assert tuple(outcomes) == printed.cases
    assert range_rows(assessments) == printed.rows


def test_equal_plans_with_one_time_give_equal_bytes(made, tmp_path, monkeypatch):
    monkeypatch.setattr("planner.services.headless.utc_now", lambda: "2026-01-02T03:04:05Z")
    files = []
    for number in range(2):
        blobs = BlobStore.temporary()
        try:
            plan = shutil.copyfile(made / "plan.frostline", tmp_path / f"{number}.frostline")
            with kept_plan(plan, call=caller(blobs), blobs=blobs, dicom=made / "ct") as kept:
                out = tmp_path / str(number)
                report_plan(kept, out, call=caller(blobs), cells=Cells(2.0))
        finally:
            blobs.close()
        files.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert files[0].keys() == files[1].keys()
    assert [name for name in files[0] if files[0][name] != files[1][name]] == []
