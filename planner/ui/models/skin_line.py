"""Where does a shaft meet the skin? The body of the open plan, as a hand that drags or places a probe asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.planning.sight import first_skin
from planner.planning.trajectory import skin_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from planner.domain.geometry import PointLps
    from planner.services.session import Session

    SkinLine = Callable[[PointLps, PointLps], PointLps | None]
    """(tip, a point that the shaft passes), LPS mm → where it leaves the body; None where it does not."""


def skin_line(session: Session) -> SkinLine | None:
    """Return what finds the skin along a shaft of this plan; None when the plan has no skin."""
    skin = session.plan.skin
    if skin is None:
        return None
    body, grid = session.mask(skin.id), session.plan.volume.grid
    return lambda tip, through: skin_entry(tip, np.subtract(through, tip), body=body, grid=grid)


def skin_in_sight(session: Session, eye_lps_mm: ArrayLike, direction_lps: ArrayLike) -> PointLps | None:
    """Return where a line of sight first meets the skin; None beside the body, or when the plan has no skin."""
    skin = session.plan.skin
    if skin is None:
        return None
    return first_skin(eye_lps_mm, direction_lps, body=session.mask(skin.id), grid=session.plan.volume.grid)
