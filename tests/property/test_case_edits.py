"""Does every undo of a case come back to what was, and does the library hold exactly what was on screen (H-22, H-37)?

The truth is a list of cases kept beside the program: snapshots and a position, as in any text editor.
FROSTLINE_CASE_SEQUENCES sets how many sequences are tried.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
from pathlib import Path

import pytest

from planner.casebook.library import CaseLibrary, CaseState
from planner.domain.errors import CaseFileError
from planner.services.casework import OpenCase
from tests.random_case_edits import AT, CaseHand, MemoryKeeper, new_case

SEQUENCES = int(os.environ.get("FROSTLINE_CASE_SEQUENCES", "600"))
ACTS = 60
KEPT_EVERY = 15
MEMORY = Path("/dev/shm")  # noqa: S108 - holds a folder of its own


@pytest.fixture
def folder(tmp_path):
    """A folder in memory where there is one: here the library is asked what it holds, not whether it outlives."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as quick:
        yield Path(quick)


def test_H_22_undo_and_redo_walk_along_the_very_cases_that_were():
    for seed in range(SEQUENCES):
        case = new_case(seed)
        opened = OpenCase(MemoryKeeper(case), case.id)
        seen, at = [case], 0
        hand = CaseHand(opened, random.Random(seed))
        for _ in range(ACTS):
            before, could_redo = opened.case, bool(opened.redo_label)
            done = hand.act()
            if done == "undo":
                at = max(at - 1, 0)
            elif done == "redo":
                at = min(at + 1, len(seen) - 1) if could_redo else at
            elif opened.case != before:
                seen, at = [*seen[: at + 1], opened.case], at + 1
            assert opened.case == seen[at], (seed, done)
        for there in range(at - 1, -1, -1):
            opened.undo()
            assert opened.case == seen[there], seed
        assert opened.undo_label == ""
        for later in seen[1:]:
            opened.redo()
            assert opened.case == later, seed
        assert opened.redo_label == ""


def test_the_library_holds_every_case_as_it_was_left_and_every_revision(folder):
    library = CaseLibrary(folder)
    truth = {}
    for seed in range(0, SEQUENCES, KEPT_EVERY):
        case = new_case(seed)
        library.add(case, at=AT)
        memory = MemoryKeeper(case)
        hands = [CaseHand(OpenCase(keeper, case.id), random.Random(seed)) for keeper in (CaseLibrary(folder), memory)]
        for _ in range(ACTS):
            for hand in hands:
                hand.act()
        truth[case.id] = memory.cases
    for case_id, cases in truth.items():
        assert library.read(case_id) == (cases[-1], len(cases))
        assert [one.number for one in library.history(case_id)] == list(range(1, len(cases) + 1))
    listed = {row.case.id: row.case for row in CaseLibrary(folder).rows(state=CaseState.ALL)}
    assert listed == {case_id: cases[-1] for case_id, cases in truth.items()}


def refused_as(window):
    """Let a window act; return the code with which the library refused, empty when it did not."""
    try:
        window.act()
    except CaseFileError as error:
        return error.code
    return ""


def test_H_37_of_two_windows_only_one_edits_from_each_revision(folder):
    """Each window acts on what it saw last: what the library holds is what the windows that were let did, in order."""
    for seed in range(12):
        case = new_case(seed)
        CaseLibrary(folder).add(case, at=AT)
        windows = [CaseHand(OpenCase(CaseLibrary(folder), case.id), random.Random(seed + n)) for n in (100, 200)]
        dice, kept, stale = random.Random(seed), [case], 0
        for _ in range(ACTS):
            window = dice.choice(windows)
            before = window.opened.case
            if refused_as(window) == "case-stale":
                assert window.opened.case == before  # refused whole
                stale += 1
                window.opened.read_anew()
                assert window.opened.case == kept[-1]
                continue
            if window.opened.case != before:
                kept.append(window.opened.case)
        assert stale > 0
        assert CaseLibrary(folder).read(case.id) == (kept[-1], len(kept))


def test_lists_read_in_the_background_never_stop_an_edit_nor_see_half_of_one(folder):
    """One library object: a thread lists again and again while the window edits, as the case's pages do."""
    library = CaseLibrary(folder)
    for seed in range(40):
        library.add(new_case(seed), at=AT)
    hand = CaseHand(OpenCase(library, new_case(0).id), random.Random(5))
    seen, refused, is_done = [], [], threading.Event()

    def read_on():
        while not is_done.is_set():
            try:
                rows = CaseLibrary(folder).rows(state=CaseState.ALL)
                library.rows(state=CaseState.ALL)
            except CaseFileError as error:
                refused.append(error)
                return
            seen.append((len(rows), next(row.case for row in rows if row.case.id == new_case(0).id)))

    reader = threading.Thread(target=read_on)
    reader.start()
    shown = [hand.opened.case]
    while len(shown) < 60 or len(seen) < 5:
        hand.act()
        shown.append(hand.opened.case)
    is_done.set()
    reader.join()
    assert refused == []
    assert {count for count, _ in seen} == {40}
    assert all(case in shown for _, case in seen)
    assert library.unreadable == ()
