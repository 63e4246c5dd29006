"""Kernels of the tube filter: Hessian eigenvalues in closed form at chosen voxels of a smoothed grid."""

import math

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True, inline="always")
def eigenvalues(xx, yy, zz, xy, xz, yz):
    """Ascending eigenvalues of a symmetric 3 x 3 matrix (trigonometric solution)."""
    off = xy * xy + xz * xz + yz * yz
    mean = (xx + yy + zz) / 3.0
    a, b, c = xx - mean, yy - mean, zz - mean
    p = math.sqrt((a * a + b * b + c * c + 2.0 * off) / 6.0)
    if p < 1e-9:
        return mean, mean, mean
    half_det = (a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)) / (2.0 * p * p * p)
    phi = math.acos(min(1.0, max(-1.0, half_det))) / 3.0
    high = mean + 2.0 * p * math.cos(phi)
    low = mean + 2.0 * p * math.cos(phi + 2.0 * math.pi / 3.0)
    return low, 3.0 * mean - high - low, high


@njit(cache=True, nogil=True, parallel=True)
def strongest_tube(grid, floor, scale_gain, scale_number, response, scale):
    """Raises `response` (float32) and sets `scale` (uint8) where this scale's tube contrast is larger.

    `grid` is smoothed; voxels below the floor are skipped. Tube contrast is `scale_gain` times the weaker of the two
    cross-sectional curvatures less any curvature along the tube, so that sheets, edges and blobs give little.
    """
    nz, ny, nx = grid.shape
    for k in prange(1, nz - 1):
        for j in range(1, ny - 1):
            for i in range(1, nx - 1):
                v = grid[k, j, i]
                if v < floor:
                    continue
                twice = 2.0 * v
                xx = grid[k, j, i - 1] + grid[k, j, i + 1] - twice
                yy = grid[k, j - 1, i] + grid[k, j + 1, i] - twice
                zz = grid[k - 1, j, i] + grid[k + 1, j, i] - twice
                if xx + yy + zz >= 0.0:
                    continue
                xy = 0.25 * (grid[k, j + 1, i + 1] + grid[k, j - 1, i - 1] - grid[k, j + 1, i - 1] - grid[k, j - 1, i + 1])
                xz = 0.25 * (grid[k + 1, j, i + 1] + grid[k - 1, j, i - 1] - grid[k + 1, j, i - 1] - grid[k - 1, j, i + 1])
                yz = 0.25 * (grid[k + 1, j + 1, i] + grid[k - 1, j - 1, i] - grid[k + 1, j - 1, i] - grid[k - 1, j + 1, i])
                _, middle, high = eigenvalues(xx, yy, zz, xy, xz, yz)
                tube = -middle - abs(high) * 0.5
                value = scale_gain * tube
                if value > response[k, j, i]:
                    response[k, j, i] = value
                    scale[k, j, i] = scale_number


@njit(cache=True, nogil=True)
def tube_axis(grid, k, j, i):
    """Unit (z, y, x) direction of least curvature of a smoothed grid at an inner voxel, by power iteration."""
    twice = 2.0 * grid[k, j, i]
    h = np.empty((3, 3))
    h[2, 2] = grid[k, j, i - 1] + grid[k, j, i + 1] - twice
    h[1, 1] = grid[k, j - 1, i] + grid[k, j + 1, i] - twice
    h[0, 0] = grid[k - 1, j, i] + grid[k + 1, j, i] - twice
    h[1, 2] = 0.25 * (grid[k, j + 1, i + 1] + grid[k, j - 1, i - 1] - grid[k, j + 1, i - 1] - grid[k, j - 1, i + 1])
    h[0, 2] = 0.25 * (grid[k + 1, j, i + 1] + grid[k - 1, j, i - 1] - grid[k + 1, j, i - 1] - grid[k - 1, j, i + 1])
    h[0, 1] = 0.25 * (grid[k + 1, j + 1, i] + grid[k - 1, j - 1, i] - grid[k + 1, j - 1, i] - grid[k - 1, j + 1, i])
    h[2, 1], h[2, 0], h[1, 0] = h[1, 2], h[0, 2], h[0, 1]
    values, vectors = np.linalg.eigh(h)
    best = 0
    for n in range(1, 3):
        if abs(values[n]) < abs(values[best]):
            best = n
    return vectors[:, best].copy()


@njit(cache=True, nogil=True, parallel=True)
def tube_cost(contrast, soft, hu, outside, lumen_hu, rules):
    """Float32 cost per voxel of way through contrast tubes, 0 where barred.

    `outside` is the signed distance outside the aorta; `rules` = (least contrast as a part of `lumen_hu`, least contrast as a
    part of the height above soft tissue, soft tissue HU, HU from which a voxel is calcium, factor of its cost).
    """
    least_share, least_tube, soft_tissue, calcium_hu, calcium_factor = rules
    out = np.zeros(contrast.shape, np.float32)
    for k in prange(contrast.shape[0]):
        for j in range(contrast.shape[1]):
            for i in range(contrast.shape[2]):
                value = contrast[k, j, i]
                if value < least_share * lumen_hu or value <= 0.0 or outside[k, j, i] < -0.5:
                    continue
                share = value / max(soft[k, j, i] - soft_tissue, 60.0)
                if share < least_tube:
                    continue
                cost = (lumen_hu / max(value, 1.0)) ** 1.5 * max(0.8 / share, 1.0) ** 2
                out[k, j, i] = cost * calcium_factor if hu[k, j, i] > calcium_hu else cost
    return out
