"""Are the ids of a registry the site's own, always the same, and kept apart? Against Python's own HMAC and files."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import threading
from uuid import UUID

import pytest

from planner.casebook.registry.salt_file import new_site_ids, site_ids
from planner.casebook.registry.salted_ids import SaltedIds
from planner.domain.errors import CaseFileError, CaseInvalid

SALT = bytes(range(32))


def by_hand(salt, *words):
    """HMAC-SHA256 over the words, the first 16 bytes written as a UUID of version 8 by text alone."""
    text = "frostline registry\0" + "\0".join(words)
    digits = list(hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()[:32])
    digits[12] = "8"
    digits[16] = "89ab"[int(digits[16], 16) % 4]
    whole = "".join(digits)
    return "-".join((whole[:8], whole[8:12], whole[12:16], whole[16:20], whole[20:]))


@pytest.mark.parametrize("case_id", ["0" * 32, "f" * 32, "8c1d", "ä"])
def test_an_id_is_the_hmac_of_its_kind_and_id(case_id):
    found = SaltedIds(SALT).of("case", case_id)
    assert found == by_hand(SALT, "case", case_id)
    assert UUID(found).version == 8
    assert UUID(found).variant == "specified in RFC 4122"


def test_H_43_an_id_says_nothing_without_the_salt():
    ids = [SaltedIds(bytes([number]) * 32).of("case", "0" * 32) for number in range(50)]
    assert len(set(ids)) == 50
    assert not [one for one in ids if "0" * 8 in one]
    assert "0101" not in repr(SaltedIds(b"\1" * 32))
    assert "hidden" in repr(SaltedIds(SALT))


def test_kinds_and_parts_do_not_run_into_one_another():
    ids = SaltedIds(SALT)
    assert len({ids.of("case", "ab"), ids.of("procedure", "ab"), ids.of("case", "a", "b"), ids.of("casea", "b")}) == 4


def test_a_salt_of_another_length_is_refused():
    with pytest.raises(CaseInvalid, match="32 bytes, not 5"):
        SaltedIds(b"short")


def test_the_site_keeps_its_salt(tmp_path):
    path = tmp_path / "registry" / "salt"
    first = site_ids(path, fresh=SALT)
    again = site_ids(path, fresh=b"x" * 32)
    assert first.of("case", "1") == again.of("case", "1") == by_hand(SALT, "case", "1")
    assert path.read_text(encoding="ascii") == SALT.hex() + "\n"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["salt"]


def test_new_ids_are_the_sites_once_they_were_used(tmp_path):
    path = tmp_path / "salt"
    old = site_ids(path, fresh=SALT)
    with new_site_ids(path, fresh=b"n" * 32) as fresh:
        assert fresh.of("case", "1") != old.of("case", "1")
        assert path.read_text(encoding="ascii").strip() == SALT.hex()
    assert site_ids(path, fresh=SALT).of("case", "1") == by_hand(b"n" * 32, "case", "1")


def test_new_ids_that_were_not_used_leave_the_old_ones(tmp_path):
    path = tmp_path / "salt"
    site_ids(path, fresh=SALT)

    def fail():
        with new_site_ids(path, fresh=b"n" * 32):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text(encoding="ascii").strip() == SALT.hex()
    assert [one.name for one in tmp_path.iterdir()] == ["salt"]


@pytest.mark.parametrize("content", [b"", b"abc", b"zz" * 32, SALT.hex().encode()[:-2], b"\xff" * 64])
def test_a_damaged_salt_is_refused_in_words_and_not_replaced(tmp_path, content):
    path = tmp_path / "salt"
    path.write_bytes(content)
    with pytest.raises(CaseFileError, match="damaged") as refusal:
        site_ids(path, fresh=SALT)
    assert refusal.value.code == "registry-salt"
    assert path.read_bytes() == content


def test_where_nothing_can_be_written_the_refusal_names_the_place(tmp_path):
    path = tmp_path / "file" / "salt"
    path.parent.write_text("no folder", encoding="ascii")
    with pytest.raises(CaseFileError, match="cannot be written") as refusal:
        site_ids(path, fresh=SALT)
    assert str(path) in str(refusal.value)


def test_of_many_windows_that_make_the_first_salt_at_once_one_wins(tmp_path):
    path, found = tmp_path / "salt", []
    start = threading.Barrier(8)

    def make(number):
        start.wait()
        found.append(site_ids(path, fresh=bytes([number]) * 32).of("case", "1"))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert re.fullmatch(r"([0-7]{2})\1{31}\n", path.read_text(encoding="ascii"))
