"""German of the report: complete for all that the tables can print, numbers and names untouched, verdict words kept."""

from __future__ import annotations

import dataclasses
import re

import pytest

from planner.domain.errors import ResourceInvalid
from planner.domain.geometry import PatientPosition, Side
from planner.domain.protocol import PhaseKind
from planner.domain.structure import StructureKind, StructureOrigin, StructureRole
from planner.persistence import resources
from planner.persistence.uncertainty import model_card
from planner.planning.rules import QUANTITY_WORDS, limit_words
from planner.report.catalogue import NUMBER, Catalogue, catalogue, pattern_of, read_po
from planner.report.figure import FigureKind, ReportFigure
from planner.report.labels import LABELS
from planner.report.printed import Fact, PrintedHeatSink
from planner.report.ranging import printed_card
from planner.report.statements import load_statements
from planner.report.targeting import sourced
from planner.report.translated import translated, translated_by, translated_figures, translated_labels
from planner.services.range_words import band_words

PLACE = re.compile(r"\{([a-z_]+\d?)\}")


def words_of_the_tables():
    """Every text that a shipped table can put on a page."""
    for entry in resources.atlas():
        yield entry.name
        yield from (sourced(text) for text in (*entry.risks, *entry.outcomes))
        yield from (text.text for text in (entry.off_label, entry.block_first) if text is not None)
        yield from (expected.name for expected in entry.expected)
    yield from (sourced(text) for text in resources.advice())
    for rule in resources.shipped_rule_set().rules:
        yield limit_words(rule)
        yield f"{QUANTITY_WORDS[rule.quantity]} {limit_words(rule)}"
        if rule.note:
            yield rule.note
    yield from (preset.protocol.title for preset in resources.presets() if preset.protocol is not None)
    yield from (tissue.label for tissue in resources.tissues())
    yield from (model.boundary_words for model in resources.probe_models())
    statements = load_statements()
    yield statements.disclaimer
    yield from (row.text for row in statements.ice_legend)
    yield from (*statements.model_limits, *statements.warnings)
    for kind in (StructureKind, StructureRole, StructureOrigin, Side, PhaseKind):
        yield from (member.value for member in kind)
    yield from (position.words for position in PatientPosition)


