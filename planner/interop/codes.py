"""Which codes stand for what DICOM has no code for? A private scheme whose meanings are the words that we print."""

from __future__ import annotations

import hashlib

SCHEME = "99FROSTLINE"


def code_value(words: str) -> str:
    """Return the private code value of a quantity: the same for the same words, at most 16 characters."""
    return hashlib.sha256(words.encode()).hexdigest()[:16].upper()
