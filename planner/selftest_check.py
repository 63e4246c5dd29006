"""One row of the self-test."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A measured number beside its truth; `measured` is NaN when the engine gave none."""

    name: str
    truth: float
    measured: float
    tolerance: float
    unit: str

    @property
    def passed(self) -> bool:
        """Whether the number was measured and lies within the tolerance."""
        return math.isfinite(self.measured) and abs(self.measured - self.truth) <= self.tolerance
