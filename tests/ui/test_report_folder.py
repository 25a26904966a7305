"""Is the folder of a report named by its plan, with signs that every disk takes?"""

from __future__ import annotations

import pytest

from planner.ui.deeds import report_folder_name


@pytest.mark.parametrize(
    ("plan_name", "plain"),
    [
        ("Neck · left", "Neck left"),
        ("Neck / C7:  right", "Neck C7 right"),
        ("../../Müller", "Müller"),
        ("···", "Plan"),
    ],
)
def test_it_has_single_spaces_and_no_sign_that_a_disk_refuses(plan_name, plain):
    assert report_folder_name(plan_name, "2026-11-23T07:39:10Z") == f"{plain} 2026-11-23T073910Z"
