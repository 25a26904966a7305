"""How would a CT scanner show it? Texture of tissue, point spread, and noise that went through a reconstruction.

Noise is made where a scanner makes it: in the projections. Line integrals of the painted patient give the photon
count of every ray (Beer-Lambert); Poisson noise and a beam-hardening error of those rays are filtered with an
apodised ramp and back-projected (filtered back-projection: Kak & Slaney 1988, ch. 3). So the grain is correlated as by
a reconstruction kernel, and streaks run where they do in people, across the shoulders and between dense bones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
from scipy import fft, ndimage

from planner.phantoms.canvas import smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress

WATER_PER_MM = 0.0195  # linear attenuation of water at about 70 keV (NIST XCOM: 0.193 /cm), 1/mm
VIEWS = 180
COARSE = 4  # the photon count changes slowly: line integrals are taken on 4 x 4 pixels of every fourth slice


@dataclass(frozen=True, slots=True)
class Dose:
    """How noisy the scan is.

    Parameters
    ----------
    noise_hu
        Standard deviation in the middle of the thinnest slice's body.
    starvation
        Largest line integral whose noise is still followed; scanners smooth beyond it.
    hardening
        Relative error of a line integral per unit of bone and unit of soft tissue crossed.
    cut_off
        Where the kernel falls to nothing, as a share of the Nyquist frequency.
    """

    noise_hu: float = 13.0
    starvation: float = 6.3
    hardening: float = 0.006
    cut_off: float = 0.85


def add_texture(hu: NDArray[np.float32], grid: Grid, rng: np.random.Generator, *, bone: NDArray[np.bool_]) -> None:
    """Give fat its septa, muscle its fatty streaks, marrow its trabeculae, lung its weight, in place; HU (K, J, I)."""
    strands = smooth_noise(grid, rng, scale_mm=(6.0, 4.0, 9.0))
    fine = smooth_noise(grid, rng, scale_mm=(2.4, 2.4, 3.5))
    grain = smooth_noise(grid, rng, scale_mm=(1.7, 1.7, 2.0))
    settled = np.linspace(-30, 30, hu.shape[1], dtype=np.float32)[:, None]  # lung is denser toward the back, lying
    for k, (strand, speck, seed, inside) in enumerate(zip(strands, fine, grain, bone, strict=True)):
        layer = hu[k]
        is_fat = np.clip(1 - np.abs(layer + 104) / 30, 0, 1)
        septa = np.clip(1 - np.abs(strand + 0.35 * speck) / 0.11, 0, 1) * (speck > -0.3)
        is_muscle = np.clip(1 - np.abs(layer - 57) / 16, 0, 1)
        streaks = np.clip(1 - np.abs(speck + 0.55 * strand - 0.9) / 0.28, 0, 1)
        layer += is_fat * (septa * 48 + strand * 5 + speck * 3) + is_muscle * (speck * 3.5 + strand * 3 - streaks * 34)
        is_lung = np.clip(1 - np.abs(layer + 862) / 60, 0, 1)
        layer += is_lung * (speck * 10 + strand * 8 + settled)
        layer += inside * np.clip((560 - layer) / 200, 0, 1) * (seed * 50 + speck * 26)


def scan(
    hu: NDArray[np.float32], grid: Grid, rng: np.random.Generator, *, dose: Dose, progress: Progress
) -> NDArray[np.int16]:
    """Return the reconstructed CT, int16 HU (K, J, I), of painted HU."""
    progress(0, len(hu), "Reconstructing slices")
    sharp = 0.42  # point spread of a standard kernel: about 1 mm full width, in pixels
    seen = ndimage.gaussian_filter(hu, (0.35, sharp, sharp))
    rays, hardened = _line_integrals(seen, grid, dose)
    response = _kernel(rays.shape[-1], grid.spacing_ijk_mm[0], dose.cut_off)
    scale = _noise_scale(rays, response, dose)
    slices = len(hu)
    for k in range(slices):
        if k % 8 == 0:
            progress(k, slices, "Reconstructing slices")
        at = min(k / COARSE, len(rays) - 1.0)
        low = int(at)
        high, part = min(low + 1, len(rays) - 1), np.float32(at - low)
        ray = rays[low] + part * (rays[high] - rays[low])
        error = hardened[low] + part * (hardened[high] - hardened[low])
        grain = rng.standard_normal(ray.shape, dtype=np.float32) * np.exp(ray / 2) * scale
        spectrum = fft.rfft(grain + error, n=2 * ray.shape[1]) * (2 * response)
        filtered = fft.irfft(spectrum, n=4 * ray.shape[1])  # zero-padded: two bins a pixel
        _back_project(filtered[:, : 2 * ray.shape[1]].astype(np.float32), _angles(), seen[k])
    scanned: NDArray[np.int16] = np.clip(np.rint(seen), -1024, 3071).astype(np.int16)
    return scanned


def _angles() -> NDArray[np.float64]:
    return np.linspace(0, np.pi, VIEWS, endpoint=False)


def _line_integrals(hu: NDArray[np.float32], grid: Grid, dose: Dose) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return clipped line integrals and their beam-hardening error in HU mm, both (slices, views, bins)."""
    rows, columns = hu.shape[1] // COARSE * COARSE, hu.shape[2] // COARSE * COARSE
    block = hu[::COARSE, :rows, :columns].reshape(-1, rows // COARSE, COARSE, columns // COARSE, COARSE)
    bone = np.maximum(block - 250, 0).mean(axis=(2, 4)) * np.float32(WATER_PER_MM / 1000)
    water = np.maximum(block / 1000 + 1, 0).mean(axis=(2, 4)) * np.float32(WATER_PER_MM)
    wide = ((0, 0), (0, 0), (14, 14))  # shoulders go on outside the field of view: the rays cross them too
    bone, water = np.pad(bone, wide, mode="edge"), np.pad(water, wide, mode="edge")
    pixel = grid.spacing_ijk_mm[0] * COARSE
    bins = int(np.ceil(np.hypot(hu.shape[1], hu.shape[2]))) + 2
    coarse_bins = int(np.ceil(np.hypot(*water.shape[1:]))) + 3
    sums = np.stack([_project(stack, _angles(), coarse_bins) * np.float32(pixel) for stack in (water, bone)])
    fine = (np.arange(bins) - (bins - 1) / 2) / COARSE + (coarse_bins - 1) / 2
    low = fine.astype(int)
    part = (fine - low).astype(np.float32)
    high = np.minimum(low + 1, sums.shape[-1] - 1)
    soft, hard = sums[..., low] + part * (sums[..., high] - sums[..., low])
    error = -dose.hardening * hard * soft * (1000 / WATER_PER_MM)
    return np.minimum(soft, dose.starvation).astype(np.float32), error.astype(np.float32)


@numba.njit(cache=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _project(
    stack: NDArray[np.float32], angles: NDArray[np.float64], bins: int
) -> NDArray[np.float32]:  # pragma: no cover - compiled
    """Sum each image along rays, in pixels: (N, J, I) to (N, views, bins)."""
    count, rows, columns = stack.shape
    sums = np.zeros((count, len(angles), bins), dtype=np.float32)
    for n in range(count):
        for view in range(len(angles)):
            cos, sin = np.cos(angles[view]), np.sin(angles[view])
            for j in range(rows):
                at = (bins - 1) / 2 + (j - (rows - 1) / 2) * sin - (columns - 1) / 2 * cos
                for i in range(columns):
                    low = int(at)
                    part = np.float32(at - low)
                    sums[n, view, low] += stack[n, j, i] * (1 - part)
                    sums[n, view, low + 1] += stack[n, j, i] * part
                    at += cos
    return sums


def _kernel(bins: int, pixel_mm: float, cut_off: float) -> NDArray[np.float64]:
    """Ramp with a raised-cosine roll-off, per frequency of a transform padded to twice ``bins``, 1/mm."""
    frequency = np.arange(bins + 1) / (2 * bins)
    window = np.where(frequency < cut_off / 2, 0.5 * (1 + np.cos(np.pi * frequency / (cut_off / 2))), 0)
    ramp: NDArray[np.float64] = frequency / pixel_mm * window * np.pi / VIEWS
    return ramp


def _noise_scale(rays: NDArray[np.float32], response: NDArray[np.float64], dose: Dose) -> np.float32:
    """Return the factor that gives ``dose.noise_hu`` where rays cross the least attenuating middle."""
    middle = rays.shape[-1] // 2
    variance = np.exp(rays[:, :, middle - 8 : middle + 8]).mean(axis=2).sum(axis=1).min()
    gain = np.sqrt((response**2).mean())
    return np.float32(dose.noise_hu / (gain * np.sqrt(variance)))


@numba.njit(cache=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _back_project(
    filtered: NDArray[np.float32], angles: NDArray[np.float64], image: NDArray[np.float32]
) -> None:  # pragma: no cover - compiled
    """Add filtered projections (views, 2 bins a pixel) to an image (J, I), the nearest bin each."""
    views, bins = filtered.shape
    rows, columns = image.shape
    for view in range(views):
        cos, sin = np.float32(2 * np.cos(angles[view])), np.float32(2 * np.sin(angles[view]))
        line = filtered[view]
        for j in range(rows):
            at = np.float32(bins / 2) + (j - np.float32((rows - 1) / 2)) * sin
            at -= np.float32((columns - 1) / 2) * cos
            for i in range(columns):
                image[j, i] += line[np.uint32(np.int32(at + i * cos))]
