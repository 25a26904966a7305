"""What carries the neck phantom? Skin and fat, spine, ribs, shoulder girdle and lung apices."""

from __future__ import annotations

import numpy as np

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.phantoms.canvas import FAT_HU, Label, Paint
from planner.phantoms.lung_tree import grow_tree
from planner.phantoms.sculptor import LEVEL, Rows, Sculptor, half_outlines
from planner.phantoms.shapes import Loft, Patch, united
from planner.phantoms.skeleton import BONE, CORTICAL, RIB, Vertebra, spine

# z, y of centre, nine radii from front over the left to the back, mm
SKIN = (
    (96, -6, (60, 63, 64, 63, 61, 60, 61, 64, 67)),
    (60, -6, (67, 62, 60, 62, 63, 63, 65, 68, 70)),
    (38, -3, (65, 61, 61, 65, 70, 74, 76, 75, 75)),
    (18, 0, (62, 61, 64, 75, 92, 100, 92, 80, 78)),
    (4, 3, (62, 63, 70, 92, 126, 132, 104, 86, 81)),
    (-12, 6, (64, 68, 80, 120, 172, 172, 121, 94, 87)),
    (-40, 10, (74, 80, 102, 156, 212, 200, 136, 101, 93)),
    (-98, 14, (92, 102, 132, 180, 226, 208, 146, 106, 98)),
)
RIBS: dict[int, Rows] = {
    1: [
        (15, 5, 3, 3.6, 3.6),
        (25, 10, 3.5, 3, 3),
        (34, 14.5, 4, 3.8, 4.4),
        (47, 11, 0, 2.9, 6.5),
        (57, 0, -7, 2.6, 8),
        (58, -14, -15, 2.6, 8.5),
        (50, -32, -25, 2.7, 8.5),
        (36, -46, -36, 3.2, 8),
        (24, -52, -42, 4, 7),
    ],
    2: [
        (15, 12, -11, 4, 3.6),
        (26, 19, -11, 3.6, 3),
        (36, 25, -12, 4.4, 4.2),
        (54, 27, -17, 4.6, 4),
        (71, 17, -26, 5, 3.8),
        (78, 0, -38, 5.2, 3.8),
        (74, -20, -52, 5.4, 3.8),
        (60, -39, -66, 5.6, 4),
        (42, -51, -76, 5.6, 4.4),
        (26, -58, -80, 6, 5),
    ],
    3: [
        (14, 20, -33, 4.2, 3.8),
        (26, 28, -33, 3.8, 3.2),
        (36, 34, -35, 4.8, 4.4),
        (58, 38, -41, 5.4, 4),
        (79, 27, -52, 5.8, 3.8),
        (89, 5, -66, 6, 3.8),
        (86, -18, -82, 6, 3.8),
        (74, -38, -98, 6, 4),
    ],
    4: [
        (13, 26, -55, 4.4, 3.8),
        (26, 34, -55, 4, 3.2),
        (37, 41, -57, 5, 4.4),
        (62, 45, -64, 5.6, 4),
        (86, 33, -76, 6, 3.8),
        (97, 10, -90, 6, 3.8),
        (96, -4, -100, 6, 3.8),
    ],
    5: [
        (13, 31, -79, 4.4, 3.8),
        (26, 39, -79, 4, 3.2),
        (38, 46, -81, 5, 4.4),
        (64, 50, -89, 5.8, 4),
        (86, 41, -99, 6, 3.8),
    ],
}
# z, (x, y) of the left pole, radius toward left, left-back, back, right-back, right, right-front, front, left-front
LUNG = (
    (4.0, (43, 2), (2, 2, 2, 2, 2, 2, 2, 2)),
    (0.5, (42, 1), (8, 9, 9, 8, 7, 7, 8, 8)),
    (-7.0, (41, 0), (13, 15, 16, 13, 10, 11, 14, 13)),
    (-16.5, (43, 1), (19, 22, 24, 22, 19, 18, 20, 19)),
    (-28.0, (45, 0), (26, 31, 35, 31, 25, 24, 30, 29)),
    (-48.0, (48, 0), (33, 40, 43, 38, 27, 26, 38, 38)),
    (-70.0, (52, 2), (38, 47, 47, 42, 29, 26, 43, 46)),
    (-98.0, (54, 4), (41, 52, 49, 45, 30, 25, 44, 52)),
)


