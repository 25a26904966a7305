"""Is a table or a suggestion of another plan ever shown as current, in whatever order answers come? (H-13)."""

from __future__ import annotations

import random

import pytest

from planner.domain.digest import content_hash
from planner.domain.suggestion import with_candidate
from planner.domain.what_if import WhatIfRow, WhatIfTable
from planner.persistence.resources import rule_set
from planner.services.probe_commands import MoveProbe
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.what_if_tasks import CompareWhatIf
from planner.ui.steps import WorkStep
from tests.ui.suggestion_bench import suggestion

STEPS = 120


def _table(plan):
    return WhatIfTable(plan.judged_hash, content_hash(rule_set()), 2.0, (), (WhatIfRow(None),))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_answer_of_another_plan_is_shown_as_of_this_one(planned, runner, case, app, seed):
    chance, desk, session = random.Random(seed), planned.desk, case.session
    planned.go_to_step(WorkStep.PROBES)
    planned.plan.probes.show_suggestions()
    search, compare = planned.plan.probes.suggestions, planned.plan.freeze.what_if.loop
    loop, waiting, shown = search.loop, [], {"current": 0, "stale": 0}

    def edit():
        probe = session.plan.probes[0]
        tip = (chance.choice((0.0, 1.0, 2.0)), 0.0, chance.choice((0.0, 1.0)))
        desk.apply(MoveProbe(probe.id, probe.label, (0.0, -30.0, 0.0), tip, "tip"))

    def ask():
        before = len(runner.jobs)
        search._is_asking = False
        loop.ask(suggestion(session.plan).wish)
        compare.compare()
        waiting.extend(
            job for job in runner.jobs[before:] if isinstance(job.request, (SuggestPlacements, CompareWhatIf))
        )

    def answer():
        if waiting:
            job = waiting.pop(chance.randrange(len(waiting)))
            make = suggestion if isinstance(job.request, SuggestPlacements) else _table
            job.on_done(make(job.request.plan))

    def adopt():
        if loop.told is not None and loop.told.candidates:
            loop.adopt(chance.choice(loop.told.candidates))

    acts = (edit, ask, answer, answer, adopt, desk.undo, desk.redo)
    for _ in range(STEPS):
        chance.choice(acts)()
        now = session.judged_hash
        if compare.table is not None:
            assert compare.is_stale is (compare.table.plan_hash != now)
        if loop.told is None:
            continue
        candidates = {candidate.plan_hash for candidate in loop.told.candidates}
        assert loop.is_stale is (loop.told.plan_hash != now and now not in candidates)
        assert not (loop.is_stale and desk.view.ghosts), "a ghost of another plan"
        for candidate in loop.told.candidates:
            if not loop.why_not(candidate):
                assert with_candidate(session.plan, candidate).judged_hash == candidate.plan_hash
        shown["stale" if loop.is_stale else "current"] += 1
    app.processEvents()
    assert all(shown.values()), "both were seen"
