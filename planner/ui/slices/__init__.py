"""Slice views: pictures from rendering, painted with QPainter; the mouse and keys of a radiologist's workstation."""
