"""Paper and language of a report: as asked for, else as the site has set, else A4 in English."""

from __future__ import annotations

import argparse

import pytest

from planner.cli.finer import add_cell_arguments, page_of
from planner.domain.errors import ResourceInvalid
from planner.domain.site import SiteSettings
from planner.persistence import site_settings


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    path = tmp_path / "site.json"
    monkeypatch.setattr(site_settings, "site_settings_file", lambda: path)
    return path


def page(*words):
    parser = argparse.ArgumentParser()
    add_cell_arguments(parser)
    made = page_of(parser.parse_args(words))
    return made.paper, made.language


def test_what_is_asked_for_comes_before_what_is_set(settings_file):
    assert page() == ("a4", "en")
    site_settings.keep_site_settings(SiteSettings(language="de", paper="letter"))
    assert page() == ("letter", "de")
    assert page("--lang", "en", "--paper", "a4") == ("a4", "en")
    assert settings_file.exists()


def test_damaged_settings_are_told_before_anything_is_computed(settings_file):
    settings_file.write_text("{")
    with pytest.raises(ResourceInvalid, match="move it away"):
        page()


def test_another_language_is_no_option(capsys):
    with pytest.raises(SystemExit):
        page("--lang", "xx")
    assert "de" in capsys.readouterr().err
