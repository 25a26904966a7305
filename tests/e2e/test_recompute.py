"""Can a reader who has the PDF and the CT, and nothing else of the plan, compute every number of it again?

The reader here is a second one: the PDF is taken apart by pypdf, the masks are unpacked by hand as the package's own
description says, and the CT is read from its DICOM files. What the program does again is only what it would do in a
review: tissue, ice and verdicts.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
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
from planner.domain.progress import silent
from planner.domain.rule import RuleSet
from planner.domain.simulation import SimulationRequest
from planner.domain.volume import Volume
from planner.persistence import codec
from planner.planning.assess import assess
from planner.thermal.run import simulate
from planner.thermal.tissue_map import build_tissue_map

PATIENCE_S = 280


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, "-m", "planner", "demo", "--case", "chest-wall", "--out", out]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def attached(demo):
    """Every file inside the PDF, by name."""
    return {name: data[0] for name, data in pypdf.PdfReader(demo / "report.pdf").attachments.items()}


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


def test_ice_and_every_verdict_come_out_again_from_the_pdf_and_the_ct_alone(demo, attached, package):
    plan = codec.decode(attached["plan.json"], Plan, where="plan.json")
    request = codec.decode(attached["prediction.json"], SimulationRequest, where="prediction.json")
    rules = codec.decode(attached["rules.json"], RuleSet, where="rules.json")
    atlas = codec.decode(attached["atlas.json"], tuple[AtlasEntry, ...], where="atlas.json")
    index, masks, tissue = package
    volume = ct_of(demo / "dicom" / "ct", plan)
    assert array_hash(volume.hu) == plan.volume.pixel_hash
    tissue_map = build_tissue_map(request, volume=volume, masks=masks)
    assert np.array_equal(tissue_map.index, tissue)
    assert list(tissue_map.tissue_ids) == index["tissue"]["tissue_ids"]
    result = simulate(request, tissue_map, progress=silent)
    again = assess(
        plan,
        result,
        rules=rules,
        masks={structure.id: masks[structure.mask.sha256] for structure in plan.structures},
        atlas=atlas,
        models=request.models,
    )
    said = numbers(json.loads(attached["assessment.json"]))
    assert len(said) > 500
    assert numbers(json.loads(canonical_json(again))) == said
    printed = codec.decode(attached["assessment.json"], Assessment, where="assessment.json")
    assert again == printed
