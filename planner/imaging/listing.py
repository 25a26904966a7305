"""What stands in a file's header, element by element? Everything, private and nested too, as text bounded in length.

For reading by people: values that break their own rules are shown as they stand, binary ones as a count of bytes. The
file passes the same budgets as any other before it is parsed (H-38), and pixels are never read.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from planner.domain.errors import DAMAGED_FILE_ERRORS
from planner.domain.series import HeaderLine
from planner.imaging import limits
from planner.imaging.border import dicom_border
from planner.imaging.source import FIRST_PIXELS, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

_MOST_CHARACTERS = 200
_MOST_VALUES = 32
# Longer values are not converted at all: only their beginning is looked at.
_MOST_CONVERTED_BYTES = 16 * 1024
_MOST_ITEMS = 100
_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_PER_FRAME = 0x52009230


def header_lines(path: Path, *, frame: int = 0) -> tuple[HeaderLine, ...]:
    """Return every element of a file before its pixels, at most 20 000 of them.

    Parameters
    ----------
    frame
        Which frame of a multi-frame file, counted from 0: of what is said per frame, only its part is listed.

    Raises
    ------
    InputRefused
        When the file is no DICOM file, beyond the budgets, or cannot be parsed; it names the file.
    """
    with dicom_border(path, doing="The header cannot be listed", code="header-unreadable"), opened(path) as source:
        from pydicom.filereader import read_dataset

        start = source.at
        end = source.walk_to(FIRST_PIXELS)
        stream = io.BytesIO(source.bytes_at(start, end - start))
        dataset = read_dataset(stream, source.is_implicit, not source.is_big)
        lines: list[HeaderLine] = []
        for found in _both(source.meta, dataset, frame=frame):
            if len(lines) == limits.MOST_ELEMENTS:
                lines.append(HeaderLine("", "", "", f"… more than {limits.MOST_ELEMENTS} elements: not listed"))
                break
            if len(lines) % 256 == 0:
                source.check_time()
            lines.append(found)
        if source.has(end + 8) and len(lines) <= limits.MOST_ELEMENTS:
            lines.append(HeaderLine("(7FE0,0010)", "PixelData", "", "pixels, not listed"))
        return tuple(lines)


def _both(meta: Dataset, dataset: Dataset, *, frame: int) -> Iterator[HeaderLine]:
    yield from _lines(meta, depth=0, frame=frame)
    yield from _lines(dataset, depth=0, frame=frame)


def _lines(dataset: Dataset, *, depth: int, frame: int) -> Iterator[HeaderLine]:
    for tag in sorted(dataset.keys()):
        element, problem = _converted(dataset, tag)
        if problem is not None:
            yield HeaderLine(_tag_words(tag), _keyword(tag), problem[0], problem[1], depth)
        elif element.VR == "SQ":
            yield from _sequence_lines(element, depth=depth, frame=frame)
        else:
            keyword = _keyword(tag) or _private_name(element)
            yield HeaderLine(_tag_words(tag), keyword, element.VR, _text(element), depth)


def _converted(dataset: Dataset, tag: BaseTag) -> tuple[Any, tuple[str, str] | None]:
    """Return the element; or, for what is too long or breaks its own rules, its VR and what stands there."""
    from pydicom.errors import BytesLengthException

    raw = dataset.get_item(tag)
    vr, data = getattr(raw, "VR", None) or "", getattr(raw, "value", None)
    is_long = isinstance(data, bytes) and len(data) > _MOST_CONVERTED_BYTES and vr != "SQ"
    if is_long and not (not vr and data is not None and data[:4] == b"\xfe\xff\x00\xe0"):
        return None, (vr, _raw_text(data or b"", is_binary=vr in _BINARY or not vr))
    try:
        return dataset[tag], None
    except (BytesLengthException, *DAMAGED_FILE_ERRORS):
        shown = _raw_text(data, is_binary=False) if isinstance(data, bytes) else ""
        return None, (vr, f"{shown} (not a value of its kind)".strip())


def _sequence_lines(element: Any, *, depth: int, frame: int) -> Iterator[HeaderLine]:  # noqa: ANN401 - pydicom's element
    items = list(element.value)
    tag = _tag_words(element.tag)
    count = "1 item" if len(items) == 1 else f"{len(items)} items"
    yield HeaderLine(tag, _keyword(element.tag) or _private_name(element), "SQ", count, depth)
    if depth >= limits.MOST_DEPTH:
        yield HeaderLine("", "", "", f"… nested deeper than {limits.MOST_DEPTH} levels: not listed", depth + 1)
        return
    numbers = range(len(items))
    if element.tag == _PER_FRAME and len(items) > 1:
        numbers = range(frame, min(frame + 1, len(items)))
    for number in numbers[:_MOST_ITEMS]:
        yield HeaderLine("", "", "", f"item {number + 1} of {len(items)}", depth + 1)
        yield from _lines(items[number], depth=depth + 2, frame=frame)
    if len(numbers) > _MOST_ITEMS:
        yield HeaderLine("", "", "", f"… {len(numbers) - _MOST_ITEMS} more items: not listed", depth + 1)


def _text(element: Any) -> str:  # noqa: ANN401 - pydicom's element
    value = element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return _raw_text(value, is_binary=element.VR != "UN")
    if not isinstance(value, str) and hasattr(value, "__iter__") and not hasattr(value, "components"):
        parts = list(value)
        more = f" … ({len(parts)} values)" if len(parts) > _MOST_VALUES else ""
        return _bounded("\\".join(str(part) for part in parts[:_MOST_VALUES])) + more
    return _bounded(str(value))


def _raw_text(data: bytes, *, is_binary: bool) -> str:
    """Return bytes that read as text as that, and others as their count."""
    plain = data[: 4 * _MOST_CHARACTERS].rstrip(b"\0 ")
    if is_binary or not plain.isascii() or not plain.decode("ascii").replace("\r\n", " ").isprintable():
        return f"{len(data)} bytes"
    return _bounded(plain.decode("ascii")) + ("" if len(data) <= 4 * _MOST_CHARACTERS else f" ({len(data)} bytes)")


def _bounded(text: str) -> str:
    # Line ends and control characters have no place in a table.
    plain = "".join(c if c.isprintable() else " " for c in text[: 2 * _MOST_CHARACTERS]).strip()
    if len(text) <= _MOST_CHARACTERS:
        return plain
    return f"{plain[:_MOST_CHARACTERS]}… ({len(text)} characters)"


def _tag_words(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return str(keyword_for_tag(tag))


def _private_name(element: Any) -> str:  # noqa: ANN401 - pydicom's element
    """Return the name of a private element where the library knows it: ``[CSA Image Header Info]``."""
    if not element.tag.is_private:
        return ""
    creator = "Private Creator" if element.tag.is_private_creator else ""
    is_named = element.name.startswith("[") and element.name != "[Unknown]"
    return creator or (element.name if is_named else "")
