"""Does a job's protocol reach the plan whole, with what warms the skin?"""

from __future__ import annotations

from planner.domain.protocol import Phase, PhaseKind, SkinWarming
from planner.persistence.codec import decode
from planner.services.commands import SetProtocol
from planner.services.jobfile import Job, edits_of

TEXT = """
{"name": "n", "series": {"folder": "ct"}, "targets": [], "probes": [],
 "protocol": {"phases": [{"kind": "freeze", "duration_s": 600}],
              "skin_warming": {"temperature_c": 42, "transfer_w_per_m2_k": 150}}}
"""


def test_a_protocol_of_a_job_brings_its_skin_warming():
    (edit,) = edits_of(decode(TEXT, Job, where="job.json"), when="2026-01-02T03:04:05Z")
    assert isinstance(edit, SetProtocol)
    assert edit.protocol.phases == (Phase(PhaseKind.FREEZE, 600.0),)
    assert edit.protocol.skin_warming == SkinWarming(42.0, 150.0)
