"""Kernels that centre a line in its sections: weighted centroids and half-height radii in the plane across each point."""

import math

import numpy as np
from numba import njit

from recon.kernels.grid import trilinear


@njit(cache=True, nogil=True, inline="always")
def _hu(grid, index_from_lps, x, y, z):
    m = index_from_lps
    return trilinear(
        grid,
        m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3],
        m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3],
        m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3],
    )


@njit(cache=True, nogil=True)
def plane_axes(tangent):
    """Two unit vectors across each unit tangent (n, 3)."""
    first = np.empty_like(tangent)
    second = np.empty_like(tangent)
    for n in range(tangent.shape[0]):
        t = tangent[n]
        smallest = 0
        for a in range(1, 3):
            if abs(t[a]) < abs(t[smallest]):
                smallest = a
        u = -t[smallest] * t
        u[smallest] += 1.0
        u = u / math.sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2])
        first[n] = u
        second[n, 0] = t[1] * u[2] - t[2] * u[1]
        second[n, 1] = t[2] * u[0] - t[0] * u[2]
        second[n, 2] = t[0] * u[1] - t[1] * u[0]
    return first, second


@njit(cache=True, nogil=True)
def centroid_shifts(grid, index_from_lps, points, tangent, radius, low, high, ceiling, pixel):
    """(n, 3) offset in mm of the bright region's centroid from each point, in its section; 0 where nothing is bright.

    A pixel weighs (HU - low) / (high - low) cut to 0..1, and nothing above `ceiling`. The disc of `radius` looked at moves with
    the centroid, so that it ends up centred when it is wider than the region.
    """
    first, second = plane_axes(tangent)
    shifts = np.zeros_like(points)
    for n in range(points.shape[0]):
        reach = math.ceil(radius[n] / pixel)
        squared = (radius[n] / pixel) ** 2
        a_mean = b_mean = 0.0
        for _ in range(6):
            total = sum_a = sum_b = 0.0
            for p in range(-reach, reach + 1):
                for q in range(-reach, reach + 1):
                    if p * p + q * q > squared:
                        continue
                    a, b = a_mean + p * pixel, b_mean + q * pixel
                    x = points[n, 0] + a * first[n, 0] + b * second[n, 0]
                    y = points[n, 1] + a * first[n, 1] + b * second[n, 1]
                    z = points[n, 2] + a * first[n, 2] + b * second[n, 2]
                    value = _hu(grid, index_from_lps, x, y, z)
                    w = (value - low[n]) / (high[n] - low[n])
                    if w <= 0.0 or value > ceiling[n]:
                        continue
                    w = min(w, 1.0)
                    total += w
                    sum_a += w * a
                    sum_b += w * b
            if total <= 0.0:
                break
            moved = abs(sum_a / total - a_mean) + abs(sum_b / total - b_mean)
            a_mean, b_mean = sum_a / total, sum_b / total
            if moved < 0.01:
                break
        for c in range(3):
            shifts[n, c] = a_mean * first[n, c] + b_mean * second[n, c]
    return shifts


@njit(cache=True, nogil=True)
def _section_patch(grid, index_from_lps, point, first, second, pixel, patch):
    """HU in the section through `point`, sampled every `pixel` mm about the middle of `patch` (m, m)."""
    margin = patch.shape[0] // 2
    for p in range(patch.shape[0]):
        for q in range(patch.shape[1]):
            a, b = (p - margin) * pixel, (q - margin) * pixel
            x = point[0] + a * first[0] + b * second[0]
            y = point[1] + a * first[1] + b * second[1]
            z = point[2] + a * first[2] + b * second[2]
            patch[p, q] = _hu(grid, index_from_lps, x, y, z)


@njit(cache=True, nogil=True, inline="always")
def _bilinear(patch, p, q):
    i, j = int(p), int(q)
    u, v = p - i, q - j
    return (patch[i, j] * (1 - u) + patch[i + 1, j] * u) * (1 - v) + (patch[i, j + 1] * (1 - u) + patch[i + 1, j + 1] * u) * v


@njit(cache=True, nogil=True)
def _rim_contrast(patch, clipped, p, q, inner, outer, cosines, sines, calcium):
    """Mean fall of `clipped` from the circle of radius `inner` to that of `outer` (pixels) about (p, q).

    Directions in which calcium reaches the rim tell nothing, and count as no fall.
    """
    fall = 0.0
    for k in range(cosines.shape[0]):
        middle, far = 0.5 * (inner + outer), outer
        if patch[int(p + middle * cosines[k] + 0.5), int(q + middle * sines[k] + 0.5)] > calcium:
            continue
        if patch[int(p + far * cosines[k] + 0.5), int(q + far * sines[k] + 0.5)] > calcium:
            continue
        inside = _bilinear(clipped, p + inner * cosines[k], q + inner * sines[k])
        fall += inside - _bilinear(clipped, p + outer * cosines[k], q + outer * sines[k])
    return fall / cosines.shape[0]


