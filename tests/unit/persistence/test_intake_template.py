"""The intake is read strictly; a site's own questions stand in place of the shipped ones, whole or not at all."""

from __future__ import annotations

import json
import stat

import pytest

from planner.domain.errors import InputRefused, PlannerError, ResourceInvalid
from planner.domain.intake import IntakeItem, IntakeSection, IntakeTemplate, ItemKind
from planner.persistence import intake_template as site


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "intake.json"
    monkeypatch.setattr(site, "site_intake_file", lambda: path)
    return path


def block():
    return IntakeItem("block", "Was a block done?", ItemKind.BLOCK)


def own(*items):
    return IntakeTemplate("Ours", (IntakeSection("First", (*items, block())),))


def plain():
    return {
        "schema": 1,
        "about": "ours",
        "name": "Ours",
        "sections": [
            {"title": "A", "items": [{"id": "block", "question": "Block?", "kind": "block", "status": "site"}]},
        ],
    }


def test_without_a_file_the_shipped_questions_are_asked():
    assert site.intake_template() == site.shipped_intake_template()
    assert site.template_or_shipped()[1] == ""


def test_a_sites_own_questions_hold_at_once_and_are_private_to_the_user(file):
    site.keep_site_intake(own(IntakeItem("falls", "Did the patient fall?", only_for=("femoral",), is_alert=True)))
    kept = json.loads(file.read_text(encoding="utf-8"))
    (first, second) = kept["sections"][0]["items"]
    assert first == {
        "id": "falls",
        "question": "Did the patient fall?",
        "kind": "check",
        "only_for": ["femoral"],
        "is_alert": True,
        "status": "site",
    }
    assert second["kind"] == "block"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [item.id for item in site.intake_template().items] == ["falls", "block"]
    assert site.intake_template().items[0].origin == "site"
    site.forget_site_intake()
    assert site.intake_template() == site.shipped_intake_template()


def test_the_shipped_questions_survive_being_kept_as_the_sites_own():
    shipped = site.shipped_intake_template()
    site.keep_site_intake(shipped)
    assert site.intake_template() == shipped


BROKEN = [
    ("{", "not JSON"),
    ({"schema": 2}, "must be 1"),
    ({"extra": 1}, "unknown"),
    ({"name": ""}, "name"),
    ({"name": "n" * 200}, "120"),
    ({"sections": []}, "block"),
    ({"sections": [{"title": "A", "items": [{"id": "x", "question": "X?", "status": "site"}]}]}, "block"),
    ({"sections": [{"title": "A"}]}, "items"),
]
BROKEN_ITEMS = [
    ({"question": ""}, "question"),
    ({"question": "q" * 161}, "160"),
    ({"hint": "h" * 241}, "240"),
    ({"kind": "poll"}, "poll"),
    ({"only_for": ["elbow"]}, "elbow"),
    ({"only_for": "femoral"}, "only_for"),
    ({"status": "sure"}, "sure"),
    ({"status": "found"}, "source"),
    ({"source": "NOWHERE"}, "NOWHERE"),
    ({"dose_mg": 5}, "dose_mg"),
    ({"id": "block"}, "block"),
    ({"kind": "block"}, "once"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_a_file_that_cannot_be_asked_is_refused_in_words_and_not_left_out_silently(file, change, said):
    file.parent.mkdir(parents=True)
    file.write_text(change if isinstance(change, str) else json.dumps(plain() | change), encoding="utf-8")
    with pytest.raises(ResourceInvalid, match="Correct the file") as refused:
        site.intake_template()
    assert said in str(refused.value)
    template, sentence = site.template_or_shipped()
    assert template == site.shipped_intake_template()
    assert said in sentence
    assert "shipped questions are asked" in sentence


@pytest.mark.parametrize(("change", "said"), BROKEN_ITEMS)
def test_a_broken_question_is_named(file, change, said):
    data = plain()
    data["sections"][0]["items"].append({"id": "x", "question": "X?", "status": "site"} | change)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResourceInvalid) as refused:
        site.intake_template()
    assert said in str(refused.value)


def test_two_hundred_questions_are_the_most(file):
    items = [IntakeItem(f"q{number}", "Q?") for number in range(200)]
    with pytest.raises(ResourceInvalid, match="at most 200"):
        site.keep_site_intake(own(*items))
    assert not file.exists()
    assert not list(file.parent.glob("*.part"))


def test_what_cannot_be_asked_leaves_the_questions_kept_before(file):
    site.keep_site_intake(own(IntakeItem("falls", "Falls?")))
    before = file.read_bytes()
    with pytest.raises(PlannerError):
        site.keep_site_intake(IntakeTemplate("No block", (IntakeSection("A", (IntakeItem("x", "X?"),)),)))
    assert file.read_bytes() == before
    assert not list(file.parent.glob("*.part"))


def test_a_disk_that_takes_nothing_is_told_and_the_old_questions_stay(file, monkeypatch):
    site.keep_site_intake(own(IntakeItem("falls", "Falls?")))
    before = file.read_bytes()

    def full(_part, _path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site, "put_in_place", full)
    with pytest.raises(InputRefused, match="No space left"):
        site.keep_site_intake(own())
    assert file.read_bytes() == before
    assert not list(file.parent.glob("*.part"))
