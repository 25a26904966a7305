"""Is the same anatomy in any encoding the same patient? All axis permutations, directions and patient positions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.domain.geometry import PatientPosition

UNITS = [tuple(int(v) for v in sign * row) for row in np.eye(3, dtype=int) for sign in (1, -1)]
FACES = [(i, j) for i, j in itertools.product(UNITS, UNITS) if np.dot(i, j) == 0]


@pytest.mark.parametrize("reverse_numbers", [False, True])
@pytest.mark.parametrize("face", FACES, ids=str)
def test_H_06_landmarks_stay_in_every_encoding(face, reverse_numbers, clean_slices, write, encoding, check_landmarks):
    """24 ways rows and columns can run, each with instance numbers up and down: 48 encodings, 8 patient positions."""
    position = list(PatientPosition)[FACES.index(face) % 8]
    slices = clean_slices(encoding(face[0], face[1], position.value, k_reversed=reverse_numbers))
    volume, _ = write(slices, seed=FACES.index(face)).load()
    check_landmarks(volume)
    np.testing.assert_allclose(volume.grid.direction[:, 0], face[0], atol=1e-12)
    np.testing.assert_allclose(volume.grid.direction[:, 1], face[1], atol=1e-12)
    assert np.linalg.det(volume.grid.matrix[:3, :3]) > 0
    assert volume.ref.patient_position is position


@pytest.mark.parametrize("position", list(PatientPosition))
def test_H_06_patient_position_never_moves_the_image(position, clean_slices, write, encoding, check_landmarks) -> None:
    volume, _ = write(clean_slices(encoding(patient_position=position.value))).load()
    check_landmarks(volume)


def test_H_06_oblique_stack(clean_slices, write, check_landmarks) -> None:
    """The whole anatomy turned by 30° about the head axis and 20° about the left axis: landmarks turn with it."""
    a, b = np.radians(30), np.radians(20)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    slices = clean_slices()
    for ds in slices:
        ds.ImagePositionPatient = [f"{v:.8f}" for v in turn @ np.array(ds.ImagePositionPatient, float)]
        ds.ImageOrientationPatient = [f"{v:.9f}" for v in np.concatenate([turn[:, 0], turn[:, 1]])]
    volume, _ = write(slices).load()
    back = np.eye(4)
    back[:3, :3] = turn.T
    turned_back = type(volume.grid).from_matrix(volume.grid.shape_kji, np.round(back @ volume.grid.matrix, 6))
    check_landmarks(type("Turned", (), {"grid": turned_back, "hu": volume.hu}))


def test_H_04_order_and_names_never_change_the_volume(clean_slices, write, check_landmarks) -> None:
    """Shuffled names and false descriptive tags: bit-identical pixels and grid."""
    slices = clean_slices()
    first, _ = write(slices, folder="a").load()
    rng = np.random.default_rng(3)
    for attempt in range(20):
        for ds in slices:
            ds.InstanceNumber = int(rng.integers(1, 500))
            ds.SpacingBetweenSlices = [-2.0, 0.0, 99.0][attempt % 3]
            ds.SliceThickness = float(rng.choice([0.5, 5.0]))
            ds.SliceLocation = float(rng.uniform(-500, 500))
        volume, _ = write(slices, folder=f"b{attempt}", seed=attempt).load()
        assert volume.ref.pixel_hash == first.ref.pixel_hash
        assert volume.grid == first.grid
    check_landmarks(first)
