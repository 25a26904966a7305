"""What becomes of a freeze schedule when its phases are edited? Put, moved, doubled, repeated, for all probes or one.

A schedule is a tuple of phases on a clock that starts at 0 for every probe. Every function returns a new one and
refuses in words what cannot be; a phase judges its own duration and duty (:class:`planner.domain.protocol.Phase`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.identity import ProbeId
    from planner.domain.probe import ProbePlacement

    Phases = tuple[Phase, ...]
    Whose = tuple[ProbeId | None, ...]
    """Whose schedules: those of some probes, and None for the one that all other probes follow."""

MOST_PHASES = 24
_PHASE_WORDS = {
    PhaseKind.FREEZE: "Freeze",
    PhaseKind.PASSIVE_THAW: "Passive thaw",
    PhaseKind.ACTIVE_THAW: "Active thaw",
}
COMMON: Whose = (None,)


def phase_words(phase: Phase) -> str:
    """Return a phase's kind as consoles say it: a freeze at a duty is a hold."""
    if phase.duty == 1:
        return _PHASE_WORDS[phase.kind]
    kind = "Hold" if phase.kind is PhaseKind.FREEZE else _PHASE_WORDS[phase.kind]
    return f"{kind} {100 * phase.duty:g} %"


def phase_names(phases: Phases) -> tuple[str, ...]:
    """Return a name for each phase, numbered where the same words occur more than once."""
    words = [phase_words(phase) for phase in phases]
    return tuple(
        f"{word} {words[: at + 1].count(word)}" if words.count(word) > 1 and "%" not in word else word
        for at, word in enumerate(words)
    )


def with_phase(phases: Phases, at: int, phase: Phase) -> Phases:
    """Replace the phase number ``at``, or add one after the last."""
    _require_place(phases, at, count=len(phases) + 1)
    return _limited((*phases[:at], phase, *phases[at + 1 :]))


def without_phase(phases: Phases, at: int) -> Phases:
    """Take one phase out."""
    _require_place(phases, at, count=len(phases))
    return (*phases[:at], *phases[at + 1 :])


def with_double(phases: Phases, at: int) -> Phases:
    """Put a copy of one phase behind it."""
    _require_place(phases, at, count=len(phases))
    return _limited((*phases[: at + 1], phases[at], *phases[at + 1 :]))


def with_moved(phases: Phases, at: int, to: int) -> Phases:
    """Move one phase to another place; a place beyond an end is that end."""
    _require_place(phases, at, count=len(phases))
    others = list(without_phase(phases, at))
    others.insert(min(max(to, 0), len(others)), phases[at])
    return tuple(others)


def repeated(phases: Phases, times: int) -> Phases:
    """Return the phases ``times`` times over: a cycle of freeze and thaw done so often."""
    if not phases:
        raise PlanInvalid("There is no phase to repeat. Add one first.", code="repeat-empty")
    if times < 1:
        raise PlanInvalid(f"A cycle is done once or more often, not {times} times.", code="repeat-times")
    return _limited(phases * times)


def delay_s(phases: Phases) -> float:
    """Return how long a probe waits before its gas first flows: its leading passive thaw, s."""
    return phases[0].duration_s if phases and phases[0].kind is PhaseKind.PASSIVE_THAW else 0.0


def delayed(phases: Phases, wait_s: float) -> Phases:
    """Return the phases with another wait before them; 0 for none."""
    rest = phases[1:] if delay_s(phases) else phases
    return _limited((Phase(PhaseKind.PASSIVE_THAW, wait_s), *rest)) if wait_s else rest


def schedule_of(protocol: Protocol, probe_id: ProbeId | None) -> Phases:
    """Return the schedule of one probe, or with None the common one."""
    return protocol.phases if probe_id is None else protocol.phases_of(probe_id)


def has_own(protocol: Protocol, probe_id: ProbeId) -> bool:
    """Whether a probe does not follow the others."""
    return any(schedule.probe_id == probe_id for schedule in protocol.exceptions)


def with_schedules(protocol: Protocol, whose: Whose, phases: Phases) -> Protocol:
    """Give some probes these phases as their own, and with None among them all others as the common ones."""
    ids = tuple(probe_id for probe_id in whose if probe_id is not None)
    kept = [replace(s, phases=phases) if s.probe_id in ids else s for s in protocol.exceptions]
    new = [ProbeSchedule(probe_id, phases) for probe_id in ids if not has_own(protocol, probe_id)]
    common = phases if None in whose else protocol.phases
    return replace(protocol, phases=common, exceptions=(*kept, *new))


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule that differs from the others, and who follows it.

    Parameters
    ----------
    label
        ``"P1, P3"``; empty when every probe follows it, or when there is none yet.
    whose
        The schedules to change when this one is: the common one (None) and those of its own of single probes.
    """

    label: str
    whose: Whose
    phases: Phases


def schedule_rows(protocol: Protocol, probes: Sequence[ProbePlacement]) -> tuple[ScheduleRow, ...]:
    """Return every schedule that some probe follows, each once, the common one first; without probes that one alone.

    A schedule of its own that is equal to the common one belongs to its row: both are drawn and dragged as one.
    """
    found: dict[Phases, tuple[list[str], list[ProbeId | None]]] = {}
    followers = [probe for probe in probes if not has_own(protocol, probe.id)]
    if followers or not probes:
        found[protocol.phases] = ([probe.label for probe in followers], [None])
    for probe in probes:
        if has_own(protocol, probe.id):
            labels, whose = found.setdefault(protocol.phases_of(probe.id), ([], []))
            labels.append(probe.label)
            whose.append(probe.id)
    rows = [ScheduleRow(", ".join(labels), tuple(whose), phases) for phases, (labels, whose) in found.items()]
    return (replace(rows[0], label=""),) if len(rows) == 1 else tuple(rows)


def _limited(phases: Phases) -> Phases:
    if len(phases) > MOST_PHASES:
        raise PlanInvalid(
            f"A schedule holds at most {MOST_PHASES} phases, not {len(phases)}. Remove some, or repeat less often.",
            code="phases-many",
        )
    return phases


def _require_place(phases: Phases, at: int, *, count: int) -> None:
    if not 0 <= at < count:
        raise PlanInvalid(f"There is no phase {at + 1}; the schedule has {len(phases)}.", code="phase-place")
