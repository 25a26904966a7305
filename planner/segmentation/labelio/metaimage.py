"""What do MetaImage files of labels hold? ``.mha`` in one file, ``.mhd`` with its voxels beside it; in LPS as ITK."""

from __future__ import annotations

import math
from typing import IO, TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.segmentation.labelio.beside import file_beside
from planner.segmentation.labelio.label_image import Claim, Inflated, LabelImage, read_labels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.segmentation.labelio.label_image import Labels

_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}  # fmt: skip
_MM_OF_UNIT = {"mm": 1.0, "um": 0.001, "cm": 10.0, "?": 1.0}
_MOST_HEADER_BYTES = 64 * 1024


def is_metaimage(head: bytes) -> bool:
    """Whether the first bytes are those of a MetaImage header."""
    text = head[:1024].replace(b" ", b"")
    return text.startswith((b"ObjectType=", b"NDims=", b"Comment=")) and b"NDims=" in text


def read_metaimage(path: Path, *, progress: Progress) -> LabelImage:
    """Read the labels of a MetaImage file.

    Raises InputRefused when it is damaged or holds no labels, GeometryRefused when it does not say where it lies.
    """
    with path.open("rb") as stream:
        fields = _fields(stream)
        claim, matrix = _claim(fields), _matrix(fields)
        where = fields["elementdatafile"]
        if where.upper() == "LOCAL":
            labels = _read(stream, claim, fields, progress=progress)
        else:
            with file_beside(path, where).open("rb") as voxels:
                skip = int(fields.get("headersize", "0"))
                voxels.seek(skip) if skip >= 0 else voxels.seek(-_stored_bytes(claim), 2)
                labels = _read(voxels, claim, fields, progress=progress)
    return LabelImage("MetaImage", labels, matrix, {})


def _stored_bytes(claim: Claim) -> int:
    return math.prod(claim.shape_kji) * claim.dtype.itemsize


def _read(stream: IO[bytes], claim: Claim, fields: dict[str, str], *, progress: Progress) -> Labels:
    source = Inflated(stream) if _is_true(fields, "compresseddata") else stream
    return read_labels(source, claim, progress=progress)


def _fields(stream: IO[bytes]) -> dict[str, str]:
    """Read ``Key = Value`` lines up to the one that names the voxels."""
    fields: dict[str, str] = {}
    while "elementdatafile" not in fields:
        line = stream.readline(4096)
        if not line or stream.tell() > _MOST_HEADER_BYTES:
            raise InputRefused("Its header has no end; it is no MetaImage file.", code="meta-header")
        key, _, value = line.decode("latin-1").partition("=")
        fields[key.strip().lower()] = value.strip()
    return fields


def _is_true(fields: dict[str, str], key: str) -> bool:
    return fields.get(key, "False").lower() in ("true", "1", "t")


def _claim(fields: dict[str, str]) -> Claim:
    sizes = tuple(int(n) for n in fields["dimsize"].split())
    channels = int(fields.get("elementnumberofchannels", "1"))
    if int(fields["ndims"]) != 3 or len(sizes) != 3 or channels != 1:
        raise InputRefused(
            f"It has {fields['ndims']} dimensions and {channels} values a voxel; labels are one volume with one value.",
            code="meta-dimensions",
        )
    if not _is_true({"binarydata": "True"} | fields, "binarydata"):
        raise InputRefused("Its voxels are written as text; save it as binary.", code="meta-text")
    stored = _TYPES.get(fields["elementtype"].upper())
    if stored is None:
        raise InputRefused("Its values are of a kind that labels are not.", code="meta-type")
    is_big = any(_is_true(fields, key) for key in ("binarydatabyteordermsb", "elementbyteordermsb"))
    return Claim((sizes[2], sizes[1], sizes[0]), np.dtype((">" if is_big else "<") + stored))


def _matrix(fields: dict[str, str]) -> NDArray[np.float64]:
    """Return the affine to LPS mm: each row of the file's matrix is the direction of one axis."""

    def numbers(*keys: str) -> list[float] | None:
        text = next((fields[key] for key in keys if key in fields), None)
        return None if text is None else [float(value) for value in text.split()]

    origin, spacing = numbers("offset", "position", "origin"), numbers("elementspacing", "elementsize")
    directions = numbers("transformmatrix", "rotation", "orientation")
    if origin is None or spacing is None or directions is None:
        raise GeometryRefused(
            "This file does not say where it lies: position, spacing or orientation is missing. Save it with them.",
            code="meta-nowhere",
        )
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(directions).reshape(3, 3).T * np.array(spacing)
    matrix[:3, 3] = origin
    scale = _MM_OF_UNIT.get(fields.get("distanceunits", "mm").lower())
    if scale is None:
        raise GeometryRefused("It measures in a unit that is not known here; save it in mm.", code="meta-unit")
    matrix[:3] *= scale
    return matrix
