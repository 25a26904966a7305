"""May freezing these targets be planned? What stands against it, and who has answered for it by name.

Two findings need an answer: a target that the sources block but do not freeze, and one without a recorded diagnostic
block where a block goes first. The answer is a name and a typed reason, kept in the plan and printed; there is no
switch that does without. An answer holds for the target as it was named: another nerve, side or level asks again
(H-16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.review import Acknowledgement, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.atlas import AtlasEntry, SourcedText
    from planner.domain.identity import TargetId
    from planner.domain.plan import Plan
    from planner.domain.target import Target

OFF_LABEL, NO_BLOCK = "block-only", "block-not-recorded"
TITLE_WORDS = {OFF_LABEL: "OFF-LABEL TARGET", NO_BLOCK: "BLOCK NOT RECORDED"}
WHAT_TO_DO = {
    OFF_LABEL: "Acknowledge it with a name and a reason, or plan the needle without freezing.",
    NO_BLOCK: "Record the block, or acknowledge it with a name and a reason.",
}


@dataclass(frozen=True, slots=True)
class TargetFinding:
    """What stands against freezing one target, and the answer given to it; None while there is none."""

    target_id: TargetId
    finding: Finding
    acknowledgement: Acknowledgement | None

    @property
    def title(self) -> str:
        """Words of the report's title, such as ``"BLOCK NOT RECORDED"``."""
        return TITLE_WORDS[self.finding.code]

    @property
    def what_to_do(self) -> str:
        """One sentence on how to answer."""
        return WHAT_TO_DO[self.finding.code]

    def accepted(self, *, who: str, reason: str, when: str) -> Acknowledgement:
        """Return the named acceptance of this finding; ``when`` is ISO 8601 UTC. PlanInvalid without name or reason."""
        return Acknowledgement(self.finding.code, self.finding.sentence, who, reason, when, self.target_id)


def target_findings(plan: Plan, atlas: Sequence[AtlasEntry]) -> tuple[TargetFinding, ...]:
    """Return what stands against freezing each target, answered or not, in the order of the targets."""
    known = {entry.id: entry for entry in atlas}
    return tuple(
        found
        for target in plan.targets
        for found in findings_of(target, known.get(target.atlas_id), plan.acknowledgements)
    )


def open_findings(plan: Plan, atlas: Sequence[AtlasEntry]) -> tuple[TargetFinding, ...]:
    """Return the findings that nobody has answered."""
    return tuple(found for found in target_findings(plan, atlas) if found.acknowledgement is None)


def title_words(plan: Plan, atlas: Sequence[AtlasEntry]) -> tuple[str, ...]:
    """Return what the report's title must say, each once, the graver first; also when it is acknowledged."""
    codes = {found.finding.code for found in target_findings(plan, atlas)}
    return tuple(words for code, words in TITLE_WORDS.items() if code in codes)


def missing_answers(plan: Plan, atlas: Sequence[AtlasEntry]) -> str:
    """Return the sentences why no freezing may be planned yet; empty when every finding is answered."""
    left = open_findings(plan, atlas)
    if not left:
        return ""
    first, others = left[0], len(left) - 1
    more = f" {others} more {'finding needs' if others == 1 else 'findings need'} an answer." if others else ""
    return f"{first.finding.sentence} {first.what_to_do}{more}"


def require_answers(plan: Plan, atlas: Sequence[AtlasEntry]) -> None:
    """Raise PlanInvalid while a finding about a target is not answered by name."""
    sentence = missing_answers(plan, atlas)
    if sentence:
        raise PlanInvalid(sentence, code="target-open")


def findings_of(
    target: Target, entry: AtlasEntry | None, acknowledgements: Sequence[Acknowledgement]
) -> tuple[TargetFinding, ...]:
    """Return what stands against freezing one target.

    ``entry`` is None for a target that the atlas does not know; then the block that goes first almost always is asked
    for.
    """
    said: list[tuple[str, str]] = []
    if entry is not None and entry.off_label is not None:
        said.append((OFF_LABEL, f"freezing it is off label. {_cited(entry.off_label)}"))
    if target.block is None and (entry is None or entry.block_first is not None):
        because = f" {_cited(entry.block_first)}" if entry is not None and entry.block_first is not None else ""
        said.append((NO_BLOCK, f"no diagnostic block is recorded.{because}"))
    return tuple(_found(target, code, words, acknowledgements) for code, words in said)


def _found(target: Target, code: str, words: str, acknowledgements: Sequence[Acknowledgement]) -> TargetFinding:
    named = f"{target.words}:"
    answers = (ack for ack in acknowledgements if ack.finding_code == code and ack.subject_id == target.id)
    answer = next((ack for ack in answers if ack.sentence.startswith(named)), None)
    return TargetFinding(target.id, Finding(code, Severity.ACK, f"{named} {words}"), answer)


def _cited(text: SourcedText) -> str:
    """Return a statement with its source, and its status where that is not found: ``"A block first (SEED)."``."""
    origin = "; ".join(part for part in (text.source, "" if text.status.is_verified else text.status.value) if part)
    return f"{text.text.rstrip('.')} ({origin})." if origin else text.text
