"""How is it said what many draws found? One wording for the window; the report sets the same figures in its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.rule import Verdict
from planner.planning.robustness import badness
from planner.report import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.robustness import (
        DrawOutcome,
        LimitKey,
        LimitSummary,
        LimitValue,
        ProbeError,
        Robustness,
        Technique,
    )

NOT_THE_PLAN = "not the plan"


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit that does not hold, or was not told, in every draw, in words."""

    key: LimitKey
    name: str
    share: str
    verdict: Verdict
    detail: str
    more: str
    """The limit with its sources, and the draw it is worst in, for who asks."""


def share_words(told: Robustness) -> str:
    """Return ``"82 % of 500 draws hold"``; a share that rounds onto a limit of the verdict keeps its decimals."""
    held = told.held
    return f"{_percent(held.share_percent)} of {held.of} draws hold"


def technique_words(technique: Technique) -> str:
    """Return ``"Freehand, in plane: lateral error 6.2 ± 2.7 mm"``."""
    spread = "" if technique.sd_mm.value is None else f" ± {technique.sd_mm.value:g}"
    return f"{technique.label}: {technique.magnitude.value} error {technique.mean_mm.value:g}{spread} mm"


def source_words(technique: Technique) -> str:
    """Return where a technique's numbers are from, and what is to be known of them."""
    mean = technique.mean_mm
    parts = [part for part in (mean.source, mean.flag) if part]
    return " ".join(part for part in (f"Source: {', '.join(parts)}." if parts else "", technique.note) if part)


def first_words(told: Robustness) -> str:
    """Say which limit fails first, such as ``"Skin, 0 °C edge fails first."``; that none fails where none does."""
    if told.fails_first is None:
        return "No limit fails in any draw."
    first = told.limits[told.fails_first]
    most = "" if told.fails_most in (None, told.fails_first) else f" {_most_words(told)}"
    away = "" if first.first_fails_mm is None else f", from a tip error of {numbers.mm(first.first_fails_mm)} on"
    return f"{limit_name(told, first.key)} fails first{away}.{most}"


def _most_words(told: Robustness) -> str:
    most = told.limits[told.fails_most or 0]
    return f"{limit_name(told, most.key)} fails most often."


def limit_name(told: Robustness, key: LimitKey) -> str:
    """Return ``"Oesophagus, 0 °C edge"``; a plan's only target is called so, its name being a long one."""
    is_only_target = key.subject_kind.startswith("target ") and len(told.coverages) == 1
    return f"{'Target' if is_only_target else key.subject_name}, {key.words}"


def value_words(key: LimitKey, told: LimitValue | None) -> str:
    """Return a limit's value so that it does not seem to keep what it does not keep."""
    if told is None or told.value is None:
        return numbers.MISSING if told is None else told.verdict.value
    text = numbers.judged(told.value, key.unit, limits=(key.pass_limit, key.fail_limit))
    return f"≥ {text}" if told.is_bound else text


def limit_rows(told: Robustness) -> tuple[LimitRow, ...]:
    """Return the limits that fail, are not told or ask for attention in some draw, the most failing first."""
    shown = [limit for limit in told.limits if limit.failed or limit.not_assessed or limit.checked]
    shown.sort(key=lambda limit: (-limit.failed, -limit.not_assessed, -limit.checked))
    return tuple(_limit_row(told, limit) for limit in shown)


def _limit_row(told: Robustness, limit: LimitSummary) -> LimitRow:
    verdict, share = _worst_of(limit, told.held.of)
    parts = [f"planned {value_words(limit.key, limit.planned)}"]
    if limit.worst is not None:
        parts.append(f"worst {value_words(limit.key, limit.worst)}")
    if limit.first_fails_mm is not None:
        parts.append(f"fails from {numbers.mm(limit.first_fails_mm)}")
    worst = "" if limit.worst_draw is None else f" Worst in draw {limit.worst_draw}."
    more = f"Limit {limit.key.limit}.{worst}"
    return LimitRow(limit.key, limit_name(told, limit.key), share, verdict, " · ".join(parts), more)


