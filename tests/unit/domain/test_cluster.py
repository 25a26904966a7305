"""Is plain text kept to this machine, and is every other address refused in words?"""

from __future__ import annotations

import pytest

from planner.domain.cluster import ClusterPlace, is_loopback
from planner.domain.errors import InputRefused


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "[::1]"])
def test_plain_text_stays_on_this_machine(host):
    place = ClusterPlace.parse(f"tcp://{host}:8786")
    assert place == ClusterPlace.parse(f"{host}:8786")
    assert place.uri == f"tcp://{host}:8786"
    assert not place.uses_tls


@pytest.mark.parametrize(
    "host",
    ["10.0.0.4", "192.168.1.9", "head.example", "0.0.0.0", "[::]", "[fe80::1]", "128.0.0.1", "localhost.example"],  # noqa: S104
)
def test_plain_text_to_anywhere_else_is_refused(host):
    assert not is_loopback(host)
    for address in (f"tcp://{host}:8786", f"{host}:8786"):
        with pytest.raises(InputRefused, match="TLS") as refusal:
            ClusterPlace.parse(address)
        assert refusal.value.code == "cluster-plain"
    assert ClusterPlace.parse(f"tls://{host}:8786", certificate_folder="pki").uses_tls
    assert ClusterPlace.parse(f"{host}:8786", certificate_folder="pki").uses_tls


def test_tls_and_certificates_belong_together():
    with pytest.raises(InputRefused, match="--certificates"):
        ClusterPlace.parse("tls://127.0.0.1:8786")
    with pytest.raises(InputRefused, match="tcp://"):
        ClusterPlace.parse("tcp://127.0.0.1:8786", certificate_folder="pki")


@pytest.mark.parametrize(
    "address",
    ["", "head.example", "http://head:80", "ucx://127.0.0.1:8786", "127.0.0.1:0", "127.0.0.1:70000", "tls://a b:1"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InputRefused):
        ClusterPlace.parse(address, certificate_folder="pki")


@pytest.mark.parametrize(
    ("uses_tls", "member", "is_open"),
    [
        (True, "tls://10.0.0.9:4000", True),
        (True, "tcp://127.0.0.1:4000", False),
        (False, "tcp://127.0.0.1:4000", True),
        (False, "tcp://[::1]:4000", True),
        (False, "tcp://10.0.0.9:4000", False),
        (False, "inproc://10.0.0.9/1/2", False),
    ],
)
def test_a_member_is_reached_as_the_scheduler_is(uses_tls, member, is_open):
    place = ClusterPlace("127.0.0.1", 8786, uses_tls, "pki" if uses_tls else "")
    assert place.is_open_to(member) is is_open
