"""Is every way in which an archive can fail told apart, and does nothing half-made stay? Archives that misbehave."""

from __future__ import annotations

import errno
import gc
import http.server
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from planner.domain.archive import StudyQuery, WantedSeries
from planner.domain.errors import Cancelled, InputRefused, NetworkFailed
from planner.domain.peer import Peer, WebPeer
from planner.interop import archive, inbox, patience
from planner.interop.inbox import Inbox
from planner.services.network import fetch_series
from planner.services.network_tasks import FetchSeries
from tests.unit.interop.orthanc_server import STUDY, free_port, orthanc, write_series

WANTED = WantedSeries(STUDY, (f"{STUDY}.1",))
ASKED = StudyQuery(patient_id="P-77")


def quiet(done, total, phase):
    del done, total, phase


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_series(tmp_path_factory.mktemp("ct"), number=1, count=6)


class Misbehaving:
    """An archive that lists a series truly, and gives it as told."""

    def __init__(self, files, give):
        self.images = [pydicom.dcmread(path) for path in files]
        self.give = give
        self.asked = []

    def on_find(self, event):
        del event
        for image in self.images:
            answer = pydicom.Dataset()
            answer.SOPInstanceUID, answer.SOPClassUID = image.SOPInstanceUID, image.SOPClassUID
            yield 0xFF00, answer
        yield 0x0000, None

    def on_get(self, event):
        named = event.identifier.get("SOPInstanceUID")
        uids = [named] if isinstance(named, str) else list(named or ())
        self.asked.append(uids)
        chosen = [image for image in self.images if not uids or image.SOPInstanceUID in uids]
        yield from self.give(self, event, chosen)


