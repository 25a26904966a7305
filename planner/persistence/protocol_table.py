"""Which freeze schedules does the literature give? Presets with their source, and those whose minutes are not known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.protocol import Phase, PhaseKind, Protocol

if TYPE_CHECKING:
    from planner.persistence.record import Record

_DURATION_S = (1.0, 3600.0)
_DUTY = (0.05, 1.0)


class PresetGroup(StrEnum):
    """What a schedule was made for; those for tumours are there for contrast and are never the first choice."""

    NERVE = "nerve"
    TUMOUR = "tumour"


@dataclass(frozen=True, slots=True)
class Preset:
    """One schedule of the literature.

    Parameters
    ----------
    protocol
        None when it cannot be chosen; ``not_offered`` says why.
    is_general
        Whether its source quotes it for nerves in general, not for one of them or for one device.
    """

    name: str
    group: PresetGroup
    status: Status
    source: str
    note: str
    protocol: Protocol | None
    not_offered: str = ""
    is_general: bool = False


def presets_of(table: Record) -> tuple[Preset, ...]:
    """Read ``protocols.json``, in its order."""
    found = tuple(_preset(entry) for entry in table.records("protocols"))
    table.finish()
    return found


def _preset(entry: Record) -> Preset:
    phases = tuple(_phase(item) for item in entry.records("phases"))
    status, source = entry.sourced_status()
    note = entry.text("note", default="")
    not_offered = entry.text("not_offered", default="")
    name, group = entry.text("name"), entry.choice("group", PresetGroup)
    is_general = entry.flag("is_general")
    entry.finish()
    if bool(phases) == bool(not_offered):
        raise entry.fail("phases", "must be given, or not_offered must say why not.", "resource-protocol")
    cited = f"{source}, unverified" if status is Status.RECALLED else source
    protocol = None if not_offered else Protocol(name, phases, source=cited)
    return Preset(name, group, status, source, note, protocol, not_offered, is_general)


def _phase(item: Record) -> Phase:
    seconds = item.number("duration_s", _DURATION_S)
    duty = item.number("duty", _DUTY, optional=True)
    phase = Phase(item.choice("kind", PhaseKind), seconds or 0.0, 1.0 if duty is None else duty)
    item.finish()
    return phase