def vertebrae() -> list[Vertebra]:
    """Return C3 to T5, head to feet."""
    rows = (
        # z, y, half width, depth, height, canal a, b, process reach, back, spine tip, drop
        (88, -13, 9.0, 8, 6.3, 12, 7.6, 23, 0, 32, 4, True),
        (71.5, -14, 9.5, 8, 6.3, 12, 7.6, 24, 0, 32, 4, True),
        (55, -14, 10, 8, 6.4, 12.3, 7.6, 25, 0, 34, 5, True),
        (38, -11.5, 11, 8.3, 6.8, 12.3, 7.5, 26, 0, 41, 7, True),
        (19.5, -6.5, 12.5, 8.6, 7.3, 12, 7.5, 30, 0, 56, 8, True),
        (0, 0, 14.5, 9, 8, 10, 7.5, 37, 17, 66, 11, False),
        (-22, 7.5, 14, 9.8, 8.6, 8.7, 7.5, 35, 19, 76, 17, False),
        (-44, 14, 13.2, 10.5, 9, 8.4, 7.6, 34, 21, 83, 19, False),
        (-67, 19.5, 13, 11.2, 9.3, 8.3, 7.7, 34, 22, 87, 20, False),
        (-91, 24, 13, 12, 9.6, 8.3, 7.8, 34, 22, 90, 21, False),
    )
    return [Vertebra(*row) for row in rows]


def paint_body(sculptor: Sculptor) -> Patch:
    """Paint skin and fat; return the body's signed distance."""
    patch = half_outlines(SKIN, sculptor.displace).patch(sculptor.canvas.lattice, margin_mm=60)
    rolled = Patch(patch.box, patch.distance + np.float32(0.3) * sculptor.canvas.rough[patch.box])
    sculptor.canvas.paint(rolled, Paint(FAT_HU, rim_hu=12, rim_mm=1.7, blur_mm=1.3))
    return rolled


def _lungs(sculptor: Sculptor) -> list[tuple[Side, Loft]]:
    lofts = []
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        z = np.array([row[0] for row in LUNG[::-1]])
        centres = np.array([row[1] for row in LUNG[::-1]], dtype=float)
        radii = np.array([row[2] for row in LUNG[::-1]], dtype=float)
        if sign < 0:
            radii = radii[:, [4, 3, 2, 1, 0, 7, 6, 5]]
        moved = sculptor.point(np.column_stack([sign * centres[:, 0], centres[:, 1], z]))
        lofts.append((side, Loft(z - (0 if sign > 0 else 3.0), moved[:, :2], radii)))
    return lofts


def paint_chest(sculptor: Sculptor) -> None:
    """Paint mediastinal fat, the intercostal sheet, extrapleural fat and lung with its vessels."""
    lungs = [(side, sculptor.canvas.patch(loft)) for side, loft in _lungs(sculptor)]
    both = united([patch for _, patch in lungs])
    sculptor.canvas.paint(Patch(both.box, both.distance - np.float32(7.5)), Paint(54, rough_mm=0.8, blur_mm=1.3))
    sculptor.canvas.paint(Patch(both.box, both.distance - np.float32(2.4)), Paint(-96, rough_mm=0.7))
    sculptor.one([(0, -22, -24, 20, 18), (0, -20, -50, 26, 26), (0, -18, -98, 30, 34)], Paint(-98, blur_mm=2))


