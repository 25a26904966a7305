"""Which cases is the solver held against, with which figures? ``resources/validation/cases.json``, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from planner.domain.errors import ResourceInvalid
from planner.persistence.record import Record, read_record
from planner.persistence.resources import resources_dir, sources
from planner.thermal.analytic import SharpMedium

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.datum import Status

KINDS = ("closed form", "reference code", "experiment", "benchmark")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case as its source gives it.

    Parameters
    ----------
    given, expected
        What the set-up needs and what should come out; names carry units.
    tolerance
        ``mm`` and ``share`` (the larger counts), ``c`` in °C, and others named in the case.
    """

    case_id: str
    kind: str
    title: str
    setup: str
    given: Mapping[str, Any]
    expected: Mapping[str, Any]
    tolerance: Mapping[str, float]
    source: str
    status: Status
    note: str

    def length_tolerance_mm(self, expected_mm: float) -> float:
        """Return the allowed error of a length: the larger of mm and share."""
        return max(self.tolerance.get("mm", 0.0), self.tolerance.get("share", 0.0) * expected_mm)

    @property
    def sharp_medium(self) -> SharpMedium:
        """The medium, where it freezes at one temperature."""
        return sharp_medium(self.given["medium"])


def sharp_medium(values: Mapping[str, float]) -> SharpMedium:
    """Read a medium that freezes at one temperature."""
    return SharpMedium(
        k_frozen_w_per_m_k=values["k_frozen_w_per_m_k"],
        k_liquid_w_per_m_k=values["k_unfrozen_w_per_m_k"],
        c_frozen_j_per_kg_k=values["c_frozen_j_per_kg_k"],
        c_liquid_j_per_kg_k=values["c_unfrozen_j_per_kg_k"],
        density_kg_per_m3=values["density_kg_per_m3"],
        latent_j_per_kg=values["latent_heat_j_per_kg"],
        freezing_c=values["freezing_c"],
    )


@cache
def all_cases() -> dict[str, CaseFacts]:
    """Return every case by its id; raise ResourceInvalid where the file is not as expected."""
    table = read_record(resources_dir() / "validation" / "cases.json", sources=sources())
    table.raw("schema")
    table.text("about")
    cases = [_case(entry) for entry in table.records("cases")]
    table.finish()
    by_id = {case.case_id: case for case in cases}
    if len(by_id) != len(cases):
        raise ResourceInvalid("An id occurs twice.", code="resource-id", where="validation/cases.json")
    return by_id


def case_facts(case_id: str) -> CaseFacts:
    """Return one case; raise ResourceInvalid when there is none of that id."""
    cases = all_cases()
    if case_id not in cases:
        raise ResourceInvalid(
            f"There is no case “{case_id}”. There are {', '.join(cases)}.", code="case-unknown", where="bench validate"
        )
    return cases[case_id]


def _case(entry: Record) -> CaseFacts:
    kind = entry.text("kind")
    if kind not in KINDS:
        raise entry.fail("kind", f"is {kind!r}, not one of: {', '.join(KINDS)}.", "resource-choice")
    status, source = entry.sourced_status()
    entry.confidence()
    case = CaseFacts(
        case_id=entry.text("id"),
        kind=kind,
        title=entry.text("title"),
        setup=entry.text("setup"),
        given=entry.raw("given"),
        expected=entry.raw("expected"),
        tolerance=entry.raw("tolerance"),
        source=source,
        status=status,
        note=entry.text("note", default=""),
    )
    entry.finish()
    return case
