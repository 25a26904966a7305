"""Which slow or untrusted work is there? Each task: a request, a reply, and the use case that turns one into the other.

Requests and replies are JSON-ready domain values, so the same task runs in this process or in a child.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from planner.domain.archive import Fetched, FoundSeries, FoundStudies
from planner.domain.assessment import Assessment
from planner.domain.case_print import CasePages
from planner.domain.exchange import ExportForm, PlanForm
from planner.domain.identity import BlobRef, PatientIdentity, Sha256, StructureId
from planner.domain.mask_edit import EditLimit, MaskEdit
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import Partial, Progress, ignore
from planner.domain.protocol import Protocol
from planner.domain.review import Finding
from planner.domain.robustness import Robustness
from planner.domain.series import HeaderLine, ScanReport, SliceFile
from planner.domain.structure_numbers import StructureNumbers, StructuresApart
from planner.domain.suggestion import Suggestion
from planner.domain.target import Target
from planner.domain.uncertainty import SHOWN_LEVELS_C
from planner.domain.what_if import WhatIfTable
from planner.services.deidentified_tasks import NobodysCt, PackNobodys, StampNobodys, WriteNobodysCt
from planner.services.dicom_tasks import ExportDicom
from planner.services.ghost_tasks import GhostIce, SharedGhostIce
from planner.services.network_tasks import FetchSeries, FindSeries, FindStudies, SendObjects, SentObjects
from planner.services.preview_tasks import PreviewedIce, PreviewIce, PreviewMove
from planner.services.robustness_tasks import AssessRobustness
from planner.services.second import SharedSecond
from planner.services.shared import SharedMask, SharedRange, SharedResult, SharedVolume
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.what_if_tasks import CompareWhatIf

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.persistence.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class ScanFolder:
    """List the series in a folder, a zip archive or a medium with a DICOMDIR, or of single files.

    ``also`` is what was chosen or dropped together with ``path``. A DICOMDIR stands for the folder it lies in.
    """

    path: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenSeries:
    """Load one series as a volume; ``slices`` as listed by a scan."""

    slices: tuple[SliceFile, ...]


@dataclass(frozen=True, slots=True)
class OpenedSeries:
    """A volume in the store, whose it is, and what was found only once its pixels were read."""

    volume: SharedVolume
    identity: PatientIdentity
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class OpeningVolume:
    """A volume under way: ``done`` slices from ``first`` on are in the draft at ``path``; it is shown, never kept."""

    path: str
    shape: tuple[int, int, int]
    dtype: str
    window_hu: tuple[float, float] | None
    spacing_ijk_mm: tuple[float, float, float]
    done: int
    first: int


@dataclass(frozen=True, slots=True)
class PeekSeries:
    """Show one image of a series without judging it: the middle one of ``slices``, whatever its modality."""

    slices: tuple[SliceFile, ...]


@dataclass(frozen=True, slots=True)
class PeekedSeries:
    """One image in the store, shape (J, I), to be taken from it.

    ``window_hu`` is (width, level) of the header; ``spacing_ji_mm`` and ``axes`` (unit directions along a row and along
    a column, LPS) are None where the header does not define them. ``is_hu`` says whether values are Hounsfield units.
    """

    image: BlobRef
    window_hu: tuple[float, float] | None
    spacing_ji_mm: tuple[float, float] | None
    axes: tuple[tuple[float, float, float], tuple[float, float, float]] | None
    is_hu: bool


@dataclass(frozen=True, slots=True)
class ListHeader:
    """List what stands in the header of one file; of a multi-frame one, what is said of one frame."""

    path: str
    frame: int = 0


@dataclass(frozen=True, slots=True)
class HeaderListing:
    """A header element by element, for reading."""

    lines: tuple[HeaderLine, ...]


@dataclass(frozen=True, slots=True)
class LayOver:
    """Lay a second series over the planning CT; ``slices`` as listed by a scan."""

    planning: SharedVolume
    slices: tuple[SliceFile, ...]


@dataclass(frozen=True, slots=True)
class PreparePlan:
    """Check a kept plan and put its masks into the store."""

    path: str


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """Where a kept plan's CT was, and which series it is."""

    source_folder: str
    series_instance_uid: str


@dataclass(frozen=True, slots=True)
class SegmentVolume:
    """Find by themselves what a CT shows plainly: skin, lungs, airways, gas, bone, fat, muscle, vessels in contrast."""

    volume: SharedVolume


