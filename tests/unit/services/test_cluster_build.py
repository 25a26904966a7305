"""Is a machine of another kind told from this one, as compiled code would be?"""

from __future__ import annotations

from planner.services.cluster_build import LIBRARIES, this_build


def test_another_processor_is_another_kind_and_not_another_build(monkeypatch):
    here = this_build()
    this_build.cache_clear()
    try:
        assert this_build() == here
        this_build.cache_clear()
        monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
        there = this_build()
    finally:
        this_build.cache_clear()
    assert there.kind != here.kind
    assert here.difference(there) == ""
    assert [name.split()[0] for name in there.libraries] == ["python", *LIBRARIES]
