"""Which scan the curved view and the section show: with contrast, without, or the difference of both; and what is said of it."""

from dataclasses import dataclass

import numpy as np

from recon.centerline import Centerline
from recon.reformat import Image, curved_view, section_view
from recon.subtracted_sections import SubtractedSections
from recon.volume import Volume
from ui.windowing import Window

CONTRAST, BARE, DIFFERENCE = "contrast", "non-contrast", "difference"
SCANS = (CONTRAST, BARE, DIFFERENCE)
LABELS = {CONTRAST: "", BARE: "NON-CONTRAST SCAN", DIFFERENCE: "DIFFERENCE (computed)"}
WINDOWS = {BARE: Window("non-contrast", 250.0, 800.0), DIFFERENCE: Window("difference", 250.0, 700.0)}
"""Brightness of the two other pictures; the presets are for the contrast scan."""

NO_MATCH = "the scans do not match here"


@dataclass(frozen=True, eq=False)
class ScanPair:
    """The non-contrast scan, and both scans at equal blur for the difference."""

    other: Volume
    equal_contrast: Volume
    equal_other: Volume


def cut_hu(
    scan: str, pair: ScanPair, line: Centerline, own: SubtractedSections, turn_deg: float, pixel_mm: float, half_mm: float
) -> Image:
    """The straightened cut of the non-contrast scan or of the difference, HU (rows, columns)."""
    if scan == BARE:
        return curved_view(pair.other, own.line, turn_deg, pixel_mm, half_mm).hu
    first = curved_view(pair.equal_contrast, line, turn_deg, pixel_mm, half_mm).hu
    return _difference(first, curved_view(pair.equal_other, own.line, turn_deg, pixel_mm, half_mm).hu)


def section_hu(
    scan: str, pair: ScanPair, line: Centerline, own: SubtractedSections, s_mm: float, half_mm: float, pixel_mm: float
) -> Image:
    """The section of the non-contrast scan or of the difference, HU (rows, columns)."""
    if scan == BARE:
        return section_view(pair.other, own.line, s_mm, half_mm, pixel_mm).hu
    first = section_view(pair.equal_contrast, line, s_mm, half_mm, pixel_mm).hu
    return _difference(first, section_view(pair.equal_other, own.line, s_mm, half_mm, pixel_mm).hu)


def _difference(first: Image, second: Image) -> Image:
    """NaN where either scan ends."""
    missing = (first <= -1023) | (second <= -1023)
    return np.where(missing, np.float32(np.nan), first - second).astype(np.float32)
