"""What did a look at the patient leave out? Scores that the baseline has, the signs that can occur, and recovery.

What was not asked is told, never taken for "no". A sign that occurs after some targets only is missed at those alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.persistence.follow_up_table import follow_up_rules

if TYPE_CHECKING:
    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.intake import Scores

PAIN, FUNCTION, OPIOIDS, RECOVERY = "pain", "function", "opioids", "recovery"


def not_asked(case: Case, follow_up: FollowUp) -> tuple[str, ...]:
    """Return in words what a follow-up has no answer to: ``("pain", "neuritis", "recovery")``; empty when complete.

    Function and opioids are missed only where they were scored before treatment: without that there is no course.
    """
    gaps = [*_scores_left_out(case.intake.baseline, follow_up.scores)]
    atlas_ids = _atlas_ids(case)
    gaps += [
        note.sign.value
        for note in follow_up_rules().signs
        if note.is_asked_of(atlas_ids) and follow_up.sign(note.sign) is None
    ]
    if follow_up.recovered is None:
        gaps.append(RECOVERY)
    return tuple(gaps)


def _scores_left_out(before: Scores | None, now: Scores | None) -> tuple[str, ...]:
    gaps = []
    if now is None or (now.average_nrs is None and now.worst_nrs is None):
        gaps.append(PAIN)
    if before is not None and before.function_score is not None and (now is None or now.function_score is None):
        gaps.append(FUNCTION)
    if _has_opioids(before) and not _has_opioids(now):
        gaps.append(OPIOIDS)
    return tuple(gaps)


def _has_opioids(scores: Scores | None) -> bool:
    return scores is not None and (bool(scores.opioid) or scores.opioid_mg_per_day is not None)


def _atlas_ids(case: Case) -> frozenset[str]:
    """Return the targets of the case's plans, and those that were treated."""
    planned = (one.planned for one in case.procedures if one.planned is not None)
    return case.atlas_ids | {target.atlas_id for plan in planned for target in plan.targets}
