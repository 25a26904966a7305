"""What record do the tests of the procedure page type into? A plan of two probes with places that a hand can check."""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from contextlib import contextmanager

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from planner.casebook.library import CaseLibrary
from planner.domain.identity import PlanId, ProbeId, ProcedureId, Sha256, TargetId
from planner.domain.procedure import PlannedProbe, PlannedProcedure, PlannedTarget, Procedure
from planner.domain.protocol import Phase, PhaseKind
from planner.persistence.blobs import BlobStore
from planner.services.jobs import InlineRunner
from planner.ui.case.case_desk import CaseDesk
from planner.ui.case.procedure_page import ProcedurePage
from planner.ui.desk import AppServices, Desk
from planner.ui.preferences import Preferences
from tests.ui.case_bench import AT, a_case, a_plan

FREEZE, THAW = Phase(PhaseKind.FREEZE, 480.0), Phase(PhaseKind.PASSIVE_THAW, 300.0)
DAY = "2026-03-02"
# Straight back: entry 60 mm in front of the tip.
P1_ENTRY, P1_TIP = (-60.0, 200.0, -570.0), (-60.0, 260.0, -570.0)
P2_ENTRY, P2_TIP = (-40.0, 210.0, -560.0), (-40.0, 250.0, -560.0)


def a_planned(label, entry, tip):
    phases = (FREEZE, THAW, FREEZE)
    return PlannedProbe(ProbeId(label), label, "a", "Probe A", tip, entry, math.dist(entry, tip), phases)


def a_plan_record(**facts):
    given = {"ice_long_mm": 35.5, "ice_short_mm": 22.1} | facts
    target = PlannedTarget(TargetId("t"), "intercostal", "Right intercostal nerve T8")
    probes = (a_planned("P1", P1_ENTRY, P1_TIP), a_planned("P2", P2_ENTRY, P2_TIP))
    plan_id, plan_hash = PlanId(f"{1:032x}"), Sha256("0" * 64)
    phases = (FREEZE, THAW, FREEZE)
    return PlannedProcedure(plan_id, "T8 right, plan 1", plan_hash, "Two cycles", probes, (target,), phases, **given)


def a_record(number=1, **facts):
    given = {"planned": a_plan_record()} | facts
    return Procedure(ProcedureId(f"{number:032x}"), DAY, **given)


TODAY, NOW = "2026-03-09", "2026-03-09T12:00:00Z"
"""A week after the procedure: what is typed of it is past, whatever this computer's clock says."""


@contextmanager
def opened_page(folder):
    """Give what opens the page with records, once; it is closed afterwards."""
    made = []

    def open_with(*records, **facts):
        made.append(ProcedureHands(folder, *records, **facts))
        return made[0]

    yield open_with
    for one in made:
        one.close()


class ProcedureHands:
    """The page of a record in a window of its own as large as the case page leaves it at 1920, and hands on it."""

    def __init__(self, folder, *records, who="Dr A. Berg", plans=None):
        blobs = BlobStore(folder / "blobs")
        blobs.folder.mkdir()
        services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), folder / "plans")
        settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.desk = Desk(services, Preferences(settings))
        self.file = folder / "cases" / "cases.sqlite"
        self.case_desk = CaseDesk(self.desk, CaseLibrary(self.file.parent))
        self.case_desk.now, self.case_desk.today = lambda: NOW, lambda: TODAY
        self.window = QWidget()
        self.page = ProcedurePage(self.case_desk)
        box = QVBoxLayout(self.window)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.page)
        self.window.resize(1712, 900)
        self.window.show()
        self.window.activateWindow()
        case = a_case(plans=(a_plan(),) if plans is None else plans, procedures=records)
        self.case_id = case.id
        self.case_desk.library.add(case, at=AT)
        self.case_desk.set_who(who)
        assert self.case_desk.open(case.id)
        QTest.qWait(1)

    def close(self):
        """Take the window away."""
        self.desk.close_session()
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()

    @property
    def raw(self):
        """The record looked at as it lies in the library's file, read by nothing but SQLite, zlib and JSON."""
        connection = sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True)
        try:
            data = connection.execute("SELECT data FROM revision ORDER BY n DESC LIMIT 1").fetchone()[0]
        finally:
            connection.close()
        records = json.loads(zlib.decompress(data))["procedures"]
        return next(one for one in records if one["id"] == self.page.procedure.id)

    @property
    def form(self):
        return self.page.form

    @property
    def kept(self):
        """The record as the library has it."""
        case, _ = self.case_desk.library.read(self.case_id)
        return next(one for one in case.procedures if one.id == self.page.procedure.id)

    @property
    def last_label(self):
        return self.case_desk.library.history(self.case_id)[-1].label

    def type(self, field, text, *, key=Qt.Key.Key_Tab):
        """Click into a field, replace what is there, and leave it by a key."""
        self.form.ensureWidgetVisible(field)
        QTest.mouseClick(field, Qt.MouseButton.LeftButton)
        field.selectAll()
        if text:
            QTest.keyClicks(field, text)
        else:
            QTest.keyClick(field, Qt.Key.Key_Delete)
        if key is not None:
            QTest.keyClick(field, key)
        QTest.qWait(1)

    def choose(self, field, data):
        """Walk a choice by its keys to the entry that carries some data."""
        self.form.ensureWidgetVisible(field)
        field.setFocus()
        target = field.findData(data)
        assert target >= 0, [field.itemText(n) for n in range(field.count())]
        for _ in range(field.count() + 1):
            if field.currentIndex() == target:
                break
            QTest.keyClick(field, Qt.Key.Key_Down if field.currentIndex() < target else Qt.Key.Key_Up)
        assert field.currentData() == data
        QTest.qWait(1)

    def click(self, button):
        """Press a button with the mouse."""
        if button.isHidden() or not button.isVisible():
            button = next(one for one in self.form.add_buttons if one.accessibleName() == button.text())
        if self.form is not None and self.form.isAncestorOf(button):
            self.form.ensureWidgetVisible(button)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QTest.qWait(1)

    def rows_of_table(self):
        """The table as read: four texts a line."""
        model = self.page.table.model()
        return [tuple(model.index(row, column).data() for column in range(4)) for row in range(model.rowCount())]
