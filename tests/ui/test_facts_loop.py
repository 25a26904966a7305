"""Answers follow a hand: each one asked for is delivered or overtaken, none is queued, the last one always comes."""

from __future__ import annotations

import threading

from planner.ui.facts_loop import FactsLoop


def test_while_one_is_worked_out_only_the_newest_question_waits(app, qtbot):
    came, begun, go = [], [], threading.Event()
    loop = FactsLoop(app, came.append, pause_ms=0)

    def work(number):
        begun.append(number)
        go.wait(5)
        return number

    for number in range(10):
        loop.ask(lambda number=number: work(number))
    go.set()
    qtbot.waitUntil(lambda: not loop.is_busy)
    assert came == [0, 9]
    assert begun == [0, 9]
    loop.deleteLater()


def test_while_a_hand_holds_something_questions_keep_their_distance_and_release_does_not_wait(app, qtbot):
    came = []
    loop = FactsLoop(app, came.append, pause_ms=60_000)
    loop.ask(lambda: "first", is_held=True)
    qtbot.waitUntil(lambda: came == ["first"])
    loop.ask(lambda: "held back", is_held=True)
    qtbot.wait(30)
    assert came == ["first"]
    loop.ask(lambda: "let go")
    qtbot.waitUntil(lambda: not loop.is_busy)
    assert came == ["first", "let go"]
    loop.deleteLater()


def test_a_refusal_holds_nothing_up_and_what_is_dropped_never_comes(app, qtbot):
    from planner.domain.errors import PlanInvalid

    came = []
    loop = FactsLoop(app, came.append, pause_ms=0)

    def refuse():
        raise PlanInvalid("No.", code="no")

    loop.ask(refuse)
    loop.ask(lambda: "after")
    qtbot.waitUntil(lambda: not loop.is_busy)
    assert came == ["after"]
    loop.ask(lambda: "dropped")
    loop.drop()
    qtbot.wait(30)
    assert came == ["after"]
    loop.deleteLater()