def texts_of(value):
    """Every text of a printed value, however deep."""
    if dataclasses.is_dataclass(value):
        for entry in dataclasses.fields(value):
            yield from texts_of(getattr(value, entry.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str):
        yield value


def test_every_text_of_the_tables_has_its_german():
    german = catalogue("de")
    for text in words_of_the_tables():
        german.text(text)
    for text in texts_of(printed_card(model_card(), ())):
        german.text(text)
    assert sorted(german.missing) == []


def test_every_word_of_the_page_has_its_german_and_the_same_places():
    german = catalogue("de")
    made = translated_labels(german, LABELS)
    assert sorted(german.missing) == []
    assert made["language_code"] == "de"
    for key, text in LABELS.items():
        assert sorted(PLACE.findall(made[key])) == sorted(PLACE.findall(text)), key


def test_no_number_is_touched_by_any_entry():
    """The digits of an English text are those of its German, in any order."""
    for english, german in _entries():
        if english and german:
            assert sorted(re.findall(r"\d+(?:[.:]\d+)*", english)) == sorted(re.findall(r"\d+(?:[.:]\d+)*", german)), (
                english
            )


def test_no_entry_says_that_anything_is_safe():
    for _english, german in _entries():
        assert not re.search(r"\bsafe|sicher(?!ung)|gefahrlos|unbedenklich", german, re.IGNORECASE), german


def _entries():
    path = resources.resources_dir() / "i18n" / "de.po"
    return list(read_po(path.read_text(encoding="utf-8"), where=path.name))


def test_english_is_the_model_itself(case):
    model = case.build()
    same, labels = translated(model, LABELS, "en")
    assert same is model
    assert labels is LABELS


def test_a_report_in_german_keeps_every_number_name_and_verdict(case):
    model = case.build()
    german, _labels = translated(model, LABELS, "de")
    before, after = list(texts_of(model)), list(texts_of(german))
    assert len(before) == len(after)
    for english, other in zip(before, after, strict=True):
        assert sorted(re.findall(NUMBER, english)) == sorted(re.findall(NUMBER, other)), english
    assert german.plan_hash == model.plan_hash
    assert german.identity == model.identity
    assert german.disclaimer.startswith("Für Forschung und Ausbildung")
    assert [one.name for one in german.structures] == [one.name for one in model.structures]
    assert german.counts == model.counts
    for one, other in zip(model.structures, german.structures, strict=True):
        assert other.confirmed_by == one.confirmed_by


def test_names_that_are_words_of_the_catalogue_stay_names(case):
    """A structure called “Skin” keeps its name, also where it is judged; what it is judged by is translated."""
    german = translated_by(catalogue("de"), case.build())
    assert catalogue("de").text("Skin") == "Haut"
    assert any(one.name == "Skin" for one in german.structures)
    judged = [check for group in german.groups for check in group.checks if check.item == "Skin"]
    assert [check.quantity for check in judged] == ["0-°C-Rand"]


STELLATE = "Left stellate (cervicothoracic) ganglion C7–T1"
STELLATE_DE = "Ganglion stellatum (cervicothoracicum) C7–T1, links"


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (f"{STELLATE}, coldest −108 °C: CHECK.", f"{STELLATE_DE}, kälteste Stelle −108 °C: CHECK."),
        (f"{STELLATE}, coldest −108 °C: NOT ASSESSED.", f"{STELLATE_DE}, kälteste Stelle −108 °C: NOT ASSESSED."),
        ("Right my nerve, coldest −108 °C: CHECK.", "my nerve, rechts, kälteste Stelle −108 °C: CHECK."),
        ("Brachial plexus, left, coldest 5 °C: FAIL.", "Brachial plexus, left, kälteste Stelle 5 °C: FAIL."),
        ("Lung, left, volume ≤ 0 °C 1.2 mL: FAIL.", "Lung, left, Volumen ≤ 0 °C 1.2 mL: FAIL."),
        ("Skin, P1 path inside 2.0 mm: FAIL.", "Skin, Weg von P1 darin 2.0 mm: FAIL."),
        (
            f"Axial through the treated part of {STELLATE}, H 5.7 mm: coldest temperature reached.",
            f"Axial durch den behandelten Teil: {STELLATE_DE}, H 5.7 mm: kälteste erreichte Temperatur.",
        ),
    ],
)
def test_the_side_in_a_caption_stays_with_its_name(english, german):
    """A caption begins with the name, which begins with its side: the side is never torn off to the caption's end."""
    assert catalogue("de").text(english) == german


def test_a_structure_keeps_its_name_in_a_caption_though_it_reads_as_a_side_and_a_word():
    captions = ("Left lung, coldest 5 °C: CHECK.", f"{STELLATE}, coldest −108 °C: CHECK.", "Skin, unheard of.")
    figures = [ReportFigure(b"<svg/>", caption, FigureKind.WORST) for caption in captions]
    told = translated_figures(figures, "de", names=("Left lung", "Left", "Skin"))
    assert [figure.caption for figure in told] == [
        "Left lung, kälteste Stelle 5 °C: CHECK.",
        f"{STELLATE_DE}, kälteste Stelle −108 °C: CHECK.",
        "Skin, unheard of.",
    ]


def test_a_caption_that_is_not_known_stays_english_as_a_whole():
    german = catalogue("de")
    for text in ("Left my nerve, unheard of: CHECK.", "Left my nerve. Unheard of"):
        assert german.text(text) == text
        assert text in german.missing


def test_dashed_lines_are_said_to_lie_beyond_the_largest_and_within_the_smallest_ice():
    english = band_words(3.1)
    assert "3.1 mm beyond the largest" in english
    assert "3.1 mm within the smallest" in english
    german = catalogue("de").text(english)
    assert "3.1 mm außerhalb des größten" in german
    assert "3.1 mm innerhalb des kleinsten" in german


