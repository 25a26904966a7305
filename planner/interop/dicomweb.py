"""How is an archive asked over HTTP? QIDO to list, WADO to fetch, STOW to send (PS3.18)."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from planner.domain.archive import FoundSeries, FoundStudies, check_uid
from planner.domain.errors import DAMAGED_FILE_ERRORS, NetworkFailed, PlannerError
from planner.interop.association import BROKEN
from planner.interop.inbox import MOST_OBJECT_BYTES
from planner.interop.patience import patiently
from planner.interop.query import (
    MOST_IMAGES,
    MOST_SERIES,
    MOST_STUDIES,
    SERIES_KEYS,
    STUDY_KEYS,
    images_of,
    plain,
    series_of,
    studies_of,
    study_question,
)
from planner.interop.retrieve import half_sent, raise_own
from planner.interop.storing import Sent, header_of, not_all
from planner.interop.websession import WebSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from planner.domain.archive import StudyQuery, StudyRow, WantedSeries
    from planner.domain.peer import WebPeer
    from planner.domain.progress import Progress
    from planner.interop.inbox import Inbox
    from planner.interop.patience import Talk

MOST_TRIES = 3
_AGAIN = (BROKEN, "http-server")
_HEADERS_BYTES = 64 * 1024
# Failure Reason of STOW, PS3.18 table I.2-2.
_REFUSED = {0xA700: "it is out of room", 0x0122: "it does not take objects of this kind", 0xC122: "it cannot unpack it"}

T = TypeVar("T")


def ask(peer: WebPeer, *, progress: Progress) -> None:
    """Ask an archive whether it is there and lets us in: for one study, whichever; raises NetworkFailed."""

    def act(talk: Talk) -> None:
        talk.tell(0, 1, f"Asking {peer.name}")
        _listed(peer, talk, lambda client: client.search_for_studies(limit=1, fields=["StudyInstanceUID"]))

    patiently(act, progress=progress)


def find_studies(peer: WebPeer, query: StudyQuery, *, progress: Progress) -> FoundStudies:
    """List the studies that fit, newest first; raises NetworkFailed."""
    asked = {keyword: text for keyword, text in study_question(query).items() if text}
    wider = {keyword: _with_wildcards(text) for keyword, text in asked.items()}

    def act(talk: Talk) -> FoundStudies:
        found = studies_of(_listed(peer, talk, partial(_study_page, asked=asked)))
        if found.studies or wider == asked:
            return found
        # Some archives do not undo what an address must escape. They are asked wider, and the rest is done here.
        found = studies_of(_listed(peer, talk, partial(_study_page, asked=wider)))
        return replace(found, studies=tuple(row for row in found.studies if _fits(row, asked)))

    return patiently(act, progress=progress)


def find_series(peer: WebPeer, study_instance_uid: str, *, progress: Progress) -> FoundSeries:
    """List the series of a study in the order of their numbers; raises NetworkFailed."""
    check_uid(study_instance_uid)

    def act(talk: Talk) -> FoundSeries:
        talk.tell(0, 0, f"Asking {peer.name}")
        found = _listed(
            peer,
            talk,
            lambda client: client.search_for_series(study_instance_uid, fields=[*SERIES_KEYS], limit=MOST_SERIES),
        )
        return series_of(found, study_instance_uid)

    return patiently(act, progress=progress)


def fetch(peer: WebPeer, wanted: WantedSeries, inbox: Inbox, *, progress: Progress) -> None:
    """Put all images of some series into an inbox, one request each; raises NetworkFailed, OSError of the disk."""

    def act(talk: Talk) -> None:
        listed: dict[str, str] = {}
        for series in wanted.series_instance_uids:
            images = images_of(_list_images(peer, talk, wanted.study_instance_uid, series))
            if not images:
                raise NetworkFailed(
                    f"{peer.name} lists no images of this series any more. Ask it again for the study.",
                    code="network-nothing",
                )
            inbox.want(images)
            listed |= dict.fromkeys(images, series)
        for number, (uid, series) in enumerate(listed.items()):
            talk.tell(number, len(listed), f"Fetching from {peer.name}")
            try:
                _tried(partial(_fetch_one, peer, talk, inbox, (wanted.study_instance_uid, series, uid)))
            except NetworkFailed as failure:
                raise half_sent(peer.name, failure, arrived=number, count=len(listed)) from failure

    patiently(act, progress=progress)


def store(files: Sequence[Path], peer: WebPeer, *, progress: Progress) -> tuple[Sent, ...]:
    """Send objects one by one; raises InputRefused for what is no DICOM, NetworkFailed with how many have arrived."""
    headers = [header_of(path) for path in files]

    def act(talk: Talk) -> tuple[Sent, ...]:
        sent: list[Sent] = []
        for path, header in zip(files, headers, strict=True):
            talk.tell(len(sent), len(files), f"Sending to {peer.name}")
            try:
                sent.append(_tried(partial(_store_one, peer, talk, path, header)))
            except NetworkFailed as failure:
                raise not_all(failure, len(sent), len(files)) from failure
        return tuple(sent)

    return patiently(act, progress=progress)


def _tried(act: Callable[[], T]) -> T:
    """Do what may break off, three times at most: an object that came or went twice is the same object."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            return act()
        except NetworkFailed as failure:
            if failure.code not in _AGAIN or attempt == MOST_TRIES:
                raise
    raise AssertionError  # the last attempt returned or raised


