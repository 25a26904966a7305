"""A patient of plain shapes for tools of structures, and a hand that presses what is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity, PlanId, StructureId
from planner.domain.plan import Plan
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.services.history import History
from planner.services.session import Session
from planner.services.shared import SharedVolume
from planner.ui.steps import WorkStep
from planner.ui.widgets.fields import NumberField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.ui.main_window import MainWindow

SHAPE_KJI = (40, 60, 70)
STEP_MM = np.array([1.5, 1.5, 2.0])  # x, y, z
FIRST_MM = -STEP_MM * (np.array(SHAPE_KJI[::-1]) - 1) / 2
HAND = StructureId("hand")
BALL_MM, BALL_RADIUS_MM = (12.0, -6.0, 0.0), 12.0


def places_mm() -> NDArray[np.float64]:
    """Centre of every voxel, LPS mm, shape (K, J, I, 3), written out here and not asked of the grid."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE_KJI), indexing="ij")
    return np.stack((i, j, k), axis=-1) * STEP_MM + FIRST_MM


def ball(centre_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    return np.linalg.norm(places_mm() - centre_mm, axis=-1) <= radius_mm


def make_hu() -> NDArray[np.int16]:
    """Water in air; a ball of 300 HU, a second one of 300 HU apart from it, and a cloud of −100 HU behind."""
    x, y, _ = np.moveaxis(places_mm(), -1, 0)
    hu = np.where((np.abs(x) < 48) & (np.abs(y) < 40), 0, -1000).astype(np.int16)
    hu[ball(BALL_MM, BALL_RADIUS_MM)] = 300
    hu[ball((-25.0, 10.0, 0.0), 8.0)] = 300
    hu[(y > 25) & (y < 40) & (np.abs(x) < 48)] = -100
    return hu


def open_patient(window: MainWindow, masks: Mapping[str, NDArray[np.bool_]]) -> Session:
    """Open the patient in the Structures step; the mask called ``hand`` is the one that is selected."""
    blobs, hu = window.desk.blobs, make_hu()
    grid = Grid.from_axes(SHAPE_KJI, origin_lps_mm=tuple(FIRST_MM), spacing_ijk_mm=tuple(STEP_MM))
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.2.3", "1.2.3.4", "1.2.3.5", series_label="2 · Shapes")
    structures = tuple(
        Structure(StructureId(name), name.capitalize(), StructureKind.LIVER, blobs.put(mask), StructureOrigin.DRAWN)
        for name, mask in masks.items()
    )
    volume = Volume(ref, hu)
    plan = Plan(PlanId("plan"), "Shapes", ref, structures)
    session = Session(blobs=blobs, volume=volume, identity=PatientIdentity(patient_id="7"), history=History(plan))
    window.resize(1920, 1080)
    window.desk.open(session, SharedVolume.of(volume, blobs))
    window.go_to_step(WorkStep.STRUCTURES)
    QApplication.processEvents()
    window.desk.view.select_structure(HAND if HAND in masks else None)
    return session


def mask_of(session: Session, structure_id: StructureId = HAND) -> NDArray[np.bool_]:
    return np.asarray(session.mask(structure_id))


def seen(root: QWidget, kind: type[QWidget], name: str) -> QWidget:
    """Return the one widget of a kind and name that is on the screen."""
    found = [w for w in root.findChildren(kind) if w.accessibleName() == name and w.isVisible()]
    assert len(found) == 1, f"{len(found)} of “{name}” are seen"
    return found[0]


def click(widget: QWidget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())
    QApplication.processEvents()


def take_tool(window: MainWindow, caption: str) -> None:
    """Press a button of the strip."""
    click(seen(window.plan.strip, QAbstractButton, caption))


def choose(window: MainWindow, name: str) -> None:
    """Press one of several words in the options, such as ``"Brush form: Sphere"``."""
    click(seen(window.plan.options, QAbstractButton, name))


def type_value(window: MainWindow, name: str, text: str) -> None:
    """Type into a field of the options and leave it with Enter."""
    field = seen(window.plan.options, NumberField, name)
    click(field)
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def pick(window: MainWindow, name: str, words: str) -> None:
    """Choose an entry of a list in the options, by the keyboard: its popup is a window of its own."""
    field = seen(window.plan.options, QComboBox, name)
    assert isinstance(field, QComboBox)
    field.setFocus()
    field.setCurrentIndex(field.findText(words))


def apply(window: MainWindow) -> None:
    """Press the button that finishes."""
    assert window.plan.options.apply_button.isVisible()
    click(window.plan.options.apply_button)


def place_px(view, lps_mm: tuple[float, float, float]) -> QPoint:
    """Where a point of the patient is in a slice."""
    x, y = view.plane.to_px(lps_mm)
    return QPoint(round(float(x)), round(float(y)))