@njit(cache=True, nogil=True)
def rim_shifts(grid, index_from_lps, points, tangent, wanted, low, high, calcium, pixel, reach, radii, half_width):
    """Offset (n, 3) in mm from each wanted point to the middle of the circle along which HU falls most, and that fall (n,).

    HU is cut to `low`..`high`, so that calcium is no more than cord; `radii` (k,) mm are tried at middles within `reach` mm.
    The fall is taken over `half_width` mm to either side of the circle (after Daugman 1993). 0 where nothing falls.
    """
    first, second = plane_axes(tangent)
    directions = 24
    cosines = np.cos(2.0 * np.pi * np.arange(directions) / directions)
    sines = np.sin(2.0 * np.pi * np.arange(directions) / directions)
    margin = math.ceil((reach + radii.max() + half_width) / pixel) + 1
    step = 0.6 * pixel
    reach_steps = int(reach / step + 1e-9)
    patch = np.empty((2 * margin + 1, 2 * margin + 1))
    best = np.empty((2 * reach_steps + 1, 2 * reach_steps + 1))
    shifts, strength = np.zeros_like(points), np.zeros(points.shape[0])
    for n in range(points.shape[0]):
        if not wanted[n]:
            continue
        _section_patch(grid, index_from_lps, points[n], first[n], second[n], pixel, patch)
        clipped = np.minimum(np.maximum(patch, low), high)
        best[:] = -np.inf
        for i in range(-reach_steps, reach_steps + 1):
            for j in range(-reach_steps, reach_steps + 1):
                if (i * i + j * j) * step * step > reach * reach + 1e-9:
                    continue
                p, q = margin + i * step / pixel, margin + j * step / pixel
                for r in radii:
                    inner, outer = (r - half_width) / pixel, (r + half_width) / pixel
                    fall = _rim_contrast(patch, clipped, p, q, inner, outer, cosines, sines, calcium)
                    best[i + reach_steps, j + reach_steps] = max(best[i + reach_steps, j + reach_steps], fall)
        strength[n] = max(best.max(), 0.0)
        if strength[n] > 0.0:
            weight = np.exp((best - best.max()) / 4.0)
            a = step * (weight.sum(axis=1) * np.arange(-reach_steps, reach_steps + 1)).sum() / weight.sum()
            b = step * (weight.sum(axis=0) * np.arange(-reach_steps, reach_steps + 1)).sum() / weight.sum()
            for c in range(3):
                shifts[n, c] = a * first[n, c] + b * second[n, c]
    return shifts, strength


@njit(cache=True, nogil=True)
def disc_means(grid, index_from_lps, points, tangent, radius, ceiling, calcium):
    """Mean of HU cut at `ceiling` in a disc across each point, (n,), NaN where any pixel is above `calcium`."""
    first, second = plane_axes(tangent)
    out = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        total = 0.0
        count = left_out = 0
        for ring in range(3):
            r = radius * ring / 2.0
            for turn in range(max(1, 6 * ring)):
                angle = turn * math.pi / (3.0 * max(ring, 1))
                a, b = r * math.cos(angle), r * math.sin(angle)
                x = points[n, 0] + a * first[n, 0] + b * second[n, 0]
                y = points[n, 1] + a * first[n, 1] + b * second[n, 1]
                z = points[n, 2] + a * first[n, 2] + b * second[n, 2]
                value = _hu(grid, index_from_lps, x, y, z)
                if value > calcium:
                    left_out += 1
                else:
                    total += min(value, ceiling)
                    count += 1
        out[n] = total / count if left_out == 0 else np.nan
    return out


@njit(cache=True, nogil=True)
def section_contents(grid, index_from_lps, points, tangent, radius, lumen, calcium, pixel):
    """(lumen-like mm2, calcium mm2), each (n,), in a disc of `radius` across each point.

    Lumen-like is HU from `lumen` to `calcium` farther than two pixels from anything above `calcium`, whose blurred rim looks the
    same.
    """
    first, second = plane_axes(tangent)
    count = points.shape[0]
    lumen_mm2, calcium_mm2 = np.zeros(count), np.zeros(count)
    reach = math.ceil(radius / pixel)
    margin = reach + 2
    patch = np.empty((2 * margin + 1, 2 * margin + 1))
    for n in range(count):
        for p in range(-margin, margin + 1):
            for q in range(-margin, margin + 1):
                a, b = p * pixel, q * pixel
                x = points[n, 0] + a * first[n, 0] + b * second[n, 0]
                y = points[n, 1] + a * first[n, 1] + b * second[n, 1]
                z = points[n, 2] + a * first[n, 2] + b * second[n, 2]
                patch[p + margin, q + margin] = _hu(grid, index_from_lps, x, y, z)
        for p in range(-reach, reach + 1):
            for q in range(-reach, reach + 1):
                if p * p + q * q > (radius / pixel) ** 2:
                    continue
                value = patch[p + margin, q + margin]
                if value > calcium:
                    calcium_mm2[n] += pixel * pixel
                elif value > lumen:
                    beside = False
                    for c in range(-2, 3):
                        for d in range(-2, 3):
                            if abs(c) + abs(d) <= 2 and patch[p + margin + c, q + margin + d] > calcium:
                                beside = True
                    if not beside:
                        lumen_mm2[n] += pixel * pixel
    return lumen_mm2, calcium_mm2


@njit(cache=True, nogil=True)
def half_height_radii(grid, index_from_lps, points, tangent, level, reach, rays):
    """(n, rays) distance in mm from each point to where HU first falls below level (n,); NaN where it does not within reach."""
    first, second = plane_axes(tangent)
    out = np.full((points.shape[0], rays), np.nan)
    step = 0.1
    for n in range(points.shape[0]):
        for ray in range(rays):
            angle = 2.0 * math.pi * ray / rays
            c, s = math.cos(angle), math.sin(angle)
            ux = c * first[n, 0] + s * second[n, 0]
            uy = c * first[n, 1] + s * second[n, 1]
            uz = c * first[n, 2] + s * second[n, 2]
            before = _hu(grid, index_from_lps, points[n, 0], points[n, 1], points[n, 2])
            if before < level[n]:
                out[n, ray] = 0.0
                continue
            r = step
            while r <= reach:
                value = _hu(grid, index_from_lps, points[n, 0] + r * ux, points[n, 1] + r * uy, points[n, 2] + r * uz)
                if value < level[n]:
                    out[n, ray] = r - step * (level[n] - value) / max(before - value, 1e-6)
                    break
                before = value
                r += step
    return out
