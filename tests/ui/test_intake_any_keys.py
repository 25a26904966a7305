"""Do any keys in any order leave the page, the case and the library's file at one, with nobody's answer unnamed?"""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.domain.intake import Answer
from planner.persistence import intake_template
from planner.ui.case.intake_words import ANSWER_WORDS
from tests.ui.case_bench import a_case, a_plan, add_case
from tests.ui.intake_bench import close_window, kept, page_window

Key = Qt.Key
_KEYS = (
    *[Key.Key_Y, Key.Key_N, Key.Key_A] * 4,
    *[Key.Key_Return, Key.Key_Down, Key.Key_Tab] * 3,
    *(Key.Key_Up, Key.Key_Escape, Key.Key_Delete, Key.Key_Backspace, Key.Key_1, Key.Key_Space),
)
_STEPS, _LOOKS = 160, 20


@pytest.fixture
def window(app, no_leaks, runner, tmp_path, monkeypatch):
    del app, no_leaks
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: tmp_path / "none.json")
    made = page_window(runner, tmp_path)
    yield made
    close_window(made)


def _press(window, chance: random.Random) -> None:
    page = window.page
    holder = QApplication.focusWidget()
    if holder is None or not page.isAncestorOf(holder) or chance.random() < 0.1:
        visible = [row for row in page.column.order if row.isVisible()]
        holder = chance.choice(visible)
        holder.setFocus()
    if chance.random() < 0.05:
        window.case_desk.undo()
    QTest.keyClick(QApplication.focusWidget() or holder, chance.choice(_KEYS))
    QApplication.processEvents()


def _pressed_in(row) -> str:
    return next((str(one) for one in Answer if row.buttons.button(one).isChecked()), "")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_keys_in_any_order(window, seed):
    chance = random.Random(seed)
    add_case(window, a_case(plans=(a_plan(atlas_ids=("stellate", "adrenal")),)))
    window.case_desk.set_who("Dr A")
    for step in range(_STEPS):
        _press(window, chance)
        if step % _LOOKS == _LOOKS - 1:
            case, disk = window.case_desk.case, kept(window)
            assert {one.item_id: str(one.answer) for one in case.intake.answers} == {
                name: one["answer"] for name, one in disk.items()
            }
            assert {one["who"] for one in disk.values()} <= {"Dr A"}
            shown = {row.item.id: _pressed_in(row) for row in window.page.column.order}
            assert {name: answer for name, answer in shown.items() if answer} == {
                name: one["answer"] for name, one in disk.items()
            }
            held = [row for row in window.page.column.order if row.property("selected")]
            assert len(held) <= 1
    assert len(kept(window)) > 3
    assert set(ANSWER_WORDS) == set(Answer)
