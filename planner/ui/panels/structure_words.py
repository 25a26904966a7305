"""How is a structure put into words? Role and margin of a row, groups of kinds, origin, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.rule import Quantity
from planner.domain.structure import StructureKind, StructureOrigin, StructureRole
from planner.planning.structure_rules import own_margin_rule
from planner.report.numbers import measure, mm, number

if TYPE_CHECKING:
    from planner.domain.rule import Rule, RuleSet
    from planner.domain.structure import Structure
    from planner.domain.structure_numbers import StructureNumbers

ROLE_WORDS: dict[StructureRole, str] = {
    StructureRole.CRITICAL: "Critical",
    StructureRole.HEAT_SINK: "Heat sink",
    StructureRole.BARRIER: "Barrier",
    StructureRole.OBSTACLE: "Obstacle for the shaft",
    StructureRole.PASSABLE: "Passable",
    StructureRole.TARGET: "Target",
}
ORIGIN_WORDS: dict[StructureOrigin, str] = {
    StructureOrigin.AUTOMATIC: "automatic",
    StructureOrigin.IMPORTED: "imported",
    StructureOrigin.DRAWN: "drawn by hand",
}
JUDGED_BY_RULES = frozenset({StructureRole.CRITICAL, StructureRole.HEAT_SINK})
NOT_JUDGED = frozenset({StructureRole.BARRIER, StructureRole.TARGET})
KIND_GROUPS: tuple[tuple[str, tuple[StructureKind, ...]], ...] = (
    ("Skin and bone", (StructureKind.SKIN, StructureKind.BONE, StructureKind.CARTILAGE, StructureKind.DISC)),
    ("Air", (StructureKind.LUNG, StructureKind.AIRWAY, StructureKind.GAS)),
    ("Vessels and heart", (StructureKind.ARTERY, StructureKind.VEIN, StructureKind.HEART, StructureKind.LYMPH_NODE)),
    ("Nerves", (StructureKind.NERVE, StructureKind.SPINAL_CORD)),
    (
        "Gut and organs",
        (
            StructureKind.OESOPHAGUS,
            StructureKind.BOWEL,
            StructureKind.LIVER,
            StructureKind.GALLBLADDER,
            StructureKind.PANCREAS,
            StructureKind.SPLEEN,
            StructureKind.ADRENAL,
            StructureKind.THYROID,
        ),
    ),
    (
        "Urinary tract and pelvis",
        (
            StructureKind.KIDNEY,
            StructureKind.URETER,
            StructureKind.BLADDER,
            StructureKind.PROSTATE,
            StructureKind.UTERUS,
            StructureKind.SPERMATIC_CORD,
        ),
    ),
    (
        "Muscle, tendon and fat",
        (
            StructureKind.MUSCLE,
            StructureKind.DIAPHRAGM,
            StructureKind.TENDON,
            StructureKind.LIGAMENT,
            StructureKind.FASCIA,
            StructureKind.FAT,
            StructureKind.FAT_PAD,
        ),
    ),
    ("Barriers", (StructureKind.FLUID_BARRIER, StructureKind.GAS_BARRIER)),
    ("Other", (StructureKind.EFFUSION, StructureKind.TUMOUR, StructureKind.OTHER)),
)
"""Every kind once, as a hand looks for it."""
_THOUSAND = 1000


def kind_words(kind: StructureKind) -> str:
    """Return a kind as it stands in a list, such as ``"Spinal cord"``."""
    return capital(kind.value)


def capital(text: str) -> str:
    """Return a text with its first letter in capitals and the others as they are."""
    return text[:1].upper() + text[1:]


def margin_rule(kind: StructureKind, rules: RuleSet) -> Rule | None:
    """Return the rule that keeps the 0 °C edge at a distance from a kind; None where the rule set has no figure."""
    for rule in rules.for_subject(kind.value):
        if rule.quantity is Quantity.EDGE_DISTANCE_MM and rule.pass_limit is not None:
            return rule
    return None


def keeps_off_path(kind: StructureKind, rules: RuleSet) -> bool:
    """Whether a rule judges needle paths through or near a kind."""
    path = (Quantity.PATH_LENGTH_INSIDE_MM, Quantity.PATH_DISTANCE_MM)
    return any(rule.quantity in path and rule.pass_limit is not None for rule in rules.for_subject(kind.value))


def short_mm(value_mm: float) -> str:
    """Return a margin without a decimal that says nothing: ``"10 mm"``, ``"7.5 mm"``."""
    return f"{number(value_mm, decimals=0)} mm" if float(value_mm).is_integer() else mm(value_mm)


def margin_words(structure: Structure, rules: RuleSet) -> str:
    """Return what is kept from the ice or the needle: the own margin, the rule's, the path, or none."""
    if structure.margin_mm is not None:
        return f"own margin {short_mm(structure.margin_mm)}"
    rule = margin_rule(structure.kind, rules)
    if rule is not None and rule.pass_limit is not None:
        return f"margin {short_mm(rule.pass_limit)}"
    return "not in path" if keeps_off_path(structure.kind, rules) else "margin none"


