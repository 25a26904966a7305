"""From where on the skin can a probe reach a target? The whole skin screened at once, for whoever looks at it.

Background work: what does not change from one question to the next, skin and distances, is kept by content.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.access import PathReason
from planner.domain.digest import content_hash
from planner.domain.errors import PlannerError
from planner.domain.geometry import point
from planner.persistence.access_table import access_limits
from planner.persistence.resources import probe_models, rule_set
from planner.planning.access import SkinMesh, skin_entries
from planner.planning.access_words import tip_words, way_words
from planner.planning.own_target import nearest_target
from planner.planning.path_obstacles import ObstacleStore
from planner.planning.path_screening import PathScreen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.access import ScreenedPaths
    from planner.domain.gantry import Gantry
    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.persistence.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """All that the answer rests on, and nothing else: two equal questions have the same answer (H-13).

    Parameters
    ----------
    tip_lps_mm
        Where the tip shall be.
    tip_words
        What is there: ``"the middle of Left stellate ganglion"``.
    """

    structures: tuple[Structure, ...]
    targets: tuple[Target, ...]
    rules_hash: str
    position: PatientPosition
    gantry: Gantry | None
    tip_lps_mm: PointLps
    tip_words: str
    model_id: str

    @classmethod
    def of(cls, plan: Plan, *, tip_lps_mm: PointLps, tip_words: str, model_id: str) -> AccessQuestion:
        """Ask for one place of the tip and one probe of a plan."""
        rules_hash = content_hash(rule_set(plan.rule_set_id))
        return cls(
            plan.structures,
            plan.targets,
            rules_hash,
            plan.position,
            plan.gantry,
            tip_lps_mm,
            tip_words,
            model_id,
        )


@dataclass(frozen=True, slots=True, eq=False)
class AccessMap:
    """The skin, screened.

    Parameters
    ----------
    found
        One way for each triangle of ``mesh``.
    not_assessed
        In sentences, what was not looked at.
    """

    question: AccessQuestion
    model: ProbeModel | None
    mesh: SkinMesh
    found: ScreenedPaths
    not_assessed: tuple[str, ...]
    screen: PathScreen
    masks: Mapping[StructureId, NDArray[np.bool_]]

    def words(self, triangle: int) -> str:
        """Say of one triangle whether a shaft may enter there, and why not; a few milliseconds."""
        return way_words(
            self.screen,
            entry_lps_mm=point(self.mesh.entries_lps_mm[triangle]),
            tip_lps_mm=self.question.tip_lps_mm,
            model=self.model,
            masks=self.masks,
        )

    def entry(self, triangle: int) -> PointLps | None:
        """Return where a shaft enters in a triangle; None where it must not."""
        is_open = bool(self.found.is_open[triangle])
        return point(self.mesh.entries_lps_mm[triangle]) if is_open else None

    def summary(self) -> str:
        """Say how much of the skin is open, in square centimetres; where nothing is, what makes it so."""
        if not self.found.is_open.any():
            return self._none_words()
        corners = self.mesh.points_lps_mm[self.mesh.triangles]
        size = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        open_cm2 = float(size[self.found.is_open].sum()) / 100
        reach = self.found.reason != PathReason.LENGTH
        return f"{open_cm2:.0f} of {float(size[reach].sum()) / 100:.0f} cm² of skin in reach are open."

    def _none_words(self) -> str:
        """Say why no way is open: the tip itself is too near to something, or what closes most of them."""
        at_tip = tip_words(self.screen, self.question.tip_lps_mm, self.model)
        if at_tip:
            return at_tip
        counts = self.found.counts()
        most = max(counts, key=lambda reason: counts[reason])
        which = self.found.structure_index[self.found.reason == PathReason.STRUCTURE]
        if most is not PathReason.STRUCTURE or not (which >= 0).any():
            return f"No way is open; most are closed by: {most.words.lower()}."
        name = self.screen.obstacles[int(np.bincount(which[which >= 0]).argmax())].structure.name
        return f"No way is open; most are closed by {name}."


class AccessMaker:
    """Answers questions on one open plan; keeps what does not change in between. Not for two threads at once."""

    def __init__(self) -> None:
        self._store = ObstacleStore()
        self._skin: tuple[object, SkinMesh] | None = None

    def answer(self, question: AccessQuestion, plan: Plan, blobs: BlobStore) -> AccessMap:
        """Screen the skin of a plan.

        Raises
        ------
        PlanInvalid
            When the skin is not segmented.
        """
        masks = _masks_at_hand(plan, blobs)
        mesh = self._mesh(plan, masks)
        model = next((model for model in probe_models() if model.id == question.model_id), None)
        screen = self._screen(plan, rule_set(plan.rule_set_id), masks, (mesh, question))
        found = screen.screen(mesh.entries_lps_mm, np.array(question.tip_lps_mm), model)
        return AccessMap(question, model, mesh, found, screen.not_assessed(model), screen, masks)

    def _screen(
        self,
        plan: Plan,
        rules: RuleSet,
        masks: Mapping[StructureId, NDArray[np.bool_]],
        asked: tuple[SkinMesh, AccessQuestion],
    ) -> PathScreen:
        mesh, question = asked
        # What holds the target is entered to reach it; what holds another one is in the way like all else.
        plan = replace(plan, targets=nearest_target(plan, question.tip_lps_mm))
        ends = np.concatenate([mesh.entries_lps_mm, [question.tip_lps_mm]])
        return PathScreen.of(plan, rules, masks, ends_lps_mm=ends, limits=access_limits(), store=self._store)

    def _mesh(self, plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]) -> SkinMesh:
        skin = plan.skin
        key = None if skin is None else skin.mask.sha256
        if self._skin is None or self._skin[0] != key:
            self._skin = (key, skin_entries(plan, masks))
        return self._skin[1]


def _masks_at_hand(plan: Plan, blobs: BlobStore) -> dict[StructureId, NDArray[np.bool_]]:
    """Return the masks that can be had now; one that a stroke is just replacing is told as not at hand."""
    masks = {}
    for structure in plan.structures:
        try:
            masks[structure.id] = blobs.get(structure.mask)
        except PlannerError:
            continue
    return masks
