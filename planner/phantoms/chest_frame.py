"""What carries the chest phantom? Skin, spine, ribs with cartilage, chest wall, lungs with their trees, diaphragm."""

from __future__ import annotations

import numpy as np

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.phantoms.canvas import FAT_HU, Label, Paint
from planner.phantoms.lung_tree import grow_tree
from planner.phantoms.sculptor import LEVEL, Sculptor, half_outlines
from planner.phantoms.shapes import Loft, Patch, united
from planner.phantoms.skeleton import BONE, RIB, Vertebra, spine

# z, y of centre, nine radii from front over the left to the back, mm
SKIN = (
    (92, -45, (112, 132, 153, 172, 182, 180, 160, 132, 119)),
    (50, -45, (115, 138, 162, 173, 176, 177, 161, 133, 119)),
    (15, -45, (118, 143, 166, 172, 170, 171, 158, 131, 118)),
    (-25, -45, (119, 140, 157, 165, 166, 167, 153, 129, 117)),
    (-100, -45, (122, 135, 149, 160, 164, 163, 149, 127, 116)),
)
# z, breadth, then sixteen radii from the left round the back, mm, about the pole of the left lung
CAVITY_POLE = (68.0, -48.0)
CAVITY = (63, 65, 71, 78, 80, 80, 63, 46, 44, 48, 60, 76, 82, 75, 68, 65)
CAVITY_BREADTH = ((94, 0.90), (50, 0.96), (10, 1.0), (-40, 1.02), (-100, 1.03))
# rib: vertebra's z, breadth of the cage there
RIB_LEVELS = {
    2: (140, 0.78),
    3: (117, 0.86),
    4: (94, 0.92),
    5: (71, 0.96),
    6: (47.5, 0.99),
    7: (24, 1.0),
    8: (0, 1.01),
    9: (-25, 1.02),
    10: (-50, 1.02),
    11: (-76, 1.0),
}
RIB_COURSE = (
    (15, 7, 11, 4.4, 4.0),
    (27, 16, 11, 4.4, 3.2),
    (38, 24, 9, 5.6, 4.6),
    (62, 37, 1, 6.6, 4.2),
    (90, 36, -11, 7.0, 4.0),
    (119, 17, -27, 7.2, 3.8),
    (136, -16, -45, 7.4, 3.6),
    (141, -50, -61, 7.4, 3.6),
    (134, -86, -77, 7.2, 3.7),
    (113, -116, -91, 7.0, 4.0),
)
CARTILAGE = ((113, -116, -91, 7.0, 4.2), (86, -134, -98, 7, 5), (56, -146, -90, 7, 5), (22, -150, -72, 7, 5))
INTERCOSTAL_RIBS = (4, 5, 6, 7, 8, 9, 10)


def vertebrae() -> list[Vertebra]:
    """Return T4 to T12, head to feet."""
    rows = (
        (94, -3, 13.5, 10.6, 9.6),
        (71, 0, 14, 11.2, 9.8),
        (47.5, 2, 14.6, 11.6, 10),
        (24, 3, 15.2, 12.2, 10.2),
        (0, 3, 16, 12.6, 10.5),
        (-25, 2, 17, 13, 10.8),
        (-50, 0, 18, 13.2, 11.2),
        (-76, -3, 19.2, 13.6, 11.6),
        (-103, -6, 20.4, 14, 12),
    )
    return [
        Vertebra(z, y, width, depth, height, 8.4, 7.8, 33.0, 24.0, y + 61.0, 20.0, cervical=False)
        for z, y, width, depth, height in rows
    ]


def rib_rows(number: int) -> list[tuple[float, ...]]:
    """Return the left rib's table in the drawn frame."""
    z, breadth = RIB_LEVELS[number]
    return [_placed(row, z, breadth) for row in RIB_COURSE]


def _placed(row: tuple[float, ...], z: float, breadth: float) -> tuple[float, ...]:
    x, y, drop, a, b = row
    wide = breadth if x > 40 else 1 + (breadth - 1) * x / 40
    return x * wide, (y + 48) * wide - 48 + 2.0, z + drop, a, b


