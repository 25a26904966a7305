"""What do NRRD files of labels hold, and Slicer's segmentations (``.seg.nrrd``) in them? These are written here, too.

Sources: NRRD format definition (Teem); 3D Slicer developer guide, "Segmentation labelmap file format". Overlapping
segments lie in layers, a list axis beside the three of space.
"""

from __future__ import annotations

import bz2
import gzip
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.segmentation.labelio.beside import file_beside
from planner.segmentation.labelio.label_image import Claim, LabelImage, LabelName, read_labels, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress
    from planner.segmentation.labelio.label_image import Labels

_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), "u8"),
    "float": "f4",
    "double": "f8",
}
_TO_LPS = {
    "left-posterior-superior": (1, 1), "lps": (1, 1),
    "right-anterior-superior": (-1, -1), "ras": (-1, -1),
    "left-anterior-superior": (1, -1), "las": (1, -1),
}  # fmt: skip
_MM_OF_UNIT = {"mm": 1.0, "millimeter": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "": 1.0}
_MOST_HEADER_BYTES = 2**20
_MOST_SEGMENTS = 1000
_MOST_SKIPPED_LINES = 1000
_MOST_SKIPPED_BYTES = 2**20
_GENERAL_CODE = "85756007"  # Tissue: what Slicer writes for a segment that nobody described
_ESCAPES = {r"\n": " ", r"\\": "\\"}  # of values behind “:=”
_ESCAPED = re.compile(r"\\[n\\]")
_VECTOR = re.compile(r"\(([^()]*)\)|(none)", flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Header:
    """Fields by lower-case name, and what stands behind ``:=`` by its own name."""

    fields: dict[str, str]
    said: dict[str, str]


def is_nrrd(head: bytes) -> bool:
    """Whether the first bytes are those of a NRRD file."""
    return head.startswith(b"NRRD000")


def read_nrrd(path: Path, *, progress: Progress) -> LabelImage:
    """Read the labels of a NRRD file, with the segments that Slicer wrote into it.

    Raises InputRefused when it is damaged or holds no labels, GeometryRefused when it does not say where it lies.
    """
    with path.open("rb") as stream:
        header = _read_header(stream)
        claim, matrix = _layout(header)
        detached = header.fields.get("data file", header.fields.get("datafile", ""))
        if detached:
            with file_beside(path, detached).open("rb") as voxels, _decoded(voxels, header, claim) as source:
                labels = read_labels(source, claim, progress=progress)
        else:
            with _decoded(stream, header, claim) as source:
                labels = read_labels(source, claim, progress=progress)
    names = _segments(header.said, layers=claim.layers)
    return LabelImage("seg.nrrd" if names else "NRRD", labels, matrix, names)


def _read_header(stream: IO[bytes]) -> _Header:
    """Read lines up to the empty one."""
    fields: dict[str, str] = {}
    said: dict[str, str] = {}
    stream.readline(64)
    while line := stream.readline(_MOST_HEADER_BYTES):
        if stream.tell() > _MOST_HEADER_BYTES:
            raise InputRefused("Its header has no end; it is no NRRD file.", code="nrrd-header")
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            break
        if text.startswith("#"):
            continue
        is_key, is_field = text.find(":="), text.find(": ")
        if is_key >= 0 and (is_field < 0 or is_key < is_field):
            said[text[:is_key]] = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text[is_key + 2 :])
        else:
            key, _, value = text.partition(":")
            fields[key.strip().lower()] = value.strip()
    return _Header(fields, said)


@contextmanager
def _decoded(stream: IO[bytes], header: _Header, claim: Claim) -> Iterator[IO[bytes]]:
    """Go to the first voxel, through whatever compresses it."""
    encoding = header.fields["encoding"].lower()
    lines, skip = (int(header.fields.get(key, "0")) for key in ("line skip", "byte skip"))
    if lines > _MOST_SKIPPED_LINES or (skip > _MOST_SKIPPED_BYTES and encoding != "raw"):
        raise InputRefused("Its voxels do not begin where its header ends; save it again.", code="nrrd-skip")
    for _ in range(lines):
        stream.readline(2**16)
    if encoding == "raw":
        if skip >= 0:
            stream.seek(skip, 1)
        else:
            stream.seek(-int(np.prod(claim.shape_kji)) * claim.layers * claim.dtype.itemsize, 2)
        yield stream
    elif encoding in ("gzip", "gz"):
        with gzip.GzipFile(fileobj=stream) as unpacked:
            unpacked.read(max(0, skip))
            yield unpacked  # type: ignore[misc]
    elif encoding in ("bzip2", "bz2"):
        with bz2.open(stream) as unpacked:
            unpacked.read(max(0, skip))
            yield unpacked
    else:
        raise InputRefused(
            f"Its voxels are encoded as {shown_name(encoding)}; save it as raw or gzip.", code="nrrd-encoding"
        )


