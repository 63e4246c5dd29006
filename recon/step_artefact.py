"""Steps between heartbeats: neighbouring slices that differ far more than the slices around them do.

A gated scan is put together from slabs of several beats; where the heart lay differently, structures jump sideways from one
slice to the next. The jump is found from the image: the mean difference of neighbouring slices, smoothed so that noise hardly
counts, against the same of the slices around. All limits are app settings [E].
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.report import Report
from recon.volume import Finding, Volume

BLOCK_MM = 1.6
"""Pixels are averaged over about this width first, so that noise hardly counts."""
CENTRAL_SHARE = 0.7
WINDOW = 8
"""So many neighbours on each side are the measure of what is usual."""
JUMP_LIMIT = 1.8
"""A jump is a difference this many times what is usual around."""
SPREAD_LIMIT = 6.0
"""and this many robust standard deviations above it."""
STEP_QUALITY = 0.4
"""Slice quality beside a step: measures there are widened, not blocked."""
PADDING_HU = -1024
_RANGE_HU = (-250, 650)


def slice_differences_hu(volume: Volume, report: Report) -> FloatArray:
    """Mean absolute difference (n - 1,) of neighbouring slices in the middle of the field of view."""
    rows, columns = (int(n * CENTRAL_SHARE) for n in volume.hu.shape[1:])
    top, left = (volume.hu.shape[1] - rows) // 2, (volume.hu.shape[2] - columns) // 2
    block = [max(1, round(BLOCK_MM / s)) for s in volume.geometry.spacing_mm[1:]]
    differences = np.empty(volume.hu.shape[0] - 1)
    before: npt.NDArray[np.float32] | None = None
    for k in range(volume.hu.shape[0]):
        report(k / volume.hu.shape[0], "Looking for steps between heartbeats")
        now = _averaged(volume.hu[k, top : top + rows, left : left + columns], block)
        if before is not None:
            change = np.abs(now - before)
            seen = np.isfinite(change)
            differences[k - 1] = change[seen].mean() if seen.any() else 0.0
        before = now
    return differences


def _averaged(image: npt.NDArray[np.int16], block: list[int]) -> npt.NDArray[np.float32]:
    """Means over blocks; NaN where a block holds padding, whose border moves in resampled series."""
    low, high = _RANGE_HU
    size = [n // b * b for n, b in zip(image.shape, block, strict=True)]
    cut = image[: size[0], : size[1]]
    # Sums of strided views: many times faster than a reduction over blocks.
    clipped, padded = np.clip(cut, low, high), cut == PADDING_HU
    rows = sum((clipped[i :: block[0]].astype(np.int32) for i in range(1, block[0])), clipped[:: block[0]].astype(np.int32))
    sums = sum((rows[:, i :: block[1]] for i in range(1, block[1])), rows[:, :: block[1]])
    means = sums / np.float32(block[0] * block[1])
    if padded.any():
        starts = [np.arange(0, n, b) for n, b in zip(size, block, strict=True)]
        means[np.logical_or.reduceat(np.logical_or.reduceat(padded, starts[0], axis=0), starts[1], axis=1)] = np.nan
    return np.asarray(means, dtype=np.float32)


def slice_jumps(differences_hu: FloatArray) -> FloatArray:
    """Each difference over the median of its neighbours' (n,); 1 = as usual, 0 where it is not significantly larger."""
    jumps = np.zeros(len(differences_hu))
    for k, value in enumerate(differences_hu):
        start = max(0, k - WINDOW)
        around = np.concatenate([differences_hu[start:k], differences_hu[k + 1 : k + 1 + WINDOW]])
        if len(around) < WINDOW:
            continue
        usual = float(np.median(around))
        spread = 1.4826 * float(np.median(np.abs(around - usual)))
        if usual > 0 and value - usual > SPREAD_LIMIT * spread:
            jumps[k] = value / usual
    return jumps


def with_steps(volume: Volume, report: Report) -> Volume:
    """The volume with a finding for each step and a lower slice quality beside it; unchanged when there is none.

    Only axial stacks are looked at: in others a beat's slab does not end between two slices of the volume.
    """
    if volume.quality_axis != 0:
        return volume
    jumps = slice_jumps(slice_differences_hu(volume, report))
    sound = (volume.slice_quality[:-1] > 0) & (volume.slice_quality[1:] > 0)
    steps = np.flatnonzero((jumps > JUMP_LIMIT) & sound)
    if len(steps) == 0:
        return volume
    quality = volume.slice_quality.copy()
    for k in steps:
        quality[k : k + 2] = np.minimum(quality[k : k + 2], STEP_QUALITY)
    places = [float(volume.geometry.points_mm([k + 0.5, 0, 0])[2]) for k in steps]
    finding = Finding(
        "step",
        "; ".join(f"between slices {k + 1} and {k + 2} (z {z:.1f} mm)" for k, z in zip(steps, places, strict=True)),
        f"The heart jumps between {len(steps)} pairs of neighbouring slices, up to {jumps.max():.1f} times the usual difference.",
        "Vessels are broken or doubled there; lengths and sections across a step are less sure.",
        "Compare with another phase.",
    )
    return replace(volume, findings=(*volume.findings, finding), slice_quality=quality)
