"""What does a volume of labels hold, whatever file it came from? Its labels, where they lie, and what is known of them.

Formats differ in their headers; what follows the header is always whole numbers in order of their axes. They are read
here, never more than the header claimed and never more than a workstation holds (H-38, H-41).
"""

from __future__ import annotations

import gzip
import math
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np

from planner.domain.errors import DAMAGED_FILE_ERRORS, GeometryRefused, InputRefused
from planner.domain.geometry import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.progress import Progress

MOST_VOXELS = 2**30  # 512 × 512 × 1000 in four layers, all layers together
MOST_LABEL = 65_535
MOST_LABELS = 1000  # an image of grey values has thousands, a whole-body segmentation some hundred
MOST_NAME = 64  # characters of a name that are kept
LONGEST_SIDE = 32_767
FARTHEST_MM = 1e6  # no coordinate of a patient is a kilometre
_BYTES_AT_ONCE = 16 * 2**20
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


Labels: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16]"


@dataclass(frozen=True, slots=True)
class LabelName:
    """What a file says of one of its labels: name, codes of what it is and of its side, colour; empty where unsaid."""

    name: str = ""
    type_code: str = ""
    type_meaning: str = ""
    side_code: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a header says of the voxels that follow it.

    Parameters
    ----------
    shape_kji
        Voxels each way.
    dtype
        As stored, with byte order.
    layers
        Volumes of labels over each other; more than one where structures overlap.
    layers_first
        Whether the layers of one voxel lie together, not one layer behind the other.
    scale
        Slope and intercept between stored and meant values.
    """

    shape_kji: tuple[int, int, int]
    dtype: np.dtype[Any]
    layers: int = 1
    layers_first: bool = False
    scale: tuple[float, float] = (1.0, 0.0)

    @property
    def is_bytes(self) -> bool:
        """Whether the voxels are labels of one byte as they are stored."""
        return self.dtype == np.dtype(np.uint8) and self.scale == (1.0, 0.0)

    def __post_init__(self) -> None:
        sizes = (*self.shape_kji, self.layers)
        if min(sizes) < 1 or max(sizes) > LONGEST_SIDE:
            raise InputRefused(
                f"This file claims {' × '.join(map(str, sizes))} voxels, which no volume of labels has.",
                code="labels-shape",
            )
        if math.prod(sizes) > MOST_VOXELS:
            raise InputRefused(
                f"This file claims {math.prod(sizes) / 1e6:.0f} million voxels; at most {MOST_VOXELS / 1e6:.0f} "
                "million are read. Crop it to the part of the body that is planned.",
                code="labels-too-large",
            )


@dataclass(frozen=True, slots=True, eq=False)
class LabelImage:
    """Labels of one file.

    Parameters
    ----------
    labels
        shape (L, K, J, I), 0 is nothing; L layers, more than one where structures overlap.
    index_to_lps
        shape (4, 4): from (i, j, k, 1) to LPS mm, of either handedness.
    names
        What is known of (layer, label).
    """

    format_name: str
    labels: Labels
    index_to_lps: NDArray[np.float64]
    names: dict[tuple[int, int], LabelName]

    def right_handed(self) -> tuple[Labels, Grid]:
        """Return labels and grid with the slices turned around where the file's own axes are left-handed.

        Raises GeometryRefused when the axes are not perpendicular, or nothing finite.
        """
        labels, matrix = self.labels, self.index_to_lps.copy()
        steps = matrix[:3, :3]
        # Written so that NaN is refused, too.
        if not np.abs(matrix).max() <= FARTHEST_MM or not np.linalg.norm(steps, axis=0).min() > 0:
            raise GeometryRefused(
                "Its spacing is zero, or its position or spacing is no number that a patient can have. Save it again "
                "from the program that made it.",
                code="labels-affine",
            )
        skew = _skew(steps)
        if skew > 1e-4:
            raise GeometryRefused(
                f"Its axes are not perpendicular (by {math.degrees(math.asin(min(skew, 1.0))):.2f}°), as when a gantry "
                "tilt is kept as a shear. Resample it onto straight axes, or export DICOM SEG.",
                code="labels-skewed",
            )
        if np.linalg.det(steps) < 0:
            labels = labels[:, ::-1]
            matrix[:3, 3] += matrix[:3, 2] * (labels.shape[1] - 1)
            matrix[:3, 2] *= -1
        return labels, Grid.from_matrix(labels.shape[1:], matrix)


def _skew(steps: NDArray[np.float64]) -> float:
    """Return the largest cosine between two axes: 0 where all are perpendicular."""
    unit = steps / np.linalg.norm(steps, axis=0)
    return float(np.abs(unit.T @ unit - np.eye(3)).max())


def shown_name(text: str) -> str:
    """Return a name as it may be shown: printable, without line breaks, of bounded length."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:MOST_NAME].strip()


