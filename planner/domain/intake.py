"""What was asked and answered before the needle? A template of questions, and answers with who gave them and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.errors import CaseInvalid
from planner.domain.moment import require_moment
from planner.domain.target import DiagnosticBlock

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_QUESTION, LONGEST_HINT, LONGEST_REMARK, LONGEST_NAME = 160, 240, 4000, 120
"""Characters: a question and its hint stand on one line each, a remark holds what a patient tells."""


class Answer(StrEnum):
    """What was answered. No answer at all is no value of it: what is missing stays missing."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not applicable"


class ItemKind(StrEnum):
    """What an answer holds besides yes, no or not applicable."""

    CHECK = "check"
    """A remark, if any."""
    TEXT = "text"
    """Words; yes means that they are recorded."""
    SCORES = "scores"
    """Pain, function and opioid dose before treatment."""
    BLOCK = "block"
    """The diagnostic block; without one, the reason why it is done without."""


@dataclass(frozen=True, slots=True)
class IntakeItem:
    """One question.

    Parameters
    ----------
    id
        Stable short name such as ``"blood-thinners"``: answers and the registry go by it.
    hint
        What to write or to look for; may be empty.
    only_for
        Atlas ids of the targets that it is asked for; empty: always.
    is_alert
        Whether it stands out until it is answered, such as the call to anaesthesia before an adrenal target.
    status
        How far what it says is checked; a question that a site words itself is ``SITE``.
    source
        Source ids, separated by commas; empty for a project default or a site's own question.
    """

    id: str
    question: str
    kind: ItemKind = ItemKind.CHECK
    hint: str = ""
    only_for: tuple[str, ...] = ()
    is_alert: bool = False
    status: Status = Status.SITE
    source: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip() or not self.question.strip():
            raise CaseInvalid("A question of the intake needs an id and its words.", code="intake-item-empty")
        for words, most in ((self.question, LONGEST_QUESTION), (self.hint, LONGEST_HINT)):
            if len(words) > most:
                raise CaseInvalid(
                    f"“{words[:40]}…” has {len(words)} characters; {most} are the most.", code="intake-item-long"
                )

    def is_asked_of(self, atlas_ids: Collection[str]) -> bool:
        """Whether it is asked of a case with these targets."""
        return not self.only_for or any(name in atlas_ids for name in self.only_for)

    @property
    def origin(self) -> str:
        """Where it comes from: ``"SEED"``, ``"R-ANATOMY, unverified"``, ``"project default"``, ``"site"``."""
        if self.status is Status.RECALLED:
            return f"{self.source}, unverified"
        return self.source or self.status.value


@dataclass(frozen=True, slots=True)
class IntakeSection:
    """Questions under one title."""

    title: str
    items: tuple[IntakeItem, ...]


@dataclass(frozen=True, slots=True)
class IntakeTemplate:
    """The questions of a site, in their order.

    Raises
    ------
    CaseInvalid
        When two questions share an id, or there is more than one of the baseline scores or of the block.
    """

    name: str
    sections: tuple[IntakeSection, ...]

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise CaseInvalid(f"Two questions share the id “{max(ids, key=ids.count)}”.", code="intake-item-twice")
        for kind in (ItemKind.SCORES, ItemKind.BLOCK):
            if sum(item.kind is kind for item in self.items) > 1:
                raise CaseInvalid(f"An intake asks for the {kind.value} once.", code="intake-kind-twice")

    @property
    def items(self) -> tuple[IntakeItem, ...]:
        """All questions in their order."""
        return tuple(item for section in self.sections for item in section.items)

    def asked_of(self, atlas_ids: Collection[str]) -> tuple[IntakeItem, ...]:
        """Return the questions for a case with these targets, in their order."""
        return tuple(item for item in self.items if item.is_asked_of(atlas_ids))


