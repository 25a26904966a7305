"""Does the table hold every check, and nothing that a table program would run?"""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.assessment import Assessment, Check
from planner.domain.rule import Verdict
from planner.report.export import assessment_csv, csv_bytes

AT = (1.5, -2.0, 3.0)
COLD = Check(
    "t", "=HYPERLINK(evil)", "target nerve", "0 °C edge", Verdict.PASS, -1.25, "mm", "≥ 1 mm", "", (1.5, -2.0, 3.0)
)
GONE = Check("e", "Aorta, “arch”", "artery", "not segmented", Verdict.NOT_ASSESSED, reason="Not\nsegmented, yet.")


def test_every_check_is_a_row_with_its_number_unit_and_place():
    data = assessment_csv(Assessment("a" * 64, "b" * 64, "c" * 64, (COLD, GONE)))
    assert data.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert first["subject"] == "'=HYPERLINK(evil)"
    assert (first["quantity"], first["verdict"], float(first["value"]), first["unit"]) == (
        "0 °C edge",
        "PASS",
        -1.25,
        "mm",
    )
    assert [float(first[f"place_{axis}_mm"]) for axis in "lps"] == list(AT)
    assert (second["subject"], second["value"], second["place_l_mm"]) == ("Aorta, “arch”", "", "")
    assert second["reason"] == "Not\nsegmented, yet."


def test_a_number_of_numpy_is_written_as_a_number():
    table = assessment_csv(Assessment("a" * 64, "b" * 64, "c" * 64, (replace(COLD, value=np.float64(-0.5)),)))
    (row,) = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))
    assert row["value"] == "-0.5"


def test_a_row_tells_its_plan_as_the_report_prints_it_and_the_pessimistic_value_where_known():
    plan_hash = "0123456789abcdef" + "f" * 48
    judged = Assessment(plan_hash, "b" * 64, "c" * 64, (COLD, GONE))
    ends = {("t", "0 °C edge"): -3.5, ("e", "0 °C edge"): 9.0, ("t", "coldest"): -40.0}
    told = list(csv.DictReader(io.StringIO(assessment_csv(judged, pessimistic=ends).decode("utf-8-sig"), newline="")))
    assert [row["plan_hash"] for row in told] == ["0123 4567 89ab cdef"] * 2
    assert [row["pessimistic"] for row in told] == ["-3.5", ""]
    alone = csv.DictReader(io.StringIO(assessment_csv(judged).decode("utf-8-sig"), newline=""))
    assert [row["pessimistic"] for row in alone] == ["", ""]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_H_42_no_text_begins_as_a_formula_whatever_column_it_is_in(sign):
    text = f"{sign}HYPERLINK(1)"
    table = csv_bytes(("a", "b"), [(text, -1.5)]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(table, newline="")))[1] == [f"'{text}", "-1.5"]
