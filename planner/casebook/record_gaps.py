"""What does a procedure record not say yet? Named one by one, and none of it forced."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure


def not_recorded(procedure: Procedure) -> tuple[str, ...]:
    """Return what is missing, in the order in which a record is filled."""
    gaps = [*_probe_gaps(procedure)]
    if not procedure.phases:
        gaps.append("Freeze and thaw times")
    if not procedure.scans:
        gaps.append("Scans and dose")
    else:
        gaps.extend(
            f"{'Number' if dose.scans is None else 'Dose-length product'} of {dose.purpose.value} scans"
            for dose in procedure.scans
            if dose.scans is None or (dose.dlp_mgy_cm is None and dose.scans)
        )
    if not procedure.sedation.strip():
        gaps.append("Sedation")
    if not procedure.complications and not procedure.no_complication_by:
        gaps.append("Complications, or that there were none")
    if procedure.ice is None:
        gaps.append("Ice as measured")
    if procedure.is_technical_success is None:
        gaps.append("Technical success")
    return tuple(gaps)


def _probe_gaps(procedure: Procedure) -> list[str]:
    planned = () if procedure.planned is None else procedure.planned.probes
    used = {one.planned_label: one for one in procedure.probes if one.planned_label}
    gaps = [f"Probe {one.label}: whether and where it was used" for one in planned if one.label not in used]
    gaps.extend(f"Tip of {one.label}" for one in procedure.probes if one.tip_lps_mm is None)
    return gaps if planned or procedure.probes else ["Probes used"]
