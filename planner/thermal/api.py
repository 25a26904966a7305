"""What happens to these tissues under these probes? The solver for anyone: plain arrays and numbers in, arrays out.

Nothing of a plan, a CT or a catalogue is needed; ``resources/docs/solver.md`` shows a script. The stepping is the one
that plans are predicted with. Importing this module loads no compiler; the first prediction does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.domain.progress import Progress, silent
from planner.thermal import admission as admit
from planner.thermal.settings import QUALITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.thermal.march import March
    from planner.thermal.settings import Quality

Course = float | tuple[ArrayLike, ArrayLike]
"""A constant, or times in s and the values there: linear between them, constant before and after."""
Phases = tuple[tuple[Any, ...], ...]
"""``(kind, seconds)`` or ``(kind, seconds, duty)``; kinds are “freeze”, “passive thaw” and “active thaw”."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A straight cylinder that freezes.

    Parameters
    ----------
    deep_mm, shallow_mm
        Ends of the active zone on the axis, LPS mm.
    surface_c
        Temperature of its surface in steady freezing, °C, below 0.
    power_limit_w
        Most heat it takes up; ``None`` for no limit.
    phases
        Its own phases; ``None`` for those of all probes.
    """

    deep_mm: tuple[float, float, float]
    shallow_mm: tuple[float, float, float]
    diameter_mm: float
    surface_c: float
    label: str = ""
    power_limit_w: float | None = None
    phases: Phases | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Cells, a mask of bool (K, J, I), whose temperature in °C is prescribed at their centres."""

    cells: NDArray[np.bool_]
    temperature_c: Course


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Cells, a mask of bool (K, J, I), that together receive heat in W, evenly; negative cools them."""

    cells: NDArray[np.bool_]
    watts: Course


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Everything :func:`predict` was asked, under the names of its parameters."""

    labels: ArrayLike
    properties: Sequence[Mapping[str, float]]
    spacing_mm: float
    affine: ArrayLike | None
    probes: Sequence[Probe]
    phases: Phases
    start: Literal["baseline"] | ArrayLike
    boundary: Literal["insulated", "symmetry", "baseline"] | ArrayLike
    held: Sequence[Held]
    heat: Sequence[Heat]
    times_s: Sequence[float]
    core_c: float
    air_c: float
    skin_convection_w_per_m2_k: float
    active_thaw_c: float
    ramp_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Temperature and ice at the asked times, and how they came about.

    Parameters
    ----------
    times_s
        shape (N,), float64.
    temperature_c
        shape (N, K, J, I), float32, °C.
    minimum_c
        shape (K, J, I), float32, °C: coldest each cell was over all steps until the end.
    frozen_share
        shape (N, K, J, I), float32: one minus the liquid fraction; 0 where a vessel or room air keeps its temperature.
        Its sum is the frozen volume in cells, also where a sharp front is inside a cell.
    energy_error
        Heat unaccounted for at the end, as a share of the heat moved.
    probe_w
        shape (N, P), float64: heat each probe gave in the step that ended at the time, W; negative when it cools.
    stages, cell_stages
        Evaluations of the right-hand side, and the sum over them of the cells that took part.
    wall_s
        Time it took, compilation included.
    notes
        What was assumed.
    """

    times_s: NDArray[np.float64]
    temperature_c: NDArray[np.float32]
    minimum_c: NDArray[np.float32]
    frozen_share: NDArray[np.float32]
    energy_error: float
    probe_w: NDArray[np.float64]
    stages: int
    cell_stages: int
    wall_s: float
    notes: tuple[str, ...] = ()


def predict(  # noqa: PLR0913 - one keyword for each thing a reviewer may want to set
    labels: ArrayLike,
    properties: Sequence[Mapping[str, float]],
    *,
    spacing_mm: float,
    affine: ArrayLike | None = None,
    probes: Sequence[Probe] = (),
    phases: Phases = (("freeze", 600.0),),
    start: Literal["baseline"] | ArrayLike = "baseline",
    boundary: Literal["insulated", "symmetry", "baseline"] | ArrayLike = "insulated",
    held: Sequence[Held] = (),
    heat: Sequence[Heat] = (),
    times_s: Sequence[float] = (),
    core_c: float = 37.0,
    air_c: float = 22.0,
    skin_convection_w_per_m2_k: float = 10.0,
    active_thaw_c: float = 20.0,
    ramp_s: float = 0.0,
    quality: Quality = "standard",
    progress: Progress = silent,
) -> Prediction:
    """Predict temperature and ice; raise SimulationRefused with one sentence when that cannot be done.

    Parameters
    ----------
    labels
        shape (K, J, I), whole numbers from 0: which of ``properties`` each cell has. Thin slabs make planar problems.
    properties
        Named like the fields of :class:`planner.domain.tissue.Tissue`, SI units and °C; perfusion, metabolic heat,
        ``k_frozen_slope_w_per_m_k2`` and ``fixed_c`` (°C) may be left out. ``{"outside_air": 1}`` is room air.
    spacing_mm, affine
        Edge of a cell, 0.1 to 4 mm; 4 × 4 matrix from (i, j, k, 1) to LPS mm of cell centres.
    probes, phases
        At most eight, and what those without phases of their own do. After its phases a probe thaws passively.
    start
        “baseline”, the steady state without probes; or a temperature or a field of them, shape (K, J, I), °C.
    boundary
        “insulated”, the same as “symmetry”; or “baseline” or a field, °C, at which the outer layer is held. An axis
        of one or two cells has no outer layer.
    times_s
        Wanted times, increasing; only the end when empty. The end is the later of the last time and, with probes, of
        their phases.
    core_c, air_c, skin_convection_w_per_m2_k
        Blood, room air, and the heat transfer between skin and room air.
    active_thaw_c, ramp_s
        Surface in active thaw, and the time in which a surface reaches its temperature, 0 for at once.
    quality
        Length of the time steps.
    """
    began = time.perf_counter()
    if quality not in QUALITIES:
        raise admit.refusal(f"“{quality}” is no quality; choose {', '.join(QUALITIES)}.", "quality")
    conditions = (core_c, air_c, skin_convection_w_per_m2_k, active_thaw_c, ramp_s)
    question = Question(
        labels, properties, spacing_mm, affine, probes, phases, start, boundary, held, heat, times_s, *conditions
    )
    return _answer(question, quality=quality, progress=progress, began_s=began)


def _answer(question: Question, *, quality: Quality, progress: Progress, began_s: float) -> Prediction:
    from planner.thermal.checks import check_body, check_temperatures
    from planner.thermal.setup import lay_out

    march, end_s = lay_out(question, settings=QUALITIES[quality], progress=progress)
    body, outputs_s = march.body, np.array(march.outputs_s)
    shape = (len(outputs_s), *body.scene.shape)
    temperature_c, frozen_share = np.empty(shape, np.float32), np.empty(shape, np.float32)
    probe_w = np.zeros((len(outputs_s), march.probe_count))

    def store(time_s: float) -> None:
        n = int(np.abs(outputs_s - time_s).argmin())
        temperature_c[n] = check_body(body, moment=f"at {time_s:g} s")
        frozen_share[n] = body.frozen_share()
        probe_w[n] = march.probe_w[: march.probe_count]

    march.store = store
    march.run(end_s)
    check_body(body, moment="at its end")
    minimum_c = body.minimum_c()
    check_temperatures(minimum_c, moment="at its coldest")
    return Prediction(
        times_s=outputs_s,
        temperature_c=temperature_c,
        minimum_c=minimum_c,
        frozen_share=frozen_share,
        energy_error=float(body.energy_error),
        probe_w=probe_w,
        stages=body.stages,
        cell_stages=body.cell_stages,
        wall_s=time.perf_counter() - began_s,
        notes=_notes(question, march),
    )


def _notes(question: Question, march: March) -> tuple[str, ...]:
    if not question.probes:
        return ()
    notes = [f"Probe surfaces reach their temperature in {question.ramp_s:g} s."]
    segments = [segment for own in march.course.schedule.probes for segment in own]
    if any(segment.kind == "active thaw" for segment in segments):
        notes.append(f"Active thaw holds the probe surface at {question.active_thaw_c:+g} °C.")
    if any(0 < segment.duty < 1 for segment in segments):
        notes.append("A duty below 1 scales a probe's heat exchange evenly over its on and off times.")
    return tuple(notes)