def _list_images(peer: WebPeer, talk: Talk, study: str, series: str) -> list[Dataset]:
    talk.tell(0, 0, f"Asking {peer.name}")
    found: list[Dataset] = []
    while len(found) < MOST_IMAGES:  # archives answer in pages of their own length
        page = _listed(peer, talk, partial(_image_page, uids=(study, series), offset=len(found)))
        known = {answer.get("SOPInstanceUID") for answer in found}
        fresh = [answer for answer in page if answer.get("SOPInstanceUID") not in known]
        found += fresh
        if not fresh:
            break
    return found


def _study_page(client: Any, *, asked: dict[str, str]) -> list[dict[str, Any]]:  # noqa: ANN401
    return list(client.search_for_studies(search_filters=asked, fields=[*STUDY_KEYS], limit=MOST_STUDIES + 1))


def _with_wildcards(text: str) -> str:
    """Return a text with a wildcard for whatever an address would have to escape."""
    return re.sub(r"[^A-Za-z0-9.*?_-]+", "*", text)


def _fits(row: StudyRow, asked: dict[str, str]) -> bool:
    """Whether a study is one that was asked for by name and numbers; letters of either case are the same."""
    texts = {"PatientName": row.patient_name, "PatientID": row.patient_id, "AccessionNumber": row.accession_number}
    return all(
        fnmatchcase(text.casefold(), asked[keyword].replace("^", " ").replace("[", "[[]").casefold())
        for keyword, text in texts.items()
        if keyword in asked
    )


def _image_page(client: Any, *, uids: tuple[str, str], offset: int) -> list[dict[str, Any]]:  # noqa: ANN401
    return list(client.search_for_instances(*uids, fields=["SOPInstanceUID", "SOPClassUID"], offset=offset))


def _fetch_one(peer: WebPeer, talk: Talk, inbox: Inbox, uids: tuple[str, str, str]) -> None:
    """Fetch one image as it is stored, and write its data set down unchanged."""
    with WebSession(peer, talk, most_bytes=MOST_OBJECT_BYTES + _HEADERS_BYTES) as session:
        image = _understood(peer, lambda: _client(peer, session).retrieve_instance(*uids))
        data, meta = _encoded(image)
    status = inbox.take(str(image.SOPInstanceUID), str(image.SOPClassUID), str(meta.TransferSyntaxUID), data)
    raise_own(inbox, peer.name)
    if status != 0:
        raise NetworkFailed(f"{peer.name} sent another image than the one asked for.", code="network-other-object")


def _encoded(image: Dataset) -> tuple[bytes, Any]:
    """Return the data set of an image without its file header."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset
    from pydicom.uid import UID

    syntax = UID(image.file_meta.TransferSyntaxUID)
    written = DicomBytesIO()
    written.is_implicit_VR, written.is_little_endian = syntax.is_implicit_VR, syntax.is_little_endian
    write_dataset(written, image)
    return written.getvalue(), image.file_meta


def _store_one(peer: WebPeer, talk: Talk, path: Path, header: Dataset) -> Sent:
    """Send one object and read what the archive says about it (PS3.18 10.5.3)."""
    import pydicom

    uid = str(header.SOPInstanceUID)
    with WebSession(peer, talk) as session:
        answer = _understood(
            peer, lambda: _client(peer, session).store_instances([pydicom.dcmread(BytesIO(path.read_bytes()))])
        )
    for failed in answer.get("FailedSOPSequence") or ():
        code = int(failed.get("FailureReason") or 0)
        reason = _REFUSED.get(code, "it cannot understand it" if code >> 12 == 0xC else f"status {code:04X}")
        raise NetworkFailed(f"{peer.name} refused an object, {reason}.", code="network-refused")
    taken = answer.get("ReferencedSOPSequence") or ()
    said = next((one for one in taken if str(one.get("ReferencedSOPInstanceUID", "")) == uid), None)
    if said is None:
        raise NetworkFailed(f"{peer.name} does not say that it has kept the object.", code="network-refused")
    remark = int(said.get("WarningReason") or 0)
    return Sent(uid, f"taken with a remark, status {remark:04X}" if remark else "")


def _listed(peer: WebPeer, talk: Talk, search: Callable[[Any], list[dict[str, Any]]]) -> list[Dataset]:
    """Ask one question and read the answers, each a data set in JSON; raises NetworkFailed."""
    from pydicom.dataset import Dataset

    with WebSession(peer, talk) as session:
        return _understood(peer, lambda: [Dataset.from_json(one) for one in search(_client(peer, session))])


def _client(peer: WebPeer, session: WebSession) -> Any:  # noqa: ANN401 - the library's own type says little
    from dicomweb_client.api import DICOMwebClient

    client = DICOMwebClient(peer.url.rstrip("/"), session=session)
    client.set_http_retry_params(retry=False)
    return client


def _understood(peer: WebPeer, act: Callable[[], T]) -> T:
    """Read an answer; one that is no DICOM is a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on what the archive might have written better
            return act()
    except PlannerError:
        raise
    except DAMAGED_FILE_ERRORS as error:
        raise NetworkFailed(
            f"{peer.name} answers, but not as DICOMweb does: {plain(type(error).__name__)}. Check the address.",
            code="network-not-dicom",
        ) from error
