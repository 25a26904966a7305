"""Labels as other programs write them mean the kind and side a reader would say."""

from __future__ import annotations

import pytest
from pydicom.sr._concepts_dict import concepts

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind as Kind
from planner.segmentation import vocabulary


@pytest.mark.parametrize(
    ("label", "kind", "side"),
    [
        ("iliac_artery_left", Kind.ARTERY, Side.LEFT),
        ("iliac_vena_right", Kind.VEIN, Side.RIGHT),
        ("vertebrae_L4", Kind.BONE, None),
        ("vertebrae L 4", Kind.BONE, None),
        ("hip_right", Kind.BONE, Side.RIGHT),
        ("sacrum", Kind.BONE, None),
        ("rib_left_5", Kind.BONE, Side.LEFT),
        ("colon", Kind.BOWEL, None),
        ("urinary_bladder", Kind.BLADDER, None),
        ("gallbladder", Kind.GALLBLADDER, None),
        ("aorta", Kind.ARTERY, None),
        ("inferior_vena_cava", Kind.VEIN, None),
        ("portal_vein_and_splenic_vein", Kind.VEIN, None),
        ("pulmonary_vein", Kind.VEIN, None),
        ("kidney_left", Kind.KIDNEY, Side.LEFT),
        ("kidney_cyst_left", Kind.OTHER, Side.LEFT),
        ("spinal_cord", Kind.SPINAL_CORD, None),
        ("gluteus_maximus_right", Kind.MUSCLE, Side.RIGHT),
        ("autochthon_left", Kind.MUSCLE, Side.LEFT),
        ("lung_upper_lobe_left", Kind.LUNG, Side.LEFT),
        ("Lung, right", Kind.LUNG, Side.RIGHT),
        ("lung nodule R", Kind.TUMOUR, Side.RIGHT),
        ("Liver tumor", Kind.TUMOUR, None),
        ("tumour", Kind.TUMOUR, None),
        ("esophagus", Kind.OESOPHAGUS, None),
        ("Œsophagus", Kind.OESOPHAGUS, None),
        ("oesophagus", Kind.OESOPHAGUS, None),
        ("adrenal_gland_right", Kind.ADRENAL, Side.RIGHT),
        ("trachea", Kind.AIRWAY, None),
        ("thyroid_gland", Kind.THYROID, None),
        ("Renal artery L", Kind.ARTERY, Side.LEFT),
        ("vertebral artery, LT", Kind.ARTERY, Side.LEFT),
        ("femoral nerve", Kind.NERVE, None),
        ("CoeliacPlexus", Kind.NERVE, None),
        ("body", Kind.SKIN, None),
        ("Body_trunc", Kind.SKIN, None),
        ("vertebral body", Kind.BONE, None),
        ("costal_cartilages", Kind.CARTILAGE, None),
        ("heart_atrium_left", Kind.HEART, Side.LEFT),
        ("Hydrodissection", Kind.FLUID_BARRIER, None),
        ("left and right kidney", Kind.KIDNEY, None),
        ("prostate", Kind.PROSTATE, None),
        ("prostate tumour", Kind.TUMOUR, None),
        ("uterus", Kind.UTERUS, None),
        ("uterine artery left", Kind.ARTERY, Side.LEFT),
        ("atrial_appendage_left", Kind.HEART, Side.LEFT),
        ("coronary artery", Kind.ARTERY, None),
        ("Ventricle", Kind.OTHER, None),
        ("pancreas", Kind.PANCREAS, None),
        ("pericardial effusion", Kind.EFFUSION, None),
        ("Pleural effusion L", Kind.EFFUSION, Side.LEFT),
        ("bowel gas", Kind.GAS, None),
        ("gastric wall", Kind.OTHER, None),
        ("Gas barrier", Kind.GAS_BARRIER, None),
        ("intervertebral_discs", Kind.DISC, None),
        ("disc L4/5", Kind.DISC, None),
        ("optic disc", Kind.OTHER, None),
        ("thyroid cartilage", Kind.CARTILAGE, None),
        ("deltoid ligament", Kind.LIGAMENT, None),
        ("plantar fascia left", Kind.FASCIA, Side.LEFT),
        ("thoracolumbar fascia", Kind.OTHER, None),
        ("heel fat pad", Kind.FAT_PAD, None),
        ("subcutaneous_fat", Kind.FAT, None),
        ("spermatic cord, right", Kind.SPERMATIC_CORD, Side.RIGHT),
        ("lymph node of the pulmonary ligament", Kind.LYMPH_NODE, None),
        ("lymph node metastasis", Kind.TUMOUR, None),
        ("Para-aortic lymph nodes", Kind.LYMPH_NODE, None),
        ("jugular lymph node, left", Kind.LYMPH_NODE, Side.LEFT),
        ("para-aortic nodes", Kind.LYMPH_NODE, None),
        ("Pulmonary trunk", Kind.ARTERY, None),
        ("pulmonary vessels", Kind.OTHER, None),
        ("Hepatic flexure", Kind.BOWEL, None),
        ("splenic flexure of the colon", Kind.BOWEL, None),
        ("hepatic artery", Kind.ARTERY, None),
        ("seminal_vesicle", Kind.OTHER, None),
        ("", Kind.OTHER, None),
    ],
)
def test_a_label_means_what_a_reader_would_say(label, kind, side):
    assert vocabulary.kind_of_label(label) is kind
    assert vocabulary.side_of_label(label) is side


