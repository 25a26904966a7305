"""Which volumes does a series hold? Set apart by orientation, size and what headers say; never merged (H-02, H-11).

A series often holds more than one volume: phases at the same places, two kernels, axial and coronal reformats, a scout.
They are set apart only where one attribute, or a few together, separates them completely into volumes whose places do
not repeat. What cannot be told apart stays together, and the gate refuses it and says how many there are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.imaging.gate_geometry import FEWEST_SLICES, SAME_PLACE_MM, TOLERANCE_MM
from planner.imaging.gate_kind import is_capture, is_localizer
from planner.imaging.marks import MARKS, Mark, alternating_marks
from planner.imaging.orientation import plane_word
from planner.imaging.stack import fit_stack, unit_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from planner.imaging.headers import SliceHeader

    _Numbers = tuple[float, ...]

# More stacks than this in one series are a rotating view, not a set of reformats.
_MOST_STACKS = 8
# Directions or pixel sizes farther apart than this are other reformats; nearer ones are a damaged header.
_OTHER_DIRECTION_DEG, _OTHER_SIZE = 2.0, 0.01
# A scout without the word in its header stands across the scan.
_ACROSS_DEG = 20.0
_MOST_MARKS_TOGETHER = 3
# Beyond a kilometre nothing is a place; comparing such numbers could only overflow.
_LARGEST = 1e6


class Part(NamedTuple):
    """One volume's headers, in no order, and what sets it apart within its series; empty words for a whole series."""

    headers: tuple[SliceHeader, ...]
    words: str


def split(headers: Iterable[SliceHeader]) -> tuple[Part, ...]:
    """Return the volumes of all series among these headers, series by series as they first occur.

    Nothing is left out: what is in no volume comes as a part of its own, or stays in its series for the gate to refuse.
    Within one series no two parts have the same words.
    """
    series: dict[Hashable, list[SliceHeader]] = defaultdict(list)
    for header in headers:
        series[_series_key(header)].append(header)
    return tuple(part for group in series.values() for part in _parts(group))


def _series_key(header: SliceHeader) -> Hashable:
    if header.series_instance_uid:
        return header.series_instance_uid
    # Files without a series identifier are told apart by what else they say; the gate then asks (ACK).
    return (
        header.patient.patient_id,
        header.study_instance_uid,
        header.frame_of_reference_uid,
        header.series_number,
        header.series_description,
        header.path.parent,
    )


def _parts(series: list[SliceHeader]) -> list[Part]:
    """Set apart what is no slice of the scan, then directions and sizes, then volumes at the same places."""
    kinds: dict[tuple[str, str], list[SliceHeader]] = defaultdict(list)
    for header in series:
        kinds[header.modality, _odd_words(header)].append(header)
    main = max(kinds, key=lambda kind: (not kind[1], len(kinds[kind])))
    parts = []
    for (modality, odd), slices in sorted(kinds.items()):
        named = "" if modality == main[0] else modality or "no modality"
        if odd:
            parts.append(Part(tuple(slices), _joined(named, odd)))
            continue
        for stack, direction in _stacks(slices):
            parts += [Part(tuple(volume), _joined(named, direction, words)) for volume, words in _volumes(stack)]
    return parts if len(parts) > 1 else [Part(parts[0].headers, "")]


def _joined(*words: str) -> str:
    return " · ".join(text for text in words if text)


def _odd_words(header: SliceHeader) -> str:
    if is_localizer(header):
        return "localizer"
    return "picture" if is_capture(header) else ""


def _stacks(slices: list[SliceHeader]) -> list[tuple[list[SliceHeader], str]]:
    """Set apart stacks of another direction or size; a group that is not made of stacks stays whole."""
    if not all(_has_geometry(header) for header in slices) or _is_one_line(slices):
        return [(slices, "")]
    directions = _kinds_of([header.orientation for header in slices], near=_is_same_direction)
    sizes = _kinds_of([header.spacing_ji_mm for header in slices], near=_is_same_size)
    groups: dict[tuple[Hashable, ...], list[SliceHeader]] = defaultdict(list)
    for header, direction, size in zip(slices, directions, sizes, strict=True):
        groups[direction, size, header.rows, header.columns].append(header)
    if len(groups) > _MOST_STACKS:
        return [(slices, "")]
    if len(groups) == 1:
        return [(slices, "")]
    largest = max(groups.values(), key=len)
    if not all(len(group) >= FEWEST_SLICES or _is_across(group[0], largest[0]) for group in groups.values()):
        return [(slices, "")]
    return _named(list(groups.values()))


