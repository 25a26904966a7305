"""How is a series told in words? Name, spacing, counts and facts as plain text for rows, panel and screen reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.domain.geometry import PatientPosition
from planner.report.numbers import head_feet, mm, number

if TYPE_CHECKING:
    from planner.domain.series import SeriesSummary

_THIN_SPACE = "\N{THIN SPACE}"
_LAST = 10**9
# Codes of the finding on a series whose files are not all read, and on one whose reading was stopped.
STILL_READING, INCOMPLETE = "still-reading", "scan-incomplete"


def is_still_read(series: SeriesSummary) -> bool:
    """Whether a scan has not come to its verdict yet."""
    return any(finding.code == STILL_READING for finding in series.findings)


def spacing_words(series: SeriesSummary) -> str:
    """Return a series' voxel size, or a dash where its headers define none."""
    if series.spacing_ijk_mm is None:
        return "—"
    i, j, k = series.spacing_ijk_mm
    return f"{number(i, decimals=3)} × {number(j, decimals=3)} × {_trimmed(k)}"


def _trimmed(value_mm: float) -> str:
    """Write a slice distance with as many decimals as it has, one at least: 1.0, 4.85."""
    whole, _, decimals = number(value_mm, decimals=3).partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def series_words(series: SeriesSummary) -> str:
    """Return a series' own name; a bare number says what it numbers."""
    return f"Series {series.label}" if series.label.isdigit() else series.label


def position_words(series: SeriesSummary) -> str:
    """Return how the patient lies, such as ``"feet first, supine"``; the DICOM word where it is another one."""
    known = series.patient_position in PatientPosition.__members__
    return PatientPosition(series.patient_position).words if known else series.patient_position


def detail_words(series: SeriesSummary) -> str:
    """Return a row's second line: the part first, where one series holds several volumes."""
    detail = [text for text in series.detail.split(" · ") if text != series.part]
    return " · ".join(text for text in (series.part, *detail, position_words(series)) if text)


def study_words(series: SeriesSummary) -> str:
    """Return what tells a study from the patient's others."""
    told = (series.patient.study_description, series.patient.study_date)
    return " · ".join(text for text in told if text) or "Study without a name"


def patient_words(series: SeriesSummary) -> str:
    """Return what tells a patient from the others: two of one name may differ in their birth date (H-11)."""
    born = series.patient.birth_date
    return f"{series.patient.label} · born {born}" if born else series.patient.label


def spoken_series(series: SeriesSummary) -> str:
    """Return a whole row in words."""
    verdict = "still being read" if is_still_read(series) else f"{series.verdict.value}: {series.sentence}"
    named = f"{series_words(series)}, {series.part}" if series.part else series_words(series)
    return f"{named}, {series.modality}, {count(series.images, 'image')}, {verdict}"


def searched_text(series: SeriesSummary) -> str:
    """Return what the filter looks through: patient, study, series and modality, in small letters."""
    patient = series.patient
    about = (patient_words(series), study_words(series), patient.institution, patient.accession_number)
    return " ".join((*about, spoken_series(series), detail_words(series), series.date)).lower()


def sort_key(series: SeriesSummary) -> tuple[object, ...]:
    """Order rows: patient, newest study first, study, series number, name."""
    return (
        series.patient.label.lower(),
        tuple(-ord(letter) for letter in series.patient.study_date or series.date),
        series.study_instance_uid,
        _number_first(series.label),
        series.part,
        series.key,
    )


def _number_first(label: str) -> tuple[int, str]:
    number_text = re.match(r"[0-9]{1,9}", label)
    return (int(number_text.group()) if number_text else _LAST, label)


def grouped(amount: int) -> str:
    """Write a whole number with thin spaces between thousands, ``"1 284"``."""
    return f"{amount:,}".replace(",", _THIN_SPACE)


def count(amount: int, one: str, many: str = "") -> str:
    """Write how many of something there are."""
    return f"{grouped(amount)} {one if amount == 1 else many or one + 's'}"


def facts(series: SeriesSummary, *, hide_identity: bool = False) -> list[tuple[str, str]]:
    """Return the panel's pairs of name and value; an unknown value is empty."""
    rows, columns = series.size_ji
    position = position_words(series)
    return [
        ("Patient", "Names are hidden" if hide_identity else patient_words(series)),
        ("Position", position[:1].upper() + position[1:]),
        ("Size", f"{columns} × {rows} × {grouped(series.images)}" if rows else ""),
        ("Spacing", f"{spacing_words(series)} mm" if series.spacing_ijk_mm else ""),
        ("Coverage", _coverage(series)),
        ("Scanner", series.scanner),
        ("Compression", series.compression),
    ]


def _coverage(series: SeriesSummary) -> str:
    if series.extent_hf_mm is None:
        return ""
    low, high = sorted(series.extent_hf_mm)
    return f"{mm(high - low)}, {head_feet(high).removesuffix(' mm')} to {head_feet(low)}"
