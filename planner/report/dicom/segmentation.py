"""Lumen, outer wall and calcium of the occluded vessel as a DICOM Segmentation on the source grid."""

import highdicom
import numpy as np
import numpy.typing as npt
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.dicom.codes import (
    ABNORMAL_STRUCTURE,
    ANATOMICAL_STRUCTURE,
    CALCIFICATION,
    LUMEN,
    artery,
    private,
)
from planner.report.dicom.source import MANUFACTURER, SOFTWARE, series_number
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.sections import VesselSections
from recon.vessels import Vessel

REACH_MM = 5.0
"""Voxels farther than this from the centerline are not looked at."""

LUMEN_LABEL, WALL_LABEL, CALCIUM_LABEL = 1, 2, 3


def why_no_segmentation(analysis: Analysis) -> str:
    """Why there is no segmentation; empty when there is one."""
    target = analysis.target
    if target is None:
        return "A segmentation was not written: there is no occlusion."
    if target.vessel not in analysis.sections:
        return f"A segmentation was not written: the sections of the {target.vessel} were not measured."
    if not analysis.volume.geometry.frame_of_reference_uid:
        return "A segmentation was not written: the source has no frame of reference UID."
    return ""


def segmentation(analysis: Analysis, images: list[Dataset], target: Occlusion) -> Dataset:
    """The segmentation of the target vessel, cropped to it; segments 1 lumen, 2 wall, 3 calcium."""
    vessel = analysis.tree.vessel(target.vessel)
    if vessel is None:
        raise ValueError(f"{target.vessel} is not in the tree")
    shut = (target.proximal_cap.s_mm.best, target.distal_cap.s_mm.best)
    labels, geometry = vessel_labels(analysis.volume.geometry, vessel, analysis.sections[vessel.name], shut)
    grid = highdicom.Volume(
        labels,
        np.array(geometry.lps_from_index),
        coordinate_system="PATIENT",
        frame_of_reference_uid=geometry.frame_of_reference_uid,
    )
    return Segmentation(
        images,
        grid,
        "BINARY",
        _descriptions(target, analysis.version),
        series_instance_uid=generate_uid(),
        series_number=series_number("segmentation"),
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=SOFTWARE,
        software_versions=analysis.version,
        device_serial_number="not applicable",
        content_label="CTO_PLAN",
        content_description=f"Lumen, wall and calcium of the {target.vessel}",
        series_description="CTO Planner segmentation",
    )


def vessel_labels(
    grid: Geometry, vessel: Vessel, sections: VesselSections, shut_mm: tuple[float, float]
) -> tuple[npt.NDArray[np.uint8], Geometry]:
    """Label voxels about a vessel and their grid: 0 outside, 1 lumen, 2 wall, 3 calcium; no lumen between the caps."""
    near, crop = _near_voxels(grid, vessel.centerline.points_mm)
    labels = np.zeros(crop.shape, dtype=np.uint8)
    index = np.argwhere(near)
    s_mm, theta, r_mm = vessel.centerline.locate(crop.points_mm(index))
    row = np.clip(np.round(s_mm / (sections.s_mm[1] - sections.s_mm[0])).astype(int), 0, len(sections.s_mm) - 1)
    beyond = (s_mm <= 0.0) | (s_mm >= vessel.centerline.length_mm)
    turn = theta / (2 * np.pi)
    column = np.round(turn * sections.wall_r_mm.shape[1]).astype(int) % sections.wall_r_mm.shape[1]
    degree = np.floor(turn * sections.calcium_outer_r_mm.shape[1]).astype(int) % sections.calcium_outer_r_mm.shape[1]
    open_here = sections.lumen_open[row] & ((s_mm < shut_mm[0]) | (s_mm > shut_mm[1]))
    found = np.zeros(len(index), dtype=np.uint8)
    found[~beyond & (r_mm <= sections.wall_r_mm[row, column])] = WALL_LABEL
    found[~beyond & open_here & (r_mm <= sections.lumen_r_mm[row, column])] = LUMEN_LABEL
    inner, outer = sections.calcium_inner_r_mm[row, degree], sections.calcium_outer_r_mm[row, degree]
    found[~beyond & (r_mm >= inner) & (r_mm <= outer)] = CALCIUM_LABEL
    labels[tuple(index.T)] = found
    return labels, crop


def _near_voxels(grid: Geometry, points_mm: FloatArray) -> tuple[npt.NDArray[np.bool_], Geometry]:
    """Voxels within a box of REACH_MM about any centerline point, and the grid cropped to all of them."""
    reach = np.ceil(REACH_MM / np.array(grid.spacing_mm)).astype(int)
    centre = np.round(grid.index_kji(points_mm)).astype(int)
    low = np.clip(centre.min(axis=0) - reach, 0, np.array(grid.shape) - 1)
    high = np.clip(centre.max(axis=0) + reach + 1, 1, np.array(grid.shape))
    crop = grid.cropped((int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2])))
    near = np.zeros(crop.shape, dtype=bool)
    for middle in np.unique(centre, axis=0) - low:
        box = tuple(slice(max(0, m - r), m + r + 1) for m, r in zip(middle, reach, strict=True))
        near[box] = True
    return near, crop


def _descriptions(target: Occlusion, version: str) -> list[SegmentDescription]:
    site = artery(target.vessel, target.scct_segment)

    def described(number: int, label: str, category: Code, kind: Code | CodedConcept) -> SegmentDescription:
        return SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=category,
            segmented_property_type=kind,
            algorithm_type="AUTOMATIC",
            algorithm_identification=_algorithm(version),
            tracking_uid=generate_uid(),
            tracking_id=f"{target.id} {label.lower()}",
            anatomic_regions=[site],
        )

    return [
        described(LUMEN_LABEL, "Lumen", ANATOMICAL_STRUCTURE, LUMEN),
        described(WALL_LABEL, "Outer wall region", ANATOMICAL_STRUCTURE, private("OUTER_WALL")),
        described(CALCIUM_LABEL, "Calcium", ABNORMAL_STRUCTURE, CALCIFICATION),
    ]


def _algorithm(version: str) -> highdicom.AlgorithmIdentificationSequence:
    return highdicom.AlgorithmIdentificationSequence(name=SOFTWARE, family=codes.cid7162.EdgeDetection, version=version)
