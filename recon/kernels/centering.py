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
def centroid_shifts(grid, index_from_lps, points, tangent, radius, low, high, pixel):
    """(shift (n, 3), weight (n,)): offset in mm of the bright region's centroid from each point, in its section.

    A pixel weighs (HU - low) / (high - low) cut to 0..1, inside `radius` of the point only through a Gaussian window.
    """
    first, second = plane_axes(tangent)
    shifts = np.zeros_like(points)
    weights = np.zeros(points.shape[0])
    for n in range(points.shape[0]):
        reach = math.ceil(2.0 * radius[n] / pixel)
        a_mean = b_mean = 0.0
        for _ in range(4):
            total = sum_a = sum_b = 0.0
            for p in range(-reach, reach + 1):
                for q in range(-reach, reach + 1):
                    if p * p + q * q > reach * reach:
                        continue
                    a, b = a_mean + p * pixel, b_mean + q * pixel
                    x = points[n, 0] + a * first[n, 0] + b * second[n, 0]
                    y = points[n, 1] + a * first[n, 1] + b * second[n, 1]
                    z = points[n, 2] + a * first[n, 2] + b * second[n, 2]
                    w = (_hu(grid, index_from_lps, x, y, z) - low[n]) / (high[n] - low[n])
                    if w <= 0.0:
                        continue
                    w = min(w, 1.0) * math.exp(-0.5 * (p * p + q * q) * pixel * pixel / (radius[n] * radius[n]))
                    total += w
                    sum_a += w * a
                    sum_b += w * b
            if total <= 0.0:
                break
            # The window pulls the centroid towards its own centre; doubling the step undoes that for a Gaussian spot of its size.
            a_new, b_new = a_mean + 1.6 * (sum_a / total - a_mean), b_mean + 1.6 * (sum_b / total - b_mean)
            moved = abs(a_new - a_mean) + abs(b_new - b_mean)
            a_mean, b_mean = a_new, b_new
            weights[n] = total
            if moved < 0.01:
                break
        for c in range(3):
            shifts[n, c] = a_mean * first[n, c] + b_mean * second[n, c]
    return shifts, weights


@njit(cache=True, nogil=True)
def disc_means(grid, index_from_lps, points, tangent, radius, ceiling):
    """Mean of HU cut at `ceiling` in a disc of `radius` across each point, (n,)."""
    first, second = plane_axes(tangent)
    out = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        total = _hu(grid, index_from_lps, points[n, 0], points[n, 1], points[n, 2])
        total = min(total, ceiling)
        count = 1
        for ring in range(1, 3):
            r = radius * ring / 2.0
            for turn in range(6 * ring):
                angle = turn * math.pi / (3.0 * ring)
                a, b = r * math.cos(angle), r * math.sin(angle)
                x = points[n, 0] + a * first[n, 0] + b * second[n, 0]
                y = points[n, 1] + a * first[n, 1] + b * second[n, 1]
                z = points[n, 2] + a * first[n, 2] + b * second[n, 2]
                total += min(_hu(grid, index_from_lps, x, y, z), ceiling)
                count += 1
        out[n] = total / count
    return out


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
