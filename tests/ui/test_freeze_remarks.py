"""Does the freeze panel say what its rows of phases cannot show?"""

from __future__ import annotations

from dataclasses import replace

from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.ui.panels.freeze import remarks

PROBE = ProbePlacement(ProbeId("b"), "P2", "m", (0.0, 0.0, 0.0), (0.0, 0.0, 30.0))
OWN = ProbeSchedule(PROBE.id, (Phase(PhaseKind.PASSIVE_THAW, 60.0), Phase(PhaseKind.FREEZE, 120.0, 0.5)))


def test_a_schedule_of_its_own_is_told():
    protocol = Protocol("p", (Phase(PhaseKind.FREEZE, 60.0),), exceptions=(OWN,))
    assert remarks(protocol, (PROBE,)) == ("P2 has a schedule of its own: passive thaw 1:00, freeze at 50 % 2:00 min.",)


def test_probes_that_share_a_schedule_are_told_together():
    other = replace(PROBE, id=ProbeId("c"), label="P3")
    protocol = Protocol("p", (Phase(PhaseKind.FREEZE, 60.0),), exceptions=(OWN, replace(OWN, probe_id=other.id)))
    assert remarks(protocol, (PROBE, other)) == (
        "P2 and P3 have a schedule of their own: passive thaw 1:00, freeze at 50 % 2:00 min.",
    )


def test_a_plain_protocol_needs_no_remark_and_one_without_a_freeze_does():
    assert remarks(Protocol("p", (Phase(PhaseKind.FREEZE, 60.0),)), ()) == ()
    assert remarks(Protocol("p", ()), ()) == ("No prediction: the protocol has no freeze phase.",)


def test_two_freezes_that_are_one_are_told():
    freeze = Phase(PhaseKind.FREEZE, 480.0)
    (sentence,) = remarks(Protocol("p", (freeze, freeze)), ())
    assert sentence == "Phases 1 and 2 freeze without a thaw between them: one freeze of 16:00 min."
    thaw = Phase(PhaseKind.PASSIVE_THAW, 60.0)
    assert remarks(Protocol("p", (freeze, thaw, freeze)), ()) == ()
    # A hold after a freeze is meant as it stands.
    assert remarks(Protocol("p", (freeze, Phase(PhaseKind.FREEZE, 60.0, 0.5))), ()) == ()