def paint_lungs(sculptor: Sculptor) -> None:
    """Paint the lungs over the chest wall, and vessels in them."""
    rng = sculptor.canvas.rng
    for side, loft in _lungs(sculptor):
        patch = sculptor.canvas.patch(loft)
        label = Label(f"Lung, {side.value}", StructureKind.LUNG, side)
        sculptor.canvas.paint(patch, Paint(-868, rim_hu=-860, rim_mm=0.5, rough_mm=0.35), label)
        sign = 1 if side is Side.LEFT else -1
        within = Patch(patch.box, patch.distance + np.float32(1.5))
        for _ in range(9):
            hilum = np.array([sign * rng.uniform(34, 44), rng.uniform(-10, 12), -100.0])
            heading = np.array([sign * rng.uniform(-0.1, 0.7), rng.uniform(-0.6, 0.6), rng.uniform(0.5, 1.0)])
            grow_tree(sculptor, (hilum, heading, 3.2), within, label)


def paint_bones(sculptor: Sculptor) -> None:
    """Paint spine, ribs, clavicles, sternum, scapulae and humeral heads."""
    for rows in RIBS.values():
        for tube in sculptor.tubes(rows, up=LEVEL):
            sculptor.canvas.paint(tube, RIB, BONE)
    spine(sculptor, vertebrae())
    clavicle: Rows = [
        (15, -56, -40, 9, 8),
        (26, -59, -34, 7.5, 7),
        (46, -55, -24, 5.6, 6),
        (68, -42, -16, 5.2, 6),
        (92, -24, -9, 5, 6.5),
        (120, -6, -5, 4.8, 7.5),
        (146, 4, -5, 4.6, 9),
    ]
    acromion: Rows = [
        (152, 10, -6, 4.6, 9),
        (152, 26, -9, 4.4, 9),
        (138, 42, -14, 4.6, 6),
        (116, 54, -18, 8, 3.4),
        (92, 62, -24, 7, 3),
        (80, 64, -28, 5, 2.6),
    ]
    humerus: Rows = [
        (170, 8, -20, 8, 8),
        (168, 8, -27, 18, 17),
        (167, 8, -38, 22, 22),
        (170, 6, -52, 21, 21),
        (176, 4, -68, 15, 15),
        (180, 2, -98, 12, 12),
    ]
    coracoid: Rows = [(128, 4, -26, 5, 5), (130, -8, -24, 5, 5), (138, -18, -30, 4.4, 4.4)]
    glenoid: Rows = [(136, 16, -24, 4, 10, -40), (138, 18, -38, 6, 14, -40), (134, 24, -54, 5, 11, -40)]
    blade: Rows = [
        (116, 34, -14, 12, 2, 132),
        (113, 42, -34, 30, 2, 132),
        (110, 48, -56, 33, 2, 132),
        (104, 54, -78, 30, 2.2, 132),
        (98, 59, -99, 25, 2.4, 132),
    ]
    spongy = Paint(215, rim_hu=640, rim_mm=1.4, rough_mm=0.4, plane_mm=0.4)
    for rows, up, paint in ((clavicle, LEVEL, CORTICAL), (acromion, LEVEL, CORTICAL), (coracoid, LEVEL, CORTICAL)):
        for tube in sculptor.tubes(rows, up=up):
            sculptor.canvas.paint(tube, paint, BONE)
    for rows in (blade, glenoid, humerus):
        for tube in sculptor.tubes(rows, bend=0.002 if rows is blade else 0.0):
            sculptor.canvas.paint(tube, spongy, BONE)
    manubrium = [(0, -53, -40, 20, 5.5), (0, -56, -52, 25, 6.5), (0, -61, -75, 18, 6), (0, -65, -98, 15, 5.5)]
    sculptor.canvas.paint(sculptor.tube(manubrium), Paint(150, rim_hu=420, rim_mm=1.1, rough_mm=0.5), BONE)
