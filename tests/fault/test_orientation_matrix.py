"""Is the same anatomy in any encoding the same patient, with the right letters? All axes and directions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.bench.faults.encoding import COUNTS_XYZ, FIRST_LPS_MM, PATIENT_POSITIONS, STEPS_MM, all_faces, along_axes
from planner.bench.faults.letters import STANDARD_EDGES, stored_edges
from planner.domain.geometry import Grid
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.reslice import reslice

FACES = list(all_faces())
# A picture may blend two slices: what linear interpolation of this anatomy can be off, half a step away.
BLENDED_HU = 150.0


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    """Function that loads an encoding once for all tests of this file."""
    from planner.bench.faults.case import load, write_files
    from planner.bench.faults.series import clean, named_files
    from planner.domain.series import SliceFile

    kept = {}

    def get(face: int, reverse: bool):
        if (face, reverse) not in kept:
            row, column = FACES[face]
            position = PATIENT_POSITIONS[(face + 3 * reverse) % 8]
            encoding = along_axes(row, column, patient_position=position, reverse=reverse)
            paths = write_files(named_files(clean(encoding), order=face), tmp_path_factory.mktemp("encoding"))
            kept[face, reverse] = load([SliceFile(str(path)) for path in paths]), encoding
        return kept[face, reverse]

    return get


ALL = list(itertools.product(range(24), (False, True)))
IDS = [f"{FACES[face][0]}-{FACES[face][1]}-{'down' if reverse else 'up'}" for face, reverse in ALL]


@pytest.mark.parametrize(("face", "reverse"), ALL, ids=IDS)
def test_H_06_landmarks_and_letters_in_every_encoding(face, reverse, volumes, check_landmarks) -> None:
    """24 ways rows and columns can run, slices up and down: 48 encodings, each patient position six times."""
    volume, encoding = volumes(face, reverse)
    check_landmarks(volume, encoding)
    grid = volume.grid
    np.testing.assert_allclose(grid.direction[:, 0], encoding.row, atol=1e-12)
    np.testing.assert_allclose(grid.direction[:, 1], encoding.column, atol=1e-12)
    assert np.linalg.det(grid.matrix[:3, :3]) > 0
    assert grid.shape_kji == encoding.counts_ijk[::-1]
    assert volume.ref.patient_position == encoding.patient_position
    as_stored = SlicePlane.oblique(
        grid.centre_lps_mm, right=grid.direction[:, 0], down=grid.direction[:, 1], mm_per_px=1.0, size_px=(64, 64)
    )
    assert tuple(as_stored.edge_letters()) == tuple(stored_edges(encoding.row, encoding.column))


@pytest.mark.parametrize(("face", "reverse"), ALL[::5], ids=IDS[::5])
@pytest.mark.parametrize("orientation", [Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL])
def test_H_16_standard_views_show_the_same_patient(face, reverse, orientation, volumes) -> None:
    """Whatever the storage: radiological letters, and at every pixel the anatomy that belongs there by hand."""
    volume, encoding = volumes(face, reverse)
    plane = SlicePlane.fit(orientation, volume.grid, size_px=(60, 60))
    assert tuple(plane.edge_letters()) == tuple(STANDARD_EDGES[orientation.value])
    picture = reslice(volume.hu, grid=volume.grid, plane=plane, outside=-5000.0)
    places = _places_by_hand(plane, orientation)
    expected = encoding.anatomy.hu_at(places)
    last = np.asarray(FIRST_LPS_MM) + (np.asarray(COUNTS_XYZ) - 1) * STEPS_MM
    inside = ((places >= FIRST_LPS_MM) & (places <= last)).all(axis=-1)
    assert inside.sum() > 1000
    off = np.abs(picture - expected)[inside]
    assert off.max() <= BLENDED_HU
    assert off.mean() <= BLENDED_HU / 10


def _places_by_hand(plane: SlicePlane, orientation: Orientation) -> np.ndarray:
    """Return where each pixel centre lies, from the convention's words: to the right and downwards in the patient."""
    right, down = {
        Orientation.AXIAL: ((1, 0, 0), (0, 1, 0)),
        Orientation.CORONAL: ((1, 0, 0), (0, 0, -1)),
        Orientation.SAGITTAL: ((0, 1, 0), (0, 0, -1)),
    }[orientation]
    along = (np.arange(60) + 0.5 - 30) * plane.mm_per_px
    return (
        np.asarray(plane.centre_lps_mm)
        + along[None, :, None] * np.array(right, float)
        + along[:, None, None] * np.array(down, float)
    )


def test_H_06_turned_copies_are_told_apart(volumes) -> None:
    """The check itself: a volume mirrored, turned, moved by a voxel or stretched is seen to be wrong."""
    from types import SimpleNamespace

    from planner.bench.faults.anatomy import deviation

    volume, encoding = volumes(0, False)
    moved = volume.grid.matrix.copy()
    moved[0, 3] += 0.02
    stretched = volume.grid.matrix.copy()
    stretched[:3, 2] *= 1.01
    for hu, matrix in (
        (volume.hu[::-1], volume.grid.matrix),
        (volume.hu[:, ::-1], volume.grid.matrix),
        (volume.hu[:, :, ::-1], volume.grid.matrix),
        (volume.hu, moved),
        (volume.hu, stretched),
        (volume.hu + 1, volume.grid.matrix),
    ):
        grid = Grid.from_matrix(volume.grid.shape_kji, matrix)
        off = deviation(SimpleNamespace(grid=grid, hu=hu, padding=None), encoding.anatomy)
        assert off.landmark_mm > 0.01 or off.hu > 0.51
    assert STEPS_MM[0] != STEPS_MM[1] != STEPS_MM[2]


def test_H_04_order_and_names_never_change_the_volume(clean_slices, write, check_landmarks) -> None:
    """Shuffled names and false descriptive tags: bit-identical pixels and grid."""
    first = write(clean_slices(), folder="a").load()
    rng = np.random.default_rng(3)
    for attempt in range(12):
        slices = clean_slices()
        for one in slices:
            one["InstanceNumber"] = int(rng.integers(1, 500))
            one["SpacingBetweenSlices"] = [-2.0, 0.0, 99.0][attempt % 3]
            one["SliceThickness"] = float(rng.choice([0.5, 5.0]))
            one["SliceLocation"] = round(float(rng.uniform(-500, 500)), 3)
        volume = write(slices, folder=f"b{attempt}", seed=attempt).load()
        assert volume.ref.pixel_hash == first.ref.pixel_hash
        assert volume.grid == first.grid
    check_landmarks(first)
