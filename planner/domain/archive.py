"""What is asked of an archive, and what does it list? Studies, series, and what was fetched of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from planner.domain.errors import InputRefused

LONGEST_QUERY = 64
MOST_SERIES_FETCHED = 50
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class StudyQuery:
    """What is known of the studies looked for. All parts that are given must fit; at least one is.

    Parameters
    ----------
    patient_name
        Family name first; ``*`` stands for anything, and is added at the end where none is typed.
    patient_id, accession_number
        As the archive has them; ``*`` stands for anything.
    first_day, last_day
        ISO days, ``"2026-11-22"``, both included; empty for no bound.
    modality
        Such as ``"CT"``; empty for any.
    """

    patient_name: str = ""
    patient_id: str = ""
    accession_number: str = ""
    first_day: str = ""
    last_day: str = ""
    modality: str = ""

    def __post_init__(self) -> None:
        for text in (self.patient_name, self.patient_id, self.accession_number, self.modality):
            if len(text) > LONGEST_QUERY or not text.isprintable() or "\\" in text:
                raise InputRefused(
                    f"What is looked for has at most {LONGEST_QUERY} characters and no backslash, not “{text[:80]}”.",
                    code="query-text",
                )
        for day in (self.first_day, self.last_day):
            _demand_day(day)
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise InputRefused(
                f"The first day, {self.first_day}, is after the last, {self.last_day}.", code="query-days"
            )
        # A modality alone would have an archive list everything it holds.
        named = (self.patient_name, self.patient_id, self.accession_number, self.first_day, self.last_day)
        if not any(text.strip(" *") for text in named):
            raise InputRefused("Type a name, an ID, an accession number or a day to look for.", code="query-empty")


def _demand_day(day: str) -> None:
    """Raise InputRefused unless it is a day of the calendar, or empty: an archive finds nothing on any other."""
    if not day:
        return
    if not _DAY.fullmatch(day):
        raise InputRefused(f"A day is written as 2026-11-22, not “{day[:20]}”.", code="query-day")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise InputRefused(f"There is no day {day}. Type one of the calendar.", code="query-day") from None


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study as an archive lists it. Texts are the archive's own words; counts are 0 where it gives none."""

    study_instance_uid: str
    patient_name: str = ""
    patient_id: str = ""
    birth_day: str = ""
    study_day: str = ""
    description: str = ""
    accession_number: str = ""
    modalities: str = ""
    series_count: int = 0
    image_count: int = 0


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series as an archive lists it; counts are 0 where it gives none."""

    study_instance_uid: str
    series_instance_uid: str
    modality: str = ""
    number: str = ""
    description: str = ""
    body_part: str = ""
    image_count: int = 0


@dataclass(frozen=True, slots=True)
class FoundStudies:
    """The studies that fit; ``is_cut`` when the archive has more than are listed."""

    studies: tuple[StudyRow, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """The series of one study."""

    series: tuple[SeriesRow, ...]


@dataclass(frozen=True, slots=True)
class WantedSeries:
    """Which series of one study are to be fetched."""

    study_instance_uid: str
    series_instance_uids: tuple[str, ...]

    def __post_init__(self) -> None:
        for uid in (self.study_instance_uid, *self.series_instance_uids):
            check_uid(uid)
        if not 0 < len(self.series_instance_uids) <= MOST_SERIES_FETCHED:
            raise InputRefused(
                f"Choose 1 to {MOST_SERIES_FETCHED} series to fetch, not {len(self.series_instance_uids)}.",
                code="fetch-count",
            )


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: ``folder`` holds all of it, and nothing else."""

    folder: str
    count: int
    bytes_read: int


def is_uid(text: str) -> bool:
    """Whether a text is a unique identifier of PS3.5 section 9."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def check_uid(uid: str) -> None:
    """Refuse what is no unique identifier: archives take wildcards where one stands."""
    if not is_uid(uid):
        raise InputRefused(f"“{uid[:70]}” is no unique identifier of a study or series.", code="uid-invalid")
