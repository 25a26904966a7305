"""Is a window that cannot be opened refused in words, not by an abort?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")


@pytest.mark.parametrize(("words", "said"), [(("demo", "--lang", "de"), "--out FOLDER"), (("open",), "display")])
def test_without_a_display_a_window_is_refused_in_one_sentence(words, said):
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-m", "planner", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
