"""When was it, by whom, and did it succeed technically? The first row of a record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.errors import CaseInvalid
from planner.ui.case.record_form import Column, ColumnKind, Options, RecordForm, Texts

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure

_SUCCESS: Options = (
    ("Not stated", ""),
    ("Yes: done by the protocol, the target lies in the ice", "yes"),
    ("No", "no"),
)


def facts_form() -> RecordForm[Procedure]:
    """Return the row of day, operator and technical success (AHMED2014)."""

    def write(one: Procedure) -> Texts:
        success = "" if one.is_technical_success is None else "yes" if one.is_technical_success else "no"
        return one.day, one.operator, success

    def read(texts: Texts, before: Procedure | None) -> Procedure:
        if before is None:
            raise CaseInvalid("There is no record to change.", code="record-none")
        day, operator, success = (text.strip() for text in texts)
        return replace(
            before, day=day, operator=operator, is_technical_success=None if not success else success == "yes"
        )

    return RecordForm(
        "procedure",
        (
            Column("Day", width_px=110, hint="yyyy-mm-dd"),
            Column("Operator", hint="by name or role"),
            Column("Technical success (AHMED2014)", ColumnKind.CHOICE, 330, "Not stated", lambda _texts: _SUCCESS),
        ),
        write,
        read,
    )
