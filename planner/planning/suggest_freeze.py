"""Which freezes does a suggestion try? The plan's own protocol, its freeze shorter and longer, and those for nerves.

Protocols of one uninterrupted freeze are computed together: the ice after 8 minutes is met on the way to 10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.suggestion import freeze_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.plan import Plan

SHARES = (5 / 16, 3 / 8, 1 / 2, 3 / 4, 5 / 4)
"""The plan's own freeze is also tried in these parts of its length, to half a minute (project default)."""
LEAST_S, MOST_S = 60.0, 900.0
SAME_S = 30.0
"""Of freezes nearer to each other than this the first is tried."""


@dataclass(frozen=True, slots=True)
class FreezeFamily:
    """Protocols that one run of the solver tells of.

    Parameters
    ----------
    run
        What is computed.
    stops_s
        When the ice of each of ``protocols`` is read off; empty: at the end of ``run``, of one protocol.
    """

    run: Protocol
    stops_s: tuple[float, ...]
    protocols: tuple[Protocol, ...]


def protocols_to_try(plan: Plan, presets: Sequence[Protocol]) -> tuple[Protocol, ...]:
    """Return the protocols, the plan's own first.

    Parameters
    ----------
    presets
        Offered schedules for nerves in general. Of these, single freezes alone are tried: a schedule of several
        freezes is for the device it was published with, and is tried where the plan has it. Schedules of single probes
        rule all others out.
    """
    kept = {probe.id for probe in plan.probes if plan.is_locked(probe.id)}
    exceptions = tuple(each for each in plan.protocol.exceptions if each.probe_id in kept)
    own = replace(plan.protocol, exceptions=exceptions)
    found = [own] if own.has_freeze else []
    if not exceptions:
        found += [*_shorter_and_longer(own), *(replace(each, skin_warming=own.skin_warming) for each in presets)]
    chosen: list[Protocol] = []
    for protocol in found:
        if protocol is not own and not is_single(protocol):
            continue
        if all(abs(freeze_seconds(protocol) - freeze_seconds(other)) >= SAME_S for other in chosen):
            chosen.append(protocol)
    return tuple(chosen)


def is_single(protocol: Protocol) -> bool:
    """Whether a protocol begins with its only freeze, the same for all probes."""
    kinds = [phase.kind for phase in protocol.phases]
    return (
        bool(kinds) and kinds[0] is PhaseKind.FREEZE and kinds.count(PhaseKind.FREEZE) == 1 and not protocol.exceptions
    )


def families(protocols: Sequence[Protocol]) -> tuple[FreezeFamily, ...]:
    """Put protocols together that one run tells of: single freezes of the same duty."""
    by_duty: dict[float, list[Protocol]] = {}
    found = []
    for protocol in protocols:
        if is_single(protocol):
            by_duty.setdefault(protocol.phases[0].duty, []).append(protocol)
        else:
            found.append(FreezeFamily(protocol, (), (protocol,)))
    singles = []
    for duty, each in by_duty.items():
        ordered = sorted(each, key=freeze_seconds)
        stops = tuple(freeze_seconds(protocol) for protocol in ordered)
        run = Protocol("Freeze", (Phase(PhaseKind.FREEZE, stops[-1], duty),), skin_warming=ordered[0].skin_warming)
        singles.append(FreezeFamily(run, stops, tuple(ordered)))
    return (*singles, *found)


def _shorter_and_longer(own: Protocol) -> list[Protocol]:
    if not is_single(own):
        return []
    first, *rest = own.phases
    found = []
    for share in SHARES:
        duration_s = 30.0 * round(share * first.duration_s / 30.0)
        if LEAST_S <= duration_s <= MOST_S and duration_s != first.duration_s:
            found.append(
                Protocol(
                    f"Own protocol, {duration_s / 60:g} min freeze",
                    (replace(first, duration_s=duration_s), *rest),
                    source=own.source,
                    skin_warming=own.skin_warming,
                    based_on=own.based_on or own.name,
                )
            )
    return found
