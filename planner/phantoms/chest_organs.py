"""Which organs, vessels, nerves and muscles does the chest phantom have? Tables in the drawn frame, zero at T8."""

from __future__ import annotations

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.phantoms.canvas import Label, Paint
from planner.phantoms.chest_frame import INTERCOSTAL_RIBS, neurovascular_rows
from planner.phantoms.sculptor import LEVEL, MUSCLE, Rows, Sculptor, Sheet
from planner.phantoms.shapes import Patch, Tube

BLOOD_ARTERY = Paint(176, blur_mm=1.4)
BLOOD_VEIN = Paint(148, blur_mm=1.4)
MUSCLES: dict[str, Rows] = {
    "multifidus": [
        (9, 34, 96, 8, 9),
        (9, 42, 40, 8, 9),
        (9, 44, 0, 8.5, 9),
        (10, 42, -50, 9, 10),
        (11, 38, -100, 10, 11),
    ],
    "erector spinae": [
        (30, 52, 96, 16, 7, 4),
        (31, 56, 50, 18, 9, 4),
        (32, 57, 0, 20, 11, 4),
        (33, 55, -50, 21, 13, 4),
        (34, 50, -100, 22, 15, 4),
    ],
    "subscapularis": [
        (108, 36, 96, 30, 9, -58),
        (106, 42, 66, 27, 9, -56),
        (104, 48, 36, 18, 7, -54),
        (102, 52, 14, 7, 4, -52),
    ],
    "infraspinatus": [
        (118, 58, 96, 30, 10, -58),
        (116, 62, 66, 28, 10, -56),
        (112, 63, 36, 20, 8, -54),
        (108, 62, 14, 8, 5, -52),
    ],
    "teres major": [
        (148, 26, 96, 16, 12, -60),
        (140, 38, 66, 16, 12, -58),
        (128, 50, 36, 12, 9, -54),
        (118, 56, 16, 6, 5, -50),
    ],
}
SHEETS: dict[str, Sheet] = {
    "trapezius": (
        [
            (36, 66, 96, 34, 4, -6),
            (32, 69, 50, 30, 3.4, -4),
            (24, 69, 10, 21, 2.6, -2),
            (14, 66, -40, 11, 2, 0),
            (6, 63, -70, 4, 1.2),
        ],
        -0.002,
    ),
    "latissimus dorsi": (
        [
            (150, 8, 96, 16, 8, -72),
            (146, 24, 60, 24, 7, -62),
            (124, 46, 20, 44, 6, -40),
            (108, 51, -20, 56, 5, -36),
            (102, 50, -100, 60, 5, -36),
        ],
        -0.006,
    ),
    "serratus anterior": (
        [
            (137, -34, 96, 46, 6, 98),
            (141, -38, 50, 44, 6.4, 98),
            (145, -38, 10, 37, 5.6, 98),
            (147, -36, -24, 28, 4.8, 98),
            (148, -34, -48, 10, 2, 98),
        ],
        -0.0045,
    ),
    "pectoralis major": (
        [(78, -140, 96, 60, 9, 24), (78, -144, 60, 54, 7, 22), (74, -148, 24, 44, 5, 18), (70, -150, 0, 30, 3, 16)],
        0.004,
    ),
    "external oblique": (
        [(150, -58, -10, 10, 2.6, 100), (148, -70, -40, 30, 4, 108), (142, -84, -100, 44, 5.5, 114)],
        -0.006,
    ),
    "rectus abdominis": ([(30, -153, -36, 12, 2.4, 8), (32, -154, -60, 22, 4, 8), (33, -155, -100, 26, 5, 8)], 0.003),
}


def paint_muscles(sculptor: Sculptor, under_skin: Patch) -> None:
    """Paint the muscles outside the ribs."""
    tubes = [tube for rows in MUSCLES.values() for tube in sculptor.tubes(rows)]
    tubes += [tube for rows, bend in SHEETS.values() for tube in sculptor.tubes(rows, bend=bend)]
    sculptor.canvas.paint_packed(tubes, MUSCLE, grow_mm=4.0, within=under_skin)