@contextmanager
def misbehaving(files, give):
    program = Misbehaving(files, give)
    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(Verification)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    handlers = [(evt.EVT_C_FIND, program.on_find), (evt.EVT_C_GET, program.on_get)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield program, Peer("Archive", "127.0.0.1", server.server_address[1], "ARCHIVE")
    finally:
        server.shutdown()


def dies_once(program, event, chosen):
    yield len(chosen)
    for image in chosen[:2] if len(program.asked) == 1 else chosen:
        yield 0xFF00, image
    if len(program.asked) == 1:
        event.assoc.abort()


def dies_always(program, event, chosen):
    del program
    yield len(chosen)
    yield 0xFF00, chosen[0]
    event.assoc.abort()


def leaves_one_out(program, event, chosen):
    del program, event
    kept = [image for image in chosen if not image.SOPInstanceUID.endswith(".3")]
    yield len(kept)
    for image in kept:
        yield 0xFF00, image


def goes_silent(program, event, chosen):
    del program, event
    yield len(chosen)
    yield 0xFF00, chosen[0]
    time.sleep(3)


def fetched(peer, folder):
    """Fetch as the program does."""
    return fetch_series(FetchSeries(peer, WANTED, str(folder)), blobs=None, progress=quiet)


def nothing_stays(folder):
    return [*folder.iterdir()] == []


def test_after_a_break_only_what_is_missing_is_asked_for(tmp_path, files):
    with misbehaving(files, dies_once) as (program, peer):
        got = fetched(peer, tmp_path)
    assert program.asked[0] == []
    assert 1 <= len(program.asked[1]) <= 5
    assert got.count == 6
    assert len(list(Path(got.folder).iterdir())) == 6


def test_an_archive_that_dies_each_time_is_given_up_with_the_count(tmp_path, files):
    with misbehaving(files, dies_always) as (program, peer), pytest.raises(NetworkFailed) as broke:
        fetched(peer, tmp_path)
    assert len(program.asked) == 3
    assert broke.value.code == "network-broken"
    assert "of 6 images have come; they are not kept" in broke.value.sentence
    assert nothing_stays(tmp_path)


def test_an_archive_that_says_it_is_done_but_is_not_is_found_out(tmp_path, files):
    with misbehaving(files, leaves_one_out) as (_, peer), pytest.raises(NetworkFailed) as half:
        fetched(peer, tmp_path)
    assert half.value.code == "network-half-sent"
    assert "5 of 6 images" in half.value.sentence
    assert nothing_stays(tmp_path)


def test_an_archive_that_falls_silent_is_left(tmp_path, files, monkeypatch):
    monkeypatch.setattr(patience, "SILENCE_S", 0.5)
    with misbehaving(files, goes_silent) as (_, peer), pytest.raises(NetworkFailed, match="said nothing for"):
        fetched(peer, tmp_path)
    assert nothing_stays(tmp_path)


def test_a_stop_is_heard_while_the_archive_is_silent(tmp_path, files):
    begun, stopped = [], []

    def stop(done, total, phase):
        del total, phase
        if done >= 1:
            begun.append(time.monotonic())
            raise Cancelled

    with misbehaving(files, goes_silent) as (_, peer):
        with pytest.raises(Cancelled):
            fetch_series(FetchSeries(peer, WANTED, str(tmp_path)), blobs=None, progress=stop)
        stopped.append(time.monotonic())
    assert stopped[0] - begun[0] < 2.5
    assert nothing_stays(tmp_path)


def test_a_disk_that_fills_is_a_sentence_and_leaves_nothing(tmp_path, files, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def all_of_them(program, event, chosen):
        del program, event
        yield len(chosen)
        yield from ((0xFF00, image) for image in chosen)

    monkeypatch.setattr(inbox, "_header", full)
    with misbehaving(files, all_of_them) as (_, peer), pytest.raises(InputRefused, match="No space left"):
        fetched(peer, tmp_path)
    assert nothing_stays(tmp_path)


def test_H_40_an_object_larger_than_any_that_is_read_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MOST_OBJECT_BYTES", 150_000)
    large = write_series(tmp_path / "ct", number=1, count=2, side=512)

    def all_of_them(program, event, chosen):
        del program, event
        yield len(chosen)
        yield from ((0xFF00, image) for image in chosen)

    with misbehaving(large, all_of_them) as (_, peer), pytest.raises(NetworkFailed, match="none is kept"):
        fetched(peer, tmp_path / "in")
    assert nothing_stays(tmp_path / "in")


def test_an_image_that_was_not_asked_for_is_not_taken(tmp_path):
    taking = Inbox(tmp_path)
    taking.want(["1.2.3"])
    assert taking.take("1.2.4", "1.2", "1.2", b"data") == 0xA900
    assert taking.take("1.2.3", "../../x", "1.2", b"data") == 0xA900
    assert taking.take("1.2.3", "1.2", "1.2", b"data") == 0
    assert taking.take("1.2.3", "1.2", "1.2", b"other") == 0
    [path] = tmp_path.iterdir()
    assert path.read_bytes().endswith(b"data")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    for name in ("right", "wrong"):
        words = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {name}.key -out {name}.crt"
        names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        subprocess.run([*words.split(), *names], cwd=folder, check=True, capture_output=True)
    (folder / "password").write_text("a long password\n")
    (folder / "other").write_text("another one\n")
    return folder


@contextmanager
def tls_door(port, certificates):
    """Let TLS in to a port of loopback: Debian's Orthanc ends with a signal when it speaks HTTPS itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "right.crt", certificates / "right.key")

    class Door(socketserver.BaseRequestHandler):
        def handle(self):
            try:
                with (
                    context.wrap_socket(self.request, server_side=True) as outside,
                    socket.create_connection(("127.0.0.1", port)) as inside,
                ):
                    back = threading.Thread(target=pump, args=(inside, outside), daemon=True)
                    back.start()
                    pump(outside, inside)
                    back.join(5)
            except OSError:
                pass  # a stranger who does not like the certificate

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def pump(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_with_tls_and_a_password_only_the_right_ones_get_in(tmp_path, certificates, files):
    settings = {
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"planner": "a long password"},
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificates / "right.crt"),
        "DicomTlsPrivateKey": str(certificates / "right.key"),
        "DicomTlsTrustedCertificates": str(certificates / "right.crt"),
        "DicomTlsRemoteCertificateRequired": False,
    }
    with (
        orthanc(tmp_path / "server", **settings) as server,
        tls_door(int(server.web.url.split(":")[2].split("/")[0]), certificates) as port,
    ):
        own = {"certificate_file": str(certificates / "right.crt")}
        web = replace(
            server.web,
            url=f"https://127.0.0.1:{port}/dicom-web",
            user="planner",
            password_file=str(certificates / "password"),
            **own,
        )
        dicom = replace(server.peer, uses_tls=True, **own)
        assert len(archive.send(dicom, files, progress=quiet)) == 6
        assert [row.patient_id for row in archive.find_studies(web, ASKED, progress=quiet).studies] == ["P-77"]
        assert fetched(web, tmp_path / "in").count == 6
        assert fetched(dicom, tmp_path / "in").count == 6
        wrong = {"certificate_file": str(certificates / "wrong.crt")}
        for stranger in (replace(web, **wrong), replace(dicom, **wrong), replace(web, certificate_file="")):
            with pytest.raises(NetworkFailed, match="certificate is not accepted") as refused:
                archive.ask(stranger, progress=quiet)
            assert refused.value.code == "network-certificate"
        for stranger in (
            replace(web, password_file=str(certificates / "other")),
            replace(web, user="", password_file=""),
        ):
            with pytest.raises(NetworkFailed, match="HTTP 401"):
                archive.ask(stranger, progress=quiet)
        with pytest.raises(NetworkFailed, match="does not speak DICOM"):
            archive.ask(server.peer, progress=quiet)
        with pytest.raises(NetworkFailed, match=r"does not speak TLS|does not answer"):
            archive.ask(replace(dicom, port=free_port()), progress=quiet)


@contextmanager
def web_archive(answer):
    """Start an HTTP server on loopback that answers each request as told."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def do_POST(self):
            answer(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield WebPeer("Archive", f"http://127.0.0.1:{server.server_address[1]}/dicom-web")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(status, body=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in (
            {"Content-Length": str(len(body)), "Content-Type": "application/dicom+json"} | headers
        ).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(401), "check the user and the password"),
        (says(403), "have our user allowed there"),
        (says(404), "correct the address"),
        (says(500), "an error of its own"),
        (says(503), "busy or in trouble"),
        (says(418), "refuses"),
        (says(302, Location="http://127.0.0.2:80/dicom-web/studies"), "points to another place, http://127.0.0.2:80"),
        (says(302, Location="https://127.0.0.1:80/"), "points to another place"),
        (says(200, b"<html>Welcome</html>"), "not as DICOMweb does"),
        (says(200, b'{"StudyInstanceUID": 7}'), "not as DICOMweb does"),
        (says(200, b"[" * 100_000), "not as DICOMweb does"),
    ],
)
def test_each_answer_that_is_none_has_its_sentence(answer, words):
    with web_archive(answer) as peer, pytest.raises(NetworkFailed, match=words):
        archive.find_studies(peer, ASKED, progress=quiet)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_answer_that_breaks_off_has_its_sentence():
    with web_archive(says(200, b"[]", Content_Length="500")) as peer, pytest.raises(NetworkFailed, match="hung up"):
        archive.find_studies(peer, ASKED, progress=quiet)
    gc.collect()  # of half an answer the HTTP library leaves its socket to the collector: here, not in another test


def test_H_40_an_answer_without_end_is_stopped(monkeypatch):
    from planner.interop import dicomweb, websession

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(2000):
                handler.wfile.write(b" " * 65536)
        except OSError:
            pass

    monkeypatch.setattr(dicomweb, "WebSession", lambda peer, talk: websession.WebSession(peer, talk, most_bytes=2**20))
    with web_archive(endless) as peer, pytest.raises(NetworkFailed, match="more than 1 MB"):
        archive.ask(peer, progress=quiet)


def test_a_stop_is_heard_while_an_answer_trickles():
    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(30):
                handler.wfile.write(b" " * 300_000)
                time.sleep(0.1)
        except OSError:
            pass

    begun = time.monotonic()

    def stop(done, total, phase):
        del done, total, phase
        if time.monotonic() - begun > 0.3:
            raise Cancelled

    with web_archive(trickle) as peer, pytest.raises(Cancelled):
        archive.ask(peer, progress=stop)
    assert time.monotonic() - begun < 3


def test_texts_of_an_archive_are_shown_as_plain_words_of_some_length():
    import json

    row = {
        "0020000D": {"vr": "UI", "Value": ["1.2.3"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "<b>Bold</b>\u202e\n^" + "x" * 500}]},
        "00201208": {"vr": "IS", "Value": [10**12]},
        "00080020": {"vr": "DA", "Value": ["tomorrow"]},
    }
    other = {"0020000D": {"vr": "UI", "Value": ["1.2.3/../../x"]}}
    with web_archive(says(200, json.dumps([row, other]).encode())) as peer:
        [found] = archive.find_studies(peer, ASKED, progress=quiet).studies
    assert found.study_instance_uid == "1.2.3"
    assert found.patient_name.startswith("<b>Bold</b>")
    assert len(found.patient_name) <= 120
    assert found.patient_name.isprintable()
    assert (found.study_day, found.series_count, found.image_count) == ("", 0, 0)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"modality": "CT"},
        {"patient_name": " * "},
        {"patient_name": "a\\b"},
        {"patient_id": "x" * 65},
        {"patient_id": "a\nb"},
        {"first_day": "22.11.2026"},
        {"first_day": "2026-02-31"},
        {"last_day": "2025-02-29"},
        {"last_day": "2026-13-01"},
        {"first_day": "2026-11-22", "last_day": "2026-11-21"},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words(values):
    with pytest.raises(InputRefused):
        StudyQuery(**values)


