"""Does a temperature history come back as it was, to half a hundredth of a degree, however it is asked?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from planner.domain.errors import SimulationRefused
from planner.domain.temperature import HistoryBuilder, TemperatureHistory

HALF_STEP_C = 0.005 + 2e-5  # and float32's own rounding near 300 °C
SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
FRAMES = SHAPES.flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=st.floats(-300, 300, width=32), fill=st.just(37.0))
)


def freezing_ball(count=20, size=30):
    """A ball of cold that grows and then warms, in the middle of tissue that rests; shape (count, size, size, size)."""
    axis = np.arange(size) - (size - 1) / 2
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2)
    reach = 8 * np.sin(np.linspace(0, 2.5, count))
    return np.stack([np.minimum(37.0, -120 + 157 * radius / max(r, 1e-9)) for r in reach]).astype(np.float32)


@given(FRAMES)
@settings(deadline=None, max_examples=60)
def test_every_frame_comes_back_to_half_a_hundredth(frames):
    history = TemperatureHistory.of(np.arange(len(frames)) * 15.0, frames)
    assert len(history) == len(frames)
    assert history.shape_kji == frames.shape[1:]
    in_order = np.stack(list(history.frames_c()))
    assert np.abs(in_order - frames.astype(np.float64)).max() <= HALF_STEP_C
    for number, expected in enumerate(in_order):
        assert np.array_equal(history.frame_c(number), expected)
    assert np.array_equal(history.start_c, in_order[0])


@given(FRAMES, st.floats(-10, 400))
@settings(deadline=None, max_examples=60)
def test_between_stored_times_it_is_linear(frames, time_s):
    times = np.cumsum(1.0 + np.arange(len(frames)))
    history = TemperatureHistory.of(times, frames)
    stored = np.stack(list(history.frames_c())).astype(np.float64)
    flat = stored.reshape(len(frames), -1)
    expected = np.array([np.interp(time_s, times, column) for column in flat.T]).reshape(frames.shape[1:])
    assert np.abs(history.at_time_c(time_s) - expected).max() < 1e-4


def test_a_fortran_ordered_or_strided_frame_is_kept_as_it_stands():
    frames = freezing_ball(3)[:, ::2, :20, 3:25]
    history = TemperatureHistory.of((0.0, 1.0, 2.0), [np.asfortranarray(frame) for frame in frames])
    assert np.abs(history.frame_c(2) - frames[2]).max() <= HALF_STEP_C


def test_resting_tissue_costs_nothing():
    frames = freezing_ball(41)
    history = TemperatureHistory.of(np.arange(41.0), frames)
    assert history.nbytes < frames.nbytes / 2 / 8
    still = TemperatureHistory.of(np.arange(3.0), np.full((3, 4, 5, 6), 37.0))
    assert still.packed.size == 0
    assert (still.frame_c(2) == 37.0).all()


def test_a_frame_handed_over_may_be_used_again():
    frame, builder = np.full((4, 4, 4), 37.0, np.float32), HistoryBuilder()
    for number in range(12):
        frame[1:3, 1:3, 1:3] = 37.0 - number
        builder.add(frame, time_s=float(number))
    history = builder.finish()
    assert [float(f.min()) for f in history.frames_c()] == pytest.approx([37.0 - n for n in range(12)])


def test_same_frames_same_bytes():
    first, second = (TemperatureHistory.of(np.arange(20.0), freezing_ball()) for _ in range(2))
    assert first.packed.tobytes() == second.packed.tobytes()
    assert first.index.tobytes() == second.index.tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 300.1, -300.1, 1e30])
def test_H_23_what_is_no_tissue_temperature_is_refused(value):
    frame = np.full((2, 2, 2), 37.0, np.float32)
    frame[1, 0, 1] = value
    with pytest.raises(SimulationRefused, match=r"At 60 s .* only ± 300 °C"):
        HistoryBuilder().add(frame, time_s=60.0)


def test_frames_that_do_not_belong_together_are_refused():
    builder = HistoryBuilder()
    with pytest.raises(SimulationRefused, match="without a single frame"):
        builder.finish()
    builder.add(np.zeros((2, 2, 2)), time_s=30.0)
    with pytest.raises(SimulationRefused, match=r"\(2, 2, 3\), the ones before are \(2, 2, 2\)"):
        builder.add(np.zeros((2, 2, 3)), time_s=45.0)
    with pytest.raises(SimulationRefused, match="30 s is followed by 30 s"):
        TemperatureHistory.of((30.0, 30.0), np.zeros((2, 2, 2, 2)))
    with pytest.raises(SimulationRefused, match="its times are"):
        TemperatureHistory.of((np.nan,), np.zeros((1, 2, 2, 2)))


def test_a_frame_that_does_not_exist_is_refused():
    history = TemperatureHistory.of((0.0, 1.0), np.zeros((2, 2, 2, 2)))
    for number in (-1, 2):
        with pytest.raises(SimulationRefused, match=f"Frame {number} was asked for, but the prediction has 2"):
            history.frame_c(number)


def test_a_damaged_history_is_refused_in_words():
    history = TemperatureHistory.of(np.arange(20.0), freezing_ball())
    scrambled = history.packed.copy()
    scrambled[::3] ^= 255
    with pytest.raises(SimulationRefused, match="cannot be read"):
        replace(history, packed=scrambled).frame_c(3)
    with pytest.raises(SimulationRefused, match="its index ends at byte"):
        replace(history, packed=history.packed[:-1])
    outside = history.index.copy()
    outside[4, 5] = 31
    with pytest.raises(SimulationRefused, match="a change lies outside"):
        replace(history, index=outside)
    with pytest.raises(SimulationRefused, match=r"its index is \(18, 8\) for 20 times"):
        replace(history, index=history.index[:-1])
    with pytest.raises(SimulationRefused, match="its first frame is float32"):
        replace(history, start_counts=history.start_c)
