"""Does a member answer every call with words or bytes, never with an exception, and forget what nobody asks for?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from planner.domain.digest import canonical_json
from planner.domain.identity import BlobRef
from planner.persistence import codec
from planner.persistence.blob_parts import part_of
from planner.services import cluster_member
from planner.services.cluster_build import Build, this_build
from planner.services.cluster_member import Asked, answer
from planner.services.cluster_work import WORKS


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    for name in list(cluster_member._SESSIONS):
        answer("forget", name.encode())


def told(word, payload=b""):
    return json.loads(answer(word, payload))


def test_it_says_what_it_computes_with():
    build = codec.from_plain(told("describe")["build"], Build, where="build")
    assert build == this_build()
    assert build.difference(this_build()) == ""
    assert "numpy" in build.libraries[1]
    assert build.kind


def kept(session, value):
    part = part_of(np.full((2, 3, 4), value, np.int16), (slice(0, 2), slice(0, 3), slice(0, 4)))
    assert told("keep", session.encode() + b"\n" + part.message) == {}
    return part.ref


def judged(session, *refs):
    return told("judge", canonical_json(Asked(session, "judge_draws", refs, "{}", "{}")))


def test_it_says_which_arrays_it_lacks():
    ref = kept("one", 5)
    other = BlobRef("0" * 64, (2, 3, 4), "int16")
    assert judged("one", ref, other) == {"lacks": [other.sha256]}
    assert judged("two", ref) == {"lacks": [ref.sha256]}  # each session has its own


@pytest.mark.parametrize(
    ("word", "payload"),
    [
        ("keep", b"one\nnonsense"),
        ("judge", b"nonsense"),
        ("judge", canonical_json(Asked("one", "system", (), "{}", "{}"))),
        ("judge", canonical_json(Asked("one", "judge_draws", (), "{}", "{}"))),
        ("unheard of", b""),
        ("keep", b"\xff\n"),
    ],
)
def test_what_goes_wrong_is_said_in_words(word, payload):
    error = told(word, payload)["error"]
    assert set(error) == {"kind", "sentence", "code", "where"}
    assert error["sentence"]


def test_it_forgets_when_told_and_when_nobody_asks_any_more(monkeypatch):
    kept("one", 5)
    kept("two", 6)
    folders = {name: session.store.folder for name, session in cluster_member._SESSIONS.items()}
    assert all(folder.is_dir() for folder in folders.values())
    told("forget", b"one")
    assert not folders["one"].exists()
    monkeypatch.setattr(cluster_member, "IDLE_S", 0.0)
    cluster_member._drop_idle()
    assert not folders["two"].exists()
    assert not cluster_member._SESSIONS


def test_only_functions_of_three_texts_are_on_the_list():
    for name, work in WORKS.items():
        assert work.function().__name__ == name
        assert work.place[0].startswith("planner.services.")