@pytest.mark.parametrize("uid", ["", "*", "1.2\\1.3", "1.2/3", "a", "1." + "2" * 70])
def test_what_is_no_identifier_is_never_asked_for(uid):
    with pytest.raises(InputRefused):
        WantedSeries("1.2", (uid,))
    with pytest.raises(InputRefused):
        archive.find_series(Peer("A", "127.0.0.1", 1, "A"), uid, progress=quiet)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "ftp://pacs.example"},
        {"url": "https://planner:secret@pacs.example/"},
        {"url": "https://pacs.example/?a=b"},
        {"url": "https://pacs.example:99999/"},
        {"user": "planner"},
        {"user": "planner", "password_file": "/p", "url": "http://pacs.example/"},
        {"certificate_file": "/c", "url": "http://pacs.example/"},
    ],
)
def test_a_web_address_that_cannot_be_is_refused_in_words(values):
    with pytest.raises(InputRefused):
        WebPeer(**{"name": "A", "url": "https://pacs.example/dicom-web"} | values)


def test_tls_contexts_refuse_old_protocols():
    from planner.interop.association import tls_context

    assert tls_context("").minimum_version >= ssl.TLSVersion.TLSv1_2
    assert tls_context("").verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(InputRefused, match="no certificates"):
        tls_context(__file__)
