"""Is this FHIR R4? One bundle for each case, built and checked by the models of the ``fhir.resources`` library.

The library has the models of R4B (4.3.0); Patient, Condition, QuestionnaireResponse, Procedure, Observation and Bundle
are there as in R4 (4.0.1). It checks structure, types and what has to be there. What it lets pass is checked here: null
for what has to be there, a code that is not in its fixed list, and a reference that leads to no resource of the same
bundle, or to one of a kind that may not stand there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.casebook.registry.fhir_case import CaseResources
from planner.domain.errors import ReportRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.casebook.registry.dictionary import Dictionary, Row
    from planner.casebook.registry.extract import Extract
    from planner.casebook.registry.salted_ids import SaltedIds

FHIR_VERSION = "4.0.1"


def bundles(extract: Extract, known: Dictionary, ids: SaltedIds) -> Iterator[tuple[str, bytes]]:
    """Give the salted id of each case with its bundle, JSON in UTF-8.

    Raises
    ------
    ReportRefused
        When a bundle is not valid: a fault of ours, and nothing leaves.
    """
    for case_id, tables in _by_case(extract).items():
        yield case_id, bundle_json(CaseResources(tables, known, ids).all())


def bundle_json(resources: list[dict[str, Any]]) -> bytes:
    """Return the checked bundle of some resources, which refer to one another by their ids."""
    from fhir.resources.R4B.bundle import Bundle  # half a second to load: not before it is needed
    from pydantic import ValidationError

    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]
    try:
        bundle = Bundle.model_validate({"resourceType": "Bundle", "type": "collection", "entry": entries})
    except ValidationError as error:
        # Its message quotes the values: only the places are told.
        places = "; ".join(".".join(map(str, one["loc"])) for one in error.errors()[:3])
        raise _refusal(places) from None
    wrong = next(_faults(bundle, {f"urn:uuid:{one['id']}": one["resourceType"] for one in resources}), None)
    if wrong is not None:
        raise _refusal(wrong)
    return (str(bundle.model_dump_json(indent=1)) + "\n").encode()


def _by_case(extract: Extract) -> dict[str, dict[str, tuple[Row, ...]]]:
    names = extract.tables
    sorted_rows: dict[str, dict[str, list[Row]]] = {
        str(row["case_id"]): {name: [] for name in names} for row in extract.tables["cases"]
    }
    for name, rows in names.items():
        for row in rows:
            sorted_rows[str(row["case_id"])][name].append(row)
    return {case_id: {name: tuple(rows) for name, rows in tables.items()} for case_id, tables in sorted_rows.items()}


def _faults(model: Any, kinds: Mapping[str, str], where: str = "") -> Iterator[str]:  # noqa: ANN401 - a library's model
    """Give each place below a model whose code or reference is none that may stand there."""
    for name, field in type(model).model_fields.items():
        held = getattr(model, name)
        place = f"{where}.{name}" if where else name
        if held is None:
            if field.is_required():
                yield place
            continue
        rules = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        codes, targets = rules.get("enum_values"), rules.get("enum_reference_types")
        for one in held if isinstance(held, list) else [held]:
            if codes and str(one) not in codes:
                yield place
            reference = getattr(one, "reference", None)
            if targets and reference is not None and not _leads_to(kinds.get(str(reference)), targets):
                yield place
            if hasattr(type(one), "model_fields"):
                yield from _faults(one, kinds, place)


def _leads_to(kind: str | None, targets: Any) -> bool:  # noqa: ANN401 - a library's list of names
    return kind is not None and (kind in targets or "Resource" in targets)


def _refusal(places: str) -> ReportRefused:
    return ReportRefused(
        f"The FHIR resources of a case are not valid at {places}. Nothing is exported; leave FHIR out and report this.",
        code="registry-fhir",
    )
