"""Is the list of archives read as it stands, and refused by the field where it cannot be?"""

import json

import pytest

from planner.domain.errors import PlannerError
from planner.domain.peer import Peer, WebPeer
from planner.persistence.peers import find_peer, keep_peers, read_peers

PACS = {"name": "PACS", "host": "pacs.example", "port": 11112, "ae_title": "PACS1"}


def listed(folder, *entries):
    path = folder / "archives.json"
    path.write_text(json.dumps({"schema": 1, "about": "test", "archives": list(entries)}), encoding="utf-8")
    return path


def test_archives_are_found_by_name_in_any_case(tmp_path):
    path = listed(tmp_path, PACS, PACS | {"name": "Research", "tls": True, "our_ae_title": "ME"})
    assert find_peer("pacs", path) == Peer("PACS", "pacs.example", 11112, "PACS1", "FROSTLINE", uses_tls=False)
    assert find_peer("Research", path) == Peer("Research", "pacs.example", 11112, "PACS1", "ME", uses_tls=True)
    with pytest.raises(PlannerError, match=r"No archive is called VNA. Known are PACS, Research\."):
        find_peer("VNA", path)


def test_without_a_file_there_is_none(tmp_path):
    assert read_peers(tmp_path / "none.json") == ()
    with pytest.raises(PlannerError, match=r"List it in .*none\.json"):
        find_peer("PACS", tmp_path / "none.json")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (PACS | {"port": 70000}, "port"),
        (PACS | {"port": 104.5}, "not a whole number"),
        (PACS | {"password": "x"}, "password"),
        (PACS | {"tls": "yes"}, "true or false"),
        (PACS | {"tls": True, "certificate_file": "ca.pem"}, "whole path"),
        ({"name": "PACS"}, "is missing"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(tmp_path, entry, words):
    with pytest.raises(PlannerError, match=words):
        read_peers(listed(tmp_path, entry))


@pytest.mark.parametrize("other", ["PACS", "Pacs"])
def test_two_of_one_name_are_refused(tmp_path, other):
    """Archives are found in any case: one of two would get what is meant for the other."""
    with pytest.raises(PlannerError, match="Two archives are called PACS"):
        read_peers(listed(tmp_path, PACS, PACS | {"name": other}))


EVERY_KIND = (
    Peer("PACS", "pacs.example", 11112, "PACS1", "ME", uses_tls=True, certificate_file="/etc/pacs.pem"),
    Peer("Plain", "10.0.0.1", 104, "PLAIN"),
    Peer("Moving", "10.0.0.1", 104, "MOVING", receive_port=11113),
    WebPeer("Web", "https://pacs.example/dicom-web", "planner", "/etc/word", "/etc/web.pem"),
    WebPeer("Öffentlich", "http://127.0.0.1:8042/dicom-web"),
)


def test_what_is_kept_is_read_again_and_no_default_is_written(tmp_path):
    path = tmp_path / "settings" / "archives.json"
    keep_peers(EVERY_KIND, path)
    assert read_peers(path) == EVERY_KIND
    assert [*path.parent.iterdir()] == [path]
    assert "receive_port" not in path.read_text().split("Plain")[1].split("}")[0]
    keep_peers(EVERY_KIND[:1], path)
    assert read_peers(path) == EVERY_KIND[:1]


def test_two_of_one_name_are_not_kept_and_the_old_list_stays(tmp_path):
    path = tmp_path / "archives.json"
    keep_peers(EVERY_KIND, path)
    with pytest.raises(PlannerError, match="Two archives"):
        keep_peers((EVERY_KIND[0], WebPeer("pacs", "https://pacs.example/")), path)
    assert read_peers(path) == EVERY_KIND


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "Web", "url": "https://pacs.example/", "port": 104},
        {"name": "Web", "url": "https://pacs.example/", "user": "me", "password_file": "word"},
        {"name": "Web", "url": "https://pacs.example/", "password": "secret"},
    ],
)
def test_a_web_archive_with_what_it_has_not_is_refused(tmp_path, entry):
    with pytest.raises(PlannerError):
        read_peers(listed(tmp_path, entry))
