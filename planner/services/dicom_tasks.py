"""Which DICOM objects of a judged plan are wanted? The request, as work for a child process."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.assessment import Assessment
from planner.domain.plan import Plan
from planner.services.shared import SharedRange, SharedResult, SharedVolume


@dataclass(frozen=True, slots=True)
class JudgedPlan:
    """A plan with its prediction, its verdicts and, where it was predicted, the range of its ice."""

    plan: Plan
    result: SharedResult
    assessment: Assessment
    uncertainty: SharedRange | None = None


@dataclass(frozen=True, slots=True)
class ExportDicom:
    """Write a report and an assessment as DICOM objects of the CT's study into a folder.

    Parameters
    ----------
    report_pdf
        File of a report that was made; empty leaves it out.
    assessment
        None leaves the measurements out.
    folder, source_folder
        Where the objects go, and where the CT's own files are.
    made_at
        ISO 8601 UTC.
    warnings
        Capital words of the report's title, such as ``"OFF-LABEL"``; they are told in every object.
    judged
        What isotherms and pictures are made from, and whose range gives the measurements their pessimistic values.
    isotherms, key_images
        Whether the isotherms are written as a SEG, and the report's figures as Secondary Captures; both need
        ``judged``.
    """

    volume: SharedVolume
    plan_name: str
    report_pdf: str
    assessment: Assessment | None
    folder: str
    source_folder: str
    made_at: str
    warnings: tuple[str, ...] = ()
    judged: JudgedPlan | None = None
    isotherms: bool = False
    key_images: bool = False
