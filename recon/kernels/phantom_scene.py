"""Kernels of the test objects: large shapes with exactly blurred edges."""

import math

from numba import njit, prange

ELLIPSOID, PLANE, TUBE, HEART_WALL, COLUMN, CLEARANCE = 0, 1, 2, 3, 4, 5
"""Kinds of shape in column 0 of a shape row."""

DEEP_MM = 3.0
"""Depth beyond which a distance only serves to step ahead."""


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
