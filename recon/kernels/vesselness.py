"""Kernels of the tube filter: Hessian eigenvalues in closed form at chosen voxels of a smoothed grid."""

import math

import numpy as np
from numba import njit, prange

MIDDLE_ROOT = (
    0.49999999995559546,
    -0.5773502409732163,
    -0.11111406841978079,
    -0.053336800028950679,
    -0.035520378956161551,
    0.010323842051235986,
    -0.29127234743279118,
    1.5227893521830997,
    -6.0079326638613511,
    16.498621289720216,
    -31.957074103312312,
    42.604860681173292,
    -37.371116738269684,
    19.449814742209984,
    -4.591400114695225,
)
"""sin(pi / 6 - 2 / 3 asin u) for u from 0 to sqrt(1 / 2) as a polynomial (Chebyshev interpolation), to 1.4e-10."""


@njit(cache=True, nogil=True, inline="always")
def _middle_root(u):
    """The polynomial `MIDDLE_ROOT`, written out: a loop would keep the compiler from taking several voxels at a time."""
    c = MIDDLE_ROOT
    high = c[10] + u * (c[11] + u * (c[12] + u * (c[13] + u * c[14])))
    middle = c[5] + u * (c[6] + u * (c[7] + u * (c[8] + u * (c[9] + u * high))))
    return c[0] + u * (c[1] + u * (c[2] + u * (c[3] + u * (c[4] + u * middle))))


@njit(cache=True, nogil=True, inline="always")
def larger_eigenvalues(xx, yy, zz, xy, xz, yz):
    """The middle and the largest eigenvalue of a symmetric 3 x 3 matrix.

    The middle one is the trigonometric solution of the cubic with its angle functions as one polynomial; the largest follows
    from it by a square root.
    """
    mean = (xx + yy + zz) / 3.0
    a, b, c = xx - mean, yy - mean, zz - mean
    square = (a * a + b * b + c * c + 2.0 * (xy * xy + xz * xz + yz * yz)) / 6.0 + 1e-18
    p = math.sqrt(square)
    half_det = (a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)) / (2.0 * square * p)
    half_det = min(1.0, max(-1.0, half_det))
    root = _middle_root(math.sqrt(0.5 * (1.0 - abs(half_det))))
    root = -root if half_det > 0.0 else root
    return mean + 2.0 * p * root, mean + p * (math.sqrt(max(3.0 - 3.0 * root * root, 0.0)) - root)


@njit(cache=True, nogil=True, inline="always")
def _worth_solving(grid, k, j, floor, least, at, curved):
    """Writes the columns of a row whose tube contrast may exceed `least` (per column) into `at`; returns how many.

    The contrast is never more than half of the curvature in all directions together (`curved`, filled on the way).
    """
    here, before, behind = grid[k, j], grid[k, j - 1], grid[k, j + 1]
    under, over = grid[k - 1, j], grid[k + 1, j]
    inner = grid.shape[2] - 2
    for i in range(inner):
        v = here[i + 1]
        around = (here[i] + here[i + 2]) + (before[i + 1] + behind[i + 1]) + (under[i + 1] + over[i + 1])
        curved[i] = 3.0 * v - 0.5 * around if v >= floor else 0.0
    count = 0
    for i in range(inner):
        at[count] = i + 1
        count += curved[i] > least[i + 1]
    return count


@njit(cache=True, nogil=True, inline="always")
def _second_differences(grid, k, j, columns, h):
    """Fills `h` (6, n) with xx, yy, zz, xy, xz, yz at columns (n,) of a row."""
    here, before, behind = grid[k, j], grid[k, j - 1], grid[k, j + 1]
    under, over = grid[k - 1, j], grid[k + 1, j]
    for n in range(columns.shape[0]):
        i = columns[n]
        twice = 2.0 * here[i]
        h[0, n] = here[i - 1] + here[i + 1] - twice
        h[1, n] = before[i] + behind[i] - twice
        h[2, n] = under[i] + over[i] - twice
        h[3, n] = 0.25 * (behind[i + 1] + before[i - 1] - behind[i - 1] - before[i + 1])
        h[4, n] = 0.25 * (over[i + 1] + under[i - 1] - over[i - 1] - under[i + 1])
        h[5, n] = 0.25 * (grid[k + 1, j + 1, i] + grid[k - 1, j - 1, i] - grid[k + 1, j - 1, i] - grid[k - 1, j + 1, i])


@njit(cache=True, nogil=True, inline="always")
def _tube_contrasts(h, gain, out):
    """Tube contrast of each column of `h`: `gain` times the weaker curvature across less half of any along."""
    xx, yy, zz, xy, xz, yz = h[0], h[1], h[2], h[3], h[4], h[5]
    for n in range(out.shape[0]):
        middle, high = larger_eigenvalues(xx[n], yy[n], zz[n], xy[n], xz[n], yz[n])
        out[n] = gain * (-middle - abs(high) * 0.5)


@njit(cache=True, nogil=True, parallel=True)
def strongest_tube(grid, floor, scale_gain, scale_number, response, scale):
    """Raises `response` (float32) and sets `scale` (uint8) where this scale's tube contrast is larger.

    `grid` is smoothed; voxels below the floor are skipped. Tube contrast is `scale_gain` times the weaker of the two
    cross-sectional curvatures less any curvature along the tube, so that sheets, edges and blobs give little.
    """
    nz, ny, nx = grid.shape
    for k in prange(1, nz - 1):
        at = np.empty(nx, np.int64)
        value = np.empty(nx)
        h = np.empty((6, nx))
        for j in range(1, ny - 1):
            best, number = response[k, j], scale[k, j]
            count = _worth_solving(grid, k, j, floor, best / scale_gain, at, value)
            _second_differences(grid, k, j, at[:count], h)
            _tube_contrasts(h, scale_gain, value[:count])
            for n in range(count):
                i = at[n]
                if value[n] > best[i]:
                    best[i] = value[n]
                    number[i] = scale_number


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
