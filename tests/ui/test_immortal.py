"""Does Qt leave None alive?"""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import planner.ui
from PySide6.QtGui import QTransform
transform = QTransform()
for _ in range(200_000):
    transform.reset()
"""


def test_none_survives_more_qt_calls_than_it_has_references() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
