"""Which directions of a shaft are out of the question? ``access/limits.json``, read strictly."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from planner.domain.access import AccessLimits
from planner.persistence.record import Range, read_record
from planner.persistence.resources import read_sources, resources_dir

if TYPE_CHECKING:
    from pathlib import Path

_TILT_DEG: Range = (5.0, 90.0)
_IN_PLANE_DEG: Range = (5.0, 180.0)


@cache
def access_limits() -> AccessLimits:
    """Return the shipped limits."""
    return read_access_limits(resources_dir())


def read_access_limits(folder: Path) -> AccessLimits:
    """Read ``access/limits.json`` of a resources folder.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing, implausible or without its source.
    """
    table = read_record(folder / "access" / "limits.json", sources=read_sources(folder))
    limits = AccessLimits(table.datum("tilt_deg", _TILT_DEG), table.datum("in_plane_deg", _IN_PLANE_DEG))
    table.finish()
    return limits
