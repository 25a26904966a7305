"""What do all DICOM objects of structures say alike? Texts that fit their fields, codes, references, the disclaimer."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

    from planner.segmentation.labelio.ct_source import CtImage
    from planner.segmentation.vocabulary import Concept

MOST_LO = 64  # characters of a DICOM "long string"
MOST_SH = 16  # of a "short string"
MOST_ST = 1024  # of a "short text"
DISCLAIMER = "For research and training, not for clinical use."


def fitting(text: str, most: int) -> str:
    """Return a text that a DICOM field of so many characters may hold: printable, without the value separator.

    Cut by bytes, of which a character beyond ASCII has several: some readers count those.
    """
    printable = "".join(c if c.isprintable() else " " for c in text.replace("\\", "/"))
    return printable.strip().encode()[:most].decode(errors="ignore").strip()


def sound_copies(header: Dataset, groups: Iterable[int]) -> Iterator[DataElement]:
    """Yield copies of a header's plain elements of some groups; what is not valid in its form is left empty.

    Scanners and archives write ages like ``0Y``. A copy of such a value would be our error.
    """
    from pydicom.config import RAISE
    from pydicom.multival import MultiValue
    from pydicom.valuerep import validate_value

    for group in groups:
        for element in header.group_dataset(group):
            if element.VR in ("SQ", "UN", "OB", "OW") or element.tag.is_private:
                continue
            kept = copy(element)
            values = kept.value if isinstance(kept.value, MultiValue) else [kept.value]
            try:
                for value in values:
                    validate_value(kept.VR, value, RAISE)
            except (ValueError, TypeError):
                kept = type(element)(element.tag, element.VR, None)
            yield kept


def coded(concept: Concept, *, scheme: str = "SCT") -> Dataset:
    """Return a code sequence item."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = concept.value, scheme, concept.meaning
    return item


def reference(image: CtImage) -> Dataset:
    """Return the item that names one image of the CT: its file, and its frame where the file has several."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = image.header.SOPClassUID
    item.ReferencedSOPInstanceUID = image.header.SOPInstanceUID
    if image.frame is not None:
        item.ReferencedFrameNumber = image.frame
    return item


def file_references(images: Iterable[CtImage]) -> list[Dataset]:
    """Return an item for each file of the images, with all its frames that are used."""
    by_file: dict[str, list[CtImage]] = defaultdict(list)
    for image in images:
        by_file[str(image.header.SOPInstanceUID)].append(image)
    items = []
    for same in by_file.values():
        item = reference(same[0])
        if same[0].frame is not None:
            item.ReferencedFrameNumber = sorted(image.frame for image in same if image.frame is not None)
        items.append(item)
    return items


def decimals(values: Iterable[float]) -> list[str]:
    """Return numbers as DICOM decimal strings: sixteen characters, as exact as they allow."""
    from pydicom.valuerep import format_number_as_ds

    return [format_number_as_ds(float(value) + 0.0) for value in values]
