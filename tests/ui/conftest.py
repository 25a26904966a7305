"""Which screen do window tests run on? A real X server of their own, or none; and nothing may be left open.

``FROSTLINE_TEST_PLATFORM=offscreen`` runs them without an X server. Otherwise an Xvfb is started for the session and
ended with it; where Xvfb is not installed, window tests are skipped with that reason.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from planner.ui.main_window import MainWindow

_SCREEN = "1920x1080x24"
_servers: list[subprocess.Popen[bytes]] = []
_reason: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Choose the platform before Qt is imported anywhere."""
    del config
    if os.environ.get("FROSTLINE_TEST_PLATFORM") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


def _start_server() -> None:
    """Start an X server on a free display; Qt and VTK then open real windows on it."""
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen" or _servers or _reason:
        return
    program = shutil.which("Xvfb")
    if program is None:
        _reason.append("Xvfb is not installed; set FROSTLINE_TEST_PLATFORM=offscreen to run without it")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return
    read_end, write_end = os.pipe()
    command = [program, "-displayfd", str(write_end), "-screen", "0", _SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()
    _servers.append(server)
    os.environ["DISPLAY"] = f":{number}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the X server."""
    del config
    for server in _servers:
        server.terminate()
        server.wait(timeout=10)
    _servers.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the server only when there is a window test to run; mark and, without a screen, skip those."""
    here = os.path.dirname(__file__)  # noqa: PTH120 - compared as text
    windows = [item for item in items if str(item.path).startswith(here)]
    if not windows:
        return
    _start_server()
    for item in windows:
        item.add_marker(pytest.mark.ui)
        if _reason:
            item.add_marker(pytest.mark.skip(reason=_reason[0]))


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """Let pytest-qt make a plain QApplication."""
    from PySide6.QtWidgets import QApplication

    return QApplication


@pytest.fixture(autouse=True)
def collect_on_this_thread() -> Iterator[None]:
    """Keep widgets from dying on the thread of a mask or a mesh, as the program does (planner/ui/garbage.py)."""
    gc.disable()
    yield
    gc.collect(0)
    gc.enable()


@pytest.fixture(autouse=True)
def hand_off_the_mouse() -> Iterator[None]:
    """Fail the test that leaves a button pressed, not the next one, whose banners would wait for the hand."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication

    yield
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton, "a mouse button was left pressed"


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    """The application as the program sets it up: fonts, theme, accessibility."""
    from planner.ui.app import make_application

    return make_application() or qapp


@pytest.fixture
def no_leaks(app: QApplication) -> Iterator[None]:
    """Fail when a test leaves a top-level widget behind."""
    from PySide6.QtCore import QCoreApplication, QEvent

    before = set(app.topLevelWidgets())
    yield
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        app.processEvents()
    left = [widget for widget in app.topLevelWidgets() if widget not in before]
    assert not left, f"left open: {left}"


class RecordingRunner:
    """Notes what was asked and answers only when a test says so."""

    def __init__(self) -> None:
        self.jobs: list[RecordedJob] = []

    def submit(self, request, *, on_done, on_failed, on_progress=None, on_partial=None):
        job = RecordedJob(request, on_done, on_failed, on_progress, on_partial)
        self.jobs.append(job)
        return job

    def requests(self, kind):
        return [job for job in self.jobs if isinstance(job.request, kind)]


@dataclass(eq=False)
class RecordedJob:
    """One request with its callbacks."""

    request: object
    on_done: object
    on_failed: object
    on_progress: object
    on_partial: object = None
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def runner() -> RecordingRunner:
    """The runner behind the window of a test."""
    return RecordingRunner()


@pytest.fixture
def window(app: QApplication, no_leaks: None, runner: RecordingRunner, tmp_path: Path) -> Iterator[MainWindow]:
    """A main window with a recording runner, its own settings file and plans folder."""
    del no_leaks
    from PySide6.QtCore import QSettings

    from planner.persistence.blobs import BlobStore
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices

    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: runner, tmp_path / "plans")
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = make_window(services, settings=settings)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def bench(app: QApplication, no_leaks: None, tmp_path: Path) -> Iterator[MainWindow]:
    """A main window whose tasks run at once, in this process, on real files."""
    del no_leaks
    from PySide6.QtCore import QSettings

    from planner.persistence.blobs import BlobStore
    from planner.services.jobs import InlineRunner
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices

    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), tmp_path / "plans")
    made = make_window(services, settings=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    made.show()
    yield made
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def real_window(no_leaks: None, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with real worker processes and its own plans folder."""
    from PySide6.QtCore import QSettings

    from planner.persistence.blobs import BlobStore
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices
    from planner.workers.pool import ProcessPool

    del no_leaks
    blobs = BlobStore.temporary()
    services = AppServices(blobs, lambda dispatch: ProcessPool(blobs, dispatch=dispatch), tmp_path / "plans")
    window = make_window(services, settings=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    window.resize(1920, 1080)
    window.show()
    window.warm_up()  # as the program does once its window is there
    yield window
    window.close()
    window.deleteLater()
    blobs.close()


@pytest.fixture
def case(window: MainWindow) -> SmallCase:
    """A small complete plan, not yet on the desk."""
    return SmallCase(window.desk.blobs)


@pytest.fixture
def planned(window: MainWindow, case: SmallCase) -> MainWindow:
    """The window with the small plan open."""
    window.desk.open(case.session, case.shared)
    return window


class SmallCase:
    """A block of water, 100 × 80 × 60 mm, with a nerve along x, one probe from the front, and a made-up prediction.

    The body fills y from −30 to 30 mm; the tip lies at the origin, the entry on the front at y = −30 mm.
    """

    def __init__(self, blobs) -> None:
        import numpy as np

        from planner.domain.digest import array_hash
        from planner.domain.geometry import Grid, PatientPosition, Side
        from planner.domain.identity import PatientIdentity, PlanId, ProbeId, StructureId, TargetId
        from planner.domain.plan import Plan
        from planner.domain.probe import ProbePlacement
        from planner.domain.protocol import Phase, PhaseKind, Protocol
        from planner.domain.structure import Structure, StructureKind, StructureOrigin
        from planner.domain.target import DiagnosticBlock, NerveCurve, Target
        from planner.domain.volume import Volume, VolumeRef
        from planner.persistence.resources import probe_models
        from planner.services.history import History
        from planner.services.session import Session
        from planner.services.shared import SharedVolume

        grid = Grid.from_axes((30, 40, 50), origin_lps_mm=(-49, -39, -29), spacing_ijk_mm=(2, 2, 2))
        centres_y = grid.to_lps([(0, j, 0) for j in range(40)])[:, 1]
        body = np.broadcast_to((np.abs(centres_y) < 30)[None, :, None], grid.shape_kji).copy()
        hu = np.where(body, 0, -1000).astype(np.int16)
        uids = ("1.2.3", "1.2.3.4", "1.2.3.5")
        ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, *uids, series_label="2 · Block")
        volume = Volume(ref, hu)
        skin = Structure(StructureId("s1"), "Skin", StructureKind.SKIN, blobs.put(body), StructureOrigin.AUTOMATIC)
        nerve = NerveCurve(((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 0.0, 0.0)), (10.0, 30.0))
        block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
        target = Target(
            TargetId("t1"), "Intercostal nerve", "intercostal", Side.MIDLINE, nerve, "T8", 2.0, "test", block
        )
        model = next(m for m in probe_models() if m.can_simulate)
        probe = ProbePlacement(ProbeId("p1"), "P1", model.id, (0.0, -30.0, 0.0), (0.0, 0.0, 0.0))
        protocol = Protocol("Test", (Phase(PhaseKind.FREEZE, 120.0), Phase(PhaseKind.PASSIVE_THAW, 60.0)))
        plan = Plan(PlanId("plan"), "Small", ref, (skin,), (target,), (probe,), protocol)
        identity = PatientIdentity(patient_name="<b>Doe</b>^Jane", patient_id="ID-1", sex="F", study_date="2026-01-02")
        self.shared = SharedVolume.of(volume, blobs)
        self.session = Session(blobs=blobs, volume=volume, identity=identity, history=History(plan))
        self.blobs = blobs

    def prediction(self, *, edge_mm: float = 3.0, spacing_mm: float = 1.0):
        """Return a prediction of the plan as it stands: a ball of cold, and one FAIL, one NOT ASSESSED."""
        import numpy as np

        from planner.domain.assessment import Assessment, Check, NerveProfile
        from planner.domain.digest import content_hash
        from planner.domain.geometry import isotropic_box
        from planner.domain.identity import Sha256, TargetId
        from planner.domain.rule import Verdict
        from planner.domain.simulation import SimulationResult, SolverRecord
        from planner.domain.temperature import TemperatureHistory
        from planner.persistence.resources import rule_set
        from planner.services.shared import SharedResult
        from planner.services.tasks import Prediction

        plan = self.session.plan
        grid = isotropic_box((0, 0, 0), extent_mm=(30, 30, 30), spacing_mm=spacing_mm)
        k, j, i = grid.shape_kji
        index = np.stack(np.meshgrid(range(i), range(j), range(k), indexing="ij"), axis=-1).transpose(2, 1, 0, 3)
        radius = np.linalg.norm(grid.to_lps(index), axis=-1)
        coldest = (-80 + 8 * radius).clip(max=37).astype(np.float32)
        frames = (np.full_like(coldest, 37), coldest, np.maximum(coldest, 0))
        result = SimulationResult(
            input_hash=Sha256("a" * 64),
            grid=grid,
            history=TemperatureHistory.of((0.0, 120.0, 180.0), frames),
            minimum_c=coldest,
            tissue_index=np.zeros(grid.shape_kji, np.uint8),
            tissue_ids=("water",),
            record=SolverRecord("test", "none", coldest.size, 1, 0.1, 0.4, reaches_boundary=False),
        )
        checks = (
            Check("t1", "Intercostal nerve", "target nerve", "treated length", Verdict.PASS, 15.0, "mm", "≥ 4 mm"),
            Check(
                "s1",
                "Skin",
                "skin",
                "0 °C edge",
                Verdict.FAIL,
                edge_mm,
                "mm",
                "≥ 10 mm; fail < 5 mm",
                "",
                (0.0, -30.0, 0.0),
                10.0,
                5.0,
            ),
            Check("x", "Lung, left", "lung", "0 °C edge", Verdict.NOT_ASSESSED, reason="The lung is not segmented."),
        )
        arc = tuple(float(v) for v in range(0, 41, 2))
        warmest = tuple(-80 + 8 * abs(v - 20) for v in arc)
        profile = NerveProfile(TargetId("t1"), arc, warmest, warmest, (10.0, 30.0))
        assessment = Assessment(plan.hash, result.input_hash, content_hash(rule_set()), checks, (profile,))
        return Prediction(SharedResult.of(result, self.blobs), assessment)
