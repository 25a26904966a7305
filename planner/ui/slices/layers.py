"""What of the open case belongs into the views? The depiction of the plan, kept so that a drag makes nothing twice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from planner.domain.measurement import MeasurementKind
from planner.persistence.resources import probe_models
from planner.rendering.content import SliceContent
from planner.rendering.palette import levels_for
from planner.services import depiction
from planner.services.robustness_shelf import current_robustness
from planner.ui.view_state import STRUCTURE_TOOLS

if TYPE_CHECKING:
    from planner.domain.identity import StructureId
    from planner.domain.measurement import Measurement
    from planner.domain.probe import ProbeModel
    from planner.domain.robustness import TargetCoverage
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.rendering.content import (
        BodyLayer,
        IceBand,
        IceLayer,
        MeasurementLayer,
        NerveLayer,
        ProbeLayer,
        StructureLayer,
    )
    from planner.rendering.palette import IceLevel
    from planner.services.mask_draft import MaskDraft
    from planner.services.session import Session
    from planner.services.shared import SharedRange
    from planner.ui.view_state import ViewState

HIDDEN_IDENTITY = "Name hidden"


class Layers:
    """Drawable layers of one session, shared by all its views.

    The plan shares unchanged tuples between edits, so "the same tuple" means "nothing to make again": dragging a probe
    opens no mask and smooths no nerve.
    """

    def __init__(self) -> None:
        self._structures: tuple[tuple[Structure, ...], frozenset[StructureId], tuple[StructureLayer, ...]]
        self._structures = ((), frozenset(), ())
        self._nerves: tuple[tuple[Target, ...], str, tuple[TargetCoverage, ...], tuple[NerveLayer, ...]]
        self._nerves = ((), "", (), ())
        self._measurements: tuple[tuple[Measurement, ...], tuple[MeasurementLayer, ...]] = ((), ())
        self._ice: tuple[str, IceLayer] | None = None
        self._band: tuple[SharedRange, bool, IceBand] | None = None
        self._held: tuple[StructureId, MaskDraft] | None = None

    def hold(self, structure_id: StructureId | None, draft: MaskDraft | None) -> None:
        """Show a structure as it is being drawn, or with None as the plan has it."""
        self._held = None if structure_id is None or draft is None else (structure_id, draft)

    def structures(self, session: Session, view: ViewState) -> tuple[StructureLayer, ...]:
        """Return the structures that are not hidden, with their masks; none while all are switched off."""
        if not view.show_structures:
            return ()
        structures, hidden = session.plan.structures, view.hidden_structures
        if self._structures[0] is not structures or self._structures[1] != hidden:
            layers = depiction.structure_layers(session.plan, session.mask, hidden=hidden)
            self._structures = (structures, hidden, layers)
        return self._structures[2]

    def seen_structures(self, session: Session, view: ViewState) -> tuple[StructureLayer, ...]:
        """Return the structures as slices show them: the one being edited as it is under the hand, and marked."""
        layers = self.structures(session, view)
        chosen = view.selected_structure
        if not view.is_structuring or view.tool not in STRUCTURE_TOOLS or chosen is None:
            return layers
        return tuple(self._edited(layer) if layer.structure_id == chosen else layer for layer in layers)

    def _edited(self, layer: StructureLayer) -> StructureLayer:
        if self._held is None or self._held[0] != layer.structure_id:
            return replace(layer, is_edited=True)
        draft = self._held[1]
        return replace(layer, mask=draft.mask, key="", box=draft.box, is_edited=True)

    def nerves(self, session: Session, view: ViewState) -> tuple[NerveLayer, ...]:
        """Return the target nerves; the selected one with the points that can be dragged."""
        targets, selected, told = session.plan.targets, view.selected_target or "", self._coverages(session, view)
        if self._nerves[0] is not targets or self._nerves[1] != selected or self._nerves[2] is not told:
            layers = depiction.nerve_layers(session.plan, selected=selected, with_handles=True, coverages=told)
            self._nerves = (targets, selected, told, layers)
        return self._nerves[3]

    @staticmethod
    def _coverages(session: Session, view: ViewState) -> tuple[TargetCoverage, ...]:
        """Return how often targets are treated over the draws of exactly this plan (H-13); nothing while not wanted."""
        told = current_robustness(session) if view.flags["show_shares"] else None
        return () if told is None else told.coverages

    def bodies(self, session: Session, view: ViewState) -> tuple[BodyLayer, ...]:
        """Return the target bodies."""
        return depiction.body_layers(session.plan, selected=view.selected_target or "")

    def probes(self, session: Session, view: ViewState) -> tuple[ProbeLayer, ...]:
        """Return the probes that are not hidden, with their catalogue models."""
        layers = depiction.probe_layers(session.plan, _models(), selected=view.selected_probe or "")
        return tuple(layer for layer in layers if layer.placement.id not in view.hidden_probes)

    def measurements(self, session: Session) -> tuple[MeasurementLayer, ...]:
        """Return the measurements with their figures."""
        measurements = session.plan.measurements
        if self._measurements[0] is not measurements:
            self._measurements = (measurements, depiction.measurement_layers(session.plan, session.volume))
        return self._measurements[1]

    def ice(self, session: Session, view: ViewState) -> IceLayer | None:
        """Return the prediction at the chosen time, stale when it no longer fits the plan; None when hidden.

        While there is none for the plan as it stands, a preview takes the place of the stale one.
        """
        result, preview = session.result, session.preview
        if not view.show_ice:
            return None
        if preview is not None and not session.result_is_current:
            layer = depiction.preview_layer(preview, is_current=session.preview_is_current)
            return replace(layer, levels=levels_for(view.levels_c))
        if result is None:
            return None
        key = f"{result.input_hash} {view.time_s}"
        is_stale = not session.result_is_current
        if self._ice is None or self._ice[0] != key:
            layer = depiction.ice_layer(result, time_s=view.time_s, is_stale=is_stale)
            self._ice = (key, replace(layer, grade=f"{layer.grade} · {time_words(view.time_s)}", key=key))
        band = self._band_of(session, view)
        levels = tuple(_as_sure(level, band) for level in levels_for(view.levels_c))
        return replace(self._ice[1], levels=levels, band=band, is_stale=is_stale)

    def _band_of(self, session: Session, view: ViewState) -> IceBand | None:
        """Return the band to draw: of exactly this plan, and of the coldest temperatures, which are what it bounds."""
        shared = session.uncertainty
        if shared is None or not session.range_is_current or view.time_s is not None or not view.show_band:
            return None
        if self._band is None or self._band[:2] != (shared, view.whole_band):
            band = depiction.ice_band(shared, session.blobs, is_whole=view.whole_band)
            self._band = (shared, view.whole_band, band)
        return self._band[2]

    def slice_content(self, session: Session, view: ViewState) -> SliceContent:
        """Return everything a slice shows except the crosshair, which the views draw themselves as it moves."""
        return SliceContent(
            structures=self.seen_structures(session, view),
            nerves=self.nerves(session, view),
            bodies=self.bodies(session, view),
            probes=self.probes(session, view),
            measurements=self.measurements(session),
            ghosts=view.ghosts,
            access=view.access,
            ice=self.ice(session, view),
            identity=identity_words(session, view),
            image_numbers=session.volume.ref.image_numbers,
            show_text=view.show_text,
        )


def as_seen(
    measurements: tuple[MeasurementLayer, ...], session: Session, view: ViewState
) -> tuple[MeasurementLayer, ...]:
    """Return measurements for a view of the CT; HU that are not those of the picture under them say so."""
    others = ["slab"] if view.slab_mm else []
    if session.second is not None and view.second_share:
        others.append("second series")
    if not others:
        return measurements
    said = f"of the CT slice, not of the {' or the '.join(others)}"
    return tuple(
        replace(layer, words=(*layer.words, said)) if layer.kind is MeasurementKind.CIRCLE else layer
        for layer in measurements
    )


_KEPT: WeakKeyDictionary[Session, Layers] = WeakKeyDictionary()


def layers_of(session: Session) -> Layers:
    """Return the one set of layers of a session."""
    layers = _KEPT.get(session)
    if layers is None:
        layers = _KEPT[session] = Layers()
    return layers


def time_words(time_s: float | None) -> str:
    """Say which temperatures are shown: ``"at 5:00"`` of the protocol, or ``"coldest reached"``."""
    return "coldest reached" if time_s is None else f"at {int(time_s) // 60}:{int(time_s) % 60:02d}"


def _as_sure(level: IceLevel, band: IceBand | None) -> IceLevel:
    """Return an isotherm whose label says so when it has no inner edge to be drawn: no place surely gets that cold."""
    edges = None if band is None else band.of(level.level_c)
    if edges is None or edges.inner_mm is not None or not level.is_for_coverage:
        return level
    return replace(level, note="unsure")


def identity_words(session: Session, view: ViewState) -> str:
    """Return the patient's label for a picture, or that it is hidden."""
    return HIDDEN_IDENTITY if view.hide_identity else session.identity.label


@cache
def _models() -> tuple[ProbeModel, ...]:
    return probe_models()
