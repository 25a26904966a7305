"""Is what was used and read printed as the record has it: an exchanged probe, a depth of its own, a dose alone?"""

from __future__ import annotations

from planner.domain.identity import PlanId, ProbeId, ProcedureId, Sha256
from planner.domain.procedure import PlannedProbe, PlannedProcedure, Procedure, ScanDose, ScanPurpose, UsedProbe
from planner.report.case_procedure import Compared, printed_procedure
from planner.report.case_words import Teller

ENTRY, TIP = (0.0, 0.0, 0.0), (0.0, 60.0, 0.0)


def printed(**facts):
    probe = PlannedProbe(ProbeId("p"), "P1", "m", "Probe A", TIP, ENTRY, 60.0, ())
    planned = PlannedProcedure(PlanId("plan"), "T8", Sha256("a" * 64), "Two cycles", (probe,), (), ())
    record = Procedure(ProcedureId("r"), "2026-03-02", planned=planned, **facts)
    return printed_procedure(record, Compared(), tell=Teller())


def test_a_probe_and_the_one_exchanged_for_it_both_stand_beside_the_planned_one():
    used = (UsedProbe("P1", "Probe A", planned_label="P1"), UsedProbe("P1b", "Probe B", planned_label="P1"))
    shown = [(use.label, use.model, use.planned_depth) for use in printed(probes=used).uses]
    assert shown == [("P1", "Probe A", "60.0 mm"), ("P1b", "Probe B", "60.0 mm")]


def test_a_depth_read_by_itself_is_printed_with_the_other_one():
    """Entry to tip is 66 mm; 65 mm were read. A depth that says what the place says stands alone."""
    place = {"tip_lps_mm": (0.0, 66.0, 0.0), "entry_lps_mm": ENTRY, "planned_label": "P1"}
    (own,) = printed(probes=(UsedProbe("P1", "Probe A", depth_mm=65.0, **place),)).uses
    assert own.depth == "65.0 mm, entry to tip 66.0 mm"
    along = UsedProbe("P1", "Probe A", depth_mm=66.0, is_depth_of_place=True, **place)
    assert printed(probes=(along,)).uses[0].depth == "66.0 mm"


def test_a_dose_without_a_count_is_printed_and_no_sum_of_scans_is_claimed():
    doses = (ScanDose(ScanPurpose.PLANNING, None, 310.5), ScanDose(ScanPurpose.TARGETING, 14, 400.0))
    rows = [(row.purpose, row.scans, row.dose) for row in printed(scans=doses).scans]
    assert rows == [
        ("planning", "—", "310.5 mGy cm"),
        ("targeting", "14", "400 mGy cm"),
        ("together", "—", "710.5 mGy cm"),
    ]
