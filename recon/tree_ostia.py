"""Where an artery that is closed from its ostium on may begin: a sinus of the aorta from which no vessel was seen to leave."""

from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.heart_frame import HeartFrame
from recon.search_field import SearchField
from recon.tree_growth import IntArray
from recon.vessels import Aorta

NEAR_MM = (0.5, 1.5)
"""Ways from the aorta begin in this layer about it."""

ABOVE_ROOT_MM = (8.0, 42.0)
"""Ostia lie this far above the lowest disc of the aorta that is found."""

AZIMUTH_DEG = {"left": (35.0, 165.0), "right": (-85.0, 45.0)}
"""Sector of each ostium about the aorta's axis, from anterior (0) to the patient's left (90)."""

PLACE_MM = {
    "left": ((-35.0, 40.0), (-30.0, 50.0), (5.0, 60.0)),
    "right": ((-35.0, 20.0), (-60.0, 10.0), (-70.0, 20.0)),
}
"""Where what is seen of the artery begins again, in the heart frame: ranges towards apex, back and free wall."""


@dataclass(frozen=True, eq=False)
class ClosedOstium:
    """A side of the aorta without a vessel: voxels (flat) of the sinus from which one may leave, and where it is to go on."""

    side: str
    cells: IntArray
    frame: HeartFrame

    def is_place(self, point_mm: FloatArray) -> bool:
        """Whether an artery of this side may be seen again at an LPS point."""
        local = self.frame.local(point_mm[None])[0]
        return all(low < value < high for value, (low, high) in zip(local, PLACE_MM[self.side], strict=True))


def closed_ostium(field: SearchField, aorta: Aorta, frame: HeartFrame, side: str) -> ClosedOstium:
    """The sinus of a side ("left" or "right")."""
    cells = np.flatnonzero((field.aorta_mm >= NEAR_MM[0]) & (field.aorta_mm < NEAR_MM[1]))
    points = field.points_mm(cells)
    axis = aorta.axis_mm
    across = [points[:, n] - np.interp(points[:, 2], axis[:, 2], axis[:, n]) for n in (0, 1)]
    azimuth = np.degrees(np.arctan2(across[0], -across[1]))
    above = points[:, 2] - axis[0, 2]
    low, high = AZIMUTH_DEG[side]
    kept = (azimuth > low) & (azimuth < high) & (above > ABOVE_ROOT_MM[0]) & (above < ABOVE_ROOT_MM[1])
    return ClosedOstium(side, cells[kept].astype(np.int64), frame)


def outward(field: SearchField, cell: int) -> FloatArray:
    """Direction (3,) in LPS away from the aorta at a voxel."""
    index = np.array(np.unravel_index(cell, field.shape))
    low, high = np.maximum(index - 2, 0), np.minimum(index + 3, field.shape)
    box = field.aorta_mm[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    slope = np.array([g.mean() for g in np.gradient(box.astype(float))])
    ahead = field.grid.geometry.points_mm(np.stack([index, index + slope / max(float(np.linalg.norm(slope)), 1e-6)]))
    return np.asarray(ahead[1] - ahead[0])
