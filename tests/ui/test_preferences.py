"""What is chosen is there again after a restart, in a file that another program may have touched."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings

from planner.ui.preferences import KEEP_RECENT, LAYOUT, RECENT_FOLDERS, Preferences


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "window.ini")


def opened(path: str) -> Preferences:
    return Preferences(QSettings(path, QSettings.Format.IniFormat))


@pytest.mark.parametrize("folders", [("/a",), ("/a, b", "/ä\\c"), ()])
def test_choices_survive_a_restart(path, folders):
    first = opened(path)
    first.set_texts(RECENT_FOLDERS, ["/old", "/older"])
    first.set_text(LAYOUT, "four-up")
    first.set_flag(KEEP_RECENT, on=True)
    first.set_texts(RECENT_FOLDERS, folders)
    again = opened(path)
    assert again.texts(RECENT_FOLDERS) == folders
    assert again.text(LAYOUT, "other") == "four-up"
    assert again.flag(KEEP_RECENT)


def test_what_was_never_chosen_is_the_default(path):
    fresh = opened(path)
    assert fresh.text(LAYOUT, "four-up") == "four-up"
    assert not fresh.flag(KEEP_RECENT)
    assert fresh.flag(KEEP_RECENT, default=True)


def test_a_change_is_told_once(path):
    told = []
    preferences = opened(path)
    preferences.changed.connect(told.append)
    preferences.set_text(LAYOUT, "nerve")
    preferences.set_text(LAYOUT, "nerve")
    assert told == [LAYOUT]


def test_a_list_where_a_text_belongs_reads_as_the_default(path):
    settings = QSettings(path, QSettings.Format.IniFormat)
    settings.setValue(LAYOUT, ["a", "b"])
    assert Preferences(settings).text(LAYOUT, "four-up") == "four-up"
