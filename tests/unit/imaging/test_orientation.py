"""Are places and planes told in the patient's own letters?"""

from __future__ import annotations

import pytest

from planner.imaging.orientation import place, plane_word


@pytest.mark.parametrize(
    ("position", "normal", "words"),
    [
        ((1, 2, 12.04), (0, 0, 1), "H 12.0"),
        ((1, 2, -12.06), (0, 0.2, -0.98), "F 12.1"),
        ((1, -2.5, 3), (0, -1, 0), "A 2.5"),
        ((1, 2.5, 3), (0, 1, 0), "P 2.5"),
        ((-31, 2, 3), (1, 0, 0), "R 31.0"),
        ((31, 2, 3), (0.8, 0.6, 0), "L 31.0"),
        ((0, 0, -0.04), (0, 0, 1), "H 0.0"),
        ((0, 0, -0.0), (0, 0, 1), "H 0.0"),
    ],
)
def test_places_by_letter(position, normal, words) -> None:
    assert place(position, normal) == words


def test_planes_by_their_normal() -> None:
    assert [plane_word(n) for n in ((0, 0.3, -0.95), (0, -1, 0), (1, 0, 0))] == ["axial", "coronal", "sagittal"]
