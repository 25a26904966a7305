"""What are the columns of a record's rows, and what do their texts mean? One form per kind of row, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Texts = tuple[str, ...]
Options = tuple[tuple[str, str], ...]
"""Pairs of what is shown and the text that stands for it."""


class ColumnKind(Enum):
    """How a column is filled; the last two are only shown, one as words and one as a figure."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    SHOWN = "shown"
    FIGURE = "figure"

    @property
    def is_shown(self) -> bool:
        """Whether nobody types into it."""
        return self in (ColumnKind.SHOWN, ColumnKind.FIGURE)

    @property
    def is_right(self) -> bool:
        """Whether it stands at the right of its column, as figures do."""
        return self in (ColumnKind.NUMBER, ColumnKind.FIGURE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``width_px`` 0 takes what is left. ``options_of`` gives a choice's options for the row's texts.

    ``needs`` are the columns, by number, of which one must hold something before this one can be filled. ``look`` is
    the stylesheet's, of words that are only shown.
    """

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    width_px: int = 0
    hint: str = ""
    options_of: Callable[[Texts], Options] | None = None
    needs: tuple[int, ...] = ()
    look: str = ""


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class RecordForm(Generic[Item]):
    """Rows of one kind.

    Parameters
    ----------
    noun
        What one row is, such as ``"dissection"``.
    write
        The texts of an item, one per column.
    read
        The item of some texts; the second value is the item that they replace, None for a new one. Raises PlannerError.
    """

    noun: str
    columns: tuple[Column, ...]
    write: Callable[[Item], Texts]
    read: Callable[[Texts, Item | None], Item]

    @property
    def empty(self) -> Texts:
        """Texts of a row nothing was typed into."""
        return ("",) * len(self.columns)


def fixed_options(*shown: str) -> Callable[[Texts], Options]:
    """Return options that are the same in every row and stand for themselves."""
    options = tuple((text, text) for text in shown)
    return lambda _texts: options
