"""What can the model do, what was it compared with, and where does its range end? Facts for report and warnings."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.datum import Datum, Status


@dataclass(frozen=True, slots=True)
class CardStatement:
    """One sentence of the card with its status and source."""

    text: str
    status: Status
    source: str = ""


@dataclass(frozen=True, slots=True)
class ValidityLimit:
    """One limit of the compared range: ``span`` holds its ends as ``value`` and ``upper``, in ``unit``."""

    id: str
    words: str
    unit: str
    span: Datum


@dataclass(frozen=True, slots=True)
class ValidatedCase:
    """One case of the validation: how many figures are within tolerance, and the one farthest off, as printed.

    ``kind`` is closed form, reference code, experiment or benchmark; ``note`` says why figures are not met.
    """

    case: str
    kind: str
    quantity: str
    expected: str
    got: str
    tolerance: str
    met: int
    judged: int
    source: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Such as ``"28 of 30"``."""
        return f"{self.met} of {self.judged}" if self.judged else "not judged"


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Ends of one property of one tissue (``span``): a value outside is not what the source says."""

    tissue_id: str
    tissue_label: str
    name: str
    span: Datum


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card.

    Parameters
    ----------
    error_mm
        How far the edge of predicted ice has been found from the edge of visible ice, mm, on the mean: by this much the
        range of a prediction is widened. Value, source and what it was read from are in ``resources/model_card.json``.
    compared_tissues
        Ids of tissues and media in which a prediction was compared with a measurement or an independent computation.
    validated_by
        The command that makes the validation table again.
    source_ranges
        One entry for each listed tissue value.
    """

    purpose: str
    modelled: tuple[CardStatement, ...]
    not_modelled: tuple[CardStatement, ...]
    limits: tuple[ValidityLimit, ...]
    compared_tissues: tuple[str, ...]
    validated: tuple[ValidatedCase, ...]
    validated_by: str
    published: tuple[CardStatement, ...]
    error_mm: Datum
    source_ranges: tuple[SourceRange, ...] = ()

    @property
    def known_error_mm(self) -> float:
        """The known error, mm; its table is refused without one."""
        return self.error_mm.value or 0.0

    @property
    def error_words(self) -> str:
        """The known error with its source: ``"3.1 mm (IJH2020): mean distance …"``."""
        named = ", ".join(part for part in (self.error_mm.source, self.error_mm.flag) if part)
        return f"{self.known_error_mm:g} mm ({named}): {self.error_mm.note}."

    def limit(self, limit_id: str) -> ValidityLimit | None:
        """Return a limit by its id."""
        return next((limit for limit in self.limits if limit.id == limit_id), None)
