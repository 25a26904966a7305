"""Which work takes the identity away? The CT written anew as nobody's, and the DICOM objects said to be so."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.exchange import PlanForm
from planner.domain.plan import Plan
from planner.services.shared import SharedVolume


@dataclass(frozen=True, slots=True)
class WriteNobodysCt:
    """Write a CT without identity into a folder.

    ``source_folder`` is where the CT's own files are: they say whether text is burned into them. ``salt`` is the one
    export's, in hexadecimal digits.
    """

    volume: SharedVolume
    source_folder: str
    folder: str
    salt: str


@dataclass(frozen=True, slots=True)
class NobodysCt:
    """The files written, and sentences on what of the pictures nobody but a reader can judge."""

    files: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StampNobodys:
    """Say in DICOM objects, made from a CT without identity, that they have none."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackNobodys:
    """Make the whole package of a plan without an identity: its report, what is beside it, the plan, its CT if wanted.

    ``source_folder`` is where the CT's own files are, ``folder`` where the package goes, ``forms`` what it holds beside
    the report. ``range_spacing_mm`` None leaves the range out. ``paper`` and ``language`` are the report's.
    """

    volume: SharedVolume
    plan: Plan
    source_folder: str
    folder: str
    forms: tuple[PlanForm, ...] = ()
    with_ct: bool = False
    spacing_mm: float = 1.0
    range_spacing_mm: float | None = 1.0
    paper: str = "a4"
    language: str = "en"
