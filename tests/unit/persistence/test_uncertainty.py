"""The shipped ranges and the model card: complete, and refused when anything slips (H-25, H-30, H-52)."""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.datum import Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.model_card import ModelCard
from planner.persistence import resources
from planner.persistence.uncertainty import model_card, read_model_card, read_ranges, uncertainty_ranges


@pytest.fixture
def edited(tmp_path):
    """A function that changes a private copy of one file and reads it again."""
    shipped = resources.resources_dir()
    shutil.copy(shipped / "sources.json", tmp_path)
    shutil.copy(shipped / "model_card.json", tmp_path)
    (tmp_path / "tissue").mkdir()
    shutil.copy(shipped / "tissue" / "ranges.json", tmp_path / "tissue")

    def change(relative, alter):
        path = tmp_path / relative
        data = json.loads(path.read_text(encoding="utf-8"))
        alter(data)
        path.write_text(json.dumps(data), encoding="utf-8")
        if relative == "model_card.json":
            return read_model_card(tmp_path, tissues=resources.tissues(), ranges=uncertainty_ranges())
        return read_ranges(tmp_path)

    return change


def test_every_range_has_a_source_or_says_that_it_is_ours():
    ranges = uncertainty_ranges()
    spreads = [entry.spread for entry in ranges.properties]
    spreads += [ranges.probe.class_offset_c, ranges.probe.least_offset_c, ranges.core_offset_c, ranges.held_tolerance]
    for spread in spreads:
        assert spread.value < spread.upper
        assert spread.source or spread.status is Status.PROJECT_DEFAULT
        assert spread.note


def test_every_property_the_solver_uses_is_varied_or_named_as_held():
    varied = {entry.name for entry in uncertainty_ranges().properties}
    held = " ".join(entry.words.lower() for entry in uncertainty_ranges().held)
    words = {
        "density_kg_per_m3": "density",
        "c_unfrozen_j_per_kg_k": "unfrozen heat capacity",
        "solidus_c": "freezing range",
        "liquidus_c": "freezing range",
    }
    for tissue in resources.tissues():
        for name in tissue.__slots__:
            if isinstance(getattr(tissue, name), Datum):
                assert name in varied or words[name] in held


def test_every_listed_value_has_a_range_around_it():
    spans = {(entry.tissue_id, entry.name): entry.span for entry in model_card().source_ranges}
    for tissue in resources.tissues():
        for name in tissue.__slots__:
            datum = getattr(tissue, name)
            if isinstance(datum, Datum) and datum.value is not None:
                span = spans[tissue.id, name]
                assert span.value <= datum.value <= span.upper


def swap_ends(data):
    spread = data["properties"][0]["spread"]
    spread["value"], spread["upper"] = spread["upper"], spread["value"]


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda d: d["properties"].append(d["properties"][0]), "twice"),
        (lambda d: d["properties"][0].update(name="colour"), "no property"),
        (lambda d: d["properties"][0].update(note="x"), "unknown"),
        (lambda d: d["properties"][0]["spread"].pop("upper"), "high end"),
        (lambda d: d["properties"][0]["spread"].update(value=-1), "outside"),
        (lambda d: d["properties"][1]["spread"].update(source="NOBODY2020"), "sources.json lacks"),
        (lambda d: d["properties"][1]["spread"].update(source="", status="found"), "needs a source"),
        (lambda d: d["probe"]["class_offset_c"].update(upper=400), "outside"),
        (lambda d: d["fat_shift"].pop("lean"), "missing"),
        (swap_ends, "not above"),
    ],
)
def test_H_52_a_slip_in_the_ranges_is_refused_in_words(edited, alter, words):
    with pytest.raises(ResourceInvalid, match=words):
        edited("tissue/ranges.json", alter)


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda d: d["limits"][0]["span"].pop("upper"), "high end"),
        (lambda d: d["modelled"][0].update(source="NOBODY2020"), "sources.json lacks"),
        (lambda d: d.pop("purpose"), "missing"),
        (lambda d: d.update(extra=1), "unknown"),
    ],
)
def test_H_52_a_slip_in_the_card_is_refused_in_words(edited, alter, words):
    with pytest.raises(ResourceInvalid, match=words):
        edited("model_card.json", alter)


def test_the_card_reads_as_shipped(edited):
    assert isinstance(edited("model_card.json", lambda _: None), ModelCard)
