"""Sampling kernels: trilinear and cubic interpolation of a voxel array at positions given in voxel indices.

All positions are (slice, row, column) indices as float64. View kernels are serial, they run while a person drags; the batch
kernels use all cores. A position outside the outermost voxel centres gives `PADDING_HU`.
"""

import math

import numpy as np
from numba import njit, prange

PADDING_HU = -1024.0
"""What a view shows beyond the volume."""

MIP, MEAN, MINIP = 0, 1, 2
"""Slab modes: brightest, average and darkest sample along the ray."""


@njit(cache=True, nogil=True, inline="always")
def _trilinear(hu, z, y, x):
    nz, ny, nx = hu.shape
    if not (z >= 0.0 and y >= 0.0 and x >= 0.0 and z <= nz - 1 and y <= ny - 1 and x <= nx - 1):
        return PADDING_HU
    k, j, i = int(z), int(y), int(x)
    k1, j1, i1 = min(k + 1, nz - 1), min(j + 1, ny - 1), min(i + 1, nx - 1)
    fz, fy, fx = z - k, y - j, x - i
    a = hu[k, j, i] + fx * (hu[k, j, i1] - hu[k, j, i])
    b = hu[k, j1, i] + fx * (hu[k, j1, i1] - hu[k, j1, i])
    c = hu[k1, j, i] + fx * (hu[k1, j, i1] - hu[k1, j, i])
    d = hu[k1, j1, i] + fx * (hu[k1, j1, i1] - hu[k1, j1, i])
    top = a + fy * (b - a)
    return top + fz * (c + fy * (d - c) - top)


@njit(cache=True, nogil=True)
def ruled_view(hu, start_kji, step_kji, columns, out):
    """Fill `out` (rows, columns): row r starts at start_kji[r] and goes by step_kji[r] per column."""
    for r in range(out.shape[0]):
        z, y, x = start_kji[r, 0], start_kji[r, 1], start_kji[r, 2]
        dz, dy, dx = step_kji[r, 0], step_kji[r, 1], step_kji[r, 2]
        for c in range(columns):
            out[r, c] = _trilinear(hu, z + c * dz, y + c * dy, x + c * dx)


@njit(cache=True, nogil=True, inline="always")
def _trilinear_inside(hu, z, y, x):
    """As `_trilinear` where all eight neighbours are known to exist: the same value, without looking at the border."""
    k, j, i = int(z), int(y), int(x)
    fz, fy, fx = z - k, y - j, x - i
    a = hu[k, j, i] + fx * (hu[k, j, i + 1] - hu[k, j, i])
    b = hu[k, j + 1, i] + fx * (hu[k, j + 1, i + 1] - hu[k, j + 1, i])
    c = hu[k + 1, j, i] + fx * (hu[k + 1, j, i + 1] - hu[k + 1, j, i])
    d = hu[k + 1, j + 1, i] + fx * (hu[k + 1, j + 1, i + 1] - hu[k + 1, j + 1, i])
    top = a + fy * (b - a)
    return top + fz * (c + fy * (d - c) - top)


@njit(cache=True, nogil=True)
def _is_slab_inside(hu, start_kji, row_kji, column_kji, ray_kji, samples, shape):
    """Whether the eight corners of a slab, and so all of it, lie well inside the volume."""
    for corner in range(8):
        r = (shape[0] - 1) * (corner & 1)
        c = (shape[1] - 1) * ((corner >> 1) & 1)
        n = (samples - 1) * (corner >> 2)
        for a in range(3):
            at = start_kji[a] + r * row_kji[a] + c * column_kji[a] + n * ray_kji[a]
            if not (at >= 0.001 and at < hu.shape[a] - 1.001):
                return False
    return True


@njit(cache=True, nogil=True)
def slab_view(hu, start_kji, row_kji, column_kji, ray_kji, samples, mode, out):
    """Fill `out` with the plane start + r * row + c * column, joined over `samples` steps of `ray_kji` by `mode`."""
    if mode == MIP and _is_slab_inside(hu, start_kji, row_kji, column_kji, ray_kji, samples, out.shape):
        _brightest_inside(hu, start_kji, row_kji, column_kji, ray_kji, samples, out)
        return
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            z = start_kji[0] + r * row_kji[0] + c * column_kji[0]
            y = start_kji[1] + r * row_kji[1] + c * column_kji[1]
            x = start_kji[2] + r * row_kji[2] + c * column_kji[2]
            joined = _trilinear(hu, z, y, x)
            for n in range(1, samples):
                value = _trilinear(hu, z + n * ray_kji[0], y + n * ray_kji[1], x + n * ray_kji[2])
                if mode == MIP:
                    joined = max(joined, value)
                elif mode == MINIP:
                    joined = min(joined, value)
                else:
                    joined += value
            out[r, c] = joined / samples if mode == MEAN else joined


@njit(cache=True, nogil=True)
def _brightest_inside(hu, start_kji, row_kji, column_kji, ray_kji, samples, out):
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            z = start_kji[0] + r * row_kji[0] + c * column_kji[0]
            y = start_kji[1] + r * row_kji[1] + c * column_kji[1]
            x = start_kji[2] + r * row_kji[2] + c * column_kji[2]
            joined = _trilinear_inside(hu, z, y, x)
            for n in range(1, samples):
                joined = max(joined, _trilinear_inside(hu, z + n * ray_kji[0], y + n * ray_kji[1], x + n * ray_kji[2]))
            out[r, c] = joined


