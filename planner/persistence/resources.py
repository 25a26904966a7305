"""Which numbers does the program use, and where do they come from? The shipped tables, read strictly.

Every file under ``resources/`` is refused with file, entry and field when a field is unknown, missing, mistyped,
without its source or outside a plausible range. The ranges catch slips of unit (s for min, mm for m, K for °C), not
wrong literature (H-25, H-52).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from planner.domain.atlas import AtlasEntry, SourcedText
from planner.domain.datum import Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.identity import Sha256
from planner.domain.probe import ProbeModel
from planner.domain.rule import Operator, Quantity, Rule, RuleSet
from planner.domain.simulation import CONDITION_WORDS, BodyConditions
from planner.domain.structure import StructureKind
from planner.domain.tissue import Tissue
from planner.persistence import probe_table, site_probes, site_rules
from planner.persistence.nerve_table import atlas_of, general_advice, statement
from planner.persistence.protocol_table import Preset, presets_of
from planner.persistence.record import Range, Record, read_record
from planner.persistence.tissue_table import CONDENSED_RANGES, tissues_of

if TYPE_CHECKING:
    from planner.domain.protocol import Protocol

TABLES = ("probes", "tissue", "nerves", "rules", "protocols")

TISSUE_RANGES = CONDENSED_RANGES
CONDITION_RANGES: dict[str, Range] = {
    "core_temperature_c": (30.0, 42.0),
    "air_temperature_c": (10.0, 35.0),
    "skin_convection_w_per_m2_k": (1.0, 100.0),
}
_Row = TypeVar("_Row", ProbeModel, Tissue, AtlasEntry, Rule)
REGROWTH_MM_PER_DAY: Range = (0.1, 10.0)
NEURAPRAXIA_C: Range = (-60.0, 30.0)
TARGET_SUBJECTS = ("target nerve", "target body", "diagnostic block")


def resources_dir() -> Path:
    """Return the folder of the shipped tables: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "sources.json").is_file():
            return folder
    raise ResourceInvalid(
        "The program's own tables are missing; install Frostline again.", code="resource-folder", where="resources"
    )


@cache
def probe_models() -> tuple[ProbeModel, ...]:
    """Return the probe catalogue: three generic probes, every product with what is known of it, the site's figures."""
    models, entered = read_probe_models(resources_dir()), site_probes.site_probes_file()
    if not entered.is_file():
        return models
    return site_probes.with_site_figures(models, read_record(entered, sources=()))


@cache
def tissues() -> tuple[Tissue, ...]:
    """Return the thermal properties of every tissue and medium; some are incomplete and say so."""
    return read_tissues(resources_dir())


@cache
def body_conditions() -> BodyConditions:
    """Return the body's boundary: core and room temperature, skin heat transfer."""
    data = read_conditions(resources_dir())
    core_c, air_c, convection = (data[field].value or 0.0 for field in CONDITION_RANGES)
    doubtful = tuple(f"{CONDITION_WORDS[field]} ({datum.flag})" for field, datum in data.items() if datum.flag)
    return BodyConditions(core_c, air_c, convection, unverified=doubtful)


@cache
def shipped_rule_set(rule_set_id: str = "default") -> RuleSet:
    """Return a set of rules as shipped; raise ResourceInvalid when there is none of that id."""
    return read_rule_set(resources_dir(), rule_set_id)


def rule_set(rule_set_id: str = "default") -> RuleSet:
    """Return the rules in force: the shipped ones with what the site has changed, also since the last call.

    Raises
    ------
    ResourceInvalid
        When there is no set of that id, or the site's record of changes cannot be read or was altered.
    """
    return _rules_in_force(rule_set_id, site_rules.stamp_of(site_rules.site_rules_file()))


@lru_cache(maxsize=4)
def _rules_in_force(rule_set_id: str, stamp: site_rules.Stamp | None) -> RuleSet:
    shipped = shipped_rule_set(rule_set_id)
    return shipped if stamp is None else site_rules.rules_with_changes(shipped, Path(stamp[0]))


@cache
def atlas() -> tuple[AtlasEntry, ...]:
    """Return every nerve, ganglion, plexus and gland of the atlas."""
    return read_atlas(resources_dir())


@cache
def advice() -> tuple[SourcedText, ...]:
    """Return what the sources say of every target alike."""
    return read_general_advice(resources_dir())


@cache
def presets() -> tuple[Preset, ...]:
    """Return every freeze schedule of the literature, also those that cannot be chosen."""
    return read_presets(resources_dir())


@cache
def protocols() -> tuple[Protocol, ...]:
    """Return the freeze schedules whose minutes are fully known."""
    return read_protocols(resources_dir())


@cache
def sources() -> dict[str, str]:
    """Return the citation of every source id."""
    return read_sources(resources_dir())


@cache
def resource_hash(name: str) -> Sha256:
    """Return the fingerprint of one table (``TABLES``): the same on every machine, whatever the line endings."""
    return read_hash(resources_dir(), name)


def read_hash(folder: Path, name: str) -> Sha256:
    """Hash the parsed content of every file of one table, by file name."""
    if name not in TABLES:
        raise ResourceInvalid(f"There is no table “{name}”; there are {', '.join(TABLES)}.", code="resource-table")
    content = {path.name: json.loads(path.read_bytes()) for path in sorted((folder / name).glob("*.json"))}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Sha256(hashlib.sha256(text.encode()).hexdigest())


