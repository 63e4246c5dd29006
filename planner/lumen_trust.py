"""Which contrast next to calcium can be believed: its halo looks like a thin bright lumen (docs/clinical.md B.1)."""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from recon.estimate import FloatArray
from recon.sections import SECTION_STEP_MM, VesselSections

NEAR_CSA_PCT = 3.0
NEAR_MM = 1.0
"""Sections this close to calcium of at least this share are next to it (blooming)."""
TOO_BRIGHT = 1.2
"""Contrast is not brighter than the open level by this factor; what is, is calcium."""
LEAST_SHARE = 0.3
"""A lumen next to calcium that keeps less of the vessel's usual area may be halo (app setting)."""
USUAL_MM = 15.0
USUAL_QUANTILE = 0.6


def believed_lumen(sections: VesselSections, lumen_fraction: FloatArray, level: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether the lumen of each section (n,) can be contrast: away from calcium, or wide enough and no brighter than contrast.

    `lumen_fraction` (n,) is the contrast fraction of the fitted lumen (NaN = none), `level` (n,) that of an open lumen.
    """
    bright = np.nan_to_num(lumen_fraction, nan=-1.0) > TOO_BRIGHT * level
    hidden = np.interp(sections.s_mm, sections.axis_s_mm, np.isnan(sections.axis_hu).astype(float)) > 0
    calcified = (np.nan_to_num(sections.calcium_csa_pct.best) >= NEAR_CSA_PCT) | bright | hidden
    near = maximum_filter1d(calcified, 2 * round(NEAR_MM / SECTION_STEP_MM) + 1) > 0
    wide = np.nan_to_num(sections.lumen_area_mm2) >= LEAST_SHARE * usual_area_mm2(sections, ~near)
    return np.asarray(~near | (wide & ~bright))


def usual_area_mm2(sections: VesselSections, clear: npt.NDArray[np.bool_]) -> FloatArray:
    """The lumen area (n,) that an open part of the vessel has about each section, from clear open sections within 15 mm.

    0 where no clear section is open that near: nothing can then be said against a lumen.
    """
    area = sections.lumen_area_mm2
    usable = clear & sections.lumen_open & np.isfinite(area) & (area > 0)
    usual = np.zeros(len(area))
    for n, s in enumerate(sections.s_mm):
        near = usable & (np.abs(sections.s_mm - s) <= USUAL_MM)
        if near.any():
            usual[n] = np.quantile(area[near], USUAL_QUANTILE)
    return usual
