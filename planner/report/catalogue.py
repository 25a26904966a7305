"""What is this sentence in another language? A catalogue of whole texts and of patterns, read from ``resources/i18n``.

The files are in the usual PO form: ``msgid`` is the English text, ``msgstr`` the other. A text may hold places in
braces; the letter says what may stand there:

- ``{n}`` a number, kept to its last digit;
- ``{x}`` anything, kept as it is: names, ids, what somebody typed;
- ``{t}`` a text that is itself in the catalogue;
- ``{l}`` several such texts, joined by commas, semicolons or “and”;
- ``{a}`` words that are themselves an entry as they stand, ``{g}`` the words of a target, which begin with its side;
- ``{m}`` a name without a full stop, comma, colon or semicolon, so that it never swallows a sentence, ``{w}`` one word,
  ``{s}`` ids of sources, ``{d}`` a day: all kept as they are.

A digit tells several of a kind apart (``{n1}``, ``{n2}``), and the other language may order them anew. What has no
entry is put together from its sentences and clauses, if all of them have one. What still has none stays English and is
told.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.domain.errors import ResourceInvalid
from planner.persistence.resources import resources_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBER = r"[+−-]?\d+(?:[.:]\d+)*"
_PLACE = re.compile(r"\{([nxtlwsdmag])(\d?)\}")
_KINDS = {
    "n": NUMBER,
    "x": ".+?",
    "t": ".+?",
    "l": ".+?",
    "w": r"[^ ]+?",
    "m": r"[^.,:;]+?",
    "a": ".+?",
    "g": "(?:Left|Right|Midline) .+?",
    "s": r"[A-Z][A-Za-z0-9-]*(?:, [A-Z][A-Za-z0-9-]*)*",
    "d": r"\d{4}-\d\d-\d\d",
}
_SOURCES = re.compile(r"(.+?)( [\[(][A-Z][A-Za-z0-9-]*(?:[,;] [A-Z][A-Za-z0-9-]*)*[\])]\.?)", re.DOTALL)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=[A-ZÄÖÜ0-9“])")
_JOINTS = ("; ", " · ", ": ", ", ")
_AND = " and "
_UNITS = frozenset(
    ("mg", "mGy", "mm", "cm", "mL", "HU", "Hz", "s", "min", "h", "m", "m²", "m³", "kg", "kJ", "kPa", "kV", "mA", "x")
)
_NEUTRAL_WORD = re.compile(r"[A-Z0-9]+|[0-9a-f]{4}|[0-9a-f]{8,64}|\d+\w")
"""Words that are the same in every language: numbers, verdicts, ids in capitals, hashes, gauges."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One English form with places, and what it becomes."""

    expression: re.Pattern[str]
    kinds: tuple[tuple[str, str], ...]
    text: str
    fixed: tuple[str, ...]

    def may_match(self, english: str) -> bool:
        """Whether the words between the places occur in their order: quick, so that few are looked at closely."""
        at = 0
        for part in self.fixed:
            at = english.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return english.startswith(self.fixed[0]) and english.endswith(self.fixed[-1])


@dataclass(slots=True)
class Catalogue:
    """All texts of one language; ``missing`` gathers what was asked for and is not there."""

    language: str
    texts: dict[str, str]
    joiner: str = " and "
    patterns: tuple[_Pattern, ...] = ()
    missing: set[str] = field(default_factory=set)
    _known: dict[str, str | None] = field(default_factory=dict)

    def text(self, english: str) -> str:
        """Return a text in the catalogue's language; an unknown one as it is, noted in ``missing``."""
        found = self.find(english)
        if found is None:
            self.missing.add(english)
            return english
        return found

    def find(self, english: str) -> str | None:
        """Return a text in the catalogue's language; None when it has none."""
        if english not in self._known:
            self._known[english] = None  # a text that comes back to itself has no translation
            self._known[english] = self._found(english)
        return self._known[english]

    def _found(self, english: str) -> str | None:
        whole = self._whole(english) if english.strip() else english
        if whole is not None:
            return whole
        if _is_neutral(english):
            return english
        for way in (self._patterned, self._sourced, self._by_sentences, self._by_clauses):
            made = way(english)
            if made is not None:
                return made
        return None

    def _whole(self, english: str) -> str | None:
        """Look the text up as it stands, or with its first letter the other way."""
        if english in self.texts:
            return self.texts[english]
        swapped = english[0].swapcase() + english[1:]
        return self.texts.get(swapped)

    def _patterned(self, english: str) -> str | None:
        for pattern in self.patterns:
            match = pattern.expression.fullmatch(english) if pattern.may_match(english) else None
            if match is None:
                continue
            made = self._filled(pattern, match)
            if made is not None:
                return made
        return None

    def _filled(self, pattern: _Pattern, match: re.Match[str]) -> str | None:
        parts = {}
        for name, kind in pattern.kinds:
            said: str | None = match[name]
            if said is not None and kind in ("t", "g"):
                said = self.find(said)
            elif said is not None and kind == "a":
                said = self._whole(said)
            elif said is not None and kind == "l":
                said = self._listed(said)
            if said is None:
                return None
            parts[name] = said
        return _PLACE.sub(lambda place: parts[f"{place[1]}{place[2]}"], pattern.text)

    def _sourced(self, english: str) -> str | None:
        """Keep the sources at the end of a sentence as they are."""
        match = _SOURCES.fullmatch(english)
        found = None if match is None else self.find(match[1])
        return None if match is None or found is None else found + match[2]

    def _by_sentences(self, english: str) -> str | None:
        return self._joined(_SENTENCE_ENDS.split(english), " ")

    def _by_clauses(self, english: str) -> str | None:
        for joint in _JOINTS:
            made = self._joined(english.split(joint), joint)
            if made is not None:
                return made
        for ending in (".", ":"):
            if english.endswith(ending) and len(english) > 1:
                found = self.find(english[:-1])
                if found is not None:
                    return found + ending
        return None

    def _listed(self, english: str) -> str | None:
        """Translate a list whose last two members are joined by “and”."""
        whole = self.find(english)
        if whole is not None:
            return whole
        head, joint, last = english.rpartition(_AND)
        if not joint:
            return None
        first, end = self._listed(head), self.find(last)
        return None if first is None or end is None else f"{first}{self.joiner}{end}"

    def _joined(self, parts: list[str], joint: str) -> str | None:
        if len(parts) < 2:
            return None
        made = [self.find(part) for part in parts]
        return None if None in made else joint.join(part for part in made if part is not None)


