"""Does the import accept nothing wrong, refuse nothing right, and survive everything? The release gate, any size.

Fault cases (H-01…H-11), clean series, damaged files (H-38), series with damaged slices (H-39), huge claims (H-40) and
hostile archives (H-41). Each stage gives rows with their goal; what went wrong is listed with what replays it.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from planner.bench.faults import bounds
from planner.bench.faults.case import GOOD, Outcome, judge
from planner.bench.faults.catalogue import some_cases
from planner.bench.faults.fuzzing import fuzz_files, fuzz_series
from planner.bench.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.bench.faults.bounds import Bound
    from planner.bench.faults.case import Case, Judged

_FILES_PER_FOLDER = 5000
CLEAN_SCANS = ("thorax_lidc0314", "upper_abdomen_ts", "abdomen_pelvis_ts/ct")
_CLEAN = "clean series"


@dataclass
class Verdict:
    """Rows of the table, and every fault in words."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def join(self, other: Verdict) -> None:
        """Add another stage."""
        self.rows += other.rows
        self.faults += other.faults

    @property
    def is_passed(self) -> bool:
        """Whether nothing went wrong and every goal is reached."""
        goals = [row.goal.is_reached(row.value) for row in self.rows if row.goal and not isinstance(row.value, str)]
        return not self.faults and all(goals)


def run_gate(*, cases: int, mutants: int, series: int, seed: int, say: Callable[[str], None]) -> Verdict:
    """Run all stages; a count of 0 leaves a stage out."""
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="frostline-gate-") as name:
        root = Path(name)
        if cases:
            chosen = some_cases(cases, seed=seed)
            say(f"{len(chosen)} fault cases")
            verdict.join(case_stage(chosen))
        say(_CLEAN)
        verdict.join(clean_stage(shared_data()))
        if mutants:
            say(f"{mutants} damaged files")
            verdict.join(file_stage(mutants, seed=seed, root=root))
        if series:
            say(f"{series} series with damaged slices")
            verdict.join(series_stage(series, seed=seed, root=root))
        say("huge claims and hostile archives")
        verdict.join(bound_stage(root))
    return verdict


def shared_data() -> Path | None:
    """Return the folder of real scans, where there is one."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("FROSTLINE_SHARED_DATA", beside))
    return folder if folder.is_dir() else None


def judge_all(cases: Sequence[Case]) -> list[Judged]:
    """Judge cases one after another, each in a folder of its own."""
    judged = []
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="frostline-case-") as name:
            judged.append(judge(case, Path(name)))
    return judged


def case_stage(cases: Sequence[Case]) -> Verdict:
    """Judge fault cases; one row per injector and one per kind of failure."""
    judged = judge_all(cases)
    verdict = Verdict(faults=[str(one) for one in judged if not one.is_good])
    by_name: dict[tuple[str, str], Counter[Outcome]] = {}
    for one in judged:
        key = (one.case.injector.hazard, one.case.injector.name)
        by_name.setdefault(key, Counter())[one.outcome] += 1
    for (hazard, name), outcomes in sorted(by_name.items()):
        words = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        bad = sum(count for outcome, count in outcomes.items() if outcome not in GOOD)
        verdict.rows.append(Row("fault cases", f"{hazard} {name}", bad, "failures", at_most(0), words))
    total = Counter(one.outcome for one in judged)
    for outcome in (Outcome.WRONG_ACCEPTED, Outcome.FALSE_REFUSAL, Outcome.CRASHED):
        verdict.rows.append(Row("fault cases", f"of {len(judged)}: {outcome}", total[outcome], "cases", at_most(0)))
    return verdict


def clean_stage(data: Path | None) -> Verdict:
    """Scan the clean real series: every one must be usable."""
    from planner.bench.faults.case import scan
    from planner.domain.series import SeriesVerdict

    if data is None:
        return Verdict(rows=[Row(_CLEAN, "real scans", "not here", note="FROSTLINE_SHARED_DATA names no folder")])
    verdict = Verdict()
    for name in CLEAN_SCANS:
        images = [one for one in scan(data / name).series if one.modality == "CT"]
        refused = [one for one in images if one.verdict is SeriesVerdict.NOT_USABLE]
        verdict.faults += [f"FALSE REFUSAL: {name}: {one.sentence}" for one in refused]
        verdict.faults += [f"{name}: no CT found"] if not images else []
        words = "; ".join(str(one.verdict) for one in images)
        verdict.rows.append(Row(_CLEAN, name, len(refused), "refused", at_most(0), words))
    return verdict


def file_stage(count: int, *, seed: int, root: Path) -> Verdict:
    """Read damaged files in child processes."""
    faults: list[str] = []
    refused: Counter[str] = Counter()
    crashes, slowest_s = 0, 0.0
    for part, first in enumerate(range(0, count, _FILES_PER_FOLDER)):
        some = min(_FILES_PER_FOLDER, count - first)
        readings = fuzz_files(some, seed=seed + part, folder=root / f"files-{part}")
        faults += readings.faults
        refused += readings.refused
        crashes += readings.crashes
        slowest_s = max(slowest_s, readings.slowest_s)
    words = ", ".join(f"{code} {number}" for code, number in refused.most_common(8))
    rows = [
        Row("damaged files", f"of {count}: no sentence, no name, or too slow", len(faults), "files", at_most(0), words),
        Row("damaged files", "processes that died or hung", crashes, "crashes", at_most(0)),
        Row("damaged files", "slowest file", slowest_s, "s", at_most(5.0)),
    ]
    return Verdict(rows, faults)


def series_stage(count: int, *, seed: int, root: Path) -> Verdict:
    """Load series of which one to five slices are damaged."""
    found = fuzz_series(count, seed=seed, folder=root / "series")
    words = f"{found.accepted} accepted unchanged, {sum(found.refused.values())} refused"
    row = Row(
        "damaged series",
        f"of {count}: accepted, but > 0.1 mm or > 1 HU off",
        len(found.faults),
        "series",
        at_most(0),
        words,
    )
    return Verdict([row], found.faults)


def bound_stage(root: Path) -> Verdict:
    """Measure huge claims and hostile archives."""
    verdict = Verdict()
    stages = (
        ("huge claims", bounds.try_claims(root), bounds.CLAIM_SECONDS, bounds.CLAIM_EXTRA_MB),
        ("hostile archives", bounds.try_archives(root), bounds.ARCHIVE_SECONDS, bounds.ARCHIVE_EXTRA_MB),
    )
    for section, measured, most_s, most_mb in stages:
        slowest = max(measured, key=lambda bound: bound.seconds)
        largest = max(measured, key=lambda bound: bound.extra_mb)
        verdict.faults += [f"{section}: {bound.name}: {bound.fault}" for bound in measured if bound.fault]
        verdict.faults += [f"{section}: {name} was offered as a volume" for name in wrongly_usable(measured)]
        verdict.rows += [
            Row(section, f"slowest of {len(measured)}", slowest.seconds, "s", at_most(most_s), slowest.name),
            Row(section, "most extra memory", largest.extra_mb, "MB", at_most(most_mb), largest.name),
        ]
    return verdict


def wrongly_usable(measured: Sequence[Bound]) -> list[str]:
    """Return the items that were offered as volumes though they hold none; and the clean one if it was not."""
    wrong = [bound.name for bound in measured if bound.usable and bound.name not in ("clean", *bounds.HARMLESS)]
    return wrong + [f"{bound.name} (not)" for bound in measured if bound.name == "clean" and bound.usable != 1]