@njit(cache=True, nogil=True, inline="always")
def _is_well_inside(hu, z, y, x):
    nz, ny, nx = hu.shape
    return z >= 0.001 and y >= 0.001 and x >= 0.001 and z < nz - 1.001 and y < ny - 1.001 and x < nx - 1.001


@njit(cache=True, nogil=True, parallel=True)
def section_stack(hu, corner_kji, row_kji, column_kji, out):
    """Fill int16 `out` (n, rows, columns): section n starts at corner_kji[n] and steps by row_kji[n] and column_kji[n]."""
    for n in prange(out.shape[0]):
        last = out.shape[2] - 1
        dz, dy, dx = column_kji[n, 0], column_kji[n, 1], column_kji[n, 2]
        for r in range(out.shape[1]):
            z = corner_kji[n, 0] + r * row_kji[n, 0]
            y = corner_kji[n, 1] + r * row_kji[n, 1]
            x = corner_kji[n, 2] + r * row_kji[n, 2]
            if _is_well_inside(hu, z, y, x) and _is_well_inside(hu, z + last * dz, y + last * dy, x + last * dx):
                for c in range(out.shape[2]):
                    value = _trilinear_inside(hu, z + c * dz, y + c * dy, x + c * dx)
                    out[n, r, c] = np.int16(math.floor(value + 0.5))
            else:
                for c in range(out.shape[2]):
                    value = _trilinear(hu, z + c * dz, y + c * dy, x + c * dx)
                    out[n, r, c] = np.int16(math.floor(value + 0.5))


@njit(cache=True, nogil=True, inline="always")
def _keys_weights(f, w):
    w[0] = ((-0.5 * f + 1.0) * f - 0.5) * f
    w[1] = (1.5 * f - 2.5) * f * f + 1.0
    w[2] = ((-1.5 * f + 2.0) * f + 0.5) * f
    w[3] = (0.5 * f - 0.5) * f * f


@njit(cache=True, nogil=True, parallel=True)
def cubic_samples(hu, points_kji, out):
    """Cubic convolution (Keys 1981, IEEE ASSP 29:1153) at points (m, 3); NaN outside the volume.

    Trilinear sampling blurs by up to a quarter of a voxel, which a measurement cannot afford.
    """
    nz, ny, nx = hu.shape
    chunks = 64
    for chunk in prange(chunks):
        wz, wy, wx = np.empty(4), np.empty(4), np.empty(4)
        for m in range(chunk * len(out) // chunks, (chunk + 1) * len(out) // chunks):
            z, y, x = points_kji[m, 0], points_kji[m, 1], points_kji[m, 2]
            if not (z >= 0.0 and y >= 0.0 and x >= 0.0 and z <= nz - 1 and y <= ny - 1 and x <= nx - 1):
                out[m] = np.nan
                continue
            k, j, i = int(z), int(y), int(x)
            _keys_weights(z - k, wz)
            _keys_weights(y - j, wy)
            _keys_weights(x - i, wx)
            total = 0.0
            for a in range(4):
                ka = min(max(k + a - 1, 0), nz - 1)
                plane = 0.0
                for b in range(4):
                    jb = min(max(j + b - 1, 0), ny - 1)
                    line = 0.0
                    for c in range(4):
                        line += wx[c] * hu[ka, jb, min(max(i + c - 1, 0), nx - 1)]
                    plane += wy[b] * line
                total += wz[a] * plane
            out[m] = total


@njit(cache=True, nogil=True, inline="always")
def _spline_weights(f, w):
    g = 1.0 - f
    w[0] = g * g * g / 6.0
    w[1] = 2.0 / 3.0 - 0.5 * f * f * (2.0 - f)
    w[2] = 2.0 / 3.0 - 0.5 * g * g * (2.0 - g)
    w[3] = f * f * f / 6.0


@njit(cache=True, nogil=True, parallel=True)
def spline_samples(coefficients, points_kji, out):
    """Cubic B-spline at points (m, 3) from its `coefficients`; NaN outside the outermost samples, mirrored at the border."""
    nz, ny, nx = coefficients.shape
    chunks = 64
    for chunk in prange(chunks):
        wz, wy, wx = np.empty(4), np.empty(4), np.empty(4)
        for m in range(chunk * len(out) // chunks, (chunk + 1) * len(out) // chunks):
            z, y, x = points_kji[m, 0], points_kji[m, 1], points_kji[m, 2]
            if not (z >= 0.0 and y >= 0.0 and x >= 0.0 and z <= nz - 1 and y <= ny - 1 and x <= nx - 1):
                out[m] = np.nan
                continue
            k, j, i = int(z), int(y), int(x)
            _spline_weights(z - k, wz)
            _spline_weights(y - j, wy)
            _spline_weights(x - i, wx)
            total = 0.0
            for a in range(4):
                ka = abs(k + a - 1)
                ka = 2 * (nz - 1) - ka if ka > nz - 1 else ka
                plane = 0.0
                for b in range(4):
                    jb = abs(j + b - 1)
                    jb = 2 * (ny - 1) - jb if jb > ny - 1 else jb
                    line = 0.0
                    for c in range(4):
                        ic = abs(i + c - 1)
                        line += wx[c] * coefficients[ka, jb, 2 * (nx - 1) - ic if ic > nx - 1 else ic]
                    plane += wy[b] * line
                total += wz[a] * plane
            out[m] = total
