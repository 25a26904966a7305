"""What do the tests of the intake page share? A window with the page alone, and the answers as they lie on the disk."""

from __future__ import annotations

import json
import sqlite3
import zlib
from dataclasses import replace

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from planner.casebook.library import CaseLibrary
from planner.casebook.readiness import readiness
from planner.persistence import intake_template
from planner.persistence.blobs import BlobStore
from planner.services.target_commands import PutTarget
from planner.ui.case.case_desk import CaseDesk
from planner.ui.case.intake_page import IntakePage
from planner.ui.desk import AppServices, Desk
from planner.ui.preferences import Preferences


def page_window(runner, tmp_path) -> QWidget:
    """A window with nothing in it but the page: as wide as the case page leaves it in the smallest window."""
    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: runner, tmp_path / "plans")
    desk = Desk(services, Preferences(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)))
    made = QWidget()
    made.desk, made.case_desk = desk, CaseDesk(desk, CaseLibrary(services.cases_folder))
    made.page = IntakePage(made.case_desk)
    box = QVBoxLayout(made)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(made.page)
    made.resize(1158, 640)
    made.show()
    made.activateWindow()
    return made


def close_window(made) -> None:
    """Close it with what is on its desk."""
    made.desk.close_session()
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def kept(window) -> dict[str, dict]:
    """Every answer of the case's last revision on the disk, by the id of its question."""
    file = window.desk.services.cases_folder / "cases.sqlite"
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        data = connection.execute("SELECT data FROM revision ORDER BY n DESC LIMIT 1").fetchone()[0]
    finally:
        connection.close()
    return {answer["item_id"]: answer for answer in json.loads(zlib.decompress(data))["intake"]["answers"]}


def said(widget) -> str:
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def ready(window) -> bool:
    return readiness(window.case_desk.case, intake_template.intake_template()).is_ready


def focused(page):
    return next((row.item.id for row in page.column.order if row.hasFocus()), "")


def without_block(window) -> None:
    """Take the block off the open plan's target."""
    target = window.desk.session.plan.targets[0]
    assert window.desk.apply(PutTarget(replace(target, block=None)))
    QApplication.processEvents()
