"""What of the open case belongs into the pictures? Session and view state become drawable layers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from planner.domain.errors import PlannerError
from planner.domain.target import NerveCurve
from planner.persistence.resources import probe_models
from planner.planning.nerve import smooth_curve, treatment_segment_mm
from planner.rendering.content import BodyLayer, IceLayer, NerveLayer, ProbeLayer, SliceContent, StructureLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

HIDDEN_IDENTITY = "Name hidden"


class Layers:
    """Drawable layers of one session, shared by all views of it."""

    def __init__(self) -> None:
        self._curves: dict[NerveCurve, tuple[NDArray[np.float64], tuple[int, int]]] = {}
        self._structures: tuple[tuple[Structure, ...], tuple[StructureLayer, ...]] = ((), ())
        self._field: tuple[tuple[str, float | None], NDArray[np.float32]] | None = None

    def structures(self, session: Session) -> tuple[StructureLayer, ...]:
        """Return all structures of the plan with their masks."""
        structures = session.plan.structures
        if self._structures[0] is not structures:
            # The plan shares unchanged tuples between edits, so a drag never opens a mask again.
            layers = tuple(StructureLayer(s.name, s.kind, session.mask(s.id), s.mask.sha256) for s in structures)
            self._structures = (structures, layers)
        return self._structures[1]

    def nerves(self, session: Session, view: ViewState) -> tuple[NerveLayer, ...]:
        """Return all targets that are curves; one that cannot be smoothed is shown as the straight lines clicked."""
        layers = []
        for target in session.plan.targets:
            if not isinstance(target.course, NerveCurve):
                continue
            curve, segment = self._curve(target.course)
            layers.append(
                NerveLayer(
                    target.words,
                    curve,
                    segment if target.course.segment_mm is not None else None,
                    target.diameter_mm,
                    target.course.points_lps_mm,
                    view.selected_target == target.id,
                )
            )
        return tuple(layers)

    def bodies(self, session: Session, view: ViewState) -> tuple[BodyLayer, ...]:
        """Return all targets that are volumes."""
        return tuple(
            BodyLayer(target.words, target.course, view.selected_target == target.id)
            for target in session.plan.targets
            if not isinstance(target.course, NerveCurve)
        )

    def probes(self, session: Session, view: ViewState) -> tuple[ProbeLayer, ...]:
        """Return all probes with their catalogue models."""
        models = _models()
        return tuple(
            ProbeLayer(placement, models.get(placement.model_id), view.selected_probe == placement.id)
            for placement in session.plan.probes
        )

    def ice(self, session: Session, view: ViewState) -> IceLayer | None:
        """Return the prediction at the chosen time, stale when it no longer fits the plan."""
        result = session.result
        if result is None or not view.show_ice:
            return None
        return IceLayer(
            self._field_c(result, view.time_s),
            result.grid,
            grade_words(result, view.time_s),
            is_stale=not session.result_is_current,
            key=f"{result.input_hash} {view.time_s}",
        )

    def slice_content(self, session: Session, view: ViewState) -> SliceContent:
        """Return everything a slice shows except the crosshair, which the views draw themselves as it moves."""
        return SliceContent(
            structures=self.structures(session) if view.show_structures else (),
            nerves=self.nerves(session, view),
            bodies=self.bodies(session, view),
            probes=self.probes(session, view),
            ice=self.ice(session, view),
            identity=identity_words(session, view),
            show_text=view.show_text,
        )

    def _curve(self, course: NerveCurve) -> tuple[NDArray[np.float64], tuple[int, int]]:
        if course not in self._curves:
            if len(self._curves) > 64:
                self._curves.clear()
            self._curves[course] = _sampled(course)
        return self._curves[course]

    def _field_c(self, result: SimulationResult, time_s: float | None) -> NDArray[np.float32]:
        if time_s is None:
            return result.minimum_c
        key = (result.input_hash, time_s)
        if self._field is None or self._field[0] != key:
            self._field = (key, result.at_time_c(time_s))
        return self._field[1]


_KEPT: WeakKeyDictionary[Session, Layers] = WeakKeyDictionary()


def layers_of(session: Session) -> Layers:
    """Return the one set of layers of a session."""
    layers = _KEPT.get(session)
    if layers is None:
        layers = _KEPT[session] = Layers()
    return layers


def grade_words(result: SimulationResult, time_s: float | None) -> str:
    """Say how fine a prediction is and which time is shown, such as ``"1 mm result · coldest reached"``."""
    spacing = result.grid.spacing_ijk_mm[0]
    grade = f"preview {spacing:g} mm" if spacing > 1.5 else f"{spacing:g} mm result"
    if time_s is None:
        return f"{grade} · coldest reached"
    return f"{grade} · at {int(time_s) // 60}:{int(time_s) % 60:02d}"


def identity_words(session: Session, view: ViewState) -> str:
    """Return the patient's label for a picture, or that it is hidden."""
    return HIDDEN_IDENTITY if view.hide_identity else session.identity.label


def target_at(session: Session, view: ViewState) -> Target | None:
    """Return the selected target, None when nothing is selected or it is gone."""
    return next((t for t in session.plan.targets if t.id == view.selected_target), None)


@cache
def _models() -> dict[str, ProbeModel]:
    return {model.id: model for model in probe_models()}


def _sampled(course: NerveCurve) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the smooth curve (N, 3), LPS mm, and the treated part's first and last index."""
    try:
        curve = smooth_curve(course)
        start, end = treatment_segment_mm(course)
    except PlannerError:
        points = np.asarray(course.points_lps_mm, dtype=float).reshape(-1, 3)
        return points, (0, max(len(points) - 1, 0))
    first, last = np.searchsorted(curve.arc_mm, (start, end))
    return curve.points_lps_mm, (int(first), int(min(last, len(curve.arc_mm) - 1)))