def test_no_english_is_left_where_a_free_place_would_swallow_it():
    german = catalogue("de")
    accepted = "Accepted by Dr A, 2026-11-23: A phantom: nobody is in pain"
    told = german.text(f"No diagnostic block is recorded. A diagnostic block first, almost always (SEED). {accepted}")
    assert told.endswith("(SEED). Akzeptiert von Dr A, 2026-11-23: A phantom: nobody is in pain")
    told = german.text("Surface of Generic 17G, 15 mm active: −20 to +20 °C. Surface −120 °C, a project default.")
    assert told == (
        "Oberfläche von Generic 17G, 15 mm active: −20 bis +20 °C. Oberfläche −120 °C, eine Projektvorgabe."
    )


def test_several_vessels_together_are_words_and_one_vessel_is_a_name(case):
    model = case.build()
    named = model.structures[0].name
    sinks = tuple(
        PrintedHeatSink(name, *(("1.4 mm",) * 5), (Fact("Left my nerve", "0.0 %"),), "", None)
        for name in ("All 3 together", named)
    )
    german = translated_by(catalogue("de"), dataclasses.replace(model, heat_sinks=sinks))
    assert [one.name for one in german.heat_sinks] == ["Alle 3 zusammen", named]


def test_no_entry_uses_an_unusual_term():
    for _english, german in _entries():
        assert not re.search(r"Wärmequelle|Erholung|[Ee]ntfernteste", german), german


def test_terms_of_the_field_are_the_usual_ones():
    german = catalogue("de")
    for english, other in (
        ("heat sink", "Wärmesenke"),
        ("Heat sinks", "Wärmesenken"),
        ("Recovery", "Regeneration"),
        ("Farthest figure", "Größte Abweichung"),
        ("Operator sheet", "Durchführungsblatt"),
        ("Needs attention", "Zu beachten"),
    ):
        assert german.text(english) == other


def a_catalogue(**texts: str) -> Catalogue:
    patterns = tuple(pattern_of(k, v, where="test") for k, v in texts.items() if "{" in k)
    return Catalogue("xx", {k: v for k, v in texts.items() if "{" not in k}, " und ", patterns)


def test_places_are_filled_in_the_other_order_and_texts_in_them_translated():
    made = a_catalogue(
        **{
            "skin": "Haut",
            "bone": "Knochen",
            "{t} at {n1} of {n2} mm": "{n2} mm, davon {n1}: {t}",
            "near {l}": "bei {l}",
            "by {x}": "von {x}",
        }
    )
    assert made.text("skin at 3.5 of 10 mm") == "10 mm, davon 3.5: Haut"
    assert made.text("near skin, bone and skin") == "bei Haut, Knochen und Haut"
    assert made.text("by Dr skin") == "von Dr skin"
    assert made.text("Skin. Bone; skin") == "Haut. Knochen; Haut"
    assert made.text("−12.5 mm") == "−12.5 mm"
    assert not made.missing
    assert made.text("muscle at 3 of 4 mm") == "muscle at 3 of 4 mm"
    assert made.missing == {"muscle at 3 of 4 mm"}


def test_a_sentence_with_one_unknown_part_is_not_half_translated():
    made = a_catalogue(**{"One.": "Eins.", "skin": "Haut"})
    assert made.text("One. Unheard of.") == "One. Unheard of."
    assert made.text("skin, unheard of") == "skin, unheard of"


@pytest.mark.parametrize(
    "broken",
    [
        'msgid "a"\nmsgstr b\n',
        'msgid "a\nmsgstr "b"\n',
        '"a"\n',
        'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n',
        "nonsense\n",
    ],
)
def test_a_damaged_catalogue_is_refused_in_words(broken):
    with pytest.raises(ResourceInvalid):
        list(read_po(broken, where="xx.po"))


def test_places_that_differ_are_refused_and_an_unknown_language_too():
    with pytest.raises(ResourceInvalid, match="places"):
        pattern_of("{n1} of {n2}", "{n1} von {n3}", where="xx.po")
    with pytest.raises(ResourceInvalid, match="cannot be read"):
        catalogue("xx")
