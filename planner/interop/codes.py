"""Which codes stand for what DICOM has no code for? A private scheme whose meanings are the words that we print."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SCHEME = "99FROSTLINE"


def code_value(words: str) -> str:
    """Return the private code value of a quantity: the same for the same words, at most 16 characters."""
    return hashlib.sha256(words.encode()).hexdigest()[:16].upper()


def name_scheme(dataset: Dataset) -> None:
    """Say in an object which scheme its private codes are of (PS3.3 C.12.1.1.7), beside what it says already."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodingSchemeDesignator = SCHEME
    item.CodingSchemeName = "Quantities, verdicts and isotherms of Frostline"
    item.CodingSchemeResponsibleOrganization = "Frostline"
    told = dataset.get("CodingSchemeIdentificationSequence") or []
    dataset.CodingSchemeIdentificationSequence = [*told, item]
