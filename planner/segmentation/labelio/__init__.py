"""Structures as files: DICOM SEG out and in."""

from planner.segmentation.labelio.seg_reading import read_seg
from planner.segmentation.labelio.seg_writing import write_seg

__all__ = ["read_seg", "write_seg"]
