"""What is a case called? Random letters, the last of which tells a typing slip; never a patient's data (H-43).

The 31 letters leave out what is mistaken for another (0 O, 1 I L). Their number is prime, and the last letter makes the
sum of value × place a multiple of it: one wrong letter, or two exchanged, never give another case's pseudonym.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.case import TRAINING_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PREFIX = "FL-"
_DRAWN = 7  # 31⁷ ≈ 2.8 · 10¹⁰


def pseudonym(draw: Callable[[int], int], *, is_training: bool = False) -> str:
    """Return a new pseudonym such as ``"FL-7K3Q-2M4A"``; ``"TRAIN-…"`` for a synthetic patient (H-20).

    Parameters
    ----------
    draw
        Returns a random whole number from 0 to below its argument.
    """
    values = [draw(len(LETTERS)) for _ in range(_DRAWN)]
    letters = "".join(LETTERS[value] for value in (*values, _check_value(values)))
    return f"{TRAINING_PREFIX if is_training else PREFIX}{letters[:4]}-{letters[4:]}"


def has_slip(text: str) -> bool:
    """Whether a text has the form of a pseudonym of ours and its letters do not fit: somebody mistyped it.

    What has another form, such as a site's own numbers, is never called a slip.
    """
    name = text.strip().upper()
    prefix = next((one for one in (PREFIX, TRAINING_PREFIX) if name.startswith(one)), "")
    letters = name.removeprefix(prefix).replace("-", "")
    if not prefix or len(letters) != _DRAWN + 1:
        return False
    if not set(letters) <= set(LETTERS):
        return True
    values = [LETTERS.index(letter) for letter in letters]
    return _check_value(values[:-1]) != values[-1]


def _check_value(values: list[int]) -> int:
    """Return the value that, at place 1, makes the weighted sum vanish; the drawn ones are at places 2, 3, …."""
    return -sum(place * value for place, value in enumerate(values, start=2)) % len(LETTERS)
