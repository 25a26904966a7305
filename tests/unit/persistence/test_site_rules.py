"""The site's record of rules: appended to, chained, refused when it was altered; and the settings of the site."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from planner.domain.digest import content_hash
from planner.domain.errors import InputRefused, ResourceInvalid
from planner.domain.site import RiskText, SiteSettings
from planner.domain.site_rules import RuleChange
from planner.persistence import resources, site_rules, site_settings
from planner.persistence.abandoned import lock

CHANGE = RuleChange("skin-edge", 12.0, 6.0, "SOP 7 – Ä", "Dr A", "burns", "2026-11-23T05:44:10Z")


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "rules.jsonl"
    monkeypatch.setattr(site_rules, "site_rules_file", lambda: path)
    return path


def add(path, **changes):
    return site_rules.append_change(path, replace(CHANGE, **changes), shipped=resources.shipped_rule_set())


def test_a_change_is_in_force_at_once_and_the_next_line_follows_it(record):
    shipped = resources.rule_set()
    assert shipped == resources.shipped_rule_set()
    add(record)
    assert next(r for r in resources.rule_set().rules if r.id == "skin-edge").pass_limit == 12.0
    first = record.read_bytes()
    add(record, pass_limit=9.0)
    assert record.read_bytes().startswith(first)
    assert [change.pass_limit for change in site_rules.read_changes(record)] == [12.0, 9.0]
    assert next(r for r in resources.rule_set().rules if r.id == "skin-edge").pass_limit == 9.0
    add(record, puts_back=True, pass_limit=None, fail_limit=None, source="")
    assert content_hash(resources.rule_set()) == content_hash(shipped)
    assert len(site_rules.read_changes(record)) == 3


def test_a_whole_number_is_read_back_as_it_was_written(record):
    add(record, pass_limit=12, fail_limit=6)
    assert site_rules.read_changes(record)[0].pass_limit == 12.0


def test_what_cannot_stand_adds_nothing(record):
    add(record)
    before = record.read_bytes()
    for wrong in ({"why": ""}, {"pass_limit": None}, {"pass_limit": 500.0}, {"rule_id": "nobody"}):
        with pytest.raises(InputRefused):
            add(record, **wrong)
    assert record.read_bytes() == before


def altered_records(lines):
    """Every way to lay hands on three lines: a letter, a line gone, two exchanged, one twice, half a line, a space."""
    for at, line in enumerate(lines):
        yield [
            *lines[:at],
            line.replace(b"12.0", b"13.0").replace(b"9.0", b"8.0").replace(b"7.0", b"6.5"),
            *lines[at + 1 :],
        ]
        if at < 2:  # the last line of a record can go unseen, as in any chain
            yield [*lines[:at], *lines[at + 1 :]]
        yield [*lines[: at + 1], line, *lines[at + 1 :]]
        yield [*lines[:at], line[: len(line) // 2] + b"\n", *lines[at + 1 :]]
        yield [*lines[:at], line.replace(b":", b": ", 1), *lines[at + 1 :]]
        yield [*lines[:at], b"\xff\xfe\n", *lines[at + 1 :]]
    yield [lines[1], lines[0], lines[2]]
    yield [*lines, b"{}\n"]
    yield [b"".join(lines).rstrip(b"\n")]


def test_a_record_that_was_altered_is_refused_in_words_before_anything_is_judged(record):
    for limit in (12.0, 9.0, 7.0):
        add(record, pass_limit=limit, fail_limit=limit - 1)
    lines = record.read_bytes().splitlines(keepends=True)
    told = unseen = 0
    for content in altered_records(lines):
        record.write_bytes(b"".join(content))
        try:
            resources.rule_set()
        except ResourceInvalid as error:
            told += str(record) in str(error) and "move it away" in error.sentence
        else:
            unseen += 1
            assert content[:-1] == lines[:2], "only what the last line says can be typed over without a trace"
    assert (told, unseen) == (19, 1)


def test_a_change_that_a_version_no_longer_allows_is_told(record):
    add(record)
    line = json.loads(record.read_text())
    line["change"]["rule_id"] = "of-another-version"
    record.write_text(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n")
    with pytest.raises(ResourceInvalid, match="does not fit this version: There is no rule"):
        resources.rule_set()


def test_two_windows_do_not_write_at_once(record):
    add(record)
    with record.open("rb+") as held:
        assert lock(held.fileno())
        with pytest.raises(InputRefused, match="Another window"):
            add(record)
    add(record)


def test_a_folder_that_takes_nothing_is_said(tmp_path):
    (tmp_path / "settings").write_text("a file")
    with pytest.raises(InputRefused, match="nothing is changed"):
        add(tmp_path / "settings" / "rules.jsonl")


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "site.json"
    monkeypatch.setattr(site_settings, "site_settings_file", lambda: path)
    return path


def test_settings_of_the_site_are_kept_whole_and_refused_when_damaged(settings_file):
    assert site_settings.site_settings() == SiteSettings()
    made = SiteSettings("Klinik Ä", (RiskText("stellate", "Eigene\nWorte"),), "de", "letter")
    site_settings.keep_site_settings(made)
    assert site_settings.site_settings() == made
    assert made.risk_text("stellate") == "Eigene\nWorte"
    assert made.risk_text("other") == ""
    for damage in (b"", b"{", b'{"name":1}', b'{"language":"xx"}', b"\xff"):
        settings_file.write_bytes(damage)
        with pytest.raises(ResourceInvalid, match="move it away"):
            site_settings.site_settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"paper": "a3"},
        {"name": "x" * 121},
        {"name": "a\nb"},
        {"risk_texts": (RiskText("a", ""), RiskText("a", ""))},
        {"risk_texts": (RiskText("a", "x" * 4001),)},
    ],
)
def test_settings_that_cannot_be_printed_are_refused(wrong):
    with pytest.raises(InputRefused):
        SiteSettings(**wrong)


def test_settings_that_the_disk_does_not_take_leave_nothing_half_written(settings_file, monkeypatch):
    site_settings.keep_site_settings(SiteSettings(name="North"))

    def full(_complete, target):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(site_settings, "put_in_place", full)
    with pytest.raises(InputRefused, match="nothing is changed"):
        site_settings.keep_site_settings(SiteSettings(name="South"))
    assert [path.name for path in settings_file.parent.iterdir()] == [settings_file.name]
    assert site_settings.site_settings().name == "North"
