"""What of a plan may leave without an identity? Its numbers, and of its words those that this program put there (H-43).

Nothing is searched for and struck out. Every text of a plan is taken from the atlas, the tables or a fixed phrase; a
name that somebody typed or that came with a file keeps the words that anatomy knows, and no other. Ids are new ones,
and nobody's name, reason or date goes along. What is not named here does not change: numbers, kinds, sides, roles,
and the hashes of pixels and masks, which anybody who has the same CT can compare.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from planner.domain.identity import MeasurementId, PlanId, ProbeId, StructureId, TargetId
from planner.domain.structure import EDITED, Structure, StructureKind
from planner.persistence.resources import atlas, presets, sources
from planner.planning.permission import findings_of
from planner.segmentation.vocabulary import KIND_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.measurement import Measurement
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.domain.review import Acknowledgement
    from planner.domain.target import Target
    from planner.domain.volume import VolumeRef
    from planner.domain.waiver import Waiver
    from planner.imaging.deidentify import Pseudonyms

LEFT_OUT = "left out"
SOMEBODY = "A named person"
_PLACES = (
    "left right common internal external superior inferior posterior anterior medial lateral deep superficial upper "
    "lower middle ascending descending transverse proximal distal lobe segment arch trunk root branch body surface "
    "skin wall main great small thoracic abdominal cervical lumbar sacral costal subclavian axillary brachial iliac "
    "femoral popliteal tibial portal splenic mesenteric brachiocephalic coeliac celiac epigastric gluteal pudendal"
)
# Of names that the phantoms and the table of segmented classes bear, or that are usual beside them.
_ANATOMY = (
    "vagus vagal phrenic laryngeal intercostal accessory hypoglossal cranial median ulnar radial musculocutaneous "
    "peroneal fibular saphenous sural gland pleura pleural apex neck thorax chest abdomen pelvis back marrow "
    "intestine esophagus esophageal oesophageal tracheal brain urinary appendage autochthonous maximus medius minimus "
    "longus colli capitis fascial layer saline"
)
_LINKS = frozenset({"and", "of", "the", "in", "at"})
_LEVEL = re.compile(r"[CTLS]\d{1,2}([-–/][CTLS]?\d{1,2})?")
_PIECE = re.compile(r"[^\W\d_]+(?:-?\d+)?|\d+")
_NUMBER = re.compile(r"[CTLS]?\d{1,2}")


def deidentified_plan(plan: Plan, ref: VolumeRef, pseudonyms: Pseudonyms) -> Plan:
    """Return the plan of nobody, pinned to the CT of nobody.

    Parameters
    ----------
    ref
        Of the CT as :func:`planner.imaging.deidentify.write_ct` wrote it, read back.
    """
    targets = tuple(_target(target, pseudonyms) for target in plan.targets)
    renamed = {old.id: new for old, new in zip(plan.targets, targets, strict=True)}
    return replace(
        plan,
        id=PlanId(pseudonyms.id(plan.id)),
        name=f"Plan of {pseudonyms.patient}",
        volume=ref,
        structures=tuple(_structure(structure, pseudonyms) for structure in plan.structures),
        targets=targets,
        probes=tuple(_probe(probe, number, pseudonyms) for number, probe in enumerate(plan.probes, start=1)),
        protocol=_protocol(plan.protocol, pseudonyms),
        acknowledgements=tuple(_acknowledgement(one, renamed) for one in plan.acknowledgements),
        measurements=tuple(_measurement(one, n, pseudonyms) for n, one in enumerate(plan.measurements, start=1)),
        waivers=_waivers(plan.waivers),
        locked_probes=tuple(ProbeId(pseudonyms.id(probe_id)) for probe_id in plan.locked_probes),
    )


def known_words(name: str) -> str:
    """Return a name with the words that anatomy knows, levels and numbers of at most two digits; empty without any."""
    pieces = [piece for part in name.split(",") if (piece := " ".join(_known(_PIECE.findall(part))))]
    kept = ", ".join(pieces)
    return kept[:1].upper() + kept[1:] if any(not _NUMBER.fullmatch(word) for word in kept.split()) else ""


def _known(words: list[str]) -> list[str]:
    """Return the known words; one that links stays between known ones only: it tells nothing of what was left out."""
    kept = [_is_known(word) for word in words]
    passes = list(kept)
    for at, word in enumerate(words):
        if word.lower() in _LINKS:
            end = next((n for n in range(at, len(words)) if words[n].lower() not in _LINKS), len(words))
            passes[at] = at > 0 and passes[at - 1] and end < len(words) and kept[end]
    return [word for word, stays in zip(words, passes, strict=True) if stays]


def _is_known(word: str) -> bool:
    lower = word.lower()
    singular = (lower, lower.removesuffix("s"), lower.removesuffix("ies") + "y")
    return bool(_NUMBER.fullmatch(word)) or any(one in _vocabulary() for one in singular)


@cache
def _vocabulary() -> frozenset[str]:
    """Every word of the atlas's names, of the kinds of structure and what they are told by, of anatomy and places."""
    names: list[str] = [_PLACES, _ANATOMY, *(kind.value for kind in StructureKind)]
    names += [phrase for _, phrases in KIND_WORDS for phrase in phrases]
    for entry in atlas():
        names += [entry.name, *(expected.name for expected in entry.expected)]
    return frozenset(word.lower() for name in names for word in re.findall(r"[^\W\d_]+", name))


