"""What is known of a nerve before the scan? Atlas entries, every value with source and status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.datum import MISSING, Datum, Status


class TargetForm(StrEnum):
    """How a target is drawn and scored."""

    NERVE = "nerve"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class SourcedText:
    """One statement with where it comes from."""

    text: str
    status: Status
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedStructure:
    """A structure that should be segmented before a plan for this nerve is judged.

    ``kind`` is a StructureKind value. ``name`` is as the atlas words it, such as ``"vertebral artery"``.
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that can be found on a CT; ``how`` says how, in the order of looking."""

    name: str
    how: str
    status: Status
    source: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePoint:
    """A point relative to landmarks.

    Parameters
    ----------
    weights
        One per landmark, adding up to 1: the point is their weighted mean before the offset.
    offset_mm
        Along the template's own axes (:class:`CourseTemplate`), mm.
    """

    weights: tuple[float, ...]
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CourseTemplate:
    """Where a target lies relative to its landmarks, to begin with: the course of a nerve, the centre of a body.

    Parameters
    ----------
    frame
        Numbers of the landmarks that span the axes: the first axis runs from the first to the second, the second axis
        toward the third, at a right angle to the first. The third axis stands on both, so that they are right-handed
        on the patient's left and mirrored on the right.
    """

    frame: tuple[int, ...]
    points: tuple[TemplatePoint, ...]
    status: Status
    source: str = ""


@dataclass(frozen=True, slots=True)
class AtlasEntry:
    """One nerve, ganglion, plexus or gland of the atlas.

    ``diameter_mm`` is MISSING where no figure was found: then nothing is assumed.
    ``body_length_mm``/``body_width_mm`` are given for bodies where the sources state dimensions.
    ``off_label`` says that the sources block this target but do not freeze it, ``block_first`` that a diagnostic block
    goes before the first freeze; None where no source says so.
    ``recovery_months`` is what a source reports of this very nerve. ``landmarks`` are two to four, in the order of
    clicking, and ``template`` is where the target lies between them. ``nearby`` says where the list of ``expected``
    structures comes from.
    """

    id: str
    name: str
    form: TargetForm
    fibres: SourcedText
    levels: tuple[SourcedText, ...]
    approaches: tuple[SourcedText, ...]
    diameter_mm: Datum
    body_length_mm: Datum
    body_width_mm: Datum
    expected: tuple[ExpectedStructure, ...]
    nearby: SourcedText
    risks: tuple[SourcedText, ...] = ()
    protocols: tuple[SourcedText, ...] = ()
    outcomes: tuple[SourcedText, ...] = ()
    notes: tuple[SourcedText, ...] = ()
    off_label: SourcedText | None = None
    block_first: SourcedText | None = None
    recovery_months: Datum = MISSING
    landmarks: tuple[Landmark, ...] = ()
    template: CourseTemplate | None = None

    @property
    def fibre_type(self) -> str:
        """What fibres it carries, in words."""
        return self.fibres.text

    @property
    def block_only(self) -> bool:
        """Whether the sources block this target but do not freeze it."""
        return self.off_label is not None

    @property
    def has_motor_fibres(self) -> bool:
        """Whether weakness is a risk: fibre type names motor or mixed."""
        return any(word in self.fibre_type.lower() for word in ("motor", "mixed"))

    @property
    def is_nervous(self) -> bool:
        """Whether nerve fibres are what is frozen: a gland is not."""
        return "not nerve" not in self.fibre_type.lower()
