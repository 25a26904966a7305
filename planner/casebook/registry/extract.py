"""What leaves? Every table of the chosen cases as the dictionary lists it, and how much of it there is.

Cases of synthetic patients and training cases stay, and are counted (H-20). The rows stand in the order of their salted
ids, which says nothing of when a patient came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.registry.case_rows import case_tables
from planner.casebook.registry.procedure_rows import procedure_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.casebook.registry.dictionary import Dictionary, Row
    from planner.casebook.registry.salted_ids import SaltedIds
    from planner.domain.case import Case


@dataclass(frozen=True, slots=True)
class Extract:
    """All that leaves.

    Parameters
    ----------
    tables
        Rows by the name of their table, in the dictionary's order; a table without rows is there, too.
    left_out
        How many cases stay because their patient is synthetic or they are of a training.
    ids_by
        Fingerprint of the salt: two exports with the same one have comparable ids.
    """

    tables: dict[str, tuple[Row, ...]]
    left_out: int
    with_texts: bool
    ids_by: str

    @property
    def cases(self) -> int:
        """How many cases leave."""
        return len(self.tables["cases"])

    def filled(self, table: str, variable: str) -> int:
        """Return in how many rows a variable holds a value."""
        return sum(row.get(variable) is not None for row in self.tables[table])


def extract(cases: Iterable[Case], ids: SaltedIds, known: Dictionary, *, with_texts: bool = False) -> Extract:
    """Return what leaves of some cases.

    Raises
    ------
    ReportRefused
        When a value is none that the dictionary allows: nothing leaves.
    """
    found = tuple(cases)
    leaving = sorted((one for one in found if one.is_of_a_patient), key=lambda one: ids.of("case", one.id))
    rows: dict[str, list[Row]] = {table.name: [] for table in known.tables}
    for case in leaving:
        for name, values in (case_tables(case, ids, known) | procedure_tables(case, ids, known)).items():
            rows[name].extend(known.row_of(name, one, with_texts=with_texts) for one in values)
    return Extract(
        {name: tuple(held) for name, held in rows.items()},
        left_out=len(found) - len(leaving),
        with_texts=with_texts,
        ids_by=ids.fingerprint,
    )
