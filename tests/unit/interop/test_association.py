"""Do objects reach a real archive, each once, and is every way to fail told apart?"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import EncapsulatedPDFStorage

from planner.domain.errors import InputRefused, NetworkFailed
from planner.domain.peer import Peer
from planner.interop.association import associated, echo
from planner.interop.encapsulated_pdf import write_encapsulated_pdf
from planner.interop.patience import Talk
from planner.interop.storing import store
from tests.unit.interop.conftest import MADE_AT

PDF = b"%PDF-1.7 some words %%EOF"


def quiet(done, total, phase):
    del done, total, phase


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def objects(tmp_path, images):
    paths = [tmp_path / f"{n}.dcm" for n in range(3)]
    for path in paths:
        write_encapsulated_pdf(path, PDF, images=images, title="Plan", made_at=MADE_AT)
    return paths


@contextmanager
def dcmtk_archive(folder, *options):
    """Start dcmtk's own storage program on loopback."""
    if shutil.which("storescp") is None:
        pytest.skip("storescp (Debian package dcmtk) is not installed")
    folder.mkdir()
    port = free_port()
    process = subprocess.Popen(["storescp", *options, "--output-directory", folder, str(port)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Peer("Archive", "127.0.0.1", port, "STORESCP")
    finally:
        process.kill()
        process.wait()


@contextmanager
def archive(handle=lambda _: 0x0000, *, tls=None, **titles):
    """Start an archive that answers as told."""
    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(EncapsulatedPDFStorage)
    for name, value in titles.items():
        setattr(entity, name, value)
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handle)], ssl_context=tls
    )
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def test_what_arrives_at_another_program_is_what_was_sent(tmp_path, objects):
    with dcmtk_archive(tmp_path / "in") as peer:
        echo(peer, progress=quiet)
        sent = store(objects, peer, progress=quiet)
    there = {str(found.SOPInstanceUID): found for found in map(pydicom.dcmread, (tmp_path / "in").iterdir())}
    assert [one.sop_instance_uid for one in sent] == [str(pydicom.dcmread(path).SOPInstanceUID) for path in objects]
    assert sorted(there) == sorted(one.sop_instance_uid for one in sent)
    for path in objects:
        own = pydicom.dcmread(path)
        assert there[str(own.SOPInstanceUID)] == own


def test_an_archive_that_refuses_everybody_is_told_from_one_that_is_not_there(tmp_path, objects):
    with dcmtk_archive(tmp_path / "in", "--refuse") as peer, pytest.raises(NetworkFailed) as refused:
        echo(peer, progress=quiet)
    assert refused.value.code == "network-rejected"
    nobody = Peer("Archive", "127.0.0.1", free_port(), "STORESCP")
    for act in (lambda: echo(nobody, progress=quiet), lambda: store(objects, nobody, progress=quiet)):
        with pytest.raises(NetworkFailed, match=r"does not answer at 127\.0\.0\.1, port") as silent:
            act()
        assert silent.value.code == "network-no-answer"


def test_a_refusal_that_comes_before_anybody_looks_is_read_all_the_same(tmp_path):
    verification = [("1.2.840.10008.1.1", ("1.2.840.10008.1.2",))]
    slow = [(evt.EVT_REQUESTED, lambda _event: time.sleep(0.5))]  # the answer is there and the connection gone by then
    with dcmtk_archive(tmp_path / "in", "--refuse") as peer, pytest.raises(NetworkFailed) as refused:  # noqa: SIM117
        with associated(peer, verification, talk=Talk(), handlers=slow):
            pass
    assert refused.value.code == "network-rejected"


def test_an_archive_that_breaks_off_each_time_is_given_up_with_the_count(tmp_path, objects):
    with dcmtk_archive(tmp_path / "in", "--abort-during") as peer, pytest.raises(NetworkFailed) as broken:
        store(objects, peer, progress=quiet)
    assert broken.value.code == "network-broken"
    assert broken.value.sentence.endswith("0 of 3 objects have arrived.")


