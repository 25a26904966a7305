"""Who and what is pinned? Typed ids, content addresses, and the patient's identity kept apart from the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Sha256 = NewType("Sha256", str)
PlanId = NewType("PlanId", str)
StructureId = NewType("StructureId", str)
TargetId = NewType("TargetId", str)
ProbeId = NewType("ProbeId", str)
MeasurementId = NewType("MeasurementId", str)
CaseId = NewType("CaseId", str)
ProcedureId = NewType("ProcedureId", str)
FollowUpId = NewType("FollowUpId", str)


@dataclass(frozen=True, slots=True)
class BlobRef:
    """An array kept outside the plan, addressed by its content.

    Parameters
    ----------
    sha256
        Hash over dtype, shape and C-order little-endian bytes; see :func:`planner.domain.digest.array_hash`.
    shape
        Array shape, ``[k, j, i]`` for volumes.
    dtype
        numpy dtype name, such as ``"bool"`` or ``"int16"``.
    """

    sha256: Sha256
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True, repr=False)
class PatientIdentity:
    """Identifying text of one patient and study. Never part of the plan's JSON or hash; never logged.

    All fields are display text, empty when the scanner sent none. Dates are ISO ``YYYY-MM-DD``.
    """

    patient_name: str = ""
    patient_id: str = ""
    sex: str = ""
    birth_date: str = ""
    study_date: str = ""
    study_description: str = ""
    institution: str = ""
    accession_number: str = ""

    def __repr__(self) -> str:
        """Redact: identity must not reach a log or traceback by accident."""
        return "PatientIdentity(<hidden>)"

    @property
    def label(self) -> str:
        """Shortest text that tells one patient from another on screen and paper."""
        name = self.patient_name.replace("^", ", ").strip(", ")
        parts = [p for p in (name, self.patient_id if self.patient_id != name else "", self.sex) if p]
        return " · ".join(parts) or "Unnamed patient"


def may_be_same_person(one: PatientIdentity, other: PatientIdentity) -> bool:
    """Whether nothing that both name tells two patients apart (H-11): name, id, birth date, sex."""
    pairs = (
        (one.patient_name, other.patient_name),
        (one.patient_id, other.patient_id),
        (one.birth_date, other.birth_date),
        (one.sex, other.sex),
    )
    return all(not here or not there or here == there for here, there in pairs)
