"""Does what a job says reach the plan whole: its protocol with what warms the skin, its targets with their answers?"""

from __future__ import annotations

import json

import pytest

from planner.domain.errors import InputRefused
from planner.domain.protocol import Phase, PhaseKind, SkinWarming
from planner.domain.target import DiagnosticBlock
from planner.persistence.codec import decode
from planner.services.commands import SetProtocol
from planner.services.jobfile import Job, edits_of
from planner.services.target_commands import Acknowledge, PutTarget

WHEN = "2026-01-02T03:04:05Z"
COURSE = {"centre_lps_mm": [0, 0, 0], "axis_lps": [0, 0, 1], "length_mm": 10, "width_mm": 10}

TEXT = """
{"name": "n", "series": {"folder": "ct"}, "targets": [], "probes": [],
 "protocol": {"phases": [{"kind": "freeze", "duration_s": 600}],
              "skin_warming": {"temperature_c": 42, "transfer_w_per_m2_k": 150}}}
"""


def test_a_protocol_of_a_job_brings_its_skin_warming():
    (edit,) = edits_of(decode(TEXT, Job, where="job.json"), when=WHEN)
    assert isinstance(edit, SetProtocol)
    assert edit.protocol.phases == (Phase(PhaseKind.FREEZE, 600.0),)
    assert edit.protocol.skin_warming == SkinWarming(42.0, 150.0)


def _job(**target):
    said = {"atlas_id": "superior_hypogastric", "side": "midline", "course": COURSE} | target
    text = json.loads(TEXT) | {"targets": [said]}
    return decode(json.dumps(text), Job, where="job.json")


def test_a_job_carries_the_block_the_answers_and_the_end_organ_of_a_target():
    off_label = {"finding_code": "block-only", "who": "A. Reader", "reason": "trial"}
    job = _job(
        block={"day": "2025-11-03", "agent": "bupivacaine", "relief_percent": 80, "lasted": "6 h"},
        end_organ_mm=120,
        end_organ_source="measured on the MRI",
        acknowledged=[off_label],
    )
    put, answer, _ = edits_of(job, when=WHEN)
    assert isinstance(put, PutTarget)
    assert put.target.block == DiagnosticBlock("2025-11-03", "bupivacaine", 80.0, "6 h")
    assert (put.target.end_organ_mm, put.target.end_organ_source) == (120.0, "measured on the MRI")
    assert isinstance(answer, Acknowledge)
    given = answer.acknowledgement
    assert (given.finding_code, given.who, given.reason, given.when) == ("block-only", "A. Reader", "trial", WHEN)
    assert given.subject_id == put.target.id
    assert given.sentence.startswith("Midline superior hypogastric plexus:")


@pytest.mark.parametrize(
    ("codes", "code", "words"),
    [
        ((), "job-not-acknowledged", "“block-only”"),
        (("block-only",), "job-not-acknowledged", "“block-not-recorded”"),
        (("block-only", "block-not-recorded", "too-hot"), "job-unknown", "too-hot"),
        (("block-only", "block-only", "block-not-recorded"), "job-unknown", "once"),
    ],
)
def test_a_job_must_answer_exactly_what_stands_against_its_targets(codes, code, words):
    given = [{"finding_code": name, "who": "A. Reader", "reason": "trial"} for name in codes]
    with pytest.raises(InputRefused, match=r"targets\[0\].acknowledged") as refusal:
        edits_of(_job(acknowledged=given), when=WHEN)
    assert refusal.value.code == code
    assert words in str(refusal.value)
