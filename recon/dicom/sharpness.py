"""How sharp small contrast-filled vessels are in a phase: the measure by which phases are ranked.

Motion smears a vessel of a few millimetres over its surroundings, so the height by which it stands out falls. The measure
is the mean height of the brightest narrow structures (white top-hat) near the heart, lung vessels left out. It compares
phases of one scan only; it is no measure of image quality across scans [E].
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from recon.dicom.files import FileReader
from recon.dicom.pixels import PixelsUnusableError, hu_into
from recon.dicom.series import SeriesEntry
from recon.dicom.slice_header import SliceHeader
from recon.report import Report, part_of

SAMPLED_SLICES = 12
CENTRAL_SHARE = 0.6
"""The middle part of the matrix, in each direction, in which the heart lies in a cardiac field of view."""
VESSEL_MM = 7.0
"""Structures narrower than this stand out in the top-hat."""
CONTRAST_HU = 150
LUNG_HU = -400
TOP_SHARE = 0.003
CLOSE_POINTS = 3.0
"""Series whose header points differ by less are compared by sharpness."""
MAXIMUM_COMPARED = 12


def vessel_sharpness_hu(entry: SeriesEntry, report: Report) -> float:
    """Mean height of the brightest narrow structures over some slices of the middle of the stack; 0 when none is found."""
    assert entry.stack is not None
    middle = entry.headers[len(entry.headers) // 6 : len(entry.headers) - len(entry.headers) // 6]
    chosen = [middle[int(i)] for i in np.unique(np.linspace(0, len(middle) - 1, SAMPLED_SLICES).astype(int))]
    heights: list[np.ndarray] = []
    total = 0
    with FileReader() as reader:
        for i, header in enumerate(chosen):
            report(i / len(chosen), f"Comparing sharpness of phase {entry.label}")
            found, pixels = _standing_out(header, reader)
            heights.append(found)
            total += pixels
    pooled = np.sort(np.concatenate(heights))[::-1]
    top = pooled[: max(int(TOP_SHARE * total), 1)]
    return float(top.mean()) if len(top) else 0.0


def _standing_out(header: SliceHeader, reader: FileReader) -> tuple[np.ndarray, int]:
    """Heights of narrow bright structures in one slice, and how many pixels were looked at."""
    image = np.empty((header.rows, header.columns), dtype=np.int16)
    try:
        hu_into(image, header, reader)
    except (PixelsUnusableError, OSError):
        return np.empty(0), 0
    border = [int(n * (1 - CENTRAL_SHARE) / 2) for n in image.shape]
    part = image[border[0] : image.shape[0] - border[0], border[1] : image.shape[1] - border[1]]
    spacing = header.spacing_mm or (0.4, 0.4)
    width = [max(3, round(VESSEL_MM / s)) for s in spacing]
    smooth = ndimage.gaussian_filter(np.clip(part, -150, 800).astype(np.float32), [0.5 / s for s in spacing])
    height = smooth - ndimage.grey_opening(smooth, size=width)
    lung = ndimage.uniform_filter((part < LUNG_HU).astype(np.float32), size=[2 * w for w in width]) > 0.05
    return height[(smooth > CONTRAST_HU) & ~lung], part.size


def sharpest_first(entries: Sequence[SeriesEntry], report: Report) -> tuple[SeriesEntry, ...]:
    """The entries with those about as fit as the first ordered by sharpness; each says how sharp it is.

    Only entries of the first one's study are compared.
    """
    close = [e for e in entries if e.stack is not None and _comparable(e, entries[0])][:MAXIMUM_COMPARED]
    if len(close) < 2:
        return tuple(entries)
    measured = []
    for i, entry in enumerate(close):
        value = vessel_sharpness_hu(entry, part_of(report, i / len(close), (i + 1) / len(close)))
        reason = f"vessels stand out by {value:.0f} HU; {entry.reason}"
        measured.append((value, replace(entry, reason=reason, sharpness_hu=value)))
    order = [entry for _, entry in sorted(measured, key=lambda pair: -pair[0])]
    return (*order, *(e for e in entries if not any(e is c for c in close)))


def _comparable(entry: SeriesEntry, best: SeriesEntry) -> bool:
    same_series = entry.identity.series_uid == best.identity.series_uid
    close = best.fitness - entry.fitness <= CLOSE_POINTS
    return entry.identity.study_uid == best.identity.study_uid and (same_series or close)
