"""Calcium kernels: measures of a calcium mask per section, and the blurred ring-sector model."""

import math

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True, parallel=True)
def mask_measures(mask, pixel_mm, min_extent_mm, inner, outer, extent, area):
    """Per section of `mask` (n, rows, columns): area, and per 1-degree bin inner and outer radius and radial extent.

    Bins are clockwise from 12 o'clock about the middle pixel; inner, outer, extent (n, 360), NaN / 0 where there is none.
    A bin is walked outwards in steps of a quarter pixel.
    """
    n, rows, columns = mask.shape
    middle_r, middle_c = (rows - 1) / 2.0, (columns - 1) / 2.0
    step = 0.25
    reach = int(min(middle_r, middle_c) / step)
    for k in prange(n):
        count = 0
        for r in range(rows):
            for c in range(columns):
                if mask[k, r, c]:
                    count += 1
        area[k] = count * pixel_mm * pixel_mm
        for a in range(360):
            up, right = math.cos(math.radians(a + 0.5)), math.sin(math.radians(a + 0.5))
            first, last, hits = -1.0, -1.0, 0
            if count > 0:
                for q in range(reach):
                    radius = (q + 0.5) * step
                    r, c = int(middle_r - radius * up + 0.5), int(middle_c + radius * right + 0.5)
                    if mask[k, r, c]:
                        hits += 1
                        if first < 0:
                            first = radius - step / 2
                        last = radius + step / 2
            extent[k, a] = hits * step * pixel_mm
            if extent[k, a] >= min_extent_mm:
                inner[k, a], outer[k, a] = first * pixel_mm, last * pixel_mm
            else:
                inner[k, a], outer[k, a] = np.nan, np.nan
