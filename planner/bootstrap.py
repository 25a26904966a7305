"""What does a bare machine need before Frostline starts? The README's two commands, with the standard library only.

``python3 -m planner.bootstrap run`` sets everything up and opens the demonstration case; without a display it does the
same work and leaves the plan, the PDF and pictures in ``frostline-demo/``. ``python3 -m planner.bootstrap test`` adds
the test tools and runs the tests; what follows is handed to pytest.

Both may be repeated at any time: what is there already is left alone. The system's Python is never changed; everything
goes into ``.venv`` beside this package. Packages come from wherever this machine's pip is configured to look, and every
file must match the hash in the lock file.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
STAMP = VENV / "frostline-setup.json"
DEMO_OUT = "frostline-demo"
OLDEST_PYTHON = (3, 11)
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}
MOST_TEST_WORKERS = 8

# Debian's package name -> the file that shows it is there, so that other distributions and newer names count as well.
LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libegl-mesa0": "libEGL_mesa.so.0",
    "libglx-mesa0": "libGLX_mesa.so.0",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcursor1": "libXcursor.so.1",
}
RENDERERS = (
    "lib/*/dri/*_dri.so",
    "lib64/dri/*_dri.so",
    "lib/dri/*_dri.so",
    "lib/*/libgallium*.so*",
    "lib64/libgallium*",
)
PROGRAMS = {"xvfb": "Xvfb", "xauth": "xauth"}


class SetUpFailed(Exception):
    """The set-up cannot go on; the sentence says what is wrong and what to do."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment's layout on this operating system."""

    root: Path
    windows: bool = os.name == "nt"

    @property
    def python(self) -> Path:
        """Interpreter of the environment."""
        return self.root / ("Scripts/python.exe" if self.windows else "bin/python")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands and return the exit status of what it started."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in LOCKS:
        print("Usage: python3 -m planner.bootstrap run | test [pytest arguments]", file=sys.stderr)
        return 2
    try:
        return _set_up_and_start(words[0], words[1:])
    except SetUpFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130


def _set_up_and_start(command: str, rest: Sequence[str]) -> int:
    _refuse_old_python(sys.version_info[:2])
    environment = Environment(VENV)
    hint = provide_system_packages(missing_system_packages())
    prepare_environment(environment, lock=CHECKOUT / LOCKS[command])
    started = test_command(environment, rest) if command == "test" else demo_command(environment)
    status = subprocess.run(started, cwd=CHECKOUT, check=False).returncode
    if status and hint:
        print(f"\nIf this failed for a missing library: {hint}", file=sys.stderr)
    return status


def _refuse_old_python(version: tuple[int, int]) -> None:
    if version < OLDEST_PYTHON:
        raise SetUpFailed(
            f"Frostline needs Python {_dotted(OLDEST_PYTHON)} or newer; this is {_dotted(version)}. "
            "Install a newer one and start this command with it."
        )


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


# ------------------------------------------------------------------------------------------------------ system packages


