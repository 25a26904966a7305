"""In which forms can structures leave the program? Each form with its file ending and what it keeps of a structure."""

from __future__ import annotations

from enum import StrEnum


class ExportForm(StrEnum):
    """A kind of file that structures are written as; the value is its name on screen."""

    DICOM_SEG = "DICOM SEG"
    RTSTRUCT = "DICOM RTSTRUCT"
    SEG_NRRD = "seg.nrrd"
    NIFTI = "NIfTI"
    STL = "STL"
    PLY = "PLY"
    OBJ = "OBJ"

    @property
    def suffix(self) -> str:
        """Ending of its files, with the dot."""
        return {
            ExportForm.DICOM_SEG: ".dcm",
            ExportForm.RTSTRUCT: ".dcm",
            ExportForm.SEG_NRRD: ".seg.nrrd",
            ExportForm.NIFTI: ".nii.gz",
        }.get(self, f".{self.value.lower()}")

    @property
    def is_mesh(self) -> bool:
        """Whether it holds surfaces, one file per structure, in place of voxels, one file for all."""
        return self in (ExportForm.STL, ExportForm.PLY, ExportForm.OBJ)

    @property
    def needs_ct_files(self) -> bool:
        """Whether it refers to the CT's own DICOM files, which must still be where they were."""
        return self in (ExportForm.DICOM_SEG, ExportForm.RTSTRUCT)
