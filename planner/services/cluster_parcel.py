"""What of a plan travels to a cluster? Numbers and shapes near the ice, under names that mean nothing (H-43).

A plan is not cleaned but written anew: what is not named here stays. Names and ids become tokens, dates and people are
left out, and of CT and masks only that part goes along which the computation can reach. What comes back is put under
the old names again, so the answer is the same text that this machine would have made.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.protocol import Protocol
from planner.domain.rule import Quantity
from planner.domain.structure import EDITED
from planner.domain.volume import VolumeRef
from planner.persistence.blob_parts import BlobPart, part_of
from planner.persistence.resources import atlas, rule_set
from planner.planning.live import map_reach_mm
from planner.services.shared import SharedVolume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.geometry import Grid
    from planner.domain.probe import ProbePlacement
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.persistence.blob_parts import Window
    from planner.persistence.blobs import BlobStore

LEFT_OUT = "left out"
_ROOM_VOXELS = 4.0
"""More than any map, cell or opening reaches beyond what it is asked for."""
_DISTANCES = (Quantity.EDGE_DISTANCE_MM, Quantity.PATH_DISTANCE_MM)
_TOKEN = re.compile("⟦[a-z]{2}[0-9]+⟧")


@dataclass(slots=True)
class Tokens:
    """What stands for the names and ids of one plan, and what they were."""

    _of: dict[tuple[str, str], str] = field(default_factory=dict)
    _was: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str, text: str) -> str:
        """Return what stands for a text; the same for the same text of a kind, two letters."""
        token = self._of.setdefault((kind, text), f"⟦{kind}{len(self._of)}⟧")
        self._was[token] = text
        return token

    def restored(self, reply: str) -> str:
        """Return a JSON text with the old names and ids in their places again."""

        def old(match: re.Match[str]) -> str:
            text = self._was.get(match[0])
            return match[0] if text is None else json.dumps(text, ensure_ascii=False)[1:-1]

        return _TOKEN.sub(old, reply)


@dataclass(frozen=True, slots=True)
class NobodysPlan:
    """A plan that travels, the CT that it is pinned to there, and the parts of arrays that both ask for."""

    plan: Plan
    volume: SharedVolume
    parts: tuple[BlobPart, ...]


def nobodys_plan(plan: Plan, volume: SharedVolume, box: Grid, *, blobs: BlobStore, tokens: Tokens) -> NobodysPlan:
    """Write a plan anew for a computation of ice in a box.

    Parameters
    ----------
    box
        Everything that is read of CT and masks lies in it, or as near as a rule of the plan reaches.
    """
    window = window_round(plan, box)
    hu = part_of(blobs.get(volume.hu), window)
    padding = None if volume.padding is None else part_of(blobs.get(volume.padding), window)
    ref = VolumeRef(hu.ref.sha256, volume.ref.grid, volume.ref.patient_position, "", "", "")
    masks = [part_of(blobs.get(structure.mask), window) for structure in plan.structures]
    there = Plan(
        id=PlanId("plan"),
        name="Plan",
        volume=ref,
        structures=tuple(
            _structure(structure, mask, tokens) for structure, mask in zip(plan.structures, masks, strict=True)
        ),
        targets=tuple(_target(target, tokens) for target in plan.targets),
        probes=tuple(probe_there(probe, tokens) for probe in plan.probes),
        protocol=protocol_there(plan.protocol, tokens),
        rule_set_id=plan.rule_set_id,
        planned_position=plan.planned_position,
        locked_probes=tuple(ProbeId(tokens.of("pi", probe_id)) for probe_id in plan.locked_probes),
    )
    shared = SharedVolume(ref, hu.ref, None if padding is None else padding.ref)
    return NobodysPlan(there, shared, _each_once((hu, *([] if padding is None else [padding]), *masks)))


def probe_there(probe: ProbePlacement, tokens: Tokens) -> ProbePlacement:
    """Return a probe under names that mean nothing."""
    return replace(probe, id=ProbeId(tokens.of("pi", probe.id)), label=tokens.of("pl", probe.label))


def window_round(plan: Plan, box: Grid) -> Window:
    """Return the part of the CT that a computation in a box can reach: as far as a map of any rule, and some voxels."""
    grid = plan.volume.grid
    spacing_mm = np.array(grid.spacing_ijk_mm)
    rules = (rule for rule in rule_set(plan.rule_set_id).rules if rule.quantity in _DISTANCES)
    reach_mm = max((map_reach_mm(rule) for rule in rules), default=0.0)
    own_mm = max((structure.margin_mm or 0.0 for structure in plan.structures), default=0.0)
    room = (reach_mm + own_mm + 2 * max(box.spacing_ijk_mm)) / spacing_mm
    room += _ROOM_VOXELS * spacing_mm.max() / spacing_mm
    ijk = grid.to_index(box.corners_lps_mm())
    size = np.array(grid.shape_kji[::-1])
    low = np.clip(np.floor(ijk.min(axis=0) - room).astype(int), 0, size)
    high = np.clip(np.ceil(ijk.max(axis=0) + room).astype(int) + 1, low, size)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True))
    return k, j, i


def _structure(structure: Structure, mask: BlobPart, tokens: Tokens) -> Structure:
    return replace(
        structure,
        id=StructureId(tokens.of("si", structure.id)),
        name=tokens.of("sn", structure.name),
        mask=mask.ref,
        method=_method(structure),
        confirmed_by=LEFT_OUT if structure.is_confirmed else "",
        confirmed_at="",
        margin_reason=LEFT_OUT if structure.margin_reason else "",
        colour="",
    )


def _method(structure: Structure) -> str:
    """Keep whether it was drawn in: what is drawn is told by its mask, what was found by threshold by the CT."""
    if structure.is_edited:
        return f"{EDITED}{LEFT_OUT}"
    return LEFT_OUT if structure.method else ""


def _target(target: Target, tokens: Tokens) -> Target:
    return replace(
        target,
        id=TargetId(tokens.of("ti", target.id)),
        name=tokens.of("tn", target.name),
        atlas_id=target.atlas_id if any(entry.id == target.atlas_id for entry in atlas()) else "",
        level="",
        diameter_source=LEFT_OUT if target.diameter_source else "",
        block=None,
        end_organ_mm=None,
        end_organ_source="",
    )


def protocol_there(protocol: Protocol, tokens: Tokens) -> Protocol:
    """Return a schedule without the names that somebody gave it."""
    return Protocol(
        name="Protocol",
        phases=protocol.phases,
        exceptions=tuple(replace(one, probe_id=ProbeId(tokens.of("pi", one.probe_id))) for one in protocol.exceptions),
        skin_warming=protocol.skin_warming,
    )


def _each_once(parts: Iterable[BlobPart]) -> tuple[BlobPart, ...]:
    return tuple({part.ref.sha256: part for part in parts}.values())