def read_sources(folder: Path) -> dict[str, str]:
    """Read ``sources.json``: id to citation."""
    record = read_record(folder / "sources.json", sources=())
    entries = Record(record.raw("sources"), where="sources.json", sources=())
    citations = {}
    for source_id in record.raw("sources"):
        entry = Record(entries.raw(source_id), where=f"sources.json › {source_id}", sources=())
        citations[source_id] = entry.text("citation")
        entry.text("url", default="")
        entry.text("read")
        entry.choice("status", Status)
        entry.finish()
    record.finish()
    return citations


def read_probe_models(folder: Path, *, fitted: bool = True) -> tuple[ProbeModel, ...]:
    """Read ``probes/probes.json`` of a resources folder, with the fits of ``probes/calibration.json`` if ``fitted``."""
    table = _table(folder, "probes/probes.json")
    fits = _table(folder, "probes/calibration.json") if fitted else None
    return _unique_ids(probe_table.probe_models(table, fits), table)


def read_tissues(folder: Path) -> tuple[Tissue, ...]:
    """Read ``tissue/tissue.json`` of a resources folder."""
    table = _table(folder, "tissue/tissue.json")
    rows = tissues_of(table)
    table.finish()
    return _unique_ids(rows, table)


def read_conditions(folder: Path) -> dict[str, Datum]:
    """Read ``tissue/conditions.json``: the boundary values with status and source, by BodyConditions field."""
    table = _table(folder, "tissue/conditions.json")
    data = {field: table.datum(field, plausible) for field, plausible in CONDITION_RANGES.items()}
    table.finish()
    missing = [field for field, datum in data.items() if datum.value is None]
    if missing:
        raise table.fail(missing[0], "has no value; the prediction cannot do without.", "resource-missing")
    return data


def read_atlas(folder: Path) -> tuple[AtlasEntry, ...]:
    """Read ``nerves/nerves.json`` of a resources folder."""
    return _read_nerves(folder)[0]


def read_general_advice(folder: Path) -> tuple[SourcedText, ...]:
    """Read what the sources say of every target alike, from ``nerves/nerves.json`` of a resources folder."""
    return _read_nerves(folder)[1]


def _read_nerves(folder: Path) -> tuple[tuple[AtlasEntry, ...], tuple[SourcedText, ...]]:
    table = _table(folder, "nerves/nerves.json")
    entries, advice = atlas_of(table), general_advice(table)
    table.finish()
    return _unique_ids(entries, table), advice


def read_rule_set(folder: Path, rule_set_id: str) -> RuleSet:
    """Read ``rules/<id>.json`` of a resources folder."""
    known = sorted(path.stem for path in (folder / "rules").glob("*.json"))
    if rule_set_id not in known:
        raise ResourceInvalid(
            f"There is no rule set “{rule_set_id}”; there is {', '.join(known) or 'none'}.", code="rule-set-unknown"
        )
    table = _table(folder, f"rules/{rule_set_id}.json")
    isotherm = table.datum("treatment_isotherm_c", (-60.0, -5.0)).value
    if isotherm is None or table.text("id") != rule_set_id:
        raise table.fail("id", "must be the file's name, and the isotherm a value.", "resource-rule-set")
    rules = tuple(_rule(entry) for entry in table.records("rules"))
    regrowth = tuple(_regrowth(entry) for entry in table.records("regrowth"))
    neurapraxia = table.datum("neurapraxia_c", NEURAPRAXIA_C)
    intent = statement(table, "intent")
    table.finish()
    return RuleSet(
        rule_set_id,
        _unique_ids(rules, table),
        treatment_isotherm_c=isotherm,
        regrowth_mm_per_day=regrowth,
        neurapraxia_c=neurapraxia,
        intent=intent,
    )


def _regrowth(entry: Record) -> Datum:
    rate = entry.datum("mm_per_day", REGROWTH_MM_PER_DAY)
    entry.text("id")
    entry.finish()
    return rate


def _rule(entry: Record) -> Rule:
    subject, quantity, operator = entry.text("subject"), entry.text("quantity"), entry.text("operator")
    if subject not in (*TARGET_SUBJECTS, "obstacle", *StructureKind):
        raise entry.fail("subject", f"is {subject!r}, no kind of structure or target.", "resource-choice")
    if quantity not in Quantity.__members__ or operator not in Operator.__members__:
        raise entry.fail("quantity", f"{quantity!r} with {operator!r} is unknown.", "resource-choice")
    status, source = entry.sourced_status()
    rule = Rule(
        id=entry.text("id"),
        subject=subject,
        quantity=Quantity[quantity],
        operator=Operator[operator],
        pass_limit=entry.number("pass_limit", (-150.0, 200.0), optional=True),
        fail_limit=entry.number("fail_limit", (-150.0, 200.0), optional=True),
        source=source,
        status=status,
        note=entry.text("note", default=""),
    )
    entry.finish()
    return rule


def read_presets(folder: Path) -> tuple[Preset, ...]:
    """Read ``protocols/protocols.json``, also the schedules that cannot be chosen."""
    return presets_of(_table(folder, "protocols/protocols.json"))


def read_protocols(folder: Path) -> tuple[Protocol, ...]:
    """Read ``protocols/protocols.json``; entries marked ``not_offered`` are checked and left out."""
    return tuple(preset.protocol for preset in read_presets(folder) if preset.protocol is not None)


def _table(folder: Path, relative: str) -> Record:
    return read_record(folder / relative, sources=read_sources(folder))


def _unique_ids(rows: tuple[_Row, ...], table: Record) -> tuple[_Row, ...]:
    ids = [row.id for row in rows]
    if len(set(ids)) != len(ids):
        raise table.fail("id", f"“{max(ids, key=ids.count)}” occurs twice.", "resource-twice")
    return rows
