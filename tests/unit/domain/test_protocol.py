"""Does a protocol keep duty and per-probe schedules, without changing what was written before they existed?"""

from __future__ import annotations

import json

import pytest

from planner.domain.digest import canonical_json, content_hash
from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.identity import ProbeId
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.persistence.codec import decode

FREEZE, PASSIVE, ACTIVE = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW, PhaseKind.ACTIVE_THAW
OLD_TEXT = b'{"name":"n","phases":[{"duration_s":600.0,"kind":"freeze"}],"source":"S"}'
"""A protocol as plans of schema 1 hold it, from before duty and exceptions."""
OWN = Protocol(
    "own",
    (Phase(FREEZE, 600.0), Phase(PASSIVE, 300.0)),
    exceptions=(
        ProbeSchedule(ProbeId("b"), (Phase(FREEZE, 300.0, 0.6), Phase(ACTIVE, 60.0), Phase(FREEZE, 700.0))),
        ProbeSchedule(ProbeId("c"), (Phase(PASSIVE, 600.0),)),
    ),
)


def test_a_protocol_written_before_decodes_and_keeps_its_text():
    protocol = decode(OLD_TEXT, Protocol, where="plan")
    assert protocol == Protocol("n", (Phase(FREEZE, 600.0, 1.0),), "S", ())
    assert canonical_json(protocol) == OLD_TEXT


def test_new_fields_are_written_read_back_and_hashed():
    text = canonical_json(OWN)
    assert decode(text, Protocol, where="plan") == OWN
    plain = json.loads(text)
    assert plain["exceptions"][0]["phases"][0] == {"kind": "freeze", "duration_s": 300.0, "duty": 0.6}
    assert "duty" not in plain["phases"][0]
    assert content_hash(OWN) != content_hash(Protocol("own", OWN.phases))


def test_times_are_those_of_all_probes():
    assert OWN.ends_s == (600.0, 900.0)
    assert OWN.breaks_s == (300.0, 360.0, 600.0, 900.0, 1060.0)
    assert OWN.total_s == OWN.freeze_end_s == 1060.0
    assert OWN.has_freeze
    thaws = Protocol("t", (Phase(PASSIVE, 60.0),), exceptions=(ProbeSchedule(ProbeId("a"), (Phase(FREEZE, 9.0),)),))
    assert thaws.has_freeze
    assert (Protocol("none", ()).total_s, Protocol("none", ()).breaks_s) == (0.0, ())


def test_each_probe_finds_its_phases():
    assert OWN.phases_of(ProbeId("a")) == OWN.phases
    assert OWN.phases_of(ProbeId("b"))[0].words == "freeze at 60 %"
    assert OWN.without_probe(ProbeId("b")).exceptions == OWN.exceptions[1:]
    assert OWN.without_probe(ProbeId("a")) is OWN


@pytest.mark.parametrize(("kind", "duty"), [(FREEZE, 0.0), (FREEZE, 1.01), (FREEZE, float("nan")), (PASSIVE, 0.5)])
def test_impossible_duty_is_refused(kind, duty):
    with pytest.raises(PlanInvalid, match="gas"):
        Phase(kind, 60.0, duty)


def test_a_file_with_impossible_duty_names_the_field():
    with pytest.raises(InputRefused, match=r"phases\[0\]"):
        decode(OLD_TEXT.replace(b"600.0", b'600.0,"duty":7.0'), Protocol, where="plan")


def test_schedules_that_contradict_themselves_are_refused():
    with pytest.raises(PlanInvalid, match="no phase"):
        ProbeSchedule(ProbeId("a"), ())
    twice = (ProbeSchedule(ProbeId("a"), (Phase(FREEZE, 60.0),)),) * 2
    with pytest.raises(PlanInvalid, match="two schedules"):
        Protocol("x", (), exceptions=twice)


def test_the_first_freeze_ends_with_the_last_probe_that_ends_its_own():
    own = ProbeSchedule(ProbeId("b"), (Phase(PASSIVE, 120.0), Phase(FREEZE, 240.0), Phase(ACTIVE, 30.0)))
    protocol = Protocol("two", (Phase(FREEZE, 300.0),), exceptions=(own,))
    assert protocol.first_freeze_end_s([ProbeId("a"), ProbeId("b")]) == 360
    assert protocol.first_freeze_end_s([ProbeId("a")]) == 300
    assert protocol.first_freeze_end_s([]) == 0
