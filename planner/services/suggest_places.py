"""What becomes of some placements of probes? The part of a suggestion that any process, here or elsewhere, does.

What goes in and what comes out is JSON text, so any executor carries it, and nothing but text is ever unpacked. What
rests while the probes move is made once a process and kept for the next part of the same work.
"""

from __future__ import annotations

import base64
import importlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.assessment import Check
from planner.domain.digest import canonical_json, content_hash
from planner.domain.errors import PlanInvalid, SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.identity import Sha256
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement, active_zone_lps_mm
from planner.domain.progress import silent
from planner.domain.protocol import Protocol
from planner.domain.robustness import CoverageValue, LimitValue
from planner.domain.simulation import RESULT_SPACING_MM
from planner.domain.suggestion import with_placement
from planner.domain.uncertainty import IceCase
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.services.robustness_draws import require_within_scan
from planner.services.shared import SharedVolume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import SimulationRequest, SimulationResult
    from planner.planning.robust_limits import IceLimits
    from planner.thermal.run import Prepared
    from planner.thermal.settings import Quality

MOST_KEPT = 2
"""A plan on coarse and on fine cells."""


@dataclass(frozen=True, slots=True)
class PlacesPlan:
    """What is the same for every placement: the plan, of whose probes only locked ones stay, and the box."""

    volume: SharedVolume
    plan: Plan
    box: Grid
    rules_hash: Sha256


@dataclass(frozen=True, slots=True)
class Place:
    """One placement to compute.

    Parameters
    ----------
    stops_s
        The protocol freezes without a break until the last of these times, and the ice is read off at each; empty: it
        is read off once, after the whole protocol.
    is_assessed
        Whether a whole assessment is made of it, too.
    is_of_targets
        Whether only what the targets say is read off: the first of the limits.
    """

    number: int
    probes: tuple[ProbePlacement, ...]
    protocol: Protocol
    case: IceCase = IceCase.NOMINAL
    stops_s: tuple[float, ...] = ()
    is_assessed: bool = False
    is_of_targets: bool = False


