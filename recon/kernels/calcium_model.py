"""Kernels of the blurred ring-sector model: occupancy of a deposit on a section grid, its blurred picture, its Jacobian.

A deposit has per plane a shape (SHAPE,): middle angle, half arc (rad), inner and outer radius (mm) about a centre of its own,
up and right (mm) of the vessel's, density (HU); and a weight along the vessel. The grid is (planes, rows, columns) about the
vessel centre, `pixel_mm` apart; `place` (2, rows, columns) holds how far up and right a pixel is.
"""

import math

import numpy as np
from numba import njit, prange

SHAPE, DENSITY = 7, 6
"""Parameters of a shape, and which of them is its density."""


@njit(cache=True, nogil=True, inline="always")
def _overlap(low, high, a, b):
    return max(0.0, min(high, b) - max(low, a))


@njit(cache=True, nogil=True, inline="always")
def coverage(up, right, pixel, shape):
    """Part of a pixel at (up, right) that lies in the sector."""
    y, x = up - shape[4], right - shape[5]
    inner, outer = shape[2], shape[3]
    r = math.sqrt(y * y + x * x)
    if r - 0.5 * pixel >= outer or r + 0.5 * pixel <= inner:
        return 0.0
    radial = _overlap(r - 0.5 * pixel, r + 0.5 * pixel, inner if inner > 0.0 else -pixel, outer) / pixel
    half = shape[1]
    if half >= math.pi:
        return radial
    reach = min(0.5 * pixel / max(r, 0.25 * pixel), math.pi)
    turn = abs((math.atan2(x, y) - shape[0] + math.pi) % (2 * math.pi) - math.pi)
    shared = _overlap(turn - reach, turn + reach, -half, half)
    shared += _overlap(turn - reach - 2 * math.pi, turn + reach - 2 * math.pi, -half, half)
    shared += _overlap(turn - reach + 2 * math.pi, turn + reach + 2 * math.pi, -half, half)
    return radial * min(1.0, shared / (2 * reach))


@njit(cache=True, nogil=True)
def plane_occupancy(place, pixel, shape, weight, out):
    """Occupancy of one plane, (rows, columns)."""
    rows, columns = out.shape
    for r in range(rows):
        for c in range(columns):
            out[r, c] = weight * coverage(place[0, r, c], place[1, r, c], pixel, shape) if weight > 0 else 0.0


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
    for p in range(SHAPE):
        shape[p] = (1 - f) * stations[i, p] + f * stations[j, p]


@njit(cache=True, nogil=True)
def _weight(s, start, end, ramp):
    """Part of a plane of thickness `ramp` at arc s that lies between start and end."""
    return _overlap(s - 0.5 * ramp, s + 0.5 * ramp, start, end) / ramp


@njit(cache=True, nogil=True, parallel=True)
def deposit_excess(place, pixel, stations, position, s_mm, start, end, ramp, sharp, out):
    """HU (planes, rows, columns) a deposit adds before blur; `position` (planes,) in station units, `stations` (m, SHAPE).

    `sharp` holds the HU it replaces.
    """
    for k in prange(len(s_mm)):
        shape = np.empty(SHAPE)
        _plane_shape(stations, position[k], shape)
        plane_occupancy(place, pixel, shape, _weight(s_mm[k], start, end, ramp), out[k])
        for r in range(out.shape[1]):
            for c in range(out.shape[2]):
                if out[k, r, c] > 0.0:
                    out[k, r, c] *= shape[DENSITY] - sharp[k, r, c]


@njit(cache=True, nogil=True, parallel=True)
def deposit_jacobian(
    place, pixel, stations, position, s_mm, start, end, ramp, sharp, excess, plane_taps, row_taps, column_taps, delta, out
):
    """Change of the blurred picture by each station parameter, then by the two ends: out (SHAPE m + 2, planes, rows, columns).

    `excess` is what `deposit_excess` gives; derivatives are one-sided differences of size `delta` (SHAPE + 2,).
    """
    planes, rows, columns = sharp.shape
    last = stations.shape[0] - 1
    count = SHAPE * stations.shape[0]
    for q in prange(count + 2):
        moved = stations.copy()
        first, final = start, end
        if q < count:
            moved[q // SHAPE, q % SHAPE] += delta[q % SHAPE]
        elif q == count:
            first += delta[SHAPE]
        else:
            final += delta[SHAPE + 1]
        size = delta[q % SHAPE] if q < count else delta[SHAPE + q - count]
        station = q // SHAPE
        out[q] = 0.0
        shape = np.empty(SHAPE)
        fresh, flat, scratch = np.empty((rows, columns)), np.empty((rows, columns)), np.empty((rows, columns))
        for k in range(planes):
            weight = _weight(s_mm[k], first, final, ramp)
            if q < count:
                beyond = (station == 0 and position[k] < 0) or (station == last and position[k] > station)
                if weight <= 0.0 or (abs(position[k] - station) >= 1.0 and not beyond):
                    continue
            elif weight == _weight(s_mm[k], start, end, ramp):
                continue
            _plane_shape(moved, position[k], shape)
            plane_occupancy(place, pixel, shape, weight, fresh)
            changed = False
            for r in range(rows):
                for c in range(columns):
                    fresh[r, c] = (fresh[r, c] * (shape[DENSITY] - sharp[k, r, c]) - excess[k, r, c]) / size
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


@njit(cache=True, nogil=True)
def weighted_rows(jacobian, plane, active, seen, root, out):
    """Derivatives by the `active` parameters at the pixels `seen` of a plane, times `root`: out (active, seen).

    `jacobian` is (parameters, planes, pixels), `root` (pixels,). Done here because picking by index in numpy takes longer than
    the equations themselves.
    """
    for a in range(len(active)):
        row = jacobian[active[a], plane]
        for i in range(len(seen)):
            out[a, i] = row[seen[i]] * root[seen[i]]


@njit(cache=True, nogil=True)
def polar_cover(shapes, weights, step_mm, cover):
    """Part (0..1) of each polar cell about the vessel's centre, (angles, radii) `step_mm` apart, that is in one of the shapes."""
    angles, radii = cover.shape
    for t in range(angles):
        theta = (t + 0.5) * 2 * math.pi / angles
        up, right = math.cos(theta), math.sin(theta)
        for q in range(radii):
            r = (q + 0.5) * step_mm
            for n in range(shapes.shape[0]):
                if weights[n] > cover[t, q]:
                    cover[t, q] = max(cover[t, q], weights[n] * coverage(r * up, r * right, step_mm, shapes[n]))
