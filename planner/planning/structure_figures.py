"""How cold does each structure get, how far does each isotherm stay, and how much lies below? No verdict.

The checks take their values from here, so that a row and the figures beside it never differ. Distances are those of
:mod:`planner.planning.margins`, for the 0 °C edge and for the treatment isotherm alike; volumes and the coldest point
come from :mod:`planner.planning.cold_map`. A temperature–volume histogram is made of structures near the cold only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import Structure, StructureKind
from planner.domain.structure_figures import LevelVolume, StructureFigures
from planner.planning.clearance import REACH_MM, near_field
from planner.planning.cold_map import ColdMap
from planner.planning.margins import EDGE_C, IceCloud, edge_in_field, edges_by_faces, ice_cloud
from planner.planning.rules import number
from planner.planning.structure_rules import margin_rule
from planner.thermal.properties import OUTSIDE_AIR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.planning.clearance import Nearest
    from planner.planning.cold_map import Survey
    from planner.planning.evidence import Evidence

VOLUME_LEVELS_C = (0.0, -20.0, -40.0, -60.0)
"""Isotherms below which a structure's volume is told, beside the treatment isotherm."""
HISTOGRAM_STEP_C = 2.0
NEAR_COLD_C = 20.0
"""Above this a structure is not near the cold, °C: twice the limit of bystander nerves, where no harm is known."""
_COLDEST_C = -196.0
_BEYOND_LIMIT_MM = 5.0
# A reading at a voxel's outer face looks at most two cells beyond the body's surface.
_AIR_CELLS = 2


def treatment_words(isotherm_c: float) -> str:
    """Return what the distance of the treatment isotherm is called: ``"−20 °C isotherm"``."""
    return f"{number(isotherm_c)} °C isotherm"


