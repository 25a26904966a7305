"""Are the ready HU ranges read strictly, and do they hold what they are named after?"""

from __future__ import annotations

import pytest

from planner.domain.errors import ResourceInvalid
from planner.segmentation import thresholds


@pytest.fixture(autouse=True)
def forget():
    thresholds.threshold_presets.cache_clear()
    yield
    thresholds.threshold_presets.cache_clear()


# Typical HU of tissues, written here from any radiology primer.
TYPICAL = {"Bone": (400, 1000), "Fat": (-100,), "Soft tissue": (40, 60), "Fluid": (0, 15), "Lung": (-850, -700)}


def test_each_range_holds_its_tissue_and_no_other_of_the_list():
    presets = {preset.name: preset for preset in thresholds.threshold_presets()}
    assert {"Bone", "Fat", "Soft tissue", "Lung", "Gas", "Contrast"} <= set(presets)
    for name, values in TYPICAL.items():
        assert all(presets[name].low_hu <= hu <= presets[name].high_hu for hu in values), name
    for one, other in (("Bone", "Fat"), ("Fat", "Soft tissue"), ("Lung", "Fat"), ("Soft tissue", "Bone")):
        assert presets[one].high_hu < presets[other].low_hu or presets[other].high_hu < presets[one].low_hu


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"thresholds": {}},
        {"thresholds": [], "more": 1},
        {"thresholds": ["bone"]},
        {"thresholds": [{"name": "Bone"}]},
        {"thresholds": [{"name": "Bone", "low_hu": "200", "high_hu": 300, "status": "found", "note": ""}]},
        {"thresholds": [{"name": "Bone", "low_hu": 300, "high_hu": 200, "status": "found", "note": ""}]},
        {"thresholds": [{"name": "Bone", "low_hu": 200, "high_hu": 9000, "status": "found", "note": ""}]},
        {"thresholds": [{"name": "Bone", "low_hu": 200, "high_hu": 300, "status": "somewhere", "note": ""}]},
    ],
)
def test_a_table_that_is_not_as_it_should_be_is_refused(table, monkeypatch):
    monkeypatch.setattr(thresholds, "read_table", {"thresholds": table}.get)
    with pytest.raises(ResourceInvalid):
        thresholds.threshold_presets()
