"""How bad was it, and by whose scale? Published gradings of complications, and published doses for context."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.datum import Status
from planner.domain.procedure import ScanPurpose


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade: its sign in the publication, and what it means in the program's words."""

    grade: str
    words: str
    status: Status

    @property
    def meaning(self) -> str:
        """What it means and, where that was not read, so: ``"Moderate … (unverified)"``."""
        return self.words if self.status.is_verified else f"{self.words} (unverified)"

    @property
    def label(self) -> str:
        """Sign and meaning: ``"2 · Moderate … (unverified)"``."""
        return f"{self.grade} · {self.meaning}"


@dataclass(frozen=True, slots=True)
class Grading:
    """One published scale; a complication names it by ``id``."""

    id: str
    title: str
    status: Status
    source: str
    citation: str
    note: str
    grades: tuple[Grade, ...]

    def grade(self, sign: str) -> Grade | None:
        """Return one grade by its sign; None when the scale has no such grade."""
        return next((one for one in self.grades if one.grade == sign), None)


@dataclass(frozen=True, slots=True)
class PurposeDose:
    """Published mean and standard deviation of the effective dose of scans of one purpose, mSv."""

    purpose: ScanPurpose
    mean_msv: float
    sd_msv: float


@dataclass(frozen=True, slots=True)
class PublishedDoses:
    """What others used; ``conversion_msv_per_mgy_cm`` is the factor by which they turned DLP into effective dose."""

    about: str
    source: str
    citation: str
    conversion_msv_per_mgy_cm: float
    purposes: tuple[PurposeDose, ...]
    total_msv: float
    total_sd_msv: float

    def dlp_mgy_cm(self, mean_msv: float) -> float:
        """Return the dose-length product behind a published effective dose, by their own factor."""
        return mean_msv / self.conversion_msv_per_mgy_cm

    def of(self, purpose: ScanPurpose) -> PurposeDose:
        """Return the dose of one purpose."""
        return next(one for one in self.purposes if one.purpose is purpose)
