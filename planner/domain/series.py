"""What did the folder hold? Series as listed to the user, each with a verdict in words, and the files left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.identity import PatientIdentity
from planner.domain.review import Finding, Severity


class SeriesVerdict(StrEnum):
    """Whether a series can carry a plan."""

    READY = "READY"
    READY_AFTER_ACKNOWLEDGEMENT = "READY AFTER ACKNOWLEDGEMENT"
    NOT_USABLE = "NOT USABLE"


@dataclass(frozen=True, slots=True)
class SliceFile:
    """Where one slice is: an absolute path, and the frame in it, counted from 0; ordinary files hold one frame."""

    path: str
    frame: int = 0


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series as shown in the import table.

    ``spacing_ijk_mm`` is None where the headers do not define a regular volume. ``slices`` are in position order along
    the slice normal. ``patient_position`` is the DICOM word or empty. ``part`` says what sets this volume apart where
    one series holds several; usually it is empty. ``spacing_off_mm`` and ``tilt_deg`` are what the checks measured over
    the whole stack, None where no stack could be fitted.
    """

    series_instance_uid: str
    study_instance_uid: str
    patient: PatientIdentity
    label: str
    modality: str
    images: int
    size_ji: tuple[int, int]
    spacing_ijk_mm: tuple[float, float, float] | None
    extent_hf_mm: tuple[float, float] | None
    date: str
    detail: str
    patient_position: str
    scanner: str
    compression: str
    slices: tuple[SliceFile, ...]
    findings: tuple[Finding, ...] = ()
    part: str = ""
    spacing_off_mm: float | None = None
    tilt_deg: float | None = None

    @property
    def key(self) -> str:
        """What identifies the row: the series and its part; without an identifier, its first slice."""
        first = self.slices[0] if self.slices else SliceFile("")
        return f"{self.series_instance_uid or f'{first.path}#{first.frame}'}|{self.modality}|{self.part}"

    @property
    def verdict(self) -> SeriesVerdict:
        """The strictest severity among the findings, as a verdict."""
        severities = {finding.severity for finding in self.findings}
        if Severity.REFUSE in severities:
            return SeriesVerdict.NOT_USABLE
        return SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT if Severity.ACK in severities else SeriesVerdict.READY

    @property
    def sentence(self) -> str:
        """The first sentence of the strictest finding, or what was checked."""
        for severity in (Severity.REFUSE, Severity.ACK):
            for finding in self.findings:
                if finding.severity is severity:
                    return finding.sentence
        return "Even spacing, no tilt, one frame of reference."


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that is in no series, and why: in a sentence, and as a code that does not change."""

    path: str
    sentence: str
    code: str


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Everything one folder, archive or choice of files held.

    ``folder`` is where it came from, and what to scan to find it again. ``skipped`` counts links, devices and pipes,
    which are never opened. ``is_complete`` is False in what is sent while the scan goes on.
    """

    folder: str
    files_read: int
    series: tuple[SeriesSummary, ...]
    rejected: tuple[RejectedFile, ...]
    skipped: int = 0
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """One element of a file's header, for reading.

    ``tag`` is such as ``"(0010,0010)"``; ``keyword`` is empty for what the dictionary does not know; ``value`` is
    bounded text, or a count of bytes; ``depth`` counts sequences from 0.
    """

    tag: str
    keyword: str
    vr: str
    value: str
    depth: int = 0