def test_after_a_break_only_what_has_not_arrived_is_sent_again(objects):
    arrived, lock = [], threading.Lock()

    def handle(event):
        with lock:
            if len(arrived) == 1 and not getattr(handle, "has_broken", False):
                handle.has_broken = True
                event.assoc.abort()
                return 0x0110
            arrived.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    with archive(handle) as port:
        sent = store(objects, Peer("Archive", "127.0.0.1", port, "ARCHIVE"), progress=quiet)
    assert arrived == [one.sop_instance_uid for one in sent]
    assert len(set(arrived)) == 3


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        ({"require_called_aet": True}, "it is not called “WRONG”"),
        ({"require_calling_aet": ["ELSE"]}, "it does not know us as “FROSTLINE”"),
    ],
)
def test_a_wrong_title_is_named(objects, titles, words):
    with archive(**titles) as port, pytest.raises(NetworkFailed, match=words):
        store(objects, Peer("Archive", "127.0.0.1", port, "WRONG"), progress=quiet)


@pytest.mark.parametrize(
    ("status", "words"), [(0xA700, "out of room"), (0xA900, "not of the class"), (0xC123, "cannot understand")]
)
def test_an_object_that_is_refused_is_not_sent_again(objects, status, words):
    asked = []

    def handle(event):
        asked.append(event.request.AffectedSOPInstanceUID)
        return status

    with archive(handle) as port, pytest.raises(NetworkFailed, match=words) as refused:
        store(objects, Peer("Archive", "127.0.0.1", port, "ARCHIVE"), progress=quiet)
    assert len(asked) == 1
    assert refused.value.sentence.endswith("0 of 3 objects have arrived.")


def test_a_remark_of_the_archive_is_kept(objects):
    with archive(lambda _: 0xB000) as port:
        sent = store(objects, Peer("Archive", "127.0.0.1", port, "ARCHIVE"), progress=quiet)
    assert [one.remark for one in sent] == ["taken with a remark, status B000"] * 3


def test_with_tls_only_an_archive_with_the_right_certificate_is_talked_to(tmp_path, objects):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    for name in ("right", "wrong"):
        words = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {name}.key -out {name}.pem"
        names = ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*words.split(), *names], cwd=tmp_path, check=True, capture_output=True)
    right, wrong = (
        {"uses_tls": True, "certificate_file": str(tmp_path / f"{name}.pem")} for name in ("right", "wrong")
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "right.pem", tmp_path / "right.key")
    with archive(tls=server) as port:
        assert len(store(objects, Peer("Archive", "localhost", port, "ARCHIVE", **right), progress=quiet)) == 3
        with pytest.raises(NetworkFailed, match="certificate is not accepted"):
            store(objects, Peer("Archive", "localhost", port, "ARCHIVE", **wrong), progress=quiet)


def test_what_is_no_dicom_is_refused_before_anybody_is_called(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputRefused, match="no DICOM file"):
        store([tmp_path / "notes.txt"], Peer("A", "127.0.0.1", 1, "A"), progress=quiet)


@pytest.mark.parametrize(
    "values",
    [
        {"name": " "},
        {"port": 0},
        {"ae_title": "SEVENTEEN LETTERS"},
        {"ae_title": "BACK\\SLASH"},
        {"our_ae_title": ""},
        {"certificate_file": "x.pem"},
        {"receive_port": 80},
        {"receive_port": 11113, "uses_tls": True},
    ],
)
def test_an_address_that_cannot_be_is_refused_in_words(values):
    with pytest.raises(InputRefused):
        Peer(**{"name": "A", "host": "h", "port": 104, "ae_title": "A"} | values)


@pytest.mark.parametrize("host", ["no-such-machine.invalid", "a..b", "x" * 70 + ".example"])
def test_a_name_that_cannot_be_looked_up_is_a_sentence(host):
    with pytest.raises(NetworkFailed, match="nobody knows a machine called") as refusal:
        echo(Peer("PACS", host, 104, "PACS"), progress=quiet)
    assert refusal.value.code == "network-no-host"


def test_a_file_that_does_not_say_its_encoding_is_refused_by_name(tmp_path, objects):
    whole = pydicom.dcmread(objects[0])
    del whole.file_meta.TransferSyntaxUID
    bare = tmp_path / "bare.dcm"
    whole.save_as(bare, implicit_vr=False, little_endian=True)
    with pytest.raises(InputRefused, match="encoding") as refusal:
        store([bare], Peer("PACS", "127.0.0.1", 104, "PACS"), progress=quiet)
    assert refusal.value.where == "bare.dcm"
