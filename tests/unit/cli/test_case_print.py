"""Does ``frostline case print`` write what is asked for, and does a report take the case that its plan is in?"""

from __future__ import annotations

import argparse
import io
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from pypdf import PdfReader

from planner.__main__ import main
from planner.casebook.library import CaseLibrary
from planner.cli.case_choice import add_case_arguments, case_pages_of
from planner.domain.case_print import CasePages, CaseParts
from planner.domain.errors import CaseFileError, InputRefused
from planner.domain.identity import CaseId, PatientIdentity, PlanId
from tests.unit.report import cases

PLAN = PlanId("plan-1")


@pytest.fixture
def library(tmp_path):
    made = CaseLibrary(tmp_path / "cases")
    made.add(cases.full_case(), at=cases.AT)
    made.identities.put(cases.full_case().id, PatientIdentity("Quendel^Jane", "ID-4711", "F"))
    return made


@pytest.fixture
def printed(library, tmp_path, capsys):
    """Function that prints a case and returns the exit status, the reader of the PDF, and what was said."""

    def run(*words: object, out: str = "made.pdf") -> tuple[int, PdfReader | None, str]:
        path = tmp_path / out
        folder = library.path.parent
        status = main(
            [
                "case",
                "print",
                cases.full_case().pseudonym,
                "--library",
                str(folder),
                "--out",
                str(path),
                *map(str, words),
            ]
        )
        said = capsys.readouterr()
        data = path.read_bytes() if path.exists() else b""
        return status, PdfReader(io.BytesIO(data)) if data.startswith(b"%PDF") else None, said.out + said.err

    return run


def text_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u200b", "").split())


def test_all_pages_are_printed_without_the_patient(printed):
    status, reader, said = printed()
    assert status == 0
    text = text_of(reader)
    for heading in ("Intake", "Procedure 2026-02-02", "Follow-up"):
        assert heading in text
    assert "Quendel" not in text + said
    assert "Procedure record" not in text


def test_pages_language_paper_and_form_are_as_asked(printed):
    _, reader, _ = printed("--pages", "follow-up", "--form", "--lang", "de", "--paper", "letter")
    text = text_of(reader)
    assert "Nachsorge" in text
    assert "Eingriffsprotokoll" in text
    assert "Anamnese" not in text
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == [612.0, 792.0]


def test_H_43_the_patient_is_named_only_where_asked_and_nobody_is_where_that_is_asked(printed):
    assert "Quendel, Jane" in text_of(printed("--with-identity")[1])
    _, reader, _ = printed("--deidentify", out="nobody.pdf")
    for words in ("Quendel", "FL-7K3Q-2M4", "Dr. Vogt", "2026-02-02"):
        assert words not in text_of(reader)
    assert not reader.attachments
    status, nothing, said = printed("--deidentify", "--with-identity", out="both.pdf")
    assert (status, nothing) == (2, None)
    assert "Choose one of" in said


def test_a_file_that_is_there_and_a_case_that_is_not_are_refused_in_words(printed, library, tmp_path, capsys):
    (tmp_path / "there.pdf").write_bytes(b"mine")
    status, _, said = printed(out="there.pdf")
    assert status == 2
    assert "there already" in said
    assert (tmp_path / "there.pdf").read_bytes() == b"mine"
    folder = str(library.path.parent)
    assert main(["case", "print", "FL-NONE-0000", "--library", folder, "--out", str(tmp_path / "x.pdf")]) == 2
    assert "no case" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()


def chosen(library, *words, plan_id=PLAN):
    parser = argparse.ArgumentParser()
    add_case_arguments(parser)
    return case_pages_of(parser.parse_args([*words, "--library", str(library.path.parent)]), plan_id)


