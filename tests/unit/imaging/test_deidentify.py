"""Is a CT without identity as DICOM PS3.15 table E.1-1 asks, attribute by attribute, and still the same CT?

``basic_profile.csv`` is the table's column of the Basic Application Level Confidentiality Profile as of 2026c: tag,
action and keyword of every attribute with a tag of its own. Facts of the standard, as listed in the tables of the
dicom-anonymizer package 2.1.0; its 2020 actions agree with the innolitics edition of the standard.
"""

from __future__ import annotations

import csv
import re
import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from planner.domain.errors import InputRefused
from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.imaging.assemble import load_series
from planner.imaging.deidentify import Pseudonyms, picture_flags, stamp_file, write_ct
from planner.imaging.scan import scan
from tests.ui.small_ct import write_series

TABLE = Path(__file__).with_name("basic_profile.csv")
FIRST_DATA_SET_GROUP = 0x0008  # before it: messages, file meta information, directories
DATE, TIME = "19440606", "133742"
# Type 1 or 2 of the CT Image IOD (PS3.3 A.3 and its modules): must be there, if need be empty.
NEEDED = {
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime",
    "AccessionNumber", "ReferringPhysicianName", "StudyID", "SeriesInstanceUID", "FrameOfReferenceUID",
    "SOPInstanceUID",
}  # fmt: skip
GEOMETRY = {"FrameOfReferenceUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}


def table():
    with TABLE.open(newline="") as file:
        rows = [(Tag(int(row["tag"], 16)), row["action"], row["keyword"]) for row in csv.DictReader(file)]
    return [row for row in rows if row[0].group >= FIRST_DATA_SET_GROUP and dictionary_has_tag(row[0])]


def canary(tag):
    """A value that nothing else has, of the attribute's own kind."""
    vr, word = dictionary_VR(tag).split(" ")[0], f"CANARY{int(tag):08X}"
    values = {
        "DA": DATE, "TM": TIME, "DT": DATE + TIME, "UI": f"1.2.999.{int(tag)}", "AS": "083Y", "DS": "1944.0606",
        "IS": "19440606", "US": 19440, "SS": 1944, "UL": 19440606, "FL": 1944.0606, "FD": 1944.0606, "AE": word,
        "OB": word.encode(), "OW": word.encode(), "UN": word.encode(), "UC": word, "UR": word, "UT": word,
    }  # fmt: skip
    if vr == "SQ":
        item = Dataset()
        item.PatientName, item.TextValue, item.ReferencedSOPInstanceUID = word, word, f"1.2.999.{int(tag)}"
        return Sequence([item])
    return values.get(vr, word)


def spoiled(dataset, k):
    """Give every attribute of the table a canary, and add what has no tag of its own: private, overlay, curve."""
    del k
    for tag, _, keyword in table():
        if keyword not in GEOMETRY:
            dataset.add_new(tag, dictionary_VR(tag).split(" ")[0], canary(tag))
    dataset.add_new(0x00091001, "LO", "CANARYPRIVATE")
    dataset.add_new(0x60004000, "LT", "CANARYOVERLAY")
    dataset.add_new(0x60003000, "OW", b"CANARYOVERLAYDATA.")
    dataset.add_new(0x50003000, "OW", b"CANARYCURVE.")
    dataset.preamble = b"MZ" + b"CANARYPREAMBLE".ljust(126, b"\0")


def opened(folder):
    report = scan([folder], scratch=folder, progress=silent)
    (series,) = report.series
    return load_series(series.slices, progress=silent), series.slices


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ct")
    source = write_series(folder / "source", slices=5, patch=spoiled)
    (volume, _), slices = opened(folder / "source")
    flags = picture_flags(slices, progress=silent)
    files = write_ct(volume, folder / "nobody", pseudonyms=Pseudonyms(b"1" * 32), flags=flags, progress=silent)
    return source, volume, files


def test_the_table_is_whole():
    rows = table()
    assert len(rows) > 600
    assert {action for _, action, _ in rows} == {"X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"}


@pytest.mark.parametrize("action", ["X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"])
def test_H_44_every_attribute_of_the_profile_is_as_its_action_says(before_and_after, action):
    source, _, files = before_and_after
    rows = [(tag, keyword) for tag, its, keyword in table() if its == action]
    for old, new in zip(map(pydicom.dcmread, source), map(pydicom.dcmread, files), strict=True):
        for tag, keyword in rows:
            if tag not in new:
                assert keyword not in NEEDED, keyword
                continue
            assert action != "X", keyword
            value = new[tag].value
            if tag in old:
                assert str(value) != str(old[tag].value), keyword
            if action in ("D", "U"):
                assert value not in (None, ""), keyword


def test_H_44_what_is_required_is_there_and_says_nothing(before_and_after):
    _, _, files = before_and_after
    for new in map(pydicom.dcmread, files):
        assert all(keyword in new for keyword in NEEDED)
        empty = NEEDED - GEOMETRY - {"PatientName", "PatientID"}
        assert all(new.get(keyword) in ("", None) for keyword in empty)
        assert re.fullmatch("FL-[0-9A-F]{8}", str(new.PatientName))
        assert new.PatientID == str(new.PatientName)
        assert new.PatientIdentityRemoved == "YES"
        assert new.LongitudinalTemporalInformationModified == "REMOVED"
        (code,) = new.DeidentificationMethodCodeSequence
        assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")


def test_H_43_no_byte_of_a_canary_comes_along(before_and_after):
    _, _, files = before_and_after
    for path in files:
        data = path.read_bytes()
        for word in (b"CANARY", "CANARY".encode("utf-16-le"), DATE.encode(), TIME.encode(), b"1.2.999.", b"Carla"):
            assert word not in data, (path.name, word)
        assert data[:128] == bytes(128)  # H-46


def test_no_attribute_is_private_or_a_sequence_but_the_code_of_the_method(before_and_after):
    _, _, files = before_and_after
    for new in map(pydicom.dcmread, files):
        assert not [element.tag for element in new.iterall() if element.tag.is_private]
        assert [e.keyword for e in new if e.VR == "SQ"] == ["DeidentificationMethodCodeSequence"]


def test_it_is_the_same_ct(before_and_after):
    _, volume, files = before_and_after
    (again, identity), _ = opened(files[0].parent)
    assert again.ref.pixel_hash == volume.ref.pixel_hash
    assert np.array_equal(again.hu, volume.hu)
    assert np.abs(again.grid.corners_lps_mm() - volume.grid.corners_lps_mm()).max() < 1e-9
    assert again.ref.patient_position is volume.ref.patient_position
    assert again.ref.image_numbers == volume.ref.image_numbers
    assert again.ref.window_hu == volume.ref.window_hu
    assert identity.patient_name == identity.patient_id
    said = (identity.study_date, identity.institution, identity.birth_date, identity.study_description)
    assert said == ("", "", "", "")


def test_H_44_one_export_keeps_what_belongs_together_and_two_share_nothing(tmp_path, before_and_after):
    source, volume, files = before_and_after
    other = write_ct(volume, tmp_path, pseudonyms=Pseudonyms.fresh(), flags=picture_flags_of(source), progress=silent)
    one, two = pydicom.dcmread(files[0]), pydicom.dcmread(other[0])
    for keyword in GEOMETRY:
        assert one[keyword].value != two[keyword].value
        assert one[keyword].value.is_valid
        assert len(one[keyword].value) <= 64
    for keyword in GEOMETRY - {"SOPInstanceUID"}:
        assert {pydicom.dcmread(path)[keyword].value for path in files} == {one[keyword].value}
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in files}) == len(files)
    assert one.PatientID != two.PatientID


