"""Kernels of the test objects: super-sampled vessels and exact section measures."""

import math

import numpy as np
from numba import njit, prange

SECTOR, FILLED, NODULE = 0, 1, 2
"""Kinds of deposit in column 0 of a deposit row."""

OUTSIDE, WALL, LUMEN, CALCIUM, METAL = 0, 1, 2, 3, 4
"""What a sub-sample is made of; a higher number wins where vessels meet."""

SUB = 4
"""Sub-samples per voxel edge."""


@njit(cache=True, nogil=True)
def nearest_points(points, affine, inverse, shift_mm, reach_mm, origin, squared, nearest):
    """For each voxel of a box starting at `origin` the nearest curve point within `reach_mm` (-1 = none)."""
    spacing = np.empty(3)
    for a in range(3):
        spacing[a] = math.sqrt(affine[0, a] ** 2 + affine[1, a] ** 2 + affine[2, a] ** 2)
    for p in range(points.shape[0]):
        px, py, pz = points[p, 0], points[p, 1], points[p, 2]
        low, high = np.empty(3, np.int64), np.empty(3, np.int64)
        for a in range(3):
            centre = inverse[a, 0] * px + inverse[a, 1] * py + inverse[a, 2] * pz + inverse[a, 3]
            low[a] = max(0, math.floor(centre - reach_mm / spacing[a]) - origin[a])
            high[a] = min(squared.shape[a], math.ceil(centre + reach_mm / spacing[a]) + 1 - origin[a])
        for k in range(low[0], high[0]):
            kk = k + origin[0]
            for j in range(low[1], high[1]):
                for i in range(low[2], high[2]):
                    jj, ii = j + origin[1], i + origin[2]
                    dx = affine[0, 3] + affine[0, 0] * kk + affine[0, 1] * jj + affine[0, 2] * ii - shift_mm[kk, 0] - px
                    dy = affine[1, 3] + affine[1, 0] * kk + affine[1, 1] * jj + affine[1, 2] * ii - shift_mm[kk, 1] - py
                    dz = affine[2, 3] + affine[2, 0] * kk + affine[2, 1] * jj + affine[2, 2] * ii - pz
                    d2 = dx * dx + dy * dy + dz * dz
                    if d2 < squared[k, j, i]:
                        squared[k, j, i] = d2
                        nearest[k, j, i] = p


@njit(cache=True, nogil=True)
def _in_deposit(row, s, theta, r):
    """Whether vessel coordinates about the wall's centre lie in a deposit; its ends are rounded."""
    if s <= row[1] or s >= row[2]:
        return False
    kind = int(row[0])
    if kind == NODULE:
        half = 0.5 * (row[2] - row[1])
        along = (s - 0.5 * (row[1] + row[2])) / half
        radius = 0.5 * (row[6] - row[5]) * math.sqrt(max(0.0, 1 - along * along))
        centre = 0.5 * (row[5] + row[6])
        return r * r + centre * centre - 2 * r * centre * math.cos(theta - row[3]) < radius * radius
    edge = min(s - row[1], row[2] - s)
    f = 1.0
    if edge < row[8]:
        f = math.sqrt(max(0.0, 1 - (1 - edge / row[8]) ** 2))
    if kind == FILLED:
        return r < row[6] * f
    middle, half = 0.5 * (row[5] + row[6]), 0.5 * (row[6] - row[5]) * f
    if r < middle - half or r > middle + half:
        return False
    if row[4] >= 6.283:
        return True
    turn = abs((theta - row[3] + math.pi) % (2 * math.pi) - math.pi)
    return turn <= 0.5 * row[4] * f


