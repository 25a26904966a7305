"""How does the report get into an archive? As a DICOM Encapsulated PDF in the CT's study (PS3.3 A.45.1, C.24.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import planner
from planner.domain.errors import InputRefused
from planner.interop.study_header import MANUFACTURER, stamp_times, study_header
from planner.segmentation.labelio.dicom_object import DISCLAIMER, MOST_LO, MOST_ST, file_references, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from planner.segmentation.labelio.ct_source import CtImage

SERIES_NUMBER = 901
ENCAPSULATED_PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"


def write_encapsulated_pdf(path: Path, pdf: bytes, *, images: Sequence[CtImage], title: str, made_at: datetime) -> None:
    """Write a report as an object of the CT's study.

    Parameters
    ----------
    pdf
        The document, whole.
    images
        The CT's images, which the document is derived from.
    title
        Title of the document; as much is kept as its field holds.
    made_at
        When the report was made, with its time zone.

    Raises
    ------
    InputRefused
        When what is to be wrapped is no PDF.
    """
    import pydicom
    from pydicom.dataset import FileMetaDataset

    if not pdf.startswith(b"%PDF-"):
        raise InputRefused("The report is not a PDF and cannot be sent as one.", code="pdf-foreign")
    document = study_header(images)
    document.SOPClassUID = ENCAPSULATED_PDF_STORAGE
    document.SOPInstanceUID = pydicom.uid.generate_uid()
    document.Modality, document.SeriesNumber, document.InstanceNumber = "DOC", SERIES_NUMBER, 1
    document.SeriesInstanceUID = pydicom.uid.generate_uid()
    document.SeriesDescription = fitting(title, MOST_LO)
    document.Manufacturer = document.ManufacturerModelName = MANUFACTURER
    document.SoftwareVersions = planner.__version__
    document.ConversionType = "WSD"
    document.AcquisitionDateTime = ""  # of the document: it was never acquired
    stamp_times(document, made_at, images=images)
    document.BurnedInAnnotation = "YES"  # the pages name the patient
    document.DocumentTitle = fitting(f"{title}. {DISCLAIMER}", MOST_ST)
    document.ConceptNameCodeSequence = []
    document.SourceInstanceSequence = file_references(images)
    for item in document.SourceInstanceSequence:
        item.pop("ReferencedFrameNumber", None)
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    document["EncapsulatedDocument"].VR = "OB"
    document.file_meta = FileMetaDataset()
    document.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    document.save_as(path, enforce_file_format=True)
