"""Does a follow-up begin empty, and is an edit signed by who made it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.errors import CaseInvalid
from planner.services.follow_ups import edited_by, new_follow_up, require_after_procedure, says_the_same
from tests.followed_case import case, procedure

AT = "2026-02-22T10:00:00Z"
LATER = "2026-02-23T10:00:00Z"


@pytest.fixture
def empty():
    return new_follow_up(day="2026-02-22", interval_days=42, who="A. Bell", at=AT)


def test_a_new_follow_up_has_asked_nothing(empty):
    assert (empty.day, empty.interval_days, empty.who, empty.at) == ("2026-02-22", 42, "A. Bell", AT)
    assert empty.scores is empty.relief_percent is empty.recovered is empty.repeat is None
    assert empty.signs == ()
    assert new_follow_up(day="2026-02-22", interval_days=42, who="A. Bell", at=AT).id != empty.id


def test_an_edit_carries_who_made_it_and_when(empty):
    made = edited_by(replace(empty, note="Sleeps."), who="C. Dorn", at=LATER, today="2026-02-23")
    assert (made.who, made.at, made.note, made.id) == ("C. Dorn", LATER, "Sleeps.", empty.id)


@pytest.mark.parametrize(
    ("who", "today", "words"), [("", "2026-02-23", "who recorded"), ("C", "2026-02-21", "after today")]
)
def test_nobody_and_tomorrow_are_refused(empty, who, today, words):
    with pytest.raises(CaseInvalid, match=words):
        edited_by(empty, who=who, at=LATER, today=today)


def test_records_that_differ_in_their_signature_only_say_the_same(empty):
    assert says_the_same(empty, replace(empty, who="C. Dorn", at=LATER))
    assert not says_the_same(empty, replace(empty, note="Sleeps."))


def test_a_follow_up_before_the_first_procedure_is_refused_in_words():
    early = new_follow_up(day="2026-01-09", interval_days=None, who="A. Bell", at=AT)
    treated = case(procedure("2026-01-10"), procedure("2026-03-01", name="p2"))
    with pytest.raises(CaseInvalid, match=r"dated 2026-01-09, before the first procedure \(2026-01-10\)"):
        require_after_procedure(early, treated)
    require_after_procedure(replace(early, day="2026-01-10"), treated)


def test_an_interval_without_a_procedure_is_refused_and_a_plain_look_is_not():
    look = new_follow_up(day="2026-01-09", interval_days=42, who="A. Bell", at=AT)
    with pytest.raises(CaseInvalid, match="6 weeks counts from a procedure, and none is recorded"):
        require_after_procedure(look, case())
    require_after_procedure(replace(look, interval_days=None), case())
