"""How does a report come out in another language? Every text of the finished model, the labels, the captions: mapped.

Nothing is computed anew and no number is touched: the model in English is the source, and what it says word by word is
looked up in the catalogue. Names, ids, proof and what somebody typed stay as they are, and so do the four verdict words
and decimal points.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from planner.domain.rule import Verdict
from planner.report.case_printed import CaseReport
from planner.report.catalogue import Catalogue, catalogue
from planner.report.printed import Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from planner.report.figure import ReportFigure
    from planner.report.printed import ReportModel

SOURCE_LANGUAGE = "en"
_NAME_MARK = "X0"
_PROOF = frozenset(
    (
        *("id", "made_at", "version", "plan_hash", "plan_hash_short", "identity", "mark", "swatch", "sources"),
        *("overall", "verdict", "missing_verdict", "count", "attachments", "histogram"),
        *("site_text", "confirmed_by", "confirmed_at", "who", "when"),
    )
)
"""Fields that are proof, names or somebody's words wherever they stand."""
_VERBATIM: dict[str, frozenset[str]] = {
    "PrintedProbe": frozenset(("label", "model", "entry", "tip", "entry_lps", "tip_lps")),
    "PrintedPhase": frozenset(("whose",)),
    "PrintedStructure": frozenset(("name",)),
    "PrintedCrossing": frozenset(("name",)),
    "PrintedApproach": frozenset(("name",)),
    "PrintedFigures": frozenset(("name",)),
    "PrintedAcknowledgement": frozenset(("reason",)),
    "PrintedWaiver": frozenset(("reason",)),
    "PrintedRule": frozenset(("why",)),
    "CaseReport": frozenset(("title",)),
    "PrintedCase": frozenset(("pseudonym", "problem")),
    "PrintedCasePlan": frozenset(("name",)),
    "Said": frozenset(("text",)),
    "PrintedAnswer": frozenset(("text",)),
    "PrintedUse": frozenset(
        ("label", "planned_model", "planned_entry", "planned_tip", "model", "entry", "tip", "note")
    ),
    "PrintedDone": frozenset(("probes", "note")),
    "PrintedDissection": frozenset(("protects", "note")),
    "PrintedReading": frozenset(("place", "finding", "method", "note")),
    "PrintedMoment": frozenset(("words",)),
    "PrintedGrading": frozenset(("name",)),
    "PrintedComplication": frozenset(("what", "grading", "grade", "outcome")),
    "PrintedProcedure": frozenset(("note",)),
    "PrintedSign": frozenset(("text",)),
    "PrintedVisit": frozenset(("function", "opioid")),
}
"""Fields of one printed type that are names or somebody's words."""
_WORDS: dict[str, frozenset[str]] = {"PrintedValidation": frozenset(("verdict",))}
"""Fields that are words here, though a field of that name is proof elsewhere: how many figures met their tolerance."""
_NAMES: dict[str, frozenset[str]] = {
    "PrintedCheck": frozenset(("item",)),
    "PrintedGroup": frozenset(("name",)),
    "PrintedRangeRow": frozenset(("item",)),
    "PrintedHeatSink": frozenset(("name",)),
    "PrintedRobustLimit": frozenset(("item",)),
    "PrintedRobustFailing": frozenset(("item",)),
}
"""Fields that hold a name of the plan, or words of the program: a name stays, words are translated."""
_FACTS_OF_NAMES = frozenset(
    (
        *("Patient", "Born", "Study", "Series", "Accession number", "Institution", "Scanner", "Plan"),
        *("Made by", "Site"),
    )
)
"""Labels of facts whose text is a name of the scan or the plan, where the program has no words instead."""
_FACT_TEXTS_KEPT = ("scan_ids", "measured", "signatures")
"""Lists of facts whose text is an id, a figure or a name; their labels are words."""


_Model = TypeVar("_Model", "ReportModel", "CaseReport")


