"""The heart's own axes, so that vessels are named by where they run in the heart and not by where the heart lies."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from recon.estimate import FloatArray
from recon.search_field import SearchField
from recon.vessels import Aorta

USUAL_APEX_LPS = np.array([0.68, -0.48, -0.55])
"""Usual direction from the aortic root to the apex: to the left, forwards and down."""

CHAMBER_SHARE = 0.8
MEASURED_WEIGHT = 0.6


@dataclass(frozen=True, eq=False)
class HeartFrame:
    """`base_mm` in the aortic root; unit `apex` along the long axis, `back` posterior across it, `side` to the left free wall."""

    base_mm: FloatArray
    apex: FloatArray
    back: FloatArray
    side: FloatArray

    def local(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3): mm towards the apex, the back and the free wall."""
        return np.asarray((points_mm - self.base_mm) @ np.stack([self.apex, self.back, self.side], axis=1))


def heart_frame(field: SearchField, aorta: Aorta) -> HeartFrame:
    """Axes from the aortic root and the largest bright chamber on the usual side of it."""
    base = aorta.axis_mm[0]
    apex = USUAL_APEX_LPS / np.linalg.norm(USUAL_APEX_LPS)
    center = _left_ventricle_mm(field, base, apex)
    if center is not None:
        measured = (center - base) / np.linalg.norm(center - base)
        apex = MEASURED_WEIGHT * measured + (1 - MEASURED_WEIGHT) * apex
        apex /= np.linalg.norm(apex)
    back = np.array([0.0, 1.0, 0.0]) - apex[1] * apex
    back /= np.linalg.norm(back)
    return HeartFrame(base, apex, back, np.cross(apex, back))


def _left_ventricle_mm(field: SearchField, base: FloatArray, usual: FloatArray) -> FloatArray | None:
    """Centre of the deepest place of the bright pool that lies towards the usual apex."""
    pool = field.soft_hu[::4, ::4, ::4] > CHAMBER_SHARE * field.lumen_hu
    pool &= field.aorta_mm[::4, ::4, ::4] > 4.0
    depth = ndimage.distance_transform_edt(pool) * 4 * field.grid.step_mm
    cells = np.argwhere(depth > 8.0)
    if not len(cells):
        return None
    points = field.grid.geometry.points_mm(cells * 4.0)
    offset = points - base
    towards = offset @ usual / np.maximum(np.linalg.norm(offset, axis=1), 1.0)
    weight = depth[tuple(cells.T)] * np.clip(towards - 0.2, 0.0, None)
    return np.asarray(points[np.argmax(weight)]) if weight.max() > 0 else None