@dataclass(frozen=True, slots=True, eq=False)
class FigureMaker:
    """What the figures of all structures share: the cold at every voxel, and the treated tissue.

    Parameters
    ----------
    treated
        What is at or below the treatment isotherm; its field is shifted so that the isotherm is its zero.
    levels_c
        Temperatures below which volumes are told, increasing.
    """

    evidence: Evidence
    cold: ColdMap
    treated: IceCloud
    levels_c: tuple[float, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> FigureMaker:
        """Prepare the figures of one prediction."""
        isotherm_c = evidence.rules.treatment_isotherm_c
        steps = np.arange(_COLDEST_C, NEAR_COLD_C + HISTOGRAM_STEP_C / 2, HISTOGRAM_STEP_C)
        return cls(
            evidence,
            ColdMap.of(evidence.minimum_c, evidence.box, evidence.ct_grid),
            shifted_cloud(evidence.minimum_c, evidence.box, isotherm_c),
            tuple(sorted({*(float(step) for step in steps), *VOLUME_LEVELS_C, isotherm_c})),
        )

    def figures(self, structure: Structure) -> StructureFigures | None:
        """Return the figures of one structure; None when its mask is not at hand or empty.

        Distances are exact to ``REACH_MM`` and beyond the structure's limit, farther away good to half a voxel.
        """
        mask = self.evidence.masks.get(structure.id)
        if mask is None or not mask.any():
            return None
        is_skin = structure.kind is StructureKind.SKIN
        limit = margin_rule(structure, self.evidence.rules)
        reach_mm = max(REACH_MM, (0.0 if limit is None else limit.pass_limit or 0.0) + _BEYOND_LIMIT_MM)
        edge, treatment = self._distances(mask, is_skin=is_skin, reach_mm=reach_mm)
        told = self._skin(mask) if is_skin else self.cold.survey(mask, self.levels_c)
        is_bound = told.lowest is None or (told.goes_on and self.evidence.rim_c < told.lowest)
        volumes = () if is_skin else self._volumes(told)
        return StructureFigures(
            structure.id,
            minimum_c=self.evidence.rim_c if is_bound else told.lowest,
            minimum_at_lps_mm=None if is_bound else told.lowest_at_lps_mm,
            minimum_is_bound=is_bound,
            edge_mm=None if edge is None else edge.distance_mm,
            edge_at_lps_mm=None if edge is None else edge.at_lps_mm,
            treatment_mm=None if treatment is None else treatment.distance_mm,
            treatment_at_lps_mm=None if treatment is None else treatment.at_lps_mm,
            volumes=volumes,
            histogram=() if is_skin else self._histogram(told),
            total_ml=None if is_skin else told.total_ml,
            is_cut=self.evidence.ice_is_cut,
        )

    def _distances(
        self, mask: NDArray[np.bool_], *, is_skin: bool, reach_mm: float
    ) -> tuple[Nearest | None, Nearest | None]:
        """Return the distance of the 0 °C edge and of the treatment isotherm; one map of the structure serves both."""
        ice, grid = self.evidence.ice, self.evidence.ct_grid
        if ice.is_empty:
            return None, None
        clouds = (ice,) if self.treated.is_empty else (ice, self.treated)
        field = near_field(ice.points_lps_mm, mask, grid, reach_mm=reach_mm)
        # Ice far outside the body is on the wrong side of its skin: faces alone would tell a wide gap there.
        if field.distance_mm is None and not is_skin:
            found = edges_by_faces(clouds, mask, grid)
        else:
            found = [edge_in_field(each, field, mask=mask, grid=grid, from_inside=is_skin) for each in clouds]
        return found[0], found[1] if len(found) > 1 else None

    def _skin(self, body: NDArray[np.bool_]) -> Survey:
        """Read the body's surface in tissue alone: the room's air beside it is at the room's temperature."""
        evidence = self.evidence
        field_c = without_room_air(evidence.minimum_c, evidence.result.tissue_index, evidence.result.tissue_ids)
        cold = ColdMap.of(field_c, evidence.box, evidence.ct_grid)
        return cold.survey(cold.surface(body), self.levels_c)

    def _volumes(self, told: Survey) -> tuple[LevelVolume, ...]:
        shown = {*VOLUME_LEVELS_C, self.evidence.rules.treatment_isotherm_c}
        below = dict(zip(self.levels_c, told.below_ml, strict=True))
        return tuple(
            LevelVolume(level_c, below[level_c], 100 * below[level_c] / told.total_ml)
            for level_c in sorted(shown, reverse=True)
        )

    def _histogram(self, told: Survey) -> tuple[tuple[float, float], ...]:
        """Return the share at or below each step, from the last step below the coldest point on."""
        if told.lowest is None or told.lowest > NEAR_COLD_C:
            return ()
        return tuple(
            (level_c, 100 * volume_ml / told.total_ml)
            for level_c, volume_ml in zip(self.levels_c, told.below_ml, strict=True)
            if level_c > told.lowest - HISTOGRAM_STEP_C
        )


def shifted_cloud(minimum_c: NDArray[np.float32], box: Grid, level_c: float) -> IceCloud:
    """Return what is at or below a temperature as a cloud whose field is zero there, to find its edge alike."""
    return ice_cloud(minimum_c - np.float32(level_c - EDGE_C), box)


def without_room_air(
    minimum_c: NDArray[np.float32], tissue_index: NDArray[np.uint8], tissue_ids: tuple[str, ...]
) -> NDArray[np.float32]:
    """Return a coldest-ever field in which the air outside the body takes the temperature of the tissue beside it.

    Parameters
    ----------
    minimum_c, tissue_index
        shape (K, J, I), °C, and positions in ``tissue_ids``.
    """
    from scipy.ndimage import minimum_filter

    if OUTSIDE_AIR not in tissue_ids:
        return minimum_c
    is_air = tissue_index == tissue_ids.index(OUTSIDE_AIR)
    if is_air.all():
        return minimum_c
    field_c = np.where(is_air, np.float32(np.inf), minimum_c)
    for _ in range(_AIR_CELLS):
        field_c = np.where(np.isinf(field_c), minimum_filter(field_c, size=3, mode="nearest"), field_c)
    warmest_c = minimum_c[~is_air].max()
    return np.where(np.isinf(field_c), warmest_c, field_c)
