"""Which listed series is meant? By its identifier and part, or the only usable one; never by a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.series import SeriesVerdict

if TYPE_CHECKING:
    from planner.domain.series import ScanReport, SeriesSummary


def chosen_series(
    report: ScanReport, *, series_instance_uid: str, part: str, uid_field: str, part_field: str
) -> SeriesSummary:
    """Return the one series meant.

    Parameters
    ----------
    series_instance_uid, part
        Empty where nothing was said: then it is the only usable one among the rest.
    uid_field, part_field
        What the two are called where the user can change them, for sentences.

    Raises
    ------
    InputRefused
        When none or more than one fits; the sentence lists what there is.
    """
    rows = [
        series
        for series in report.series
        if (not series_instance_uid or series.series_instance_uid == series_instance_uid)
        and (not part or series.part == part)
    ]
    # A named series that refuses is the one meant: the caller says why it cannot be used.
    usable = [series for series in rows if series.verdict is not SeriesVerdict.NOT_USABLE]
    if len(rows) > 1 or not series_instance_uid:
        rows = usable
    if len(rows) == 1:
        return rows[0]
    if not rows:
        there = "; ".join(f"{_named(series)}: {series.sentence}" for series in report.series)
        sentence = f"{uid_field} finds no usable CT series ({there or 'it holds no DICOM series'})."
        raise InputRefused(sentence, code="series-unknown", where=report.folder)
    uids = sorted({series.series_instance_uid for series in rows})
    if len(uids) > 1:
        raise InputRefused(
            f"{uid_field} must name one of {', '.join(uids)}.", code="series-ambiguous", where=report.folder
        )
    parts = ", ".join(f"“{series.part}”" for series in rows)
    raise InputRefused(f"{part_field} must name one of {parts}.", code="series-ambiguous", where=report.folder)


def _named(series: SeriesSummary) -> str:
    return f"{series.label} ({series.part})" if series.part else series.label
