"""Rows of the segmentation's bench: agreement by hand calculation, goals only where they mean something."""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench import segment
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin


def mask(*indices: int):
    array = np.zeros(10, dtype=bool)
    array[list(indices)] = True
    return array


def test_dice_recall_and_precision_are_counted_by_hand():
    # 3 found, 4 true, 2 in both: Dice 4/7, recall 1/2, precision 2/3.
    found, truth = mask(1, 2, 3), mask(2, 3, 4, 5)
    (dice,) = segment._agreement("case", "bone", found, truth, least_dice=0.9)
    assert dice.value == pytest.approx(4 / 7)
    assert dice.note == "precision 0.667, recall 0.500, Dice 0.571"
    (recall,) = segment._agreement("case", "bone", found, truth, least_recall=0.5)
    assert recall.value == pytest.approx(0.5)
    assert recall.goal.is_reached(recall.value)


def test_what_was_not_found_is_said():
    (row,) = segment._agreement("case", "aorta", None, mask(1), least_dice=0.9)
    assert row.value == "not found"


def test_labels_are_joined_by_the_words_they_begin_with():
    labels = tuple(
        SegmentedMask(name, StructureKind.BONE, None, mask(n), StructureOrigin.IMPORTED, "")
        for n, name in enumerate(("Vertebra T12", "Rib 6, left", "Humerus, left"))
    )
    np.testing.assert_array_equal(segment._joined(labels, ("vertebra", "rib ")), mask(0, 1))


def test_without_shared_data_only_the_phantoms_are_measured(monkeypatch):
    monkeypatch.setattr(segment, "_phantom_names", tuple)
    monkeypatch.setattr(segment, "shared_data", lambda: None)
    rows = segment.run_segment_bench(quick=False, say=lambda _words: None)
    assert [row.value for row in rows] == ["not here"]
