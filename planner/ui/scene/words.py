"""What does the 3-D view say that it shows? The CT, the structures, what is left out and where it is cut open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.palette import VEILING_KINDS
from planner.ui.slices.layers import layers_of

if TYPE_CHECKING:
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_NAMED_KINDS = 4


def shown_words(session: Session, view: ViewState) -> str:
    """Return one line, such as ``"CT: bone · Rib · without skin · cut at axial"``; empty when nothing is shown."""
    structures = layers_of(session).structures(session, view)
    kinds = dict.fromkeys(structure.kind for structure in structures)
    words = [kind.value.capitalize() for kind in kinds if kind not in VEILING_KINDS]
    if len(words) > _NAMED_KINDS:
        words = [f"{sum(structure.kind not in VEILING_KINDS for structure in structures)} structures"]
    left_out = [kind.value for kind in kinds if kind in VEILING_KINDS]
    cloud = [f"CT: {view.cloud.value}"] if view.cloud is not None else []
    without = [f"without {' and '.join(left_out)}"] if left_out else []
    cuts = [f"cut at {' and '.join(sorted(view.cuts))}"] if view.cuts else []
    return " · ".join([*cloud, *words, *without, *cuts])
