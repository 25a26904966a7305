"""Can a reader of the PDF count and compute its draws again, and is the ghost of a draw the ice it was judged by?

The reader takes the PDF apart with pypdf, counts the draws by hand and makes Wilson's interval from its formula; what
the program does again rests on what is attached and on the CT alone.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pypdf
import pytest

from planner.domain.digest import canonical_json
from planner.domain.plan import Plan
from planner.domain.progress import silent
from planner.domain.robustness import Robustness
from planner.domain.uncertainty import IceCase
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.persistence.technique_table import technique_named
from planner.planning.placement_errors import displaced
from planner.services.ghost_tasks import GhostIce
from planner.services.headless import Beside, Cells, report_plan
from planner.services.local_processes import InThisProcess
from planner.services.prediction import preview_request_for
from planner.services.reopening import kept_plan
from planner.services.robustness import robustness
from planner.services.robustness_kept import keep
from planner.services.robustness_shelf import keep_in_file
from planner.services.robustness_tasks import AssessRobustness
from planner.thermal.run import simulate
from planner.thermal.tissue_map import build_tissue_map
from tests.kept_case import caller, keep_plan
from tests.ui.simple_patient import write_simple_patient

CELLS = Cells(2.0, range_spacing_mm=None)
DRAWS = 6


@pytest.fixture(scope="module")
def blobs():
    made = BlobStore.temporary()
    yield made
    made.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory, blobs):
    """A small patient's plan with its draws, and its report in German."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "ct").mkdir()
    write_simple_patient(folder / "ct")
    keep_plan(folder / "plan.frostline", folder / "ct", blobs)
    with kept_plan(folder / "plan.frostline", call=caller(blobs), blobs=blobs) as kept:
        asked = AssessRobustness(
            kept.opened.volume,
            kept.session.plan,
            technique_named("freehand-in-plane"),
            draws=DRAWS,
            seed=11,
            fine=0,
        )
        told = robustness(asked, executor=InThisProcess(), blobs=blobs, progress=silent)
        keep(told, blobs)
        keep_in_file(kept.session, told)
        report_plan(kept, folder / "report", call=caller(blobs), cells=CELLS, also=Beside(language="de"))
        yield folder, kept.opened.volume, told


@pytest.fixture(scope="module")
def attached(made):
    reader = pypdf.PdfReader(made[0] / "report" / "report.pdf")
    return {name: data[0] for name, data in reader.attachments.items()}


def test_the_file_beside_the_report_is_the_one_inside_it_and_what_the_plan_file_held(made, attached):
    folder, _, told = made
    assert attached["robustness.json"] == (folder / "report" / "robustness.json").read_bytes()
    assert attached["robustness.json"] == canonical_json(told)


def test_the_share_and_its_interval_can_be_counted_from_the_draws(attached):
    told = json.loads(attached["robustness.json"])
    verdicts = [outcome["verdict"] for outcome in told["outcomes"]]
    held = sum(verdict in ("PASS", "CHECK") for verdict in verdicts)
    assert (told["held"]["count"], told["held"]["of"]) == (held, DRAWS)
    p, n, z = held / DRAWS, DRAWS, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert told["held"]["low_percent"] == pytest.approx(100 * max(middle - half, 0), abs=0.1)
    assert told["held"]["high_percent"] == pytest.approx(100 * min(middle + half, 1), abs=0.1)
    for place, limit in enumerate(told["limits"]):
        column = [outcome["values"][place]["verdict"] for outcome in told["outcomes"]]
        assert limit["failed"] == column.count("FAIL")


def test_the_probability_along_the_nerve_is_the_mean_of_the_draws(attached):
    told = json.loads(attached["robustness.json"])
    (coverage,) = told["coverages"]
    rows = [outcome["coverages"][0]["is_treated"] for outcome in told["outcomes"]]
    for place, probability in enumerate(coverage["probability"]):
        assert probability == pytest.approx(sum(row[place] for row in rows) / DRAWS)


def test_from_plan_technique_seed_and_ct_the_same_bytes_come_out(made, attached, blobs):
    told = codec.decode(attached["robustness.json"], Robustness, where="attached")
    plan = codec.decode(attached["plan.json"], Plan, where="attached")
    asked = AssessRobustness(made[1], plan, told.technique, draws=len(told.outcomes), seed=told.seed, fine=0)
    again = robustness(asked, executor=InThisProcess(), blobs=blobs, progress=silent)
    assert canonical_json(again) == attached["robustness.json"]


def test_the_german_page_says_it_and_lists_the_file(made):
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(made[0] / "report" / "report.pdf").pages)
    text = " ".join(text.split())
    told = made[2]
    assert "Robustheit der Platzierung" in text
    assert f"von {DRAWS} Ziehungen (95-%-Intervall" in text
    assert "Freihand, in der Ebene" in text
    assert "ROBOT-RCT" in text
    assert told.technique.id == "freehand-in-plane"


def test_the_ghosts_ice_is_that_of_the_plan_with_its_probes_there(made, attached, blobs):
    """Against the assessment's solver on the same cells: the coldest differs by what preview steps may differ by."""
    plan = codec.decode(attached["plan.json"], Plan, where="attached")
    outcome = made[2].outcomes[0]
    moved = replace(plan, probes=displaced(plan.probes, outcome.draw))
    shared = caller(blobs)(GhostIce(made[1], moved))
    field_c = shared.take(blobs)
    asked = preview_request_for(moved, box=shared.grid)
    masks = {region.mask.sha256: blobs.get(region.mask) for region in asked.regions}
    tissue = build_tissue_map(asked, volume=made[1].open(blobs), masks=masks, progress=silent)
    result = simulate(asked, tissue, progress=silent)
    assert shared.grid == result.grid
    at_edge = np.abs(result.minimum_c) < 2.0
    assert float(np.abs(field_c - result.minimum_c)[at_edge].mean()) < 0.5
    assert np.mean((field_c <= 0) != (result.minimum_c <= 0)) < 0.002


def test_a_smaller_case_makes_a_smaller_ghost(made, attached, blobs):
    plan = codec.decode(attached["plan.json"], Plan, where="attached")
    volumes = {}
    for case in (IceCase.SMALLEST, IceCase.NOMINAL, IceCase.LARGEST):
        field_c = caller(blobs)(GhostIce(made[1], plan, case)).take(blobs)
        volumes[case] = int((field_c <= 0).sum())
    assert volumes[IceCase.SMALLEST] < volumes[IceCase.NOMINAL] < volumes[IceCase.LARGEST]