def neurovascular_rows(number: int, *, below_mm: float, inward_mm: float, radius_mm: float) -> list[tuple[float, ...]]:
    """Return the course of a vessel or nerve under the left rib, from its tubercle to its front end."""
    rows = np.array(rib_rows(number))
    along = np.gradient(rows[:, :2], axis=0)
    inward = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1)[:, None]
    toward_middle = np.sign((inward * (np.array([60.0, -50.0]) - rows[:, :2])).sum(axis=1))[:, None]
    xy = rows[:, :2] + inward * toward_middle * inward_mm
    z = rows[:, 2] - rows[:, 3] - below_mm
    return [(*p, h, radius_mm, radius_mm) for p, h in zip(xy[2:], z[2:], strict=True)]


def paint_body(sculptor: Sculptor) -> Patch:
    """Paint skin and fat; return the body's signed distance."""
    patch = half_outlines(SKIN, sculptor.displace).patch(sculptor.canvas.lattice, margin_mm=60)
    body = Patch(patch.box, patch.distance + np.float32(0.3) * sculptor.canvas.rough[patch.box])
    sculptor.canvas.paint(body, Paint(FAT_HU, rim_hu=15, rim_mm=1.8, blur_mm=1.3))
    return body


def cavities(sculptor: Sculptor) -> dict[Side, Patch]:
    """Return the signed distance of each half of the chest's inside."""
    patches = {}
    z = np.array([row[0] for row in CAVITY_BREADTH[::-1]], dtype=float)
    breadth = np.array([row[1] for row in CAVITY_BREADTH[::-1]])
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        ring = np.asarray(CAVITY, dtype=float)
        if sign < 0:
            ring = np.roll(ring[::-1], 9)  # angle θ becomes 180° - θ
        pole = np.column_stack([sign * CAVITY_POLE[0] * breadth, np.full(len(z), CAVITY_POLE[1]), z])
        loft = Loft(z, sculptor.point(pole)[:, :2], breadth[:, None] * ring[None, :])
        patches[side] = sculptor.canvas.patch(loft)
    return patches


def paint_wall(sculptor: Sculptor, inside: dict[Side, Patch]) -> None:
    """Paint the intercostal muscles in two layers with fat between, and the fat under the pleura."""
    both = united(list(inside.values()))
    x, y = np.abs(sculptor.canvas.lattice.x[both.box[2]])[None, :], sculptor.canvas.lattice.y[both.box[1]][:, None]
    medial = np.maximum(30 - x, np.where(y > 4, 0, 46 - x)).clip(min=0).astype(np.float32) * np.float32(0.6)
    rough = sculptor.canvas.rough[both.box]
    patchy = np.roll(rough, (17, 31, 29), axis=(0, 1, 2))  # its own irregularity, or all layers would run parallel
    outward = both.distance + medial
    layers = (
        (outward - np.float32(10.2) + np.float32(0.8) * patchy, Paint(53, blur_mm=1.3)),
        (
            np.maximum(outward - np.float32(6.6), np.float32(5.8) - outward) + np.float32(1.1) * patchy,
            Paint(-70, blur_mm=1.2),
        ),
        (outward - np.float32(1.2) + np.float32(0.5) * rough, Paint(-84)),
    )
    for distance, paint in layers:
        sculptor.canvas.paint(Patch(both.box, distance), paint)
    sculptor.one(
        [(0, -80, 96, 44, 62), (0, -84, 40, 46, 60), (6, -88, -20, 46, 58), (6, -88, -100, 40, 58)],
        Paint(-97, blur_mm=2),
    )


def paint_bones(sculptor: Sculptor) -> None:
    """Paint ribs, cartilages, spine, sternum and scapulae."""
    cartilage = Paint(92, rim_hu=150, rim_mm=1.0, rough_mm=0.8, plane_mm=0.5)
    for number, (z, breadth) in RIB_LEVELS.items():
        for tube in sculptor.tubes(rib_rows(number), up=LEVEL):
            sculptor.canvas.paint(tube, RIB, BONE)
        if number <= 7:
            for tube in sculptor.tubes([_placed(row, z, breadth) for row in CARTILAGE], up=LEVEL):
                sculptor.canvas.paint(tube, cartilage)
    spine(sculptor, vertebrae())
    sternum = [
        (0, -149, 98, 17, 5),
        (0, -152, 50, 18, 5.5),
        (0, -153, 0, 19, 5.5),
        (0, -153, -22, 12, 5),
        (1, -151, -44, 6, 3),
    ]
    sculptor.canvas.paint(sculptor.tube(sternum), Paint(130, rim_hu=430, rim_mm=1.1, rough_mm=0.6, plane_mm=0.5), BONE)
    blade = [
        (116, 42, 96, 30, 2.0, 118),
        (111, 46, 70, 27, 2.0, 120),
        (107, 51, 44, 22, 2.2, 124),
        (104, 56, 22, 15, 2.6, 128),
        (102, 57, 8, 6, 3.2, 130),
    ]
    for tube in sculptor.tubes(blade, bend=0.006):
        sculptor.canvas.paint(tube, Paint(190, rim_hu=600, rim_mm=0.9, rough_mm=0.4, plane_mm=0.5), BONE)