def picture_flags_of(paths):
    return picture_flags([SliceFile(str(path)) for path in paths], progress=silent)


def test_burned_in_text_is_refused_in_words(tmp_path):
    paths = write_series(tmp_path, slices=4, patch=lambda d, k: setattr(d, "BurnedInAnnotation", ["NO", "YES"][k == 2]))
    with pytest.raises(InputRefused, match="burned into its pixels") as refused:
        picture_flags_of(paths)
    assert refused.value.code == "deidentify-burned-in"
    assert not refused.value.where


@pytest.mark.parametrize(("said", "kept"), [(["NO"] * 4, "NO"), (["NO", "", "NO", "NO"], ""), ([""] * 4, "")])
def test_what_the_scanner_does_not_say_of_every_image_is_not_said(tmp_path, said, kept):
    def patch(dataset, k):
        if said[k]:
            dataset.BurnedInAnnotation = said[k]
        dataset.RecognizableVisualFeatures = "YES"

    flags = picture_flags_of(write_series(tmp_path, slices=4, patch=patch))
    assert (flags.burned_in, flags.recognizable) == (kept, "YES")


def test_padding_stays_padding(tmp_path):
    def patch(dataset, k):
        del k
        pixels = np.frombuffer(dataset.PixelData, "<i2").reshape(dataset.Rows, dataset.Columns).copy()
        pixels[:3] = -2000
        dataset.PixelData = pixels.tobytes()
        dataset.add_new(0x00280120, "SS", -2000)

    write_series(tmp_path / "a", slices=4, patch=patch)
    (volume, _), _ = opened(tmp_path / "a")
    files = write_ct(
        volume, tmp_path / "b", pseudonyms=Pseudonyms(b"2" * 32), flags=picture_flags_of([]), progress=silent
    )
    (again, _), _ = opened(files[0].parent)
    assert volume.padding is not None
    assert np.array_equal(again.padding, volume.padding)
    assert np.array_equal(again.hu[~again.padding], volume.hu[~volume.padding])


def test_fractions_of_a_hounsfield_unit_are_kept_to_a_twentieth(tmp_path):
    def patch(dataset, k):
        del k
        dataset.RescaleSlope, dataset.RescaleIntercept = "0.5", "-0.25"

    write_series(tmp_path / "a", slices=4, patch=patch)
    (volume, _), _ = opened(tmp_path / "a")
    files = write_ct(
        volume, tmp_path / "b", pseudonyms=Pseudonyms(b"3" * 32), flags=picture_flags_of([]), progress=silent
    )
    (again, _), _ = opened(files[0].parent)
    assert np.abs(again.hu.astype(float) - volume.hu.astype(float)).max() <= 0.05


def test_an_object_of_ours_is_marked(tmp_path, before_and_after):
    _, _, files = before_and_after
    dataset = pydicom.dcmread(files[0])
    dataset.BurnedInAnnotation = "YES"
    del dataset.PatientIdentityRemoved
    dataset.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    stamp_file(tmp_path / "one.dcm")
    again = pydicom.dcmread(tmp_path / "one.dcm")
    assert (again.PatientIdentityRemoved, again.BurnedInAnnotation) == ("YES", "NO")
    assert again.PixelData == dataset.PixelData


def test_H_43_the_salt_is_not_shown():
    salt = struct.pack("<Q", 0x1122334455667788) * 4
    assert "1122" not in repr(Pseudonyms(salt))
    assert "hidden" in repr(Pseudonyms(salt))
