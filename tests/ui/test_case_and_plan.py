"""Does a plan know its case and a case its plans, one click apart, and is nobody's plan added to another's case?"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from planner.domain.identity import PatientIdentity
from planner.services.case_commands import NameCase, TakePlanOut
from planner.services.casework import OpenCase
from planner.services.target_commands import PutTarget
from planner.ui.case.case_steps import CaseStep
from planner.ui.case.choose_case import ChooseCaseDialog
from planner.ui.case.new_case import NewCaseDialog
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.steps import WorkStep
from tests.ui.case_bench import a_case, a_plan, add_case, wait_until
from tests.ui.real_hands import CTRL, Keyboard

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def planned_file(window, case, tmp_path):
    """The window with the small plan, kept in a file, at its Study step."""
    folder = window.desk.services.plans_folder
    folder.mkdir(parents=True)
    case.session.keep_in(folder / "Small.frostline", source_folder=str(tmp_path))
    window.desk.open(case.session, case.shared)
    window.go_to_step(WorkStep.STUDY)
    return window


def _section(window):
    return window.plan.study.case


def _dialog(kind):
    QApplication.processEvents()
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible())


def _start(window, problem="Stump pain"):
    QTest.mouseClick(_section(window).start, LEFT)
    _dialog(NewCaseDialog)
    keys = Keyboard(window)
    keys.write(problem)
    keys.press(Qt.Key.Key_Return)
    wait_until(lambda: not window.cases.link.is_busy)
    return window.case_desk.case


def test_a_case_is_begun_with_the_plan_and_the_way_there_and_back_is_one_click_each(planned_file):
    window = planned_file
    case = _start(window)
    assert [plan.name for plan in case.plans] == ["Small"]
    assert window.is_case_shown
    assert window.case_desk.library.identities.get(case.id) == PatientIdentity()  # never kept unasked
    plan_mode = next(button for button in window.top._modes.buttons() if button.text() == "Plan")
    assert not plan_mode.isChecked()
    QTest.mouseClick(plan_mode, LEFT)
    assert window.is_plan_shown
    assert plan_mode.isChecked()
    assert window.top.case.text() == case.pseudonym
    QTest.mouseClick(window.top.case, LEFT)
    assert window.is_case_shown
    assert window.desk.session is not None
    keys = Keyboard(window)
    keys.press(Qt.Key.Key_K, CTRL)
    assert window.is_plan_shown
    keys.press(Qt.Key.Key_K, CTRL)
    assert window.is_case_shown


def test_the_study_step_lists_what_is_missing_and_a_click_goes_to_that_question(planned_file):
    window = planned_file
    case = _start(window)
    window.show_plan()
    section = _section(window)
    missing = window.cases.link.first.readiness.missing
    assert section.missing.count() == len(missing) > 10
    state = next(s for s in window.plan.rail._states if s.step is WorkStep.STUDY)
    assert state.line == f"30 slices · intake 0/{len(missing)}"
    assert case.pseudonym in state.note
    row = next(n for n in range(section.missing.count()) if section.missing.item(n).text() == missing[3].question)
    place = section.missing.visualItemRect(section.missing.item(row)).center()
    QTest.mouseClick(section.missing.viewport(), LEFT, pos=place)
    assert window.is_case_shown
    assert window.case.rail.current is CaseStep.INTAKE


def test_a_target_changed_in_the_plan_is_known_to_its_case(planned_file):
    window = planned_file
    _start(window)
    window.show_plan()
    target = window.desk.session.plan.targets[0]
    window.desk.apply(PutTarget(replace(target, name="Adrenal gland", atlas_id="adrenal")))
    Keyboard(window).press(Qt.Key.Key_K, CTRL)
    case = window.case_desk.case
    assert case.atlas_ids == {"adrenal"}
    assert window.case_desk.library.read(case.id)[0].atlas_ids == {"adrenal"}


def test_the_plan_is_added_to_a_case_found_by_typing(planned_file):
    window = planned_file
    for number, problem in ((1, "Stump pain"), (2, "Pudendal neuralgia"), (3, "Stellate, cluster headache")):
        window.case_desk.library.add(a_case(number, problem=problem), at=f"2026-03-0{number}T08:00:00Z")
    QTest.mouseClick(_section(window).add, LEFT)
    dialog = _dialog(ChooseCaseDialog)
    assert dialog.list.count() == 3
    keys = Keyboard(window)
    keys.write("pud")
    assert dialog.list.count() == 1
    keys.press(Qt.Key.Key_Return)
    assert window.case_desk.case.id == a_case(2).id
    assert [plan.name for plan in window.case_desk.case.plans] == ["Small"]


def test_a_plan_of_somebody_else_is_asked_about_before_it_joins(planned_file):
    window = planned_file
    case = a_case()
    window.case_desk.library.add(case, at="2026-03-01T08:00:00Z")
    window.case_desk.library.identities.put(case.id, PatientIdentity(patient_name="Roe^Rita", patient_id="99"))
    window.case_desk.open(case.id)
    window.case.go_to(CaseStep.PLANS)
    QTest.mouseClick(window.case.plans.add_open, LEFT)
    assert _dialog(QuestionDialog)
    Keyboard(window).press(Qt.Key.Key_Escape)
    assert not window.case_desk.case.plans
    QTest.mouseClick(window.case.plans.add_open, LEFT)
    QTest.mouseClick(_dialog(QuestionDialog).answer, LEFT)
    assert [plan.name for plan in window.case_desk.case.plans] == ["Small"]


def test_a_synthetic_plan_never_joins_a_patients_case_and_a_training_case_says_what_it_is(window):
    add_case(window, a_case(1, plans=(a_plan(1),)))
    window.cases.deeds.put_plan(a_plan(2, case_kind="chest-wall"))
    assert window.banners.sentence_of("REFUSED")
    assert len(window.case_desk.case.plans) == 1
    assert not window.case.head._training.isVisible()
    add_case(window, a_case(2, plans=(a_plan(3, case_kind="chest-wall"),)))
    assert window.case.head._training.isVisible()


def test_a_plan_taken_out_leaves_its_file_and_undo_brings_it_back(planned_file):
    window = planned_file
    case = _start(window)
    file = window.desk.services.plans_folder / "Small.frostline"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    window.case.go_to(CaseStep.PLANS)
    window.case.plans.list.setFocus()
    QTest.keyClick(window.case.plans.list, Qt.Key.Key_Delete)
    assert not window.case_desk.case.plans
    wait_until(lambda: not window.cases.link.is_busy)
    assert window.cases.link.first is None
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    Keyboard(window).press(Qt.Key.Key_Z, CTRL)
    assert window.case_desk.case.plans == case.plans


def test_another_plan_does_not_take_the_place_of_one_that_is_gone(window, case, tmp_path, monkeypatch):
    add_case(window, a_case(plans=(a_plan(1),)))
    file = tmp_path / "Small.frostline"
    case.session.keep_in(file, source_folder=str(tmp_path))
    case.session.close()
    window.case.go_to(CaseStep.PLANS)
    page = window.case.plans
    assert page.open_button.text() == "Find the file…"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(file), ""))
    QTest.mouseClick(page.open_button, LEFT)
    assert window.case_desk.case.plans == (a_plan(1),)
    QTest.mouseClick(page.add_file, LEFT)
    assert [plan.name for plan in window.case_desk.case.plans] == [a_plan(1).name, "Small"]


def test_an_edit_after_another_windows_is_refused_and_the_case_shown_anew(window):
    case = add_case(window, a_case())
    OpenCase(window.case_desk.library, case.id).apply(NameCase("Their words"))
    assert not window.case_desk.apply(NameCase("My words"))
    banner = window.banners.sentence_of("REFUSED")
    assert "Another window" in banner
    window.case_desk.show_anew()
    QTest.qWait(1)
    assert window.case.head.problem.whole_text() == "Their words"
    assert window.case_desk.apply(TakePlanOut("none")) is True
    assert window.case_desk.apply(NameCase("My words"))
