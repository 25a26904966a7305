"""Does a pseudonym tell every single slip, and say nothing of anybody? All slips are tried (H-43)."""

from __future__ import annotations

import random
import re

import pytest

from planner.casebook.pseudonym import LETTERS, has_slip, pseudonym
from planner.domain.case import Case
from planner.domain.identity import CaseId


@pytest.fixture
def names():
    draw = random.Random(8).randrange
    return [pseudonym(draw) for _ in range(200)]


def test_a_pseudonym_has_its_form_and_is_one_of_a_case(names):
    for name in names:
        assert re.fullmatch(r"FL-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", name)
        assert not has_slip(name)
        assert not has_slip(f"  {name.lower()} ")
        assert Case(CaseId("1"), name, "pain", "2026-01-01T00:00:00Z").pseudonym == name
    assert len(set(names)) == len(names)
    assert pseudonym(random.Random(8).randrange, is_training=True).startswith("TRAIN-")


def test_every_wrong_letter_is_told(names):
    for name in names[:20]:
        for place, letter in enumerate(name):
            if letter == "-" or place < 3:
                continue
            for other in LETTERS:
                if other != letter:
                    assert has_slip(name[:place] + other + name[place + 1 :])
            for never in "01ILO":
                assert has_slip(name[:place] + never + name[place + 1 :])


def test_every_exchange_of_two_letters_is_told(names):
    for name in names:
        letters = [place for place in range(3, len(name)) if name[place] != "-"]
        for one in letters:
            for two in letters:
                swapped = list(name)
                swapped[one], swapped[two] = swapped[two], swapped[one]
                assert has_slip("".join(swapped)) == (name[one] != name[two])


def test_letters_are_drawn_evenly():
    draw = random.Random(9).randrange
    drawn = "".join(pseudonym(draw)[3:].replace("-", "") for _ in range(5000))
    counts = [drawn.count(letter) for letter in LETTERS]
    assert sum(counts) == len(drawn)
    # 40 000 letters: 1290 of each, standard deviation 35; the check letter is even, too.
    assert max(abs(count - 1290) for count in counts) < 5 * 35


@pytest.mark.parametrize("other", ["FL-1", "SITE-0042", "2026-0007", "", "FL-ABCD-EFGH-2", "patient 7"])
def test_a_sites_own_form_is_never_called_a_slip(other):
    assert not has_slip(other)
