"""Wall kernels: the polar picture of a vessel from its contours, its derivatives, and the normal equations of the fit.

The picture of a disc of radius R blurred by a Gaussian is exact and tabulated: B(r, R) = P(noncentral chi2, 2 degrees of
freedom, centre (r / sigma)^2 <= (R / sigma)^2). Tables are (radii, offsets), radius R / sigma from 0 in steps of
`TABLE_STEP`, offset (r - R) / sigma from -`TABLE_REACH`.
"""

import math

from numba import njit, prange

TABLE_STEP = 0.1
TABLE_REACH = 5.0
ROBUST_SD = 3.0
"""Residuals beyond this many SD lose weight (Huber)."""


@njit(cache=True, nogil=True, inline="always")
def _disc(edge, slope, r, radius, sigma):
    """B(r, R) and its derivative by R; 0 for a disc that is absent."""
    if radius <= 0.0:
        return 0.0, 0.0
    offset = (r - radius) / sigma + TABLE_REACH
    if offset <= 0.0:
        return 1.0, 0.0
    if offset >= 2.0 * TABLE_REACH - TABLE_STEP:
        return 0.0, 0.0
    x = min(radius / sigma, TABLE_STEP * (edge.shape[0] - 2)) / TABLE_STEP
    y = offset / TABLE_STEP
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    a, b, c, d = (1 - fx) * (1 - fy), (1 - fx) * fy, fx * (1 - fy), fx * fy
    value = a * edge[i, j] + b * edge[i, j + 1] + c * edge[i + 1, j] + d * edge[i + 1, j + 1]
    change = a * slope[i, j] + b * slope[i, j + 1] + c * slope[i + 1, j] + d * slope[i + 1, j + 1]
    return value, change / sigma


@njit(cache=True, nogil=True)
def _add_angle(hessian, gradient, basis, ww, wl, wh, ll, lh, hh, gw, gl, gh):
    """Spread the sums of one angle over the modes it is made of."""
    modes = len(basis)
    h = 2 * modes
    hessian[h, h] += hh
    gradient[h] += gh
    for a in range(modes):
        fa = basis[a]
        gradient[a] += fa * gw
        gradient[modes + a] += fa * gl
        hessian[a, h] += fa * wh
        hessian[h, a] += fa * wh
        hessian[modes + a, h] += fa * lh
        hessian[h, modes + a] += fa * lh
        for b in range(modes):
            fab = fa * basis[b]
            hessian[a, b] += fab * ww
            hessian[modes + a, modes + b] += fab * ll
            hessian[a, modes + b] += fab * wl
            hessian[modes + b, a] += fab * wl


@njit(cache=True, nogil=True, parallel=True)
def normal_equations(
    image, weight, r_mm, basis, wall, lumen, lumen_hu, is_open, plaque_hu, outside_hu, far_r, layer_hu,
    sigma, sd_hu, edge, slope, hessian, gradient, cost,
):  # fmt: skip
    """Sum J'WJ and J'W(residual) per section; unknowns are wall modes, lumen modes, lumen HU.

    image, weight (n, angles, radii); basis (angles, modes); wall, lumen (n, modes); outside_hu (n, angles); sigma (n,);
    hessian (n, u, u), gradient (n, u) with u = 2 modes + 1.
    """
    n, angles, radii = image.shape
    modes = basis.shape[1]
    unknowns = 2 * modes + 1
    for k in prange(n):
        cost[k] = 0.0
        for a in range(unknowns):
            gradient[k, a] = 0.0
            for b in range(unknowns):
                hessian[k, a, b] = 0.0
        for t in range(angles):
            wall_r, lumen_r = 0.0, 0.0
            for m in range(modes):
                wall_r += wall[k, m] * basis[t, m]
                lumen_r += lumen[k, m] * basis[t, m]
            if not is_open[k]:
                lumen_r = 0.0
            lumen_r = min(lumen_r, wall_r - 0.05)
            ww, wl, wh, ll, lh, hh, gw, gl, gh = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            far = far_r[k, t]
            near_hu = layer_hu[k, t] if far > wall_r else outside_hu[k, t]
            for q in range(radii):
                if not weight[k, t, q] > 0.0:
                    continue
                bw, dw = _disc(edge, slope, r_mm[q], wall_r, sigma[k])
                bl, dl = _disc(edge, slope, r_mm[q], lumen_r, sigma[k])
                around = outside_hu[k, t]
                if far > wall_r:
                    bf, _ = _disc(edge, slope, r_mm[q], far, sigma[k])
                    around += (layer_hu[k, t] - outside_hu[k, t]) * bf
                residual = image[k, t, q] - around - (plaque_hu[k] - near_hu) * bw - (lumen_hu[k] - plaque_hu[k]) * bl
                w = weight[k, t, q]
                if abs(residual) > ROBUST_SD * sd_hu:
                    w *= ROBUST_SD * sd_hu / abs(residual)
                cost[k] += w * residual * residual
                jw, jl, jh = (plaque_hu[k] - near_hu) * dw, (lumen_hu[k] - plaque_hu[k]) * dl, bl
                ww += w * jw * jw
                wl += w * jw * jl
                wh += w * jw * jh
                ll += w * jl * jl
                lh += w * jl * jh
                hh += w * jh * jh
                gw += w * jw * residual
                gl += w * jl * residual
                gh += w * jh * residual
            _add_angle(hessian[k], gradient[k], basis[t], ww, wl, wh, ll, lh, hh, gw, gl, gh)


