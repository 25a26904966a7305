"""What do NIfTI files of labels hold, and how are they written? Versions 1 and 2, single files, plain or gzipped.

NIfTI keeps positions in RAS mm; everything here is LPS. Names of labels are no part of the format: TotalSegmentator and
Connectome Workbench keep them in an XML extension (code 0 or 30), which is read and written. Source: nifti1.h and
nifti2.h of the NIfTI Data Format Working Group.
"""

from __future__ import annotations

import gzip
import html
import json
import math
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.segmentation.labelio.label_image import (
    RAS_TO_LPS,
    Claim,
    LabelImage,
    LabelName,
    opened,
    read_labels,
    shown_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress
    from planner.segmentation.labelio.label_image import Labels

_TYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8",
}  # fmt: skip
_CODE_OF_TYPE = {kind: code for code, kind in _TYPES.items()}
_INTENT_LABELS = 1002
_MM_OF_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_MOST_EXTENSION_BYTES = 4 * 2**20
_COMMENT_CODE = 6
_WORKBENCH_CODE = 30
# Every part is bounded, and none can take over what another took: no text makes the search slow (H-38).
_LABEL = re.compile(
    r"<Label\s([^<>]{0,400})>([^<]{0,500})(?:<!\[CDATA\[(.{0,500}?)\]\]>[^<]{0,40})?</Label>", flags=re.DOTALL
)
_KEY = re.compile(r"\bKey=\"(\d{1,5})\"")


@dataclass(frozen=True, slots=True)
class _Header:
    """What of a header matters here; ``forms`` are the (4, 4) RAS affines it gives, the preferred one first."""

    claim: Claim
    forms: tuple[NDArray[np.float64], ...]
    offset: int
    length: int

    def __post_init__(self) -> None:
        if self.offset > self.length + _MOST_EXTENSION_BYTES:
            raise InputRefused(
                f"Its header claims {self.offset / 2**20:.0f} MiB before the first voxel; it is damaged.",
                code="nifti-offset",
            )


def is_nifti(head: bytes) -> bool:
    """Whether the first 348 bytes, unpacked, are those of a NIfTI or Analyze file."""
    size = {struct.unpack_from(order + "i", head)[0] for order in "<>"} if len(head) >= 348 else set()
    return (348 in size and head[344:347] in (b"n+1", b"ni1", b"\0\0\0")) or (540 in size and head[4:6] == b"n+")


def read_nifti(path: Path, *, progress: Progress) -> LabelImage:
    """Read the labels of a NIfTI file.

    Raises
    ------
    InputRefused
        When it is damaged, has several volumes, complex values or no labels.
    GeometryRefused
        When it does not say where it lies, or says it twice and differently.
    """
    with opened(path) as stream:
        header = _header(stream.read(540))
        place = _position(header)
        stream.seek(header.length)
        between = stream.read(header.offset - header.length)
        names = _names(between[4:], has_any=between[:1] not in (b"", b"\0"))
        labels = read_labels(stream, header.claim, progress=progress)
    return LabelImage("NIfTI", labels, RAS_TO_LPS @ place, {(0, n): name for n, name in names.items()})


def _header(head: bytes) -> _Header:
    order = "<" if struct.unpack_from("<i", head)[0] in (348, 540) else ">"
    size = struct.unpack_from(order + "i", head)[0]
    if size == 348:
        if head[344:347] != b"n+1":
            raise GeometryRefused(
                "This is an Analyze file or one half of a pair (.hdr and .img), which does not say for certain where "
                "it lies. Save it as one .nii.gz file.",
                code="nifti-pair",
            )
        return _header_1(head, order)
    return _header_2(head, order)


def _header_1(head: bytes, order: str) -> _Header:
    def get(form: str, at: int) -> tuple[Any, ...]:
        return struct.unpack_from(order + form, head, at)

    (offset,) = get("f", 108)
    qform, sform = get("2h", 252)
    spacings = get("8f", 76)
    scale_mm = _MM_OF_UNIT.get(head[123] & 7, math.nan)
    forms = _forms(
        sform=np.array(get("12f", 280), dtype=float) if sform > 0 else None,
        quaternion=(get("6f", 256), spacings) if qform > 0 else None,
        scale_mm=scale_mm,
    )
    claim = _claim(get("8h", 40), get("h", 70)[0], order, scale=get("2f", 112))
    return _Header(claim, forms, max(352, int(offset)), 348)


