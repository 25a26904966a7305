"""Which organs, vessels and nerves does the neck phantom have? Tables in the drawn frame, painted with their truth."""

from __future__ import annotations

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.phantoms.canvas import Label, Paint
from planner.phantoms.sculptor import CONTRAST_ARTERY, CONTRAST_VEIN, NERVE, Rows, Sculptor

THYROID = Paint(182, plane_mm=0.8, rough_mm=0.9)
AIRWAY = Label("Trachea", StructureKind.AIRWAY, Side.MIDLINE)
OESOPHAGUS = Label("Oesophagus", StructureKind.OESOPHAGUS)

ARTERIES_LEFT: dict[str, Rows] = {
    "Subclavian artery": [
        (15, 8, -96, 5, 5),
        (17, 0, -62, 5, 5),
        (22, -9, -36, 4.8, 4.8),
        (28, -17, -10, 4.6, 4.6),
        (37, -17, 2.5, 4.4, 4.4),
        (50, -12, 0, 4.3, 4.3),
        (66, -14, -10, 4.2, 4.2),
        (88, -20, -22, 4, 4),
        (115, -18, -34, 3.8, 3.8),
        (146, -6, -46, 3.6, 3.6),
    ],
    "Common carotid artery": [
        (8, -12, -96, 4.4, 4.4),
        (13, -20, -58, 4, 4),
        (20, -28, -22, 3.8, 3.8),
        (25.5, -30, 8, 3.7, 3.7),
        (27, -29, 40, 3.8, 3.8),
        (28, -26, 66, 4.4, 4.2),
        (30, -21, 94, 3.6, 3.2),
    ],
    "External carotid artery": [(28, -26, 68, 3, 3), (25, -30, 80, 2.5, 2.5), (27, -32, 95, 2.3, 2.3)],
    "Vertebral artery": [
        (29, -17.5, -2, 2.3, 2.3),
        (26, -16.5, 10, 2.2, 2.2),
        (20, -12, 24, 2.1, 2.1),
        (16.5, -10, 36, 2, 2),
        (16.5, -12.5, 55, 2, 2),
        (16.5, -12.8, 72, 2, 2),
        (17, -11.8, 95, 2, 2),
    ],
    "Inferior thyroid artery": [
        (32, -20.5, 2, 1.8, 1.8),
        (33, -23, 14, 1.5, 1.5),
        (30, -22.5, 24, 1.4, 1.4),
        (24, -23, 28, 1.3, 1.3),
        (19, -27, 27, 1.2, 1.2),
    ],
}
ARTERIES_RIGHT: dict[str, Rows] = {
    "Brachiocephalic artery": [(-3, -16, -96, 6.4, 6.4), (-8, -23, -66, 6, 6), (-17, -26, -34, 5.6, 5.6)],
    "Subclavian artery": [
        (-18, -26, -32, 4.8, 4.8),
        (-27, -23, -14, 4.6, 4.6),
        (-37, -18, 1, 4.5, 4.5),
        (-50, -13, -1, 4.4, 4.4),
        (-66, -15, -11, 4.2, 4.2),
        (-88, -21, -24, 4, 4),
        (-115, -19, -36, 3.8, 3.8),
        (-146, -8, -48, 3.6, 3.6),
    ],
    "Common carotid artery": [
        (-18, -28, -32, 4, 4),
        (-23, -31, -6, 4, 4),
        (-26.5, -30, 20, 3.9, 3.9),
        (-27, -28, 48, 4, 4),
        (-29, -24, 78, 4.4, 4),
        (-30, -20, 95, 3.5, 3.2),
    ],
    "Vertebral artery": [
        (-30, -20.5, -6, 1.9, 1.9),
        (-25, -16, 10, 1.8, 1.8),
        (-19, -11, 24, 1.7, 1.7),
        (-16.5, -10, 36, 1.6, 1.6),
        (-16.5, -12.5, 55, 1.6, 1.6),
        (-17, -11.8, 95, 1.6, 1.6),
    ],
    "Inferior thyroid artery": [
        (-33, -21, 3, 1.7, 1.7),
        (-34, -23, 16, 1.5, 1.5),
        (-27, -23, 27, 1.3, 1.3),
        (-20, -27, 26, 1.2, 1.2),
    ],
}
VEINS: dict[str, Rows] = {
    "Internal jugular vein, left": [
        (39, -21, 95, 4.5, 6, 40),
        (37, -25, 66, 5, 6.5, 30),
        (37, -30, 36, 6, 5.4, 20),
        (36, -33, 10, 6.5, 5, 20),
        (32, -36, -14, 7, 5.4),
        (29, -38, -28, 7, 6),
    ],
    "Internal jugular vein, right": [
        (-39, -20, 95, 6.5, 7),
        (-38, -25, 66, 7.5, 7),
        (-39, -29, 36, 9, 7, -20),
        (-37, -33, 10, 9.5, 7, -25),
        (-32, -36, -14, 9.5, 7),
        (-28, -36, -30, 8.5, 7.5),
    ],
    "Brachiocephalic vein, left": [
        (30, -38, -28, 6.5, 6),
        (20, -43, -40, 6, 6),
        (2, -43, -54, 6, 6),
        (-14, -38, -68, 6.5, 6.5),
        (-21, -33, -80, 7, 7),
    ],
    "Brachiocephalic vein, right": [
        (-28, -36, -30, 7.5, 7),
        (-24, -35, -52, 7.5, 7),
        (-21, -31, -78, 8.5, 8),
        (-20, -27, -97, 9.5, 9),
    ],
    "Subclavian vein, left": [
        (29, -38, -27, 6, 6),
        (45, -39, -24, 5.5, 5.5),
        (66, -30, -22, 5, 5),
        (90, -27, -30, 5, 5),
        (118, -24, -42, 4.6, 4.6),
        (148, -12, -54, 4.4, 4.4),
    ],
    "Subclavian vein, right": [
        (-28, -37, -28, 6, 6),
        (-45, -39, -25, 5.5, 5.5),
        (-66, -31, -23, 5, 5),
        (-90, -28, -32, 5, 5),
        (-118, -25, -44, 4.6, 4.6),
        (-148, -13, -56, 4.4, 4.4),
    ],
    "External jugular vein, left": [
        (58, -14, 92, 2, 1.6),
        (58, -22, 60, 2.2, 1.6),
        (57, -32, 25, 2.4, 1.8),
        (50, -40, -8, 2.6, 2.2),
        (44, -40, -22, 2.6, 2.4),
    ],
    "External jugular vein, right": [
        (-57, -18, 92, 2.6, 2),
        (-57, -26, 58, 2.8, 2),
        (-55, -36, 22, 3, 2.2),
        (-47, -42, -10, 3, 2.6),
        (-42, -40, -23, 3, 2.6),
    ],
}
ANTERIOR_JUGULAR: Rows = [(7, -64, 70, 1.4, 1.2), (9, -64, 30, 1.6, 1.3), (14, -60, -10, 1.7, 1.4)]
PART_OF = {"External carotid artery": "Common carotid artery"}  # one structure of the truth, drawn as two branches
NERVES: dict[str, Rows] = {
    "Phrenic nerve": [
        (33, -19.5, 50, 0.9, 0.9),
        (38.5, -23.5, 20, 0.9, 0.9),
        (42, -26.5, 2, 0.9, 0.9),
        (38, -29, -14, 0.9, 0.9),
        (34, -26, -34, 0.9, 0.9),
        (31, -27, -96, 0.9, 0.9),
    ],
    "Vagus nerve": [
        (34, -18, 92, 1.3, 1.3),
        (33, -22, 62, 1.3, 1.3),
        (31.5, -25, 34, 1.3, 1.3),
        (30.5, -26, 8, 1.2, 1.2),
        (25, -22, -22, 1.2, 1.2),
        (19, -13, -60, 1.2, 1.2),
        (15, -6, -96, 1.2, 1.2),
    ],
    "Recurrent laryngeal nerve": [
        (11, -12, -92, 0.9, 0.9),
        (10, -13, -56, 0.9, 0.9),
        (10.5, -17, -30, 0.9, 0.9),
        (10.5, -24, -2, 0.9, 0.9),
        (10.5, -31, 30, 0.9, 0.9),
        (9, -35, 42, 0.9, 0.9),
    ],
    "Brachial plexus root C5": [
        (9, -1, 63, 1.8, 1.8),
        (20, -4, 57, 1.9, 1.9),
        (30, -7, 42, 1.8, 1.8),
        (42, -9, 24, 1.8, 1.8),
        (54, -8, 6, 1.9, 1.9),
        (72, -8, -8, 2.2, 2.2),
    ],
    "Brachial plexus root C6": [
        (9, -1, 47, 1.9, 1.9),
        (21, -3, 41, 2, 2),
        (34, -6.5, 26, 1.9, 1.9),
        (46, -7.5, 12, 1.9, 1.9),
        (56, -6, -1, 2, 2),
        (74, -8, -13, 2.2, 2.2),
    ],
    "Brachial plexus root C7": [
        (9, 5, 29, 2, 2),
        (24, 2, 24.5, 2.1, 2.1),
        (37, -2, 19, 2, 2),
        (49, -5, 6, 2, 2),
        (60, -8, -6, 2, 2),
        (78, -11, -18, 2.2, 2.2),
    ],
    "Brachial plexus root C8": [
        (9, 12, 10, 2, 2),
        (23, 11, 13, 2, 2),
        (35, 4.5, 14, 1.9, 1.9),
        (47, -5.5, 7, 1.9, 1.9),
        (60, -10, -6, 2, 2),
    ],
    "Brachial plexus root T1": [
        (9, 18, -12, 1.8, 1.8),
        (22, 17.5, -8, 1.8, 1.8),
        (33, 10, -2, 1.7, 1.7),
        (40, 2.5, 4, 1.7, 1.7),
        (46, -7, 5.5, 1.8, 1.8),
        (56, -9, 0, 1.8, 1.8),
    ],
}