def _has_geometry(header: SliceHeader) -> bool:
    """Whether position, directions and pixel size are numbers that can be compared."""
    groups = ((header.position_lps_mm, 3), (header.orientation, 6), (header.spacing_ji_mm, 2))
    if any(len(numbers) != count or not all(abs(n) <= _LARGEST for n in numbers) for numbers, count in groups):
        return False
    row, column = header.orientation[:3], header.orientation[3:]
    lengths = math.hypot(*row), math.hypot(*column)
    return 0.5 < min(lengths) <= max(lengths) < 2.0 and abs(sum(r * c for r, c in zip(row, column, strict=True))) < 0.2


def _is_one_line(slices: Sequence[SliceHeader]) -> bool:
    """Whether all slices lie on one evenly spaced line: then what differs among them is damage, not another stack."""
    places = np.array([header.position_lps_mm for header in slices])
    away = places - places.mean(axis=0)
    _, _, axes = np.linalg.svd(away, full_matrices=False)
    places = places[np.argsort(away @ axes[0])]
    steps = np.diff(places, axis=0)
    even = np.linspace(places[0], places[-1], len(places))
    is_moving = len(places) > 1 and float(np.linalg.norm(steps, axis=1).min()) > SAME_PLACE_MM
    return is_moving and float(np.linalg.norm(places - even, axis=1).max()) <= TOLERANCE_MM


def _kinds_of(values: Sequence[_Numbers], *, near: Callable[[_Numbers, _Numbers], bool]) -> list[int]:
    """Return for each value the number of the first one met that it is near to; its own where there are too many."""
    seen: list[_Numbers] = []
    known: dict[_Numbers, int] = {}
    for value in values:
        if value not in known:
            known[value] = next((n for n, other in enumerate(seen) if near(value, other)), len(seen))
            if known[value] == len(seen):
                seen.append(value)
        if len(seen) > _MOST_STACKS:
            return list(range(len(values)))
    return [known[value] for value in values]


def _is_same_direction(one: _Numbers, other: _Numbers) -> bool:
    return _angle_deg(one, other) <= _OTHER_DIRECTION_DEG


def _is_same_size(one: _Numbers, other: _Numbers) -> bool:
    return all(abs(a - b) <= _OTHER_SIZE * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))


def _angle_deg(one: _Numbers, other: _Numbers) -> float:
    """Return the larger of the angles between two orientations' row and column directions."""
    cosines = []
    for part in (slice(0, 3), slice(3, 6)):
        a, b = np.array(one[part]), np.array(other[part])
        cosines.append(float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b)))
    return float(np.degrees(np.arccos(np.clip(min(cosines), -1.0, 1.0))))


def _is_across(header: SliceHeader, other: SliceHeader) -> bool:
    return _angle_deg(header.orientation, other.orientation) > _ACROSS_DEG


def _named(groups: list[list[SliceHeader]]) -> list[tuple[list[SliceHeader], str]]:
    """Name each group by its plane and, where planes repeat, by what else differs."""
    planes = [plane_word(unit_axes(group[0].orientation)[:, 2]) for group in groups]
    sizes = [f"{group[0].columns} × {group[0].rows}" for group in groups]
    pixels = [f"{group[0].spacing_ji_mm[1]:g} × {group[0].spacing_ji_mm[0]:g} mm" for group in groups]
    for texts in (planes, list(map(" ".join, zip(planes, sizes, strict=True)))):
        if len(set(texts)) == len(groups):
            return list(zip(groups, texts, strict=True))
    texts = list(map(" ".join, zip(planes, sizes, pixels, strict=True)))
    counted = [
        f"{text} ({texts[: n + 1].count(text)})" if texts.count(text) > 1 else text for n, text in enumerate(texts)
    ]
    return list(zip(groups, counted, strict=True))


def _volumes(stack: list[SliceHeader]) -> list[tuple[list[SliceHeader], str]]:
    """Set apart the volumes of a stack that holds several; one that is a single volume stays whole."""
    whole = [(stack, "")]
    if len(stack) < 2 * FEWEST_SLICES or not all(_has_geometry(header) for header in stack):
        return whole
    places = _places(stack)
    most = int(np.bincount(places).max())
    if most == 1:
        return _alternating(stack) or whole
    chosen = _agreed([*_cuts_by_marks(stack, places), *_cuts_by_numbers(stack, places)])
    if chosen is None:
        return whole
    return _grouped(stack, chosen.marks) if chosen.marks else _runs(stack, chosen.labels)


class _Cut(NamedTuple):
    """One way to separate a stack completely: each slice's part, as a number; and by which attributes, if by any."""

    labels: NDArray[np.int64]
    marks: tuple[Mark, ...]


