"""On what do tests of the follow-up page work? The page in a window of its own, with a real library of cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from planner.casebook.library import CaseLibrary
from planner.domain.identity import CaseId
from planner.persistence.blobs import BlobStore
from planner.services.jobs import InlineRunner
from planner.ui.case.case_desk import CaseDesk
from planner.ui.case.follow_up_page import FollowUpPage
from planner.ui.desk import AppServices, Desk
from planner.ui.preferences import Preferences
from tests.followed_case import AT, case, procedure, target

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp

TODAY = "2026-02-22"
"""43 days after the procedure of the case that is shown by default."""
CASE_ID, OTHER_ID = CaseId("c" * 32), CaseId("d" * 32)


def expecting() -> Case:
    """Return a case of one procedure after which recovery is expected from day 80 to day 211."""
    return case(procedure("2026-01-10", target(80, 211)))


class FollowUpBench:
    """The page with its desk; today is :data:`TODAY`."""

    def __init__(self, folder: Path) -> None:
        blobs = BlobStore(folder / "blobs")
        blobs.folder.mkdir()
        services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), folder / "plans")
        settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.desk = Desk(services, Preferences(settings))
        self.case_desk = CaseDesk(self.desk, CaseLibrary(folder / "cases"))
        self.case_desk.today = lambda: TODAY
        self.page = FollowUpPage(self.case_desk)
        self.page.resize(1158, 900)
        self.page.show()

    def show(self, of: Case | None = None, *, who: str = "A. Bell") -> FollowUpPage:
        """Keep a case in the library and show it."""
        kept = replace(of or expecting(), id=CASE_ID)
        self.case_desk.library.add(kept, at=AT)
        self.case_desk.set_who(who)
        assert self.case_desk.open(CASE_ID)
        self.page.activateWindow()
        QApplication.processEvents()
        return self.page

    @property
    def follow_ups(self) -> tuple[FollowUp, ...]:
        """The follow-ups as the case stands."""
        return self.case_desk.case.follow_ups

    @property
    def one(self) -> FollowUp:
        """The only follow-up."""
        (found,) = self.follow_ups
        return found