def _layout(header: _Header) -> tuple[Claim, NDArray[np.float64]]:
    """Return what is claimed of the voxels, and the affine to LPS mm."""
    fields = header.fields
    sizes = [int(n) for n in fields["sizes"].split()]
    if int(fields["dimension"]) != len(sizes) or len(sizes) not in (3, 4):
        raise InputRefused(
            f"It has {len(sizes)} axes; labels have three, and one more where segments overlap.", code="nrrd-dimensions"
        )
    vectors = [
        None if none else [float(value) for value in inside.split(",")]
        for inside, none in _VECTOR.findall(fields.get("space directions", ""))
    ]
    signs = _TO_LPS.get(fields.get("space", "").lower())
    if signs is None or "space origin" not in fields or len(vectors) != len(sizes):
        raise GeometryRefused(
            "This file does not say where in the patient it lies (space, space directions or space origin is missing). "
            "Save it with its orientation.",
            code="nrrd-nowhere",
        )
    lists = [axis for axis, vector in enumerate(vectors) if vector is None]
    if lists not in ([], [0], [3]) or len(sizes) - len(lists) != 3:
        raise InputRefused("Its axes are not three of space and one of layers.", code="nrrd-dimensions")
    i, j, k = (size for axis, size in enumerate(sizes) if axis not in lists)
    claim = Claim(
        (k, j, i),
        _dtype(fields),
        layers=sizes[lists[0]] if lists else 1,
        layers_first=lists == [0],
    )
    return claim, _matrix(fields, [vector for vector in vectors if vector is not None], signs)


def _dtype(fields: dict[str, str]) -> np.dtype[np.generic]:
    stored = _TYPES.get(fields["type"].lower())
    if stored is None:
        raise InputRefused("Its values are of a kind that labels are not.", code="nrrd-type")
    if stored[1] != "1" and fields.get("endian", "").lower() not in ("little", "big"):
        raise InputRefused("It does not say the order of its bytes; save it again.", code="nrrd-endian")
    return np.dtype((">" if fields.get("endian", "").lower() == "big" else "<") + stored)


def _matrix(fields: dict[str, str], vectors: list[list[float]], signs: tuple[int, int]) -> NDArray[np.float64]:
    units = {unit.strip('"').lower() for unit in fields.get("space units", "").split()} or {""}
    scale = _MM_OF_UNIT.get(units.pop()) if len(units) == 1 else None
    if scale is None:
        raise GeometryRefused("It measures in a unit that is not known here; save it in mm.", code="nrrd-unit")
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(vectors, dtype=float).T
    matrix[:3, 3] = [float(value) for value in fields["space origin"].strip("() ").split(",")]
    turned: NDArray[np.float64] = np.diag([signs[0] * scale, signs[1] * scale, scale, 1.0]) @ matrix
    return turned


def _segments(said: dict[str, str], *, layers: int) -> dict[tuple[int, int], LabelName]:
    """Return what Slicer says of each segment, by layer and label."""
    names: dict[tuple[int, int], LabelName] = {}
    for number in range(_MOST_SEGMENTS):
        prefix = f"Segment{number}_"
        if f"{prefix}ID" not in said and f"{prefix}Name" not in said:
            break
        # Before segments could share a layer, each had its own, with the value 1.
        layer = int(said.get(f"{prefix}Layer", number if layers > 1 else 0))
        value = int(said.get(f"{prefix}LabelValue", 1))
        colour = "" if said.get(f"{prefix}ColorAutoGenerated") == "1" else _colour(said.get(f"{prefix}Color", ""))
        names[layer, value] = _described(
            said.get(f"{prefix}Name") or said.get(f"{prefix}ID", ""), said.get(f"{prefix}Tags", ""), colour=colour
        )
    return names