@dataclass(frozen=True, slots=True)
class PlacesAsked:
    """Some placements."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class StopIce:
    """What the ice at one time does to the limits it decides."""

    values: tuple[LimitValue, ...]
    coverages: tuple[CoverageValue, ...]


@dataclass(frozen=True, slots=True)
class PlaceTold:
    """What came of one placement: one :class:`StopIce` per stop; ``reason`` says why nothing could be computed."""

    number: int
    ice: tuple[StopIce, ...] = ()
    checks: tuple[Check, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlacesDone:
    """Some placements told, in the order asked."""

    places: tuple[PlaceTold, ...]


@dataclass(frozen=True, slots=True)
class ShapeTold:
    """The round shape of the ice of one placement at each of its stops; see :class:`IceShape`.

    Parameters
    ----------
    tables
        Base64 of little-endian float32, shape (stops, 2, Z, R): drop and distance to the edge, stop by stop. As numbers
        they would take longer to read than the ice to compute.
    size
        Z and R.
    """

    tables: str
    size: tuple[int, int]
    rest_c: tuple[float, ...]
    reason: str = ""

    def opened(self) -> NDArray[np.float32]:
        """Return the tables, shape (stops, 2, Z, R)."""
        flat = np.frombuffer(base64.b64decode(self.tables), dtype="<f4")
        return flat.reshape(len(self.rest_c), 2, *self.size)


def judge_places(store: str, plan_text: str, places_text: str) -> str:
    """Compute and judge some placements; what any executor calls.

    Parameters
    ----------
    store
        Folder of the blob store.
    plan_text, places_text
        Canonical JSON of :class:`PlacesPlan` and :class:`PlacesAsked`.

    Returns
    -------
    Canonical JSON of :class:`PlacesDone`.
    """
    asked = codec.decode(places_text.encode(), PlacesAsked, where="placements")
    # Compiled loops that share their threads must not run twice at once in one process.
    with _LOCK:
        bench = _bench(store, plan_text)
        return canonical_json(PlacesDone(tuple(bench.told(place) for place in asked.places))).decode()


def shape_of_place(store: str, plan_text: str, places_text: str) -> str:
    """Return the shape of the ice of the first of some placements, of one probe, as JSON of :class:`ShapeTold`."""
    asked = codec.decode(places_text.encode(), PlacesAsked, where="placements")
    with _LOCK:
        return canonical_json(_bench(store, plan_text).shape(asked.places[0])).decode()


def get_ready() -> None:
    """Load what placements need, in a process that has nothing to do yet."""
    for name in (
        "planner.planning.robust_limits",
        "planner.planning.assess",
        "planner.services.prediction",
        "planner.thermal.run",
    ):
        importlib.import_module(name)


def forget() -> None:
    """Drop the plans laid out here: for a process that serves others, too."""
    with _LOCK:
        _BENCHES.clear()


class _Bench:
    """A plan laid out for many placements."""

    def __init__(self, asked: PlacesPlan, blobs: BlobStore) -> None:
        from planner.persistence.resources import probe_models, rule_set

        self._asked, self._blobs = asked, blobs
        self._rules = rule_set(asked.plan.rule_set_id)
        if content_hash(self._rules) != asked.rules_hash:
            raise PlanInvalid("The rules here are other ones than where the placements were made.", code="rules-other")
        self._models: dict[str, ProbeModel] = {model.id: model for model in probe_models()}
        self._bodies: dict[IceCase, Prepared] = {}
        self._requests: dict[tuple[str, ...], SimulationRequest] = {}
        self._is_fine = asked.box.spacing_ijk_mm[0] <= RESULT_SPACING_MM + 1e-6

    @cached_property
    def _masks(self) -> dict[StructureId, NDArray[np.bool_]]:
        return {each.id: self._blobs.get(each.mask) for each in self._asked.plan.structures}

    @cached_property
    def _limits(self) -> IceLimits:
        from planner.planning.robust_limits import IceLimits

        plan, box = self._asked.plan, self._asked.box
        # Reading a mask takes longer than judging by it: only those that decide something are read.
        wanted = {key.subject_id for key in IceLimits.of(plan, self._rules, {}, round_ice=box).keys}
        masks = {each.id: self._blobs.get(each.mask) for each in plan.structures if each.id in wanted}
        return IceLimits.of(plan, self._rules, masks, round_ice=box)

    @cached_property
    def _target_limits(self) -> IceLimits:
        return replace(self._limits, limits=(), mapped=())

    def told(self, place: Place) -> PlaceTold:
        """Compute one placement and read the limits off; what cannot be computed says so."""
        from planner.thermal.run import simulate

        checks: tuple[Check, ...] = ()
        try:
            asked, body = self._request(place)
            if place.is_assessed:
                result = simulate(asked, body.tissue_map, prepared=body)
                fields: tuple[NDArray[np.float32], ...] = (result.minimum_c,)
                checks = self._assessed(place, result)
            else:
                fields = self._fields(place, asked, body)
        except (PlanInvalid, SimulationRefused) as refusal:
            return PlaceTold(place.number, reason=str(refusal))
        limits = self._target_limits if place.is_of_targets else self._limits
        return PlaceTold(place.number, tuple(self._read(field_c, body, limits) for field_c in fields), checks)

    def shape(self, place: Place) -> ShapeTold:
        """Return the round shape of the ice at each stop of a placement of one probe."""
        from planner.planning.suggest_shape import IceShape

        try:
            asked, body = self._request(place)
            fields = self._fields(place, asked, body)
        except (PlanInvalid, SimulationRefused) as refusal:
            return ShapeTold("", (0, 0), (), reason=str(refusal))
        zone = np.asarray(active_zone_lps_mm(place.probes[0], self._models[place.probes[0].model_id]))
        axis = np.asarray(place.probes[0].direction_lps)
        shapes = [IceShape.of(field, self._asked.box, middle=zone.mean(axis=0), axis=axis) for field in fields]
        tables = np.array([(shape.drop, shape.edge_mm) for shape in shapes], dtype="<f4")
        return ShapeTold(
            base64.b64encode(tables.tobytes()).decode(),
            (tables.shape[2], tables.shape[3]),
            tuple(shape.rest_c for shape in shapes),
        )

    def _request(self, place: Place) -> tuple[SimulationRequest, Prepared]:
        plan = with_placement(self._asked.plan, place.probes, place.protocol)
        require_within_scan(plan.probes, self._models, plan.volume.grid)
        asked, body = self._body(place, plan)
        return replace(asked, probes=plan.probes, protocol=place.protocol), body

    def _fields(self, place: Place, asked: SimulationRequest, body: Prepared) -> tuple[NDArray[np.float32], ...]:
        from planner.thermal.run import coldest_c, coldest_until_c

        quality: Quality = "standard" if self._is_fine else "preview"
        if place.stops_s:
            return coldest_until_c(asked, body, place.stops_s, quality=quality)
        return (coldest_c(asked, body, quality=quality),)

    def _read(self, field_c: NDArray[np.float32], body: Prepared, limits: IceLimits) -> StopIce:
        from planner.planning.robust_limits import DrawnField
        from planner.thermal.checks import reaches_edge

        is_cut = reaches_edge(body.baseline_c, field_c, field_c)
        return StopIce(*limits.values(DrawnField(field_c, self._asked.box, is_cut)))

    def _assessed(self, place: Place, result: SimulationResult) -> tuple[Check, ...]:
        from planner.persistence.resources import atlas
        from planner.planning.assess import assess

        plan = with_placement(self._asked.plan, place.probes, place.protocol)
        models = tuple(self._models.values())
        return assess(plan, result, rules=self._rules, masks=self._masks, atlas=atlas(), models=models).checks

    def _body(self, place: Place, plan: Plan) -> tuple[SimulationRequest, Prepared]:
        """Return the request with every probe's model and the body at rest of a case, made when first asked for."""
        from planner.persistence.resources import body_conditions, probe_models, tissues
        from planner.persistence.uncertainty import uncertainty_ranges
        from planner.planning.request import boxed_request
        from planner.services.prediction import body_at_rest
        from planner.thermal.uncertainty import variants

        key = (place.case, *dict.fromkeys(probe.model_id for probe in plan.probes))
        if key not in self._requests:
            asked = boxed_request(
                plan, self._asked.box, models=probe_models(), tissues=tissues(), conditions=body_conditions()
            )
            if place.case is not IceCase.NOMINAL:
                asked = variants(asked, uncertainty_ranges())[place.case]
            self._requests[key] = asked
        asked = self._requests[key]
        if place.case not in self._bodies:
            body = body_at_rest(asked, self._asked.volume, blobs=self._blobs, progress=silent)
            self._bodies[place.case] = body
        return asked, self._bodies[place.case]


_LOCK = threading.Lock()
_BENCHES: OrderedDict[tuple[str, str], _Bench] = OrderedDict()


def _bench(store: str, plan_text: str) -> _Bench:
    """Return the bench of a plan; called under the lock."""
    key = (store, plan_text)
    if key not in _BENCHES:
        asked = codec.decode(plan_text.encode(), PlacesPlan, where="plan")
        _BENCHES[key] = _Bench(asked, BlobStore(Path(store)))
        while len(_BENCHES) > MOST_KEPT:
            _BENCHES.popitem(last=False)
    _BENCHES.move_to_end(key)
    return _BENCHES[key]
