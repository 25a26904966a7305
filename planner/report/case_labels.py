"""Which words do the pages of a case bring, beside what its records say? In English, as the other labels."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CASE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "case_report": "Frostline case report",
        "case_attached": "case data attached to this PDF",
        "case_plan": "Plan",
        # Intake.
        "case_intake": "Intake",
        "case_missing": "{count} open:",
        "case_open": "open",
        "case_question": "Question",
        "case_answer": "Answer",
        "case_remark": "Remark",
        "case_by": "By, when",
        # Procedure.
        "case_procedure": "Procedure",
        "case_no_procedure": "No procedure is recorded.",
        "case_none_recorded": "None recorded.",
        "case_planned": "Planned",
        "case_done": "Done",
        "case_difference": "Difference",
        "case_side_by_side": "Planned and done",
        "case_probes": "Probes used",
        "case_lateral": "Lateral",
        "case_angle": "Angle",
        "case_apart_note": (
            "Tip: straight line from the planned to the used tip. Lateral: of the used tip from the planned axis. "
            "Depth: used less planned, from the skin. Angle: between the two shafts. Compared only in the planning CT."
        ),
        "case_times": "Freeze and thaw",
        "case_began": "Began, UTC",
        "case_ended": "Ended, UTC",
        "case_extended": "extended by",
        "case_moments": "Noted while it was timed",
        "case_at": "At, UTC",
        "case_dissection": "Dissection",
        "case_spacer": "With",
        "case_volume": "Volume",
        "case_protects": "Protects",
        "case_scanned": "Scanned after",
        "case_temperatures": "Temperatures measured",
        "case_place": "Place",
        "case_monitoring": "Nerve monitoring",
        "case_nerve": "Nerve",
        "case_method": "Method",
        "case_threshold": "Stimulus",
        "case_scans": "Scans and dose",
        "case_purpose": "Purpose",
        "case_scan_count": "Scans",
        "case_dlp": "Dose-length product",
        "case_complications": "Complications",
        "case_what": "What",
        "case_grading": "Grading",
        "case_grade": "Grade",
        "case_day": "Day",
        "case_outcome": "Outcome",
        "case_note": "Notes",
        # Follow-up.
        "case_follow_up": "Follow-up",
        "case_visits": "Follow-ups recorded",
        "case_no_visit": "No follow-up is recorded.",
        "case_when": "When",
        "case_average": "Average pain",
        "case_worst": "Worst pain",
        "case_function": "Function",
        "case_opioid": "Opioid a day",
        "case_relief": "Relief",
        "case_goal": "Goal",
        "case_recovered": "Recovered",
        "case_repeat": "Repeat treatment",
        "case_due": "Due",
        "case_nothing_due": "Nothing is due before a procedure.",
        "case_signs": "What to look for",
        # A record to fill by hand.
        "case_form": "Procedure record",
        "case_form_hint": "to fill by hand",
        "case_operator": "Operator",
        "case_begin": "Began",
        "case_end": "Ended",
        "case_sedation": "Sedation",
        "case_form_probe": "Probe and model",
        "case_form_planned": "Planned entry, tip, depth",
        "case_form_entry": "Entry as used",
        "case_form_tip": "Tip as used",
        "case_form_depth": "Depth, mm",
        "case_form_spacer": "Saline, CO₂, air, other",
        "case_form_volume": "Volume, mL",
        "case_form_dlp": "DLP, mGy cm",
        "case_form_threshold": "Stimulus, mA",
        "case_form_none": "None, stated by",
        "case_planning": "planning",
        "case_targeting": "targeting",
        "case_monitoring_scan": "monitoring",
        "case_survey": "survey",
        "case_ice": "Ice as seen, 0 °C edge",
        "case_form_long": "Long axis, mm",
        "case_form_short": "Short axis, mm",
        "case_form_where": "Measured on",
    }
)
