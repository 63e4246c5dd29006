"""Plain JSON values: intervals, rounded numbers, unknown as null."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from recon.estimate import Estimate, FloatArray

DECIMALS = 4


def estimate_value(value: Estimate | None) -> dict[str, float | None] | None:
    """An interval, or null."""
    return None if value is None else {k: number_value(getattr(value, k)) for k in ("low", "best", "high")}


def number_value(value: float | None) -> float | None:
    """A rounded number; NaN and unknown are null."""
    return None if value is None or not math.isfinite(value) else round(float(value), DECIMALS)


def numbers_value(values: npt.ArrayLike) -> list[float | None]:
    """Rounded numbers."""
    return [number_value(v) for v in np.asarray(values, dtype=float)]


def points_mm_value(points_mm: FloatArray) -> list[list[float | None]]:
    """Rounded positions."""
    return [numbers_value(p) for p in points_mm]


def points_value(value: float | None) -> float | int | None:
    """Score points: whole ones without a decimal point."""
    return int(value) if value is not None and float(value).is_integer() else value


def plain_value(value: Any) -> Any:
    """Tuples as lists, floats rounded, NaN as null, nested."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return number_value(value)
    if isinstance(value, dict):
        return {k: plain_value(v) for k, v in value.items()}
    return [plain_value(v) for v in value]
