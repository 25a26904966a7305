"""What does the spine look like? Vertebrae with cortex, marrow, arch, processes and canal, and the cord inside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.domain.structure import StructureKind
from planner.phantoms.canvas import Label, Paint
from planner.phantoms.sculptor import LEVEL
from planner.phantoms.shapes import Patch, Tube, carved, united

if TYPE_CHECKING:
    from planner.phantoms.sculptor import Sculptor

BONE = Label("Bone", StructureKind.BONE)
CORTICAL = Paint(150, rim_hu=760, rim_mm=1.0, rough_mm=0.35, plane_mm=0.3)
SPONGY = Paint(150, rim_hu=430, rim_mm=0.8, rough_mm=0.4, plane_mm=0.3)
RIB = Paint(95, rim_hu=720, rim_mm=1.15, rough_mm=0.3, plane_mm=0.4)
DISC = Paint(88, plane_mm=0.2, rough_mm=0.5)


@dataclass(frozen=True, slots=True)
class Vertebra:
    """Sizes of one vertebra, mm; y runs from the middle of the vertebral body toward the back."""

    z: float
    y: float
    half_width: float
    half_depth: float
    half_height: float
    canal_a: float
    canal_b: float
    process_reach: float
    process_back: float
    spine_back: float
    spine_drop: float
    cervical: bool

    @property
    def canal_y(self) -> float:
        """Middle of the canal."""
        return self.y + self.half_depth + self.canal_b + 0.5


def spine(sculptor: Sculptor, vertebrae: list[Vertebra]) -> None:
    """Paint discs, vertebrae, the canal's fat, and the cord in its fluid."""
    for upper, lower in pairwise(vertebrae):
        rows = [(0.2, v.y, v.z, v.half_width * 0.95, v.half_depth * 0.95) for v in (upper, lower)]
        sculptor.one(rows, DISC)
    axis = [(0.0, v.canal_y, v.z) for v in vertebrae]
    canal = sculptor.distance(sculptor.tube([(*p, v.canal_a, v.canal_b) for p, v in zip(axis, vertebrae, strict=True)]))
    for vertebra in vertebrae:
        _paint_vertebra(sculptor, vertebra, canal)
    dura = [(*p, v.canal_a - 1.6, v.canal_b - 1.4) for p, v in zip(axis, vertebrae, strict=True)]
    cord = [(*p, v.canal_a - 5.2, v.canal_b - 4.2) for p, v in zip(axis, vertebrae, strict=True)]
    sculptor.canvas.paint(canal, Paint(-40))
    sculptor.one(dura, Paint(14))
    sculptor.one(cord, Paint(42), Label("Spinal cord", StructureKind.SPINAL_CORD))


def _body(sculptor: Sculptor, v: Vertebra) -> Patch:
    waist, h = 0.91, v.half_height
    rows = [
        (0, v.y, v.z - h, v.half_width * 0.99, v.half_depth * 0.99),
        (0, v.y, v.z - h * 0.6, v.half_width, v.half_depth),
        (0, v.y - 0.4, v.z, v.half_width * waist, v.half_depth * waist),
        (0, v.y, v.z + h * 0.6, v.half_width, v.half_depth),
        (0, v.y, v.z + h, v.half_width * 0.99, v.half_depth * 0.99),
    ]
    patch = sculptor.distance(sculptor.tube(rows, bend=0.011))
    # the swept tube rounds its ends over; flat end plates come from cutting it level
    z = sculptor.canvas.lattice.z[patch.box[0]]
    middle = sculptor.point((0, v.y, v.z))[2]
    plate = (abs(z - middle) - h)[:, None, None].astype(patch.distance.dtype)
    return Patch(patch.box, patch.distance.clip(min=plate))


def _arch(v: Vertebra) -> list[Tube]:
    """Left half of the arch: pedicle, pillar or transverse process, lamina."""
    y, z, back = v.y, v.z, v.y + v.half_depth
    if v.cervical:
        side = v.canal_a + 6.5
        return [
            Tube.of([(v.half_width - 2, back - 3, z, 3.4, 2.8), (side, back + 4, z - 1, 3.6, 3.2)], up=LEVEL),
            Tube.of(
                [
                    (side, back + 7, z + 7.5, 6, 4.2, -20),
                    (side + 1, back + 9, z, 6, 6, -20),
                    (side, back + 12, z - 7.5, 5.8, 4, -20),
                ]
            ),
            Tube.of(
                [
                    (v.half_width - 1, y - 2, z, 2.2, 2),
                    (v.process_reach - 2, y + 0.5, z - 1.5, 2.4, 2),
                    (v.process_reach, y + 3.5, z - 3, 2.6, 2.4),
                ],
                up=LEVEL,
            ),
            Tube.of([(side - 1, back + 5, z, 2.6, 1.6), (v.process_reach, y + 5.5, z - 3, 2.4, 2)], up=LEVEL),
            Tube.of(
                [
                    (side, back + 11, z - 1, 6, 2.4),
                    (side * 0.55, back + 2 * v.canal_b + 2, z - 2, 5.5, 2.1),
                    (0, v.canal_y + v.canal_b + 3.2, z - 3, 5, 2.6),
                ],
                up=LEVEL,
            ),
        ]
    return [
        Tube.of(
            [
                (v.half_width - 4, back - 2, z + 3, 5.5, 3.6),
                (v.canal_a + 3.8, back + 8, z + 3, 5, 3.2),
                (v.canal_a + 4, back + 2 * v.canal_b - 2, z + 1, 7, 4),
            ],
            up=LEVEL,
        ),
        Tube.of(
            [
                (v.canal_a + 4, back + 2 * v.canal_b - 3, z + 1, 5.5, 4.6),
                (v.process_reach * 0.72, back + v.process_back - 3, z + 2, 4.2, 3.6),
                (v.process_reach, back + v.process_back, z + 3, 4.8, 4.4),
            ],
            up=LEVEL,
        ),
        Tube.of(
            [
                (v.canal_a + 4, back + 2 * v.canal_b - 2, z, 8, 2.6),
                (v.canal_a * 0.5, v.canal_y + v.canal_b + 1.5, z - 3, 8, 2.4),
                (0, v.canal_y + v.canal_b + 4, z - 5, 7, 2.8),
            ],
            up=LEVEL,
        ),
    ]


def _paint_vertebra(sculptor: Sculptor, v: Vertebra, canal: Patch) -> None:
    halves = _arch(v)
    tubes = [t.moved(sculptor.displace) for half in halves for t in (half, half.mirrored())]
    start = v.canal_y + v.canal_b + 2
    width = 2.4 if v.cervical else 2.9
    spinous = sculptor.tube(
        [
            (0, start, v.z - 4, 6, width),
            (0.4, (start + v.spine_back) / 2, v.z - 4 - v.spine_drop * 0.5, 5.5, width * 0.75),
            (0.8, v.spine_back, v.z - 4 - v.spine_drop, 5, width * 1.35),
        ],
        up=LEVEL,
    )
    arch = carved(united([sculptor.distance(t) for t in (*tubes, spinous)], blend_mm=2.0), canal)
    if not arch.is_empty:
        sculptor.canvas.paint(arch, CORTICAL, BONE)
    body = carved(_body(sculptor, v), canal)
    if not body.is_empty:
        sculptor.canvas.paint(body, SPONGY, BONE)
