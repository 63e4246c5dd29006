"""Foreshortening and overlap of one target for many C-arm views."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def foreshortening_of_views(tangent, length_mm, detector):
    """Lost length 0..100 % for each view (v,) of pieces with unit tangents (n, 3) and lengths (n,); detector is (v, 3)."""
    total = 0.0
    for i in range(len(length_mm)):
        total += length_mm[i]
    lost = np.empty(len(detector))
    for v in range(len(detector)):
        seen = 0.0
        for i in range(len(length_mm)):
            along = tangent[i, 0] * detector[v, 0] + tangent[i, 1] * detector[v, 1] + tangent[i, 2] * detector[v, 2]
            seen += length_mm[i] * math.sqrt(max(0.0, 1.0 - along * along))
        lost[v] = 100.0 * (1.0 - seen / total)
    return lost


@njit(cache=True, nogil=True)
def overlap_of_views(
    point_mm, tangent, length_mm, radius_mm, start_mm, end_mm, other_mm, detector, right, up, isocenter_mm, source_mm
):
    """Part of the projected target that lies over another vessel, 0..100 % for each view (v,).

    The target is n pieces (midpoint, unit tangent, length, radius); the others are m capsules from `start_mm` to `end_mm`
    (m, 3) with radius `other_mm` (m,). All positions are LPS and seen in perspective from a source `source_mm` from the
    isocenter; distances are compared on the detector.
    """
    pieces, others = len(point_mm), len(other_mm)
    x, y, r, seen = np.empty(pieces), np.empty(pieces), np.empty(pieces), np.empty(pieces)
    overlap = np.zeros(len(detector))
    for v in range(len(detector)):
        x_low, x_high, y_low, y_high, r_max, total = 1e30, -1e30, 1e30, -1e30, 0.0, 0.0
        for i in range(pieces):
            x[i], y[i], m = _projected(point_mm[i], isocenter_mm, detector[v], right[v], up[v], source_mm)
            r[i] = m * radius_mm[i]
            along = tangent[i, 0] * detector[v, 0] + tangent[i, 1] * detector[v, 1] + tangent[i, 2] * detector[v, 2]
            seen[i] = length_mm[i] * math.sqrt(max(0.0, 1.0 - along * along))
            total += seen[i]
            x_low, x_high = min(x_low, x[i]), max(x_high, x[i])
            y_low, y_high = min(y_low, y[i]), max(y_high, y[i])
            r_max = max(r_max, r[i])
        if total <= 1e-9:
            overlap[v] = 100.0
            continue
        covered = np.zeros(pieces, dtype=np.bool_)
        for j in range(others):
            ax, ay, am = _projected(start_mm[j], isocenter_mm, detector[v], right[v], up[v], source_mm)
            bx, by, bm = _projected(end_mm[j], isocenter_mm, detector[v], right[v], up[v], source_mm)
            reach = max(am, bm) * other_mm[j]
            margin = reach + r_max
            if max(ax, bx) < x_low - margin or min(ax, bx) > x_high + margin:
                continue
            if max(ay, by) < y_low - margin or min(ay, by) > y_high + margin:
                continue
            for i in range(pieces):
                if not covered[i] and _distance_squared(x[i], y[i], ax, ay, bx, by) < (reach + r[i]) ** 2:
                    covered[i] = True
        hidden = 0.0
        for i in range(pieces):
            if covered[i]:
                hidden += seen[i]
        overlap[v] = 100.0 * hidden / total
    return overlap


@njit(cache=True, nogil=True)
def _projected(point, isocenter, detector, right, up, source_mm):
    px, py, pz = point[0] - isocenter[0], point[1] - isocenter[1], point[2] - isocenter[2]
    m = source_mm / (source_mm + px * detector[0] + py * detector[1] + pz * detector[2])
    return (
        m * (px * right[0] + py * right[1] + pz * right[2]),
        m * (px * up[0] + py * up[1] + pz * up[2]),
        m,
    )


@njit(cache=True, nogil=True)
def _distance_squared(px, py, ax, ay, bx, by):
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = 0.0 if square <= 0.0 else min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / square))
    ex, ey = px - ax - t * dx, py - ay - t * dy
    return ex * ex + ey * ey
