"""Does the list of series say how a scan was made, whatever its slices name?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.imaging.summary import acquisition_words


@pytest.mark.parametrize(
    ("slices", "words"),
    [
        ([("120", "B30f"), ("120", "B30f")], "120 kVp · kernel B30f"),
        ([("120", ""), ("120", "")], "120 kVp"),
        ([("", "Br38f 3"), ("", "Br38f 3")], "kernel Br38f 3"),
        ([("", ""), ("", "")], ""),
        ([("80", "B30f"), ("", "B30f"), ("140", "B30f"), ("80", "B30f")], "80 kVp / 140 kVp · kernel B30f"),
    ],
)
def test_voltage_and_kernel_are_named_once_each(slices, words, stack_at) -> None:
    headers = stack_at([(0, 0, k) for k in range(len(slices))])
    told = [replace(header, kvp=kvp, kernel=kernel) for header, (kvp, kernel) in zip(headers, slices, strict=True)]
    assert acquisition_words(told) == words