def _agreed(cuts: Sequence[_Cut]) -> _Cut | None:
    """Return the cut with fewest parts, if all others only cut its parts further.

    Cuts that cross one another would each mix what the other keeps apart; then nothing tells which one is right.
    """
    if not cuts:
        return None
    chosen = min(cuts, key=lambda cut: int(cut.labels.max()))
    size = int(chosen.labels.max()) + 1
    is_finer = (len(np.unique(cut.labels * size + chosen.labels)) == len(np.unique(cut.labels)) for cut in cuts)
    return chosen if all(is_finer) else None


def _places(stack: Sequence[SliceHeader]) -> NDArray[np.int64]:
    """Return where along the stack each slice lies, as numbered places; slices within 0.01 mm share one."""
    normal = unit_axes(np.median([header.orientation for header in stack], axis=0))[:, 2]
    along = np.array([header.position_lps_mm for header in stack]) @ normal
    order = np.argsort(along, kind="stable")
    places = np.empty(len(stack), dtype=np.int64)
    places[order] = np.concatenate([[0], np.cumsum(np.diff(along[order]) >= SAME_PLACE_MM)])
    return places


def _cuts_by_marks(stack: Sequence[SliceHeader], places: NDArray[np.int64]) -> list[_Cut]:
    """Return all ways to separate by the fewest attributes that do it completely."""
    kinds = [(mark, _kinds(stack, mark)) for mark in MARKS]
    # More kinds than volumes of the smallest size cannot separate anything.
    varying = [(mark, kind) for mark, kind in kinds if 0 < kind.max() < len(stack) // FEWEST_SLICES]
    for together in range(1, _MOST_MARKS_TOGETHER + 1):
        found = []
        for several in combinations(varying, together):
            joined = np.unique(np.stack([kind for _, kind in several]), axis=1, return_inverse=True)[1].reshape(-1)
            if _are_volumes(joined, places):
                found.append(_Cut(joined, tuple(mark for mark, _ in several)))
        if found:
            return found
    return []


def _kinds(stack: Sequence[SliceHeader], mark: Mark) -> NDArray[np.int64]:
    """Return each slice's value of an attribute as a number from 0."""
    values = [mark.value(header) for header in stack]
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return np.array([numbers[value] for value in values], dtype=np.int64)


def _are_volumes(parts: NDArray[np.int64], places: NDArray[np.int64]) -> bool:
    """Whether every part has enough slices, and no two at one place."""
    is_once = len(np.unique(parts * (places.max() + 1) + places)) == len(parts)
    return is_once and int(np.bincount(parts).min()) >= FEWEST_SLICES


def _grouped(stack: Sequence[SliceHeader], marks: Sequence[Mark]) -> list[tuple[list[SliceHeader], str]]:
    """Return the slices by the values of some attributes, each with its values in words."""
    groups: dict[tuple[str, ...], list[SliceHeader]] = defaultdict(list)
    for header in stack:
        groups[tuple(mark.value(header) for mark in marks)].append(header)
    return [(groups[values], ", ".join(mark.told(groups[values][0]) for mark in marks)) for values in sorted(groups)]


def _cuts_by_numbers(stack: Sequence[SliceHeader], places: NDArray[np.int64]) -> list[_Cut]:
    """Return the cut into runs of image numbers that each visit every place once, from one end to the other."""
    count = int(places.max()) + 1
    numbers = [header.instance_number for header in stack if header.instance_number is not None]
    if len(stack) % count or count < FEWEST_SLICES or len(set(numbers)) < len(stack):
        return []
    order = np.array(sorted(range(len(stack)), key=numbers.__getitem__))
    runs = order.reshape(-1, count)
    if any(set(np.diff(places[run]).tolist()) not in ({1}, {-1}) for run in runs):
        return []
    labels = np.empty(len(stack), dtype=np.int64)
    labels[order] = np.arange(len(stack)) // count
    return [_Cut(labels, ())]


def _runs(stack: Sequence[SliceHeader], labels: NDArray[np.int64]) -> list[tuple[list[SliceHeader], str]]:
    parts = []
    for label in range(int(labels.max()) + 1):
        run = [header for header, own in zip(stack, labels.tolist(), strict=True) if own == label]
        numbers = [header.instance_number or 0 for header in run]
        parts.append((run, f"images {min(numbers)} to {max(numbers)}"))
    return parts


def _alternating(stack: Sequence[SliceHeader]) -> list[tuple[list[SliceHeader], str]]:
    """Separate volumes whose slices lie between each other's, where each is regular by itself."""
    cuts = [_Cut(_kinds(stack, mark), (mark,)) for mark in alternating_marks(fit_stack(stack).ordered)]
    chosen = _agreed(cuts)
    if chosen is None:
        return []
    groups = _grouped(stack, chosen.marks)
    return groups if all(fit_stack(group).deviation_mm <= TOLERANCE_MM for group, _ in groups) else []
