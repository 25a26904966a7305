"""Does dragging a probe show physics? A real drag, a real window, real children, checked against a direct call."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest

from planner.domain.progress import silent
from planner.persistence.blobs import BlobStore
from planner.services.tasks import PreviewIce, perform
from planner.spatial.sample import trilinear
from planner.ui.desk import AppServices
from planner.ui.slices.layers import layers_of
from tests.ui.conftest import SmallCase

LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 120_000


@pytest.fixture
def window(no_leaks, tmp_path):
    """A window with real worker processes and the small plan open."""
    from planner.ui.app import make_window
    from planner.workers.pool import ProcessPool

    del no_leaks
    blobs = BlobStore.temporary()
    services = AppServices(blobs, lambda dispatch: ProcessPool(blobs, dispatch=dispatch), tmp_path / "plans")
    made = make_window(services, settings=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    made.show()
    case = SmallCase(blobs)
    made.desk.open(case.session, case.shared)
    yield made
    made.close()
    made.deleteLater()
    blobs.close()


def test_the_ice_follows_the_hand_and_the_result_follows_the_release(window, qtbot):
    session, axial = window.desk.session, window.plan.grid.slices[0]
    qtbot.waitUntil(lambda: session.result_is_current, timeout=PATIENCE_MS)
    first_tip = session.plan.probes[0].tip_lps_mm
    seen = []

    def note(change):
        if session.preview is not None and "preview" in change.kinds:
            ice = layers_of(session).ice(session, window.desk.view)
            fits = session.preview.plan_hash == session.plan.hash
            seen.append((session.preview.key, fits, ice.is_preview, ice.is_trailing, ice.is_stale))

    window.desk.changed.connect(note)
    start = QPoint(*(round(float(v)) for v in axial.plane.to_px(first_tip)))
    QTest.mousePress(axial, LEFT, pos=start)
    place = start
    for step in range(1, 31):
        place = start + QPoint(2 * step, -step)
        QTest.mouseMove(axial, place)
        QTest.qWait(10)
    assert session.is_held
    assert not session.result_is_current

    # Held still, the ice is soon that of exactly this place.
    qtbot.waitUntil(lambda: session.preview_is_current, timeout=PATIENCE_MS)
    tip = session.plan.probes[0].tip_lps_mm
    assert tip != first_tip
    shown = session.preview
    direct = perform(
        PreviewIce(window.desk.volume, session.plan, shown.grid), blobs=window.desk.blobs, progress=silent
    ).take(window.desk.blobs)
    assert direct.grid == shown.grid
    assert direct.temperature_c.tobytes() == shown.temperature_c.tobytes()
    along = np.array(tip) - 8 * np.array(session.plan.probes[0].direction_lps)
    assert trilinear(shown.temperature_c, shown.grid, [along], outside=37.0)[0] < -20
    assert shown.time_s == 120.0

    # On the way every picture was a preview, and one of another place never passed for this place's.
    assert seen
    for _, fits, is_preview, is_trailing, is_stale in seen:
        assert is_preview
        assert not is_stale
        assert is_trailing is not fits
    assert len({key for key, *_ in seen}) == len(seen)

    QTest.mouseRelease(axial, LEFT, pos=place)
    qtbot.waitUntil(lambda: session.result_is_current, timeout=PATIENCE_MS)
    ice = layers_of(session).ice(session, window.desk.view)
    assert session.preview is None
    assert not ice.is_preview
    assert session.result.grid.spacing_ijk_mm == pytest.approx((1, 1, 1))
    assert session.plan.probes[0].tip_lps_mm == tip
    assert session.undo_label == "move tip of P1"
    # The preview that prepares the next drag may be of this very place, and is in the store until it is taken.
    qtbot.waitUntil(lambda: not list(window.desk.blobs.folder.glob(f"{shown.key}*")), timeout=PATIENCE_MS)
