"""What is known of a nerve before the scan? Atlas entries, every value with source and status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.datum import Datum, Status


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
class AtlasEntry:
    """One nerve, ganglion, plexus or gland of the atlas.

    ``diameter_mm`` is MISSING where no figure was found: then nothing is assumed.
    ``body_length_mm``/``body_width_mm`` are given for bodies where the sources state dimensions. ``off_label`` says that
    the sources block this target but do not freeze it, ``block_first`` that a diagnostic block goes before the first
    freeze; None where no source says so.
    """

    id: str
    name: str
    form: TargetForm
    fibre_type: str
    levels: tuple[SourcedText, ...]
    approaches: tuple[SourcedText, ...]
    diameter_mm: Datum
    body_length_mm: Datum
    body_width_mm: Datum
    expected: tuple[ExpectedStructure, ...]
    risks: tuple[SourcedText, ...] = ()
    protocols: tuple[SourcedText, ...] = ()
    notes: tuple[str, ...] = ()
    off_label: SourcedText | None = None
    block_first: SourcedText | None = None

    @property
    def block_only(self) -> bool:
        """Whether the sources block this target but do not freeze it."""
        return self.off_label is not None

    @property
    def has_motor_fibres(self) -> bool:
        """Whether weakness is a risk: fibre type names motor or mixed."""
        return any(word in self.fibre_type.lower() for word in ("motor", "mixed"))