def paint_breasts(sculptor: Sculptor) -> None:
    """Paint strands of glandular tissue in the fat in front of the chest."""
    rng = sculptor.canvas.rng
    for side in (-1.0, 1.0):
        for _ in range(70):
            x, y, z = side * rng.normal(84, 17), -162 + rng.normal(0, 5), rng.normal(14, 20)
            y += 0.0042 * (x - side * 60) ** 2
            tilt = rng.normal(size=3) * (9, 3, 7)
            a = rng.uniform(1.4, 4.6)
            sculptor.one(
                [(x, y, z, a, a * 0.6), (x + tilt[0], y + tilt[1], z + 2 + abs(tilt[2]), a * 0.5, a * 0.4)],
                Paint(rng.uniform(0, 42), rough_mm=1.2, blur_mm=1.8),
            )


def paint_heart(sculptor: Sculptor) -> None:
    """Paint pericardial fat, chambers with walls, great vessels."""
    fat, wall, pool = (
        Paint(-96, blur_mm=1.8, rough_mm=1.5),
        Paint(98, rough_mm=1.2, blur_mm=1.4),
        Paint(163, rough_mm=1.0, blur_mm=1.6),
    )
    bodies: list[Rows] = [
        [(6, -78, 22, 30, 32, 30), (22, -90, -4, 44, 38, 30), (42, -104, -38, 30, 27, 30), (56, -112, -56, 10, 9)],
        [(-12, -104, 32, 26, 26), (2, -116, 4, 34, 26, -15), (24, -126, -36, 34, 18, -10), (40, -128, -54, 12, 8)],
        [(-26, -82, 36, 20, 26), (-32, -86, 4, 26, 30), (-28, -84, -32, 18, 22)],
        [(4, -54, 40, 28, 15), (4, -54, 16, 34, 18), (6, -58, -4, 26, 14)],
    ]
    for rows in bodies:
        sculptor.one([(x, y, z, a + 5, b + 5, *t) for x, y, z, a, b, *t in rows], fat)
    heart = Label("Heart", StructureKind.OTHER, Side.LEFT)
    for rows, depth in zip(bodies[::-1], (3.0, 3.0, 4.5, 11.5), strict=True):
        sculptor.one(rows, wall, heart)
        inner = [(x, y, z, max(a - depth, 2), max(b - depth, 2), *t) for x, y, z, a, b, *t in rows[:3]]
        sculptor.one(inner, pool, heart)
    arteries: list[tuple[Rows, str]] = [
        (
            [(-6, -92, 20, 14, 14), (-14, -94, 50, 15.5, 15.5), (-12, -88, 80, 15, 15), (-8, -82, 98, 14.5, 14.5)],
            "Ascending aorta",
        ),
        ([(12, -118, 26, 13, 12), (16, -110, 50, 14, 13), (14, -92, 64, 13, 13)], "Pulmonary trunk"),
        ([(14, -86, 64, 11, 11), (-10, -72, 62, 10, 10), (-34, -66, 54, 8.5, 8.5)], "Pulmonary artery, right"),
        ([(14, -88, 64, 11, 11), (26, -66, 62, 10, 10), (36, -58, 50, 8, 8)], "Pulmonary artery, left"),
        (
            [
                (22, -20, 98, 12.4, 12.4),
                (23, -19, 50, 12, 12),
                (21, -18, 0, 11.6, 11.6),
                (16, -20, -50, 11.3, 11.3),
                (9, -24, -100, 11, 11),
            ],
            "Descending aorta",
        ),
    ]
    sculptor.vessels([(rows, Label(name, StructureKind.ARTERY)) for rows, name in arteries], BLOOD_ARTERY)
    veins: list[tuple[Rows, str]] = [
        ([(-27, -78, 98, 8.5, 9.5), (-28, -80, 60, 9, 10), (-29, -82, 30, 10, 10)], "Superior vena cava"),
        ([(-28, -70, -20, 12, 12), (-27, -62, -50, 13, 12), (-24, -52, -100, 13, 11)], "Inferior vena cava"),
        ([(-7, -14, 60, 4, 4), (-8, -13, 0, 3.8, 3.8), (-8, -17, -100, 3.2, 3.2)], "Azygos vein"),
        ([(-20, -52, 18, 8, 6), (-38, -50, 10, 6.5, 5), (-52, -42, 0, 5, 4)], "Inferior pulmonary vein, right"),
        ([(24, -50, 14, 8, 6), (38, -46, 4, 6, 5), (52, -38, -8, 4.6, 4)], "Inferior pulmonary vein, left"),
    ]
    sculptor.vessels([(rows, Label(name, StructureKind.VEIN)) for rows, name in veins], BLOOD_VEIN)