@dataclass(frozen=True, slots=True)
class Scores:
    """How bad is it, as the site records it? Nothing here is computed, and what was not asked is None or empty.

    Parameters
    ----------
    average_nrs, worst_nrs
        Pain on the numeric rating scale, 0 to 10.
    function_scale, function_score
        Name of the site's instrument, and its score.
    opioid
        Drug and dose in words; ``opioid_mg_per_day`` is the daily oral morphine equivalent the site worked out, mg.
    """

    average_nrs: float | None = None
    worst_nrs: float | None = None
    function_scale: str = ""
    function_score: float | None = None
    opioid: str = ""
    opioid_mg_per_day: float | None = None

    def __post_init__(self) -> None:
        for pain_nrs in (self.average_nrs, self.worst_nrs):
            if pain_nrs is not None and not 0 <= pain_nrs <= 10:
                raise CaseInvalid(f"Pain is scored from 0 to 10, not {pain_nrs:g}.", code="score-nrs")
        both = self.average_nrs is not None and self.worst_nrs is not None
        if both and (self.worst_nrs or 0) < (self.average_nrs or 0):
            raise CaseInvalid(
                f"The worst pain ({self.worst_nrs:g}) is below the average ({self.average_nrs:g}).", code="score-order"
            )
        if self.function_score is not None and not self.function_scale.strip():
            raise CaseInvalid("Name the scale of the function score.", code="score-scale")
        if self.function_score is not None and not -1e4 < self.function_score < 1e4:
            raise CaseInvalid(f"{self.function_score:g} is no function score.", code="score-function")
        if self.opioid_mg_per_day is not None and not 0 <= self.opioid_mg_per_day <= 5000:
            raise CaseInvalid(f"A daily dose is 0 to 5000 mg, not {self.opioid_mg_per_day:g} mg.", code="score-opioid")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded."""
        return self == Scores()


@dataclass(frozen=True, slots=True)
class IntakeAnswer:
    """One answer, with the question as it was asked: a template edited later changes nothing that was answered.

    ``who`` and ``at`` (ISO 8601 UTC, given by the caller) say who answered when. ``text`` is the remark, the words
    asked for, or the reason why there is no diagnostic block.
    """

    item_id: str
    question: str
    kind: ItemKind
    answer: Answer
    who: str
    at: str
    text: str = ""
    scores: Scores | None = None
    block: DiagnosticBlock | None = None

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.at.strip():
            raise CaseInvalid("An answer carries who gave it and when.", code="answer-nobody")
        require_moment(self.at, "the answer")
        if len(self.text) > LONGEST_REMARK:
            raise CaseInvalid(
                f"“{self.question}”: {len(self.text)} characters; {LONGEST_REMARK} are the most.", code="answer-long"
            )
        recorded = self.answer is Answer.YES
        if recorded and self.kind is ItemKind.TEXT and not self.text.strip():
            raise CaseInvalid(f"“{self.question}”: write it, or answer not applicable.", code="answer-empty")
        if (self.scores is not None and not self.scores.is_empty) != (recorded and self.kind is ItemKind.SCORES):
            raise CaseInvalid(f"“{self.question}”: enter a score, or answer not applicable.", code="answer-scores")
        if (self.block is not None) != (recorded and self.kind is ItemKind.BLOCK):
            raise CaseInvalid(f"“{self.question}”: enter the block's day, or answer no.", code="answer-block")
        if self.kind is ItemKind.BLOCK and not recorded and not self.text.strip():
            raise CaseInvalid("Without a diagnostic block, give the reason.", code="answer-no-block")


@dataclass(frozen=True, slots=True)
class Intake:
    """The answers of one case; at most one for each question. ``template_name`` is the template last answered with."""

    template_name: str = ""
    answers: tuple[IntakeAnswer, ...] = ()

    def __post_init__(self) -> None:
        ids = [answer.item_id for answer in self.answers]
        if len(set(ids)) != len(ids):
            raise CaseInvalid(f"“{max(ids, key=ids.count)}” is answered twice.", code="answer-twice")

    def answer_to(self, item_id: str) -> IntakeAnswer | None:
        """Return the answer to a question; None while there is none."""
        return next((answer for answer in self.answers if answer.item_id == item_id), None)

    def answer_of(self, kind: ItemKind) -> IntakeAnswer | None:
        """Return the answer that holds the scores, or the block; None while there is none.

        A case from a site that asks under another id may hold two: the one given last counts.
        """
        return max((answer for answer in self.answers if answer.kind is kind), key=lambda one: one.at, default=None)

    @property
    def baseline(self) -> Scores | None:
        """The scores before treatment."""
        found = self.answer_of(ItemKind.SCORES)
        return None if found is None else found.scores

    @property
    def block(self) -> DiagnosticBlock | None:
        """The diagnostic block."""
        found = self.answer_of(ItemKind.BLOCK)
        return None if found is None else found.block

    def with_answer(self, answer: IntakeAnswer, *, template_name: str) -> Intake:
        """Return the intake in which this answer replaces an earlier one, or is added."""
        if self.answer_to(answer.item_id) is None:
            return Intake(template_name, (*self.answers, answer))
        answers = tuple(answer if one.item_id == answer.item_id else one for one in self.answers)
        return Intake(template_name, answers)

    def without_answer(self, item_id: str) -> Intake:
        """Return the intake in which a question is open again."""
        return replace(self, answers=tuple(one for one in self.answers if one.item_id != item_id))