def _colour(text: str) -> str:
    """Return three shares as ``"#rrggbb"``; empty for what are none."""
    try:
        shares = [float(value) for value in text.split()]
    except ValueError:
        return ""
    if len(shares) != 3 or not all(0 <= share <= 1 for share in shares):
        return ""
    return "#" + "".join(f"{round(255 * share):02x}" for share in shares)


def _described(name: str, tags: str, *, colour: str) -> LabelName:
    """Read name, type and side; the tag is context~category~type~modifier~… with codes as scheme^value^meaning."""
    entry = next((tag for tag in tags.split("|") if tag.startswith("TerminologyEntry:")), "")
    parts = [part.split("^") for part in entry.split("~")]
    kind = parts[2] if len(parts) > 2 and len(parts[2]) == 3 and parts[2][1] != _GENERAL_CODE else ["", "", ""]
    side = parts[3] if len(parts) > 3 and len(parts[3]) == 3 else ["", "", ""]
    return LabelName(shown_name(name), kind[1], shown_name(kind[2]), side[1], colour)


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """One segment as Slicer shows it.

    ``terms`` are category, type and side, each (code, meaning) of SNOMED CT, the side ("", "") where there is none;
    ``box`` are its first and last i, j, k, as ``i0 i1 j0 j1 k0 k1``; ``colour`` is ``"#rrggbb"``.
    """

    name: str
    layer: int
    label: int
    box: tuple[int, int, int, int, int, int]
    colour: str
    terms: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]


def write_segmentation(path: Path, layers: Sequence[Labels], *, grid: Grid, segments: Sequence[WrittenSegment]) -> None:
    """Write layers, each shape (K, J, I), and their segments as a ``.seg.nrrd`` that Slicer opens."""
    sizes, count = layers[0].shape[::-1], len(layers)
    columns = [f"({_triple(column)})" for column in grid.matrix[:3, :3].T]
    lists = count > 1
    lines = [
        "NRRD0004",
        "# Frostline segmentation, LPS mm",
        f"type: {'unsigned char' if layers[0].dtype.itemsize == 1 else 'unsigned short'}",
        f"dimension: {3 + lists}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, ((count, *sizes) if lists else sizes)))}",
        f"space directions: {' '.join((['none'] if lists else []) + columns)}",
        f"kinds: {'list ' if lists else ''}domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: ({_triple(grid.origin_lps_mm)})",
        *(line for number, segment in enumerate(segments) for line in _segment_lines(number, segment)),
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
    ]
    data: NDArray[Any] = np.stack(list(layers), axis=-1) if lists else layers[0]
    with path.open("wb") as file:
        file.write(("\n".join(lines) + "\n\n").encode())
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=3, mtime=0) as packed:
            packed.write(data.astype(data.dtype.newbyteorder("<"), copy=False).data)


def _triple(values: NDArray[np.float64]) -> str:
    return ",".join(repr(float(value)) for value in values)


def _segment_lines(number: int, segment: WrittenSegment) -> Iterator[str]:
    red, green, blue = (int(segment.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    coded = "~".join(f"SCT^{code}^{meaning}" if code else "^^" for code, meaning in segment.terms)
    context = "Segmentation category and type - 3D Slicer General Anatomy list"
    regions = "Anatomic codes - DICOM master list~^^~^^"
    # A line break would end the line, and two of them the header.
    plain_name = " ".join(segment.name.split()).replace("\\", "\\\\")
    values = {
        "ID": f"Segment_{number + 1}",
        "Name": plain_name,
        "NameAutoGenerated": "0",
        "Color": f"{red:.6f} {green:.6f} {blue:.6f}",
        "ColorAutoGenerated": "0",
        "Extent": " ".join(map(str, segment.box)),
        "LabelValue": str(segment.label),
        "Layer": str(segment.layer),
        "Tags": f"TerminologyEntry:{context}~{coded}~{regions}|",
    }
    return (f"Segment{number}_{key}:={value}" for key, value in values.items())
