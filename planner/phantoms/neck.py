"""Who is the demo patient? A contrast-enhanced neck with a left stellate ganglion and a reference placement.

The drawn frame has its zero in the middle of the first thoracic vertebral body. The ganglion lies before the neck of
the first rib, behind the vertebral and carotid arteries and above the pleural dome (Open Anesthesia, "Stellate
ganglion block"; size from the project's nerve table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, Side, point
from planner.domain.identity import ProbeId, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.target import Target, TargetBody
from planner.phantoms import neck_frame, neck_muscles, neck_organs
from planner.phantoms.canvas import Canvas, Paint
from planner.phantoms.case import Card, Painted
from planner.phantoms.couch import lay_table
from planner.phantoms.scanner import Dose
from planner.phantoms.sculptor import Sculptor
from planner.phantoms.shapes import Displacement, Patch

if TYPE_CHECKING:
    from planner.domain.progress import Progress

SEED = 20261
CARD = Card(
    name="neck",
    title="Neck · left stellate ganglion",
    history="Invented case: electrical storm despite drugs and ablation; left stellate block stopped it for two days.",
    region="Neck",
    dose=Dose(noise_hu=13.0),
)
GANGLION = (23.0, -3.5, 5.0)
GANGLION_AXIS = (0.10, -0.24, 0.97)
# Found by trying every direction on the truth: from above and in front, behind the jugular vein and before the roots,
# steep enough that the active zone lies along the ganglion and its ends stay off plexus, oesophagus and pleura.
ENTRY, TIP = (55.0, -31.8, 51.4), (21.4, 1.1, 1.0)
LANDMARKS: dict[str, PointLps] = {
    "Air in the trachea": (0.0, -33.0, 14.0),
    "Thyroid, right lobe": (-16.0, -29.0, 26.0),
    "Internal jugular vein, right": (-37.5, -31.5, 20.0),
    "Common carotid artery, left": (27.0, -29.2, 36.0),
    "Deep muscle of the neck, left": (11.0, 29.5, 30.0),
    "Lung apex, left": (47.0, 0.0, -40.0),
    "Spinal cord at C5": (0.0, 2.1, 55.0),
    "Marrow of T1": (0.0, 0.0, 0.0),
}


def grid() -> Grid:
    """Return the CT's grid: spacing differs on all three axes and the origin is not round, so that swaps show."""
    return Grid.from_axes((124, 320, 352), origin_lps_mm=(-171.37, -123.61, -91.83), spacing_ijk_mm=(0.964, 0.942, 1.5))


def paint(progress: Progress) -> Painted:
    """Paint the neck from the skin inward; what is painted later lies in front."""
    canvas = Canvas(grid(), seed=SEED, progress=progress)
    sculptor = Sculptor(canvas, Displacement(SEED + 1, amplitude_mm=2.2))
    body = neck_frame.paint_body(sculptor)
    neck_organs.paint_small_things(sculptor)
    neck_frame.paint_chest(sculptor)
    under_skin = Patch(body.box, body.distance + np.float32(4.2) + canvas.rough[body.box])
    neck_muscles.paint_muscles(sculptor, under_skin)
    canvas.begin(1)
    neck_frame.paint_bones(sculptor)
    neck_frame.paint_lungs(sculptor)
    canvas.begin(2)
    neck_organs.paint_airway_and_gut(sculptor)
    neck_organs.paint_thyroid(sculptor)
    neck_organs.paint_nerves(sculptor)
    neck_organs.paint_vessels(sculptor)
    canvas.begin(3)
    target = _target(sculptor)
    inside = canvas.clear_outside(body)
    lay_table(canvas, top_mm=120.0, sag_mm=40.0)
    landmarks = {name: point(sculptor.point(place)) for name, place in LANDMARKS.items()}
    probe = ProbePlacement(
        ProbeId("phantom-neck-probe-1"), "Probe 1", "generic-17g-short", entry_lps_mm=ENTRY, tip_lps_mm=TIP
    )
    return Painted(canvas, inside, target, probe, landmarks)


def _target(sculptor: Sculptor) -> Target:
    """Paint the ganglion, a spindle in a bed of fat, and return it as the target; it is no bystander, so no mask."""
    centre = sculptor.point(GANGLION)
    axis = np.asarray(GANGLION_AXIS) / np.linalg.norm(GANGLION_AXIS)
    share = np.array([-7.6, -5, 0, 5, 7.6])
    rows = [(*np.add(GANGLION, axis * s), *(2 * (max(4.8 * np.sqrt(1 - (s / 8) ** 2), 1.6),))) for s in share]
    sculptor.one(rows, Paint(44, plane_mm=1.2, rough_mm=0.3))
    body = TargetBody(point(centre), point(axis), length_mm=16.0, width_mm=10.0)
    return Target(TargetId("phantom-neck-target-1"), "Stellate ganglion", "stellate", Side.LEFT, body, level="C7–T1")
