"""Synthetic anatomy with known truth, as CT, DICOM series and structures."""
