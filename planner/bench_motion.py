"""Found lines of a case with motion steps, moved back to where the object is at rest: its truth knows no steps."""

from dataclasses import replace

import numpy as np

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.vessels import Tree, Vessel

MotionSteps = tuple[tuple[float, float, float], ...]
"""(above z mm, shift x mm, shift y mm) of each step, as recon.phantom_case.Scan has them."""


def at_rest(tree: Tree, steps: MotionSteps) -> Tree:
    """The tree with each line moved by what its slab was moved while scanned; the same tree without steps."""
    return replace(tree, vessels=tuple(_vessel_at_rest(v, steps) for v in tree.vessels)) if steps else tree


def _vessel_at_rest(vessel: Vessel, steps: MotionSteps) -> Vessel:
    line = Centerline.through(_moved_back(vessel.centerline.points_mm, steps))
    courses = tuple(replace(c, points_mm=_moved_back(c.points_mm, steps)) for c in vessel.courses)
    return replace(vessel, centerline=line, courses=courses)


def _moved_back(points: FloatArray, steps: MotionSteps) -> FloatArray:
    """Points (n, 3) less the shift of the slab each is in."""
    shift = np.zeros_like(points)
    for above_mm, x_mm, y_mm in steps:
        shift[points[:, 2] >= above_mm] = x_mm, y_mm, 0.0
    return points - shift