def translated(model: _Model, labels: Mapping[str, str], language: str) -> tuple[_Model, Mapping[str, str]]:
    """Return the model and the template's words in a language; in English both as they are.

    Raises
    ------
    ResourceInvalid
        When there is no catalogue of the language.
    """
    if language == SOURCE_LANGUAGE:
        return model, labels
    words = catalogue(language)
    return translated_by(words, model), translated_labels(words, labels)


def translated_by(words: Catalogue, model: _Model) -> _Model:
    """Return the model in a catalogue's language; ``words.missing`` then holds what has no translation."""
    names = _names_in(model)
    kept = _PROOF | _VERBATIM.get(type(model).__name__, frozenset())
    changes: dict[str, Any] = {}
    for entry in dataclasses.fields(model):
        value = getattr(model, entry.name)
        if entry.name == "attachments":  # their bytes are proof, what they are is said in words
            changes[entry.name] = tuple(replace(file, description=words.text(file.description)) for file in value)
        elif entry.name in kept:
            continue
        elif entry.name in _FACT_TEXTS_KEPT:
            is_named = entry.name == "measured"
            changes[entry.name] = tuple(
                replace(fact, text=words.text(fact.text)) if is_named else replace(fact, label=words.text(fact.label))
                for fact in value
            )
        else:
            changes[entry.name] = _mapped(words, value, names)
    return replace(model, **changes)


def _names_in(model: ReportModel | CaseReport) -> frozenset[str]:
    """Return the names that the plan gave; a case by itself has none that a page of the program repeats."""
    if isinstance(model, CaseReport):
        return frozenset()
    return frozenset((*(one.name for one in model.structures), *(probe.label for probe in model.probes)))


def translated_labels(words: Catalogue, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the template's words in a catalogue's language; its own code is the document's language."""
    made = {key: words.text(text) for key, text in labels.items() if key != "language_code"}
    return {"language_code": words.language, **made}


def translated_figures(
    figures: Sequence[ReportFigure], language: str, *, names: Collection[str] = ()
) -> tuple[ReportFigure, ...]:
    """Return the figures with their captions in a language; letters inside the pictures stay as they are.

    A caption that begins with one of ``names``, those of structures, keeps it.
    """
    if language == SOURCE_LANGUAGE:
        return tuple(figures)
    words = catalogue(language)
    return tuple(
        replace(figure, caption=_caption(words, figure.caption, names), alt=figure.alt and words.text(figure.alt))
        for figure in figures
    )


def _caption(words: Catalogue, caption: str, names: Collection[str]) -> str:
    """Translate what a caption says of a name, with a mark in its place that is the same in every language."""
    name = max((one for one in names if one and caption.startswith(f"{one}, ")), key=len, default="")
    told = words.find(f"{_NAME_MARK}{caption[len(name) :]}") if name else None
    if told is None or not told.startswith(_NAME_MARK):
        return words.text(caption)
    return name + told.removeprefix(_NAME_MARK)


def _mapped(words: Catalogue, value: Any, names: frozenset[str]) -> Any:  # noqa: ANN401 - any printed value
    if isinstance(value, str) and not isinstance(value, Verdict):
        return value if value in names else words.text(value)
    if isinstance(value, tuple):
        return tuple(_mapped(words, item, names) for item in value)
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return value
    if isinstance(value, Fact) and value.label in _FACTS_OF_NAMES:
        return replace(value, label=words.text(value.label), text=words.find(value.text) or value.text)
    kind = type(value).__name__
    kept = (_PROOF | _VERBATIM.get(kind, frozenset())) - _WORDS.get(kind, frozenset())
    changes = {}
    for entry in dataclasses.fields(value):
        held = getattr(value, entry.name)
        if entry.name in kept or (held in names and entry.name in _NAMES.get(kind, ())):
            continue
        changes[entry.name] = _mapped(words, held, names)
    return dataclasses.replace(cast("Any", value), **changes)
