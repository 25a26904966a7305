"""Which structure does a label mean? Words and DICOM codes for each kind of structure, as tables.

Segment labels are free text: ``iliac_artery_left`` (TotalSegmentator), ``Kidney, R``, ``Œsophagus``. They are broken
into lower-case words, and the first rule whose phrase occurs decides; a more telling word therefore stands above a
vaguer one (*renal artery* is an artery, *lung nodule* is a tumour). What no rule knows is OTHER, never a guess.

Codes are SNOMED CT as in DICOM PS3.16 CID 7150 (category), CID 7166 and 4031 (type) and CID 244 (laterality), as far as
the standard has them; the few others are named where they stand.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind


class Concept(NamedTuple):
    """A SNOMED CT concept: code value and meaning; the scheme is always ``SCT``."""

    value: str
    meaning: str


class CodedKind(NamedTuple):
    """Segmented property category and type that stand for one kind."""

    category: Concept
    type: Concept


ANATOMY = Concept("91723000", "Anatomical Structure")
TISSUE = Concept("85756007", "Tissue")
ABNORMAL = Concept("49755003", "Morphologically Abnormal Structure")
SUBSTANCE = Concept("105590001", "Substance")

CODES: dict[StructureKind, CodedKind] = {
    # The mask of SKIN is the whole body; its surface is what is judged.
    StructureKind.SKIN: CodedKind(ANATOMY, Concept("38266002", "Entire body")),
    StructureKind.BONE: CodedKind(ANATOMY, Concept("272673000", "Bone")),
    StructureKind.LUNG: CodedKind(ANATOMY, Concept("39607008", "Lung")),
    StructureKind.AIRWAY: CodedKind(ANATOMY, Concept("89187006", "Airway structure")),
    StructureKind.ARTERY: CodedKind(ANATOMY, Concept("51114001", "Artery")),
    StructureKind.VEIN: CodedKind(ANATOMY, Concept("29092000", "Vein")),
    StructureKind.NERVE: CodedKind(ANATOMY, Concept("91728009", "Nerve")),
    StructureKind.SPINAL_CORD: CodedKind(ANATOMY, Concept("2748008", "Spinal cord")),
    StructureKind.OESOPHAGUS: CodedKind(ANATOMY, Concept("32849002", "Esophagus")),
    StructureKind.BOWEL: CodedKind(ANATOMY, Concept("113276009", "Intestine")),
    StructureKind.URETER: CodedKind(ANATOMY, Concept("87953007", "Ureter")),
    StructureKind.BLADDER: CodedKind(ANATOMY, Concept("89837001", "Bladder")),
    StructureKind.THYROID: CodedKind(ANATOMY, Concept("69748006", "Thyroid")),
    StructureKind.ADRENAL: CodedKind(ANATOMY, Concept("23451007", "Adrenal gland")),
    StructureKind.KIDNEY: CodedKind(ANATOMY, Concept("64033007", "Kidney")),
    StructureKind.LIVER: CodedKind(ANATOMY, Concept("10200004", "Liver")),
    StructureKind.SPLEEN: CodedKind(ANATOMY, Concept("78961009", "Spleen")),
    StructureKind.DIAPHRAGM: CodedKind(ANATOMY, Concept("5798000", "Diaphragm")),
    StructureKind.TENDON: CodedKind(ANATOMY, Concept("13024002", "Tendon")),
    StructureKind.MUSCLE: CodedKind(TISSUE, Concept("71616004", "Muscle")),
    StructureKind.FAT: CodedKind(TISSUE, Concept("55603005", "Fat")),
    StructureKind.TUMOUR: CodedKind(ABNORMAL, Concept("108369006", "Neoplasm")),
    # A barrier is brought in: saline and carbon dioxide stand for whatever fluid or gas is used.
    StructureKind.FLUID_BARRIER: CodedKind(SUBSTANCE, Concept("373757009", "Saline")),
    StructureKind.GAS_BARRIER: CodedKind(SUBSTANCE, Concept("31811003", "Carbon dioxide")),
    StructureKind.HEART: CodedKind(ANATOMY, Concept("80891009", "Heart")),
    StructureKind.PANCREAS: CodedKind(ANATOMY, Concept("15776009", "Pancreas")),
    StructureKind.GALLBLADDER: CodedKind(ANATOMY, Concept("28231008", "Gallbladder")),
    StructureKind.PROSTATE: CodedKind(ANATOMY, Concept("41216001", "Prostate")),
    StructureKind.UTERUS: CodedKind(ANATOMY, Concept("35039007", "Uterus")),
    StructureKind.CARTILAGE: CodedKind(TISSUE, Concept("309312004", "Cartilage")),
    # Not in pydicom's dictionary, which has single discs only: SNOMED CT "Structure of intervertebral disc".
    StructureKind.DISC: CodedKind(ANATOMY, Concept("360499006", "Intervertebral disc")),
    StructureKind.LIGAMENT: CodedKind(ANATOMY, Concept("52082005", "Ligament")),
    # No code of its own was found for the plantar fascia or a fat pad; the segment's label says which one it is.
    StructureKind.FASCIA: CodedKind(ANATOMY, Concept("120576005", "Fascial layer")),
    StructureKind.FAT_PAD: CodedKind(TISSUE, Concept("55603005", "Fat")),
    # Not in pydicom's dictionary: SNOMED CT "Spermatic cord structure".
    StructureKind.SPERMATIC_CORD: CodedKind(ANATOMY, Concept("49957000", "Spermatic cord")),
    StructureKind.LYMPH_NODE: CodedKind(ANATOMY, Concept("59441001", "Lymph Node")),
    StructureKind.EFFUSION: CodedKind(ABNORMAL, Concept("41699000", "Effusion")),
    StructureKind.GAS: CodedKind(SUBSTANCE, Concept("74947009", "Gas")),
    StructureKind.OTHER: CodedKind(ANATOMY, ANATOMY),
}
_CODED_COARSELY = (StructureKind.OTHER, StructureKind.FASCIA, StructureKind.FAT_PAD)
KIND_OF_CODE: dict[str, StructureKind] = {
    **{coded.type.value: kind for kind, coded in CODES.items() if kind not in _CODED_COARSELY},
    "32457005": StructureKind.EFFUSION,  # Body fluid
    "60046008": StructureKind.EFFUSION,  # Pleural effusion
    "373945007": StructureKind.EFFUSION,  # Pericardial effusion
    "15158005": StructureKind.GAS,  # Air
    "50016007": StructureKind.CARTILAGE,  # Costal cartilage
}
"""What a type code means by itself. Fluid and gas are found ones: a barrier is drawn, and read as one by its words."""
_TOLD_BY_WORDS: dict[StructureKind, StructureKind] = {
    StructureKind.EFFUSION: StructureKind.FLUID_BARRIER,
    StructureKind.GAS: StructureKind.GAS_BARRIER,
    StructureKind.FAT: StructureKind.FAT_PAD,
}
SIDE_CODES: dict[Side, Concept] = {
    Side.LEFT: Concept("7771000", "Left"),
    Side.RIGHT: Concept("24028007", "Right"),
    Side.MIDLINE: Concept("261129000", "Midline"),
}
SIDE_OF_CODE: dict[str, Side] = {concept.value: side for side, concept in SIDE_CODES.items()}

_SIDE_WORDS: dict[str, Side] = {
    "left": Side.LEFT, "l": Side.LEFT, "lt": Side.LEFT, "sinister": Side.LEFT, "sinistra": Side.LEFT,
    "right": Side.RIGHT, "r": Side.RIGHT, "rt": Side.RIGHT, "dexter": Side.RIGHT, "dextra": Side.RIGHT,
}  # fmt: skip

# In order of decision. A phrase matches whole words in sequence; a trailing "*" matches any ending of its last word.
KIND_WORDS: tuple[tuple[StructureKind, tuple[str, ...]], ...] = (
    (StructureKind.FLUID_BARRIER, ("fluid barrier", "hydrodissection", "hydro dissection")),
    (StructureKind.GAS_BARRIER, ("gas barrier", "carbon dioxide", "co2", "carbodissection", "pneumodissection")),
    # Named before the words they contain: neither a kidney, nor a lung, nor a bone, nor a disc of the spine.
    (
        StructureKind.OTHER,
        ("cyst*", "lung vessel*", "pulmonary vessel*", "bone graft", "stent", "optic disc*", "optic disk*",
         "articular disc*"),
    ),
    (StructureKind.EFFUSION, ("effusion*", "ascites", "hydrothorax", "haemothorax", "hemothorax")),
    (StructureKind.GAS, ("gas", "free air", "bowel air", "pneumothorax", "pneumoperitoneum")),
    (StructureKind.GALLBLADDER, ("gallbladder", "gall bladder")),
    (StructureKind.CARTILAGE, ("cartilage*",)),
    (
        StructureKind.DISC,
        ("intervertebral disc*", "intervertebral disk*", "vertebral disc*", "disc", "discs", "disk", "disks"),
    ),
    (StructureKind.FASCIA, ("plantar fascia", "plantar aponeurosis")),
    (StructureKind.FAT_PAD, ("fat pad*", "fatpad*", "heel pad", "heel fat", "plantar fat")),
    (StructureKind.SPERMATIC_CORD, ("spermatic cord*", "funiculus spermaticus")),
    (
        StructureKind.TUMOUR,
        ("tumour*", "tumor*", "neoplasm*", "nodule*", "lesion*", "metasta*", "carcinoma*", "sarcoma*", "gtv*"),
    ),
    # Named by the vessel they lie along.
    (StructureKind.LYMPH_NODE, ("lymph node*", "lymphnode*", "aortic node*", "paraaortic node*")),
    (
        StructureKind.SPINAL_CORD,
        ("spinal cord", "spinal canal", "spinalcord", "myelon", "cauda equina", "conus medullaris", "thecal sac"),
    ),
    (StructureKind.NERVE, ("nerve*", "plexus*", "ganglion", "ganglia", "nervus")),
    (
        StructureKind.VEIN,
        ("vein*", "vena", "venae", "cava", "ivc", "svc", "venous", "azygos", "hemiazygos", "jugular", "sinus venosus"),
    ),
    (
        StructureKind.ARTERY,
        ("artery", "arteries", "arterial", "arteria", "aorta", "aortic", "carotid*", "brachiocephalic trunk",
         "pulmonary trunk", "coeliac trunk", "celiac trunk", "sma"),
    ),
    (StructureKind.LIGAMENT, ("ligament*",)),
    (StructureKind.HEART, ("heart", "cardiac", "atrium", "atrial", "myocardium")),
    # Of heart or brain: the word alone does not tell.
    (StructureKind.OTHER, ("ventricle*",)),
    (StructureKind.TENDON, ("tendon*", "achilles")),
    (
        StructureKind.MUSCLE,
        ("muscle*", "musculus", "gluteus", "gluteal", "glutaeus", "autochthon*", "iliopsoas", "psoas", "piriformis",
         "obturator internus", "quadratus lumborum", "quadriceps", "sartorius", "hamstring*", "adductor*",
         "pectoralis", "trapezius", "deltoid", "levator scapulae", "sternocleidomastoid", "scalene*", "scalenus",
         "intercostales", "serratus", "subscapularis", "supraspinatus", "infraspinatus", "latissimus*",
         "rectus abdominis", "erector spinae", "thigh"),
    ),
    (StructureKind.FAT, ("fat", "adipose", "subcutaneous")),
    (StructureKind.THYROID, ("thyroid*",)),
    (StructureKind.ADRENAL, ("adrenal*", "suprarenal")),
    (StructureKind.OESOPHAGUS, ("oesophag*", "esophag*")),
    (StructureKind.URETER, ("ureter*",)),
    (StructureKind.BLADDER, ("bladder", "urinarybladder")),
    (
        StructureKind.BOWEL,
        ("bowel*", "colon", "sigmoid", "caecum", "cecum", "rectum", "duodenum", "jejunum", "ileum", "intestin*",
         "appendix", "stomach", "hepatic flexure", "splenic flexure"),
    ),
    (StructureKind.PANCREAS, ("pancreas", "pancreatic")),
    (StructureKind.PROSTATE, ("prostate*",)),
    (StructureKind.UTERUS, ("uterus", "uterine", "myometrium", "endometrium", "cervix")),
    (StructureKind.DIAPHRAGM, ("diaphragm*", "hemidiaphragm*")),
    (StructureKind.KIDNEY, ("kidney*", "renal")),
    (StructureKind.LIVER, ("liver", "hepar", "hepatic")),
    (StructureKind.SPLEEN, ("spleen", "splen")),
    (StructureKind.AIRWAY, ("airway*", "trachea*", "bronch*", "larynx", "pharynx", "nasopharynx", "oropharynx")),
    (StructureKind.LUNG, ("lung*", "pulmo", "pulmonary")),
    (
        StructureKind.BONE,
        ("bone*", "vertebra*", "sacrum", "sacral", "coccyx", "hip", "hips", "ilium", "ischium", "pubis",
         "pelvic girdle", "femur*", "rib", "ribs", "sternum", "manubrium", "scapula*", "clavicle*", "clavicula*",
         "humerus", "skull", "mandible", "maxilla", "cranium", "tibia", "fibula", "patella", "radius", "ulna", "spine",
         "skeleton", "atlas", "hyoid"),
    ),
)  # fmt: skip
# Only as the whole label: "body" alone is the patient, a "vertebral body" or a "body of the stomach" is not.
BODY_LABELS = frozenset({"body", "skin", "external", "patient", "body trunc", "body trunk", "body outline", "torso"})


def words_of(label: str) -> tuple[str, ...]:
    """Break a label into lower-case words without accents: ``"Œsophagus_upper"`` → ``("oesophagus", "upper")``."""
    split_ligatures = label.replace("œ", "oe").replace("Œ", "Oe")
    camel_apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", split_ligatures)
    plain = unicodedata.normalize("NFKD", camel_apart).encode("ascii", "ignore").decode().lower()
    return tuple(re.findall(r"[a-z0-9]+", plain))


def kind_of_label(label: str) -> StructureKind:
    """Return the kind that a segment label's words mean; OTHER when no rule knows them."""
    words = tuple(word for word in words_of(label) if word not in _SIDE_WORDS)
    if " ".join(words) in BODY_LABELS:
        return StructureKind.SKIN
    for kind, phrases in KIND_WORDS:
        if any(_occurs(tuple(phrase.split()), words) for phrase in phrases):
            return kind
    return StructureKind.OTHER


def kind_of_code(value: str, label: str) -> StructureKind | None:
    """Return the kind that a SNOMED CT type code means; ``None`` when it stands for none.

    The segment's label refines codes that are coarser than our kinds: *fat* called "heel fat pad" is a fat pad, *body
    fluid* called "hydrodissection" is a barrier.
    """
    kind = KIND_OF_CODE.get(value)
    finer = _TOLD_BY_WORDS.get(kind) if kind is not None else None
    return finer if finer is not None and kind_of_label(label) is finer else kind


def side_of_label(label: str) -> Side | None:
    """Return the side a label names; ``None`` when it names none, or both.

    A single letter before a number is a vertebra (``vertebrae L 4``), not a side.
    """
    words = words_of(label)
    sides = {
        _SIDE_WORDS[word]
        for word, following in zip(words, (*words, "")[1:], strict=True)
        if word in _SIDE_WORDS and not (len(word) == 1 and following.isdigit())
    }
    return sides.pop() if len(sides) == 1 else None


def _occurs(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    length = len(phrase)
    return any(
        all(_same(pattern, word) for pattern, word in zip(phrase, words[at : at + length], strict=True))
        for at in range(len(words) - length + 1)
    )


def _same(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
