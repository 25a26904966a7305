"""Where does an error strike? At one of the calls to some places, counted, so that each can be tried."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class Faults:
    """Counts the calls to places, (name, error) each, and fails with its error at the call ``fail_at``, from 1."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, places: tuple[tuple[str, BaseException], ...]) -> None:
        self.calls, self.fail_at = 0, None
        for place, error in places:
            self._watch(monkeypatch, place, error)

    def _watch(self, monkeypatch, place, error):
        real = pkgutil.resolve_name(place)

        def watched(*given, **named):
            self.calls += 1
            if self.calls == self.fail_at:
                raise error
            return real(*given, **named)

        monkeypatch.setattr(place, watched)
