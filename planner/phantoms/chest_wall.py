"""Who is the second patient? A chest with a right T8 intercostal nerve in its groove, and a reference placement.

The drawn frame has its zero near the middle of the eighth thoracic vertebral body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, Side, point
from planner.domain.identity import ProbeId, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.target import NerveCurve, Target
from planner.phantoms import chest_frame, chest_organs
from planner.phantoms.canvas import Canvas
from planner.phantoms.case import Card, Painted
from planner.phantoms.couch import lay_table
from planner.phantoms.scanner import Dose
from planner.phantoms.sculptor import Sculptor
from planner.phantoms.shapes import Displacement, Patch

if TYPE_CHECKING:
    from planner.domain.progress import Progress

SEED = 40817
CARD = Card(
    name="chest-wall",
    title="Chest wall · right intercostal nerve T8",
    history="Invented case: pain along the right eighth rib after surgery; three blocks helped for hours each.",
    region="Thorax",
    dose=Dose(noise_hu=14.0),
)
# Found by trying every direction on the truth: from the side, along the groove, 5 mm outside and below the nerve, so
# that the shaft stays 5 mm off the artery and eight minutes of ice end before the pleura.
ENTRY, TIP = (-156.6, 15.3, -53.1), (-96.1, 40.2, -28.0)
LANDMARKS: dict[str, PointLps] = {
    "Left ventricle": (24.0, -94.0, -10.0),
    "Descending aorta": (22.0, -18.5, 20.0),
    "Liver, right lobe": (-62.0, -82.0, -72.0),
    "Lung, right, behind": (-70.0, -10.0, 0.0),
    "Erector spinae, right": (-32.0, 57.0, 0.0),
    "Fat in front of the heart, low": (-8.0, -136.0, -64.0),
    "Spinal cord at T8": (0.0, 24.0, 0.0),
    "Spleen": (92.0, -24.0, -84.0),
}


def grid() -> Grid:
    """Return the CT's grid: spacing differs on all three axes and the origin is not round, so that swaps show."""
    return Grid.from_axes((120, 328, 384), origin_lps_mm=(-190.63, -188.29, -93.47), spacing_ijk_mm=(0.986, 0.958, 1.5))


def paint(progress: Progress) -> Painted:
    """Paint the chest from the skin inward; what is painted later lies in front."""
    canvas = Canvas(grid(), seed=SEED, progress=progress)
    sculptor = Sculptor(canvas, Displacement(SEED + 1, amplitude_mm=2.4))
    body = chest_frame.paint_body(sculptor)
    chest_organs.paint_breasts(sculptor)
    under_skin = Patch(body.box, body.distance + np.float32(5.5) + 2 * canvas.rough[body.box])
    chest_organs.paint_muscles(sculptor, under_skin)
    canvas.begin(1)
    cavities = chest_frame.cavities(sculptor)
    chest_frame.paint_wall(sculptor, cavities)
    chest_frame.paint_lungs(sculptor, cavities)
    canvas.begin(2)
    chest_frame.paint_domes(sculptor, cavities)
    chest_organs.paint_left_liver_lobe(sculptor)
    chest_organs.paint_heart(sculptor)
    chest_organs.paint_airway_and_gut(sculptor)
    chest_organs.paint_intercostals(sculptor)
    chest_frame.paint_bones(sculptor)
    canvas.begin(3)
    inside = canvas.clear_outside(body)
    lay_table(canvas, top_mm=92.0, sag_mm=44.0)
    landmarks = {name: point(sculptor.point(place)) for name, place in LANDMARKS.items()}
    probe = ProbePlacement(
        ProbeId("phantom-chest-wall-probe-1"), "Probe 1", "generic-17g-short", entry_lps_mm=ENTRY, tip_lps_mm=TIP
    )
    return Painted(canvas, inside, _target(sculptor), probe, landmarks)


def _target(sculptor: Sculptor) -> Target:
    """Return the nerve from the rib's angle to the side of the chest, 12 mm of it to be treated."""
    course = chest_organs.target_nerve(sculptor).sampled(8.0)[:, :3]
    points = tuple(point(p) for p in course[4:15])
    return Target(
        TargetId("phantom-chest-wall-target-1"),
        "Intercostal nerve",
        "intercostal",
        Side.RIGHT,
        NerveCurve(points, segment_mm=(35.0, 47.0)),
        level="T8",
        diameter_mm=2.2,
        diameter_source="phantom truth",
    )
