"""Does every way to fail end in a part done elsewhere, or in a sentence? With members played in this process."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import ClassVar

import pytest

from planner.domain.cluster import ClusterPlace
from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused, NetworkFailed, PlanInvalid, WorkerFailed
from planner.interop.cluster import MemberGone
from planner.services import cluster as cluster_service
from planner.services.cluster import ClusterExecutor
from planner.services.cluster_build import this_build
from planner.services.cluster_parcel import Tokens
from planner.services.cluster_work import Parcel

PLACE = ClusterPlace("127.0.0.1", 8786, uses_tls=False)
WITHIN_S = 20


class Played:
    """A link whose members are functions ``(word, payload) -> bytes``."""

    members_of: ClassVar[dict] = {}
    said_goodbye: ClassVar[list] = []

    def __init__(self, place, *, answer):
        del place, answer
        self.is_given_up = False

    def members(self):
        return frozenset(self.members_of)

    def call(self, member, word, payload):
        if member not in self.members_of or self.is_given_up:
            raise MemberGone("gone", code="cluster-member-gone")
        return self.members_of[member](word, payload)

    def give_up(self):
        self.is_given_up = True

    def close(self, members, word, payload):
        self.give_up()
        self.said_goodbye.append((set(members), word, payload))


def judge(store, plan_text, text):
    """Stand for listed work: what it would return here."""
    return f"{store}{plan_text}{text}"


class Echo:
    """Stands for listed work that travels as it is, under one token."""

    def hide(self, text, tokens):
        return tokens.of("pl", text)

    def pack(self, plan_text, blobs):
        del blobs
        return Parcel(plan_text, (), Tokens())


@pytest.fixture(autouse=True)
def played(monkeypatch):
    monkeypatch.setattr(cluster_service, "ClusterLink", Played)
    monkeypatch.setattr(cluster_service, "work_named", lambda _: Echo())
    monkeypatch.setattr(cluster_service, "is_listed", lambda _, fn: fn is judge)
    monkeypatch.setattr(cluster_service, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(Played, "members_of", {})
    monkeypatch.setattr(Played, "said_goodbye", [])
    return Played.members_of


def member(judged, build=None):
    """Play a member that describes itself and judges as told."""

    def answers(word, payload):
        if word == "describe":
            return canonical_json({"build": build or this_build()})
        return judged(json.loads(payload)) if word == "judge" else b"{}"

    return answers


def refusal(kind, sentence):
    return canonical_json({"error": {"kind": kind, "sentence": sentence, "code": "x", "where": ""}})


def echo(asked):
    return canonical_json({"reply": asked["parts_text"] * 2})


def leave(_):
    raise MemberGone("gone", code="cluster-member-gone")


def results(*texts):
    with ClusterExecutor(PLACE, blobs=None) as executor:
        futures = [executor.submit(judge, "", "plan", text) for text in texts]
        return [future.result(timeout=WITHIN_S) for future in futures]


def test_parts_come_back_in_their_places_under_their_names(played):
    played |= {f"m{n}": member(echo) for n in range(3)}
    texts = [f"part “{n}”" for n in range(40)]
    assert results(*texts) == [text * 2 for text in texts]
    (goodbye,) = Played.said_goodbye
    assert goodbye[:2] == ({"m0", "m1", "m2"}, "forget")


def test_a_part_goes_on_to_another_member(played):
    left = threading.Event()

    def leaves_once(asked):
        if not left.is_set():
            left.set()
            played.pop("first")
            leave(asked)
        return echo(asked)

    played |= {"first": member(leaves_once), "second": member(echo)}
    assert results(*"abcdef") == [text * 2 for text in "abcdef"]


def test_who_joins_is_asked_and_takes_parts_only_where_it_is_alike(played):
    """The first member waits until another was given a part; one of another build and one of another kind get none."""
    helped, wrong = threading.Event(), []

    def helps(asked):
        helped.set()
        return echo(asked)

    def waits(asked):
        played.setdefault("other build", member(wrong.append, replace(this_build(), program="0.0.1, build 00000000")))
        played.setdefault("other kind", member(wrong.append, replace(this_build(), kind="abacus")))
        played.setdefault("alike", member(helps))
        assert helped.wait(WITHIN_S)
        return echo(asked)

    played["first"] = member(waits)
    assert results(*"abcd") == [text * 2 for text in "abcd"]
    assert not wrong


def test_a_part_that_ends_three_members_is_given_up(played):
    played |= {f"m{n}": member(leave) for n in range(4)}
    with pytest.raises(WorkerFailed, match="3 members of the cluster ended over the same part"):
        results("a")


def test_when_all_leave_it_is_said(played, monkeypatch):
    monkeypatch.setattr(cluster_service, "EMPTY_S", 0.1)

    def leaves(_):
        played.clear()
        leave(_)

    played["only"] = member(leaves)
    with pytest.raises(NetworkFailed, match="Every member of the cluster left"):
        results("a", "b")


def test_when_the_scheduler_is_lost_every_part_says_so(played, monkeypatch):
    def silent(_):
        raise NetworkFailed("no longer answers", code="cluster-silent")

    def lost(asked):
        monkeypatch.setattr(Played, "members", silent)
        return leave(asked)

    played["only"] = member(lost)
    with pytest.raises(NetworkFailed, match="no longer answers"):
        results("a", "b")


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"no JSON", NetworkFailed, "something unreadable"),
        (b"[1]", NetworkFailed, "something unreadable"),
        (canonical_json({"lacks": ["0" * 64]}), NetworkFailed, "does not keep what it is sent"),
        (
            canonical_json({"error": {"kind": "PlanInvalid", "sentence": "“⟦pl0⟧” is odd.", "code": "x"}}),
            PlanInvalid,
            "“a” is odd",
        ),
        (canonical_json({"error": {"kind": "SystemExit", "sentence": "Off."}}), WorkerFailed, "Off"),
        (canonical_json({"error": 5}), WorkerFailed, "without a word"),
    ],
)
def test_odd_answers_and_refusals_become_sentences(played, said, kind, words):
    played["only"] = member(lambda _: said)
    with pytest.raises(kind, match=words):
        results("a")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"program": "0.0.1, build 00000000"}, "it runs Frostline 0.0.1, build 00000000"),
        (
            {"libraries": (*this_build().libraries[:-1], "distributed 1")},
            "libraries are others: distributed 1, here",
        ),
        ({"tables_hash": "0" * 64}, "site's own entries"),
    ],
)
def test_a_member_that_would_compute_otherwise_is_refused(played, change, words):
    played |= {"good": member(echo), "odd": member(echo, replace(this_build(), **change))}
    with pytest.raises(InputRefused, match=words):
        ClusterExecutor(PLACE, blobs=None)


def test_members_of_two_kinds_are_refused_but_all_may_differ_from_here(played):
    odd = replace(this_build(), kind="abacus")
    played |= {"one": member(echo, odd), "two": member(echo, odd)}
    assert results("a") == ["aa"]
    played["three"] = member(echo)
    with pytest.raises(InputRefused, match=r"different processors or systems.*abacus"):
        ClusterExecutor(PLACE, blobs=None)


def test_nobody_works_there(monkeypatch):
    monkeypatch.setattr(cluster_service, "FIRST_MEMBER_S", 0.0)
    with pytest.raises(NetworkFailed, match="nobody works for it"):
        ClusterExecutor(PLACE, blobs=None)


def test_parts_not_begun_are_taken_back(played):
    """What waits is cancelled by whoever asked, and what is left at the end is never computed."""
    begun, go_on = threading.Event(), threading.Event()
    seen = []

    def slow(asked):
        seen.append(asked["parts_text"])
        begun.set()
        go_on.wait(WITHIN_S)
        return echo(asked)

    played["only"] = member(slow)
    executor = ClusterExecutor(PLACE, blobs=None)
    futures = [executor.submit(judge, "", "plan", text) for text in "abc"]
    assert begun.wait(WITHIN_S)
    assert futures[1].cancel()
    executor.shutdown()
    go_on.set()
    assert futures[2].cancelled()
    assert futures[0].exception(timeout=WITHIN_S) is not None
    assert len(seen) == 1