def paint_airway_and_gut(sculptor: Sculptor) -> None:
    """Paint larynx with cartilages, trachea with its rings, oesophagus with a little gas, thyroid."""
    cartilage = Paint(70, rim_hu=190, rim_mm=2.0, rough_mm=0.8, plane_mm=0.6)
    sculptor.one([(0, -40, 88, 18, 9), (0, -44, 72, 17, 13), (0, -45, 58, 16, 14), (0, -43, 47, 14, 12)], cartilage)
    sculptor.one([(0, -39, 42, 12, 12.5), (0, -36.5, 32, 12, 12)], Paint(95, rim_hu=210, rim_mm=2.2, rough_mm=0.6))
    trachea = [
        (0, -38, 46, 5.5, 9),
        (0, -38, 36, 8, 9.5),
        (0, -33.5, 15, 9, 8.6),
        (-0.5, -29.5, -2, 9, 8.2),
        (-1, -22, -28, 9.2, 8),
        (-2, -14, -56, 9.4, 8),
        (-3, -8, -80, 10, 8),
        (-4, -4, -97, 12, 7.5),
    ]
    sculptor.one(
        [(x, y - 0.4, z, a + 1.6, b + 1.3) for x, y, z, a, b in trachea], Paint(68, rough_mm=0.4, plane_mm=0.9)
    )
    gut = [
        (1, -25.5, 36, 7, 3.4),
        (3, -22, 18, 7.5, 4.4, 6),
        (6, -16.5, 0, 7.5, 5, 10),
        (7, -9, -26, 7.5, 5.2, 8),
        (6, -1, -52, 8, 5.2),
        (5, 6, -80, 8.5, 5.4),
        (4, 10, -97, 8.5, 5.5),
    ]
    sculptor.one([(0, -28, 92, 17, 3), (0, -29, 60, 15, 3.4), (1, -26.5, 40, 9, 3.4)], Paint(58, plane_mm=0.6))
    sculptor.one(gut, Paint(48, rough_mm=0.8, plane_mm=0.9), OESOPHAGUS)
    sculptor.one(
        [(5, -17, 2, 1.4, 1.0), (6.5, -13, -12, 2.4, 1.4), (7, -9, -26, 1.6, 1.0)], Paint(-600, blur_mm=1.6), OESOPHAGUS
    )
    sculptor.one(
        [(0, -38, 94, 13, 5), (0, -42, 80, 9, 7), (0.5, -45, 64, 5, 9), (0, -43, 55, 2.6, 9), (0, -39, 46, 5, 9)],
        Paint(-1000),
        AIRWAY,
    )
    sculptor.one(trachea, Paint(-1000), AIRWAY)


