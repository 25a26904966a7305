"""How does a judged plan get into an archive? As DICOM objects of the CT's study, sent when the user says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.persistence.leaving import leaving_into, put_in_place
from planner.segmentation.labelio.dicom_object import DISCLAIMER
from planner.services.ct_files import ct_files
from planner.services.tasks import Exported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.progress import Progress
    from planner.domain.volume import Volume
    from planner.interop.key_images import KeyImage
    from planner.persistence.blobs import BlobStore
    from planner.report.figure import ReportFigure
    from planner.segmentation.labelio.ct_source import CtImage
    from planner.services.dicom_tasks import ExportDicom

REPORT_FILE, MEASUREMENTS_FILE, ISOTHERMS_FILE = "report.dcm", "measurements.dcm", "isotherms.seg.dcm"
_STEPS = 4
_PIXELS_PER_INCH = 200  # of a key image: stored as plain pixels, 300 would be 3 MB each


@dataclass(frozen=True, slots=True)
class _Study:
    """The CT that every object belongs to."""

    volume: Volume
    files: tuple[Path, ...]
    images: Sequence[CtImage]
    frame_of_reference_uid: str
    made_at: datetime


def export_dicom(request: ExportDicom, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: write what is asked for of report, measurements, isotherms and pictures as objects of the CT's study."""
    if (request.isotherms or request.key_images) and request.judged is None:
        raise InputRefused(
            "Isotherms and pictures are made from a prediction, and there is none. Predict the plan first.",
            code="dicom-no-prediction",
        )
    study = _study(request, blobs=blobs, progress=progress)
    folder, names = Path(request.folder), []
    with leaving_into(folder, what="The DICOM objects") as staging:
        for number, write in enumerate((_report, _measurements, _isotherms, _pictures)):
            progress(number, _STEPS, "Writing DICOM objects")
            names += write(request, study, staging, blobs)
        return Exported(tuple(put_in_place(staging / name, folder / name).name for name in names))


def _study(request: ExportDicom, *, blobs: BlobStore, progress: Progress) -> _Study:
    """Find the CT's own files: every object refers to them."""
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
    made_at = datetime.fromisoformat(request.made_at)
    return _Study(volume, tuple(files), images, frame_of_reference(images, volume=volume), made_at)


def _report(request: ExportDicom, study: _Study, folder: Path, blobs: BlobStore) -> list[str]:
    """Wrap the report."""
    del blobs
    from planner.interop.encapsulated_pdf import write_encapsulated_pdf

    if not request.report_pdf:
        return []
    pdf = Path(request.report_pdf).read_bytes()
    title = f"Cryoneurolysis plan {request.plan_name}"
    write_encapsulated_pdf(folder / REPORT_FILE, pdf, images=study.images, title=title, made_at=study.made_at)
    return [REPORT_FILE]


def _measurements(request: ExportDicom, study: _Study, folder: Path, blobs: BlobStore) -> list[str]:
    """Write the numbers."""
    del blobs
    from planner.interop.measurement_report import Beside, write_measurement_report

    if request.assessment is None:
        return []
    uncertainty = None if request.judged is None else request.judged.uncertainty
    write_measurement_report(
        folder / MEASUREMENTS_FILE,
        request.assessment,
        images=study.images,
        frame_of_reference_uid=study.frame_of_reference_uid,
        made_at=study.made_at,
        beside=Beside(() if uncertainty is None else uncertainty.rows, request.warnings),
    )
    return [MEASUREMENTS_FILE]


def _isotherms(request: ExportDicom, study: _Study, folder: Path, blobs: BlobStore) -> list[str]:
    """Write the ice as segments."""
    from planner.interop.isotherm_seg import PredictedIce, ShownIsotherm, write_isotherm_seg
    from planner.rendering.palette import ICE_LEVELS

    if request.judged is None or not request.isotherms:
        return []
    result = request.judged.result.open(blobs)
    shown = tuple(ShownIsotherm(level.level_c, level.label, level.colour) for level in ICE_LEVELS)
    ice = PredictedIce(result.minimum_c, result.grid, shown)
    write_isotherm_seg(folder / ISOTHERMS_FILE, ice, volume=study.volume, ct_files=study.files)
    return [ISOTHERMS_FILE]


def _pictures(request: ExportDicom, study: _Study, folder: Path, blobs: BlobStore) -> list[str]:
    """Write the report's figures, each with its caption and what the title warns of below it."""
    from planner.interop.key_images import write_key_images
    from planner.services.figures import pictured_plan, report_figures

    if request.judged is None or not request.key_images:
        return []
    figures = report_figures(pictured_plan(request.judged, volume=study.volume, blobs=blobs))
    below = _words_below(request)
    names = [f"key-image-{number:02d}.dcm" for number in range(1, len(figures) + 1)]
    write_key_images(
        [folder / name for name in names],
        [_key_image(figure, below) for figure in figures],
        images=study.images,
        frame_of_reference_uid=study.frame_of_reference_uid,
        made_at=study.made_at,
    )
    return names


def _words_below(request: ExportDicom) -> tuple[str, ...]:
    """Return what stands under every picture: what dashed lines are, what the title warns of, what it is for."""
    from planner.services.range_words import band_words

    shared = None if request.judged is None else request.judged.uncertainty
    band = () if shared is None else (band_words(shared.error_mm),)
    return (*band, " · ".join((*request.warnings, DISCLAIMER)))


def _key_image(figure: ReportFigure, below: tuple[str, ...]) -> KeyImage:
    """Turn a figure into pixels, with the words under it that a picture alone in an archive needs."""
    from planner.interop.key_images import KeyImage
    from planner.report.figure_png import figure_png, logical_width_px, pixel_width

    is_slice = figure.mm_per_px is not None  # charts and pictures in space have no dashed lines of a band
    words = (figure.caption, *(below if is_slice else below[-1:]))
    png = figure_png(figure, pixels_per_inch=_PIXELS_PER_INCH, below=words)
    mm_per_pixel = None
    if figure.mm_per_px is not None:
        mm_per_pixel = figure.mm_per_px * logical_width_px(figure) / pixel_width(png)
    return KeyImage(png, figure.caption, mm_per_pixel, figure.letters)
