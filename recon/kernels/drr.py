"""Pictures as an X-ray system makes them: contrast thickness of vessels, and line integrals through a volume."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tube_thickness(column, row, radius_px, depth_mm, out):
    """Raise `out` (rows, columns) to the thickness in mm of a tube along projected points (n,), radii in pixels (n,).

    `depth_mm` (n,) is the tube's radius in mm; pieces of one tube join by their maximum, so that joints count once.
    """
    rows, columns = out.shape
    for k in range(len(column) - 1):
        ax, ay, bx, by = column[k], row[k], column[k + 1], row[k + 1]
        reach = max(radius_px[k], radius_px[k + 1])
        if reach <= 0.0:
            continue
        j_first = max(0, math.floor(min(ax, bx) - reach))
        j_last = min(columns - 1, math.ceil(max(ax, bx) + reach))
        i_first = max(0, math.floor(min(ay, by) - reach))
        i_last = min(rows - 1, math.ceil(max(ay, by) + reach))
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        for i in range(i_first, i_last + 1):
            for j in range(j_first, j_last + 1):
                t = 0.0 if square <= 0.0 else min(1.0, max(0.0, ((j - ax) * dx + (i - ay) * dy) / square))
                radius = radius_px[k] + t * (radius_px[k + 1] - radius_px[k])
                if radius <= 0.0:
                    continue
                ex, ey = j - ax - t * dx, i - ay - t * dy
                inside = 1.0 - (ex * ex + ey * ey) / (radius * radius)
                if inside > 0.0:
                    depth = depth_mm[k] + t * (depth_mm[k + 1] - depth_mm[k])
                    out[i, j] = max(out[i, j], 2.0 * depth * math.sqrt(inside))


@njit(cache=True, nogil=True)
def ray_integrals(hu, source_kji, first_kji, down_kji, right_kji, mm_per_kji, step_mm, row_first, row_last, out):
    """Fill rows of `out` with the integral of (HU + 1000) / 1000 mm along rays from the source to each detector pixel.

    All positions are voxel indices (slice, row, column); `mm_per_kji` (3,) is the voxel spacing. Outside is air.
    """
    columns = out.shape[1]
    end, low, high = np.empty(3), np.empty(3), np.empty(3)
    for i in range(row_first, row_last):
        for j in range(columns):
            length = 0.0
            near, far = 0.0, 1.0
            for axis in range(3):
                end[axis] = first_kji[axis] + i * down_kji[axis] + j * right_kji[axis]
                ray = end[axis] - source_kji[axis]
                length += (ray * mm_per_kji[axis]) ** 2
                limit = hu.shape[axis] - 1.0
                if abs(ray) < 1e-12:
                    if source_kji[axis] < 0.0 or source_kji[axis] > limit:
                        near, far = 1.0, 0.0
                    continue
                low[axis], high[axis] = -source_kji[axis] / ray, (limit - source_kji[axis]) / ray
                near = max(near, min(low[axis], high[axis]))
                far = min(far, max(low[axis], high[axis]))
            length = math.sqrt(length)
            total = 0.0
            if far > near:
                count = int((far - near) * length / step_mm) + 1
                dt = (far - near) / count
                for n in range(count):
                    t = near + (n + 0.5) * dt
                    value = _sampled(
                        hu,
                        source_kji[0] + t * (end[0] - source_kji[0]),
                        source_kji[1] + t * (end[1] - source_kji[1]),
                        source_kji[2] + t * (end[2] - source_kji[2]),
                    )
                    total += max(0.0, value + 1000.0)
                total *= dt * length / 1000.0
            out[i, j] = total


@njit(cache=True, nogil=True)
def _sampled(hu, z, y, x):
    k = min(max(int(z), 0), hu.shape[0] - 2)
    j = min(max(int(y), 0), hu.shape[1] - 2)
    i = min(max(int(x), 0), hu.shape[2] - 2)
    c, b, a = z - k, y - j, x - i
    front = (hu[k, j, i] * (1 - a) + hu[k, j, i + 1] * a) * (1 - b) + (hu[k, j + 1, i] * (1 - a) + hu[k, j + 1, i + 1] * a) * b
    back = (hu[k + 1, j, i] * (1 - a) + hu[k + 1, j, i + 1] * a) * (1 - b) + (
        hu[k + 1, j + 1, i] * (1 - a) + hu[k + 1, j + 1, i + 1] * a
    ) * b
    return front * (1 - c) + back * c
