"""Which words does the page itself bring, beside what a plan makes it say? The template's own, in English.

A key is what the template asks for; the text may be in another language. ``{}`` places are filled by the template.
``language_code`` is the document's language, ISO 639-1: a screen reader reads by it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.report.case_labels import CASE_LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "language_code": "en",
        # Every page.
        "report": "Frostline plan report",
        "plan_hash": "Plan hash",
        "page": "Page {page} of {pages}",
        "no_patient": "NO PATIENT",
        "attached": "plan data attached to this PDF",
        "figure": "Figure",
        "none": "None.",
        "no_glyph": (
            "No installed font has some characters of this report: they are printed as their Unicode numbers, U+…"
        ),
        # First page.
        "made": "Made {time} UTC",
        "attention": "Needs attention",
        "attention_none": "No check failed or asks for attention.",
        "and_more": "and {count} more",
        "attention_more": "{count} more in the assessment",
        "read_first": "Read first",
        "at_the_table": "At the table",
        "protocol": "Protocol",
        "legend_target": "target",
        "no_target": "The plan has no target.",
        "no_probe": "The plan has no probe.",
        "no_figure": "No figure was made for this report.",
        "volumes_note": ("Volumes: all that was ever at or below the level, probes included, nominal tissue values."),
        # Heads of columns.
        "item": "Item",
        "value": "Value",
        "nominal": "Nominal",
        "pessimistic": "Pessimistic",
        "limit": "Limit and source",
        "verdict": "Verdict",
        "reason": "Reason",
        "probe": "Probe",
        "entry": "Entry",
        "tip": "Tip",
        "depth": "Depth",
        "in_plane": "In-plane",
        "tilt": "Tilt",
        "table": "Table",
        "slice_location": "SliceLocation",
        "phase": "Phase",
        "duration": "Duration",
        "ends_at": "Ends at",
        "minutes": "min",
        # Operator's sheet.
        "operator_sheet": "Operator sheet",
        "of_probes": "{label}, {number} of {count}",
        "depth_words": "skin entry to tip, along the shaft",
        "in_plane_words": "to the vertical, side the hub leans to",
        "tilt_words": "out of the axial plane, hub toward",
        "table_words": "entry slice, patient H/F",
        "entry_words": "Entry in words",
        "lps": "DICOM patient, L P S",
        "usable": "Usable length",
        "catalogue": "Catalogue",
        "surface": "Active surface",
        "scanner_slice": "Scanner’s SliceLocation",
        "shaft": "Along the shaft, from the skin to the tip",
        "shaft_skin": "skin",
        "shaft_tip": "tip",
        "shaft_active": "active zone",
        "crossings": "What the shaft goes through",
        "crossings_none": "Nothing that is outlined, beside the body itself.",
        "approaches": "What it passes nearest",
        "approaches_none": "No structure to stay away from is outlined.",
        "from_depth": "From",
        "to_depth": "To",
        "length": "Length",
        "structure": "Structure",
        "distance": "Distance",
        "at_depth": "At depth",
        "axis_note": (
            "Depths count from the skin entry. Distances are of the shaft’s axis; a negative one lies inside."
        ),
        "probe_checks": "Checks of this probe",
        # Pictures.
        "decision_figures": "Decision planes",
        # Targets.
        "targets": "Targets",
        "isotherm": "Isotherm",
        "reached": "Full cross-section, or share of a body",
        "longest": "Longest piece",
        "hold": "All asked for stays",
        "core": "Coldest place stays",
        # Assessment.
        "assessment": "Assessment",
        "assessment_note": (
            "By subject, the worst first. Pessimistic: at the worse edge of the band, which is the range of the "
            "prediction widened by the model's known error; the tables of the range itself are without that error. "
            "More digits stand where one would hide on which side of a limit a value lies."
        ),
        "subject": "Subject",
        "quantity": "Quantity",
        "no_check": "No check could be made.",
        "not_assessed": "Not assessed",
        "all_assessed": "Every rule that applies to this plan was assessed.",
        # Range.
        "range": "Range of the prediction",
        "range_note": (
            "Three predictions on cells of {cells}: every uncertain value at the end that makes the ice smaller, as "
            "listed, and at the end that makes it larger. All ends at once are unlikely: the range bounds the ice, "
            "within what the model knows. For coverage of a target the smallest ice is the pessimistic case, for "
            "structures the largest: its value is bold and gives the verdict."
        ),
        "volume_smallest": "Volume, smallest",
        "width_smallest": "Width, smallest",
        "smallest": "Smallest",
        "largest": "Largest",
        "nominal_small": "nominal",
        "largest_small": "largest",
        "width_note": (
            "Width: diameter of the circle with the isotherm's area across the shaft, in the middle of the active "
            "zone, at the probe where it is widest. A structure farther than 15 mm from the largest ice is not listed, "
            "unless one of its checks fails, asks for attention or is worse there than in the nominal ice."
        ),
        "range_coverage": "Decided by the smallest ice",
        "range_margins": "Decided by the largest ice",
        "varied": "What was varied",
        "held": "What was not varied",
        # Robustness.
        "robustness": "Robustness of the placement",
        "robust_coverage": "Coverage at percentiles of the draws",
        "robust_limits": "Limits over the draws",
        "robust_share": "Share of draws",
        "robust_first": "Fails from",
        "robust_planned": "Planned",
        "robust_worst": "Worst",
        "robust_covered": "treated share",
        "robust_treated": "treated length",
        "robust_limits_note": (
            "Fails from: the smallest error of a tip in a draw in which the limit fails. Share of draws: of those with "
            "the verdict beside it, which is the worst that the limit gets. Planned: read off on the same cells."
        ),
        # Structures and heat sinks.
        "structure_figures": "Structures near the ice, in figures",
        "coldest": "Coldest",
        "edge": "0 °C edge",
        "edge_pessimistic": "Pessimistic",
        "treatment": "Treatment",
        "volume_below": "≤ {level}",
        "histogram": "Share ≤ −60 … 40 °C",
        "histogram_note": (
            "Treatment: distance of the treatment isotherm. Pessimistic: of the 0 °C edge, as in the assessment. Last "
            "column: the share of the structure at or below each temperature, −60 °C at the left, 40 °C at the right, "
            "drawn to the share under it; the lines mark −20 and 0 °C."
        ),
        "heat_sinks": "Heat sinks",
        "heat_sinks_note": (
            "What each vessel takes from the ice: predicted on 2 mm cells with it, and with the tissue around it in "
            "its place. Drawn in: by how much the 0 °C edge and the treatment isotherm are pulled back at most."
        ),
        "gap": "From the ice",
        "edge_lost": "Edge drawn in by",
        "treatment_lost": "Treatment drawn in by",
        "frozen_lost": "≤ 0 °C",
        "treated_lost": "Treated",
        "targets_lost": "Target no longer treated",
        "not_modelled_sink": "Not modelled:",
        # Review and signatures.
        "review": "Checks, acceptances, signatures",
        "acknowledgements": "Acknowledgements",
        "acknowledgements_none": "None were needed.",
        "finding": "Finding",
        "accepted_by": "Accepted by",
        "when": "When",
        "waivers": "Waived structures",
        "expected": "Expected structure",
        "waived_by": "Waived by",
        "signatures": "Signatures",
        "name": "Name",
        "date": "Date",
        "signature": "Signature",
        # Risks.
        "risks": "Risks to be told",
        "risks_none": "The atlas lists no risk for this target.",
        "risk_list": "Risks",
        "outcomes": "Outcomes reported",
        "recovery": "Recovery",
        "site_text": "The site’s own words",
        "site_text_none": "The site has entered no text of its own for this target.",
        "every_target": "For every target",
        "no_drug": "This program proposes no drug and no dose.",
        # Appendix.
        "appendix": "Appendix",
        "site_rules": "Rules changed by the site",
        "site_rule": "Site's limit",
        "shipped_rule": "Shipped limit",
        "rule_changed": "Changed by, when and why",
        "case": "Patient and plan",
        "scan": "Scan",
        "scan_notes": "Notes of the geometry check and accepted warnings",
        "structures": "Structures",
        "structures_note": (
            "An outline without a name is unconfirmed: no margin to it passes. Limits: see below by letter."
        ),
        "structures_none": "The plan has no structure: nothing of the anatomy was checked.",
        "role": "Role",
        "limits": "Limits",
        "origin": "Origin and method",
        "confirmed_by": "Confirmed by (UTC)",
        "unconfirmed": "Unconfirmed",
        "measured": "Measured on the CT",
        "model": "Prediction and model",
        "unverified": "Values not read in a source",
        "card": "Model card",
        "outside": "Where this prediction goes beyond what the model was compared with",
        "modelled": "Modelled",
        "not_modelled": "Not modelled",
        "comparison": "Range of comparison",
        "validation": "Validation",
        "not_met": "Not within tolerance; of each case the figure farthest off:",
        "validation_case": "Case",
        "farthest": "Farthest figure",
        "expected_value": "Expected",
        "got": "Got",
        "tolerance": "Tolerance",
        "met": "Met",
        "made_again": "Every figure is in resources/docs/validation-table.txt; it is made again by:",
        "terms": "Terms",
        "terms_note": (
            "How the words of the reporting standard for image-guided ablation are meant here. Recalled: only the "
            "standard's abstract was read."
        ),
        "warnings": "Warnings",
        "sources": "Sources and proof",
        "attached_files": "Files in this PDF",
        "hash_proof": "Plan hash (sha256 of the attached plan.json):",
        "pose_note": (
            "Depth: skin entry to tip along the shaft. In-plane: to the vertical on the axial plane, with the side the "
            "hub leans to. Tilt: out of the axial plane, with the end the hub leans to. Table: axial position of the "
            "entry in patient H/F; SliceLocation: the same slice as the scanner names it."
        ),
        **CASE_LABELS,
    }
)
