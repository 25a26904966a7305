"""Are duty and a probe's own schedule printed beside the common phases?"""

from __future__ import annotations

from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.report.placing import printed_phases

COMMON = (Phase(PhaseKind.FREEZE, 600.0, 0.75), Phase(PhaseKind.PASSIVE_THAW, 90.0))


def test_common_phases_name_their_duty():
    rows = [(row.kind, row.duration, row.end) for row in printed_phases(Protocol("p", COMMON))]
    assert rows == [("freeze at 75 %", "10:00", "10:00"), ("passive thaw", "1:30", "11:30")]


def test_a_probe_of_its_own_follows_by_its_label_with_its_own_clock():
    own = ProbeSchedule(ProbeId("b"), (Phase(PhaseKind.PASSIVE_THAW, 60.0), Phase(PhaseKind.FREEZE, 120.0)))
    probes = tuple(ProbePlacement(ProbeId(i), n, "m", (0.0, 0.0, 0.0), (0.0, 0.0, 30.0)) for i, n in ("aP", "bQ"))
    rows = printed_phases(Protocol("p", COMMON[1:], exceptions=(own,)), probes)
    assert [(row.whose, row.kind, row.end, row.share) for row in rows] == [
        ("", "passive thaw", "1:30", 1.0),
        ("Q", "passive thaw", "1:00", 60 / 180),
        ("Q", "freeze", "3:00", 120 / 180),
    ]
