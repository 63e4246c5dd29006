"""How numbers with intervals are written; the same in the window, the report and the shell."""

from recon.estimate import Estimate


def interval_text(value: Estimate | None, decimals: int = 1, unit: str = "") -> str:
    """`25.5 mm (24.1-27.0)`; "not measured" when unknown."""
    if value is None:
        return "not measured"
    suffix = f" {unit}" if unit else ""
    best, low, high = (f"{v:.{decimals}f}" for v in (value.best, value.low, value.high))
    return f"{best}{suffix}" if low == high else f"{best}{suffix} ({low}-{high})"


def number_text(value: float | None, decimals: int = 1, unit: str = "") -> str:
    """`2.4 mm`; "not measured" when unknown."""
    if value is None:
        return "not measured"
    return f"{value:.{decimals}f} {unit}".rstrip()


def points_text(low: float, high: float) -> str:
    """A score total: `3`, `1.5` or the range `2-3`."""
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def clock_text(degrees: float) -> str:
    """A place on the clock of a section to the half hour: `6:30`."""
    half_hours = round(degrees / 15.0) % 24
    return f"{half_hours // 2 or 12}:{'30' if half_hours % 2 else '00'}"