def test_a_report_takes_the_case_that_its_plan_is_in_unless_told_otherwise(library):
    pages = chosen(library)
    assert (pages.case, pages.parts) == (cases.full_case(), CaseParts())
    assert chosen(library, "--case-form").parts == CaseParts(form=True)
    assert chosen(library, "--case", "FL-7K3Q-2M4").case == cases.full_case()
    assert chosen(library, "--without-case") is None
    assert chosen(library, plan_id=PlanId("of no case")) is None


def test_of_several_cases_none_is_guessed_and_one_of_another_plan_is_refused(library):
    library.add(replace(cases.full_case(), id=CaseId("d" * 32), pseudonym="FL-OTHER-01"), at=cases.AT)
    library.add(replace(cases.empty_case(), id=CaseId("e" * 32), pseudonym="FL-EMPTY-01"), at=cases.AT)
    with pytest.raises(InputRefused, match=r"in 2 cases: .*FL-OTHER-01"):
        chosen(library)
    assert chosen(library, "--case", "FL-OTHER-01").case.pseudonym == "FL-OTHER-01"
    with pytest.raises(InputRefused, match="not in FL-EMPTY-01"):
        chosen(library, "--case", "FL-EMPTY-01")
    with pytest.raises(CaseFileError):
        chosen(library, "--case", "FL-GONE-0001")


def test_a_case_that_cannot_be_read_is_named_instead_of_left_out_silently(library, capsys):
    with closing(sqlite3.connect(library.path)) as connection, connection:
        connection.execute("UPDATE revision SET label = 'forged'")
    assert chosen(library) is None
    said = capsys.readouterr().out
    assert cases.full_case().pseudonym in said
    assert "Whether the plan is in it is not known" in said


def test_an_empty_record_that_cannot_be_printed_is_refused_in_words(library):
    with pytest.raises(InputRefused, match="the plan is in none"):
        chosen(library, "--case-form", plan_id=PlanId("of no case"))
    with pytest.raises(InputRefused, match="--without-case leaves it out"):
        chosen(library, "--case-form", "--without-case")


@pytest.mark.parametrize("flag", ["--deidentify", "--encapsulated-pdf"])
def test_what_leaves_without_the_case_refuses_its_empty_record_before_any_work(tmp_path, capsys, flag):
    plan, out = tmp_path / "none.frostline", tmp_path / "out"
    assert main(["export", str(plan), "--out", str(out), flag, "--case-form"]) == 2
    said = capsys.readouterr().err
    assert f"With {flag} nothing of a case is printed unless --case names it." in said
    assert not out.exists()


def test_H_43_into_an_archives_report_a_case_comes_only_by_name(tmp_path, monkeypatch):
    """The report of an Encapsulated PDF is asked for without a case unless one is named; what runs is stood in for."""
    from contextlib import nullcontext
    from types import SimpleNamespace

    from planner.cli import export
    from planner.services import headless, reopening

    asked = []
    kept = SimpleNamespace(session=SimpleNamespace(plan=SimpleNamespace(id=PLAN)))
    monkeypatch.setattr(export, "Terminal", lambda: nullcontext(SimpleNamespace(call=None, blobs=None, say=print)))
    monkeypatch.setattr(reopening, "kept_plan", lambda *_, **__: nullcontext(kept))
    monkeypatch.setattr(export, "case_pages_of", lambda *_: CasePages(cases.full_case(), "2026-11-23"))
    monkeypatch.setattr(export, "write_dicom", lambda *_: ())
    monkeypatch.setattr(export, "write_structures", lambda *_: ())
    monkeypatch.setattr(export, "_plain_files", lambda *_: ())
    monkeypatch.setattr(export, "status_of", lambda _: 0)
    made = SimpleNamespace(assessment=None)
    monkeypatch.setattr(headless, "report_plan", lambda *_, also, **__: asked.append(also.case) or made)
    for words in (["--encapsulated-pdf"], ["--encapsulated-pdf", "--case", "FL-7K3Q-2M4"], ["--pdf"]):
        assert main(["export", "plan", "--out", str(tmp_path / "out"), *words]) == 0
    assert [case is not None for case in asked] == [False, True, True]
