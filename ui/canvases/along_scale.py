"""The common scale along the vessel: curved view and profile put the same arc position under each other."""

from dataclasses import dataclass

LEFT_PX = 56.0
RIGHT_PX = 16.0
MIN_HALF_WIDTH_MM = 6.0
TICKS_MM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
TICK_PX = 55.0


@dataclass(frozen=True, slots=True)
class AlongScale:
    """Pixels of a view along a vessel: `px_per_mm` both ways (1:1 mm), arc 0 at `x_zero_px`."""

    px_per_mm: float
    x_zero_px: float

    def x_px(self, s_mm: float) -> float:
        """Where an arc position lies across the view."""
        return self.x_zero_px + s_mm * self.px_per_mm

    def s_mm(self, x_px: float) -> float:
        """The arc position under a pixel; not limited to the vessel."""
        return (x_px - self.x_zero_px) / self.px_per_mm

    @property
    def tick_mm(self) -> float:
        """Distance of the scale's marks: the finest round one that leaves room for its number."""
        return next((step for step in TICKS_MM if step * self.px_per_mm >= TICK_PX), TICKS_MM[-1])


def fitted_scale(width_px: float, height_px: float, length_mm: float, zoom: float, s_mm: float) -> AlongScale:
    """The scale that shows the whole vessel at `zoom` 1; zoomed in, the cursor `s_mm` stays in view.

    A short vessel is not stretched beyond what leaves `MIN_HALF_WIDTH_MM` on both sides of it.
    """
    room = max(1.0, width_px - LEFT_PX - RIGHT_PX)
    whole = min(room / max(length_mm, 1.0), height_px / 2 / MIN_HALF_WIDTH_MM)
    px_per_mm = whole * zoom
    if length_mm * px_per_mm <= room:
        return AlongScale(px_per_mm, LEFT_PX)
    wanted = LEFT_PX + room / 2 - s_mm * px_per_mm
    return AlongScale(px_per_mm, min(LEFT_PX, max(wanted, LEFT_PX + room - length_mm * px_per_mm)))
