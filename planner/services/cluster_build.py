"""Would a member of a cluster compute what this machine computes? Its build, libraries and tables say so (H-32).

Code, libraries and tables must be the same to the byte, or the member is refused. Another kind of processor rounds
otherwise in the last digits; the members must be alike among themselves, so that an answer does not depend on which of
them took which part.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass
from functools import cache

from planner.domain.digest import content_hash
from planner.domain.identity import Sha256
from planner.persistence.build_id import version_words

LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "dask", "distributed")
"""What computes, and what carries it."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a program computes with.

    Parameters
    ----------
    program
        Version and fingerprint of code and shipped tables.
    libraries
        Names with versions, Python's own first.
    tables_hash
        Of the tables in force, with what the site entered.
    kind
        System, C library, processor and its instructions, as compiled code is made for them.
    """

    program: str
    libraries: tuple[str, ...]
    tables_hash: Sha256
    kind: str

    def difference(self, other: Build) -> str:
        """Say how another build differs in what must be the same; empty when it does not."""
        if other.program != self.program:
            return f"it runs Frostline {other.program}, this is {self.program}"
        unlike = [f"{b}, here {a}" for a, b in zip(self.libraries, other.libraries, strict=False) if a != b]
        if unlike or len(self.libraries) != len(other.libraries):
            return f"its libraries are others: {'; '.join(unlike) or 'of another number'}"
        if other.tables_hash != self.tables_hash:
            return "its probes, tissues or rules are others: a site's own entries must lie there, too"
        return ""


@cache
def this_build() -> Build:
    """Return the build that runs here."""
    python = f"python {platform.python_version()} ({platform.python_implementation()})"
    versions = (f"{name} {_version(name)}" for name in LIBRARIES)
    return Build(version_words(), (python, *versions), _tables_hash(), _kind())


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _tables_hash() -> Sha256:
    from planner.persistence.resources import body_conditions, probe_models, rule_set, tissues
    from planner.persistence.uncertainty import uncertainty_ranges

    return content_hash([probe_models(), tissues(), body_conditions(), rule_set(), uncertainty_ranges()])


def _kind() -> str:
    """Return what compiled loops are made for: two machines of one kind give the same bytes."""
    from llvmlite import binding

    names = (name for name, is_there in sorted(binding.get_host_cpu_features().items()) if is_there)
    features = content_hash(" ".join(names))[:8]
    chosen = os.environ.get("NUMBA_CPU_NAME", ""), os.environ.get("NPY_DISABLE_CPU_FEATURES", "")
    parts = (sys.platform, " ".join(platform.libc_ver()), platform.machine(), binding.get_host_cpu_name(), features)
    return ", ".join(part for part in (*parts, *chosen) if part)
