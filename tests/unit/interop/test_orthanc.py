"""Does a real archive answer, list, give and take, by DICOM's own protocol and over HTTP, and is every fault told?"""

from __future__ import annotations

import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from planner.domain.archive import StudyQuery, WantedSeries
from planner.domain.errors import Cancelled, InputRefused, NetworkFailed
from planner.interop import archive
from planner.interop.encapsulated_pdf import write_encapsulated_pdf
from planner.interop.inbox import Inbox
from tests.unit.interop.conftest import MADE_AT
from tests.unit.interop.orthanc_server import STUDY, orthanc, write_series

PACKED = {1: None, 2: JPEG2000Lossless, 3: JPEGLSLossless, 4: RLELossless}


def quiet(done, total, phase):
    del done, total, phase


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Four series of one study, three of them packed; a second patient with a name in Cyrillic letters."""
    folder = tmp_path_factory.mktemp("ct")
    made = {
        number: write_series(folder, number=number, **({"syntax": syntax} if syntax else {}))
        for number, syntax in PACKED.items()
    }
    other = {
        "StudyInstanceUID": f"{STUDY}.8",
        "PatientName": "Кузнецов^Пётр",
        "PatientID": "Q-1",
        "StudyDate": "20251231",
    }
    made[8] = write_series(folder, number=8, count=2, **other)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory, files):
    """One archive that holds them all; they went in by C-STORE."""
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        sent = archive.send(running.peer, [path for made in files.values() for path in made], progress=quiet)
        assert len(sent) == sum(map(len, files.values()))
        yield running


@pytest.fixture(params=["peer", "web"])
def spoken(server, request):
    """The same archive, in each of its languages."""
    return getattr(server, request.param)


@pytest.fixture(params=["peer", "moving", "web"])
def giving(server, request):
    """The same archive, in each way it gives."""
    return getattr(server, request.param)


def as_written(path):
    return pydicom.dcmread(path)


def test_it_answers(spoken):
    archive.ask(spoken, progress=quiet)


def test_studies_are_found_by_part_of_a_name_in_any_letters(spoken):
    by_name = archive.find_studies(spoken, StudyQuery(patient_name="müll"), progress=quiet)
    assert [row.patient_name for row in by_name.studies] == ["Müller Änne"]
    [row] = archive.find_studies(spoken, StudyQuery(patient_name="Кузн"), progress=quiet).studies
    assert (row.patient_name, row.patient_id, row.study_day) == ("Кузнецов Пётр", "Q-1", "2025-12-31")
    assert row.series_count == 1
    assert row.image_count == 2


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"patient_id": "P-77"}, ["2026-01-02"]),
        ({"accession_number": "ACC9", "modality": "ct"}, ["2026-01-02", "2025-12-31"]),
        ({"first_day": "2025-12-01", "last_day": "2025-12-31"}, ["2025-12-31"]),
        ({"first_day": "2026-01-02", "last_day": "2026-01-02"}, ["2026-01-02"]),
        ({"first_day": "2025-01-01"}, ["2026-01-02", "2025-12-31"]),
        ({"last_day": "2026-01-01"}, ["2025-12-31"]),
        ({"patient_name": "Nobody"}, []),
        ({"patient_id": "P-77", "modality": "MR"}, []),
    ],
)
def test_all_that_is_asked_must_fit_and_the_newest_comes_first(spoken, asked, days):
    found = archive.find_studies(spoken, StudyQuery(**asked), progress=quiet)
    assert [row.study_day for row in found.studies] == days
    assert not found.is_cut


def test_series_come_in_the_order_of_their_numbers(spoken):
    found = archive.find_series(spoken, STUDY, progress=quiet).series
    assert [(row.number, row.modality, row.description) for row in found] == [
        (str(number), "CT", f"Series {number}") for number in PACKED
    ]
    assert [row.image_count for row in found] == [5] * 4


def test_what_is_fetched_is_bit_for_bit_what_was_sent_packed_or_not(tmp_path, giving, files):
    inbox = Inbox(tmp_path)
    wanted = WantedSeries(STUDY, tuple(f"{STUDY}.{number}" for number in PACKED))
    archive.fetch(giving, wanted, inbox, progress=quiet)
    own = {str(as_written(path).SOPInstanceUID): path for number in PACKED for path in files[number]}
    assert sorted(inbox.taken) == sorted(own)
    assert len(list(tmp_path.iterdir())) == 20
    for uid, name in inbox.taken.items():
        raw, mine, there = (tmp_path / name).read_bytes(), as_written(own[uid]), as_written(tmp_path / name)
        assert raw[:132] == bytes(128) + b"DICM"  # H-46: no preamble but an empty one
        assert there.file_meta.TransferSyntaxUID == mine.file_meta.TransferSyntaxUID
        assert there.file_meta.MediaStorageSOPInstanceUID == uid
        assert there == mine


def test_objects_sent_over_http_arrive_as_they_are_and_twice_are_once(tmp_path, files):
    with orthanc(tmp_path / "second") as second:
        for _ in range(2):
            sent = archive.send(second.web, files[1], progress=quiet)
            assert [one.remark for one in sent] == [""] * 5
        [row] = archive.find_series(second.peer, STUDY, progress=quiet).series
        assert row.image_count == 5
        inbox = Inbox(tmp_path)
        archive.fetch(second.peer, WantedSeries(STUDY, (f"{STUDY}.1",)), inbox, progress=quiet)
    for path in files[1]:
        assert as_written(tmp_path / inbox.taken[str(as_written(path).SOPInstanceUID)]) == as_written(path)


def test_a_report_comes_back_from_the_archive_as_it_was_made(tmp_path, images):
    paths = [tmp_path / f"{number}.dcm" for number in range(2)]
    with orthanc(tmp_path / "own") as own_server:
        for path, peer in zip(paths, (own_server.peer, own_server.web), strict=True):
            write_encapsulated_pdf(path, b"%PDF-1.7 some words %%EOF", images=images, title="Plan", made_at=MADE_AT)
            archive.send(peer, [path], progress=quiet)
        for number, peer in enumerate((own_server.web, own_server.peer)):  # each comes back the other way
            own = as_written(paths[number])
            folder = tmp_path / f"in-{number}"
            folder.mkdir()
            inbox = Inbox(folder)
            wanted = WantedSeries(str(own.StudyInstanceUID), (str(own.SeriesInstanceUID),))
            archive.fetch(peer, wanted, inbox, progress=quiet)
            assert as_written(folder / inbox.taken[str(own.SOPInstanceUID)]) == own


def test_progress_is_told_and_a_stop_ends_it(tmp_path, giving):
    told = []

    def note(done, total, phase):
        told.append((done, total, phase))
        if done >= 2:
            raise Cancelled

    inbox = Inbox(tmp_path)
    wanted = WantedSeries(STUDY, tuple(f"{STUDY}.{number}" for number in PACKED))
    try:
        archive.fetch(giving, wanted, inbox, progress=note)
    except Cancelled:
        assert max(done for done, _, _ in told) >= 2
    assert "Asking Archive" in {phase for _, _, phase in told} or inbox.taken
    assert all(done <= total for done, total, _ in told if total)


def test_a_series_that_is_gone_is_a_sentence(tmp_path, giving):
    wanted = WantedSeries(STUDY, (f"{STUDY}.4711",))
    with pytest.raises(NetworkFailed) as gone:
        archive.fetch(giving, wanted, Inbox(tmp_path), progress=quiet)
    assert gone.value.code in ("network-nothing", "http-404")
    assert not list(tmp_path.iterdir())


def test_a_wrong_title_is_told_from_an_unknown_one(server):
    from dataclasses import replace

    with pytest.raises(NetworkFailed, match="it is not called “WRONG”"):
        archive.ask(replace(server.peer, ae_title="WRONG"), progress=quiet)
    with pytest.raises(NetworkFailed, match="STRANGER") as stranger:
        archive.ask(replace(server.peer, our_ae_title="STRANGER"), progress=quiet)
    assert stranger.value.code in ("network-rejected", "network-refused")


def test_the_port_of_something_else_is_told(server):
    from dataclasses import replace

    http_port = int(server.web.url.rpartition(":")[2].partition("/")[0])
    with pytest.raises(NetworkFailed, match="does not speak DICOM"):
        archive.ask(replace(server.peer, port=http_port), progress=quiet)
    with pytest.raises(NetworkFailed, match=r"does not speak HTTP|it hung up"):
        archive.ask(replace(server.web, url=f"http://127.0.0.1:{server.peer.port}/dicom-web"), progress=quiet)
    with pytest.raises(NetworkFailed, match="HTTP 404"):
        archive.ask(replace(server.web, url=f"http://127.0.0.1:{http_port}/nothing-here"), progress=quiet)
    with pytest.raises(NetworkFailed, match=r"not as DICOMweb does|HTTP"):
        archive.ask(replace(server.web, url=f"http://127.0.0.1:{http_port}/system"), progress=quiet)


def test_a_receiver_whose_port_is_taken_is_told_before_anything_is_asked(tmp_path, server):
    import socket

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.receive_port))
        other.listen()
        with pytest.raises(InputRefused, match=f"port {server.receive_port}"):
            archive.fetch(server.moving, WantedSeries(STUDY, (f"{STUDY}.1",)), Inbox(tmp_path), progress=quiet)
