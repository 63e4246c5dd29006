"""How well a found line follows a true one, in the measures of the Rotterdam coronary framework (Schaap 2009, Med Image Anal 13).

Both lines are sampled every 0.1 mm. A true point is found when a found point lies within the vessel's radius there; a
found point is right when a true point lies so near. OV is right and found points over all points. OF is the part of the
true line before the first point that is not found (errors in the first 5 mm do not count). OT is OV of the part
whose diameter is 1.5 mm or more. AI is the mean distance of the points that agree. Where the framework pairs points by a
minimal sum of lengths, the nearest point is taken. Inside an occlusion the radius is that of the open vessel around it.
The found line is cut where the true one ends when it then follows another true artery: where a main artery ends and its
continuation takes another name is a matter of naming, which is counted apart.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom_truth import Truth, VesselTruth

SAMPLE_MM = 0.1
FORGIVEN_MM = 5.0
WIDE_MM = 0.75
"""Radius of a vessel of 1.5 mm diameter."""

LEAST_RADIUS_MM = 0.5
"""The radius within which a found point agrees is not taken smaller: the truth of a thread is no easier than a voxel."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Overlap, overlap until the first error, overlap of the wide part (0..1), mean distance in mm."""

    ov: float
    of: float
    ot: float
    ai_mm: float


def overlap(found: Centerline, truth: VesselTruth, scene: Truth) -> Overlap:
    """The measures of one found line against one true one."""
    s_true = np.arange(0.0, truth.visible_to_mm, SAMPLE_MM)
    true = truth.centerline.at(s_true)[0]
    radius = np.maximum(_open_radius(truth, s_true), LEAST_RADIUS_MM)
    line = cut_at_end(found, truth, scene)
    to_found, _ = cKDTree(line).query(true)
    to_true, nearest = cKDTree(true).query(line)
    hit, right = to_found <= radius, to_true <= radius[nearest]
    wide = s_true <= _last_wide_mm(truth, s_true)
    misses = np.flatnonzero(~hit & (s_true > FORGIVEN_MM))
    first = s_true[misses[0]] if len(misses) else truth.visible_to_mm
    wide_line = wide[nearest]
    return Overlap(
        ov=_share(hit, right),
        of=float(min(1.0, first / truth.visible_to_mm)),
        ot=_share(hit[wide], right[wide_line]),
        ai_mm=float(np.concatenate([to_found[hit], to_true[right]]).mean()) if hit.any() else float("nan"),
    )


def _share(hit: FloatArray, right: FloatArray) -> float:
    return float((hit.sum() + right.sum()) / max(1, len(hit) + len(right)))


def cut_at_end(found: Centerline, truth: VesselTruth, scene: Truth) -> FloatArray:
    """Points of the found line, without what lies beyond the true end on another true artery."""
    line = found.at(np.arange(0.0, found.length_mm, SAMPLE_MM))[0]
    end = truth.centerline.at(np.array([truth.visible_to_mm]))[0][0]
    own, _ = cKDTree(truth.centerline.points_mm).query(line)
    near_end = np.linalg.norm(line - end, axis=1)
    passed = int(np.argmin(near_end))
    if near_end[passed] > 3.0:
        return np.asarray(line)
    others = [v.centerline.points_mm for v in scene.vessels if v.kind == "artery" and v.name != truth.name]
    beyond, _ = cKDTree(np.vstack(others)).query(line)
    keep = (np.arange(len(line)) <= passed) | ((beyond > 1.5) & (own > 1.0))
    return np.asarray(line[keep])


def _open_radius(truth: VesselTruth, s_mm: FloatArray) -> FloatArray:
    lumen = truth.lumen_radius_mm
    seen = lumen > 0
    return np.asarray(np.interp(s_mm, truth.centerline.s_mm[seen], lumen[seen]))


def _last_wide_mm(truth: VesselTruth, s_mm: FloatArray) -> float:
    wide = _open_radius(truth, s_mm) >= WIDE_MM
    return float(s_mm[wide][-1]) if wide.any() else 0.0