def _is_neutral(text: str) -> bool:
    """Whether a text holds nothing but numbers, units, ids and marks."""
    return all(word in _UNITS or _NEUTRAL_WORD.fullmatch(word) for word in re.findall(r"\w+", text))


def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language; raises ResourceInvalid when its file is missing or cannot be read."""
    return _read(resources_dir() / "i18n" / f"{language}.po", language)


@lru_cache(maxsize=4)
def _entries(path: Path) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(read_po(path.read_text(encoding="utf-8"), where=path.name))
    except (OSError, UnicodeError) as error:
        raise ResourceInvalid(
            f"The translations cannot be read ({error}). Restore the file from the release.",
            code="report-language",
            where=path.name,
        ) from error


def _read(path: Path, language: str) -> Catalogue:
    texts, patterns = {}, []
    for english, other in _entries(path):
        if not english or not other:
            continue
        if _PLACE.search(english):
            patterns.append(pattern_of(english, other, where=path.name))
        else:
            texts[english] = other
    # The most definite comes first: the form with the most letters of its own, then that with the fewest free places.
    patterns.sort(key=lambda pattern: (-sum(map(len, pattern.fixed)), [kind for _, kind in pattern.kinds].count("x")))
    joiner = texts.get(_AND.strip(), _AND.strip())
    return Catalogue(language, texts, f" {joiner} ", tuple(patterns))


def pattern_of(english: str, other: str, *, where: str) -> _Pattern:
    """Return an entry with places; raises ResourceInvalid when the two texts do not have the same places."""
    places, others = _PLACE.findall(english), _PLACE.findall(other)
    if sorted(set(places)) != sorted(set(others)) or len(set(places)) != len(places):
        raise ResourceInvalid(
            f"The places in braces of “{english}” and “{other}” differ.", code="report-language", where=where
        )
    expression, fixed, at = "", [], 0
    for place in _PLACE.finditer(english):
        fixed.append(english[at : place.start()])
        expression += re.escape(fixed[-1]) + f"(?P<{place[1]}{place[2]}>{_KINDS[place[1]]})"
        at = place.end()
    fixed.append(english[at:])
    expression += re.escape(fixed[-1])
    kinds = tuple((f"{kind}{digit}", kind) for kind, digit in places)
    return _Pattern(re.compile(expression, re.DOTALL), kinds, other, tuple(fixed))


def read_po(text: str, *, where: str) -> Iterator[tuple[str, str]]:
    """Return the pairs of a PO file: English and the other text, in order.

    Raises
    ------
    ResourceInvalid
        When a line is none of the form, or an English text occurs twice.
    """
    entry: dict[str, str] = {}
    seen: set[str] = set()
    current = ""
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        if not line:
            if "msgstr" in entry:
                if entry["msgid"] in seen:
                    raise ResourceInvalid(f"“{entry['msgid']}” occurs twice.", code="report-language", where=where)
                seen.add(entry["msgid"])
                yield entry["msgid"], entry["msgstr"]
            entry, current = {}, ""
            continue
        keyword, _, rest = line.partition(" ")
        if keyword in ("msgid", "msgstr"):
            current, line = keyword, rest.strip()
            entry[current] = ""
        if not current or not (len(line) > 1 and line[0] == line[-1] == '"'):
            raise ResourceInvalid(f"Line {number} is none of a PO file.", code="report-language", where=where)
        entry[current] += _quoted(line, number, where)


def _quoted(line: str, number: int, where: str) -> str:
    try:
        return str(json.loads(line))
    except ValueError as error:
        raise ResourceInvalid(
            f"Line {number} is no text in quotation marks.", code="report-language", where=where
        ) from error
