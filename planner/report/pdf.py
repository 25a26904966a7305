"""How does the report become paper? The printed text and the figures, set by typst into one PDF.

Everything reaches typst as data, never as markup, so no text of a scan or a plan can become a command (H-42). No
temporary file is written and no system font is read unless the bundled ones lack a character. Equal input gives equal
bytes on one machine: the date is the model's.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import unicodedata
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard

from planner.domain.digest import to_plain
from planner.domain.errors import ReportRefused
from planner.domain.rule import Verdict
from planner.persistence.resources import resources_dir
from planner.rendering.palette import ICE_LEVELS, PESSIMISTIC_DASH, TARGET_COLOUR
from planner.report.labels import LABELS
from planner.report.placement import placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import typst

    from planner.report.case_printed import CaseReport
    from planner.report.figure import ReportFigure
    from planner.report.printed import Attachment, ReportModel

FAMILY = "Inter"
STAND_INS = ("DejaVu Sans", "Noto Sans", "Segoe UI", "Helvetica", "Arial", "Libertinus Serif")
LONGEST_WORD = 70
PT_PER_PX = 0.75
PAPERS = {"a4": "a4", "letter": "us-letter"}
"""Sizes of paper by the name a user gives, and what typst calls them."""
# Tagged and archivable with files in it (PDF/A-3a), and for a screen reader (PDF/UA-1).
STANDARDS = ("a-3a", "ua-1")

_TEMPLATES = (
    "style.typ",
    "frame.typ",
    "front.typ",
    "sheets.typ",
    "body.typ",
    "case.typ",
    "case-form.typ",
    "appendix.typ",
)
_MAIN_OF_PLAN, _MAIN_OF_CASE = "plan.typ", "case-alone.typ"
_ICONS = {
    Verdict.PASS: "check-circle.svg",
    Verdict.CHECK: "warning.svg",
    Verdict.FAIL: "mdi-close-octagon-outline.svg",
    Verdict.NOT_ASSESSED: "minus-circle.svg",
}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A number behind words that run to the left would be drawn before them: behind a name "0 °C" would lose its 0.
_LEFTWARD = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
_RIGHT_TO_LEFT = re.compile(rf"[{_LEFTWARD}](?:[\s{_LEFTWARD}]*[{_LEFTWARD}])?")
_OF_A_QUANTITY = re.compile(
    r"(?<=\d) (?=(?:mm|cm|m|mL|mg|mGy|mA|°C|%|HU|s|min|h|kJ|W|J|kg|UTC)(?!\w))|(?<=[≤≥<>±×]) (?=[−+-]?\d)"
)
"""A space between a number and its unit, or a sign and its number: no line ends there."""
_BACK_TO_LEFT = "\u200e"
_JOINERS = "\u200c\u200d"  # without a width of their own, but part of how some scripts are written


class _Fonts(StrEnum):
    BUNDLED = "bundled"
    SYSTEM = "system"


def render_pdf(
    model: ReportModel | CaseReport,
    figures: Sequence[ReportFigure] = (),
    *,
    labels: Mapping[str, str] = LABELS,
    paper: str = "a4",
) -> bytes:
    """Set a plan's report, or a case by itself, as a tagged PDF/A-3a and PDF/UA-1 with its files attached.

    A character that the bundled fonts lack is set in an installed one; one that no font has is printed as its Unicode
    number, ``U+1F9B4``, and the first page says so: never as a box.

    Parameters
    ----------
    labels
        The template's own words by key, as :data:`planner.report.labels.LABELS`.
    paper
        A key of :data:`PAPERS`.

    Raises
    ------
    ReportRefused
        When the paper is not known, a figure is neither SVG nor PNG, or the page cannot be set.
    """
    import typst

    if paper not in PAPERS:
        raise ReportRefused(f"Paper “{paper}” is not known. Choose one of {', '.join(PAPERS)}.", code="report-paper")
    content = _content(model, figures) | {
        "labels": _whole_quantities(dict(labels)),
        "paper": PAPERS[paper],
        "has_missing": False,
    }
    files = _files(figures, model.attachments, main=_MAIN_OF_PLAN if _is_of_plan(model) else _MAIN_OF_CASE)
    when = datetime.fromisoformat(model.made_at)
    for fonts in _Fonts:
        try:
            return _set(content, files, fonts=fonts, when=when)
        except typst.TypstError:
            continue
    pictures = {name: data.decode() for name, data in files.items() if name.endswith(".svg")}
    missing = _missing_characters([content, pictures])
    files |= {name: text.encode() for name, text in _spelt_out(pictures, missing).items()}
    try:
        return _set(_spelt_out(content, missing) | {"has_missing": True}, files, fonts=_Fonts.SYSTEM, when=when)
    except typst.TypstError as error:
        raise ReportRefused(f"The report cannot be set: {error}.", code="report-typesetting") from error


def _set(content: dict[str, Any], files: dict[str, bytes], *, fonts: _Fonts, when: datetime) -> bytes:
    import typst

    data = json.dumps(content | {"family": _family(fonts)}, ensure_ascii=False)
    compiler = typst.Compiler(
        input=files,  # type: ignore[type-var]
        font_paths=_fonts(fonts),
        ignore_system_fonts=True,
        sys_inputs={"report": data},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=list(STANDARDS), timestamp=when)  # type: ignore[arg-type]
    if not isinstance(pdf, bytes):
        raise ReportRefused("The report cannot be set: it came in several files.", code="report-typesetting")
    return pdf


def _is_of_plan(model: ReportModel | CaseReport) -> TypeGuard[ReportModel]:
    return hasattr(model, "plan_hash")


def _files(figures: Sequence[ReportFigure], attachments: Sequence[Attachment], *, main: str) -> dict[str, bytes]:
    """Return what the template reads as files that never touch the disk: its parts, pictures, and text to attach."""
    folder = resources_dir() / "report"
    files = {"main.typ": (folder / main).read_bytes()}
    files |= {name: (folder / name).read_bytes() for name in _TEMPLATES}
    files |= {f"figure-{number}.svg": _as_svg(figure, number) for number, figure in enumerate(figures, start=1)}
    return files | {f"attached-{n}": file.data for n, file in enumerate(attachments) if _is_text(file.data)}


def _is_text(data: bytes) -> bool:
    """Whether typst takes the bytes as a file: it refuses what is not UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _content(model: ReportModel | CaseReport, figures: Sequence[ReportFigure]) -> dict[str, Any]:
    plain = {name: to_plain(getattr(model, name)) for name in model.__slots__ if name != "attachments"}
    content: dict[str, Any] = _settable(plain)
    content["attachments"] = [
        {
            "name": file.name,
            "mime_type": file.mime_type,
            "description": file.description,
            "file": f"attached-{n}",
            "raw": None if _is_text(file.data) else list(file.data),
        }
        for n, file in enumerate(model.attachments)
    ]
    content["figures"] = [
        {
            "file": f"figure-{number}.svg",
            "caption": _settable(figure.caption),
            "alt": _settable(figure.alt or figure.caption),
        }
        for number, figure in enumerate(figures, start=1)
    ]
    content["placed"] = placed(figures, needs_attention=_is_of_plan(model) and bool(model.attention))
    content["ice_strokes"] = [
        {"level_c": level.level_c, "colour": level.light_colour, "width_pt": level.width_px * PT_PER_PX}
        for level in ICE_LEVELS
    ]
    content["dash_pt"] = [length * PT_PER_PX for length in PESSIMISTIC_DASH]
    content["target_colour"] = TARGET_COLOUR
    content["icons"] = {verdict.value: _icon(name) for verdict, name in _ICONS.items()}
    return content