def is_gzip(path: Path) -> bool:
    """Whether the file is compressed by gzip, by its first bytes."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, through gzip where its first bytes say so."""
    if is_gzip(path):
        with gzip.open(path) as unpacked:
            yield unpacked  # type: ignore[misc]  # reads and seeks as a file does
    else:
        with path.open("rb") as stream:
            yield stream


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file or folder in every refusal that names none."""
    try:
        yield
    except InputRefused as refusal:
        if refusal.where:
            raise
        raise type(refusal)(refusal.sentence, code=refusal.code, where=path.name) from refusal


@contextmanager
def label_border(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises into a sentence."""
    try:
        yield
    except DAMAGED_FILE_ERRORS as error:
        # The library's own text may quote the file's contents; only the kind of error is told.
        raise InputRefused(
            f"This file of labels cannot be read ({type(error).__name__}). It is damaged or incomplete; "
            "export it again.",
            code="labels-damaged",
            where=path.name,
        ) from error


class Inflated:
    """Reads what zlib compressed, as much as is asked for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._zlib = stream, zlib.decompressobj(zlib.MAX_WBITS | 32)

    def read(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end."""
        parts, missing = [], count
        while missing and not self._zlib.eof:
            packed = self._zlib.unconsumed_tail or self._stream.read(2**16)
            part = self._zlib.decompress(packed, missing)
            if not part and not packed:
                raise EOFError("the compressed voxels have no end")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def read_labels(stream: IO[bytes] | Inflated, claim: Claim, *, progress: Progress) -> Labels:
    """Read the voxels a header claims: shape (L, K, J, I), uint8 where they are stored so, else uint16.

    Raises
    ------
    InputRefused
        When fewer voxels follow than claimed, or values are no labels: fractions, negative, or thousands of them.
    """
    labels = np.zeros((claim.layers, *claim.shape_kji), dtype=np.uint8 if claim.is_bytes else np.uint16)
    # As the file has them: layer behind layer, or the layers of one voxel side by side.
    stored = labels.reshape(claim.layers, -1).T if claim.layers_first else labels.reshape(-1, 1)
    total, together = stored.shape
    at_once = max(1, _BYTES_AT_ONCE // (together * claim.dtype.itemsize))
    for first in range(0, total, at_once):
        progress(first, total, "Reading labels")
        part = stored[first : first + at_once]
        part[...] = _as_labels(_exactly(stream, part.size * claim.dtype.itemsize), claim).reshape(part.shape)
    stream.read(1)  # at its end, a compressed stream compares its checksum
    return labels


def _exactly(stream: IO[bytes] | Inflated, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise InputRefused(
            "The file ends before all the voxels that its header claims; it is incomplete. Export it again.",
            code="labels-short",
        )
    return data


def _as_labels(data: bytes, claim: Claim) -> NDArray[Any]:
    """Turn stored numbers into labels."""
    values: NDArray[Any] = np.frombuffer(data, dtype=claim.dtype)
    slope, intercept = claim.scale
    if claim.is_bytes:
        return values
    if (slope, intercept) != (1.0, 0.0):
        values = values * slope + intercept
    if values.dtype.kind == "f" and not (values == np.round(values)).all():
        raise InputRefused(
            "Its values are not whole numbers, so it is an image or a map of probabilities, not labels. Make labels of "
            "it first, such as by a threshold at one half.",
            code="labels-fractions",
        )
    if values.size and (values.min() < 0 or values.max() > MOST_LABEL):
        raise InputRefused(
            f"Its values go from {values.min():g} to {values.max():g}, so it is an image, not labels; labels are whole "
            f"numbers from 0 to {MOST_LABEL}.",
            code="labels-image",
        )
    return values.astype(np.uint16)
