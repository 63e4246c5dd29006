"""Blooming in one dimension: the blur of the calcium model widens a slab as much as the table of docs/clinical.md B.8 says."""

from planner.selftest_check import Check
from recon.phantom_slabs import BESIDE_HU, SLABS, THRESHOLDS_HU, BlurredSlab, slab_profile_hu, width_above_mm
from recon.report import Report

WIDTH_MM, PEAK_HU = 0.012, 2.0
"""Tolerances: the table is rounded to 0.001 mm and 1 HU, the profile is sampled every 0.01 mm."""


def blooming_checks(report: Report) -> tuple[Check, ...]:
    """Peak and widths of every slab of the table."""
    report(0.0, "blurred slabs")
    return tuple(check for slab in SLABS for check in _slab_checks(slab))


def _slab_checks(slab: BlurredSlab) -> list[Check]:
    profile = slab_profile_hu(slab.fwhm_mm, slab.width_mm)
    peak = float(profile.max())
    name = f"slab of {slab.width_mm:g} mm, blur {slab.fwhm_mm:g} mm"
    half = width_above_mm(profile, 0.5 * (peak + BESIDE_HU))
    return [
        Check(f"{name}: peak", slab.peak_hu, peak, PEAK_HU, "HU"),
        *(
            Check(f"{name}: width at {level:g} HU", wanted, width_above_mm(profile, level), WIDTH_MM, "mm")
            for level, wanted in zip(THRESHOLDS_HU, slab.widths_mm, strict=True)
        ),
        Check(f"{name}: width at half maximum", slab.half_width_mm, half, WIDTH_MM, "mm"),
    ]