def missing_system_packages() -> tuple[str, ...]:
    """Return the Debian names of what this Linux machine lacks; empty on Windows and macOS, whose wheels bring all."""
    absent = [] if importlib.util.find_spec("ensurepip") or VENV.exists() else ["python3-venv"]
    if not sys.platform.startswith("linux"):
        return tuple(absent)
    absent += [package for package, library in LIBRARIES.items() if not _can_load(library)]
    absent += [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if not any(next(Path("/usr").glob(pattern), None) for pattern in RENDERERS):
        absent.append("libgl1-mesa-dri")
    if next(Path("/usr/share/fonts").glob("**/*.[to]tf"), None) is None:
        absent.append("fonts-dejavu-core")
    return tuple(absent)


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def provide_system_packages(absent: Sequence[str]) -> str:
    """Install what is missing when this is root on a Debian; otherwise say what to paste, and return that line.

    Raises
    ------
    SetUpFailed
        When the environment itself cannot be made without the missing package, or apt fails.
    """
    if not absent:
        return ""
    if shutil.which("apt-get") is None:
        hint = f"install what your system calls these Debian packages: {' '.join(absent)}"
    elif _is_root():
        _apt_install(absent)
        return ""
    else:
        hint = f"sudo apt-get install -y --no-install-recommends {' '.join(absent)}"
    print(f"This machine lacks {len(absent)} system packages. To add them:\n    {hint}")
    if "python3-venv" in absent:
        raise SetUpFailed("Python cannot make a virtual environment here. Add the packages, then run this again.")
    return hint


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _apt_install(packages: Sequence[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
    with Step(f"Installing {len(packages)} system packages with apt"):
        for attempt in (("apt-get", "update", "-q"), install):
            done = subprocess.run(
                attempt, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if done.returncode:
                raise SetUpFailed(f"{done.stdout}\n“{' '.join(attempt[:2])}” failed; its own words are above.")


# ---------------------------------------------------------------------------------------------------------- environment


def prepare_environment(environment: Environment, *, lock: Path) -> None:
    """Make ``.venv`` hold exactly what the lock file names, and the checkout's own ``frostline`` command."""
    wanted = fingerprint(lock)
    if read_stamp().get(lock.name) == wanted and environment.python.exists():
        return
    if environment_abi(environment) != this_abi():
        with Step("Making .venv"):
            _call((sys.executable, "-m", "venv", "--clear", str(environment.root)))
    pip = (str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-qq")
    with Step(f"Installing {lock.name} into .venv (1.6 GB on disk)"):
        _call((*pip, "--require-hashes", "--requirement", str(lock)))
    with Step("Linking this checkout"):
        _call((*pip, "--no-deps", "--no-build-isolation", "--editable", str(CHECKOUT)))
    STAMP.write_text(json.dumps(read_stamp() | {lock.name: wanted}), encoding="utf-8")


def fingerprint(lock: Path) -> str:
    """Return a hash of everything the environment was made from: lock file, project file, interpreter and its ABI.

    ``sys.version`` is left out on purpose: a system update changes it while the environment stays right.
    """
    digest = hashlib.sha256()
    for path in (lock, CHECKOUT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(f"{base_python()}\n{this_abi()}".encode())
    return digest.hexdigest()


def base_python() -> str:
    """Return the real path of the system's interpreter, the same inside and outside of ``.venv``."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def this_abi() -> str:
    """Return the ending compiled modules must have here, such as ``.cpython-311-x86_64-linux-gnu.so``."""
    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def environment_abi(environment: Environment) -> str:
    """Return the same of an existing ``.venv``; empty when there is none, or it does not run or has no pip."""
    question = "import pip, sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
    try:
        asked = subprocess.run((environment.python, "-c", question), capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


def read_stamp() -> dict[str, str]:
    """Return what earlier runs noted; empty when there is no note or it cannot be read."""
    try:
        noted = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _call(command: Sequence[str]) -> None:
    if subprocess.run(command, cwd=CHECKOUT, check=False).returncode:
        raise SetUpFailed(
            f"“{' '.join(Path(part).name for part in command[:4])} …” failed; its own words are above. "
            "Check the network and pip's configuration, then run this command again."
        )


class Step:
    """Print what is being done, and how long it took."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.began = time.monotonic()

    def __enter__(self) -> None:
        print(f"{self.words} …", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            print(f"    {time.monotonic() - self.began:.0f} s", flush=True)


# ------------------------------------------------------------------------------------------------------------- commands


def demo_command(environment: Environment) -> tuple[str, ...]:
    """Return the command that opens the demonstration case, or makes its files where there is no display."""
    command = (str(environment.python), "-m", "planner", "demo", "--case", "neck")
    if has_display(os.environ):
        return command
    print(f"No display here: the demonstration runs without a window and leaves its files in ./{DEMO_OUT}/", flush=True)
    return (*command, "--out", str(CHECKOUT / DEMO_OUT))


def has_display(variables: Mapping[str, str], *, system: str = sys.platform) -> bool:
    """Whether a window can be opened: always on Windows and macOS, elsewhere when a display is named."""
    return not system.startswith("linux") or any(variables.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def test_command(environment: Environment, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the pytest command: on every core, up to eight, unless the arguments say how many."""
    command = (str(environment.python), "-m", "pytest")
    if any(word.startswith(("-n", "--numprocesses", "-h", "--co")) for word in arguments):
        return (*command, *arguments)
    workers = min(os.cpu_count() or 1, MOST_TEST_WORKERS)
    return (*command, "-n", str(workers), "--dist", "worksteal", *arguments)


if __name__ == "__main__":
    sys.exit(main())