def _worst_of(limit: LimitSummary, draws: int) -> tuple[Verdict, str]:
    pairs = (
        (Verdict.FAIL, limit.failed),
        (Verdict.NOT_ASSESSED, limit.not_assessed),
        (Verdict.CHECK, limit.checked),
    )
    verdict, count = next(pair for pair in pairs if pair[1])
    return verdict, f"{_percent(100 * count / draws)} {verdict.value}"


def failing(told: Robustness) -> tuple[DrawOutcome, ...]:
    """Return the draws in which a limit fails, the smallest error first: what goes wrong soonest."""
    found = [outcome for outcome in told.outcomes if outcome.verdict is Verdict.FAIL]
    return tuple(sorted(found, key=lambda outcome: (outcome.draw.largest_error_mm, outcome.draw.number)))


def off_words(outcome: DrawOutcome, labels: Mapping[ProbeId, str]) -> str:
    """Return ``"tip 6.1 mm off"``; of several probes the one that is farthest off, by its label."""
    errors = outcome.draw.errors
    worst = max(errors, key=lambda error: error.tip_mm)
    which = f"tip of {labels.get(worst.probe_id, 'a probe')}" if len(errors) > 1 else "tip"
    return f"{which} {numbers.mm(worst.tip_mm)} off"


def labels_of(plan: Plan) -> dict[ProbeId, str]:
    """Return the probes' labels by id."""
    return {probe.id: probe.label for probe in plan.probes}


def error_words(error: ProbeError) -> str:
    """Return how one probe is off: ``"6.0 mm across, 1.1 mm too deep, 3.2° turned"``."""
    depth = "too deep" if error.depth_mm > 0 else "too shallow"
    return (
        f"{numbers.mm(error.lateral_mm)} across, {numbers.mm(abs(error.depth_mm))} {depth}, "
        f"{numbers.degrees(error.angle_deg)} turned"
    )


def broken_words(told: Robustness, outcome: DrawOutcome, *, most: int = 2) -> str:
    """Say which limits fail in a draw, the worst for its own limit first; more than ``most`` are counted."""
    broken = [
        (limit.key, value)
        for limit, value in zip(told.limits, outcome.values, strict=False)
        if value.verdict is Verdict.FAIL
    ]
    if not broken:
        return outcome.reason
    broken.sort(key=lambda pair: _short_by(*pair))
    parts = [f"{limit_name(told, key)} {value_words(key, value)}" for key, value in broken[:most]]
    more = f" · {len(broken) - most} more" if len(broken) > most else ""
    return "; ".join(parts) + more


def _short_by(key: LimitKey, value: LimitValue) -> float:
    """Return how a value stands to the limit it fails, in units of that limit; less is worse."""
    limit = key.fail_limit if key.fail_limit is not None else key.pass_limit
    if value.value is None or limit is None:
        return 0.0
    return badness(key, value.value - limit) / max(abs(limit), 1.0)


def draw_words(told: Robustness, outcome: DrawOutcome, labels: Mapping[ProbeId, str]) -> str:
    """Say of one draw what it is, how it is off and what fails: the sentence beside a ghost."""
    errors = outcome.draw.errors
    how = f" ({error_words(errors[0])})" if len(errors) == 1 else ""
    fails = broken_words(told, outcome, most=1)
    return f"Draw {outcome.draw.number}, {NOT_THE_PLAN}: {off_words(outcome, labels)}{how}. Fails: {fails}."


def coverage_words(percentiles: tuple[float, ...]) -> str:
    """Return percentiles of a coverage as told: ``"0 · 1 · 25 · 81 · 100 %"``."""
    return f"{' · '.join(numbers.number(value, decimals=0) for value in percentiles)} %" if percentiles else "—"


def _percent(value: float) -> str:
    """Return a share of draws; never 0 or 100 where it is not, nor on a limit that it does not reach."""
    for decimals in range(3):
        text = numbers.number(value, decimals=decimals)
        if all((float(text) >= edge) == (value >= edge) for edge in (80.0, 95.0, 100.0)) and (
            float(text) > 0 or value == 0
        ):
            return f"{text} %"
    return f"{numbers.number(value, decimals=3)} %"
