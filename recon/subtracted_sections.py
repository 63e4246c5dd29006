"""What two matched scans say together of the sections of a vessel."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.estimate import Band, FloatArray

SEEN, NONE_SEEN, NOT_TOLD = "seen", "none seen", "cannot be told"
"""Whether contrast is left in a section once calcium is taken away."""


@dataclass(frozen=True, eq=False)
class SubtractedSections:
    """Per section (n rows, those of the contrast scan's sections): how well the scans match, calcium without contrast, contrast
    without calcium; NaN = not measured.

    `calcium_area_mm2`, `calcium_csa_pct` and `calcium_arc_deg` come from the non-contrast scan alone. `contrast_mm2` is the
    area of lumen whose contrast the difference holds; `contrast` (n,) says `seen`, `none seen` or `cannot be told`, empty where
    the match cannot be used. `is_matched` (n,) is the local judgement of the match, `correlation` the likeness it rests on;
    `grade` (n,) joins it with what the slices allow, D = not used. `line` is the vessel in the non-contrast scan, `contrast_line`
    in the contrast scan.
    """

    s_mm: FloatArray
    shift_mm: FloatArray
    match_sd_mm: FloatArray
    match_along_sd_mm: FloatArray
    correlation: FloatArray
    is_matched: npt.NDArray[np.bool_]
    calcium_area_mm2: Band
    calcium_csa_pct: Band
    calcium_arc_deg: Band
    contrast_mm2: Band
    contrast: npt.NDArray[np.str_]
    grade: npt.NDArray[np.str_]
    line: Centerline
    calcium_method: str
    contrast_line: Centerline
