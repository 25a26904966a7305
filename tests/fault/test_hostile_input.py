"""Do huge claims and hostile archives stay within memory, folder and words? In a child with a capped address space.

Time is measured by ``frostline bench gate``; here it only may not hang (H-40, H-41).
"""

from __future__ import annotations

from planner.bench.faults import bounds
from planner.bench.faults.archives import archives


def test_H_40_huge_claims_cost_a_sentence(tmp_path) -> None:
    measured = bounds.try_claims(tmp_path)
    assert len(measured) >= 60
    assert [bound for bound in measured if bound.fault] == []
    assert [bound.name for bound in measured if bound.usable and bound.name not in bounds.HARMLESS] == []
    assert [bound for bound in measured if bound.extra_mb > bounds.CLAIM_EXTRA_MB] == []


def test_H_41_hostile_archives_stay_in_their_folder(tmp_path) -> None:
    assert len(archives()) >= 40
    measured = bounds.try_archives(tmp_path)
    assert [bound for bound in measured if bound.fault] == []
    assert [bound for bound in measured if bound.extra_mb > bounds.ARCHIVE_EXTRA_MB] == []
    clean, *hostile = measured
    assert clean.usable == 1
    assert [bound.name for bound in hostile if bound.usable] == []