# Kinds whose code is coarser than they are, or stands outside pydicom's dictionary (SNOMED CT, looked up elsewhere).
COARSE = {Kind.OTHER, Kind.FASCIA, Kind.FAT_PAD}
NOT_IN_PYDICOM = {Kind.BOWEL, Kind.DISC, Kind.SPERMATIC_CORD}


def test_every_kind_has_a_code_and_every_code_means_one_kind():
    assert set(vocabulary.CODES) == set(Kind)
    values = [coded.type.value for kind, coded in vocabulary.CODES.items() if kind not in COARSE]
    assert len(values) == len(set(values))
    assert set(vocabulary.SIDE_CODES) == set(Side)


def test_codes_are_those_of_the_dicom_dictionary():
    known: dict[str, set[str]] = {}
    for codes in concepts["SCT"].values():
        for value, (meaning, _) in codes.items():
            known.setdefault(value, set()).add(meaning)
    for kind, coded in vocabulary.CODES.items():
        assert coded.category.meaning in known[coded.category.value], kind
        if kind in NOT_IN_PYDICOM:
            assert coded.type.value not in known, kind
        else:
            assert coded.type.meaning in known[coded.type.value], kind
    for side, concept in vocabulary.SIDE_CODES.items():
        assert concept.meaning in known[concept.value], side
    assert {value for value in vocabulary.KIND_OF_CODE if value not in known} == {
        vocabulary.CODES[kind].type.value for kind in NOT_IN_PYDICOM
    }


@pytest.mark.parametrize(
    ("value", "label", "kind"),
    [
        ("55603005", "subcutaneous fat", Kind.FAT),
        ("55603005", "Heel fat pad L", Kind.FAT_PAD),
        ("55603005", "pancreas", Kind.FAT),
        ("32457005", "ascites", Kind.EFFUSION),
        ("32457005", "Hydrodissection", Kind.FLUID_BARRIER),
        ("373757009", "pocket", Kind.FLUID_BARRIER),
        ("74947009", "colon content", Kind.GAS),
        ("74947009", "gas barrier", Kind.GAS_BARRIER),
        ("31811003", "pocket", Kind.GAS_BARRIER),
        ("120576005", "thoracolumbar fascia", None),
        ("1", "heart", None),
    ],
)
def test_a_label_refines_a_coarse_code_and_never_overrules_a_fine_one(value, label, kind):
    assert vocabulary.kind_of_code(value, label) is kind


def test_each_kind_comes_back_from_its_own_code_and_name():
    for kind, coded in vocabulary.CODES.items():
        name = "plantar fascia" if kind is Kind.FASCIA else kind.value
        back = vocabulary.kind_of_code(coded.type.value, name) or vocabulary.kind_of_label(name)
        assert back is kind
