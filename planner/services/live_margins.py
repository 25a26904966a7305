"""What is read off a preview while the hand moves? Margins and coverage, from what was prepared while it rested.

Each worker process keeps the distance maps of the structures round the box it previews in, and the points of the
targets. A child makes missing maps beside its previews, so that no frame waits for one; until all are there the numbers
say that they are not complete.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlannerError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.domain.preview import LiveNumbers
    from planner.domain.rule import Rule, RuleSet
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.persistence.blobs import BlobStore
    from planner.planning.live import DistanceMap, TargetPoints

MOST_BYTES = 256 * 2**20
"""A usual box on a CT of 0.7 mm has 4 MB for each structure."""

_Key = tuple[str, float, object, object]


class LiveMargins:
    """Keeps what rests while a probe is dragged. One for each process."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._maps: OrderedDict[_Key, DistanceMap] = OrderedDict()
        self._lock = threading.Lock()
        self._is_beside = False
        self._thread: threading.Thread | None = None
        self._wanted: tuple[tuple[_Key, Structure], ...] = ()
        self._structures: tuple[tuple[Structure, ...], str, tuple[tuple[Structure, Rule], ...]] = ((), "", ())
        self._targets: tuple[tuple[Target, ...], Grid | None, tuple[TargetPoints, ...]] = ((), None, ())

    def prepare_beside(self) -> None:
        """Make missing maps on a thread from now on: for a process in which somebody waits for every preview."""
        self._is_beside = True

    def numbers(self, plan: Plan, field_c: NDArray[np.float32], box: Grid, *, blobs: BlobStore) -> LiveNumbers:
        """Return what is read off a field for the plan that it was computed for.

        Parameters
        ----------
        field_c
            shape (K, J, I) of ``box``, float32, °C.
        """
        from planner.persistence.resources import rule_set
        from planner.planning.live import MappedStructure, live_numbers

        rules = rule_set(plan.rule_set_id)
        wanted = self._margined(plan, rules)
        keys = tuple((_key(structure, rule, box), structure) for structure, rule in wanted)
        self._prepare(plan, keys, box, blobs)
        with self._lock:
            ready = [
                MappedStructure(structure, there, rule.pass_limit)
                for (key, structure), (_, rule) in zip(keys, wanted, strict=True)
                if (there := self._touch(key)) is not None
            ]
        numbers = live_numbers(
            field_c,
            box,
            structures=ready,
            targets=self._target_points(plan.targets, box),
            ct_grid=plan.volume.grid,
            isotherm_c=rules.treatment_isotherm_c,
        )
        return replace(numbers, is_complete=len(ready) == len(keys))

    def wait(self) -> None:
        """Wait until every map asked for last is there."""
        thread = self._thread
        if thread is not None:
            thread.join()

    @property
    def kept_bytes(self) -> int:
        """Memory held by the maps."""
        return sum(there.nbytes for there in self._maps.values())

    def _margined(self, plan: Plan, rules: RuleSet) -> tuple[tuple[Structure, Rule], ...]:
        """Return the structures that have a margin, with the rule that judges it."""
        from planner.planning.structure_rules import margin_rule

        if self._structures[0] != plan.structures or self._structures[1] != plan.rule_set_id:
            pairs = ((structure, margin_rule(structure, rules)) for structure in plan.structures)
            found = tuple((structure, rule) for structure, rule in pairs if rule is not None)
            self._structures = (plan.structures, plan.rule_set_id, found)
        return self._structures[2]

    def _target_points(self, targets: tuple[Target, ...], box: Grid) -> tuple[TargetPoints, ...]:
        from planner.planning.live import target_points

        if self._targets[0] != targets or self._targets[1] != box:
            found = (target_points(target, box) for target in targets)
            self._targets = (targets, box, tuple(points for points in found if points is not None))
        return self._targets[2]

    def _touch(self, key: _Key) -> DistanceMap | None:
        there = self._maps.get(key)
        if there is not None:
            self._maps.move_to_end(key)
        return there

    def _prepare(self, plan: Plan, keys: tuple[tuple[_Key, Structure], ...], box: Grid, blobs: BlobStore) -> None:
        """Make what is missing, here or beside; what was wanted before and is not any more is given up."""
        with self._lock:
            self._wanted = keys
            is_missing = any(key not in self._maps for key, _ in keys)
            is_working = self._thread is not None and self._thread.is_alive()
            is_full = self.kept_bytes > self._most_bytes and not self._drop_others()
        if not is_missing or is_working or is_full:
            return
        if not self._is_beside:
            self._make_all(plan.volume.grid, box, blobs)
            return
        self._thread = threading.Thread(target=self._make_all, args=(plan.volume.grid, box, blobs), daemon=True)
        self._thread.start()

    def _make_all(self, ct_grid: Grid, box: Grid, blobs: BlobStore) -> None:
        """Make one map after the other. A mask that has left the store, as after an undo, is left out."""
        from planner.planning.live import distance_map

        given_up: set[_Key] = set()
        while (missing := self._next_missing(box, given_up)) is not None:
            key, structure = missing
            try:
                mask = blobs.get(structure.mask)
                there = distance_map(mask, ct_grid, box, reach_mm=key[1])
            except PlannerError:
                given_up.add(key)
                continue
            with self._lock:
                self._maps[key] = there
                if self.kept_bytes > self._most_bytes and not self._drop_others():
                    return

    def _drop_others(self) -> bool:
        """Drop maps that are not wanted now, oldest first; return whether the rest has room. Called under the lock."""
        wanted = {key for key, _ in self._wanted}
        for key in [key for key in self._maps if key not in wanted]:
            if self.kept_bytes <= self._most_bytes:
                break
            del self._maps[key]
        return self.kept_bytes <= self._most_bytes

    def _next_missing(self, box: Grid, given_up: set[_Key]) -> tuple[_Key, Structure] | None:
        with self._lock:
            for key, structure in self._wanted:
                if key not in self._maps and key not in given_up and key[2:] == (box.shape_kji, box.index_to_lps):
                    return key, structure
        return None


LIVE = LiveMargins()
"""Of this process."""


def _key(structure: Structure, rule: Rule, box: Grid) -> _Key:
    from planner.planning.live import map_reach_mm

    return structure.mask.sha256, map_reach_mm(rule), box.shape_kji, box.index_to_lps
