"""What becomes of some draws of a plan? The part of the work that any process, here or elsewhere, does by itself.

What goes in and what comes out is JSON text, so any executor carries it, and nothing but text is ever unpacked. What
rests while the probes move is made once a process and kept for the next part of the same work.
"""

from __future__ import annotations

import importlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import canonical_json, content_hash
from planner.domain.errors import PlanInvalid, SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.identity import Sha256
from planner.domain.plan import Plan
from planner.domain.probe import active_zone_lps_mm
from planner.domain.progress import silent
from planner.domain.robustness import CoverageValue, Draw, LimitValue
from planner.domain.uncertainty import IceCase
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.services.shared import SharedVolume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.simulation import SimulationRequest
    from planner.planning.robust_limits import IceLimits
    from planner.thermal.run import Prepared

MOST_KEPT = 2
"""A plan on coarse and on fine cells."""


@dataclass(frozen=True, slots=True)
class DrawsPlan:
    """What is the same for every draw: the plan, and the box and the steps it is computed in.

    ``is_standard``: the assessment's own steps in place of the preview's.
    """

    volume: SharedVolume
    plan: Plan
    box: Grid
    rules_hash: Sha256
    is_standard: bool = False


@dataclass(frozen=True, slots=True)
class DrawsAsked:
    """Some draws."""

    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class IceOfDraw:
    """What the ice of one draw does to the limits it decides; ``reason`` says why nothing could be computed."""

    number: int
    values: tuple[LimitValue, ...] = ()
    coverages: tuple[CoverageValue, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DrawsDone:
    """Some draws judged, in the order asked."""

    ice: tuple[IceOfDraw, ...]


def judge_draws(store: str, plan_text: str, draws_text: str) -> str:
    """Compute and judge some draws; what any executor calls.

    Parameters
    ----------
    store
        Folder of the blob store.
    plan_text, draws_text
        Canonical JSON of :class:`DrawsPlan` and :class:`DrawsAsked`.

    Returns
    -------
    Canonical JSON of :class:`DrawsDone`.
    """
    asked = codec.decode(draws_text.encode(), DrawsAsked, where="draws")
    # Compiled loops that share their threads must not run twice at once in one process.
    with _LOCK:
        bench = _bench(store, plan_text)
        return canonical_json(DrawsDone(tuple(bench.ice_of(draw) for draw in asked.draws))).decode()


def get_ready() -> None:
    """Load what the draws need, in a process that has nothing to do yet."""
    for name in ("planner.planning.robust_limits", "planner.services.prediction", "planner.thermal.run"):
        importlib.import_module(name)


def forget() -> None:
    """Drop the plans laid out here: for a process that serves others, too."""
    with _LOCK:
        _BENCHES.clear()


class _Bench:
    """A plan laid out for many draws."""

    def __init__(self, asked: DrawsPlan, blobs: BlobStore) -> None:
        from planner.persistence.resources import probe_models, rule_set
        from planner.planning.robust_limits import IceLimits

        self._asked, self._blobs, plan = asked, blobs, asked.plan
        rules = rule_set(plan.rule_set_id)
        if content_hash(rules) != asked.rules_hash:
            raise PlanInvalid("The rules here are other ones than where the draws were made.", code="rules-other")
        self._models: dict[str, ProbeModel] = {model.id: model for model in probe_models()}
        # Reading a mask takes longer than judging by it: only those that decide something are read.
        wanted = {key.subject_id for key in IceLimits.of(plan, rules, {}, round_ice=asked.box).keys}
        masks = {each.id: blobs.get(each.mask) for each in plan.structures if each.id in wanted}
        self._limits: IceLimits = IceLimits.of(plan, rules, masks, round_ice=asked.box)
        self._bodies: dict[IceCase, tuple[SimulationRequest, Prepared]] = {}

    def ice_of(self, draw: Draw) -> IceOfDraw:
        """Compute one draw and read the limits off; what cannot be computed says so and is not assessed."""
        from planner.planning.placement_errors import displaced
        from planner.planning.robust_limits import DrawnField
        from planner.thermal.checks import reaches_edge
        from planner.thermal.run import coldest_c

        try:
            probes = displaced(self._asked.plan.probes, draw)
            require_within_scan(probes, self._models, self._asked.plan.volume.grid)
            asked, body = self._body(draw.case)
            moved = replace(asked, probes=probes)
            field_c = coldest_c(moved, body, quality="standard" if self._asked.is_standard else "preview")
        except (PlanInvalid, SimulationRefused) as refusal:
            return IceOfDraw(draw.number, reason=str(refusal))
        is_cut = reaches_edge(body.baseline_c, field_c, field_c)
        values, coverages = self._limits.values(DrawnField(field_c, self._asked.box, is_cut))
        return IceOfDraw(draw.number, values, coverages)

    def _body(self, case: IceCase) -> tuple[SimulationRequest, Prepared]:
        """Return the request and the body at rest of a case, made when it is drawn first."""
        from planner.persistence.uncertainty import uncertainty_ranges
        from planner.services.prediction import body_at_rest
        from planner.thermal.uncertainty import variants

        if case not in self._bodies:
            asked = self._nominal
            if case is not IceCase.NOMINAL:
                asked = variants(asked, uncertainty_ranges())[case]
            body = body_at_rest(asked, self._asked.volume, blobs=self._blobs, progress=silent)
            self._bodies[case] = (asked, body)
        return self._bodies[case]

    @cached_property
    def _nominal(self) -> SimulationRequest:
        from planner.persistence.resources import body_conditions, probe_models, tissues
        from planner.planning.request import boxed_request

        return boxed_request(
            self._asked.plan,
            self._asked.box,
            models=probe_models(),
            tissues=tissues(),
            conditions=body_conditions(),
        )


def require_within_scan(probes: tuple[ProbePlacement, ...], models: dict[str, ProbeModel], grid: Grid) -> None:
    """Raise PlanInvalid when an active zone lies outside the scan, as a prediction of that plan would."""
    for probe in probes:
        if probe.model_id not in models:
            raise PlanInvalid(f"{probe.label} uses the unknown probe “{probe.model_id}”.", code="probe-unknown")
        zone: NDArray[np.float64] = np.asarray(active_zone_lps_mm(probe, models[probe.model_id]))
        if not grid.contains(zone).all():
            raise PlanInvalid(f"The active zone of {probe.label} lies outside the scan.", code="request-outside")


_LOCK = threading.Lock()
_BENCHES: OrderedDict[tuple[str, str], _Bench] = OrderedDict()


def _bench(store: str, plan_text: str) -> _Bench:
    """Return the bench of a plan; called under the lock."""
    key = (store, plan_text)
    if key not in _BENCHES:
        asked = codec.decode(plan_text.encode(), DrawsPlan, where="plan")
        _BENCHES[key] = _Bench(asked, BlobStore(Path(store)))
        while len(_BENCHES) > MOST_KEPT:
            _BENCHES.popitem(last=False)
    _BENCHES.move_to_end(key)
    return _BENCHES[key]
