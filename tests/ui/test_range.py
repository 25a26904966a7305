"""Is the range asked for once, shown around the prediction it belongs to, put into the report, and never kept stale?"""

from __future__ import annotations

import pytest

from planner.domain.identity import Sha256
from planner.domain.uncertainty import CaseOutcome, IceCase, IsothermSize, PredictionRange
from planner.services.band import shared_edges
from planner.services.shared import SharedRange
from planner.services.tasks import ExportPlan, PredictRange
from planner.ui.slices.layers import Layers

NOWHERE = Sha256("0" * 64)


def predicted(window, case):
    prediction = case.prediction()
    session = window.desk.session
    window.prediction._kept[session.plan_hash] = prediction
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    return session


def a_range(session, case, *, levels_c=(0.0, -20.0, -40.0)):
    """As the task would reply: the nominal ice, and a warmer and a colder field."""
    result = session.result
    fields = [result.minimum_c + 10, result.minimum_c, result.minimum_c - 10]
    outcomes = tuple(
        CaseOutcome(ice_case, NOWHERE, (IsothermSize(0.0, float(n), 10.0 * n),))
        for n, ice_case in enumerate(IceCase, start=1)
    )
    found = PredictionRange(session.judged_hash, NOWHERE, 1.0, outcomes, (), (), ())
    edges = shared_edges(fields, result.grid, levels_c=levels_c, error_mm=1.0, blobs=case.blobs)
    return SharedRange(found, result.grid, tuple(case.blobs.put(field) for field in fields), 1.0, edges)


def ice_of(window):
    return Layers().ice(window.desk.session, window.desk.view)


def test_without_a_prediction_the_range_cannot_be_asked_for(planned):
    action = planned.actions_by_id["range"]
    assert not action.isEnabled()
    assert "No prediction" in action.toolTip()


def test_the_range_is_shown_around_the_coldest_picture_of_its_plan(planned, case, runner):
    session = predicted(planned, case)
    assert ice_of(planned).band is None
    planned.actions_by_id["range"].trigger()
    (job,) = runner.requests(PredictRange)
    assert job.request.plan == session.plan
    job.on_done(a_range(session, case))
    assert session.range_is_current
    band = ice_of(planned).band
    assert [edges.level_c for edges in band.edges] == [0.0, -20.0]
    assert band.error_mm == 1.0
    assert not planned.actions_by_id["range"].isEnabled()
    assert "3.0 mL" in planned.status.sentence.whole_text()
    planned.desk.view.set_time(0.0)
    assert ice_of(planned).band is None


def test_an_edit_takes_the_range_away_and_a_late_one_is_dropped(planned, case, runner):
    session = predicted(planned, case)
    planned.actions_by_id["range"].trigger()
    made = a_range(session, case)
    planned.actions_by_id["slide_in"].trigger()
    for job in runner.requests(PredictRange):
        if not job.cancelled:
            job.on_done(made)
    assert not session.range_is_current
    assert session.uncertainty is None
    planned.actions_by_id["undo"].trigger()
    assert session.show_range(made)


@pytest.mark.parametrize("is_made", [False, True])
def test_the_report_carries_the_range_of_its_plan(planned, case, runner, is_made):
    session = predicted(planned, case)
    made = a_range(session, case) if is_made else None
    if made is not None:
        assert session.show_range(made)
    planned.actions_by_id["report"].trigger()
    (job,) = runner.requests(ExportPlan)
    assert job.request.uncertainty == made
