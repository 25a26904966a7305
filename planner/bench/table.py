"""How is a measurement shown? Rows with their goal beside them, and the machine they were taken on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_MOST, AT_LEAST = "≤", "≥"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit on a figure, in its unit; ``sense`` is :data:`AT_MOST` or :data:`AT_LEAST`."""

    sense: str
    limit: float

    def is_reached(self, value: float) -> bool:
        """Whether the value keeps the limit."""
        return value <= self.limit if self.sense == AT_MOST else value >= self.limit

    @property
    def words(self) -> str:
        """Such as ``"≤ 0.1"``."""
        return f"{self.sense} {number_words(self.limit)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, how much, in which unit, against which goal, and how it was taken."""

    section: str
    name: str
    value: float | str
    unit: str = ""
    goal: Goal | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Such as ``"yes, 0.62 of the goal"``; empty without a goal."""
        if self.goal is None or isinstance(self.value, str):
            return ""
        reached = "yes" if self.goal.is_reached(self.value) else "no"
        if self.goal.limit == 0:
            return reached
        return f"{reached}, {number_words(self.value / self.goal.limit)} × goal"

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        goal = None if self.goal is None else {"sense": self.goal.sense, "limit": self.goal.limit}
        reached = None
        if self.goal is not None and not isinstance(self.value, str):
            reached = self.goal.is_reached(self.value)
        return {
            "section": self.section,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": goal,
            "reached": reached,
            "note": self.note,
        }


def at_most(limit: float) -> Goal:
    """Smaller is better."""
    return Goal(AT_MOST, limit)


def at_least(limit: float) -> Goal:
    """Larger is better."""
    return Goal(AT_LEAST, limit)


def number_words(value: float) -> str:
    """Three significant digits without an exponent, such as ``"0.0183"``, ``"12.4"`` or ``"1,340"``."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.6f}" if "e" in text else text


def table_text(rows: Sequence[Row], machine: dict[str, Any]) -> str:
    """Align the rows by section; notes follow their row, indented."""
    cells = [_cells(row) for row in rows]
    widths = [max((len(cell[n]) for cell in cells), default=0) for n in range(4)]
    lines = [f"{name}: {value}" for name, value in machine.items()]
    section = ""
    for row, (name, value, unit, goal, verdict) in zip(rows, cells, strict=True):
        if row.section != section:
            section = row.section
            lines += ["", section]
        line = f"  {name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {goal:<{widths[3]}}  {verdict}"
        lines.append(line.rstrip())
        if row.note:
            lines.append(f"      {row.note}")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    value = row.value if isinstance(row.value, str) else number_words(row.value)
    return row.name, value, row.unit, "" if row.goal is None else row.goal.words, row.verdict


def machine_facts() -> dict[str, Any]:
    """Say on what the figures were taken: processor, cores, load and versions; no names of machine or user."""
    from importlib.metadata import version

    import numba

    from planner import __version__
    from planner.thermal.settings import SOLVER_VERSION

    return {
        "processor": _processor_name(),
        "cores": os.cpu_count() or 1,
        "threads used": numba.get_num_threads(),
        "load average over 1, 5, 15 min": load_words(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "frostline": f"{__version__}, solver {SOLVER_VERSION}",
    }


def _processor_name() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def load_words() -> str:
    """Return how many processes wanted a core, such as ``"0.52, 0.31, 0.20"``."""
    if not hasattr(os, "getloadavg"):
        return "not known on this system"
    return ", ".join(f"{value:.2f}" for value in os.getloadavg())
