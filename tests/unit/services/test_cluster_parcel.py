"""Does a plan that travels give the same answer, byte for byte, and does nothing travel that names anybody?"""

from __future__ import annotations

import re
import zlib
from concurrent.futures import Future

import numpy as np
import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused, WorkerFailed
from planner.domain.progress import silent
from planner.persistence.blob_parts import lay_out, part_of
from planner.persistence.blobs import BlobStore
from planner.services.cluster_parcel import Tokens
from planner.services.cluster_work import work_named
from planner.services.local_processes import InThisProcess
from planner.services.robustness import robustness
from planner.services.robustness_draws import forget, judge_draws
from tests.cluster_plan import CANARY, asked_of, oblique_grid, small_plan


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def case(blobs):
    return small_plan(blobs)


class Elsewhere(InThisProcess):
    """Sends every part through parcels into another store, and notes what travelled and what came back from both."""

    def __init__(self, blobs, there):
        self.blobs, self.there = blobs, there
        self.sent, self.pairs, self.parcels = [], [], {}

    def submit(self, fn, /, *args, **kwargs):
        if fn is not judge_draws:
            return super().submit(fn, *args, **kwargs)
        _, plan_text, text = args
        work = work_named("judge_draws")
        parcel = self.parcels.setdefault(plan_text, None) or work.pack(plan_text, self.blobs)
        self.parcels[plan_text] = parcel
        hidden = work.hide(text, parcel.tokens)
        for part in parcel.parts:
            assert lay_out(self.there, part.message) == part.ref
        self.sent += [parcel.plan_text.encode(), hidden.encode(), *(part.message for part in parcel.parts)]
        here = judge_draws(*args)
        reply = parcel.tokens.restored(judge_draws(str(self.there.folder), parcel.plan_text, hidden))
        self.pairs.append((here, reply))
        future: Future[str] = Future()
        future.set_result(reply)
        return future


@pytest.fixture(scope="module")
def elsewhere(case, blobs, tmp_path_factory):
    executor = Elsewhere(blobs, BlobStore(tmp_path_factory.mktemp("there")))
    plan, volume = case
    for asked in ({"draws": 6}, {"draws": 4, "mean_mm": 70.0, "fine": 0, "is_tissue_drawn": True}):
        robustness(asked_of(plan, volume, **asked), executor=executor, blobs=blobs, progress=silent)
    forget()
    return executor


def test_the_answer_is_the_same_text(elsewhere):
    assert len(elsewhere.pairs) >= 4
    for here, there in elsewhere.pairs:
        assert there == here
    whole = "".join(here for here, _ in elsewhere.pairs)
    assert "lies outside the scan" in whole  # a reason that names a probe
    assert "CHECK" in whole  # of what nobody confirmed
    assert CANARY in whole


def test_the_answer_is_the_same_text_for_an_oblique_ct(blobs, tmp_path):
    executor = Elsewhere(blobs, BlobStore(tmp_path))
    plan, volume = small_plan(blobs, oblique_grid())
    robustness(asked_of(plan, volume, draws=3, fine=0), executor=executor, blobs=blobs, progress=silent)
    forget()
    assert executor.pairs
    for here, there in executor.pairs:
        assert there == here


def test_nothing_that_names_anybody_travels(elsewhere, case):
    plan, _ = case
    told = b"".join(elsewhere.sent)
    assert CANARY.encode() not in told
    for text in ("2025-11-03", "2026-01-01", plan.volume.pixel_hash, plan.id):
        assert text.encode() not in told
    plans = {text for text in elsewhere.sent if b'"protocol"' in text}
    assert plans
    texts = set(re.findall(r'"([^"]*)"', b"".join(plans).decode()))
    allowed = re.compile(r"⟦[a-z]{2}\d+⟧|edited: left out|Plan|Protocol|HFS|CT|[a-z_0-9 .-]*")
    assert not {text for text in texts if not allowed.fullmatch(text)}


def test_only_what_lies_near_the_ice_travels(elsewhere, case, blobs):
    """What is laid out there is the CT near the probes, and nothing of it 60 mm away."""
    _, volume = case
    whole = blobs.get(volume.hu)
    for parcel in list(elsewhere.parcels.values())[:2]:  # those of small errors
        there = elsewhere.there.get(next(part for part in parcel.parts if part.ref.dtype == "int16").ref)
        assert there.shape == whole.shape
        assert np.array_equal(there[there != 0], whole[there != 0])
        assert there[80, 35, 40:50].all()
        assert not there[:10].any()
        assert not there[-10:].any()


def test_a_mask_beyond_the_part_is_not_taken_for_an_empty_one(tmp_path):
    store, mask = BlobStore(tmp_path), np.zeros((4, 5, 6), bool)
    window = (slice(0, 2), slice(1, 3), slice(0, 6))
    assert not store.get(lay_out(store, part_of(mask, window).message)).any()
    mask[3, 4, 5] = mask[3, 4, 4] = True
    there = store.get(lay_out(store, part_of(mask, window).message))
    assert np.argwhere(there).tolist() == [[3, 4, 4]]


@pytest.mark.parametrize("dtype", ["bool", "int16", "float32"])
def test_a_part_comes_out_where_it_was(dtype, tmp_path):
    rng = np.random.default_rng(5)
    array = (rng.normal(size=(7, 9, 11)) * 3).astype(dtype)
    window = (slice(1, 5), slice(0, 9), slice(3, 4))
    store, expected = BlobStore(tmp_path), np.zeros_like(array)
    expected[window] = array[window]
    part = part_of(array, window)
    assert lay_out(store, part.message) == part.ref
    assert np.array_equal(store.get(part.ref), expected)
    assert part_of(array, window) == part
    assert part_of(array, (slice(1, 5), slice(0, 9), slice(4, 5))).ref.sha256 != part.ref.sha256


def test_an_altered_part_is_refused(tmp_path):
    array = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    message = part_of(array, (slice(0, 3), slice(0, 4), slice(0, 5))).message
    seal, line, packed = message.split(b"\n", 2)
    store = BlobStore(tmp_path)
    other = zlib.compress(b"\0" * 120)
    big = line.replace(b"[3,4,5]", b"[300000,400000,5]", 1)
    for altered in (
        message[:-20],
        b"\n".join((seal, line, other)),
        b"\n".join((b"0" * 64, line, packed)),
        b"\n".join((seal, line.replace(b'"first":[0', b'"first":[1'), packed)),
        b"\n".join((seal, line, zlib.compress(b"\0" * 10**6))),
        b"\n".join((seal, big, packed)),
        b"",
        b"\n\n",
    ):
        with pytest.raises(InputRefused):
            lay_out(store, altered)
    assert not list(tmp_path.iterdir())


def test_tokens_come_back_as_what_they_were():
    tokens = Tokens()
    first, second = tokens.of("pl", "P1"), tokens.of("pl", '⟦pl0⟧ "quoted"')
    assert tokens.of("pl", "P1") == first != second
    assert tokens.of("pi", "P1") not in (first, second)
    text = canonical_json({"reason": f"{second} and {first} and ⟦zz9⟧"}).decode()
    assert tokens.restored(text) == canonical_json({"reason": '⟦pl0⟧ "quoted" and P1 and ⟦zz9⟧'}).decode()


def test_work_that_nobody_listed_is_not_sent():
    with pytest.raises(WorkerFailed):
        work_named("system")
