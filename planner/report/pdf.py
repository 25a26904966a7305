"""How does the report become paper? The printed text and the figures, set by typst into one PDF.

Everything reaches typst as data strings, never as markup, so no text of a scan or a plan can become a command (H-42).
No temporary file is written and no system font is read unless the bundled ones lack a character. Equal input gives
equal bytes: the date is the model's.
"""

from __future__ import annotations

import base64
import json
import struct
import unicodedata
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from planner.domain.digest import to_plain
from planner.domain.errors import ReportRefused
from planner.domain.rule import Verdict
from planner.persistence.resources import resources_dir
from planner.rendering.palette import ICE_LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typst

    from planner.report.figure import ReportFigure
    from planner.report.printed import ReportModel

FAMILY = "Inter"
STAND_INS = ("DejaVu Sans", "Noto Sans", "Segoe UI", "Helvetica", "Arial", "Libertinus Serif")
LONGEST_WORD = 70
PT_PER_PX = 0.75

_ICONS = {
    Verdict.PASS: "check-circle.svg",
    Verdict.CHECK: "warning.svg",
    Verdict.FAIL: "mdi-close-octagon-outline.svg",
    Verdict.NOT_ASSESSED: "minus-circle.svg",
}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class _Fonts(StrEnum):
    BUNDLED = "bundled"
    SYSTEM = "system"


def render_pdf(model: ReportModel, figures: Sequence[ReportFigure] = ()) -> bytes:
    """Set the report as a tagged PDF/A-3 on A4 with the plan and the assessment attached.

    Where no installed font has a character of the text, the standard cannot be kept: the page is then made without it
    and the character shows as a box.

    Raises
    ------
    ReportRefused
        When a figure is neither SVG nor PNG, or the page cannot be set.
    """
    import typst

    source = (resources_dir() / "report" / "plan.typ").read_bytes()
    content = _content(model, figures)
    when = datetime.fromisoformat(model.made_at)
    failure: typst.TypstError | None = None
    for fonts, standards in ((_Fonts.BUNDLED, ["a-3a"]), (_Fonts.SYSTEM, ["a-3a"]), (_Fonts.SYSTEM, [])):
        data = json.dumps(content | {"family": _family(fonts)}, ensure_ascii=False)
        compiler = typst.Compiler(
            input=source, font_paths=_fonts(fonts), ignore_system_fonts=True, sys_inputs={"report": data}
        )
        try:
            pdf = compiler.compile(format="pdf", pdf_standards=standards, timestamp=when)  # type: ignore[arg-type]
        except typst.TypstError as error:
            failure = error
            continue
        if isinstance(pdf, bytes):
            return pdf
    raise ReportRefused(f"The report cannot be set: {failure}.", code="report-typesetting")


def _content(model: ReportModel, figures: Sequence[ReportFigure]) -> dict[str, Any]:
    content: dict[str, Any] = _settable(to_plain(model))
    # Attachments are bytes of record, not text of the page: they stay exactly as hashed.
    content["attachments"] = to_plain(model.attachments)
    content["figures"] = [
        {"svg": _as_svg(figure, number), "caption": _settable(figure.caption)}
        for number, figure in enumerate(figures, start=1)
    ]
    content["ice_strokes"] = [
        {"level_c": level.level_c, "colour": level.light_colour, "width_pt": level.width_px * PT_PER_PX}
        for level in ICE_LEVELS
    ]
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
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char for char in value)
    return " ".join(_breakable(word) for word in visible.split(" "))


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return "\N{ZERO WIDTH SPACE}".join(word[start : start + 20] for start in range(0, len(word), 20))


def _as_svg(figure: ReportFigure, number: int) -> str:
    """Return the picture as SVG text; a PNG is wrapped, so that every figure travels as a string."""
    if figure.svg.startswith(_PNG_SIGNATURE):
        width, height = struct.unpack(">II", figure.svg[16:24])
        size = f'width="{width}" height="{height}"'
        pixels = base64.b64encode(figure.svg).decode()
        picture = f'<image {size} href="data:image/png;base64,{pixels}"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{picture}</svg>'
    text = figure.svg.decode("utf-8", errors="replace")
    if "<svg" not in text[:1000]:
        raise ReportRefused(f"Figure {number} is neither SVG nor PNG.", code="report-figure")
    return text


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
