"""Why does the window not die after some thousand Qt calls? Because None is given references that nobody can use up.

PySide6 6.12.0 returns None from every call without counting the reference, which is right from Python 3.12 on (PEP 683,
immortal objects) and wrong before: each such call takes one reference to None away, and Python 3.11 aborts with
``none_dealloc`` when they are gone. PySide6 6.11.3 counts correctly. The guard costs nothing where it is not needed.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def make_none_immortal() -> None:
    """Add 2**40 references to None before Python 3.12; more than a session can use up, far from overflow."""
    if sys.version_info < (3, 12) and sys.getrefcount(None) < _PLENTY // 2:
        ctypes.c_ssize_t.from_address(id(None)).value += _PLENTY