@dataclass(frozen=True, slots=True)
class RunTotalSegmentator:
    """Let an installed TotalSegmentator find its structures; refused in a sentence where there is none."""

    volume: SharedVolume


@dataclass(frozen=True, slots=True)
class ImportStructures:
    """Read structures from a file, or a folder of one file each, of any known format, and place them by geometry."""

    volume: SharedVolume
    path: str


@dataclass(frozen=True, slots=True)
class FreshMasks:
    """Masks made or read, not yet in a plan, and sentences on what of them could not be checked or was left out."""

    masks: tuple[SharedMask, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportStructures:
    """Write some of a plan's structures in a form.

    ``path`` is the file to write, which is replaced; for surfaces, the folder that one file each goes into, where none
    is replaced. ``source_folder`` is where the CT's own files are, for the forms that refer to them; else empty.
    """

    volume: SharedVolume
    plan: Plan
    structure_ids: tuple[StructureId, ...]
    path: str
    form: ExportForm
    source_folder: str = ""


@dataclass(frozen=True, slots=True)
class EditMask:
    """Do one edit to a mask as a whole; ``mask`` None stands for an empty one."""

    volume: SharedVolume
    mask: BlobRef | None
    edit: MaskEdit
    limit: EditLimit = EditLimit()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class EditedMask:
    """The mask after an edit, packed for a plan file, and how many voxels changed."""

    mask: BlobRef
    changed: int


@dataclass(frozen=True, slots=True)
class MeasureStructures:
    """Measure masks: volume, surface, HU."""

    volume: SharedVolume
    masks: tuple[BlobRef, ...]


@dataclass(frozen=True, slots=True)
class MeasuredStructures:
    """Numbers of each mask, in the order asked."""

    numbers: tuple[StructureNumbers, ...]


@dataclass(frozen=True, slots=True)
class ApartStructures:
    """Measure how far two masks are from each other."""

    volume: SharedVolume
    a: BlobRef
    b: BlobRef


@dataclass(frozen=True, slots=True)
class BuildCase:
    """Write a synthetic patient as DICOM into a folder."""

    case: str
    folder: str


@dataclass(frozen=True, slots=True)
class BuiltCase:
    """Where the synthetic patient was written, its story, and the plan that its author would make."""

    title: str
    history: str
    series_folder: str
    structures_file: str
    structure_names: tuple[str, ...]
    targets: tuple[Target, ...]
    probes: tuple[ProbePlacement, ...]
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Predict:
    """Predict the ice of a plan and judge it. A prediction already in the store is judged again, not made again."""

    volume: SharedVolume
    plan: Plan
    spacing_mm: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The ice and the verdicts, both keyed by what they were made from."""

    result: SharedResult
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class PredictRange:
    """Predict the smallest, the nominal and the largest ice of a plan, judge each, and lay the band around them.

    ``levels_c`` are the isotherms whose band is wanted, °C. A range already in the store is not made again.
    """

    volume: SharedVolume
    plan: Plan
    spacing_mm: float
    levels_c: tuple[float, ...] = SHOWN_LEVELS_C


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """Write report, plan, assessment and isotherm meshes into a folder. ``made_at`` is ISO 8601 UTC.

    ``uncertainty`` is the plan's range of prediction; without it the report says that it was not assessed. ``case`` is
    what is printed of the case that the plan is in, None where it is in none or nothing is wanted. ``forms`` is what to
    write beside. ``robustness`` names by its inputs what many draws said of the plan, kept in the store; None where
    they were not computed. ``is_nobodys``: plan and CT have no identity, and the site's own is left out. ``paper`` is a
    key of :data:`planner.report.pdf.PAPERS`, ``language`` one of :data:`planner.domain.site.LANGUAGES`.
    """

    volume: SharedVolume
    identity: PatientIdentity
    plan: Plan
    prediction: Prediction
    folder: str
    made_at: str
    uncertainty: SharedRange | None = None
    forms: tuple[PlanForm, ...] = ()
    is_nobodys: bool = False
    paper: str = "a4"
    language: str = "en"
    case: CasePages | None = None
    robustness: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """Names of the files written."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Load libraries and compile kernels before the user needs them."""


@dataclass(frozen=True, slots=True)
class Warm:
    """Ready."""


TaskRequest = (
    ScanFolder
    | OpenSeries
    | PeekSeries
    | ListHeader
    | LayOver
    | PreparePlan
    | SegmentVolume
    | RunTotalSegmentator
    | ImportStructures
    | ExportStructures
    | EditMask
    | MeasureStructures
    | ApartStructures
    | BuildCase
    | Predict
    | PredictRange
    | AssessRobustness
    | SuggestPlacements
    | GhostIce
    | CompareWhatIf
    | PreviewIce
    | PreviewMove
    | ExportPlan
    | ExportDicom
    | WriteNobodysCt
    | PackNobodys
    | StampNobodys
    | SendObjects
    | FindStudies
    | FindSeries
    | FetchSeries
    | WarmUp
)

REQUESTS: dict[str, type] = {kind.__name__: kind for kind in get_args(TaskRequest)}
REPLIES: dict[str, type] = {
    "ScanFolder": ScanReport,
    "OpenSeries": OpenedSeries,
    "PeekSeries": PeekedSeries,
    "ListHeader": HeaderListing,
    "LayOver": SharedSecond,
    "PreparePlan": PreparedPlan,
    "SegmentVolume": FreshMasks,
    "RunTotalSegmentator": FreshMasks,
    "ImportStructures": FreshMasks,
    "ExportStructures": Exported,
    "EditMask": EditedMask,
    "MeasureStructures": MeasuredStructures,
    "ApartStructures": StructuresApart,
    "BuildCase": BuiltCase,
    "Predict": Prediction,
    "PreviewIce": PreviewedIce,
    "PreviewMove": PreviewedIce,
    "PredictRange": SharedRange,
    "AssessRobustness": Robustness,
    "SuggestPlacements": Suggestion,
    "GhostIce": SharedGhostIce,
    "CompareWhatIf": WhatIfTable,
    "ExportPlan": Exported,
    "ExportDicom": Exported,
    "WriteNobodysCt": NobodysCt,
    "PackNobodys": NobodysCt,
    "StampNobodys": Exported,
    "SendObjects": SentObjects,
    "FindStudies": FoundStudies,
    "FindSeries": FoundSeries,
    "FetchSeries": Fetched,
    "WarmUp": Warm,
}
# What a task shows before its reply; tasks that are not here show nothing.
PARTIALS: dict[str, type] = {
    "ScanFolder": ScanReport,
    "OpenSeries": OpeningVolume,
    "CompareWhatIf": WhatIfTable,
}


def perform(request: TaskRequest, *, blobs: BlobStore, progress: Progress, partial: Partial = ignore) -> Any:  # noqa: ANN401 - reply type by request
    """Run one task here and now; raises PlannerError."""
    from planner.services import (
        deidentified,
        dicom_out,
        editing,
        exchange,
        exporting,
        ghosts,
        network,
        opening,
        peeking,
        prediction,
        ranges,
        robustness,
        second,
        structures,
        suggest,
        synthetic,
        what_if,
    )

    use_cases: dict[type, Callable[..., Any]] = {
        ScanFolder: opening.scan,
        OpenSeries: opening.open_series,
        PeekSeries: peeking.peek_series,
        ListHeader: opening.list_header,
        LayOver: second.lay_over,
        PreparePlan: opening.prepare_plan,
        SegmentVolume: structures.segment_volume,
        RunTotalSegmentator: structures.run_totalsegmentator,
        ImportStructures: exchange.import_structures,
        ExportStructures: exchange.export_structures,
        EditMask: editing.edit_mask,
        MeasureStructures: editing.measure_structures,
        ApartStructures: editing.apart_structures,
        BuildCase: synthetic.build_case,
        Predict: prediction.predict,
        PreviewIce: prediction.preview_ice,
        PreviewMove: prediction.preview_move,
        PredictRange: ranges.predict_range,
        AssessRobustness: robustness.assess_robustness,
        SuggestPlacements: suggest.suggest_placements,
        GhostIce: ghosts.ghost_ice,
        CompareWhatIf: what_if.compare_what_if,
        ExportPlan: exporting.export_plan,
        ExportDicom: dicom_out.export_dicom,
        WriteNobodysCt: deidentified.write_nobodys_ct,
        PackNobodys: deidentified.pack_nobodys,
        StampNobodys: deidentified.stamp_nobodys,
        SendObjects: network.send_objects,
        FindStudies: network.find_studies,
        FindSeries: network.find_series,
        FetchSeries: network.fetch_series,
        WarmUp: prediction.warm_up,
    }
    shown = {"partial": partial} if type(request).__name__ in PARTIALS else {}
    return use_cases[type(request)](request, blobs=blobs, progress=progress, **shown)
