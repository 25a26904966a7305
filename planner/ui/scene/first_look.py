"""Where does the 3-D view look from at first? From the hub toward the target; without a probe, at everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.scene3d import ViewFrom
from planner.services import depiction

if TYPE_CHECKING:
    from planner.services.session import Session
    from planner.ui.scene.stage import Stage

_CLEARLY_BEHIND_MM = 10.0
_OPENING_RADIUS_MM = 60.0
_LEAN = 0.8
_SIDEWAYS = 0.75


def look_first(stage: Stage, session: Session) -> None:
    """Open a plan with a probe at its target, and one without as a whole.

    A path that a probe can take is open to the eye too: the look is from the hub, leaning to its side (to the front or
    back where the probe comes from the side) so that the shaft is not seen end-on.
    """
    plan = session.plan
    if not plan.probes:
        stage.look(_first_stand(session), session.volume.grid)
        return
    inward = np.asarray(plan.probes[0].direction_lps)
    axis = 1 if abs(inward[0]) > _SIDEWAYS else 0
    aside = np.zeros(3)
    aside[axis] = np.copysign(_LEAN, inward[axis])
    stage.look_along(inward + aside, depiction.focus_lps_mm(plan), radius_mm=_OPENING_RADIUS_MM)


def _first_stand(session: Session) -> ViewFrom:
    """Start on the side of the patient where the target or probe is; from the front when there is none."""
    is_behind = depiction.focus_lps_mm(session.plan)[1] > session.volume.grid.centre_lps_mm[1] + _CLEARLY_BEHIND_MM
    return ViewFrom.POSTERIOR if is_behind else ViewFrom.ANTERIOR