def paint_lungs(sculptor: Sculptor, inside: dict[Side, Patch]) -> None:
    """Paint lung, and in it a tree of vessels and bronchi that branches from the hilum."""
    for side, patch in inside.items():
        label = Label(f"Lung, {side.value}", StructureKind.LUNG, side)
        sculptor.canvas.paint(patch, Paint(-858, rough_mm=0.35), label)
        lung = Patch(patch.box, patch.distance + np.float32(1.5))
        sign = 1.0 if side is Side.LEFT else -1.0
        for start in ((32, -58, 34), (30, -66, 24), (34, -52, 12)):
            for _ in range(6):
                hilum = np.array([sign * start[0], start[1], start[2]], dtype=float)
                heading = np.array(
                    [sign * 0.7, sculptor.canvas.rng.uniform(-0.8, 0.7), sculptor.canvas.rng.uniform(-0.9, 0.8)]
                )
                grow_tree(sculptor, (hilum, heading, 3.9), lung, label)


def paint_domes(sculptor: Sculptor, inside: dict[Side, Patch]) -> None:
    """Paint liver under the right dome of the diaphragm, stomach and spleen under the left."""
    lattice = sculptor.canvas.lattice
    for side, peak, pole in ((Side.RIGHT, -34.0, (-62.0, -82.0)), (Side.LEFT, -47.0, (64.0, -80.0))):
        patch = inside[side]
        x, y = lattice.x[patch.box[2]][None, None, :], lattice.y[patch.box[1]][None, :, None]
        z = lattice.z[patch.box[0]][:, None, None]
        bulge = ((x - pole[0]) / 66) ** 2 + ((y - pole[1]) / 74) ** 2
        top = peak - 14 * bulge - 26 * bulge**2
        dome = np.maximum(patch.distance + np.float32(0.8), (z - top).astype(np.float32) * np.float32(0.62))
        dome = (dome + np.float32(0.12) * sculptor.canvas.rough[patch.box]).astype(np.float32)
        sculptor.canvas.paint(Patch(patch.box, dome), Paint(62, blur_mm=1.6))
        within = Patch(patch.box, dome + np.float32(2.6))
        if side is Side.RIGHT:
            sculptor.canvas.paint(within, Paint(106, blur_mm=1.6), Label("Liver", StructureKind.LIVER, side))
            continue
        sculptor.canvas.paint(within, Paint(-98, blur_mm=1.6))
        _clipped(
            sculptor,
            [(88, -18, -52, 20, 30, 70), (92, -24, -100, 24, 38, 70)],
            within,
            Paint(118, rough_mm=0.8),
            Label("Spleen", StructureKind.SPLEEN, side),
        )
        _clipped(
            sculptor,
            [(52, -92, -56, 30, 32), (54, -92, -100, 36, 36)],
            within,
            Paint(42, rim_hu=72, rim_mm=3.5, rough_mm=1.5),
            Label("Stomach", StructureKind.BOWEL, side),
        )
        _clipped(
            sculptor,
            [(52, -112, -58, 20, 12), (54, -114, -100, 26, 13)],
            within,
            Paint(-990),
            Label("Stomach", StructureKind.BOWEL, side),
        )


def _clipped(sculptor: Sculptor, rows: list[tuple[float, ...]], within: Patch, paint: Paint, label: Label) -> None:
    patch = sculptor.distance(sculptor.tube(rows))
    limit = np.full(sculptor.canvas.grid.shape_kji, np.float32(50))
    limit[within.box] = within.distance
    sculptor.canvas.paint(
        Patch(patch.box, np.maximum(patch.distance, limit[patch.box] + np.float32(1.5))), paint, label
    )
