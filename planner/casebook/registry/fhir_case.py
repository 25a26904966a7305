"""What is a case in FHIR R4? Patient without an identity, Condition, QuestionnaireResponse, Procedures, Observations.

Every row of the tables becomes one resource, and every value stands under the code of its variable in the dictionary's
system, so that the tables can be read back from the resources alone. Where a variable has a code of a published system,
its value is an Observation of its own that others find by that code. No resource carries a date: how many days after
day 0 it was is an extension, and nothing is dated otherwise.

Here are plain values; they become checked resources in :mod:`planner.casebook.registry.fhir_bundle`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from planner.casebook.registry.dictionary import VariableType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.casebook.registry.dictionary import Dictionary, Row, Table, Value, Variable
    from planner.casebook.registry.salted_ids import SaltedIds

    Resource = dict[str, Any]

YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0532"
_YES_NO_CODES = {"yes": ("Y", "Yes"), "no": ("N", "No"), "not applicable": ("NA", "not applicable")}
_PSEUDONYMISED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "PSEUDED",
    "display": "pseudonymized",
}
UCUM = "http://unitsofmeasure.org"
_OF_RESOURCES = ("targets", "answers")
"""Tables that stand in the Condition and the QuestionnaireResponse."""
_IN_THE_ID = ("case_id", "procedure_id", "follow_up_id")
DAY = "day"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class CaseResources:
    """The resources of one case.

    Parameters
    ----------
    tables
        The rows of this case by table.
    """

    def __init__(self, tables: Mapping[str, tuple[Row, ...]], known: Dictionary, ids: SaltedIds) -> None:
        self._tables, self._known, self._ids = tables, known, ids
        self._case_id = str(tables["cases"][0]["case_id"])
        self._subject = {"reference": f"urn:uuid:{self._case_id}"}
        self._condition_id = ids.of("condition", self._case_id)

    def all(self) -> list[Resource]:
        """Return every resource, the patient first."""
        found = [self._patient(), self._condition()]
        if self._tables["answers"]:
            found.append(self._answers())
        found += [self._procedure(row) for row in self._tables["procedures"]]
        for table in self._known.tables:
            if table.name not in _OF_RESOURCES:
                for row in self._tables[table.name]:
                    found += self._observations(table, row)
        return found

    # --- the patient and the problem ---------------------------------------------------------------------------------

    def _patient(self) -> Resource:
        return {"resourceType": "Patient", "id": self._case_id, "meta": {"security": [_PSEUDONYMISED]}}

    def _condition(self) -> Resource:
        targets = [self._coded("targets", "target", row["target"]) for row in self._tables["targets"]]
        problem = self._tables["cases"][0].get("problem")
        resource: Resource = {
            "resourceType": "Condition",
            "id": self._condition_id,
            "subject": self._subject,
            "code": {"text": _text(problem or "Problem treated with cryoneurolysis")},
        }
        return resource | ({"bodySite": targets} if targets else {})

    def _answers(self) -> Resource:
        items = [self._item(number, row) for number, row in enumerate(self._tables["answers"], start=1)]
        return {
            "resourceType": "QuestionnaireResponse",
            "id": self._ids.of("answers", self._case_id),
            "status": "in-progress",  # what was not asked yet may still be
            "subject": self._subject,
            "item": items,
        }

    def _item(self, number: int, row: Row) -> Resource:
        words = self._words("answers", "item", row["item"])
        answer: Resource = {"valueCoding": _yes_no(str(row["answer"]))}
        if row.get("remark"):
            answer["item"] = [{"linkId": f"{number}.remark", "answer": [{"valueString": _text(row["remark"])}]}]
        item = {"linkId": f"{number}.{row['item']}", "text": _text(row.get("question") or words), "answer": [answer]}
        return item | self._day(row)

    # --- procedures --------------------------------------------------------------------------------------------------

    def _procedure(self, row: Row) -> Resource:
        own = row["procedure_id"]
        probes = [one for one in self._tables["probes"] if one["procedure_id"] == own and one["model"] is not None]
        wrong = [one for one in self._tables["complications"] if one["procedure_id"] == own]
        resource: Resource = {
            "resourceType": "Procedure",
            "id": str(own),
            # A record that nobody closed does not say that the procedure still goes on.
            "status": "completed" if row["is_finished"] else "unknown",
            "subject": self._subject,
            "code": {"text": "Cryoneurolysis"},
            "reasonReference": [{"reference": f"urn:uuid:{self._condition_id}"}],
        } | self._day(row)
        if probes:
            models = dict.fromkeys(one["model"] for one in probes)
            resource["usedCode"] = [self._coded("probes", "model", model) for model in models]
        if wrong:
            resource["complication"] = [self._complication(one) for one in wrong]
        return resource

    def _complication(self, row: Row) -> Resource:
        grading = self._words("complications", "grading", row["grading"])
        said = f"{grading}: grade {row['grade']}"
        return {"text": _text(f"{row['what']} ({said})") if row.get("what") else said}

    # --- rows --------------------------------------------------------------------------------------------------------

    def _observations(self, table: Table, row: Row) -> Iterator[Resource]:
        """Give the Observation of one row, after those of its values that have a published code."""
        variables = [one for one in table.variables if row.get(one.name) is not None and one.name not in _IN_THE_ID]
        about = {"status": "final", "subject": self._subject} | self._day(row) | self._part_of(row)
        members = []
        for one in variables:
            if one.code is not None:
                member = self._id(table, row, one.name)
                members.append({"reference": f"urn:uuid:{member}"})
                codes = {"code": self._code(table, one)} | self._valued(table, one, row[one.name])
                yield {"resourceType": "Observation", "id": member} | about | codes
        components = [
            {"code": self._code(table, one)} | self._valued(table, one, row[one.name])
            for one in variables
            if one.code is None and one.name != DAY
        ]
        whole: Resource = {"resourceType": "Observation", "id": self._id(table, row)} | about
        whole["code"] = {
            "coding": [{"system": self._known.system, "code": table.name, "display": table.title}],
            "text": table.title,
        }
        if members:
            whole["hasMember"] = members
        if components:
            whole["component"] = components
        yield whole

    def _id(self, table: Table, row: Row, name: str = "") -> str:
        """Return an id of a row's own; a follow-up has one already."""
        if "follow_up_id" in row and not name:
            return str(row["follow_up_id"])
        whose = [str(row[key]) for key in _IN_THE_ID if key in row]
        return self._ids.of("row", table.name, *whose, str(row.get("number", row.get("purpose", ""))), name)

    def _part_of(self, row: Row) -> Resource:
        own = row.get("procedure_id")
        return {} if own is None else {"partOf": [{"reference": f"urn:uuid:{own}"}]}

    def _day(self, row: Row) -> Resource:
        day = row.get(DAY, row.get("baseline_day"))
        return {} if day is None else {"extension": [{"url": f"{self._known.system}:{DAY}", "valueInteger": day}]}

    # --- values ------------------------------------------------------------------------------------------------------

    def _code(self, table: Table, variable: Variable) -> Resource:
        own = {"system": self._known.system, "code": f"{table.name}.{variable.name}", "display": variable.label}
        codings = [own]
        if variable.code is not None:
            standard = variable.code
            codings.insert(0, {"system": standard.system, "code": standard.code, "display": standard.display})
        return {"coding": codings, "text": variable.label}

    def _valued(self, table: Table, variable: Variable, value: Value) -> Resource:
        match variable.type:
            case VariableType.TEXT | VariableType.NUMBERS | VariableType.ID:
                return {"valueString": _text(value)}
            case VariableType.FLAG:
                return {"valueBoolean": value}
            case VariableType.CODE:
                return {"valueCodeableConcept": self._coded(table.name, variable.name, value)}
        if not variable.ucum and variable.type is VariableType.INTEGER:
            return {"valueInteger": value}
        # UCUM's 1 is the unit of a pure number.
        unit = {"unit": variable.unit} if variable.unit else {}
        return {"valueQuantity": {"value": value, "system": UCUM, "code": variable.ucum or "1"} | unit}

    def _coded(self, table: str, name: str, value: Value) -> Resource:
        if value in _YES_NO_CODES and {code for code, _ in self._choices(table, name)} == set(_YES_NO_CODES):
            return {"coding": [_yes_no(str(value))]}
        words = self._words(table, name, value)
        return {
            "coding": [{"system": f"{self._known.system}:{table}.{name}", "code": value, "display": words}],
            "text": words,
        }

    def _words(self, table: str, name: str, value: Value) -> str:
        return next(words for code, words in self._choices(table, name) if code == value)

    def _choices(self, table: str, name: str) -> tuple[tuple[str, str], ...]:
        return next(one for one in self._known.table(table).variables if one.name == name).allowed


def _text(value: Value) -> str:
    """Return a text as FHIR takes it: without control characters but tab and line ends."""
    return _CONTROLS.sub("\ufffd", str(value))


def _yes_no(answer: str) -> Resource:
    code, words = _YES_NO_CODES[answer]
    return {"system": YES_NO, "code": code, "display": words}
