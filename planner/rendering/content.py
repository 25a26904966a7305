"""What may a picture show? Anatomy, targets, probes and ice gathered by the caller, in patient space."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.rendering.palette import ICE_EDGE, ICE_LEVELS, ICE_TREATMENT, IceLevel

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.bit_packing import Box
    from planner.domain.geometry import Grid, PointLps
    from planner.domain.measurement import MeasurementKind
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.structure import StructureKind
    from planner.domain.target import TargetBody
    from planner.rendering.access_scene import AccessLayer
    from planner.rendering.plane import SlicePlane


@dataclass(frozen=True, slots=True, eq=False)
class StructureLayer:
    """A structure to outline.

    Parameters
    ----------
    mask
        bool, shape (K, J, I), on the CT's grid.
    key
        Content hash of the mask; lets a :class:`ContourCache` reuse its outlines. Empty = never cached.
    colour
        Its own colour, ``"#rrggbb"``; empty: its kind's.
    structure_id
        Whose mask it is.
    box
        Around everything that is True, for a mask that changes under the hand; None: to be found.
    is_edited
        Being drawn or about to be: filled more strongly than the others.
    """

    name: str
    kind: StructureKind
    mask: NDArray[np.bool_]
    key: str = ""
    colour: str = ""
    structure_id: str = ""
    box: Box | None = None
    is_edited: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class NerveLayer:
    """A target nerve.

    Parameters
    ----------
    curve_lps_mm
        Smooth course, shape (N, 3), LPS mm.
    segment
        First and last index of the curve's treated part; None = the whole curve.
    handles_lps_mm
        The user's own points, drawn as handles when given.
    shares
        How often each place of the curve is treated, shape (N,), 0 to 1 of the draws; not a number where that is not
        told. None: no draws are shown.
    """

    name: str
    curve_lps_mm: NDArray[np.float64]
    segment: tuple[int, int] | None = None
    diameter_mm: float | None = None
    handles_lps_mm: tuple[PointLps, ...] = ()
    is_selected: bool = False
    shares: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class BodyLayer:
    """A target body (ganglion, plexus, gland)."""

    name: str
    body: TargetBody
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class ProbeLayer:
    """A probe; without a model, or with an incomplete one, no active zone is drawn."""

    placement: ProbePlacement
    model: ProbeModel | None = None
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class MeasurementLayer:
    """A measurement with its figures, a line of text each; see :class:`planner.domain.measurement.Measurement`."""

    name: str
    kind: MeasurementKind
    points_lps_mm: tuple[PointLps, ...]
    normal_lps: PointLps
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BandEdges:
    """Where one isotherm lies at the earliest and at the latest.

    Parameters
    ----------
    outer_mm, inner_mm
        shape (K, J, I) of ``grid``, float32, mm: signed distance to the edge, negative inside. None where there is no
        such edge: the ice may nowhere, or need nowhere, be that cold.
    """

    level_c: float
    grid: Grid
    outer_mm: NDArray[np.float32] | None
    inner_mm: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class IceBand:
    """The band around a prediction: the edges of its isotherms, drawn dashed and dotted.

    Parameters
    ----------
    error_mm
        The known error of the model, by which the edges are wider than the range of the prediction.
    key
        As in :class:`IceLayer`.
    """

    edges: tuple[BandEdges, ...]
    error_mm: float
    key: str = ""

    def pessimistic(self) -> IceBand:
        """Return how far the visible edge may reach, and what is sure of the treatment isotherm.

        This is what is drawn unless more is asked for: every edge of every isotherm at once hides the picture.
        """
        kept = [
            replace(edges, inner_mm=None) if edges.level_c == ICE_EDGE.level_c else replace(edges, outer_mm=None)
            for edges in self.edges
            if edges.level_c in (ICE_EDGE.level_c, ICE_TREATMENT.level_c)
        ]
        return IceBand(tuple(kept), self.error_mm, self.key)

    def of(self, level_c: float) -> BandEdges | None:
        """Return the edges of one isotherm."""
        return next((edges for edges in self.edges if edges.level_c == level_c), None)


@dataclass(frozen=True, slots=True, eq=False)
class IceLayer:
    """A temperature field to contour.

    Parameters
    ----------
    field_c
        shape (K, J, I), float, °C, on the solver's ``grid``.
    grade
        How good the numbers are, such as ``"1 mm result"``.
    is_stale
        The plan has changed since: hatched, grey, marked STALE.
    key
        Names the field by content; lets a :class:`ContourCache` reuse its isotherms. Empty = never cached.
    is_preview
        Computed coarsely while a probe is moved, never judged: thin lines without fill, marked PREVIEW.
    is_trailing
        The probe has moved on since a preview was computed: fainter until the next one is there.
    band
        How small and how large the ice may be; only drawn around a result that fits the plan.
    """

    field_c: NDArray[np.floating]
    grid: Grid
    grade: str
    is_stale: bool = False
    levels: tuple[IceLevel, ...] = ICE_LEVELS
    key: str = ""
    is_preview: bool = False
    is_trailing: bool = False
    band: IceBand | None = None

    @property
    def drawn_band(self) -> IceBand | None:
        """The band, where one may be drawn: never around a stale prediction or a preview (H-13)."""
        return None if self.is_stale or self.is_preview else self.band


@dataclass(frozen=True, slots=True, eq=False)
class GhostLayer:
    """Another placement beside the plan's own: a failing draw, a suggestion. It is never taken for the plan (H-13).

    Parameters
    ----------
    name
        Written beside it in every view, such as ``"Draw 37"``; what it is must be said in words elsewhere, too.
    ice
        Its own ice; of its isotherms the 0 °C edge and the treatment isotherm are drawn.
    is_solid
        The one of several that is chosen: solid lines in place of dashes.
    """

    name: str
    probes: tuple[ProbeLayer, ...] = ()
    ice: IceLayer | None = None
    is_solid: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SliceContent:
    """Everything a slice may show besides the CT. What is None or empty is not drawn.

    ``title`` replaces the plane's name at the top left (the probe's-eye views). ``show_text`` turns the corner texts
    off; letters, scale bar, name and identity always stay.
    """

    structures: tuple[StructureLayer, ...] = ()
    nerves: tuple[NerveLayer, ...] = ()
    bodies: tuple[BodyLayer, ...] = ()
    probes: tuple[ProbeLayer, ...] = ()
    measurements: tuple[MeasurementLayer, ...] = ()
    ghosts: tuple[GhostLayer, ...] = ()
    access: AccessLayer | None = None
    ice: IceLayer | None = None
    crosshair_lps_mm: PointLps | None = None
    identity: str = ""
    image_numbers: tuple[int, int] | None = None
    title: str = ""
    show_text: bool = True


@dataclass(slots=True)
class ContourCache:
    """Outlines of masks and isotherms by content and slice, in LPS mm: panning and zooming never contour again."""

    limit: int = 512
    _kept: OrderedDict[tuple[object, ...], tuple[NDArray[np.float64], ...]] = field(default_factory=OrderedDict)

    def on_plane(
        self,
        content_key: tuple[object, ...],
        plane: SlicePlane,
        make: Callable[[], tuple[NDArray[np.float64], ...]],
    ) -> tuple[NDArray[np.float64], ...]:
        """Return the lines of something on the infinite plane of a view, whatever its pan, zoom and size."""
        depth_mm = round(sum(n * c for n, c in zip(plane.normal_lps, plane.centre_lps_mm, strict=True)), 3)
        return self.get((*content_key, plane.right_lps, plane.down_lps, depth_mm), make)

    def get(
        self, key: tuple[object, ...], make: Callable[[], tuple[NDArray[np.float64], ...]]
    ) -> tuple[NDArray[np.float64], ...]:
        """Return what is kept under ``key``, making it on first use and dropping the least recently used."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._kept[key] = make()
        if len(self._kept) > self.limit:
            self._kept.popitem(last=False)
        return made
