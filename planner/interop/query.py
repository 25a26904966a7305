"""What does an archive hold? C-FIND from study to series to images (PS3.4 annex C), its answers read as texts."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from planner.domain.archive import FoundSeries, FoundStudies, SeriesRow, StudyRow, check_uid, is_uid
from planner.domain.errors import DAMAGED_FILE_ERRORS, NetworkFailed
from planner.interop.association import NATIVE, associated, broken
from planner.interop.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydicom.dataset import Dataset

    from planner.domain.archive import StudyQuery
    from planner.domain.peer import Peer
    from planner.domain.progress import Progress
    from planner.interop.patience import Talk

_Row = TypeVar("_Row")
MOST_STUDIES = 200
MOST_SERIES = 2000
MOST_IMAGES = 20_000
STUDY_KEYS = (
    "StudyInstanceUID", "PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyDescription",
    "AccessionNumber", "ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances",
)  # fmt: skip
SERIES_KEYS = (
    "SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "BodyPartExamined",
    "NumberOfSeriesRelatedInstances",
)  # fmt: skip
PENDING = (0xFF00, 0xFF01)
_LONGEST_TEXT = 120
# Status of C-FIND, PS3.4 C.4.1.1.4.
_REFUSED = {0xA700: "it is out of room", 0xA900: "it does not understand the question", 0x0122: "it answers none"}


def find_studies(peer: Peer, query: StudyQuery, *, progress: Progress) -> FoundStudies:
    """List the studies that fit, newest first, at most ``MOST_STUDIES``; raises NetworkFailed."""

    def ask(talk: Talk) -> FoundStudies:
        asked = study_question(query) | {"QueryRetrieveLevel": "STUDY"}
        found = list(_find(peer, asked, most=MOST_STUDIES + 1, talk=talk))
        return studies_of(found)

    return patiently(ask, progress=progress)


def find_series(peer: Peer, study_instance_uid: str, *, progress: Progress) -> FoundSeries:
    """List the series of a study in the order of their numbers; raises NetworkFailed."""
    check_uid(study_instance_uid)

    def ask(talk: Talk) -> FoundSeries:
        keys = dict.fromkeys(SERIES_KEYS, "")
        asked = keys | {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": study_instance_uid}
        return series_of(_find(peer, asked, most=MOST_SERIES, talk=talk), study_instance_uid)

    return patiently(ask, progress=progress)


def find_images(peer: Peer, study_instance_uid: str, series_instance_uid: str, *, talk: Talk) -> dict[str, str]:
    """Return the images of a series: SOP class, empty where the archive does not tell, by SOP instance UID."""
    asked = {
        "QueryRetrieveLevel": "IMAGE",
        "StudyInstanceUID": study_instance_uid,
        "SeriesInstanceUID": series_instance_uid,
        "SOPInstanceUID": "",
        "SOPClassUID": "",
    }
    return images_of(_find(peer, asked, most=MOST_IMAGES, talk=talk))


def study_question(query: StudyQuery) -> dict[str, str]:
    """Return the keys of a question for studies; what is to be told back is empty."""
    first, last = query.first_day.replace("-", ""), query.last_day.replace("-", "")
    days = first if first == last else f"{first}-{last}"
    return dict.fromkeys(STUDY_KEYS, "") | {
        "PatientName": _open_ended(query.patient_name),
        "PatientID": query.patient_id.strip(),
        "AccessionNumber": query.accession_number.strip(),
        "StudyDate": days,
        "ModalitiesInStudy": query.modality.strip().upper(),
    }


def studies_of(found: Sequence[Dataset]) -> FoundStudies:
    """Read what an archive lists as studies, each once, the newest first."""
    rows = _each_once(found, "StudyInstanceUID", _study)
    rows.sort(key=lambda row: (row.study_day, row.study_instance_uid), reverse=True)
    return FoundStudies(tuple(rows[:MOST_STUDIES]), is_cut=len(found) > MOST_STUDIES)


def series_of(found: Iterator[Dataset] | Sequence[Dataset], study_instance_uid: str) -> FoundSeries:
    """Read what an archive lists as series of a study, each once, by their numbers."""
    rows = _each_once(found, "SeriesInstanceUID", partial(_series, study_instance_uid))
    return FoundSeries(tuple(sorted(rows, key=_by_number)))


def _each_once(
    found: Iterator[Dataset] | Sequence[Dataset], keyword: str, read: Callable[[str, Dataset], _Row]
) -> list[_Row]:
    """Read each answer that names what it is of; of several for one thing the last counts."""
    listed = ((_text(answer, keyword), answer) for answer in found)
    return list({uid: read(uid, answer) for uid, answer in listed if is_uid(uid)}.values())


def _study(uid: str, answer: Dataset) -> StudyRow:
    return StudyRow(
        study_instance_uid=uid,
        patient_name=_text(answer, "PatientName"),
        patient_id=_text(answer, "PatientID"),
        birth_day=_day(answer, "PatientBirthDate"),
        study_day=_day(answer, "StudyDate"),
        description=_text(answer, "StudyDescription"),
        accession_number=_text(answer, "AccessionNumber"),
        modalities=_text(answer, "ModalitiesInStudy"),
        series_count=_count(answer, "NumberOfStudyRelatedSeries"),
        image_count=_count(answer, "NumberOfStudyRelatedInstances"),
    )


def _series(study_instance_uid: str, uid: str, answer: Dataset) -> SeriesRow:
    return SeriesRow(
        study_instance_uid=study_instance_uid,
        series_instance_uid=uid,
        modality=_text(answer, "Modality"),
        number=_text(answer, "SeriesNumber"),
        description=_text(answer, "SeriesDescription"),
        body_part=_text(answer, "BodyPartExamined"),
        image_count=_count(answer, "NumberOfSeriesRelatedInstances"),
    )


def images_of(found: Iterator[Dataset] | Sequence[Dataset]) -> dict[str, str]:
    """Read what an archive lists as images of a series."""
    listed = ((_text(answer, "SOPInstanceUID"), _text(answer, "SOPClassUID")) for answer in found)
    return {uid: kind for uid, kind in listed if is_uid(uid)}


def _find(peer: Peer, asked: dict[str, str], *, most: int, talk: Talk) -> Iterator[Dataset]:
    """Ask one question; ``most`` answers are taken, then the connection is broken off."""
    from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Model

    question = written(asked)
    talk.tell(0, 0, f"Asking {peer.name}")
    with associated(peer, [(str(Model), NATIVE)], talk=talk) as association:
        count = 0
        for status, answer in association.send_c_find(question, Model):
            if not status:
                raise broken(peer, talk, "it hung up")
            if status.Status not in PENDING:
                if status.Status != 0:
                    raise _refused(peer, status)
                return
            talk.tell(count, 0, f"Asking {peer.name}")
            if answer is not None:
                yield answer
                count += 1
            if count >= most:
                association.abort()
                return


def written(asked: dict[str, str]) -> Dataset:
    """Return a question as a data set, in Unicode where its words need it."""
    from pydicom.dataset import Dataset

    question = Dataset()
    if not all(text.isascii() for text in asked.values()):
        question.SpecificCharacterSet = "ISO_IR 192"
    for keyword, text in asked.items():
        setattr(question, keyword, text or None)
    return question


def _refused(peer: Peer, status: Dataset) -> NetworkFailed:
    code = int(status.Status)
    said = plain(str(status.get("ErrorComment", "") or ""))
    reason = _REFUSED.get(code, f"status {code:04X}")
    return NetworkFailed(
        f"{peer.name} refused the question, {reason}{f': {said}' if said else ''}.", code="network-refused"
    )


def _open_ended(name: str) -> str:
    """Return a name as archives look for it: given names mostly follow what was typed."""
    name = name.strip()
    return name if not name or "*" in name or "?" in name else f"{name}*"


def plain(text: str) -> str:
    """Return a text from the network without what could steer a display, of a length that can be shown (H-42)."""
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join(kept.split())[:_LONGEST_TEXT]


def _text(answer: Dataset, keyword: str) -> str:
    """Return an attribute as text; empty when it is absent or cannot be read."""
    try:
        value: Any = answer.get(keyword)
        if value is None:
            return ""
        many = value if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue" else [value]
        texts = [str(one) for one in many]
    except DAMAGED_FILE_ERRORS:
        return ""
    return plain(", ".join(text.replace("^", " ") if keyword == "PatientName" else text for text in texts))


def _day(answer: Dataset, keyword: str) -> str:
    """Return a date as an ISO day; empty when it is none."""
    digits = _text(answer, keyword)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 and digits.isdigit() else ""


def _count(answer: Dataset, keyword: str) -> int:
    digits = _text(answer, keyword)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0


def _by_number(row: SeriesRow) -> tuple[int, str]:
    return (int(row.number) if row.number.isascii() and row.number.isdigit() else 10**9, row.series_instance_uid)
