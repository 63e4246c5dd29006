"""A measured number with its interval."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.errors import GeometryError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measurement that can be wrong; low <= best <= high, all in the unit of the field that holds it."""

    low: float
    best: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.best <= self.high):
            raise GeometryError(
                "An estimate must satisfy low <= best <= high.",
                f"Got {self.low}, {self.best}, {self.high}.",
                "Report this as a defect.",
            )

    @property
    def half_width(self) -> float:
        """The larger of the two sides of the interval."""
        return max(self.best - self.low, self.high - self.best)

    def straddles(self, threshold: float) -> bool:
        """Whether the interval reaches the cut on both sides, so that the decision is borderline."""
        return self.low <= threshold <= self.high

    @staticmethod
    def exact(value: float) -> "Estimate":
        """A stated value without uncertainty."""
        return Estimate(value, value, value)

    @staticmethod
    def around(value: float, half_width: float, floor: float = -math.inf, ceiling: float = math.inf) -> "Estimate":
        """A symmetric interval cut to the values that can exist."""
        return Estimate(max(value - half_width, min(floor, value)), value, min(value + half_width, max(ceiling, value)))


@dataclass(frozen=True, eq=False)
class Band:
    """An `Estimate` per section: three arrays of shape (n,); NaN = not measured."""

    low: FloatArray
    best: FloatArray
    high: FloatArray

    def at(self, index: int) -> Estimate | None:
        """The estimate of one section; None where it was not measured."""
        values = (float(self.low[index]), float(self.best[index]), float(self.high[index]))
        return None if any(math.isnan(v) for v in values) else Estimate(*values)
