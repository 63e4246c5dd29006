"""Kernels of the test objects: blurred large shapes, super-sampled vessels, exact section measures."""

import math

import numpy as np
from numba import njit, prange

ELLIPSOID, PLANE, TUBE, HEART_WALL, COLUMN, CLEARANCE = 0, 1, 2, 3, 4, 5
"""Kinds of shape in column 0 of a shape row."""

SECTOR, FILLED, NODULE = 0, 1, 2
"""Kinds of deposit in column 0 of a deposit row."""

OUTSIDE, WALL, LUMEN, CALCIUM, METAL = 0, 1, 2, 3, 4
"""What a sub-sample is made of; a higher number wins where vessels meet."""

DEEP_MM = 3.0
"""Depth beyond which a distance only serves to step ahead."""

SUB = 4
"""Sub-samples per voxel edge."""


@njit(cache=True, nogil=True)
def _ellipsoid(shape, x, y, z, axis_z):
    """Signed distance (first order) and |normal . slice axis| of an ellipsoid with two lengths along its third axis."""
    dx, dy, dz = x - shape[1], y - shape[2], z - shape[3]
    u = shape[4] * dx + shape[5] * dy + shape[6] * dz
    v = shape[7] * dx + shape[8] * dy + shape[9] * dz
    w = shape[10] * dx + shape[11] * dy + shape[12] * dz
    c = shape[15] if w >= 0 else shape[16]
    gu, gv, gw = u / shape[13] ** 2, v / shape[14] ** 2, w / c**2
    k0 = math.sqrt(gu * u + gv * v + gw * w)
    k1 = math.sqrt(gu * gu + gv * gv + gw * gw)
    if k1 < 1e-9:
        return -min(shape[13], shape[14], c), 0.0, u, v, w
    d = k0 * (k0 - 1.0) / k1
    if d < -DEEP_MM:
        # The first-order distance is too large deep inside a long ellipsoid; this one never is.
        d = min(-DEEP_MM, (k0 - 1.0) * min(shape[13], shape[14], shape[15], shape[16]))
    if shape[17] > 0 and abs(d) < 6:
        angle = math.atan2(v, u)
        d += shape[17] * (math.sin(shape[18] * angle + 0.21 * w) + 0.6 * math.sin(0.35 * w + 1.7 * shape[18] * angle))
    nx = gu * shape[4] + gv * shape[7] + gw * shape[10]
    ny = gu * shape[5] + gv * shape[8] + gw * shape[11]
    nz = gu * shape[6] + gv * shape[9] + gw * shape[12]
    return d, abs(nx * axis_z[0] + ny * axis_z[1] + nz * axis_z[2]) / k1, u, v, w


@njit(cache=True, nogil=True)
def _tube(shape, tubes, x, y, z, axis_z):
    first, last = int(shape[1]), int(shape[2])
    best, across = 1e9, 0.0
    for i in range(first, last - 1):
        ax, ay, az = tubes[i, 0], tubes[i, 1], tubes[i, 2]
        bx, by, bz = tubes[i + 1, 0] - ax, tubes[i + 1, 1] - ay, tubes[i + 1, 2] - az
        t = ((x - ax) * bx + (y - ay) * by + (z - az) * bz) / (bx * bx + by * by + bz * bz)
        t = min(1.0, max(0.0, t))
        ox, oy, oz = x - ax - t * bx, y - ay - t * by, z - az - t * bz
        r = math.sqrt(ox * ox + oy * oy + oz * oz)
        d = r - tubes[i, 3] - t * (tubes[i + 1, 3] - tubes[i, 3])
        if d < best:
            best = d
            across = 0.0 if r < 1e-9 else abs(ox * axis_z[0] + oy * axis_z[1] + oz * axis_z[2]) / r
    return best, across


@njit(cache=True, nogil=True)
def _fat_mm(shape, u, v, w):
    """Epicardial fat thickness: thin over the free walls, thick in the grooves (u towards the anterior groove)."""
    groove = shape[21] * math.exp(-((w / shape[22]) ** 2))
    if w > -8:
        groove = max(groove, shape[23] * math.exp(-((v / shape[24]) ** 2)))
    wave = 0.5 + 0.5 * math.sin(0.11 * u + shape[25]) * math.sin(0.09 * v + 0.07 * w + shape[25])
    return shape[20] * (0.7 + 0.6 * wave) + groove


@njit(cache=True, nogil=True)
def _distance(shape, tubes, x, y, z, axis_z, clearance):
    kind = int(shape[0])
    if kind == ELLIPSOID:
        d, across, _, _, _ = _ellipsoid(shape, x, y, z, axis_z)
        return d, across
    if kind == PLANE:
        d = shape[4] * (x - shape[1]) + shape[5] * (y - shape[2]) + shape[6] * (z - shape[3])
        return d, abs(shape[4] * axis_z[0] + shape[5] * axis_z[1] + shape[6] * axis_z[2])
    if kind == TUBE:
        return _tube(shape, tubes, x, y, z, axis_z)
    if kind == HEART_WALL:
        d, across, u, v, w = _ellipsoid(shape, x, y, z, axis_z)
        return d + _fat_mm(shape, u, v, w), across
    if kind == COLUMN:
        u, v = (x - shape[1]) / shape[13], (y - shape[2]) / shape[14]
        return (math.sqrt(u * u + v * v) - 1.0) * min(shape[13], shape[14]), 0.0
    return clearance, 0.5


