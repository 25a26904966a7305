"""Is nothing received once a fetch is over? The listener and every connection made to it end with their block."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, Verification

from planner.domain.errors import Cancelled
from planner.domain.peer import Peer
from planner.interop.association import echo
from planner.interop.inbox import Inbox
from planner.interop.patience import Talk
from planner.interop.receiver import receiving
from tests.unit.interop.test_association import free_port

IMPLICIT = "1.2.840.10008.1.2"


@contextmanager
def listening_archive():
    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        yield Peer("Archive", "127.0.0.1", server.server_address[1], "ARCHIVE", receive_port=free_port())
    finally:
        server.shutdown()


def call(peer, *, title):
    entity = AE(ae_title=title)
    entity.add_requested_context(CTImageStorage, IMPLICIT)
    return entity.associate("127.0.0.1", peer.receive_port, ae_title=peer.our_ae_title)


def taken_by(peer):
    threads = [one for one in threading.enumerate() if "AcceptorThread" in one.name]
    return [one for one in threads if one.ae.ae_title == peer.our_ae_title]


@pytest.fixture
def image():
    made = pydicom.Dataset()
    made.SOPClassUID, made.SOPInstanceUID = CTImageStorage, "1.2.3"
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = IMPLICIT
    return made


def test_a_connection_that_the_archive_leaves_open_ends_with_the_fetch(tmp_path, image):
    with listening_archive() as peer:
        inbox = Inbox(tmp_path)
        inbox.want(["1.2.3", "1.2.4"])
        with receiving(peer, [(str(CTImageStorage), (IMPLICIT,))], inbox=inbox, talk=Talk()):
            left_open = call(peer, title="ARCHIVE")
            assert left_open.is_established
            assert left_open.send_c_store(image).Status == 0
            assert taken_by(peer)
        end_s = time.monotonic() + 10
        while left_open.is_alive() and time.monotonic() < end_s:
            time.sleep(0.02)
        assert left_open.is_aborted
        assert not taken_by(peer)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["IM000001.dcm"]


def test_nobody_but_the_archive_is_let_in(tmp_path):
    with (
        listening_archive() as peer,
        receiving(peer, [(str(CTImageStorage), (IMPLICIT,))], inbox=Inbox(tmp_path), talk=Talk()),
    ):
        assert call(peer, title="SOMEBODY").is_rejected


def test_a_stop_while_the_archive_is_slow_to_agree_asks_nothing_afterwards():
    asked, ended = [], threading.Event()

    def stop(done, total, phase):
        del done, total, phase
        raise Cancelled

    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(Verification)
    handlers = [
        (evt.EVT_REQUESTED, lambda _: time.sleep(2.0)),
        (evt.EVT_C_ECHO, lambda _: asked.append("echo") or 0x0000),
        (evt.EVT_CONN_CLOSE, lambda _: ended.set()),
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        with pytest.raises(Cancelled):
            echo(Peer("Archive", "127.0.0.1", server.server_address[1], "ARCHIVE"), progress=stop)
        assert ended.wait(10)
        assert asked == []
    finally:
        server.shutdown()
