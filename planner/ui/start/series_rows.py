"""How does a list of series become rows? Patient, study where a patient has several, series; updated in place.

A scan reports several times; the rows of a series that is there already keep their place, selection and expansion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from planner.ui.start.series_words import (
    grouped,
    patient_words,
    searched_text,
    series_words,
    sort_key,
    spacing_words,
    spoken_series,
    study_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.series import SeriesSummary

HEADS = ("Series", "Mod.", "Images", "Spacing, mm", "Date", "Verdict")
RIGHT_ALIGNED = (2, 3)
SERIES_ROLE = Qt.ItemDataRole.UserRole
GROUP_ROLE = Qt.ItemDataRole.UserRole + 1
IDENTITY_ROLE = Qt.ItemDataRole.UserRole + 2
_NAME_ROLE = Qt.ItemDataRole.UserRole + 3
_HIDDEN = "Name hidden"

Branch = tuple[str, ...]


def branch_of(series: SeriesSummary, *, several: set[str]) -> Branch:
    """Return the keys of the group rows above a series: the patient, and the study where the patient has several."""
    patient = _patient_key(series)
    return (patient, f"{patient}\n{_study_key(series)}") if patient in several else (patient,)


def _patient_key(series: SeriesSummary) -> str:
    patient = series.patient
    return "\n".join((patient.patient_name, patient.patient_id, patient.birth_date, patient.sex))


def _study_key(series: SeriesSummary) -> str:
    return series.study_instance_uid or study_words(series)


class SeriesRows(QStandardItemModel):
    """The rows. :meth:`show` says whether rows came, went or moved; otherwise only their contents changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalHeaderLabels(list(HEADS))
        for column in RIGHT_ALIGNED:
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self.setHeaderData(column, Qt.Orientation.Horizontal, side, Qt.ItemDataRole.TextAlignmentRole)
        self._laid: tuple[tuple[Branch, str], ...] = ()
        self._of_key: dict[str, list[QStandardItem]] = {}
        self._hides_identity = False

    def show(self, found: Sequence[SeriesSummary], wanted: str = "") -> bool:
        """List series; ``wanted`` keeps those in whose patient, study, series or modality each of its words occurs."""
        words = wanted.lower().split()
        shown = sorted((s for s in found if _matches(s, words)), key=sort_key)
        studies: dict[str, set[str]] = {}
        for series in found:
            studies.setdefault(_patient_key(series), set()).add(_study_key(series))
        several = {patient for patient, keys in studies.items() if len(keys) > 1}
        keyed = list(zip(_unique_keys(shown), shown, strict=True))
        laid = tuple((branch_of(series, several=several), key) for key, series in keyed)
        is_new = laid != self._laid
        if is_new:
            self._lay(keyed, several=several)
            self._name_groups()
            self._laid = laid
        for key, series in keyed:
            _fill(self._of_key[key], series)
        return is_new

    def hide_identity(self, *, on: bool) -> None:
        """Leave patients' names out of what is seen and of what is spoken."""
        self._hides_identity = on
        self._name_groups()

    def _name_groups(self) -> None:
        for item in self.group_items():
            kind, about = item.data(GROUP_ROLE), item.data(IDENTITY_ROLE)
            name = _HIDDEN if self._hides_identity and kind == "patient" else item.data(_NAME_ROLE)
            item.setText(name)
            spoken = f"{kind.capitalize()} {name}" + (f", {about}" if about else "")
            item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)

    def series_items(self) -> Iterator[QStandardItem]:
        """Yield the first cell of every series row, from the top."""
        for _, key in self._laid:
            yield self._of_key[key][0]

    def group_items(self) -> Iterator[QStandardItem]:
        """Yield the cell of every patient and study row."""
        for row in range(self.rowCount()):
            patient = self.item(row)
            yield patient
            for below in range(patient.rowCount()):
                if patient.child(below).data(GROUP_ROLE):
                    yield patient.child(below)

    def item_of(self, key: str) -> QStandardItem | None:
        """Return the first cell of a series' row."""
        items = self._of_key.get(key)
        return items[0] if items else None

    def key_of(self, item: QStandardItem) -> str:
        """Return the key a series' first cell was laid under; empty for other cells."""
        return next((key for key, items in self._of_key.items() if items[0] is item), "")

    def _lay(self, keyed: Sequence[tuple[str, SeriesSummary]], *, several: set[str]) -> None:
        self.removeRows(0, self.rowCount())
        self._of_key = {}
        groups: dict[str, QStandardItem] = {}
        for key, series in keyed:
            branch = branch_of(series, several=several)
            for depth, name in enumerate(branch):
                if name not in groups:
                    groups[name] = _group(series, is_study=depth > 0, with_study=len(branch) == 1)
                    above = groups[branch[0]] if depth else self.invisibleRootItem()
                    above.appendRow(groups[name])
            cells = [QStandardItem() for _ in HEADS]
            for cell in cells:
                cell.setEditable(False)
            groups[branch[-1]].appendRow(cells)
            self._of_key[key] = cells


def _matches(series: SeriesSummary, words: Sequence[str]) -> bool:
    text = searched_text(series)
    return all(word in text for word in words)


def _unique_keys(shown: Sequence[SeriesSummary]) -> list[str]:
    """Return each series' key; rows that would share one are told apart by their order."""
    seen: dict[str, int] = {}
    keys = []
    for series in shown:
        seen[series.key] = seen.get(series.key, 0) + 1
        keys.append(series.key if seen[series.key] == 1 else f"{series.key}|{seen[series.key]}")
    return keys


def _group(series: SeriesSummary, *, is_study: bool, with_study: bool) -> QStandardItem:
    """Return a patient or study row; a patient's only study is told in the patient's own row."""
    name = study_words(series) if is_study else patient_words(series)
    item = QStandardItem()
    item.setData(name, _NAME_ROLE)
    item.setSelectable(False)
    item.setEditable(False)
    item.setData("study" if is_study else "patient", GROUP_ROLE)
    item.setData(study_words(series) if with_study else "", IDENTITY_ROLE)
    return item


def _fill(cells: Sequence[QStandardItem], series: SeriesSummary) -> None:
    if cells[0].data(SERIES_ROLE) == series:
        return
    texts = (
        series_words(series),
        series.modality,
        grouped(series.images),
        spacing_words(series),
        series.date,
        series.verdict.value,
    )
    for cell, text in zip(cells, texts, strict=True):
        cell.setText(text)
    cells[0].setData(series, SERIES_ROLE)
    cells[0].setData(spoken_series(series), Qt.ItemDataRole.AccessibleTextRole)
