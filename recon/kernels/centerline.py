"""Kernel of the rotation-minimising frame along a line."""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def rotation_minimising_normals(points, tangent, first):
    """Unit normals (n, 3) that turn as little as possible about the tangent, from the `first` one on.

    Double reflection (Wang, Juettler, Zheng, Liu 2008, ACM Trans Graph 27:2).
    """
    count = points.shape[0]
    normal = np.empty_like(points)
    reflected, turned = np.empty(3), np.empty(3)
    normal[0] = first
    for i in range(count - 1):
        c1 = on_normal = on_tangent = 0.0
        for a in range(3):
            v = points[i + 1, a] - points[i, a]
            c1 += v * v
            on_normal += v * normal[i, a]
            on_tangent += v * tangent[i, a]
        c2 = along = 0.0
        for a in range(3):
            v = points[i + 1, a] - points[i, a]
            reflected[a] = normal[i, a] - (2.0 / c1) * on_normal * v
            turned[a] = tangent[i + 1, a] - (tangent[i, a] - (2.0 / c1) * on_tangent * v)
            c2 += turned[a] * turned[a]
            along += turned[a] * reflected[a]
        if c2 >= 1e-20:
            for a in range(3):
                reflected[a] -= (2.0 / c2) * along * turned[a]
        along = 0.0
        for a in range(3):
            along += reflected[a] * tangent[i + 1, a]
        norm = 0.0
        for a in range(3):
            reflected[a] -= along * tangent[i + 1, a]
            norm += reflected[a] * reflected[a]
        norm = math.sqrt(norm)
        for a in range(3):
            normal[i + 1, a] = reflected[a] / norm
    return normal
