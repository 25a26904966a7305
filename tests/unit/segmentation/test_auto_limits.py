"""The numbers of the automatic segmentation: every one with unit, status and note, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.domain.errors import ResourceInvalid
from planner.segmentation.auto_limits import auto_limits, read_limits

SHIPPED = Path(__file__).resolve().parents[3] / "resources" / "segmentation" / "automatic.json"


def test_H_25_shipped_numbers_read_as_they_stand():
    table = json.loads(SHIPPED.read_text(encoding="utf-8"))
    limits = auto_limits()
    for section in set(table) - {"schema", "about"}:
        for name, entry in table[section].items():
            assert getattr(getattr(limits, section), name) == entry["value"], name
            assert len(entry["note"]) > 20, name


def damaged(change):
    table = json.loads(SHIPPED.read_text(encoding="utf-8"))
    change(table)
    return table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("schema"), "schema"),
        (lambda t: t.pop("about"), "about"),
        (lambda t: t.update(extra={}), "“extra” is unknown"),
        (lambda t: t.pop("bone"), "“bone” is missing"),
        (lambda t: t.update(bone=[]), "An object"),
        (lambda t: t["lung"].pop("gas_hu"), "“gas_hu” is missing"),
        (lambda t: t["lung"].update(more_hu=1), "“more_hu” is unknown"),
        (lambda t: t["lung"]["gas_hu"].pop("note"), "“note” is missing"),
        (lambda t: t["lung"]["gas_hu"].update(note=" "), "note must say"),
        (lambda t: t["lung"]["gas_hu"].update(unit="mm"), "unit must be HU"),
        (lambda t: t["lung"]["gas_hu"].update(status="guessed"), "no status"),
        (lambda t: t["lung"]["gas_hu"].update(value="-950"), "finite number"),
        (lambda t: t["lung"]["gas_hu"].update(value=True), "finite number"),
        (lambda t: t["lung"]["gas_hu"].update(value=-9500), "outside -1100"),
        (lambda t: t["body"]["part_share"].update(value=25), "outside 0 to 1 fraction"),
    ],
)
def test_H_25_a_slip_in_the_table_is_refused_in_words(tmp_path, change, words):
    path = tmp_path / "automatic.json"
    path.write_text(json.dumps(damaged(change)), encoding="utf-8")
    with pytest.raises(ResourceInvalid, match=words):
        read_limits(path)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 1, "schema": 1}', '{"schema": 1, "about": "x", "bone": NaN}'])
def test_what_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "automatic.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResourceInvalid):
        read_limits(path)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ResourceInvalid, match="cannot be read"):
        read_limits(tmp_path / "automatic.json")
