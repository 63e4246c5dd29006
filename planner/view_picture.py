"""The simulated angiogram of a case in one view: what the C-arm would show of the vessels found, about an occlusion."""

import numpy as np

from planner.case import Analysis
from planner.occlusion import Occlusion
from recon.carm import CArm, view_axes
from recon.drr import Frame, Image, simulated_angiogram
from recon.estimate import FloatArray

SMALLEST_FIELD_MM = 60.0
LARGEST_FIELD_MM = 180.0
FIELD_MARGIN = 1.2
CALCIUM_SHOWN_PCT = 10.0
"""Sections with this much calcium are marked in the picture."""

MAIN_VESSELS = ("RCA", "LM", "LAD", "LCx")
NOTE = "simulated from CT, not a fluoroscopic image"
CONTRAST_PER_MM = 0.28
"""Darkening per mm of contrast, chosen so that crossing vessels still differ from one."""


def view_frame(analysis: Analysis, occlusion: Occlusion, angles_deg: tuple[float, float], carm: CArm, pixels: int = 480) -> Frame:
    """A square picture that holds the tree where it fits, and the occlusion always; angles are (primary, secondary)."""
    axes = view_axes(*angles_deg)
    middle = _middle_mm(analysis, occlusion)
    offset = np.concatenate([v.centerline.points_mm for v in analysis.tree.vessels]) - middle
    plane = np.stack([offset @ axes.right, offset @ axes.up], axis=1)
    low, high = np.percentile(plane, 1, axis=0), np.percentile(plane, 99, axis=0)
    field = float(np.clip((high - low).max() * FIELD_MARGIN, SMALLEST_FIELD_MM, LARGEST_FIELD_MM))
    reach = max(0.0, field / 2 - occlusion.length_mm.high)
    shift = np.clip((low + high) / 2, -reach, reach)
    center = middle + shift[0] * axes.right + shift[1] * axes.up
    return Frame(center, angles_deg[0], angles_deg[1], carm, (pixels, pixels), field)


def angiogram(analysis: Analysis, frame: Frame) -> Image:
    """Brightness 0..1, float32 (rows, columns): vessels dark on white; occluded parts hold no contrast."""
    shut: dict[str, tuple[tuple[float, float], ...]] = {}
    for found in analysis.occlusions:
        shut[found.vessel] = (*shut.get(found.vessel, ()), (found.proximal_cap.s_mm.best, found.distal_cap.s_mm.best))
    return np.asarray(np.exp(-CONTRAST_PER_MM * simulated_angiogram(analysis.tree.vessels, frame, shut)), dtype=np.float32)


def _middle_mm(analysis: Analysis, occlusion: Occlusion) -> FloatArray:
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        return np.asarray(np.mean([occlusion.proximal_cap.point_mm, occlusion.distal_cap.point_mm], axis=0))
    return vessel.centerline.at((occlusion.proximal_cap.s_mm.best + occlusion.distal_cap.s_mm.best) / 2)[0]
