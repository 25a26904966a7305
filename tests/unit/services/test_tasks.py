"""Requests survive the way to a child and back; every edit of a mask comes out as itself."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest

from planner.domain.digest import to_plain
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import BlobRef, Sha256
from planner.domain.mask_edit import (
    Boolean,
    BooleanKind,
    Combine,
    Connected,
    Cut,
    EditLimit,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    MaskEdit,
    Smooth,
    Threshold,
    Tube,
)
from planner.domain.volume import VolumeRef
from planner.persistence import codec
from planner.services import tasks
from planner.services.shared import SharedVolume

BLOB = BlobRef(Sha256("0" * 64), (2, 3, 4), "bool")
EDITS = (
    Threshold((-100.0, 50.0), Combine.ADD),
    Connected((1.0, 2.0, 3.0), (10.0, 20.0), 30.0),
    Grow(5.0, (BLOB,)),
    FillBetween(2),
    Tube(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 2.0, Combine.REMOVE),
    Smooth(1.5),
    Margin(-2.0),
    Islands(None),
    Islands(1.0),
    FillHoles(in_slices=True),
    Boolean(BooleanKind.SUBTRACT, BLOB, "Liver"),
    Cut(tuple(float(n) for n in range(16)), ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), keep_inside=True),
)


def shared_volume() -> SharedVolume:
    grid = Grid.from_axes((2, 3, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    ref = VolumeRef(Sha256("1" * 64), grid, PatientPosition.HFS, "1.2", "1.3", "1.4")
    return SharedVolume(ref, BlobRef(Sha256("2" * 64), (2, 3, 4), "int16"))


def test_every_kind_of_edit_is_tried() -> None:
    assert {type(edit) for edit in EDITS} == set(get_args(MaskEdit))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.words)
def test_an_edit_reaches_the_child_as_itself(edit: MaskEdit) -> None:
    request = tasks.EditMask(shared_volume(), BLOB, edit, EditLimit(BLOB, -50.0, None))

    again = codec.from_plain(to_plain(request), tasks.EditMask, where="test")

    assert again == request
    assert type(again.edit) is type(edit)


def test_no_two_edits_share_their_field_names() -> None:
    names = [frozenset(inspect.signature(kind).parameters) for kind in get_args(MaskEdit)]
    contained = [(a, b) for a in names for b in names if a is not b and a <= b]
    assert not contained


def test_every_request_has_a_reply() -> None:
    assert set(tasks.REPLIES) == set(tasks.REQUESTS)
