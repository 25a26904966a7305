"""Do banners keep their order, do jobs end as sentences, and is a plan left open by a crash offered again?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel

from planner.domain.errors import Cancelled, WorkerFailed
from planner.services.commands import RenamePlan
from planner.services.tasks import ScanFolder, SegmentVolume
from planner.ui.steps import WorkStep
from planner.ui.widgets.banner import Banner, Notice


def _shown(stack):
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return [banner.notice.word for banner in stack.findChildren(Banner)]


def test_at_most_two_banners_in_the_fixed_order_and_the_rest_is_counted(window):
    for word in ("NAMES HIDDEN", "STALE", "RECOVERED", "READ-ONLY"):
        window.desk.notice(Notice(word, "It is so.", "check"))
    assert _shown(window.banners) == ["READ-ONLY", "STALE"]
    assert any("2 more" in label.text() for label in window.banners.findChildren(QLabel))
    window.desk.unnotice("STALE")
    assert _shown(window.banners) == ["READ-ONLY", "RECOVERED"]


def test_a_refusal_is_a_banner_that_can_be_closed(window, runner, tmp_path):
    window.opener.scan(tmp_path)
    runner.requests(ScanFolder)[0].on_failed(WorkerFailed("The background process ended unexpectedly.", code="x"))
    assert "ended unexpectedly" in window.banners.sentence_of("REFUSED")
    assert not window.desk.jobs.running
    (_, close), *_ = window.banners._notices["REFUSED"].buttons
    close()
    assert window.banners.words() == ()


def test_cancelling_is_no_refusal(window, runner, tmp_path):
    window.opener.scan(tmp_path)
    window.desk.jobs.cancel_all()
    assert runner.jobs[0].cancelled
    runner.jobs[0].on_failed(Cancelled())
    assert window.banners.words() == ()


def test_progress_is_words_with_a_count(window, runner, tmp_path):
    window.opener.scan(tmp_path)
    runner.jobs[0].on_progress(120, 275, "Reading headers")
    assert window.desk.jobs.running[0].words == "Reading headers 120 of 275"


def test_what_a_job_has_so_far_is_shown_until_it_is_cancelled(window, runner):
    shown = []
    job = window.desk.jobs.start(ScanFolder("/x"), verb="Reading", on_done=shown.append, on_partial=shown.append)
    runner.jobs[-1].on_partial("some")
    window.desk.jobs.cancel(job)
    runner.jobs[-1].on_partial("more")
    runner.jobs[-1].on_done("all")
    assert shown == ["some"]


def test_work_for_one_plan_never_reaches_another(planned, runner, case):
    planned.go_to_step(WorkStep.STRUCTURES)
    planned.plan.pages[WorkStep.STRUCTURES]._find.click()
    job = runner.requests(SegmentVolume)[0]
    planned.desk.open(case.session, case.shared)
    assert job.cancelled


def test_a_plan_left_open_is_offered_and_a_closed_one_is_not(window, case):
    folder = window.desk.services.plans_folder
    folder.mkdir(parents=True)
    case.session.keep_in(folder / "Small.frostline", source_folder="/nowhere")
    case.session.apply(RenamePlan("Renamed"), initiator="test")
    window.desk.open(case.session, case.shared)
    window.offer_recovery()  # what the next start would do, had this one crashed here
    assert "Small" in window.banners.sentence_of("RECOVERED")
    window.close()
    assert window._settings.value("window/open_plan") is None


@pytest.mark.parametrize("outside", [True, False])
def test_settings_remember_only_names_of_our_own_folder(window, case, tmp_path, outside):
    folder = tmp_path / "elsewhere" if outside else window.desk.services.plans_folder
    folder.mkdir(parents=True)
    case.session.keep_in(folder / "Jane Doe.frostline", source_folder="/nowhere")
    window.desk.open(case.session, case.shared)
    assert window._settings.value("window/open_plan") == (None if outside else "Jane Doe.frostline")
