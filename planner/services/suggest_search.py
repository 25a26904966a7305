"""How is the search for placements led? Stage after stage, each excluding what breaks a hard limit, and counting it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import content_hash
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import point
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement, active_zone_lps_mm
from planner.domain.suggestion import SuggestStage, with_placement
from planner.domain.uncertainty import IceCase
from planner.planning.suggest_aims import fan_of, moved_shafts
from planner.planning.suggest_figures import Read, figures
from planner.planning.suggest_freeze import FreezeFamily
from planner.planning.suggest_limits import assessed_rows, broken_words, ice_rows, merged
from planner.services.suggest_effort import FULL, Effort
from planner.services.suggest_groups import placements_to_try
from planner.services.suggest_options import Option, best_groups, chosen_groups, chosen_options
from planner.services.suggest_paths import Screening
from planner.services.suggest_places import Place, PlacesPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.protocol import Protocol
    from planner.domain.robustness import LimitKey, Technique
    from planner.domain.rule import RuleSet
    from planner.domain.suggestion import Exclusion, HardRow, ShaftPassage, SuggestFigures
    from planner.domain.target import Target
    from planner.persistence.blobs import BlobStore
    from planner.planning.suggest_pick import Ways
    from planner.services.suggest_places import StopIce
    from planner.services.suggest_tasks import SuggestPlacements
    from planner.services.suggest_work import Work

PREVIEW_SPACING_MM = 2.0
OWN = -1
"""Group of the plan's own probes."""
COARSE_CHUNK = 4
LONGEST_LABELS = 12


@dataclass(frozen=True, slots=True)
class _Group:
    """One placement before any protocol."""

    number: int
    probes: tuple[ProbePlacement, ...]


_Job = tuple[_Group, FreezeFamily]


