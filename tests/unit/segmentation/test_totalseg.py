"""TotalSegmentator as a program of its own: absent, without weights, at work, failing, cancelled.

What runs here is a small program that each test writes in its place, in a real child process. The real one is not
installed where the tests run.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain.errors import Cancelled, InputRefused, WorkerFailed
from planner.domain.geometry import Grid, Side
from planner.domain.progress import silent
from planner.domain.structure import USUAL_ROLE, StructureKind, StructureOrigin, StructureRole
from planner.segmentation import totalseg
from planner.segmentation.labelio.classes import known_classes, meaning_of
from planner.segmentation.labelio.label_image import LabelName

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.volume import Volume

SHAPE = (6, 8, 10)
SEGMENTING = """
import gzip, struct, sys, time
options = dict(zip(sys.argv[1:], sys.argv[2:]))
assert "--ml" in sys.argv and options["--task"] == "total"
head = bytearray(gzip.open(options["-i"]).read())
ct = bytes(head[352:])
print("Predicting part 2 of 5 ...", flush=True)
print(" 40%|####      | 2/5", flush=True)
time.sleep(0.3)
struct.pack_into("<hh", head, 70, 2, 8)
labels = bytes((2 if hu >= 1000 else 3 if hu <= -1000 else 0) for (hu,) in struct.iter_unpack("<h", ct))
gzip.open(options["-o"], "wb").write(bytes(head[:352]) + labels)
open(NOTE, "w").write(repr(sys.argv))
"""


@pytest.fixture
def ct(volume_of: Callable[..., Volume]) -> Volume:
    """Dense on the patient's right, air on the left: the program calls them kidney_right and kidney_left."""
    hu = np.zeros(SHAPE, np.int16)
    hu[2:4, 3:6, 1:3], hu[2:4, 3:6, 7:9] = 1200, -1000
    return volume_of(hu, Grid.from_axes(SHAPE, origin_lps_mm=(-9.0, 4.0, 50.0), spacing_ijk_mm=(1.0, 1.0, 2.0)))


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that finds nothing but what a test puts there, and a home without weights."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("TOTALSEG_WEIGHTS_PATH", raising=False)
    monkeypatch.setenv("TOTALSEG_HOME_DIR", str(tmp_path / "home"))
    return folder