@njit(cache=True, nogil=True)
def _place(points, normal, binormal, start, x, y, z):
    """Nearest point of the curve near sample `start`: (segment, fraction, offset along normal, along binormal, distance)."""
    count = points.shape[0]
    best, segment, fraction = 1e18, 0, 0.0
    for i in range(max(0, start - 3), min(count - 1, start + 3)):
        ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
        bx, by, bz = points[i + 1, 0] - ax, points[i + 1, 1] - ay, points[i + 1, 2] - az
        t = ((x - ax) * bx + (y - ay) * by + (z - az) * bz) / (bx * bx + by * by + bz * bz)
        t = min(1.0, max(0.0, t))
        d = (x - ax - t * bx) ** 2 + (y - ay - t * by) ** 2 + (z - az - t * bz) ** 2
        if d < best:
            best, segment, fraction = d, i, t
    i, t = segment, fraction
    ox = x - points[i, 0] - t * (points[i + 1, 0] - points[i, 0])
    oy = y - points[i, 1] - t * (points[i + 1, 1] - points[i, 1])
    oz = z - points[i, 2] - t * (points[i + 1, 2] - points[i, 2])
    a = b = 0.0
    for axis in range(3):
        o = ox if axis == 0 else (oy if axis == 1 else oz)
        a += o * ((1 - t) * normal[i, axis] + t * normal[i + 1, axis])
        b += o * ((1 - t) * binormal[i, axis] + t * binormal[i + 1, axis])
    return i, t, a, b, math.sqrt(best)


@njit(cache=True, nogil=True)
def _material(s, a, b, distance, lumen_r, wall_r, off_a, off_b, deposits):
    """Class and deposit number at section offsets (a, b) from the centerline."""
    wa, wb = a - off_a, b - off_b
    r = max(math.sqrt(wa * wa + wb * wb), distance) if off_a == 0 and off_b == 0 else math.sqrt(wa * wa + wb * wb)
    if r >= wall_r:
        return OUTSIDE, -1
    theta = math.atan2(wb, wa)
    found = -1
    for n in range(deposits.shape[0]):
        if _in_deposit(deposits[n], s, theta, r):
            found = n
    if found >= 0:
        return CALCIUM, found
    return (LUMEN if distance < lumen_r else WALL), -1


@njit(cache=True, nogil=True, parallel=True)
def fill_subsamples(classes, hu, slots, voxels, starts, affine, shift_mm, curve, profile, closed, deposits, ostial):
    """Classify SUB^3 points of each listed voxel for one vessel; keep the stronger class.

    `curve` (n, 10) = s, point, normal, binormal; `profile` (n, 6) = lumen radius, wall radius, wall offset a, b, lumen HU,
    wall HU; `closed` (m, 2) are the occluded ranges of s; `slots` are the rows of `classes` and `hu`; `ostial` extends
    the lumen 2 mm before s = 0.
    """
    points, normal, binormal = curve[:, 1:4].copy(), curve[:, 4:7].copy(), curve[:, 7:10].copy()
    last = points.shape[0] - 1
    for v in prange(voxels.shape[0]):
        k, j, i = voxels[v, 0], voxels[v, 1], voxels[v, 2]
        n = 0
        for sk in range(SUB):
            fk = k + (sk + 0.5) / SUB - 0.5
            for sj in range(SUB):
                fj = j + (sj + 0.5) / SUB - 0.5
                for si in range(SUB):
                    fi = i + (si + 0.5) / SUB - 0.5
                    x = affine[0, 3] + affine[0, 0] * fk + affine[0, 1] * fj + affine[0, 2] * fi - shift_mm[k, 0]
                    y = affine[1, 3] + affine[1, 0] * fk + affine[1, 1] * fj + affine[1, 2] * fi - shift_mm[k, 1]
                    z = affine[2, 3] + affine[2, 0] * fk + affine[2, 1] * fj + affine[2, 2] * fi
                    g, t, a, b, distance = _place(points, normal, binormal, starts[v], x, y, z)
                    if ostial and g == 0 and t == 0.0:
                        distance = math.sqrt(a * a + b * b)
                        back = 0.0
                        for axis in range(3):
                            q = x if axis == 0 else (y if axis == 1 else z)
                            back += (q - points[0, axis]) * (points[1, axis] - points[0, axis])
                        inside = back > -2.0 * (curve[1, 0] - curve[0, 0]) and distance < profile[0, 0]
                        kind, deposit = (LUMEN if inside else OUTSIDE), -1
                    else:
                        s = curve[g, 0] + t * (curve[g + 1, 0] - curve[g, 0])
                        p = profile[g] + t * (profile[g + 1] - profile[g])
                        lumen_r = p[0]
                        for c in range(closed.shape[0]):
                            if closed[c, 0] <= s <= closed[c, 1] and closed[c, 1] > 0:
                                lumen_r = 0.0
                        if g == last - 1 and t == 1.0 and distance > p[1]:
                            kind, deposit = OUTSIDE, -1
                        else:
                            kind, deposit = _material(s, a, b, distance, lumen_r, p[1], p[2], p[3], deposits)
                    if deposit >= 0 and deposits[deposit, 9] > 0:
                        kind = METAL
                    slot = slots[v]
                    if kind > classes[slot, n]:
                        classes[slot, n] = kind
                        if deposit >= 0:
                            hu[slot, n] = deposits[deposit, 7]
                        else:
                            hu[slot, n] = profile[g, 4] if kind == LUMEN else profile[g, 5]
                    n += 1