@dataclass
class Search:
    """The search for one wish; its stages are called in order."""

    asked: SuggestPlacements
    target: Target
    models: tuple[ProbeModel, ...]
    work: Work
    blobs: BlobStore
    technique: Technique | None
    effort: Effort = FULL
    paths: int = 0
    open_paths: int = 0
    coarse: int = 0
    fine: int = 0
    closed: list[Exclusion] = field(default_factory=list)
    excluded: Counter[tuple[SuggestStage, str, str, str]] = field(default_factory=Counter)
    held: list[Option] = field(default_factory=list)
    present: Option | None = None
    not_seen: tuple[str, ...] = ()
    uncomputed: tuple[str, ...] = ()
    ways: list[Ways] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)

    # --- what rests --------------------------------------------------------------------------------------------------

    @cached_property
    def screening(self) -> Screening:
        """The skin and what stands in the way."""
        return Screening(
            self.plan, self.target, self.models, masks=self.masks, tried=(self.asked.wish.seed, self.effort)
        )

    @property
    def plan(self) -> Plan:
        """The plan as it is."""
        return self.asked.plan

    @cached_property
    def rules(self) -> RuleSet:
        """The rules in force."""
        from planner.persistence.resources import rule_set

        return rule_set(self.plan.rule_set_id)

    @cached_property
    def masks(self) -> dict[StructureId, NDArray[np.bool_]]:
        """Every structure's mask."""
        return {structure.id: self.blobs.get(structure.mask) for structure in self.plan.structures}

    @cached_property
    def keys(self) -> tuple[LimitKey, ...]:
        """What the ice decides, in the order of the values told of it."""
        from planner.planning.robust_limits import IceLimits

        return IceLimits.of(self.plan, self.rules, {}, round_ice=self.plan.volume.grid).keys

    @cached_property
    def families(self) -> tuple[FreezeFamily, ...]:
        """The freezes tried."""
        from planner.persistence.resources import presets
        from planner.planning.suggest_freeze import families, protocols_to_try

        nerve = [preset.protocol for preset in presets() if preset.protocol is not None and preset.is_general]
        found = families(protocols_to_try(self.plan, nerve))
        if not found:
            raise PlanInvalid("The plan has no freeze to try. Enter one in the Freeze step.", code="suggest-no-freeze")
        return found

    @cached_property
    def base(self) -> Plan:
        """The plan with its locked probes alone, as it is sent to where placements are computed."""
        protocol = self.families[0].protocols[0]
        return with_placement(replace(self.plan, measurements=()), (), protocol)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels free for new probes."""
        used = {probe.label for probe in self.base.probes}
        return tuple(label for n in range(1, LONGEST_LABELS + 1) if (label := f"P{n}") not in used)

    # --- 1: shafts ---------------------------------------------------------------------------------------------------

    def screen(self) -> None:
        """Look at very many shafts of every model."""
        self.work.phase(0, 1, "Screening shafts")
        not_seen: dict[str, None] = {}
        for model in self.models:
            found = self.screening.open_ways(model)
            self.paths += found.paths
            self.open_paths += found.open_paths
            self.closed += found.closed
            not_seen.update(dict.fromkeys(self.screening.not_assessed(model)))
            if found.kept is not None:
                self.ways.append(found.kept)
        self.not_seen = tuple(not_seen)
        self.work.phase(1, 1, "Screening shafts")

    # --- 2: coarse physics -------------------------------------------------------------------------------------------

    def compute_coarse(self) -> None:
        """Compute some hundred placements on coarse cells, as predicted and with the largest ice."""
        if not self.ways:
            return
        plan = self.coarse_plan
        groups = [
            _Group(number, probes) for number, probes in enumerate((*self._own_group(), *placements_to_try(self, plan)))
        ]
        words = "Computing ice on 2 mm cells"
        options = [
            self._option(*each) for each in self._computed(plan, self._jobs(groups), IceCase.NOMINAL, phase=words)
        ]
        nearby = self._nearby(options, first=len(groups))
        options += [
            self._option(*each) for each in self._computed(plan, self._jobs(nearby), IceCase.NOMINAL, phase=words)
        ]
        self.coarse = len(groups) + len(nearby)
        good = self._kept(options, SuggestStage.COARSE)
        chosen = set(chosen_groups(good, most=self.effort.largest))
        again = self._jobs_of([one for one in good if one.group in chosen])
        largest = self._computed(plan, again, IceCase.LARGEST, phase="Computing the largest ice")
        pessimistic = {(group.number, protocol): ice for group, protocol, ice in largest}
        both = [
            self._with_case(one, IceCase.LARGEST, pessimistic[(one.group, one.protocol)])
            for one in good
            if (one.group, one.protocol) in pessimistic
        ]
        self.options = self._kept(both, SuggestStage.COARSE)

    @cached_property
    def coarse_plan(self) -> PlacesPlan:
        """What is the same for all placements on coarse cells, the plan's own and draws among them."""
        zones = [
            ways.middles_lps_mm + sign * (ways.model.active_tip_mm.value or 0.0) / 2 * ways.axes_lps
            for ways in self.ways
            for sign in (-1.0, 1.0)
        ]
        if self.own is not None:
            zones.append(self.zones_of((self.own,)))
        return self._places_plan(np.concatenate(zones), PREVIEW_SPACING_MM)

    def zones_of(self, options: Sequence[Option]) -> NDArray[np.float64]:
        """Return the ends of all active zones, shape (N, 3), LPS mm."""
        known = {model.id: model for model in self._catalogue}
        zones = [active_zone_lps_mm(probe, known[probe.model_id]) for one in options for probe in one.probes]
        return np.array(zones, dtype=np.float64).reshape(-1, 3)

    def _places_plan(self, zones_lps_mm: NDArray[np.float64], spacing_mm: float) -> PlacesPlan:
        """Return what is the same for placements whose active zones end at some points, locked ones with them."""
        from planner.persistence.resources import probe_models
        from planner.planning.request import box_round

        known = {model.id: model for model in probe_models()}
        kept = [active_zone_lps_mm(probe, known[probe.model_id]) for probe in self.base.probes]
        zones = np.concatenate((zones_lps_mm, np.array(kept).reshape(-1, 3)))
        # The scan ends where it ends: nothing is placed beyond it.
        grid = self.plan.volume.grid
        zones = zones[grid.contains(zones)]
        if not len(zones):
            raise PlanInvalid("No probe at the target would freeze inside the scan.", code="suggest-outside")
        return PlacesPlan(
            self.asked.volume, self.base, box_round(zones, spacing_mm=spacing_mm), content_hash(self.rules)
        )

    def _own_group(self) -> list[tuple[ProbePlacement, ...]]:
        """Return the plan's own probes as they are, where they are what was asked for and their shafts are open."""
        if self.own is None or len(self.own.probes) > self.asked.wish.most_probes:
            return []
        models = {model.id: model for model in self.models}
        if len({probe.model_id for probe in self.own.probes}) > 1 or self.own.probes[0].model_id not in models:
            return []
        shafts = fan_of(self.own.probes)
        is_open = self.screening.is_open(shafts, models[self.own.probes[0].model_id])
        return [self.own.probes] if is_open.all() else []

    def _nearby(self, options: Sequence[Option], *, first: int) -> list[_Group]:
        """Return placements near the best so far, moved a little, whose shafts are open."""
        models, found = {model.id: model for model in self.models}, []
        for option in best_groups(options, most=self.effort.around):
            model = models[option.probes[0].model_id]
            moved = moved_shafts(
                option.probes,
                self.screening.entries_lps_mm,
                model,
                seed=(self.asked.wish.seed, option.group),
            )
            is_open = np.array([self.screening.is_open(each, model) for each in moved]).all(axis=0)
            for place in np.flatnonzero(is_open)[: self.effort.per_centre]:
                ends = [(each.entries_lps_mm[place], each.tips_lps_mm[place]) for each in moved]
                found.append(self._probes(model, ends))
        return [_Group(first + number, probes) for number, probes in enumerate(found)]

    def placed(self, ways: Ways, group: Sequence[int]) -> tuple[ProbePlacement, ...]:
        """Return some ways of a model as placements."""
        ends = [(ways.fan.entries_lps_mm[place], ways.fan.tips_lps_mm[place]) for place in group]
        return self._probes(ways.model, ends)

    def _probes(
        self, model: ProbeModel, ends: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]
    ) -> tuple[ProbePlacement, ...]:
        """Return placements with free labels; their ids come from what they are, so that every search has the same."""
        found = []
        for label, (entry, tip) in zip(self.labels, ends, strict=False):
            key = content_hash((self.plan.id, label, model.id, point(entry), point(tip)))
            found.append(ProbePlacement(ProbeId(key[:32]), label, model.id, point(entry), point(tip)))
        return tuple(found)

    def _jobs(self, groups: Sequence[_Group]) -> list[_Job]:
        return [(group, family) for group in groups for family in self.families]

    def _jobs_of(self, options: Sequence[Option]) -> list[_Job]:
        """Return what to compute of some options: each placement with the protocols left, and no longer than these."""
        left = {(one.group, one.protocol) for one in options}
        groups = {one.group: _Group(one.group, one.probes) for one in options}
        jobs = [(group, only(family, group.number, left)) for group in groups.values() for family in self.families]
        return [(group, family) for group, family in jobs if family.protocols]

    def _computed(
        self, plan: PlacesPlan, jobs: Sequence[_Job], case: IceCase, *, phase: str
    ) -> list[tuple[_Group, Protocol, StopIce]]:
        """Return the ice of every placement with every protocol; what cannot be computed is counted as excluded."""
        # What the largest ice spares the predicted one spares, too: of that the targets alone are asked first.
        is_of_targets = case is IceCase.NOMINAL
        places = [
            Place(number, group.probes, family.run, case, stops_s=family.stops_s, is_of_targets=is_of_targets)
            for number, (group, family) in enumerate(jobs)
        ]
        found = []
        for (group, family), told in zip(
            jobs, self.work.told(plan, places, chunk=COARSE_CHUNK, phase=phase), strict=True
        ):
            if told.reason:
                self.excluded[(SuggestStage.COARSE, told.reason, "", "")] += len(family.protocols)
                continue
            found += [(group, protocol, ice) for protocol, ice in zip(family.protocols, told.ice, strict=True)]
        return found

    def _option(self, group: _Group, protocol: Protocol, ice: StopIce) -> Option:
        read = Read({IceCase.NOMINAL: ice.values}, {IceCase.NOMINAL: ice.coverages})
        rows = ice_rows(self.keys[: len(ice.values)], ice.values, target=self.target, case=IceCase.NOMINAL)
        return Option(group.number, group.probes, protocol, read, self._figures(read, group.probes, protocol), rows)

    def _with_case(self, one: Option, case: IceCase, ice: StopIce) -> Option:
        read = replace(
            one.read,
            values={**one.read.values, case: ice.values},
            coverages={**one.read.coverages, case: ice.coverages},
        )
        rows = (*one.rows, *ice_rows(self.keys, ice.values, target=self.target, case=case))
        return self._with_read(replace(one, rows=rows), read)

    def _with_read(self, one: Option, read: Read) -> Option:
        return replace(one, read=read, figures=self._figures(read, one.probes, one.protocol))

    def _figures(self, read: Read, probes: tuple[ProbePlacement, ...], protocol: Protocol) -> SuggestFigures:
        return figures(read, self.keys, target=self.target, placed=(probes, protocol), position=self.plan.position)

    def _kept(self, options: Sequence[Option], stage: SuggestStage) -> list[Option]:
        """Return the options that break nothing, and count the first reason of the others."""
        kept = []
        for option in options:
            first = next(iter(option.broken), None)
            if first is None:
                kept.append(option)
            else:
                self.excluded[(stage, broken_words(first), first.subject_id, first.quantity)] += 1
        return kept

    # --- 3: assessment -----------------------------------------------------------------------------------------------

    def assess_fine(self) -> None:
        """Assess the best few on 1 mm cells: with the largest ice first, then what still holds as predicted."""
        few = [self._with_shafts(one) for one in chosen_options(self.options, most=self.effort.fine)]
        self.fine = len(few)
        few = self._kept(few, SuggestStage.FINE)
        asked = [*few, *([] if self.own is None else [self._with_shafts(self.own)])]
        if not asked:
            return
        plan = self._places_plan(self.zones_of(asked), self.effort.fine_spacing_mm)
        largest = self._fine_case(plan, asked, IceCase.LARGEST, phase="Computing the largest ice on 1 mm cells")
        present = [one for one in largest if one.group == OWN]
        held = self._kept([one for one in largest if one.group != OWN], SuggestStage.FINE)
        assessed = self._fine_case(plan, [*held, *present], IceCase.NOMINAL, phase="Assessing the best on 1 mm cells")
        smallest = self._fine_case(self.coarse_plan, assessed, IceCase.SMALLEST, phase="Computing the smallest ice")
        self.present = next((one for one in smallest if one.group == OWN), None)
        self.held = self._kept([one for one in smallest if one.group != OWN], SuggestStage.FINE)

    def _fine_case(self, plan: PlacesPlan, options: Sequence[Option], case: IceCase, *, phase: str) -> list[Option]:
        """Return the options with one case more; those that could not be computed are counted and left out."""
        is_nominal = case is IceCase.NOMINAL
        places = [
            Place(number, one.probes, one.protocol, case, is_assessed=is_nominal) for number, one in enumerate(options)
        ]
        found = []
        for one, told in zip(options, self.work.told(plan, places, chunk=1, phase=phase), strict=True):
            if told.reason:
                if one.group != OWN:
                    self.excluded[(SuggestStage.FINE, told.reason, "", "")] += 1
                continue
            both = self._with_case(one, case, told.ice[0])
            if is_nominal:
                whole = with_placement(self.plan, one.probes, one.protocol)
                rows = assessed_rows(whole, told.checks, target=self.target)
                both = replace(both, rows=merged((*rows, *both.rows)))
                both = self._with_read(both, replace(both.read, checks=told.checks))
            found.append(both)
        return found

    def _with_shafts(self, one: Option) -> Option:
        """Return an option with what its shafts pass, exactly; the ice on coarse cells counts no more."""
        from planner.planning.suggest_crossed import crossing_rows, uncrossed
        from planner.planning.suggest_words import passages

        spared = uncrossed(self.plan, self.target, self.masks)
        passed: list[ShaftPassage] = []
        rows: list[HardRow] = []
        for probe in one.probes:
            near = passages(
                probe, self.plan.structures, self.masks, self.plan.volume.grid, midline_x_mm=self.midline_x_mm
            )
            diameter = next(m.shaft_diameter_mm.value for m in self._catalogue if m.id == probe.model_id)
            rows += crossing_rows(near, spared, radius_mm=(diameter or 0.0) / 2)
            passed += near
        return replace(one, read=Read({}, {}), rows=tuple(rows), passed=tuple(passed))

    @cached_property
    def midline_x_mm(self) -> float | None:
        """Where the patient's midline is; None where the scan does not show it."""
        from planner.planning.side import derived_side

        found = derived_side(self.target, structures=self.plan.structures, masks=self.masks, grid=self.plan.volume.grid)
        return None if found is None else found.midline.x_mm

    @cached_property
    def _catalogue(self) -> tuple[ProbeModel, ...]:
        from planner.persistence.resources import probe_models

        return probe_models()

    @cached_property
    def own(self) -> Option | None:
        """The plan's own unlocked probes as an option; None where they cannot be predicted."""
        from planner.services.prediction import request_for

        own = tuple(probe for probe in self.plan.probes if not self.plan.is_locked(probe.id))
        if not own:
            return None
        try:
            request_for(self.plan)
        except PlanInvalid as refusal:
            self.uncomputed = (f"The plan’s own probes are not compared: {refusal}",)
            return None
        read = Read({IceCase.NOMINAL: ()}, {IceCase.NOMINAL: ()})
        protocol = self.plan.protocol
        return Option(
            -1,
            own,
            protocol,
            read,
            figures(read, (), target=self.target, placed=(own, protocol), position=self.plan.position),
        )

    # --- 4: draws ----------------------------------------------------------------------------------------------------

    def draw_errors(self) -> None:
        """Say of each placement that holds in how many draws of the placement error it still does."""
        from planner.services.suggest_draws import shares_held

        shown = [*self.held, *([] if self.present is None else [self.present])]
        if self.technique is None or not shown:
            return
        shares = shares_held(self, self.coarse_plan, shown)
        drawn = [
            self._with_read(one, replace(one.read, robust=share)) for one, share in zip(shown, shares, strict=True)
        ]
        if self.present is not None:
            self.present = drawn.pop()
        self.held = drawn


def only(family: FreezeFamily, group: int, left: set[tuple[int, Protocol]]) -> FreezeFamily:
    """Return a family with those of its protocols that are left of a placement."""
    kept = [place for place, protocol in enumerate(family.protocols) if (group, protocol) in left]
    stops_s = tuple(family.stops_s[place] for place in kept) if family.stops_s else ()
    return replace(family, stops_s=stops_s, protocols=tuple(family.protocols[place] for place in kept))
