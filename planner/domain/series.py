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
class SeriesSummary:
    """One series as shown in the import table.

    ``spacing_ijk_mm`` is None where the headers do not define a regular volume. ``files`` are absolute paths in
    position order along the slice normal. ``patient_position`` is the DICOM word or empty.
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
    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

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
    """A file that is in no series, and why, in a sentence."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Everything one folder held."""

    folder: str
    files_read: int
    series: tuple[SeriesSummary, ...]
    rejected: tuple[RejectedFile, ...]
