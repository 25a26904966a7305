"""In which forms can structures and plans leave the program? Each with its file ending and what it keeps."""

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


class PlanForm(StrEnum):
    """What is written of a judged plan beside its report."""

    CSV = "tables of every check and every exposure"
    STL = "surfaces of the probes, beside those of the ice, as STL"
    PLY = "surfaces of the ice and of the probes as PLY"
    MARKUPS = "nerves and probes as 3D Slicer markups"
    PNG = "the report's figures as PNG"
