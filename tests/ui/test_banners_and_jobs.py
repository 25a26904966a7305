"""Do banners keep their order, do jobs end as sentences, and is a plan left open by a crash offered again?"""

from __future__ import annotations

import json

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel

from planner.domain.errors import Cancelled, WorkerFailed
from planner.persistence.open_mark import OpenMark, is_held
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


def test_a_job_that_fails_after_it_was_stopped_tells_nobody(window, runner):
    failures = []
    job = window.desk.jobs.start(ScanFolder("/x"), verb="Reading", on_done=failures.append, on_failed=failures.append)
    window.desk.jobs.cancel(job)
    runner.jobs[-1].on_failed(WorkerFailed("It broke off.", code="x"))
    assert failures == []
    assert not window.desk.jobs.running


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


def _keep(case, folder, name="Small"):
    folder.mkdir(parents=True)
    path = folder / f"{name}.frostline"
    case.session.keep_in(path, source_folder="/nowhere")
    return path


def _left_behind(window, path, *, steps, made, at="2026-01-02T03:04:05Z"):
    """What a window that was killed leaves: its mark, which nobody holds."""
    mark = window.recents.store.mark_of(path)
    mark.parent.mkdir(parents=True, exist_ok=True)
    state = {"path": str(path), "steps": steps, "made": made, "at": at}
    mark.write_text(json.dumps(state))
    return mark


def test_a_plan_left_open_is_offered_with_its_edits_counted_and_said_again_when_it_is_opened(window, case):
    path = _keep(case, window.desk.services.plans_folder)
    case.session.apply(RenamePlan("Renamed"), initiator="test")
    case.session.close()
    _left_behind(window, path, steps=0, made=2)
    window.offer_recovery()
    sentence = window.banners.sentence_of("RECOVERED")
    assert "“Small” closed unexpectedly at" in sentence
    assert "1 of 2 edits are kept. The edit under way when it ended is not." in sentence
    assert [text for text, _ in window.banners._notices["RECOVERED"].buttons] == ["Open recovered plan", "Leave it"]


def test_a_plan_that_another_window_works_on_is_not_offered_as_left(window, case):
    path = _keep(case, window.desk.services.plans_folder)
    mark = OpenMark(window.recents.store.mark_of(path), path, steps=0, at="2026-01-02T03:04:05Z")
    window.offer_recovery()
    assert not window.banners.sentence_of("RECOVERED")
    mark.release()


def test_a_plan_is_marked_while_it_is_open_and_edits_are_counted_apart_from_its_file(window, case):
    path = _keep(case, window.desk.services.plans_folder)
    window.desk.open(case.session, case.shared)
    mark = window.recents.store.mark_of(path)
    window.desk.apply(RenamePlan("one"))
    window.desk.apply(RenamePlan("two"))
    state = json.loads(mark.read_text())
    assert (state["steps"], state["made"]) == (0, 2)
    assert is_held(mark)
    window.close()
    assert not mark.exists()


def test_H_21_what_was_recovered_is_said_until_somebody_has_seen_it(window, case):
    path = _keep(case, window.desk.services.plans_folder)
    _left_behind(window, path, steps=0, made=0)
    window.desk.open(case.session, case.shared)
    assert "Nothing had been edited" in window.banners.sentence_of("RECOVERED")
    window.desk.apply(RenamePlan("one"))
    assert window.banners.sentence_of("RECOVERED")
    dict(window.banners._notices["RECOVERED"].buttons)["Close"]()
    assert not window.banners.sentence_of("RECOVERED")


def test_H_43_settings_remember_no_plan_and_no_patient(window, case):
    folder = window.desk.services.plans_folder
    _keep(case, folder, "Jane Doe")
    window.desk.open(case.session, case.shared)
    window.close()
    settings = window._settings
    settings.sync()
    kept = " ".join(str(settings.value(key)) for key in settings.allKeys())
    assert "Doe" not in kept
    assert str(folder) not in kept