def paint_left_liver_lobe(sculptor: Sculptor) -> None:
    """Paint the liver's left lobe under the heart."""
    lobe = [(-34, -104, -94, 16, 28), (-4, -112, -84, 17, 27), (28, -116, -80, 12, 20), (58, -118, -79, 5, 9)]
    label = Label("Liver", StructureKind.LIVER, Side.RIGHT)
    sculptor.canvas.paint(sculptor.tube(lobe, up=LEVEL), Paint(106, rough_mm=0.6, plane_mm=1.0), label)


def paint_airway_and_gut(sculptor: Sculptor) -> None:
    """Paint trachea, main bronchi and oesophagus."""
    label, wall, air = Label("Trachea", StructureKind.AIRWAY, Side.MIDLINE), Paint(52, plane_mm=0.8), Paint(-1000)
    tubes = (
        [(-2, -52, 98, 9.5, 8.5), (-2, -52, 82, 10.5, 8)],
        [(-4, -52, 84, 9, 8), (-20, -52, 66, 7.6, 7), (-36, -50, 50, 6, 5.6)],
        [(2, -52, 84, 8, 7.6), (20, -50, 66, 6.6, 6.4), (38, -50, 52, 5.4, 5.2)],
    )
    for rows in tubes:
        sculptor.one([(x, y, z, a + 1.5, b + 1.4) for x, y, z, a, b in rows], wall)
    for rows in tubes:
        sculptor.one(rows, air, label)
    gut = [
        (5, -32, 98, 8, 5),
        (4, -31, 60, 8.5, 5),
        (4, -32, 10, 9, 5.5),
        (10, -38, -40, 10, 7),
        (20, -48, -64, 11, 8),
        (34, -66, -80, 12, 9),
    ]
    sculptor.one(gut, Paint(46, rough_mm=0.8, plane_mm=1.0), Label("Oesophagus", StructureKind.OESOPHAGUS))
    sculptor.one(
        [(5, -32, 70, 2.4, 1.1), (4, -31, 56, 2.6, 1.2)],
        Paint(-500, blur_mm=1.6),
        Label("Oesophagus", StructureKind.OESOPHAGUS),
    )


def paint_intercostals(sculptor: Sculptor) -> None:
    """Paint vein, artery and nerve, from above down, in the groove under each rib, in their bed of fat."""
    courses = (
        ("Intercostal veins", StructureKind.VEIN, Paint(128, blur_mm=0.9), -1.2, 1.3),
        ("Intercostal arteries", StructureKind.ARTERY, Paint(150, blur_mm=0.9), 1.4, 1.1),
        ("Intercostal nerves", StructureKind.NERVE, Paint(36, blur_mm=0.9), 4.1, 1.1),
    )
    for number in INTERCOSTAL_RIBS:
        bed = neurovascular_rows(number, below_mm=1.6, inward_mm=1.8, radius_mm=3.0)
        sculptor.pair(bed, Paint(-84, blur_mm=1.4))
    for number in INTERCOSTAL_RIBS:
        for name, kind, paint, below, radius in courses:
            rows = neurovascular_rows(number, below_mm=below, inward_mm=1.8, radius_mm=radius)
            sculptor.pair(rows, paint, name=name, kind=kind)
    # the nerve to be treated is the target, not a bystander: it gets no mask
    sculptor.canvas.paint(target_nerve(sculptor), Paint(36, blur_mm=0.9))


def target_nerve(sculptor: Sculptor) -> Tube:
    """Return the right T8 intercostal nerve."""
    rows = neurovascular_rows(8, below_mm=4.1, inward_mm=1.8, radius_mm=1.1)
    return Tube.of(rows).mirrored().moved(sculptor.displace)
