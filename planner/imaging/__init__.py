"""DICOM in: scan a folder, judge geometry, assemble a volume, check its corners."""
