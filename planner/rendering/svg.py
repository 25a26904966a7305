"""How does a slice get onto paper? As SVG: the CT embedded as PNG, everything over it as vectors and real text."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from planner.rendering.frame_marks import space_marks
from planner.rendering.palette import HALO, HALO_OPACITY, VIEW_BACKGROUND
from planner.rendering.png import to_png
from planner.rendering.primitives import Hatch, Label, Marker, Path, Shape
from planner.rendering.scene3d import camera_letters, render_rgb

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from planner.rendering.primitives import Pen, Primitive
    from planner.rendering.slice_scene import SliceScene

FONT_FAMILY = "Inter, sans-serif"


def to_svg(scene: SliceScene, *, title: str = "") -> str:
    """Write a slice as one self-contained SVG 1.1 document, clipped to the view; ``title`` is its text alternative."""
    return picture_svg(scene.raster, size_px=scene.plane.size_px, primitives=scene.primitives, title=title)


def picture_svg(
    pixels: NDArray[np.uint8], *, size_px: tuple[int, int], primitives: Iterable[Primitive], title: str = ""
) -> str:
    """Write any picture with marks over it as SVG.

    Text stays text (family Inter), with its halo as a second text underneath, because not every renderer knows
    ``paint-order``.

    Parameters
    ----------
    pixels
        shape (H, W) grey or (H, W, 3) RGB, uint8; stretched over ``size_px``.
    size_px
        (width, height) in logical pixels, the unit of the primitives.
    """
    width, height = size_px
    picture = "data:image/png;base64," + base64.b64encode(to_png(pixels)).decode("ascii")
    parts = [
        _opening(width, height),
        f"<title>{escape(title)}</title>" if title else "",
        f'<defs><clipPath id="view"><rect width="{width}" height="{height}"/></clipPath></defs>',
        f'<rect width="{width}" height="{height}" fill="{VIEW_BACKGROUND}"/>',
        f'<image width="{width}" height="{height}" preserveAspectRatio="none" xlink:href="{picture}"/>',
        '<g clip-path="url(#view)">',
        *(_draw(primitive, number) for number, primitive in enumerate(primitives)),
        "</g></svg>",
    ]
    return "\n".join(part for part in parts if part)


def drawing_svg(size_px: tuple[int, int], primitives: Iterable[Primitive], *, paper: str, title: str = "") -> str:
    """Write marks on plain paper, such as a chart, as SVG; ``paper`` is its colour."""
    width, height = size_px
    parts = [
        _opening(width, height),
        f"<title>{escape(title)}</title>" if title else "",
        f'<rect width="{width}" height="{height}" fill="{paper}"/>',
        *(_draw(primitive, number) for number, primitive in enumerate(primitives)),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def stacked_svg(parts: Iterable[tuple[str, tuple[int, int]]], *, title: str = "") -> str:
    """Put documents of this module under one another, each with its (width, height); the first holds any clipping."""
    body: list[str] = []
    width = height = 0
    for svg, (own_width, own_height) in parts:
        body.append(svg.replace("<svg ", f'<svg y="{height}" ', 1))
        width, height = max(width, own_width), height + own_height
    return "\n".join([_opening(width, height), f"<title>{escape(title)}</title>" if title else "", *body, "</svg>"])


def space_svg(
    renderer: Any,  # noqa: ANN401 - vtkRenderer
    *,
    size_px: tuple[int, int],
    scale: float = 2.5,
    grade: str = "",
    title: str = "",
    over: Iterable[Primitive] = (),
) -> str:
    """Render a 3-D scene off-screen and write it with its orientation letters and with what lies ``over`` it.

    ``scale`` is raster pixels per pixel.
    """
    pixels = render_rgb(renderer, size_px=(round(size_px[0] * scale), round(size_px[1] * scale)))
    marks = space_marks(size_px, letters=camera_letters(renderer), grade=grade)
    return picture_svg(pixels, size_px=size_px, primitives=[*marks, *over], title=title)


def _opening(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" font-family="{FONT_FAMILY}">'
    )


def _draw(primitive: Primitive, number: int) -> str:
    if isinstance(primitive, Path):
        return _path(primitive)
    if isinstance(primitive, Hatch):
        return _hatch(primitive, number)
    if isinstance(primitive, Marker):
        return _marker(primitive)
    return _label(primitive)


def _path(path: Path) -> str:
    data = _data(path.lines)
    body = ""
    if path.fill is not None and path.fill_opacity > 0:
        body += f'<path d="{data}" fill="{path.fill}" fill-opacity="{path.fill_opacity:g}" fill-rule="evenodd"/>'
    if path.pen is not None:
        if path.pen.halo_px:
            body += f'<path d="{data}" fill="none" {_halo(path.pen)}/>'
        body += f'<path d="{data}" fill="none" {_stroke(path.pen)}/>'
    return _group(path.role, path.name, body)


def _hatch(hatch: Hatch, number: int) -> str:
    step = hatch.spacing_px
    pattern = (
        f'<defs><pattern id="hatch{number}" width="{step:g}" height="{step:g}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="{step:g}" {_stroke(hatch.pen)}/></pattern>'
        "</defs>"
    )
    body = f'{pattern}<path d="{_data(hatch.lines)}" fill="url(#hatch{number})" fill-rule="evenodd"/>'
    return _group(hatch.role, hatch.name, body)


def _marker(marker: Marker) -> str:
    x, y = marker.centre_px
    half = marker.size_px / 2
    if marker.shape is Shape.CIRCLE:
        shape = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{half:.2f}"'
    else:
        shape = f'<rect x="{x - half:.2f}" y="{y - half:.2f}" width="{2 * half:.2f}" height="{2 * half:.2f}"'
    fill = "none" if marker.fill is None else marker.fill
    body = ""
    if marker.pen is not None and marker.pen.halo_px:
        body += f'{shape} fill="none" {_halo(marker.pen)}/>'
    stroke = _stroke(marker.pen) if marker.pen is not None else ""
    body += f'{shape} fill="{fill}" fill-opacity="{marker.fill_opacity:g}" {stroke}/>'
    return _group(marker.role, marker.name, body)


def _label(label: Label) -> str:
    x, y = label.anchor_px
    start = (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{label.size_px:g}" font-weight="{label.weight}" '
        f'text-anchor="{label.align.value}" xml:space="preserve"'
    )
    text = escape(label.text)
    halo = (
        f'{start} fill="none" stroke="{HALO}" stroke-opacity="{HALO_OPACITY}" stroke-width="{label.halo_px:g}" '
        f'stroke-linejoin="round" aria-hidden="true">{text}</text>'
        if label.halo_px
        else ""
    )
    return _group(label.role, label.name, f'{halo}{start} fill="{label.colour}">{text}</text>')


def _group(role: str, name: str, body: str) -> str:
    title = f"<title>{escape(name)}</title>" if name else ""
    return f"<g class={quoteattr(str(role))}>{title}{body}</g>"


def _data(lines: Iterable[NDArray[np.float64]]) -> str:
    return "".join("M" + "L".join(f"{x:.2f},{y:.2f}" for x, y in line) for line in lines if len(line))


def _stroke(pen: Pen) -> str:
    text = f'stroke="{pen.colour}" stroke-width="{pen.width_px:g}" stroke-linejoin="round"'
    if pen.dash_px:
        text += f' stroke-dasharray="{" ".join(f"{d:g}" for d in pen.dash_px)}"'
    if pen.opacity < 1:
        text += f' stroke-opacity="{pen.opacity:g}"'
    return text


def _halo(pen: Pen) -> str:
    width = pen.width_px + 2 * pen.halo_px
    dash = f' stroke-dasharray="{" ".join(f"{d:g}" for d in pen.dash_px)}"' if pen.dash_px else ""
    return (
        f'stroke="{HALO}" stroke-width="{width:g}" stroke-opacity="{0.75 * pen.opacity:.3g}" '
        f'stroke-linejoin="round"{dash}'
    )
