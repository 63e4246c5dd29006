"""Values measured on the sections of one vessel, and of the scan they were measured in."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recon.estimate import Band, Estimate, FloatArray

SECTION_STEP_MM = 0.5
"""Arc distance between measured sections."""

WALL_ANGLES = 72
"""Radii per contour; contour column k is at theta = k * 5 degrees, clockwise from 12 o'clock looking distally."""

CALCIUM_ANGLES = 360
"""Angular bins of 1 degree of the calcium maps."""


@dataclass(frozen=True, slots=True)
class ScanPhysics:
    """What the image itself tells of the scan: contrast, noise and blur (docs/clinical.md B.0, B.8)."""

    lumen_hu: float
    lumen_sd_hu: float
    noise_sd_hu: float
    psf_in_plane_fwhm_mm: Estimate
    psf_z_fwhm_mm: Estimate


@dataclass(frozen=True, eq=False)
class VesselSections:
    """Per-section measures of one vessel, n rows `SECTION_STEP_MM` apart; NaN = not measured, 0 = measured, none.

    `wall_area_mm2` is the whole area inside the outer wall. `lumen_r_mm` and `wall_r_mm` are (n, WALL_ANGLES) radii from the
    centerline; the calcium maps are (n, CALCIUM_ANGLES) radii from the centerline, NaN where there is no calcium.
    `sensitivity_area_mm2` holds the calcium area by other threshold rules. `axis_hu` (m,) at `axis_s_mm` (m,) is the mean HU
    of a 1 mm disc on the centerline without its calcium, every 0.25 mm (NaN where calcium fills the disc);
    `lumen_open` (n,) says where contrast was seen. `beside_hu` (m,) is the brightest that calcium leaves visible beside the
    axis (recon/beside_calcium.py), empty = not measured. `edited` (n,) marks what a reader changed, `stent` (n,) where a reader
    saw a stent and calcium is not measured; empty = nowhere. `calcium_hu` (n,) is the fitted density of the thickest calcium,
    NaN = none, empty = not measured. `lumen_area_error_mm2` and `wall_area_error_mm2` (n,) are the half widths of the 90 %
    intervals of the two areas, empty = not measured. `calcium_limit_mm2` (n,) is the area of calcium that could lie unseen in a
    section where none is found (recon/calcium_limit.py), empty = not measured.
    """

    s_mm: FloatArray
    point_mm: FloatArray
    lumen_area_mm2: FloatArray
    wall_area_mm2: FloatArray
    calcium_area_mm2: Band
    calcium_csa_pct: Band
    calcium_arc_deg: Band
    calcium_longest_arc_deg: FloatArray
    calcium_max_thickness_mm: FloatArray
    mean_lumen_hu: FloatArray
    quality: FloatArray
    grade: npt.NDArray[np.str_]
    lumen_open: npt.NDArray[np.bool_]
    lumen_r_mm: FloatArray
    wall_r_mm: FloatArray
    calcium_inner_r_mm: FloatArray
    calcium_outer_r_mm: FloatArray
    axis_s_mm: FloatArray
    axis_hu: FloatArray
    sensitivity_area_mm2: dict[str, FloatArray]
    calcium_method: str
    beside_hu: FloatArray = field(default_factory=lambda: np.empty(0))
    edited: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    stent: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    calcium_hu: FloatArray = field(default_factory=lambda: np.empty(0))
    lumen_area_error_mm2: FloatArray = field(default_factory=lambda: np.empty(0))
    wall_area_error_mm2: FloatArray = field(default_factory=lambda: np.empty(0))
    calcium_limit_mm2: FloatArray = field(default_factory=lambda: np.empty(0))
