"""Structures as files: DICOM segmentations and structure sets, out and in."""

from planner.segmentation.labelio.rtstruct_reading import read_rtstruct
from planner.segmentation.labelio.rtstruct_writing import write_rtstruct
from planner.segmentation.labelio.seg_reading import read_seg
from planner.segmentation.labelio.seg_writing import write_seg

__all__ = ["read_rtstruct", "read_seg", "write_rtstruct", "write_seg"]
