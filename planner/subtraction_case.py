"""Values of a subtraction: what a non-contrast scan says of the vessels of the contrast scan."""

from dataclasses import dataclass

from recon.estimate import Estimate
from recon.subtracted_sections import SubtractedSections
from recon.volume import Finding, Volume


@dataclass(frozen=True, slots=True)
class SectionRange:
    """An arc range of a vessel that a subtraction says something about; `kind` is a row of `RANGE_TEXTS`."""

    vessel: str
    kind: str
    s_mm: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Subtraction:
    """Both scans section by section; `vessels` is keyed by name, empty when the scans could not be used together.

    `ranges` tell where both scans disagree and what is under calcium, `volume` is the non-contrast scan, the blurs (FWHM) are
    those assumed for it.
    """

    series_uid: str
    series_description: str
    slice_mm: float
    plane_fwhm_mm: Estimate
    slice_fwhm_mm: Estimate
    vessels: dict[str, SubtractedSections]
    ranges: tuple[SectionRange, ...]
    findings: tuple[Finding, ...]
    volume: Volume


NOT_MATCHED, MISSED, NOT_CONFIRMED, LUMEN_SEEN, NO_LUMEN = (
    "subtraction-not-matched",
    "calcium-seen-without-contrast-only",
    "calcium-not-confirmed",
    "contrast-under-calcium",
    "no-contrast-under-calcium",
)
"""Kinds of ranges, also the codes of their findings."""

RANGE_TEXTS: dict[str, tuple[str, str, str]] = {
    NOT_MATCHED: (
        "The non-contrast scan does not match here",
        "Nothing is read from it there.",
        "Judge these places on the contrast scan alone.",
    ),
    MISSED: (
        "Calcium that the contrast scan does not show",
        "The measures of the contrast scan hold none there; they were not changed.",
        "Look at both scans: calcium as bright as contrast passes for lumen.",
    ),
    NOT_CONFIRMED: (
        "Calcium of the contrast scan that the non-contrast scan does not show",
        "What was measured as calcium may be contrast; the measures were not changed.",
        "Look at both scans, and exclude the deposit if it is none.",
    ),
    LUMEN_SEEN: (
        "Contrast is left under calcium that hides the lumen",
        "The vessel is likely open there; occlusions and scores were not changed.",
        "Look at the difference of both scans before calling it occluded.",
    ),
    NO_LUMEN: (
        "No contrast is left under calcium that hides the lumen",
        "An occlusion is likely there; occlusions and scores were not changed.",
        "Look at the difference of both scans, and mark the caps if it is occluded.",
    ),
}
"""For each kind: what, what follows, what to do."""
