"""Which limits does a suggested placement never break? The assessment's own rows, read as hard limits (H-31).

* Shafts: a path rule must pass, not only not fail: no crossing, and the whole distance of the rule. Entry on the skin,
  length, hub, table, bore and other shafts must not be against it.
* Ice: no rule of a structure may fail, neither as predicted nor by the pessimistic edge, that of the largest ice. Where
  a margin has no limit to fail at, ice must not reach into the structure all the same.
* Target: it is nowhere colder than the limit of the rules (−140 °C), with the largest ice either, and its treated part
  does not fail. Below the caution (−100 °C) it is a CHECK of the assessment: told, and what stays above comes first.

What was not assessed holds nothing: where the ice is cut or a shaft leaves the scan it counts as broken (H-54),
elsewhere it is told beside the candidate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.rule import Quantity, Verdict
from planner.domain.suggestion import HardRow
from planner.domain.uncertainty import IceCase
from planner.planning.rules import number
from planner.planning.verdicts import ICE_IS_CUT, TREATMENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from planner.domain.assessment import Check
    from planner.domain.plan import Plan
    from planner.domain.robustness import LimitKey, LimitValue
    from planner.domain.target import Target

_COLDEST = "coldest"
_TREATED = ("treated length at", "treated share at", "worst diameter at")
_ASKED_FOR = ("hub below the horizontal", "entry off the skin")
"""Rows of a probe that never fail but ask for attention: a suggestion does not ask for any."""


def ice_rows(
    keys: Sequence[LimitKey], values: Sequence[LimitValue], *, target: Target, case: IceCase
) -> tuple[HardRow, ...]:
    """Return the hard limits that the ice of one case decides; those of the smallest ice are none."""
    if case is IceCase.SMALLEST:
        return ()
    found = []
    for key, value in zip(keys, values, strict=True):
        limit = _limit_of(key, target, case)
        if limit is None:
            continue
        needs, broken_verdicts = limit
        if value.is_bound and key.fail_limit is None and (value.value or 0.0) > 0:
            continue  # ice is so far away that its distance was not measured
        is_reached = key.fail_limit is None and _is_margin(key) and value.value is not None and value.value < 0
        is_broken = value.verdict in broken_verdicts or value.reason.startswith(ICE_IS_CUT) or is_reached
        found.append(
            HardRow(
                key.subject_id,
                key.subject_name,
                key.words,
                value.value,
                key.unit,
                needs,
                value.verdict,
                case.value,
                is_broken,
                value.reason if is_broken or value.verdict is Verdict.NOT_ASSESSED else "",
            )
        )
    return tuple(found)


def _limit_of(key: LimitKey, target: Target, case: IceCase) -> tuple[str, tuple[Verdict, ...]] | None:
    """Return what a limit needs, in words, and which verdicts break it; None where it is no hard one."""
    if _is_margin(key) and key.fail_limit is None:
        return "≥ 0 mm, no ice in it", (Verdict.FAIL,)
    if not key.subject_kind.startswith("target "):
        return (_needs(key.fail_limit, key), (Verdict.FAIL,)) if key.fail_limit is not None else None
    if key.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        return _needs(key.fail_limit, key), (Verdict.FAIL,)
    if key.subject_id == target.id and key.quantity in TREATMENT and case is IceCase.NOMINAL:
        return _needs(key.fail_limit, key), (Verdict.FAIL,)
    return None


def _is_margin(key: LimitKey) -> bool:
    return key.quantity is Quantity.EDGE_DISTANCE_MM


def _needs(limit: float | None, key: LimitKey) -> str:
    return "" if limit is None else f"{'≥' if key.more_is_better else '≤'} {number(limit)} {key.unit}"


def assessed_rows(plan: Plan, checks: Sequence[Check], *, target: Target) -> tuple[HardRow, ...]:
    """Return the hard limits among the rows of a whole assessment: shafts, the probes as placed, the nominal ice."""
    found: list[HardRow] = []
    new = {probe.id for probe in plan.probes if not plan.is_locked(probe.id)}
    starts = tuple(f"{probe.label} path" for probe in plan.probes)
    for check in checks:
        if check.subject_kind == "probe":
            found += _probe_row(check, new)
        elif check.subject_kind.startswith("target "):
            found += _target_row(check, target)
        elif check.quantity.startswith(starts):
            found.append(_path_row(check))
        elif check.fail_limit is not None or check.verdict is Verdict.FAIL:
            found.append(_row(check, check.verdict is Verdict.FAIL or check.reason.startswith(ICE_IS_CUT)))
    return tuple(found)


def _path_row(check: Check) -> HardRow:
    value, limit = check.value, check.pass_limit
    if value is None or limit is None:
        return _row(check, check.verdict is Verdict.FAIL)
    is_over = value > limit if check.quantity.endswith("inside") else value < limit
    leaves = check.verdict is Verdict.NOT_ASSESSED  # of a path with a value: it leaves the scan
    return _row(check, is_over or leaves or check.verdict is Verdict.FAIL)


def _probe_row(check: Check, new: Collection[str]) -> Iterator[HardRow]:
    if check.subject_id not in new:
        return
    asks = check.quantity in _ASKED_FOR and (check.value or 0.0) > (check.pass_limit or 0.0)
    yield _row(check, check.verdict is Verdict.FAIL or asks)


def _target_row(check: Check, target: Target) -> Iterator[HardRow]:
    is_cold = check.quantity == _COLDEST and check.fail_limit is not None
    if is_cold or (check.subject_id == target.id and check.quantity.startswith(_TREATED)):
        yield _row(check, check.verdict is Verdict.FAIL or check.reason.startswith(ICE_IS_CUT))


def _row(check: Check, is_broken: bool) -> HardRow:  # noqa: FBT001 - private, one meaning
    return HardRow(
        check.subject_id,
        check.subject_name,
        check.quantity,
        check.value,
        check.unit,
        check.limit,
        check.verdict,
        IceCase.NOMINAL.value if "path" not in check.quantity and check.subject_kind != "probe" else "",
        is_broken,
        check.reason if is_broken or check.verdict is Verdict.NOT_ASSESSED else "",
    )


def broken(rows: Sequence[HardRow]) -> tuple[HardRow, ...]:
    """Return the hard limits that are broken."""
    return tuple(row for row in rows if row.is_broken)


def is_cautious(rows: Sequence[HardRow], target: Target) -> bool:
    """Whether the target stays above the caution: no row of its coldest point asks for attention."""
    own = [row for row in rows if row.subject_id == target.id and row.quantity == _COLDEST]
    return all(row.verdict is Verdict.PASS for row in own if row.case == IceCase.NOMINAL.value)


def merged(rows: Sequence[HardRow]) -> tuple[HardRow, ...]:
    """Return each limit once, where the assessment and the search both say it: a broken one, else the first said."""
    found: dict[tuple[str, str, str], HardRow] = {}
    for row in rows:
        key = (row.subject_id, row.quantity, row.case)
        if key not in found or (row.is_broken and not found[key].is_broken):
            found[key] = row
    return tuple(found.values())


def untold_words(rows: Sequence[HardRow]) -> tuple[str, ...]:
    """Say which hard limits nobody could tell, each once, with why."""
    told = [
        f"{row.subject_name}, {row.quantity}: {row.reason}"
        for row in rows
        if row.verdict is Verdict.NOT_ASSESSED and not row.is_broken
    ]
    return tuple(dict.fromkeys(told))


def broken_words(row: HardRow) -> str:
    """Say what one broken limit is, the same words for every placement that breaks it."""
    what = "the largest ice" if row.case == IceCase.LARGEST.value else ""
    parts = [f"{row.subject_name}, {row.quantity}", f"needs {row.needs}" if row.needs else "", what]
    return "; ".join(part for part in parts if part)