@njit(cache=True, nogil=True)
def _depth(region, shapes, tubes, terms, x, y, z, axis_z, clearance, reach):
    """Signed distance and facing of a region, the intersection of its terms; stops early when outside by `reach`."""
    worst, across = -1e9, 0.0
    for t in range(int(region[1]), int(region[2])):
        d, a = _distance(shapes[int(terms[t, 0])], tubes, x, y, z, axis_z, clearance)
        d = terms[t, 1] * d + terms[t, 2]
        if d > worst:
            worst, across = d, a
        if d > reach:
            break
    return worst, across


@njit(cache=True, nogil=True)
def _cover(depth, across, sigma_xy, sigma_z):
    """Blurred membership 0..1 at a signed distance from a plane edge that faces `across` the slices."""
    sigma = math.sqrt(sigma_xy**2 * (1 - across * across) + sigma_z**2 * across * across)
    return 0.5 * math.erfc(depth / (sigma * 1.4142135623730951))


SAFE = 0.45
"""Part of a signed distance that may be stepped over: the distances are first order and may grow faster than space."""


@njit(cache=True, nogil=True, parallel=True)
def paint_grid(volume, affine, shift_mm, clearance, shapes, tubes, regions, boxes, terms, sigma_xy, sigma_z):
    """Paint the regions in order into float32 `volume` (z, y, x), each edge blurred for the direction it faces."""
    axis_z = affine[:, 0] / math.sqrt(affine[0, 0] ** 2 + affine[1, 0] ** 2 + affine[2, 0] ** 2)
    step_mm = math.sqrt(affine[0, 2] ** 2 + affine[1, 2] ** 2 + affine[2, 2] ** 2)
    reach = 3.2 * max(sigma_xy, sigma_z)
    for k in prange(volume.shape[0]):
        for n in range(regions.shape[0]):
            if k < boxes[n, 0] or k >= boxes[n, 1]:
                continue
            hu = regions[n, 0]
            for j in range(boxes[n, 2], boxes[n, 3]):
                i = boxes[n, 4]
                while i < boxes[n, 5]:
                    x = affine[0, 3] + affine[0, 0] * k + affine[0, 1] * j + affine[0, 2] * i - shift_mm[k, 0]
                    y = affine[1, 3] + affine[1, 0] * k + affine[1, 1] * j + affine[1, 2] * i - shift_mm[k, 1]
                    z = affine[2, 3] + affine[2, 0] * k + affine[2, 1] * j + affine[2, 2] * i
                    d, a = _depth(regions[n], shapes, tubes, terms, x, y, z, axis_z, clearance[k, j, i], reach)
                    run = max(1, int(SAFE * (abs(d) - reach) / step_mm))
                    if d < -reach:
                        run = min(run, boxes[n, 5] - i)
                        for m in range(i, i + run):
                            volume[k, j, m] = hu
                    elif d <= reach:
                        volume[k, j, i] += _cover(d, a, sigma_xy, sigma_z) * (hu - volume[k, j, i])
                    i += run


@njit(cache=True, nogil=True, parallel=True)
def paint_points(values, voxels, affine, shift_mm, clearance, shapes, tubes, regions, boxes, terms, sigma_xy, sigma_z):
    """The same regions at listed voxels (n, 3), used for what lies behind a vessel before any blur."""
    axis_z = affine[:, 0] / math.sqrt(affine[0, 0] ** 2 + affine[1, 0] ** 2 + affine[2, 0] ** 2)
    reach = 3.2 * max(sigma_xy, sigma_z)
    for v in prange(voxels.shape[0]):
        k, j, i = voxels[v, 0], voxels[v, 1], voxels[v, 2]
        x = affine[0, 3] + affine[0, 0] * k + affine[0, 1] * j + affine[0, 2] * i - shift_mm[k, 0]
        y = affine[1, 3] + affine[1, 0] * k + affine[1, 1] * j + affine[1, 2] * i - shift_mm[k, 1]
        z = affine[2, 3] + affine[2, 0] * k + affine[2, 1] * j + affine[2, 2] * i
        for n in range(regions.shape[0]):
            box = boxes[n]
            if k < box[0] or k >= box[1] or j < box[2] or j >= box[3] or i < box[4] or i >= box[5]:
                continue
            d, a = _depth(regions[n], shapes, tubes, terms, x, y, z, axis_z, clearance[k, j, i], reach)
            if d <= reach:
                values[v] += _cover(d, a, sigma_xy, sigma_z) * (regions[n, 0] - values[v])


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
