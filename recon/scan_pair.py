"""Views of a vessel in two matched scans: the non-contrast scan, and the difference of both, on the contrast scan's frames."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recon.centerline import Centerline
from recon.reformat import Image, curved_view, section_view
from recon.subtracted_sections import SubtractedSections
from recon.volume import Volume

OUTSIDE_HU = -1023
"""What a view holds where its scan ends, or below."""


@dataclass(frozen=True, eq=False)
class ScanPair:
    """The non-contrast scan, and both scans at equal blur for the difference."""

    other: Volume
    equal_contrast: Volume
    equal_other: Volume


def cut_hu(pair: ScanPair, own: SubtractedSections, difference: bool, turn_deg: float, pixel_mm: float, half_mm: float) -> Image:
    """The straightened cut of the non-contrast scan or of the difference, HU (rows, columns); NaN where either scan ends."""
    return _hu(pair, own, difference, lambda volume, line: curved_view(volume, line, turn_deg, pixel_mm, half_mm).hu)


def section_hu(pair: ScanPair, own: SubtractedSections, difference: bool, s_mm: float, half_mm: float, pixel_mm: float) -> Image:
    """The section of the non-contrast scan or of the difference, HU (rows, columns); NaN where either scan ends."""
    return _hu(pair, own, difference, lambda volume, line: section_view(volume, line, s_mm, half_mm, pixel_mm).hu)


def _hu(pair: ScanPair, own: SubtractedSections, difference: bool, view: Callable[[Volume, Centerline], Image]) -> Image:
    if not difference:
        return view(pair.other, own.line)
    first, second = view(pair.equal_contrast, own.contrast_line), view(pair.equal_other, own.line)
    missing = (first <= OUTSIDE_HU) | (second <= OUTSIDE_HU)
    return np.where(missing, np.float32(np.nan), first - second).astype(np.float32)
