"""What stands on the paper? The report as plain text, ready to be set: nothing is computed after this point.

Every value here is already a string with its unit, made by :mod:`planner.report.numbers`, so the page, the tests that
read the page back, and any other output show the same characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.report.printed_robustness import PrintedRobustness

if TYPE_CHECKING:
    from planner.report.case_printed import PrintedCase
    from planner.report.printed_card import PrintedCard


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line, such as "Patient position" and "head first, supine"."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintedSwatch:
    """Line of a structure as the views draw it: ``dash`` in SVG's notation, empty for a solid one."""

    colour: str
    dash: str
    has_ticks: bool


@dataclass(frozen=True, slots=True)
class PrintedReach:
    """How much of a target is at or below one isotherm through its whole cross-section, and for how long.

    ``hold`` is the time for which as much as the rules ask for stays there, ``core`` that of its coldest place.
    """

    level: str
    reached: str
    longest: str
    hold: str
    core: str


@dataclass(frozen=True, slots=True)
class PrintedTarget:
    """One target in words; ``facts`` hold course, diameter, block, acceptances, what is reached in it, recovery."""

    words: str
    facts: tuple[Fact, ...]
    id: str = ""
    reaches: tuple[PrintedReach, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedCheck:
    """One line of the assessment. ``verdict`` is the word; the template draws its shape beside it.

    ``pessimistic`` is the value at the end of the range that is worse for this check, an em dash where none was told.
    """

    item: str
    quantity: str
    value: str
    limit: str
    verdict: str
    reason: str
    pessimistic: str = "—"


@dataclass(frozen=True, slots=True)
class PrintedGroup:
    """Checks of one subject; ``verdict`` is the worst of them."""

    name: str
    kind: str
    verdict: str
    checks: tuple[PrintedCheck, ...]
    swatch: PrintedSwatch | None = None


@dataclass(frozen=True, slots=True)
class PrintedCrossing:
    """A stretch of a shaft inside a structure, by depth from the entry.

    ``start`` and ``end`` are the same depths as shares of the whole depth, 0 to 1, for the bar that is drawn of them.
    """

    name: str
    kind: str
    role: str
    from_depth: str
    to_depth: str
    length: str
    swatch: PrintedSwatch
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PrintedApproach:
    """Where a shaft comes nearest to a structure that it must stay away from."""

    name: str
    kind: str
    distance: str
    at_depth: str
    swatch: PrintedSwatch


@dataclass(frozen=True, slots=True)
class PrintedProbe:
    """One probe in the operator's words, what is known of its model, and what its shaft meets.

    Parameters
    ----------
    entry, tip
        Patient letters; ``entry_lps`` and ``tip_lps`` are the signed numbers, ``entry_words`` the letters as words.
    path_missing
        Why crossings and approaches are not told, else empty; ``path_notes`` is what they leave out.
    checks
        Lines of the assessment that are about this probe alone.
    depth_mm, active_zone
        For the bar that is drawn of the shaft: its length, and where the active zone begins and ends as shares of it.
    """

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
    id: str = ""
    entry_words: str = ""
    entry_lps: str = ""
    tip_lps: str = ""
    usable: str = ""
    path_missing: str = ""
    path_notes: tuple[str, ...] = ()
    crossings: tuple[PrintedCrossing, ...] = ()
    approaches: tuple[PrintedApproach, ...] = ()
    checks: tuple[PrintedCheck, ...] = ()
    depth_mm: float = 0.0
    active_zone: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class PrintedPhase:
    """One phase of the protocol; ``end`` is counted from the start of the first phase.

    ``whose`` names the probe that has a schedule of its own, empty for the common one. ``share`` is the phase's part of
    its schedule, 0 to 1, and ``is_freeze`` whether it is drawn as cold.
    """

    kind: str
    duration: str
    end: str
    whose: str = ""
    share: float = 0.0
    is_freeze: bool = False


@dataclass(frozen=True, slots=True)
class PrintedNoted:
    """One check named in passing, with its value."""

    item: str
    quantity: str
    value: str


@dataclass(frozen=True, slots=True)
class PrintedNote:
    """What one case of the range does to a verdict; ``more`` checks of it are not named, ``text`` is said of none."""

    label: str
    verdict: str
    checks: tuple[PrintedNoted, ...] = ()
    more: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PrintedFigures:
    """Figures of one structure beside its checks.

    ``volumes`` is one text per level of :attr:`ReportModel.figure_levels`; ``histogram`` pairs of temperature, °C, and
    share of the structure at or below it, %, for the small curve, and ``histogram_top`` its highest point in words.
    """

    name: str
    kind: str
    coldest: str
    edge: str
    edge_pessimistic: str
    treatment: str
    volumes: tuple[str, ...]
    swatch: PrintedSwatch
    histogram: tuple[tuple[float, float], ...] = ()
    histogram_top: str = ""


@dataclass(frozen=True, slots=True)
class PrintedHeatSink:
    """What one vessel, or several together, take from the ice; ``reason`` says why it is not told.

    ``edge_lost`` and ``treatment_lost`` are of the 0 °C edge and of the treatment isotherm where each is pulled back
    most, ``frozen_lost`` and ``treated_lost`` the volumes, ``targets`` what of each target is no longer treated.
    """

    name: str
    gap: str
    edge_lost: str
    treatment_lost: str
    frozen_lost: str
    treated_lost: str
    targets: tuple[Fact, ...]
    reason: str
    swatch: PrintedSwatch | None = None


@dataclass(frozen=True, slots=True)
class PrintedRisks:
    """What is to be told of one target before it is frozen; ``site_text`` are the site's own words."""

    target: str
    risks: tuple[str, ...]
    outcomes: tuple[str, ...]
    recovery: str
    site_text: str


@dataclass(frozen=True, slots=True)
class PrintedRule:
    """A rule that the site has changed; ``warning`` says when it lets pass what the shipped one does not.

    ``who`` changed it, ``when`` and ``why``: empty where the record does not say, or nobody may be named.
    """

    subject: str
    quantity: str
    site: str
    shipped: str
    warning: str
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PrintedTerm:
    """One term of the reporting standard, and what this report calls so."""

    term: str
    meaning: str


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
class PrintedStructure:
    """One structure; ``confirmed_by`` is empty while nobody's name is on it.

    ``shared`` is what its method has in common with others: the page says it once for all of them.
    """

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
    shared: str = ""


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
    """A file carried inside the PDF, byte for byte."""

    name: str
    data: bytes
    description: str
    mime_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class ReportModel:
    """Everything printed.

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
    cover_facts
        What the first page says of patient, study and target.
    attention
        Checks that are FAIL or CHECK, worst first; ``groups`` holds every judged check by its subject.
    range_notes
        What the range of the prediction does to the verdicts, in words.
    site_rules
        The rules that the site has changed, each beside the one that is shipped.
    band_words
        What the dashed line in the pictures is; empty without a range.
    tally
        How many checks were made and how many were not, in words.
    far_structures
        Which structures have no row in ``structure_figures``, in one sentence; empty when all have.
    heat_sinks_missing
        Why there is no table of heat sinks, else empty.
    signatures
        Who signs: role, and the name where it is known.
    case
        Pages of the case that the plan is in; None where they are not wanted.
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
    attention: tuple[PrintedCheck, ...]
    groups: tuple[PrintedGroup, ...]
    not_assessed: tuple[PrintedGap, ...]
    acknowledgements: tuple[PrintedAcknowledgement, ...]
    model_facts: tuple[Fact, ...]
    unverified: tuple[str, ...]
    model_limits: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    range: PrintedRange = PrintedRange()
    robustness: PrintedRobustness = PrintedRobustness()  # noqa: RUF009 - a frozen value
    card: PrintedCard | None = None
    measured: tuple[Fact, ...] = ()
    head_notes: tuple[str, ...] = ()
    structures: tuple[PrintedStructure, ...] = ()
    waivers: tuple[PrintedWaiver, ...] = ()
    title_words: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    cover_facts: tuple[Fact, ...] = ()
    tally: tuple[Fact, ...] = ()
    range_notes: tuple[PrintedNote, ...] = ()
    site_rules: tuple[PrintedRule, ...] = ()
    band_words: str = ""
    figure_levels: tuple[str, ...] = ()
    structure_figures: tuple[PrintedFigures, ...] = ()
    far_structures: str = ""
    heat_sinks: tuple[PrintedHeatSink, ...] = ()
    heat_sinks_missing: str = ""
    risks: tuple[PrintedRisks, ...] = ()
    terms: tuple[PrintedTerm, ...] = ()
    signatures: tuple[Fact, ...] = ()
    case: PrintedCase | None = None
