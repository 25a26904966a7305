"""Labels as other programs write them mean the kind and side a reader would say."""

from __future__ import annotations

import pytest

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
        ("gallbladder", Kind.OTHER, None),
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
        ("costal_cartilages", Kind.OTHER, None),
        ("heart_atrium_left", Kind.OTHER, Side.LEFT),
        ("Hydrodissection", Kind.FLUID_BARRIER, None),
        ("left and right kidney", Kind.KIDNEY, None),
        ("prostate", Kind.OTHER, None),
        ("", Kind.OTHER, None),
    ],
)
def test_a_label_means_what_a_reader_would_say(label, kind, side):
    assert vocabulary.kind_of_label(label) is kind
    assert vocabulary.side_of_label(label) is side


def test_every_kind_has_a_code_and_every_code_means_one_kind():
    assert set(vocabulary.CODES) == set(Kind)
    values = [coded.type.value for coded in vocabulary.CODES.values()]
    assert len(values) == len(set(values))
    assert set(vocabulary.SIDE_CODES) == set(Side)