def paint_thyroid(sculptor: Sculptor) -> None:
    """Paint the lobes, the isthmus, and a nodule in the larger right lobe."""
    left, right = (Label(f"Thyroid, {side.value}", StructureKind.THYROID, side) for side in (Side.LEFT, Side.RIGHT))
    sculptor.one(
        [(13, -36, 46, 3, 6, 12), (15.5, -36, 32, 6, 11, 12), (16, -35, 16, 7.2, 11.5, 10), (14, -34, 3, 4, 6)],
        THYROID,
        left,
    )
    sculptor.one(
        [
            (-13, -37, 50, 3, 6, -12),
            (-16, -37, 34, 7, 12, -12),
            (-17, -36, 16, 8.6, 12.5, -10),
            (-14.5, -33, -3, 4.5, 6),
        ],
        THYROID,
        right,
    )
    sculptor.one([(0, -47.5, 20, 15, 2.6), (0, -46.5, 10, 15, 2.6)], THYROID, left)
    sculptor.ball((-18, -36, 17), 4.6, Paint(96, rough_mm=0.7), right)


def paint_vessels(sculptor: Sculptor) -> None:
    """Paint veins, then arteries, with arterial-phase contrast."""
    veins: list[tuple[Rows, Label | None]] = [
        (rows, Label(name, StructureKind.VEIN, Side.LEFT if name.endswith("left") else Side.RIGHT))
        for name, rows in VEINS.items()
    ]
    arteries: list[tuple[Rows, Label | None]] = [
        (rows, Label(f"{PART_OF.get(name, name)}, {side.value}", StructureKind.ARTERY, side))
        for side, table in ((Side.LEFT, ARTERIES_LEFT), (Side.RIGHT, ARTERIES_RIGHT))
        for name, rows in table.items()
    ]
    sculptor.vessels([*veins, (ANTERIOR_JUGULAR, None)], CONTRAST_VEIN)
    sculptor.vessels(arteries, CONTRAST_ARTERY)


def paint_nerves(sculptor: Sculptor) -> None:
    """Paint the nerves that ice must not reach."""
    for name, rows in NERVES.items():
        shown = name.partition(" root ")[0]  # the five roots are one structure of each side
        sculptor.pair(rows, NERVE, name=shown, kind=StructureKind.NERVE)


def paint_small_things(sculptor: Sculptor) -> None:
    """Paint lymph nodes, cutaneous veins and fascial strands: what makes fat look like fat."""
    rng = sculptor.canvas.rng
    for _ in range(70):
        side = rng.choice((-1.0, 1.0))
        x, y, z = side * rng.uniform(38, 66), rng.uniform(-28, 14), rng.uniform(-10, 90)
        tilt = rng.uniform(-3, 3, size=3)
        size = rng.uniform(1.2, 2.8)
        rows = [(x, y, z, size, size * 0.7), (x + tilt[0], y + tilt[1], z + 5 + abs(tilt[2]), size, size * 0.6)]
        sculptor.one(rows, Paint(rng.uniform(50, 85), blur_mm=1.2))
