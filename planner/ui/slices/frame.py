"""What does a slice view write round its picture? Name, identity, letters, scale, place: laid out when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.frame_marks import FrameText, frame_marks, is_stored
from planner.rendering.plane import point_words

if TYPE_CHECKING:
    from planner.domain.second import SecondSeries
    from planner.rendering.plane import SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.ui.slices.picture import SlicePicture
    from planner.ui.slices.slice_view import SliceView


class SliceFrame:
    """The words round one view; the same words at the same place are not laid out twice."""

    def __init__(self, owner: SliceView, picture: SlicePicture) -> None:
        self._owner = owner
        self._picture = picture
        self._kept: tuple[object, list[Primitive]] = (None, [])

    def marks(self, plane: SlicePlane, *, second: SecondSeries | None) -> list[Primitive]:
        """Return the frame's marks; ``second`` is what the view shows in place of the CT."""
        owner, content = self._owner, self._picture.content
        text, ice = self.text(plane, second), content.ice
        words = (content.identity, content.title, content.show_text, content.image_numbers)
        key = (plane, owner.window_hu, text, words, None if ice is None else (ice.grade, ice.is_stale))
        if self._kept[0] != key:
            grid = owner.session.volume.grid
            laid_out = frame_marks(plane, grid=grid, window_hu=owner.window_hu, content=content, text=text)
            self._kept = (key, laid_out)
        return self._kept[1]

    def text(self, plane: SlicePlane, second: SecondSeries | None) -> FrameText:
        """Return what the view says about itself; what may name the patient goes with the name."""
        stand, session, view = self._owner.stand, self._owner.session, self._owner.view
        who, series, acquisition = session.identity, session.volume.ref.series_label, session.volume.ref.acquisition
        study = " · ".join(part for part in (who.study_date, who.institution) if part and not view.hide_identity)
        if second is not None:  # the CT's series, date and kVp are not this one's
            series, study, acquisition = second.label, "", ""
        slab = self._picture.slab
        notes = (
            self._picture.second_words(),
            slab.words if slab else "",
            "Inverted" if view.is_inverted else "",
            self._film_words(),
        )
        return FrameText(
            title=stand.caption(session, view),
            colour=stand.colour,
            corner=stand.corner(session, view) or self._turned_place(plane),
            study=tuple(line for line in (series, study, acquisition) if line),
            born="" if view.hide_identity or not who.birth_date else f"born {who.birth_date}",
            notes=tuple(note for note in notes if note),
        )

    def _turned_place(self, plane: SlicePlane) -> str:
        """Say where a plane across the stored slices lies: through the crosshair, wherever the picture is panned to."""
        is_across = not is_stored(plane, self._owner.session.volume.grid)
        return point_words(self._owner.view.crosshair_lps_mm) if is_across else ""

    def _film_words(self) -> str:
        owner = self._owner
        return f"Film, {owner.view.cine_per_s:g} per second" if owner.cine.is_playing else ""