def _header_2(head: bytes, order: str) -> _Header:
    def get(form: str, at: int) -> tuple[Any, ...]:
        return struct.unpack_from(order + form, head, at)

    qform, sform = get("2i", 344)
    forms = _forms(
        sform=np.array(get("12d", 400), dtype=float) if sform > 0 else None,
        quaternion=(get("6d", 352), get("8d", 104)) if qform > 0 else None,
        scale_mm=_MM_OF_UNIT.get(get("i", 500)[0] & 7, math.nan),
    )
    claim = _claim(get("8q", 16), get("h", 12)[0], order, scale=get("2d", 176))
    return _Header(claim, forms, max(544, get("q", 168)[0]), 540)


def _claim(dim: tuple[int, ...], datatype: int, order: str, *, scale: tuple[float, ...]) -> Claim:
    if not 1 <= dim[0] <= 7 or any(n != 1 for n in dim[4 : dim[0] + 1]):
        raise InputRefused(
            f"This file holds {math.prod(max(1, n) for n in dim[4 : dim[0] + 1])} volumes, not one volume of labels. "
            "Save each structure, or one volume of labels, as a file of its own.",
            code="nifti-volumes",
        )
    if datatype not in _TYPES:
        raise InputRefused(f"Its values are of kind {datatype}, which labels are not.", code="nifti-type")
    i, j, k = (dim[axis] if axis <= dim[0] else 1 for axis in (1, 2, 3))
    slope, intercept = (float(value) for value in scale)
    if slope == 0 or not math.isfinite(slope) or not math.isfinite(intercept):
        slope, intercept = 1.0, 0.0
    return Claim((k, j, i), np.dtype(order + _TYPES[datatype]), scale=(slope, intercept))


def _forms(
    *,
    sform: NDArray[np.float64] | None,
    quaternion: tuple[tuple[float, ...], tuple[float, ...]] | None,
    scale_mm: float,
) -> tuple[NDArray[np.float64], ...]:
    """Return the RAS affines in mm: the sform where there is one, then that of the quaternion."""
    found = []
    if sform is not None:
        found.append(np.vstack([sform.reshape(3, 4), [0, 0, 0, 1]]))
    if quaternion is not None:
        found.append(_of_quaternion(*quaternion))
    to_mm = np.diag([scale_mm, scale_mm, scale_mm, 1.0])
    return tuple(to_mm @ form for form in found)


