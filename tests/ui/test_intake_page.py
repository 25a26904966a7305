"""Is the whole intake answered by keys alone, and by the mouse, and is each answer on the disk with who and when?

The truth is the library's own file, read by nothing but SQLite and JSON.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from planner.domain.intake import Answer, IntakeAnswer, IntakeSection, IntakeTemplate, ItemKind
from planner.persistence import intake_template
from planner.services.case_commands import AnswerItem, PutCasePlan
from planner.ui.widgets.labels import label
from tests.ui.case_bench import a_case, a_plan, add_case
from tests.ui.intake_bench import close_window, focused, kept, page_window, ready, said
from tests.ui.real_hands import SHIFT, ClickCount, Keyboard, button, click, named, scroll_to, type_into

ALWAYS = 19
"""Questions of the shipped intake that are asked of every case, counted in the file by hand."""
Key = Qt.Key


@pytest.fixture(autouse=True)
def site_file(tmp_path, monkeypatch):
    path = tmp_path / "intake.json"
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: path)
    return path


@pytest.fixture
def window(app, no_leaks, runner, tmp_path):
    """A window with the page alone."""
    del app, no_leaks
    made = page_window(runner, tmp_path)
    yield made
    close_window(made)


@pytest.fixture
def page(window):
    add_case(window, a_case())
    window.case_desk.set_who("Dr A")
    QApplication.processEvents()
    return window.page


class CountedKeys(Keyboard):
    """Counts what a person presses, letters too."""

    presses = 0

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier, *, times=1):
        self.presses += times
        super().press(key, modifiers, times=times)

    def write(self, text):
        self.presses += len(text)
        super().write(text)


def test_the_whole_intake_by_keyboard_alone(window, page):
    keys, mouse = CountedKeys(window), ClickCount()
    written = {
        "diagnosis": "intercostal neuralgia",
        "pain-since": "2024",
        "pain-where": "flank",
        "pain-quality": "burning",
        "pain-helps": "lying",
    }
    page.focus_first()
    keys.press(Key.Key_Space)  # at the button that goes to the first question: a stray key answers nothing
    QApplication.processEvents()
    for row in list(page.column.order)[:ALWAYS]:
        item = row.item
        assert focused(page) == item.id
        if item.id in written:  # its field is open and has the keyboard
            keys.write(written[item.id])
            keys.press(Key.Key_Return)
            continue
        keys.press(Key.Key_Y)
        if item.kind is ItemKind.SCORES:
            for text in ("6", "8", "ODI", "42", "oxycodone 20 mg", "30"):
                keys.write(text)
                keys.press(Key.Key_Tab if text != "30" else Key.Key_Return)
        elif item.kind is ItemKind.BLOCK:
            for text in ("2026-01-14", "lidocaine", "80", "6 h"):
                keys.write(text)
                keys.press(Key.Key_Tab if text != "6 h" else Key.Key_Return)
        else:
            keys.press(Key.Key_Down)
    mouse.stop()
    answers = kept(window)
    assert len(answers) == ALWAYS
    assert {name: answers[name]["text"] for name in written} == written
    assert all((one["answer"], one["who"]) == ("yes", "Dr A") for one in answers.values())
    assert answers["baseline"]["scores"] == {
        "average_nrs": 6.0,
        "worst_nrs": 8.0,
        "function_scale": "ODI",
        "function_score": 42.0,
        "opioid": "oxycodone 20 mg",
        "opioid_mg_per_day": 30.0,
    }
    assert answers["block"]["block"] == {
        "day": "2026-01-14",
        "agent": "lidocaine",
        "relief_percent": 80.0,
        "lasted": "6 h",
    }
    assert page.head.progress.text() == "19 of 19 answered"
    assert mouse.presses == 0
    letters = sum(map(len, written.values())) + len("68ODI42oxycodone 20 mg30") + len("2026-01-14lidocaine806 h")
    # One to begin, twelve answered and left by two each, five texts kept by one, seven for scores, five for a block.
    assert keys.presses - letters == 1 + 12 * 2 + 5 * 1 + 7 + 5


def test_three_buttons_a_row_answer_by_mouse(window, page):
    for item_id, word in (("blood-thinners", "Yes"), ("chronic-conditions", "No"), ("consent", "N/A")):
        row = page.rows[item_id]
        scroll_to(row)
        click(button(row, word))
    answers = kept(window)
    assert {name: one["answer"] for name, one in answers.items()} == {
        "blood-thinners": "yes",
        "chronic-conditions": "no",
        "consent": "not applicable",
    }
    assert page.head.progress.text() == "3 of 19 answered"
    assert "Dr A" in page.rows["consent"].accessibleName()
    row = page.rows["blood-thinners"]
    click(button(row, "No"))
    assert kept(window)["blood-thinners"]["answer"] == "no"
    click(button(row, "Clear"))
    assert "blood-thinners" not in kept(window)
    assert page.head.progress.text() == "2 of 19 answered"


def test_a_held_key_answers_one_question_and_delete_opens_it_again(window, page):
    keys = Keyboard(window)
    page.show_item("consent")
    keys.press(Key.Key_N)
    assert kept(window)["consent"]["answer"] == "no"
    assert focused(page) == "consent"
    keys.press(Key.Key_Delete)
    assert "consent" not in kept(window)
    keys.press(Key.Key_A)
    assert kept(window)["consent"]["answer"] == "not applicable"
    QTest.sendKeyEvent(QTest.KeyAction.Press, page.rows["consent"], Key.Key_Y, "y", Qt.KeyboardModifier.NoModifier)
    assert kept(window)["consent"]["answer"] == "yes"
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_N, Qt.KeyboardModifier.NoModifier, "n", True)
    QApplication.sendEvent(page.rows["consent"], held)
    assert kept(window)["consent"]["answer"] == "yes"


def test_a_remark_is_kept_when_the_keyboard_leaves_and_may_have_lines(window, page):
    keys = Keyboard(window)
    page.show_item("blood-thinners")
    keys.press(Key.Key_Y)
    keys.press(Key.Key_Return)
    keys.write("apixaban")
    keys.press(Key.Key_Return, SHIFT)
    keys.write("paused")
    keys.press(Key.Key_Tab)
    assert kept(window)["blood-thinners"]["text"] == "apixaban\npaused"
    assert focused(page) == "chronic-conditions"
    page.show_item("blood-thinners")
    keys.press(Key.Key_Return)
    keys.write(" no more")
    keys.press(Key.Key_Escape)
    assert kept(window)["blood-thinners"]["text"] == "apixaban\npaused"
    assert focused(page) == "blood-thinners"


def test_looking_at_a_long_remark_shows_all_of_it_and_is_no_answer_anew(window, page):
    item = page.rows["diagnosis"].item
    told = "Intercostal neuralgia after an operation of the chest, 2024. " * 6
    given = IntakeAnswer("diagnosis", item.question, item.kind, Answer.YES, "Dr Z", "2026-01-01T00:00:00Z", told)
    window.case_desk.apply(AnswerItem(given, "test"))
    page.show_item("diagnosis")
    keys = Keyboard(window)
    keys.press(Key.Key_Return)
    QTest.qWait(1)
    field = page.rows["diagnosis"].field
    lines = field.document().size().height()
    assert 3 <= lines <= 8
    assert field.viewport().height() >= lines * field.fontMetrics().lineSpacing()
    assert not field.verticalScrollBar().isVisible()
    keys.press(Key.Key_Tab)
    answer = kept(window)["diagnosis"]
    assert (answer["who"], answer["at"], answer["text"]) == ("Dr Z", "2026-01-01T00:00:00Z", told)


def test_a_remark_before_its_answer_waits_for_it(window, page):
    keys = Keyboard(window)
    page.show_item("allergies")
    keys.press(Key.Key_Return)
    keys.write("latex")
    keys.press(Key.Key_Return)
    assert "allergies" not in kept(window)
    assert page.rows["allergies"].field is not None
    assert focused(page) == "allergies"
    keys.press(Key.Key_Y)
    assert kept(window)["allergies"]["text"] == "latex"
    assert page.rows["allergies"].field is None


def test_without_a_name_an_answer_waits_for_it_and_nothing_typed_is_lost(window, page):
    window.case_desk.set_who("")
    keys = Keyboard(window)
    page.show_item("diagnosis")
    keys.write("neuralgia")
    keys.press(Key.Key_Return)
    QTest.qWait(1)
    assert kept(window) == {}
    assert page.who_bar.isVisible()
    assert page.rows["diagnosis"].field.words == "neuralgia"
    keys.write("Dr B")
    keys.press(Key.Key_Return)
    QTest.qWait(1)
    answer = kept(window)["diagnosis"]
    assert (answer["who"], answer["text"]) == ("Dr B", "neuralgia")
    assert not page.who_bar.isVisible()


def test_an_answer_that_the_library_refuses_stays_typed(window, page, monkeypatch):
    from planner.domain.errors import CaseFileError

    def refuse(*_args, **_kw):
        raise CaseFileError("The disk is full.", code="case-disk")

    keys = Keyboard(window)
    page.show_item("diagnosis")
    keys.write("neuralgia")
    with monkeypatch.context() as broken:
        broken.setattr(window.case_desk.library, "keep", refuse)
        keys.press(Key.Key_Return)
        assert page.rows["diagnosis"].field.words == "neuralgia"
    assert kept(window) == {}
    keys.press(Key.Key_Return)
    assert kept(window)["diagnosis"]["text"] == "neuralgia"


def test_scores_that_cannot_be_are_refused_in_place(window, page):
    row = page.rows["baseline"]
    scroll_to(row)
    click(button(row, "Enter"))
    QTest.qWait(1)
    for name, text, sentence in (
        ("Average pain", "12", "Pain is scored from 0 to 10, not 12."),
        ("Average pain", "often", "“often” is no number for the average pain."),
        ("Average pain", "6", ""),
        ("Worst pain", "4", "The worst pain (4) is below the average (6)."),
        ("Worst pain", "8", ""),
        ("Function score", "42", "Name the scale of the function score."),
        ("Oral morphine", "9000", "Name the scale of the function score."),
        ("Function scale", "ODI", "A daily dose is 0 to 5000 mg, not 9000 mg."),
    ):
        type_into(named(row, name, QLineEdit), text, end=Key.Key_Return if sentence else Key.Key_Tab)
        assert sentence in said(row)
        assert kept(window) == {}
    dose = named(row, "Oral morphine", QLineEdit)
    dose.selectAll()
    QTest.keyClick(dose, Key.Key_Delete)
    QTest.keyClick(dose, Key.Key_Return)
    scores = kept(window)["baseline"]["scores"]
    assert (scores["average_nrs"], scores["worst_nrs"], scores["function_score"]) == (6.0, 8.0, 42.0)
    assert scores["opioid_mg_per_day"] is None
    assert row.form is None


def test_no_block_needs_its_reason_and_then_the_case_is_ready(window, page):
    row = page.rows["block"]
    scroll_to(row)
    assert not ready(window)
    click(button(row, "No"))
    QTest.qWait(1)
    keys = Keyboard(window)
    keys.press(Key.Key_Return)
    assert "block" not in kept(window)
    click(button(row, "No"))
    QTest.qWait(1)
    keys.write("second session, the first helped")
    keys.press(Key.Key_Return)
    QTest.qWait(1)
    assert kept(window)["block"]["answer"] == "no"
    assert kept(window)["block"]["text"] == "second session, the first helped"
    assert ready(window)


def test_a_question_of_a_target_comes_with_its_plan_and_an_alert_stands_out(window, page):
    assert "anaesthesia-alert" not in {row.item.id for row in page.column.order if row.isVisible()}
    window.case_desk.apply(PutCasePlan(a_plan(atlas_ids=("adrenal",), targets=("Left adrenal",))))
    QApplication.processEvents()
    row = page.rows["anaesthesia-alert"]
    assert row.isVisibleTo(page)
    assert page.head.alerts.text() == "1 ALERT OPEN"
    assert page.head.progress.text() == "0 of 20 answered"
    scroll_to(row)
    click(button(row, "Yes"))
    assert page.head.alerts.text() == ""
    assert kept(window)["anaesthesia-alert"]["answer"] == "yes"


def test_questions_of_other_targets_are_answered_before_there_is_a_plan(window, page):
    fold = button(page, "Show 19 questions of other targets")
    scroll_to(fold)
    click(fold)
    row = page.rows["expect-horner"]
    assert "Stellate" in said(row)
    scroll_to(row)
    click(button(row, "Yes"))
    assert kept(window)["expect-horner"]["answer"] == "yes"
    assert page.head.progress.text() == "0 of 19 answered"


def test_what_is_typed_goes_on_when_the_questions_are_put_in_another_order(window, page):
    keys = Keyboard(window)
    page.show_item("diagnosis")
    keys.write("neur")
    scroll_to(page.rows["baseline"])
    page.rows["baseline"].open_field()
    QTest.qWait(1)
    type_into(named(page.rows["baseline"], "Average pain", QLineEdit), "7", end=Key.Key_Tab)
    window.case_desk.apply(PutCasePlan(a_plan(atlas_ids=("stellate",))))
    QApplication.processEvents()
    assert kept(window)["diagnosis"]["text"] == "neur"  # kept when the keyboard went on to the scores
    assert named(page.rows["baseline"], "Average pain", QLineEdit).text() == "7"


def test_an_answer_keeps_the_question_as_it_was_asked(window, page):
    row = page.rows["consent"]
    scroll_to(row)
    click(button(row, "Yes"))
    shipped = intake_template.shipped_intake_template()
    sections = [
        IntakeSection(
            part.title,
            tuple(
                replace(item, question="Signed?") if item.id == "consent" else item
                for item in part.items
                if item.id != "examination"
            ),
        )
        for part in shipped.sections
    ]
    intake_template.keep_site_intake(IntakeTemplate("Ours", tuple(sections)))
    scroll_to(page.rows["examination"])
    click(button(page.rows["examination"], "No"))
    row = page.rows["consent"]
    assert "Signed?" in said(row)
    assert "Answered as “Consent given?”" in said(row)
    assert kept(window)["consent"]["question"] == "Consent given?"
    assert "examination" in page.rows  # answered, though it is asked no more
    assert page.head.progress.text() == "1 of 18 answered"


def test_a_site_file_that_cannot_be_read_is_said_above_the_shipped_questions(window, page, site_file):
    site_file.write_text("{", encoding="utf-8")
    scroll_to(page.rows["consent"])
    click(button(page.rows["consent"], "Yes"))
    assert page.notice.isVisible()
    assert "not JSON" in page.notice.text()
    assert kept(window)["consent"]["answer"] == "yes"


def test_another_case_takes_nothing_typed_over(window, page):
    keys = Keyboard(window)
    page.show_item("diagnosis")
    keys.write("of the first patient")
    second = add_case(window, a_case(2))
    QApplication.processEvents()
    assert window.case_desk.case.id == second.id
    assert page.rows["diagnosis"].field.words == ""
    assert window.case_desk.library.read(second.id)[0].intake.answers == ()


def test_another_case_begins_at_its_first_question(window, page):
    page.show_item("expect-skin")
    QTest.qWait(1)
    assert page.column.verticalScrollBar().value() > 0
    add_case(window, a_case(2))
    QApplication.processEvents()
    assert page.column.verticalScrollBar().value() == 0


def test_another_case_shows_its_own_answers_in_the_rows_of_the_first(window, page):
    first = window.case_desk.case
    scroll_to(page.rows["consent"])
    click(button(page.rows["consent"], "Yes"))
    assert "Dr A" in page.rows["consent"].accessibleName()
    second = add_case(window, a_case(2))
    QApplication.processEvents()
    row = page.rows["consent"]
    assert "Open" in row.accessibleName()
    assert "Dr A" not in said(row)
    assert not any(row.buttons.button(one).isChecked() for one in Answer)
    assert window.case_desk.library.read(second.id)[0].intake.answers == ()
    assert window.case_desk.open(first.id)
    QApplication.processEvents()
    assert page.rows["consent"].buttons.button(Answer.YES).isChecked()


def test_a_folded_question_is_unfolded_to_go_to_it_and_what_is_written_in_it_stays_in_sight(window, page):
    keys = Keyboard(window)
    page.show_item("expect-horner")
    QTest.qWait(1)
    assert focused(page) == "expect-horner"
    keys.press(Key.Key_Return)
    keys.write("one pupil small since birth")
    keys.press(Key.Key_Return)  # it is no answer yet
    fold = button(page, "Hide 19 questions of other targets")
    scroll_to(fold)
    click(fold)
    QApplication.processEvents()
    visible = [row.item.id for row in page.column.order if row.isVisible()]
    assert visible[ALWAYS:] == ["expect-horner"]
    assert said(page).split("\n").count("Choice and consent") == 1
    assert page.rows["expect-horner"].field.words == "one pupil small since birth"
    scroll_to(page.rows["expect-horner"])
    click(button(page.rows["expect-horner"], "Yes"))
    assert kept(window)["expect-horner"]["text"] == "one pupil small since birth"


def test_next_open_question_goes_round(page):
    page.show_item("expect-skin")
    click(button(page, "Next open question"))
    assert focused(page) == "diagnosis"
    click(button(page, "Next open question"))
    assert focused(page) == "pain-since"


def test_a_row_is_never_cut_at_either_size(window, page):
    """Every word of every row has the room it needs, at the default and at the smallest window."""
    for width, height in ((1712, 950), (1158, 640)):
        window.resize(width, height)
        QTest.qWait(20)
        for row in page.column.order:
            for text in row.findChildren(type(label())):
                if text.isVisible() and text.text() and text.wordWrap():
                    assert text.height() >= text.heightForWidth(text.width()), f"{row.item.id} at {width}"
            if row.isVisible():
                right = row.buttons.mapTo(row, QPoint(row.buttons.width(), 0)).x()
                assert right < row.width()
