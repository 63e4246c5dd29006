"""A straightened cut through a vessel as the figures draw it: proximal left, the named clock hour up."""

from recon.centerline import Centerline
from recon.reformat import Image, curved_view
from recon.volume import Volume

CUT_PIXEL_MM = 0.1


def cut_picture(volume: Volume, centerline: Centerline, clock_deg: float, half_width_mm: float) -> Image:
    """HU, shape (across, along); the last row is the edge at `clock_deg`, row 0 the one opposite, column 0 the ostium.

    Draw it with its origin at the bottom: the edge at `clock_deg` (clockwise from 12 o'clock, looking distally) is then up.
    """
    return curved_view(volume, centerline, clock_deg - 90.0, CUT_PIXEL_MM, half_width_mm).hu.T
