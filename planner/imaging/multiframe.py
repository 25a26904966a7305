"""What does each frame of an enhanced multi-frame image say about itself? Functional groups, seen as plain attributes.

An enhanced CT, MR or PET keeps position, orientation, spacing and scale in functional groups: shared by all frames, or
one item per frame (PS3.3 section C.7.6.16). Each frame is shown here under the keywords that a single image uses, so
that one function makes headers of both. What neither group says stays absent; nothing is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.imaging import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from planner.imaging.source import Source

GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
# Enhanced and legacy converted enhanced CT, MR, PET.
CLASSES = frozenset(f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("2.1", "2.2", "4.1", "4.3", "4.4", "130", "128.1"))
# Keyword of a single image: (functional group, keyword inside it), PS3.3 sections C.7.6.16.2 and C.8.15.3.
# The converted attributes of a legacy image stand under their own keywords (section C.7.6.16.2.26).
_UNASSIGNED = ("UnassignedPerFrameConvertedAttributesSequence", "UnassignedSharedConvertedAttributesSequence")
_HOMES: dict[str, tuple[tuple[str, str], ...]] = {
    "ImagePositionPatient": (("PlanePositionSequence", "ImagePositionPatient"),),
    "ImageOrientationPatient": (("PlaneOrientationSequence", "ImageOrientationPatient"),),
    "PixelSpacing": (("PixelMeasuresSequence", "PixelSpacing"),),
    "SliceThickness": (("PixelMeasuresSequence", "SliceThickness"),),
    "SpacingBetweenSlices": (("PixelMeasuresSequence", "SpacingBetweenSlices"),),
    "RescaleIntercept": (("PixelValueTransformationSequence", "RescaleIntercept"),),
    "RescaleSlope": (("PixelValueTransformationSequence", "RescaleSlope"),),
    "RescaleType": (("PixelValueTransformationSequence", "RescaleType"),),
    "WindowCenter": (("FrameVOILUTSequence", "WindowCenter"),),
    "WindowWidth": (("FrameVOILUTSequence", "WindowWidth"),),
    "ImageType": (
        ("CTImageFrameTypeSequence", "FrameType"),
        ("MRImageFrameTypeSequence", "FrameType"),
        ("PETFrameTypeSequence", "FrameType"),
    ),
    "ConvolutionKernel": (("CTReconstructionSequence", "ConvolutionKernel"),),
    "GantryDetectorTilt": (("CTAcquisitionDetailsSequence", "GantryDetectorTilt"),),
    "KVP": (("CTXRayDetailsSequence", "KVP"),),
    "FilterType": (("CTXRayDetailsSequence", "FilterType"),),
    "StackID": (("FrameContentSequence", "StackID"),),
    "TemporalPositionIdentifier": (("FrameContentSequence", "TemporalPositionIndex"),),
    "AcquisitionNumber": (("FrameContentSequence", "FrameAcquisitionNumber"),),
    "NominalPercentageOfCardiacPhase": (("CardiacSynchronizationSequence", "NominalPercentageOfCardiacPhase"),),
    "TriggerTime": (("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),),
    "EchoTime": (("MREchoSequence", "EffectiveEchoTime"),),
    "DiffusionBValue": (("MRDiffusionSequence", "DiffusionBValue"),),
}
_LEGACY = frozenset(
    ("ConvolutionKernel", "GantryDetectorTilt", "KVP", "FilterType", "AcquisitionNumber", "AcquisitionTime",
     "SliceLocation", "EchoTime", "TriggerTime", "ContrastBolusAgent", "ImageType", "TemporalPositionIdentifier")
)  # fmt: skip
# A frame's own place in time is a moment, not an acquisition; these stand in the file for all frames or not at all.
_PER_FRAME_NUMBER = "InstanceNumber"


class FrameView:
    """One frame's attributes under the keywords of a single image.

    Parameters
    ----------
    common
        What the file says for all frames, kept between frames.
    groups
        This frame's functional groups, then the shared ones.
    """

    def __init__(self, dataset: Dataset, common: dict[str, Any], groups: tuple[Dataset, ...], number: int) -> None:
        self.file_meta = dataset.file_meta
        self._dataset, self._common, self._groups, self._number = dataset, common, groups, number

    def get(self, keyword: str, /) -> Any:  # noqa: ANN401 - whatever the attribute holds
        """Return the value for this frame, ``None`` when absent."""
        if keyword == _PER_FRAME_NUMBER:
            return self._number + 1
        for home, inner in _HOMES.get(keyword, ()):
            value = self._in_group(home, inner)
            if value is not None:
                return value
        if keyword in _LEGACY:
            for home in _UNASSIGNED:
                value = self._in_group(home, keyword)
                if value is not None:
                    return value
        if keyword not in self._common:
            self._common[keyword] = self._dataset.get(keyword)
        return self._common[keyword]

    def _in_group(self, home: str, keyword: str) -> Any:  # noqa: ANN401 - whatever the attribute holds
        for group in self._groups:
            macro = group.get(home)
            if macro:
                value = macro[0].get(keyword)
                if value is not None and value != "":
                    return value
        return None


def frames(dataset: Dataset, source: Source) -> Iterator[FrameView]:
    """Yield each frame of an enhanced image; nothing when it has no groups per frame.

    Raises InputRefused when the file describes another number of frames than it claims.
    """
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence")
    if not per_frame:
        return
    claimed = int(dataset.get("NumberOfFrames") or 1)
    if len(per_frame) != claimed or claimed > limits.MOST_FRAMES:
        raise source.refuse(
            f"The file claims {claimed} frames and describes {len(per_frame)}. Export it again.",
            code="frames-mismatch",
        )
    shared = tuple(dataset.get("SharedFunctionalGroupsSequence") or ())[:1]
    common: dict[str, Any] = {}
    for number, item in enumerate(per_frame):
        if number % 64 == 0:
            source.check_time()
        yield FrameView(dataset, common, (item, *shared), number)
