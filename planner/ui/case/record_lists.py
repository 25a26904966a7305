"""How does a list of a record become rows? One way for all kinds: add, change and remove one, each with its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.case.procedure_edits import put_at, without
from planner.ui.case.record_form import Item
from planner.ui.case.record_rows import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.procedure import Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits
    from planner.ui.case.record_form import RecordForm


class RecordList(RecordTable[Item]):
    """Rows of one list of a record.

    Parameters
    ----------
    get, put
        Take the list out of a record, and put another into it.
    verb
        On the button that adds one.
    """

    def __init__(
        self,
        edits: ProcedureEdits,
        form: RecordForm[Item],
        *,
        get: Callable[[Procedure], tuple[Item, ...]],
        put: Callable[[Procedure, tuple[Item, ...]], Procedure],
        verb: str,
    ) -> None:
        super().__init__(form, keep=self._keep_item, remove=self._remove_item, add_verb=verb)
        self._edits, self._get, self._put, self._noun = edits, get, put, form.noun

    def show_procedure(self, procedure: Procedure) -> None:
        """Show the list of a record."""
        self.show_items(self._get(procedure))

    def _keep_item(self, at: int, item: Item) -> str:
        record = self._edits.procedure
        verb = "add" if record is None or at >= len(self._get(record)) else "change"
        return self._edits.edit(
            lambda one: self._put(one, put_at(self._get(one), at, item)), f"{verb} {self._noun} {at + 1}"
        )

    def _remove_item(self, at: int) -> None:
        self._edits.edit(lambda one: self._put(one, without(self._get(one), at)), f"remove {self._noun} {at + 1}")
