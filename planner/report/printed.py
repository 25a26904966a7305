"""What stands on the paper? The report as plain text, ready to be set: nothing is computed after this point.

Every value here is already a string with its unit, made by :mod:`planner.report.numbers`, so the page, the tests that
read the page back, and any other output show the same characters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line, such as "Patient position" and "head first, supine"."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintedTarget:
    """One target in words; ``facts`` hold course, diameter, block, acceptances, what is reached in it, recovery."""

    words: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class PrintedProbe:
    """One probe in the operator's words, and what is known of its model."""

    label: str
    model: str
    catalogue_status: str
    entry: str
    tip: str
    depth: str
    in_plane: str
    tilt: str
    table_patient: str
    table_scanner: str
    boundary: str


@dataclass(frozen=True, slots=True)
class PrintedPhase:
    """One phase of the protocol; ``end`` is counted from the start of the first phase."""

    kind: str
    duration: str
    end: str


@dataclass(frozen=True, slots=True)
class PrintedCheck:
    """One line of the assessment. ``verdict`` is the word; the template draws its shape beside it."""

    item: str
    quantity: str
    value: str
    limit: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrintedGap:
    """Checks that could not be made for one and the same reason."""

    reason: str
    checks: tuple[PrintedCheck, ...]


@dataclass(frozen=True, slots=True)
class PrintedCount:
    """How many checks got one verdict."""

    verdict: str
    count: str


@dataclass(frozen=True, slots=True)
class PrintedIce:
    """One isotherm of the legend with the volume that was ever at or below it."""

    level_c: int
    legend: str
    volume: str


@dataclass(frozen=True, slots=True)
class PrintedRangeIce:
    """One isotherm in the smallest, nominal and largest case."""

    level: str
    volumes: tuple[str, ...]
    widths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedRangeRow:
    """One coverage or margin in the three cases; ``decisive`` is the place of the case that the verdict is from."""

    item: str
    quantity: str
    values: tuple[str, ...]
    decisive: int
    limit: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrintedRange:
    """The range of the prediction; ``missing`` says why there is none and what to run, else it is empty."""

    missing: str = ""
    missing_verdict: str = ""
    cells: str = ""
    ice: tuple[PrintedRangeIce, ...] = ()
    coverage: tuple[PrintedRangeRow, ...] = ()
    margins: tuple[PrintedRangeRow, ...] = ()
    varied: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedValidation:
    """One line of the validation table."""

    case: str
    quantity: str
    expected: str
    got: str
    tolerance: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """The model card; ``outside`` are the ways in which this prediction leaves it.

    ``validation`` sums the table up; ``not_met`` are the cases with figures outside their tolerance.
    """

    purpose: str
    modelled: tuple[str, ...]
    not_modelled: tuple[str, ...]
    limits: tuple[Fact, ...]
    validation: str
    not_met: tuple[PrintedValidation, ...]
    validated_by: str
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedSwatch:
    """Line of a structure as the views draw it: ``dash`` in SVG's notation, empty for a solid one."""

    colour: str
    dash: str
    has_ticks: bool


@dataclass(frozen=True, slots=True)
class PrintedStructure:
    """One structure; ``confirmed_by`` is empty while nobody's name is on it."""

    swatch: PrintedSwatch
    name: str
    kind: str
    role: str
    margins: tuple[str, ...]
    origin: str
    method: str
    reminder: str
    confirmed_by: str
    confirmed_at: str


@dataclass(frozen=True, slots=True)
class PrintedWaiver:
    """One expected structure that somebody answers for leaving out."""

    name: str
    kind: str
    who: str
    reason: str
    when: str
    note: str


@dataclass(frozen=True, slots=True)
class PrintedAcknowledgement:
    """One accepted finding with the person, the reason and the time (UTC); ``note`` says why it no longer holds."""

    finding: str
    who: str
    reason: str
    when: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside the PDF."""

    name: str
    text: str
    description: str


@dataclass(frozen=True, slots=True)
class ReportModel:
    """Everything printed, in reading order.

    Parameters
    ----------
    plan_hash, plan_hash_short
        The plan's sha256, whole and as printed on every page.
    title_words
        What stands above the title and in every running head, such as ``"BLOCK NOT RECORDED"``.
    advice
        What the sources say of every target alike.
    mark
        ``"TRAINING"`` or ``"DEMO"`` for a case that is no patient, else empty.
    head_notes
        What a reader must know of the anatomy before any verdict.
    made_at
        ISO 8601 UTC: also the PDF's creation date, so that equal input gives equal bytes.
    """

    title: str
    identity: str
    made_at: str
    version: str
    disclaimer: str
    mark: str
    plan_hash: str
    plan_hash_short: str
    overall: str
    counts: tuple[PrintedCount, ...]
    case_facts: tuple[Fact, ...]
    scan_facts: tuple[Fact, ...]
    scan_ids: tuple[Fact, ...]
    scan_notes: tuple[str, ...]
    targets: tuple[PrintedTarget, ...]
    probes: tuple[PrintedProbe, ...]
    protocol_name: str
    protocol_source: str
    phases: tuple[PrintedPhase, ...]
    ice: tuple[PrintedIce, ...]
    checks: tuple[PrintedCheck, ...]
    not_assessed: tuple[PrintedGap, ...]
    acknowledgements: tuple[PrintedAcknowledgement, ...]
    model_facts: tuple[Fact, ...]
    unverified: tuple[str, ...]
    model_limits: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    range: PrintedRange = PrintedRange()
    card: PrintedCard | None = None
    measured: tuple[Fact, ...] = ()
    head_notes: tuple[str, ...] = ()
    structures: tuple[PrintedStructure, ...] = ()
    waivers: tuple[PrintedWaiver, ...] = ()
    title_words: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
