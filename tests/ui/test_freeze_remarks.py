"""Does the freeze panel say what its rows of phases cannot show?"""

from __future__ import annotations

from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.ui.panels.freeze import edited, remarks

PROBE = ProbePlacement(ProbeId("b"), "P2", "m", (0.0, 0.0, 0.0), (0.0, 0.0, 30.0))
OWN = ProbeSchedule(PROBE.id, (Phase(PhaseKind.PASSIVE_THAW, 60.0), Phase(PhaseKind.FREEZE, 120.0, 0.5)))


def test_duty_and_a_schedule_of_its_own_are_told():
    protocol = Protocol("p", (Phase(PhaseKind.FREEZE, 60.0, 0.75),), exceptions=(OWN,))
    assert remarks(protocol, (PROBE,)) == (
        "Phase 1: freeze at 75 %.",
        "P2 has a schedule of its own: passive thaw 1:00, freeze at 50 % 2:00 min.",
    )


def test_a_plain_protocol_needs_no_remark_and_one_without_a_freeze_does():
    assert remarks(Protocol("p", (Phase(PhaseKind.FREEZE, 60.0),)), ()) == ()
    assert remarks(Protocol("p", ()), ()) == ("No prediction: the protocol has no freeze phase.",)


def test_editing_the_common_phases_keeps_the_schedules_of_single_probes():
    protocol = Protocol("Nerve, one freeze of 8 min", (Phase(PhaseKind.FREEZE, 480.0),), "SEED", (OWN,))
    for phases in ((Phase(PhaseKind.FREEZE, 60.0),), (Phase(PhaseKind.FREEZE, 600.0),)):
        assert edited(protocol, phases).exceptions == (OWN,)