def _settable(value: Any) -> Any:  # noqa: ANN401 - any JSON value in and out
    """Replace characters no page can show and let words of absurd length break, everywhere in a JSON value."""
    if isinstance(value, dict):
        return {key: _settable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_settable(item) for item in value]
    if not isinstance(value, str):
        return value
    visible = "".join(char if _is_visible(char) else " " for char in value)
    text = _whole_quantities(" ".join(_breakable(word) for word in visible.split(" ")))
    return _RIGHT_TO_LEFT.sub(rf"\g<0>{_BACK_TO_LEFT}", text)


def _whole_quantities(value: Any) -> Any:  # noqa: ANN401 - labels by key or one text, in and out
    """Let no line break inside a quantity: “0 °C” stays together."""
    if isinstance(value, dict):
        return {key: _whole_quantities(item) for key, item in value.items()}
    return _OF_A_QUANTITY.sub("\N{NO-BREAK SPACE}", value) if isinstance(value, str) else value


def _is_visible(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return "\N{ZERO WIDTH SPACE}".join(word[start : start + 20] for start in range(0, len(word), 20))


def _missing_characters(content: Any) -> frozenset[str]:  # noqa: ANN401 - any JSON value
    """Find the characters that no installed font has, by setting ever smaller sets of them."""
    every = sorted({char for char in json.dumps(content, ensure_ascii=False) if ord(char) > 0x7E})
    found: set[str] = set()
    pending = [every]
    while pending:
        some = pending.pop()
        if not some or _can_set("".join(some)):
            continue
        if len(some) == 1:
            found |= set(some)
            continue
        half = len(some) // 2
        pending += [some[:half], some[half:]]
    return frozenset(found)


def _can_set(text: str) -> bool:
    import typst

    page = b'#set document(title: "x")\n#set text(font: sys.inputs.family)\n#text(sys.inputs.text)'
    inputs = {"text": " ".join(text), "family": _family(_Fonts.SYSTEM)}
    compiler = typst.Compiler(input=page, font_paths=_fonts(_Fonts.SYSTEM), ignore_system_fonts=True, sys_inputs=inputs)
    try:
        compiler.compile(format="pdf", pdf_standards="a-3a")
    except typst.TypstError:
        return False
    return True


def _spelt_out(value: Any, missing: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON value in and out
    """Write characters as their Unicode numbers, everywhere in a JSON value."""
    if isinstance(value, dict):
        return {key: _spelt_out(item, missing) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelt_out(item, missing) for item in value]
    if not isinstance(value, str) or missing.isdisjoint(value):
        return value
    return "".join(f"\N{ZERO WIDTH SPACE}U+{ord(char):04X}" if char in missing else char for char in value)


def _as_svg(figure: ReportFigure, number: int) -> bytes:
    """Return the picture as SVG; a PNG is wrapped, so that every figure is set in the same way."""
    if figure.svg.startswith(_PNG_SIGNATURE):
        width, height = struct.unpack(">II", figure.svg[16:24])
        size = f'width="{width}" height="{height}"'
        pixels = base64.b64encode(figure.svg).decode()
        picture = f'<image {size} href="data:image/png;base64,{pixels}"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{picture}</svg>'.encode()
    text = figure.svg.decode("utf-8", errors="replace")
    if "<svg" not in text[:1000]:
        raise ReportRefused(f"Figure {number} is neither SVG nor PNG.", code="report-figure")
    # A label of a picture reads from the left even when it begins with a name that does not.
    return _RIGHT_TO_LEFT.sub(rf"{_BACK_TO_LEFT}\g<0>{_BACK_TO_LEFT}", text).encode()


@lru_cache
def _icon(name: str) -> str:
    text = (resources_dir() / "icons" / name).read_text(encoding="utf-8")
    return text.replace(' fill="currentColor"', "").replace("<svg ", '<svg fill="INK" ', 1)


@lru_cache
def _fonts(kind: _Fonts) -> typst.Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=kind is _Fonts.SYSTEM,
        include_embedded_fonts=True,
        font_paths=[resources_dir() / "fonts"],
    )


def _family(kind: _Fonts) -> str:
    """Return the first family that exists: naming an absent one is a warning, and warnings are errors here."""
    present = set(_fonts(kind).families())
    return next(name for name in (FAMILY, *STAND_INS) if name in present)