def _structure(structure: Structure, pseudonyms: Pseudonyms) -> Structure:
    return replace(
        structure,
        id=StructureId(pseudonyms.id(structure.id)),
        name=known_words(structure.name) or structure.kind.value.capitalize(),
        method=_method(structure),
        confirmed_by=SOMEBODY if structure.is_confirmed else "",
        confirmed_at="",
        margin_reason=LEFT_OUT if structure.margin_reason else "",
    )


def _method(structure: Structure) -> str:
    """Keep whether it was drawn in or not begun: the prediction and the assessment ask for both."""
    if structure.is_edited:
        return f"{structure.origin.value}; {EDITED}{LEFT_OUT}"
    return structure.origin.value if structure.method else ""


def _target(target: Target, pseudonyms: Pseudonyms) -> Target:
    entry = next((entry for entry in atlas() if entry.id == target.atlas_id), None)
    return replace(
        target,
        id=TargetId(pseudonyms.id(target.id)),
        name=(entry.name if entry else known_words(target.name)) or "Target",
        atlas_id=entry.id if entry else "",
        level=target.level if _LEVEL.fullmatch(target.level) else "",
        diameter_source=_source(target.diameter_source),
        end_organ_source=_source(target.end_organ_source),
        block=None if target.block is None else replace(target.block, day="day left out", agent="", lasted=""),
    )


def _source(text: str) -> str:
    """Keep ids of our list of sources; another text is somebody's words."""
    return text if not text or set(re.split(r"[,;] ", text)) <= set(sources()) else f"as entered, words {LEFT_OUT}"


def _probe(probe: ProbePlacement, number: int, pseudonyms: Pseudonyms) -> ProbePlacement:
    return replace(probe, id=ProbeId(pseudonyms.id(probe.id)), label=_numbered(probe.label, "P", number))


def _measurement(measurement: Measurement, number: int, pseudonyms: Pseudonyms) -> Measurement:
    new_id = MeasurementId(pseudonyms.id(measurement.id))
    return replace(measurement, id=new_id, name=_numbered(measurement.name, "M", number))


def _numbered(name: str, letter: str, number: int) -> str:
    return name if re.fullmatch(rf"{letter}\d{{1,2}}", name) else f"{letter}{number}"


def _protocol(protocol: Protocol, pseudonyms: Pseudonyms) -> Protocol:
    """Keep the name and source of a schedule of the tables; the phases are numbers."""
    known = {(one.name, one.source) for preset in presets() if (one := preset.protocol) is not None}
    is_known = (protocol.name, protocol.source) in known
    return replace(
        protocol,
        name=protocol.name if is_known else "Own protocol",
        source=protocol.source if is_known else "",
        based_on=protocol.based_on if protocol.based_on in {name for name, _ in known} else "",
        exceptions=tuple(replace(one, probe_id=ProbeId(pseudonyms.id(one.probe_id))) for one in protocol.exceptions),
    )


def _acknowledgement(given: Acknowledgement, renamed: dict[TargetId, Target]) -> Acknowledgement:
    """Say again what was accepted, about the target as it is now called; who and why are left out."""
    target = renamed.get(TargetId(given.subject_id))
    code = given.finding_code if re.fullmatch(r"[a-z][a-z-]{0,40}", given.finding_code) else LEFT_OUT
    sentence = f"The finding “{code}” was accepted."
    if target is not None:
        entry = next((entry for entry in atlas() if entry.id == target.atlas_id), None)
        said = [found.finding for found in findings_of(target, entry, ())]
        sentence = next((finding.sentence for finding in said if finding.code == given.finding_code), sentence)
    return replace(
        given,
        finding_code=code,
        sentence=sentence,
        who=SOMEBODY,
        reason=LEFT_OUT,
        when="",
        subject_id="" if target is None else target.id,
    )


def _waivers(waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """Keep which expected structures of the atlas are waived; nobody can waive one that the atlas does not expect."""
    expected = {(one.name, one.kind) for entry in atlas() for one in entry.expected}
    known = (waiver for waiver in waivers if (waiver.name, waiver.kind) in expected)
    return tuple(replace(waiver, who=SOMEBODY, at=LEFT_OUT, reason=LEFT_OUT) for waiver in known)