@njit(cache=True, nogil=True)
def splat(volume, voxels, classes, hu, behind, weight_z, weight_y, weight_x):
    """Add (vessel - what is behind it), blurred exactly, into `volume`; weights are (SUB, taps) per axis."""
    tz, ty, tx = weight_z.shape[1], weight_y.shape[1], weight_x.shape[1]
    along_x, along_y = np.empty((SUB, SUB, tx)), np.empty((SUB, ty, tx))
    for v in range(voxels.shape[0]):
        along_x[:] = 0
        along_y[:] = 0
        n, empty = 0, True
        for sk in range(SUB):
            for sj in range(SUB):
                for si in range(SUB):
                    if classes[v, n] > 0:
                        empty = False
                        for t in range(tx):
                            along_x[sk, sj, t] += (hu[v, n] - behind[v]) * weight_x[si, t]
                    n += 1
        if empty:
            continue
        for sk in range(SUB):
            for sj in range(SUB):
                for u in range(ty):
                    for t in range(tx):
                        along_y[sk, u, t] += along_x[sk, sj, t] * weight_y[sj, u]
        for q in range(tz):
            k = voxels[v, 0] + q - tz // 2
            if k < 0 or k >= volume.shape[0]:
                continue
            for u in range(ty):
                j = voxels[v, 1] + u - ty // 2
                if j < 0 or j >= volume.shape[1]:
                    continue
                for t in range(tx):
                    i = voxels[v, 2] + t - tx // 2
                    if i < 0 or i >= volume.shape[2]:
                        continue
                    total = 0.0
                    for sk in range(SUB):
                        total += along_y[sk, u, t] * weight_z[sk, q]
                    volume[k, j, i] += total


@njit(cache=True, nogil=True)
def section_measures(s, wall_r, lumen_r, off_a, off_b, deposits, out):
    """Exact section measures by a fine polar grid about the wall's centre (0.5 degrees x 400 radii).

    `out` (n, 7): calcium area, total arc (deg), longest arc (deg), largest thickness, calcium HU, open lumen area,
    calcium area on the lumen side of the wall band.
    """
    angles, radii = 720, 400
    for n in range(s.shape[0]):
        covered = np.zeros(angles, np.bool_)
        step = wall_r[n] / radii
        area = weighted = inside = 0.0
        thickest = 0.0
        for t in range(angles):
            theta = (t + 0.5) * 2 * math.pi / angles - math.pi
            extent = 0.0
            for q in range(radii):
                r = (q + 0.5) * step
                for d in range(deposits.shape[0] - 1, -1, -1):
                    if s[n] <= deposits[d, 1] or s[n] >= deposits[d, 2] or deposits[d, 9] > 0:
                        continue
                    if _in_deposit(deposits[d], s[n], theta, r):
                        cell = r * step * 2 * math.pi / angles
                        area += cell
                        weighted += cell * deposits[d, 7]
                        extent += step
                        a, b = r * math.cos(theta) + off_a[n], r * math.sin(theta) + off_b[n]
                        if a * a + b * b < lumen_r[n] ** 2:
                            inside += cell
                        break
            covered[t] = extent > 0
            thickest = max(thickest, extent)
        longest = run = total = 0
        for t in range(2 * angles):
            if covered[t % angles]:
                run += 1
                longest = max(longest, min(run, angles))
                if t < angles:
                    total += 1
            else:
                run = 0
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = area, total * 360.0 / angles, longest * 360.0 / angles, thickest
        out[n, 4] = weighted / area if area > 0 else 0.0
        out[n, 5] = max(0.0, math.pi * lumen_r[n] ** 2 - inside)
        out[n, 6] = inside
