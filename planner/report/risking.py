"""What is to be told before freezing? One sheet per target: risks, outcomes, recovery, the site's own words.

The program proposes no drug and no dose; what a site writes for its own treatment is printed as the site's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.report.printed import PrintedRisks
from planner.report.targeting import sourced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.assessment import Assessment, RecoveryEstimate
    from planner.domain.atlas import AtlasEntry
    from planner.domain.plan import Plan


def printed_risks(
    plan: Plan, assessment: Assessment, *, atlas: Sequence[AtlasEntry], site_texts: Mapping[str, str]
) -> tuple[PrintedRisks, ...]:
    """Word one sheet per target.

    Parameters
    ----------
    site_texts
        The site's own text by atlas id, printed as it stands.
    """
    entries = {entry.id: entry for entry in atlas}
    estimates = {estimate.target_id: estimate for estimate in assessment.recoveries}
    sheets = []
    for target in plan.targets:
        entry = entries.get(target.atlas_id)
        sheets.append(
            PrintedRisks(
                target=target.words,
                risks=() if entry is None else tuple(sourced(text) for text in entry.risks),
                outcomes=() if entry is None else tuple(sourced(text) for text in entry.outcomes),
                recovery=_recovery(estimates.get(target.id)),
                site_text=site_texts.get(target.atlas_id, ""),
            )
        )
    return tuple(sheets)


def _recovery(estimate: RecoveryEstimate | None) -> str:
    return "" if estimate is None else f"{estimate.words}. {estimate.sentence}"