@njit(cache=True, nogil=True, parallel=True)
def outside_sums(
    image,
    weight,
    r_mm,
    wall_r,
    lumen_r,
    lumen_hu,
    plaque_hu,
    layers_mm,
    layers_hu,
    reach_mm,
    sigma,
    edge,
    slope,
    above,
    below,
    power,
):
    """Sums, (layers, n, angles), that give the best HU beyond the wall, above / below, and its misfit, power - above^2 / below.

    Each layer supposes fat or muscle of its HU between the wall and another organ; thickness 0 supposes one tissue only.
    """
    n, angles, radii = image.shape
    for k in prange(n):
        for t in range(angles):
            for c in range(len(layers_mm)):
                above[c, k, t], below[c, k, t], power[c, k, t] = 0.0, 0.0, 0.0
            for q in range(radii):
                if r_mm[q] > wall_r[k, t] + reach_mm or not weight[k, t, q] > 0.0:
                    continue
                bw, _ = _disc(edge, slope, r_mm[q], wall_r[k, t], sigma[k])
                if bw > 0.97:
                    continue
                bl, _ = _disc(edge, slope, r_mm[q], lumen_r[k, t], sigma[k])
                rest = image[k, t, q] - plaque_hu[k] * bw - (lumen_hu[k] - plaque_hu[k]) * bl
                for c in range(len(layers_mm)):
                    bf = bw
                    if layers_mm[c] > 0.0:
                        bf, _ = _disc(edge, slope, r_mm[q], wall_r[k, t] + layers_mm[c], sigma[k])
                    left = rest - layers_hu[c] * (bf - bw)
                    above[c, k, t] += weight[k, t, q] * (1.0 - bf) * left
                    below[c, k, t] += weight[k, t, q] * (1.0 - bf) ** 2
                    power[c, k, t] += weight[k, t, q] * left * left


@njit(cache=True, nogil=True, parallel=True)
def picture(
    radius, angle_index, wall_r, lumen_r, lumen_hu, plaque_hu, outside_hu, far_r, layer_hu, sigma, edge, slope, blurred, sharp
):
    """The vessel without calcium on planes (planes, rows, columns), blurred within the plane, and sharp.

    `radius` and `angle_index` (rows, columns) place a pixel about the centre; the rest is per plane and contour angle.
    """
    planes, rows, columns = blurred.shape
    angles = wall_r.shape[1]
    for k in prange(planes):
        for r in range(rows):
            for c in range(columns):
                t = math.floor(angle_index[r, c])
                f = angle_index[r, c] - t
                t0, t1 = t % angles, (t + 1) % angles
                wall = (1 - f) * wall_r[k, t0] + f * wall_r[k, t1]
                lumen = (1 - f) * lumen_r[k, t0] + f * lumen_r[k, t1]
                outside = (1 - f) * outside_hu[k, t0] + f * outside_hu[k, t1]
                far = (1 - f) * far_r[k, t0] + f * far_r[k, t1]
                bw, _ = _disc(edge, slope, radius[r, c], wall, sigma[k])
                bl, _ = _disc(edge, slope, radius[r, c], lumen, sigma[k])
                near_hu, around = outside, outside
                if far > wall:
                    bf, _ = _disc(edge, slope, radius[r, c], far, sigma[k])
                    near_hu = layer_hu[k, t0]
                    around = outside + (near_hu - outside) * bf
                blurred[k, r, c] = around + (plaque_hu[k] - near_hu) * bw + (lumen_hu[k] - plaque_hu[k]) * bl
                if radius[r, c] < lumen:
                    sharp[k, r, c] = lumen_hu[k]
                elif radius[r, c] < wall:
                    sharp[k, r, c] = plaque_hu[k]
                elif radius[r, c] < far:
                    sharp[k, r, c] = near_hu
                else:
                    sharp[k, r, c] = outside