def _of_quaternion(values: tuple[float, ...], spacings: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the affine of a quaternion (b, c, d), an offset, and spacings whose first is the handedness."""
    b, c, d = values[:3]
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < 1e-7:  # a half turn: rounding must not make a small turn out of nothing
        length = math.sqrt(b * b + c * c + d * d)
        a, b, c, d = 0.0, b / length, c / length, d / length
    else:
        a = math.sqrt(rest)
    turn = np.array([
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
    ])  # fmt: skip
    handedness = -1.0 if spacings[0] < 0 else 1.0
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array([spacings[1], spacings[2], handedness * spacings[3]])
    matrix[:3, 3] = values[3:6]
    return matrix


def _position(header: _Header) -> NDArray[np.float64]:
    """Return the one place that the header gives; refuse none, and two that differ by half a voxel (H-16)."""
    if not header.forms:
        raise GeometryRefused(
            "This file does not say where it lies (neither sform nor qform is set). Save it with its orientation.",
            code="nifti-nowhere",
        )
    upper = np.array(header.claim.shape_kji[::-1]) - 1.0
    corners = np.array(np.meshgrid(*((0.0, n) for n in upper), indexing="ij")).reshape(3, -1)
    places = [form[:3, :3] @ corners + form[:3, 3:] for form in header.forms]
    apart_mm = float(np.linalg.norm(places[0] - places[-1], axis=0).max())
    if not apart_mm <= 0.5 * float(np.linalg.norm(header.forms[0][:3, :3], axis=0).min()):
        raise GeometryRefused(
            f"This file says twice where it lies, {apart_mm:.1f} mm apart (sform and qform differ), and programs "
            "disagree on which one holds. Save it again from the program that made it.",
            code="nifti-two-places",
        )
    return header.forms[0]


def _names(data: bytes, *, has_any: bool) -> dict[int, LabelName]:
    """Return what extensions say of labels; what is no such list is passed over."""
    names: dict[int, LabelName] = {}
    at, end = 0, len(data) if has_any else 0
    while end - at >= 8:
        sizes = [struct.unpack_from(order + "i", data, at)[0] for order in "<>"]
        size = min((n for n in sizes if 8 < n <= end - at), default=0)
        if not size:
            break
        text = data[at + 8 : at + size].rstrip(b"\0").decode("utf-8", "replace")
        if "<LabelTable" in text:
            for number, name in _table_names(text):
                names.setdefault(number, LabelName(shown_name(name)))
        elif text.startswith('{"frostline_labels"'):
            names.update(_own_names(text))
        at += size
    return names


def _table_names(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and name of each label of an XML table."""
    for attributes, plain, literal in _LABEL.findall(text):
        key = _KEY.search(attributes)
        if key is not None:
            yield int(key[1]), literal or html.unescape(plain)


def _own_names(text: str) -> dict[int, LabelName]:
    """Read the names that Frostline wrote, with their codes."""
    try:
        return {
            int(number): LabelName(
                shown_name(str(said["name"])),
                type_code=str(said["type"])[:16],
                type_meaning=shown_name(str(said["meaning"])),
                side_code=str(said["side"])[:16],
            )
            for number, said in json.loads(text)["frostline_labels"].items()
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}


def write_nifti_labels(path: Path, labels: Labels, *, grid: Grid, names: Sequence[LabelName]) -> None:
    """Write labels as NIfTI-1, gzipped when the name ends in ``.gz``.

    Parameters
    ----------
    labels
        shape (K, J, I); label n is ``names[n - 1]``.
    """
    _write(path, labels, grid=grid, intent=_INTENT_LABELS, extension=_extensions(names))


def write_nifti_image(path: Path, hu: NDArray[np.int16] | NDArray[np.float32], *, grid: Grid) -> None:
    """Write a CT, shape (K, J, I), HU, as NIfTI-1 without a word about whose it is; gzipped as the name says."""
    _write(path, hu, grid=grid, intent=0, extension=b"")


def _write(path: Path, array: NDArray[Any], *, grid: Grid, intent: int, extension: bytes) -> None:
    ras = RAS_TO_LPS @ grid.matrix
    *turn, handedness = _quaternion(ras)
    stored = array.dtype.newbyteorder("<")
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *array.shape[::-1], 1, 1, 1, 1)
    struct.pack_into("<3h", header, 68, intent, _CODE_OF_TYPE[stored.str[1:]], 8 * stored.itemsize)
    struct.pack_into("<8f", header, 76, handedness, *grid.spacing_ijk_mm, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352 + len(extension), 1, 0)
    header[123] = 2  # mm
    struct.pack_into("<2h", header, 252, 1, 1)
    struct.pack_into("<6f", header, 256, *turn, *ras[:3, 3])
    struct.pack_into("<12f", header, 280, *ras[:3].ravel())
    header[344:348] = b"n+1\0"
    header[348] = 1 if extension else 0
    data = np.ascontiguousarray(array, dtype=stored)
    with path.open("wb") as file:
        if not path.name.endswith(".gz"):
            file.write(bytes(header) + extension)
            file.write(data.data)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=3, mtime=0) as packed:
            packed.write(bytes(header) + extension)
            packed.write(data.data)


def _extensions(names: Sequence[LabelName]) -> bytes:
    """Return names twice: as other programs read them, and with codes as Frostline does."""
    rows = "\n".join(
        f'<Label Key="{number}" Red="1.0" Green="1.0" Blue="1.0" Alpha="1"><![CDATA[{said.name.replace("]]>", "")}]]>'
        "</Label>"
        for number, said in enumerate(names, start=1)
    )
    table = (
        '<?xml version="1.0" encoding="UTF-8"?> <CaretExtension> <VolumeInformation Index="0"> <LabelTable>\n'
        f"{rows}\n</LabelTable> <VolumeType><![CDATA[Label]]></VolumeType> </VolumeInformation></CaretExtension>"
    )
    own = json.dumps({
        "frostline_labels": {
            str(number): {
                "name": said.name, "type": said.type_code, "meaning": said.type_meaning, "side": said.side_code
            }
            for number, said in enumerate(names, start=1)
        }
    })  # fmt: skip
    return _extension(_COMMENT_CODE, own) + _extension(_WORKBENCH_CODE, table)


def _extension(code: int, text: str) -> bytes:
    data = text.encode()
    size = -(-(len(data) + 8) // 16) * 16
    return struct.pack("<2i", size, code) + data.ljust(size - 8, b"\0")


def _quaternion(ras: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return b, c, d of the rotation, and the handedness, +1 or −1."""
    from scipy.spatial.transform import Rotation

    unit = ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0)
    handedness = 1.0 if np.linalg.det(unit) > 0 else -1.0
    unit[:, 2] *= handedness
    b, c, d, a = Rotation.from_matrix(unit).as_quat()
    sign = -1.0 if a < 0 else 1.0
    return float(sign * b), float(sign * c), float(sign * d), handedness