def install(bin_folder: Path, code: str, *, datasets: tuple[str, ...] = totalseg.FULL_DATASETS) -> Path:
    """Put a program named TotalSegmentator on the PATH, with weights; returns where it may leave a note."""
    note = bin_folder.parent / "note.txt"
    program = bin_folder / "TotalSegmentator"
    program.write_text(f"#!{sys.executable}\nNOTE = {str(note)!r}\n{code}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for dataset in datasets:
        (bin_folder.parent / "home" / "nnunet" / "results" / f"{dataset}TotalSegmentator").mkdir(parents=True)
    return note


@pytest.mark.usefixtures("bin_folder")
def test_its_absence_is_a_sentence_that_says_what_to_do(ct: Volume) -> None:
    with pytest.raises(
        InputRefused, match=r"not installed on this machine\. Install it .* or run it elsewhere"
    ) as refusal:
        totalseg.segment(ct, progress=silent)
    assert refusal.value.code == "totalseg-absent"


@pytest.mark.parametrize("datasets", [(), totalseg.FULL_DATASETS[:4]])
def test_missing_weights_are_never_fetched(ct: Volume, bin_folder: Path, datasets: tuple[str, ...]) -> None:
    note = install(bin_folder, "open(NOTE, 'w').write('started')", datasets=datasets)

    with pytest.raises(
        InputRefused, match=r"Frostline downloads nothing\. Fetch them once with “totalseg_download"
    ) as no:
        totalseg.segment(ct, progress=silent)

    assert no.value.code == "totalseg-no-weights"
    assert not note.exists()


def test_what_it_finds_comes_back_named_and_automatic(ct: Volume, bin_folder: Path, tmp_path: Path) -> None:
    note = install(bin_folder, SEGMENTING)
    told: list[tuple[int, int, str]] = []

    right, left = totalseg.segment(ct, progress=lambda *step: told.append(step), scratch=tmp_path)

    assert (right.name, right.kind, right.side) == ("Kidney, right", StructureKind.KIDNEY, Side.RIGHT)
    assert (left.name, left.kind, left.side) == ("Kidney, left", StructureKind.KIDNEY, Side.LEFT)
    assert np.array_equal(right.mask, ct.hu == 1200)
    assert np.array_equal(left.mask, ct.hu == -1000)
    assert right.origin is StructureOrigin.AUTOMATIC
    assert right.method == "TotalSegmentator, 1.5 mm networks, class kidney_right"
    assert (28, 100, "TotalSegmentator, part 2 of 5") in told  # one of five parts and 40 % of the second
    assert "--fast" not in note.read_text()
    assert not list(tmp_path.glob("frostline-totalseg-*"))


def test_the_3_mm_network_is_used_where_it_is_all_there_is(ct: Volume, bin_folder: Path) -> None:
    note = install(bin_folder, SEGMENTING, datasets=totalseg.FAST_DATASETS)
    right, _ = totalseg.segment(ct, progress=silent)
    assert "--fast" in note.read_text()
    assert "3 mm network" in right.method


def test_its_own_words_are_never_shown(ct: Volume, bin_folder: Path) -> None:
    install(bin_folder, "import sys\nprint('folder of DOE^JANE', file=sys.stderr)\nsys.exit(3)")
    with pytest.raises(WorkerFailed, match=r"stopped with status 3\. Run it in a terminal") as failure:
        totalseg.segment(ct, progress=silent)
    assert "jane" not in str(failure.value).lower()


def test_an_end_without_a_result_is_a_sentence(ct: Volume, bin_folder: Path) -> None:
    install(bin_folder, "")
    with pytest.raises(WorkerFailed, match="without a result"):
        totalseg.segment(ct, progress=silent)


def test_its_way_to_the_network_leads_nowhere(ct: Volume, bin_folder: Path) -> None:
    code = "import os\nopen(NOTE, 'w').write(os.environ['https_proxy'] + os.environ.get('NO_PROXY', ''))"
    note = install(bin_folder, code)
    with pytest.raises(WorkerFailed):
        totalseg.segment(ct, progress=silent)
    assert note.read_text() == "http://127.0.0.1:9"


def is_running(pid: int) -> bool:
    """Whether a process runs; one that waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


WITH_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(NOTE + ".part", "w").write(f"{os.getpid()} {child.pid}")
os.rename(NOTE + ".part", NOTE)
time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads process states from /proc")
def test_cancelling_ends_it_and_all_it_started(ct: Volume, bin_folder: Path, tmp_path: Path) -> None:
    note = install(bin_folder, WITH_CHILD)

    def stop_once_started(*_: object) -> None:
        if note.exists():
            raise Cancelled

    with pytest.raises(Cancelled):
        totalseg.segment(ct, progress=stop_once_started, scratch=tmp_path)

    pids = [int(word) for word in note.read_text().split()]
    assert len(pids) == 2
    assert wait_for(lambda: not any(is_running(pid) for pid in pids))
    assert not list(tmp_path.glob("frostline-totalseg-*"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads process states from /proc")
def test_it_does_not_outlive_whoever_started_it(bin_folder: Path, tmp_path: Path) -> None:
    """Our own process killed in the middle, as when the window is closed: nothing of it goes on."""
    import subprocess

    note = install(bin_folder, WITH_CHILD)
    script = f"""
import sys
from pathlib import Path
from planner.segmentation.totalseg import _run
_run([{str(bin_folder / "TotalSegmentator")!r}], Path({str(tmp_path)!r}), progress=lambda *step: None)
"""
    ours = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[3])
    try:
        assert wait_for(note.exists)
    finally:
        ours.kill()
        ours.wait()
    pids = [int(word) for word in note.read_text().split()]
    assert wait_for(lambda: not any(is_running(pid) for pid in pids))


# ---------------------------------------------------------------- what its classes mean

EXPECTED_KINDS = {
    StructureKind.BONE: ("sacrum", "vertebrae_", "rib_", "humerus", "scapula", "clavicula", "femur", "hip_", "skull",
                         "sternum"),
    StructureKind.ARTERY: ("aorta", "brachiocephalic_trunk", "subclavian_artery", "common_carotid_artery",
                           "iliac_artery"),
    StructureKind.VEIN: ("pulmonary_vein", "brachiocephalic_vein", "superior_vena_cava", "inferior_vena_cava",
                         "portal_vein_and_splenic_vein", "iliac_vena"),
    StructureKind.MUSCLE: ("gluteus_", "autochthon", "iliopsoas"),
    StructureKind.LUNG: ("lung_",),
    StructureKind.AIRWAY: ("trachea",),
    StructureKind.BOWEL: ("stomach", "small_bowel", "duodenum", "colon"),
    StructureKind.OESOPHAGUS: ("esophagus",),
    StructureKind.HEART: ("heart", "atrial_appendage"),
    StructureKind.KIDNEY: ("kidney_right", "kidney_left"),
    StructureKind.ADRENAL: ("adrenal_gland",),
    StructureKind.LIVER: ("liver",), StructureKind.SPLEEN: ("spleen",), StructureKind.PANCREAS: ("pancreas",),
    StructureKind.GALLBLADDER: ("gallbladder",), StructureKind.BLADDER: ("urinary_bladder",),
    StructureKind.PROSTATE: ("prostate",), StructureKind.THYROID: ("thyroid_gland",),
    StructureKind.SPINAL_CORD: ("spinal_cord",), StructureKind.CARTILAGE: ("costal_cartilages",),
    StructureKind.OTHER: ("brain", "kidney_cyst"),
}  # fmt: skip


def test_every_class_means_one_kind_and_none_a_wrong_one() -> None:
    classes = known_classes()
    assert len(classes) == 117
    for name, meaning in classes.items():
        # The longest beginning decides: kidney_cyst is no kidney, brachiocephalic_vein no brain.
        kinds = [
            (len(start), kind) for kind, starts in EXPECTED_KINDS.items() for start in starts if name.startswith(start)
        ]
        assert meaning.kind is max(kinds)[1], name
        assert meaning.side is {"left": Side.LEFT, "right": Side.RIGHT}.get(
            next((word for word in name.split("_") if word in ("left", "right")), "")
        ), name
        assert meaning.role is None, f"{name} has another role than its kind; every class has the usual one"
        assert USUAL_ROLE.get(meaning.kind, StructureRole.CRITICAL) in StructureRole


def test_class_names_are_told_apart() -> None:
    names = [meaning.name for meaning in known_classes().values()]
    assert len(set(names)) == 117
    assert all(name[0].isupper() and "_" not in name for name in names)


def test_the_words_of_a_class_alone_never_mean_another_kind() -> None:
    """Where the vocabulary knows a word of a class, both say the same: the table and the words cannot drift apart."""
    from planner.segmentation.vocabulary import kind_of_label

    for name, meaning in known_classes().items():
        by_words = kind_of_label(name)
        assert by_words in (meaning.kind, StructureKind.OTHER), name


def test_an_unknown_label_means_what_its_words_say() -> None:
    meaning = meaning_of(LabelName("Left ureter"))
    assert (meaning.name, meaning.kind, meaning.side) == ("Left ureter", StructureKind.URETER, Side.LEFT)
    doubtful = meaning_of(LabelName("Ureter left", side_code="24028007"))
    assert doubtful.side is None
    assert "the side is left open" in doubtful.doubt


def test_label_order_is_that_of_the_published_list() -> None:
    """Spot checks of the numbering, label n being the n-th name (class list of version 2)."""
    order = list(known_classes())
    assert [order[n - 1] for n in (1, 5, 25, 50, 52, 79, 92, 117)] == [
        "spleen", "liver", "sacrum", "vertebrae_C1", "aorta", "spinal_cord", "rib_left_1", "costal_cartilages",
    ]  # fmt: skip


def test_no_variable_of_the_network_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("HTTPS_PROXY", "http://real:3128")
    environment = totalseg._environment()
    assert "NO_PROXY" not in environment
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert environment["PATH"] == os.environ["PATH"]
