"""How do the words inside a picture come into another language? The program's own are said anew, names stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.rendering.primitives import Label, Role

if TYPE_CHECKING:
    from planner.rendering.primitives import Primitive

Say = Callable[[str], str]
"""Returns a text in another language, or as it is where there is no other."""

# Of these every text is the program's own; names of probes, structures and targets have others.
_OWN_WORDS = frozenset({Role.NAME, Role.ICE_LABEL, Role.GRADE, Role.CORNER})
_SEGMENT = "segment"
_PICTURES = ".pictures"
"""Ending of the catalogue that is asked first: short words of which the printed text says more."""


def as_it_is(text: str) -> str:
    """Return a text unchanged: English."""
    return text


def say_in(language: str) -> Say:
    """Return what puts words into a language of the reports; what it has no words for stays English."""
    from planner.report.catalogue import catalogue
    from planner.report.translated import SOURCE_LANGUAGE

    if language == SOURCE_LANGUAGE:
        return as_it_is
    pictures, report = catalogue(f"{language}{_PICTURES}"), catalogue(language)
    return lambda text: pictures.find(text) or report.find(text) or text


def said(marks: Iterable[Primitive], say: Say) -> list[Primitive]:
    """Return marks with the program's own words in another language."""
    return [_said(mark, say) if isinstance(mark, Label) else mark for mark in marks]


def _said(label: Label, say: Say) -> Label:
    is_end_of_nerve = label.role is Role.LETTER and ", " in label.text
    if label.role in _OWN_WORDS or label.name == _SEGMENT or is_end_of_nerve:
        return replace(label, text=say(label.text))
    return label
