"""What are the numbers of one placement? Coverage, margin, path, angle, freeze, read off the ice of three cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.geometry import operator_pose
from planner.domain.rule import Quantity, Verdict
from planner.domain.suggestion import SuggestFigures, WorstMargin, freeze_seconds
from planner.domain.target import TargetBody
from planner.domain.uncertainty import IceCase
from planner.planning.nerve import treatment_segment_mm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.assessment import Check
    from planner.domain.geometry import PatientPosition
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.domain.robustness import CoverageValue, LimitKey, LimitValue, Share
    from planner.domain.target import Target

Values = tuple["tuple[LimitValue, ...]", "tuple[CoverageValue, ...]"]


@dataclass(frozen=True, slots=True)
class Read:
    """What the ice of each computed case did to one placement.

    Parameters
    ----------
    values
        Per case, in the order of the keys; of the targets alone, which are the first, where no more was asked.
    coverages
        Per case, one per target.
    checks
        Of the whole assessment as predicted; empty where none was made.
    """

    values: Mapping[IceCase, tuple[LimitValue, ...]]
    coverages: Mapping[IceCase, tuple[CoverageValue, ...]]
    checks: tuple[Check, ...] = ()
    robust: Share | None = None


def figures(
    read: Read,
    keys: Sequence[LimitKey],
    *,
    target: Target,
    placed: tuple[tuple[ProbePlacement, ...], Protocol],
    position: PatientPosition,
) -> SuggestFigures:
    """Return the figures of one placement; ``placed`` are its suggested probes and its protocol."""
    probes, protocol = placed
    nominal = _coverage(read, target, IceCase.NOMINAL)
    lowest = _coverage(read, target, IceCase.SMALLEST)
    tally = Counter(check.verdict for check in read.checks)
    pass_, check, fail, untold = (tally[verdict] for verdict in Verdict)
    return SuggestFigures(
        covered_percent=None if nominal is None else nominal.covered_percent,
        covered_low_percent=None if lowest is None else lowest.covered_percent,
        treated_mm=None if nominal is None else nominal.treated_mm,
        segment_mm=_segment_mm(target),
        margin=worst_margin(keys, read.values),
        coldest_c=_coldest(keys, read, target, IceCase.NOMINAL),
        coldest_low_c=_coldest(keys, read, target, IceCase.LARGEST),
        longest_mm=max((probe.depth_mm for probe in probes), default=0.0),
        tilt_deg=max((tilt_deg(probe, position) for probe in probes), default=0.0),
        probes=len(probes),
        freeze_s=freeze_seconds(protocol),
        robust=read.robust,
        verdicts=(pass_, check, fail, untold),
    )


def tilt_deg(probe: ProbePlacement, position: PatientPosition) -> float:
    """Return the angle of a shaft out of the axial plane."""
    return operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, position).tilt_deg


def worst_margin(keys: Sequence[LimitKey], values: Mapping[IceCase, tuple[LimitValue, ...]]) -> WorstMargin | None:
    """Return the margin with the least to spare by the largest ice that is known; None where no structure has one."""
    whole = {case: told for case, told in values.items() if len(told) == len(keys)}
    if not whole:
        return None
    pessimistic = whole.get(IceCase.LARGEST) or next(iter(whole.values()))
    nominal = whole.get(IceCase.NOMINAL) or pessimistic
    found = [
        WorstMargin(
            key.subject_id,
            key.subject_name,
            worst.value,
            own.value if own.value is not None else worst.value,
            key.pass_limit or 0.0,
            worst.is_bound,
        )
        for key, own, worst in zip(keys, nominal, pessimistic, strict=True)
        if key.quantity is Quantity.EDGE_DISTANCE_MM and worst.value is not None
    ]
    return min(found, key=lambda margin: (margin.spare_mm, margin.is_bound), default=None)


def _coverage(read: Read, target: Target, case: IceCase) -> CoverageValue | None:
    return next((each for each in read.coverages.get(case, ()) if each.target_id == target.id), None)


def _coldest(keys: Sequence[LimitKey], read: Read, target: Target, case: IceCase) -> float | None:
    if case not in read.values:
        return None
    for key, value in zip(keys, read.values[case], strict=False):
        if key.subject_id == target.id and key.quantity is Quantity.MINIMUM_TEMPERATURE_C:
            return value.value
    return None


def _segment_mm(target: Target) -> float | None:
    if isinstance(target.course, TargetBody):
        return None
    start, end = treatment_segment_mm(target.course)
    return end - start
