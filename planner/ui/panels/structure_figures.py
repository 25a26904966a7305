"""What are the figures of one structure? Its lines and a small temperature–volume curve, painted under its checks.

Each line stands for a place: a click on it goes there. Nominal and pessimistic values stand side by side; without a
band the second column says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from planner.planning.structure_figures import NEAR_COLD_C, treatment_words
from planner.rendering.palette import levels_for
from planner.report.numbers import MISSING, celsius, measure, mm, number
from planner.services.band_structures import COLDEST, EDGE, volume_words
from planner.ui.theme.fonts import SMALL_PX, ui_font
from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.domain.geometry import PointLps
    from planner.domain.structure_figures import StructureFigures

_LINE_PX, _TOP_PX, _BOTTOM_PX = 18, 2, 8
_PLOT_PX, _PLOT_AXIS_PX, _PLOT_LEFT_PX, _PLOT_TOP_PX = 64, 14, 34, 10
_SHARES_OF_WIDTH = (0.40, 0.72, 1.0)
"""Where the three columns end: names at the left, two of figures at the right."""
_FINEST_ML, _LEAST_ML = 3, 0.001
_LEAST_PERCENT, _LEAST_SHARE_PERCENT = 0.01, 0.1
_TICKS_C = (-140.0, -100.0, -60.0, -40.0, -20.0, 0.0, 20.0)
_LEAST_TICK_PX = 34
_WAITING = "Figures come with the 1 mm result."
_WARM = f"Stays above {NEAR_COLD_C:g} °C."


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One line: what, nominal, pessimistic, and the place it belongs to."""

    name: str
    nominal: str
    pessimistic: str
    at_lps_mm: PointLps | None = None


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """What is unfolded under a structure.

    Parameters
    ----------
    figures
        None while a probe moves: figures of another place of the probe are never shown as this one's (H-13).
    pessimistic
        Unfavourable end of the band by quantity; empty without a band.
    """

    figures: StructureFigures | None
    pessimistic: Mapping[str, float | None]
    isotherm_c: float
    line_count: int = 0
    has_plot: bool = False

    @classmethod
    def of(cls, figures: StructureFigures, pessimistic: Mapping[str, float | None], isotherm_c: float) -> FigureBlock:
        """Lay out the block of one structure."""
        shown = cls(figures, pessimistic, isotherm_c)
        return cls(figures, pessimistic, isotherm_c, len(shown.lines()), _is_worth_a_plot(figures))

    @property
    def height_px(self) -> int:
        """Height of the block; the same while a probe moves, so that nothing jumps."""
        plot = _PLOT_TOP_PX + _PLOT_PX + _PLOT_AXIS_PX if self.has_plot else 0
        return _TOP_PX + (self.line_count + 1) * _LINE_PX + plot + _BOTTOM_PX

    def waiting(self) -> FigureBlock:
        """Return the same block without its figures."""
        return FigureBlock(None, {}, self.isotherm_c, self.line_count, self.has_plot)

    def lines(self) -> tuple[FigureLine, ...]:
        """Return the lines below the head."""
        told = self.figures
        if told is None:
            return ()
        bound = "≥ " if told.minimum_is_bound else ""
        lines = [
            FigureLine(
                "Coldest", f"{bound}{celsius(told.minimum_c)}", self._end(COLDEST, "°C"), told.minimum_at_lps_mm
            ),
            FigureLine(EDGE, mm(told.edge_mm), self._end(EDGE, "mm"), told.edge_at_lps_mm),
        ]
        treated = treatment_words(self.isotherm_c)
        lines.append(FigureLine(treated, mm(told.treatment_mm), self._end(treated, "mm"), told.treatment_at_lps_mm))
        if told.histogram:
            lines += [
                FigureLine(
                    volume_words(part.level_c).removeprefix("volume "),
                    f"{small_ml(part.volume_ml)} · {small_percent(part.share_percent)}",
                    self._end(volume_words(part.level_c), "mL"),
                )
                for part in told.volumes
                if part.level_c == 0 or part.volume_ml > 0 or self.pessimistic.get(volume_words(part.level_c))
            ]
        elif told.volumes:
            lines.append(FigureLine(_WARM, "", ""))
        return tuple(lines)

    def spoken(self) -> str:
        """Return the block in words."""
        if self.figures is None:
            return _WAITING
        return ". ".join(
            f"{line.name} {line.nominal}" + (f", pessimistic {line.pessimistic}" if line.pessimistic != MISSING else "")
            for line in self.lines()
        )

    def place_at(self, y_px: float) -> PointLps | None:
        """Return the place of the line at a height within the block; None beside lines."""
        lines = self.lines()
        row = int((y_px - _TOP_PX) // _LINE_PX) - 1
        return lines[row].at_lps_mm if 0 <= row < len(lines) else None

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Draw the block into its box."""
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        if self.figures is None:
            painter.setPen(QColor(tokens.text_3))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _WAITING)
            return
        head = FigureLine("", "nominal", "pessimistic")
        for row, line in enumerate((head, *self.lines())):
            y = box.top() + _TOP_PX + row * _LINE_PX
            self._paint_line(painter, QRectF(box.left(), y, box.width(), _LINE_PX), line, is_head=row == 0)
        if self.has_plot:
            top = box.top() + _TOP_PX + (self.line_count + 1) * _LINE_PX + _PLOT_TOP_PX
            plot = QRectF(box.left() + _PLOT_LEFT_PX, top, box.width() - _PLOT_LEFT_PX - 6, _PLOT_PX)
            paint_histogram(painter, plot, self.figures.histogram)

    def _end(self, quantity: str, unit: str) -> str:
        value = self.pessimistic.get(quantity)
        if value is None:
            return MISSING
        return small_ml(value) if unit == "mL" else measure(value, unit)

    def _paint_line(self, painter: QPainter, box: QRectF, line: FigureLine, *, is_head: bool) -> None:
        tokens = theme().tokens
        first, second, third = (box.left() + share * box.width() for share in _SHARES_OF_WIDTH)
        columns = (
            (QRectF(box.left(), box.top(), first - box.left(), box.height()), line.name, tokens.text_3),
            (QRectF(first, box.top(), second - first, box.height()), line.nominal, tokens.text_1),
            (QRectF(second, box.top(), third - second, box.height()), line.pessimistic, tokens.text_2),
        )
        for place, (column, words, colour) in enumerate(columns):
            painter.setPen(QColor(tokens.text_3 if is_head else colour))
            side = Qt.AlignmentFlag.AlignLeft if place == 0 else Qt.AlignmentFlag.AlignRight
            flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
            painter.drawText(column, int(flags), words)


def _is_worth_a_plot(figures: StructureFigures) -> bool:
    return any(share >= _LEAST_SHARE_PERCENT for _, share in figures.histogram)


def small_ml(value_ml: float) -> str:
    """Print a volume that may be far below a tenth of a millilitre: as many digits as tell it from nothing."""
    if 0 < value_ml < _LEAST_ML:
        return f"< {number(_LEAST_ML, decimals=_FINEST_ML)} mL"
    return f"{number(value_ml, decimals=_decimals(value_ml))} mL"


def small_percent(value: float) -> str:
    """Print a share that may be far below a tenth of a percent."""
    if 0 < value < _LEAST_PERCENT:
        return f"< {number(_LEAST_PERCENT, decimals=2)} %"
    return f"{number(value, decimals=min(_decimals(value), 2))} %"


def _decimals(value: float) -> int:
    """Return how many decimals show two digits of a small value; one of none at all."""
    return 1 if value == 0 or value >= 1 else 2 if value >= 0.1 else _FINEST_ML


def paint_histogram(painter: QPainter, box: QRectF, histogram: tuple[tuple[float, float], ...]) -> None:
    """Draw which share of a structure is at or below each temperature; ticks of the isotherms in their colours."""
    tokens = theme().tokens
    low_c, high_c = histogram[0][0], histogram[-1][0]
    most = max(share for _, share in histogram) or 1.0
    span_c = max(high_c - low_c, 1.0)

    def x(level_c: float) -> float:
        return box.left() + (level_c - low_c) / span_c * box.width()

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(ui_font(SMALL_PX))
    painter.setPen(QPen(QColor(tokens.line_strong), 1))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    painter.drawLine(box.bottomLeft(), box.topLeft())
    painter.setPen(QColor(tokens.text_3))
    side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
    top = QRectF(box.left() - _PLOT_LEFT_PX, box.top() - 7, _PLOT_LEFT_PX - 4, 14)
    painter.drawText(top, side, f"{number(most, decimals=0 if most >= 10 else 1)} %")
    painter.drawText(top.translated(0, box.height()), side, "0")
    _paint_ticks(painter, box, x, low_c=low_c, high_c=high_c)
    line = QPolygonF([QPointF(x(c), box.bottom() - share / most * (box.height() - 2)) for c, share in histogram])
    painter.setPen(QPen(QColor(tokens.text_1), 1.6))
    painter.drawPolyline(line)
    painter.restore()


def _paint_ticks(painter: QPainter, box: QRectF, x: Callable[[float], float], *, low_c: float, high_c: float) -> None:
    """Draw the isotherms as lines with their temperatures below; those that would touch are left out."""
    tokens = theme().tokens
    styles, end = {level.level_c: level for level in levels_for(_TICKS_C)}, -1e9
    for level_c in (c for c in _TICKS_C if low_c <= c <= min(high_c, 0.0)):
        style = styles[level_c]
        painter.setPen(QPen(QColor(style.colour if tokens.dark else style.light_colour), 1))
        painter.drawLine(QPointF(x(level_c), box.top()), QPointF(x(level_c), box.bottom()))
    painter.setPen(QColor(tokens.text_3))
    for level_c in (c for c in _TICKS_C if low_c <= c <= high_c):
        if x(level_c) - end < _LEAST_TICK_PX:
            continue
        end = x(level_c)
        words = f"{number(level_c, decimals=0)}{' °C' if level_c == high_c else ''}"
        place = QRectF(end - 30, box.bottom() + 1, 60, _PLOT_AXIS_PX)
        flags = Qt.AlignmentFlag.AlignHCenter
        if end + 18 > box.right():
            place, flags = QRectF(box.right() - 54, place.top(), 60, _PLOT_AXIS_PX), Qt.AlignmentFlag.AlignRight
        painter.drawText(place, int(flags | Qt.AlignmentFlag.AlignTop), words)
