"""Kernels that sample a voxel grid: trilinear values at points and an affine resampling."""

import math

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True, inline="always")
def trilinear(grid, z, y, x):
    """Value of grid[z, y, x] at a fractional index; the nearest edge value beyond the grid."""
    z = min(max(z, 0.0), grid.shape[0] - 1.0)
    y = min(max(y, 0.0), grid.shape[1] - 1.0)
    x = min(max(x, 0.0), grid.shape[2] - 1.0)
    k = min(int(z), max(grid.shape[0] - 2, 0))
    j = min(int(y), max(grid.shape[1] - 2, 0))
    i = min(int(x), max(grid.shape[2] - 2, 0))
    k1 = min(k + 1, grid.shape[0] - 1)
    j1 = min(j + 1, grid.shape[1] - 1)
    i1 = min(i + 1, grid.shape[2] - 1)
    c, b, a = z - k, y - j, x - i
    near = (grid[k, j, i] * (1 - a) + grid[k, j, i1] * a) * (1 - b) + (grid[k, j1, i] * (1 - a) + grid[k, j1, i1] * a) * b
    far = (grid[k1, j, i] * (1 - a) + grid[k1, j, i1] * a) * (1 - b) + (grid[k1, j1, i] * (1 - a) + grid[k1, j1, i1] * a) * b
    return near * (1 - c) + far * c


@njit(cache=True, nogil=True)
def values_at(grid, index_kji):
    """Trilinear values, float64 (n,), at fractional indices (n, 3)."""
    out = np.empty(index_kji.shape[0])
    for n in range(index_kji.shape[0]):
        out[n] = trilinear(grid, index_kji[n, 0], index_kji[n, 1], index_kji[n, 2])
    return out


@njit(cache=True, nogil=True, parallel=True)
def resampled(grid, source_from_target, shape, outside):
    """Float32 array of `shape`: grid at source_from_target @ (k, j, i, 1); `outside` beyond half a voxel of the grid."""
    out = np.empty(shape, np.float32)
    m = source_from_target
    for k in prange(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                z = m[0, 0] * k + m[0, 1] * j + m[0, 2] * i + m[0, 3]
                y = m[1, 0] * k + m[1, 1] * j + m[1, 2] * i + m[1, 3]
                x = m[2, 0] * k + m[2, 1] * j + m[2, 2] * i + m[2, 3]
                inside = (
                    z >= -0.5
                    and y >= -0.5
                    and x >= -0.5
                    and z <= grid.shape[0] - 0.5
                    and y <= grid.shape[1] - 0.5
                    and x <= grid.shape[2] - 0.5
                )
                out[k, j, i] = trilinear(grid, z, y, x) if inside else outside
    return out


@njit(cache=True, nogil=True, parallel=True)
def smoothed_along(grid, taps, axis):
    """Float32 copy of grid correlated with symmetric `taps` (odd count) along one axis, edges repeated."""
    out = np.empty(grid.shape, np.float32)
    half = taps.shape[0] // 2
    nz, ny, nx = grid.shape
    for k in prange(nz):
        if axis == 2:
            for j in range(ny):
                for i in range(nx):
                    out[k, j, i] = taps[half] * grid[k, j, i]
                for t in range(1, half + 1):
                    tap, near = taps[half + t], min(t, nx)
                    for i in range(near):
                        out[k, j, i] += tap * (grid[k, j, 0] + grid[k, j, min(i + t, nx - 1)])
                    for i in range(max(near, nx - t), nx):
                        out[k, j, i] += tap * (grid[k, j, max(i - t, 0)] + grid[k, j, nx - 1])
                    # Between the ends, without a look at the border: several voxels at a time.
                    before, after, middle = grid[k, j], grid[k, j, min(2 * t, nx) :], out[k, j, near:]
                    for n in range(nx - 2 * t):
                        middle[n] += tap * (before[n] + after[n])
        elif axis == 1:
            for j in range(ny):
                for i in range(nx):
                    out[k, j, i] = taps[half] * grid[k, j, i]
                for t in range(1, half + 1):
                    lower, upper = max(j - t, 0), min(j + t, ny - 1)
                    for i in range(nx):
                        out[k, j, i] += taps[half + t] * (grid[k, lower, i] + grid[k, upper, i])
        else:
            for j in range(ny):
                for i in range(nx):
                    out[k, j, i] = taps[half] * grid[k, j, i]
            for t in range(1, half + 1):
                lower, upper = max(k - t, 0), min(k + t, nz - 1)
                for j in range(ny):
                    for i in range(nx):
                        out[k, j, i] += taps[half + t] * (grid[lower, j, i] + grid[upper, j, i])
    return out


@njit(cache=True, nogil=True)
def gaussian_taps(sigma_voxels):
    """Float32 taps of a unit-sum Gaussian cut at 3.5 sigma."""
    half = max(1, math.ceil(3.5 * sigma_voxels))
    taps = np.empty(2 * half + 1, np.float32)
    for t in range(-half, half + 1):
        taps[t + half] = math.exp(-0.5 * (t / sigma_voxels) ** 2)
    return taps / taps.sum()
