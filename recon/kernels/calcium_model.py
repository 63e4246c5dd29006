"""Kernels of the blurred ring-sector model: occupancy of a deposit on a section grid, its blurred picture, its Jacobian.

A deposit has per plane: middle angle, half arc (rad), inner and outer radius (mm) and a weight along the vessel. The grid is
(planes, rows, columns) about the vessel centre, `pixel_mm` apart, `polar` (2, rows, columns) holds radius and angle.
"""

import math

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True, inline="always")
def _overlap(low, high, a, b):
    return max(0.0, min(high, b) - max(low, a))


@njit(cache=True, nogil=True, inline="always")
def _coverage(r, theta, pixel, middle, half, inner, outer):
    """Part of a pixel at (r, theta) that lies in the sector."""
    if r - 0.5 * pixel >= outer or r + 0.5 * pixel <= inner:
        return 0.0
    radial = _overlap(r - 0.5 * pixel, r + 0.5 * pixel, inner if inner > 0.0 else -pixel, outer) / pixel
    if half >= math.pi:
        return radial
    reach = min(0.5 * pixel / max(r, 0.25 * pixel), math.pi)
    turn = abs((theta - middle + math.pi) % (2 * math.pi) - math.pi)
    shared = _overlap(turn - reach, turn + reach, -half, half)
    shared += _overlap(turn - reach - 2 * math.pi, turn + reach - 2 * math.pi, -half, half)
    shared += _overlap(turn - reach + 2 * math.pi, turn + reach + 2 * math.pi, -half, half)
    return radial * min(1.0, shared / (2 * reach))


@njit(cache=True, nogil=True)
def plane_occupancy(polar, pixel, middle, half, inner, outer, weight, out):
    """Occupancy of one plane, (rows, columns)."""
    rows, columns = out.shape
    for r in range(rows):
        for c in range(columns):
            out[r, c] = (
                weight * _coverage(polar[0, r, c], polar[1, r, c], pixel, middle, half, inner, outer) if weight > 0 else 0.0
            )


@njit(cache=True, nogil=True)
def gaussian_taps(sigma, step, taps):
    """Normalised Gaussian weights at 0, step, 2 step... into `taps`; wider than a point by the cell itself."""
    total = 0.0
    for i in range(len(taps)):
        taps[i] = math.exp(-0.5 * (i * step / sigma) ** 2)
        total += taps[i] if i == 0 else 2 * taps[i]
    for i in range(len(taps)):
        taps[i] /= total


@njit(cache=True, nogil=True)
def _blur_plane(source, row_taps, column_taps, scratch, out):
    rows, columns = source.shape
    for r in range(rows):
        for c in range(columns):
            total = column_taps[0] * source[r, c]
            for i in range(1, len(column_taps)):
                if c - i >= 0:
                    total += column_taps[i] * source[r, c - i]
                if c + i < columns:
                    total += column_taps[i] * source[r, c + i]
            scratch[r, c] = total
    for r in range(rows):
        for c in range(columns):
            total = row_taps[0] * scratch[r, c]
            for i in range(1, len(row_taps)):
                if r - i >= 0:
                    total += row_taps[i] * scratch[r - i, c]
                if r + i < rows:
                    total += row_taps[i] * scratch[r + i, c]
            out[r, c] = total


@njit(cache=True, nogil=True, parallel=True)
def blurred(source, plane_taps, row_taps, column_taps, out):
    """Separable Gaussian blur of `source` (planes, rows, columns), zero beyond the grid."""
    planes, rows, columns = source.shape
    flat = np.empty_like(source)
    for k in prange(planes):
        scratch = np.empty((rows, columns), source.dtype)
        _blur_plane(source[k], row_taps, column_taps, scratch, flat[k])
    for k in prange(planes):
        for r in range(rows):
            for c in range(columns):
                total = plane_taps[0] * flat[k, r, c]
                for i in range(1, len(plane_taps)):
                    if k - i >= 0:
                        total += plane_taps[i] * flat[k - i, r, c]
                    if k + i < planes:
                        total += plane_taps[i] * flat[k + i, r, c]
                out[k, r, c] = total


@njit(cache=True, nogil=True)
def _plane_shape(stations, position, shape):
    """Parameters of a plane between two stations; `position` in station units."""
    last = stations.shape[0] - 1
    x = min(max(position, 0.0), float(last))
    i = min(int(x), max(last - 1, 0))
    f = x - i
    j = min(i + 1, last)
    for p in range(4):
        shape[p] = (1 - f) * stations[i, p] + f * stations[j, p]


@njit(cache=True, nogil=True)
def _weight(s, start, end, ramp):
    """Part of a plane of thickness `ramp` at arc s that lies between start and end."""
    return _overlap(s - 0.5 * ramp, s + 0.5 * ramp, start, end) / ramp


@njit(cache=True, nogil=True, parallel=True)
def deposit_occupancy(polar, pixel, stations, position, s_mm, start, end, ramp, out):
    """Occupancy (planes, rows, columns) of one deposit; `position` (planes,) in station units, `stations` (m, 4)."""
    for k in prange(len(s_mm)):
        shape = np.empty(4)
        _plane_shape(stations, position[k], shape)
        plane_occupancy(polar, pixel, shape[0], shape[1], shape[2], shape[3], _weight(s_mm[k], start, end, ramp), out[k])


@njit(cache=True, nogil=True, parallel=True)
def deposit_jacobian(
    polar, pixel, stations, position, s_mm, start, end, ramp, contrast, occupancy, plane_taps, row_taps, column_taps, delta, out
):
    """Change of the blurred picture by each station parameter, then by the two ends: out (4 m + 2, planes, rows, columns).

    `contrast` is deposit HU minus the HU it replaces; derivatives are one-sided differences of size `delta` (6,).
    """
    planes, rows, columns = contrast.shape
    count = 4 * stations.shape[0]
    for q in prange(count + 2):
        moved = stations.copy()
        first, final = start, end
        if q < count:
            moved[q // 4, q % 4] += delta[q % 4]
        elif q == count:
            first += delta[4]
        else:
            final += delta[5]
        size = delta[q % 4] if q < count else delta[4 + q - count]
        out[q] = 0.0
        shape = np.empty(4)
        fresh, flat, scratch = np.empty((rows, columns)), np.empty((rows, columns)), np.empty((rows, columns))
        for k in range(planes):
            old_w, new_w = _weight(s_mm[k], start, end, ramp), _weight(s_mm[k], first, final, ramp)
            if q < count:
                if abs(position[k] - q // 4) >= 1.0 and not (
                    (q // 4 == 0 and position[k] < 0) or (q // 4 == stations.shape[0] - 1 and position[k] > q // 4)
                ):
                    continue
                if new_w <= 0.0:
                    continue
            elif old_w == new_w:
                continue
            _plane_shape(moved, position[k], shape)
            plane_occupancy(polar, pixel, shape[0], shape[1], shape[2], shape[3], new_w, fresh)
            changed = False
            for r in range(rows):
                for c in range(columns):
                    fresh[r, c] = (fresh[r, c] - occupancy[k, r, c]) * contrast[k, r, c] / size
                    if fresh[r, c] != 0.0:
                        changed = True
            if not changed:
                continue
            _blur_plane(fresh, row_taps, column_taps, scratch, flat)
            for i in range(-len(plane_taps) + 1, len(plane_taps)):
                if 0 <= k + i < planes:
                    tap = plane_taps[abs(i)]
                    for r in range(rows):
                        for c in range(columns):
                            out[q, k + i, r, c] += tap * flat[r, c]
