"""Who is behind a pseudonym? Optional, in a file of its own, so that cases can leave without it (H-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.library_schema import IDENTITIES, damaged_file, reading, writing
from planner.domain.digest import canonical_json
from planner.domain.errors import PlannerError
from planner.domain.identity import CaseId, PatientIdentity
from planner.persistence import codec

if TYPE_CHECKING:
    from pathlib import Path

    from planner.casebook.library_schema import Kind

NOBODY = PatientIdentity()


class Identities:
    """The patients of the library's cases. Nothing here is logged, and no refusal quotes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, case_id: CaseId) -> PatientIdentity:
        """Return who the case is of; an empty identity when nobody said so."""
        text = self._text(case_id)
        return NOBODY if text is None else identity_of(text, where=self.path.name)

    def has(self, case_id: CaseId) -> bool:
        """Whether somebody said who the case is of."""
        return self._text(case_id) is not None

    def all(self) -> dict[CaseId, PatientIdentity]:
        """Return everybody, by the case's id: for a search that asks for names."""
        with reading(self.path, IDENTITIES) as connection:
            rows = connection.execute("SELECT case_id, identity FROM identity").fetchall()
        return {CaseId(name): identity_of(text, where=self.path.name) for name, text in rows}

    def put(self, case_id: CaseId, identity: PatientIdentity) -> None:
        """Keep who a case is of, in the place of what was kept; an empty identity removes it."""
        if identity == NOBODY:
            self.remove(case_id)
            return
        with writing(self.path, IDENTITIES) as connection:
            connection.execute(
                "INSERT INTO identity VALUES (?, ?) ON CONFLICT (case_id) DO UPDATE SET identity = excluded.identity",
                (case_id, canonical_json(identity).decode()),
            )

    def remove(self, case_id: CaseId) -> None:
        """Forget who a case is of; what was kept is overwritten on disk."""
        if self.has(case_id):
            with writing(self.path, IDENTITIES) as connection:
                connection.execute("DELETE FROM identity WHERE case_id = ?", (case_id,))

    def _text(self, case_id: CaseId) -> object:
        with reading(self.path, IDENTITIES) as connection:
            row = connection.execute("SELECT identity FROM identity WHERE case_id = ?", (case_id,)).fetchone()
        return None if row is None else row[0]


def identity_of(text: object, *, where: str, kind: Kind = IDENTITIES) -> PatientIdentity:
    """Return the identity in a text kept in a file of this kind; a refusal quotes nothing of it (H-43)."""
    try:
        return codec.decode(text if isinstance(text, str) else "", PatientIdentity, where=where)
    except PlannerError:
        raise damaged_file(where, kind) from None
