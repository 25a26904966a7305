"""Does the fingerprint tell two builds apart, and nothing else? By sha256 over bytes put together by hand."""

from __future__ import annotations

import hashlib

from planner import __version__
from planner.persistence.build_id import build_id, fingerprint, version_words


def a_program(folder, **changes):
    files = {"a.py": b"x = 1\n", "sub/t.json": b"{}", "sub/p.typ": b"#p", "font.ttf": b"\x00", "sub/x.pyc": b"1"}
    for name, data in (files | changes).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {"code": folder}


def test_the_fingerprint_is_the_sha256_of_names_lengths_and_bytes_in_order(tmp_path):
    by_hand = b"code/a.py\x006\x00x = 1\n" + b"code/sub/p.typ\x002\x00#p" + b"code/sub/t.json\x002\x00{}"
    assert fingerprint(a_program(tmp_path)) == hashlib.sha256(by_hand).hexdigest()


def test_a_changed_line_changes_it_and_a_font_or_a_line_end_does_not(tmp_path):
    plain = fingerprint(a_program(tmp_path / "plain"))
    assert fingerprint(a_program(tmp_path / "font", **{"font.ttf": b"\x01", "sub/x.pyc": b"2"})) == plain
    assert fingerprint(a_program(tmp_path / "ends", **{"a.py": b"x = 1\r\n"})) == plain
    assert fingerprint(a_program(tmp_path / "other", **{"a.py": b"x = 2\n"})) != plain
    assert fingerprint(a_program(tmp_path / "more", **{"b.py": b""})) != plain


def test_paper_carries_version_and_build():
    assert version_words() == f"{__version__}, build {build_id()}"
    assert len(build_id()) == 8
    assert int(build_id(), 16) >= 0
