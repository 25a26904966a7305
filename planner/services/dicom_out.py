"""How does a judged plan get into an archive? As DICOM objects of the CT's study, sent when the user says so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.ct_files import ct_files
from planner.services.tasks import Exported

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ExportDicom

REPORT_FILE, MEASUREMENTS_FILE = "report.dcm", "measurements.dcm"


def export_dicom(request: ExportDicom, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: wrap a report that was made, and write the assessment's numbers, each as an object of the CT's study."""
    from planner.interop.encapsulated_pdf import write_encapsulated_pdf
    from planner.interop.measurement_report import write_measurement_report
    from planner.segmentation.labelio.ct_source import ct_images, frame_of_reference

    volume = request.volume.open(blobs)
    files = ct_files(
        request.volume.ref,
        request.source_folder,
        what="A DICOM object",
        otherwise="send the PDF as it is",
        blobs=blobs,
        progress=progress,
    )
    images = ct_images(files, volume=volume)
    made_at = datetime.fromisoformat(request.made_at.replace("Z", "+00:00"))
    folder, names = Path(request.folder), []
    with leaving_into(folder, what="The DICOM objects") as staging:
        progress(0, 2, "Writing DICOM objects")
        if request.report_pdf:
            pdf = Path(request.report_pdf).read_bytes()
            title = f"Cryoneurolysis plan {request.plan_name}"
            write_encapsulated_pdf(staging / REPORT_FILE, pdf, images=images, title=title, made_at=made_at)
            names.append(REPORT_FILE)
        progress(1, 2, "Writing DICOM objects")
        if request.assessment is not None:
            write_measurement_report(
                staging / MEASUREMENTS_FILE,
                request.assessment,
                images=images,
                frame_of_reference_uid=frame_of_reference(images, volume=volume),
                made_at=made_at,
            )
            names.append(MEASUREMENTS_FILE)
        return Exported(tuple(put_in_place(staging / name, folder / name).name for name in names))
