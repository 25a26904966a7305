"""Does any number in a header upset the gate or the splitting? Headers with absurd values never raise (H-38, H-54)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from planner.imaging import gate
from planner.imaging.splitting import split
from planner.imaging.summary import summary_of

_NUMBERS = (0.0, -0.0, 1e-320, 1e308, -1e308, float("nan"), float("inf"), -1.0, 0.5, 1e5, 1e-9)
_COUNTS = (0, 1, -5, 512, 65535, 2**31)
# Attribute: how many numbers it holds, or the values it is given.
_ABSURD = {
    "position_lps_mm": 3,
    "orientation": 6,
    "spacing_ji_mm": 2,
    "rows": _COUNTS,
    "columns": _COUNTS,
    "frames": (0, -1, 2, 10**9),
    "slope": (None, *_NUMBERS),
    "intercept": (None, *_NUMBERS),
    "instance_number": (None, 0, -3, 7, 10**30),
    "slice_thickness_mm": (None, 0.0, -1.0, 0.5, 1e308),
    "spacing_between_slices_mm": (None, 0.0, -1.0, 0.5, 1e308),
    "gantry_tilt_deg": (None, 0.0, -1.0, 95.0, 1e308),
    "modality": ("", "MR", "SR", "PT"),
    "sop_class_uid": ("", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.7", "9.9"),
    "series_instance_uid": ("", "9"),
    "kernel": ("a", "b"),
    "acquisition_number": ("1", "2", "3"),
    "bits_stored": (0, -1, 12, 99),
    "photometric": ("", "RGB", "MONOCHROME1"),
}


def _absurd(header, rng):
    name, values = rng.choice(list(_ABSURD.items()))
    if isinstance(values, int):
        return replace(header, **{name: tuple(rng.choice(_NUMBERS) for _ in range(rng.choice([values, values, 0])))})
    return replace(header, **{name: rng.choice(values)})


@pytest.mark.parametrize("seed", range(4))
def test_H_38_absurd_headers_are_judged_in_words(seed, stack_at) -> None:
    rng = random.Random(seed)
    for _ in range(150):
        headers = stack_at([(0.0, 0.3 * k * rng.choice([0, 0, 1]), float(k)) for k in range(rng.randrange(1, 14))])
        if rng.random() < 0.4:
            headers += [replace(h, path=h.path.with_name("copy-" + h.path.name)) for h in headers]
        share, same = rng.choice([0.1, 0.5, 1.0]), rng.random()
        # Each its own damage, or all the same.
        one_by_one = rng.random() < 0.5
        headers = [
            _absurd(h, rng if one_by_one else random.Random(same)) if rng.random() < share else h for h in headers
        ]
        parts = split(headers)
        assert sum(len(part.headers) for part in parts) == len(headers)
        for part in parts:
            for purpose in gate.Purpose:
                codes = [finding.code for finding in gate.judge(part.headers, purpose=purpose)]
                assert "check-failed" not in codes
            summary_of(part.headers, part=part.words)