def role_line(structure: Structure, rules: RuleSet) -> str:
    """Return the second line of a row: ``"Critical · margin 10 mm"``, ``"Passable · drawn by hand"``."""
    role = structure.effective_role
    if role in JUDGED_BY_RULES:
        return f"{ROLE_WORDS[role]} · {margin_words(structure, rules)}"
    if structure.margin_mm is not None and role not in NOT_JUDGED:  # judged in every role but those two
        return f"{capital(role.value)} · {margin_words(structure, rules)}"
    if role is StructureRole.OBSTACLE:
        return ROLE_WORDS[role]
    return f"{ROLE_WORDS[role]} · {ORIGIN_WORDS[structure.origin]}"


def rule_words(structure: Structure, rules: RuleSet) -> str:
    """Return what the rule set says of a structure's distance to the ice, with source and status."""
    role, rule = structure.effective_role, margin_rule(structure.kind, rules)
    if role in NOT_JUDGED:
        return f"Taken as {ROLE_WORDS[role].lower()}: no distance is judged."
    if role is StructureRole.OBSTACLE and structure.margin_mm is None:
        return "Taken as an obstacle for the shaft: its distance to the ice is not judged."
    own = own_margin_rule(structure, rule)
    if own is not None and own.pass_limit is not None:
        fail = "" if own.fail_limit is None else f", FAIL below {short_mm(own.fail_limit)}"
        instead = (
            "" if rule is None or rule.pass_limit is None else f" The rule passes from {short_mm(rule.pass_limit)}."
        )
        return f"Judged by its own margin: PASS from {short_mm(own.pass_limit)}{fail}.{instead}"
    if rule is None or rule.pass_limit is None:
        path = " Needle paths are judged." if keeps_off_path(structure.kind, rules) else ""
        return f"No rule has a distance for {structure.kind.value}.{path}"
    fail = "" if rule.fail_limit is None else f", FAIL below {short_mm(rule.fail_limit)}"
    source = rule.source or "no published figure"
    return f"Rule: PASS from {short_mm(rule.pass_limit)}{fail} · {source} · {rule.status.value}"


def source_words(structure: Structure) -> str:
    """Return where a mask came from and how it was made, in sentences."""
    origin = {StructureOrigin.AUTOMATIC: "Found automatically"}.get(structure.origin)
    method = ". ".join(capital(part) for part in structure.method.split(". "))
    return ". ".join(part for part in (origin or capital(ORIGIN_WORDS[structure.origin]), method) if part)


def volume_words(volume_ml: float | None) -> str:
    """Return a volume, ``"41.0 mL"``; from a litre on whole with its thousands apart; an em dash while not counted."""
    if volume_ml is None or volume_ml < _THOUSAND:
        return measure(volume_ml, "mL")
    return f"{round(volume_ml):,} mL".replace(",", "\N{NARROW NO-BREAK SPACE}")


def hu_words(numbers: StructureNumbers) -> str:
    """Return ``"14 ± 11 HU, range −28 to 58 HU"``; an em dash for an empty structure."""
    values = (numbers.mean_hu, numbers.sd_hu, numbers.least_hu, numbers.most_hu)
    if any(value is None for value in values):
        return "—"
    mean, sd, least, most = (number(value, decimals=0) for value in values if value is not None)
    return f"{mean} ± {sd} HU, range {least} to {most} HU"


def size_words(numbers: StructureNumbers) -> str:
    """Return ``"688.0 mL, surface 512.3 cm²"``."""
    return f"{volume_words(numbers.volume_ml)}, surface {number(numbers.surface_cm2, decimals=1)} cm²"
