"""Where does a probe go when a hand drags it? By tip, entry, shaft or aim; along the shaft, on the skin, about the tip.

Every view asks here, so that a probe handles alike in slices and in 3-D. A grip remembers the probe as the hand found
it, so that a drag never adds up rounding and letting a key go takes back what the key did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.geometry import PatientPosition, PointLps, distance_mm, operator_pose, point
from planner.report.numbers import degrees, mm
from planner.services.probe_commands import MoveProbe
from planner.ui.models.skin_line import skin_line
from planner.ui.slices.handles import Part

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.probe import ProbePlacement
    from planner.services.session import Session
    from planner.ui.models.skin_line import SkinLine

Ends = tuple[PointLps, PointLps]
"""(entry, tip), LPS mm."""

# An entry this near to the skin lies on it, for the words.
_ON_SKIN_MM = 0.1
_SHORTEST_MM = 1e-6


@dataclass(frozen=True, slots=True)
class GripKeys:
    """What is held with the mouse: Shift keeps to the shaft, Alt leaves the skin, Ctrl swaps moving and turning."""

    is_along: bool = False
    is_off_skin: bool = False
    is_swapped: bool = False

    @classmethod
    def of(cls, modifiers: Qt.KeyboardModifier) -> GripKeys:
        """Read them from a mouse event."""
        held = Qt.KeyboardModifier
        return cls(
            bool(modifiers & held.ShiftModifier),
            bool(modifiers & held.AltModifier),
            bool(modifiers & held.ControlModifier),
        )


@dataclass(frozen=True, slots=True)
class ProbeGrip:
    """One hold of a probe.

    Parameters
    ----------
    start
        The probe as the hand found it.
    part
        What is held. ``Part.AIM`` is where the shaft passes the view across it.
    held_lps_mm
        Where on the probe.
    skin
        Finds the skin along a shaft; ``None`` when the plan has none.
    """

    start: ProbePlacement
    part: Part
    held_lps_mm: PointLps
    skin: SkinLine | None = None

    def command(self, shift_lps_mm: ArrayLike, keys: GripKeys) -> MoveProbe:
        """Return the edit for a hand that has come this far from where it took hold."""
        entry, tip = self._ends(np.asarray(shift_lps_mm, dtype=float), keys)
        part = Part.ENTRY if self.part is Part.AIM else self.part
        return MoveProbe(self.start.id, self.start.label, entry, tip, part.value)

    def _ends(self, shift: NDArray[np.float64], keys: GripKeys) -> Ends:
        entry, tip = np.asarray(self.start.entry_lps_mm), np.asarray(self.start.tip_lps_mm)
        inward = np.asarray(self.start.direction_lps)
        along = float(shift @ inward) * inward
        if self.part is Part.TIP:
            return self.start.entry_lps_mm, point(tip + (along if keys.is_along else shift))
        if self.part is Part.ENTRY:
            return self._entry_at(point(entry + (along if keys.is_along else shift)), keys), self.start.tip_lps_mm
        if self._turns(keys):
            return self._turned(np.asarray(self.held_lps_mm) + shift, keys), self.start.tip_lps_mm
        if keys.is_along:
            # Pushed in or drawn back: the hole in the skin stays where it is.
            return (point(entry + along) if keys.is_off_skin else self.start.entry_lps_mm), point(tip + along)
        return point(entry + shift), point(tip + shift)

    def _turns(self, keys: GripKeys) -> bool:
        """Whether a shaft held between its ends turns about the tip; otherwise the whole probe moves."""
        return (self.part is Part.AIM) is not keys.is_swapped

    def _entry_at(self, hand: PointLps, keys: GripKeys) -> PointLps:
        if keys.is_along or keys.is_off_skin:
            return hand
        return self._skin_through(hand) or hand

    def _turned(self, through: NDArray[np.float64], keys: GripKeys) -> PointLps:
        """Return the entry of a shaft from the tip through a point: on the skin, else as deep as before."""
        tip = np.asarray(self.start.tip_lps_mm)
        outward = through - tip
        length = float(np.linalg.norm(outward))
        if length < _SHORTEST_MM:
            return self.start.entry_lps_mm
        as_deep = point(tip + outward / length * self.start.depth_mm)
        return as_deep if keys.is_off_skin else self._skin_through(as_deep) or as_deep

    def _skin_through(self, hand: PointLps) -> PointLps | None:
        return None if self.skin is None else self.skin(self.start.tip_lps_mm, hand)

    # --- words -------------------------------------------------------------------------------------------------------

    def hint(self, keys: GripKeys) -> str:
        """Say what the hand does with the keys that are held, or which keys there are."""
        if keys.is_along and self.part is not Part.AIM:
            return "Along the shaft"
        off_skin = () if self.skin is None else ("Alt: off the skin",)
        if self.part is Part.TIP:
            return "Shift: along the shaft"
        if self.part is Part.ENTRY:
            if keys.is_off_skin:
                return "Off the skin"
            return " · ".join(("Shift: along the shaft", *off_skin))
        if self._turns(keys):
            more = ("Ctrl: move the probe",) if self.part is Part.AIM else ()
            if keys.is_off_skin:
                return "Turns about the tip, off the skin"
            return " · ".join(("Turns about the tip", *more, *off_skin))
        if self.part is Part.AIM:
            return "Moves the probe"
        return "Shift: along the shaft · Ctrl: turn about the tip"

    def words(self, now: ProbePlacement, position: PatientPosition) -> tuple[str, str]:
        """Return the numbers beside the hand: depth and way moved, then the operator's two angles."""
        pose = operator_pose(now.entry_lps_mm, now.tip_lps_mm, position)
        moved = max(
            distance_mm(now.entry_lps_mm, self.start.entry_lps_mm), distance_mm(now.tip_lps_mm, self.start.tip_lps_mm)
        )
        in_plane, tilt = degrees(pose.in_plane_deg, pose.hub_leans), degrees(pose.tilt_deg, pose.hub_toward)
        return f"{mm(now.depth_mm)} deep · moved {mm(moved)}", f"in-plane {in_plane} · tilt {tilt}"

    def said(self, now: ProbePlacement, keys: GripKeys) -> str:
        """Say for the status line what was set beyond where the hand let go: nothing is put on the skin silently."""
        turned = self.part is Part.ENTRY or (self.part in (Part.AIM, Part.SHAFT) and self._turns(keys))
        follows = turned and not keys.is_off_skin and not (keys.is_along and self.part is Part.ENTRY)
        if follows and self.skin is None:
            return f"{now.label}: {mm(now.depth_mm)} deep. The plan has no skin, so the entry is where it was put."
        there = None if self.skin is None else self.skin(now.tip_lps_mm, now.entry_lps_mm)
        if follows and there is None:
            return f"{now.label}: {mm(now.depth_mm)} deep. No skin in this direction, so the entry is where it was put."
        if follows:
            return f"{now.label}: {mm(now.depth_mm)} deep. Entry put on the skin, tip kept; Alt leaves the skin."
        return f"{now.label}: {mm(now.depth_mm)} deep. {skin_words(now, there)}".strip()


def skin_words(now: ProbePlacement, skin_lps_mm: PointLps | None) -> str:
    """Say that an entry does not lie on the skin along its shaft, and what puts it there; empty when it does."""
    if skin_lps_mm is None:
        return ""
    above = now.depth_mm - distance_mm(now.tip_lps_mm, skin_lps_mm)
    if abs(above) < _ON_SKIN_MM:
        return ""
    where = "outside" if above > 0 else "below"
    return f"Its entry lies {mm(abs(above))} {where} the skin; Shift+E puts it there."


def placed_words(now: ProbePlacement, session: Session) -> str:
    """Say how deep a probe is now, and whether its entry has left the skin."""
    find = skin_line(session)
    there = None if find is None else find(now.tip_lps_mm, now.entry_lps_mm)
    return f"{now.label}: {mm(now.depth_mm)} deep. {skin_words(now, there)}".strip()
