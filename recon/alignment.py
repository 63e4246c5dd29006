"""Where the points of one scan lie in another of the same patient, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray

MAX_SHIFT_MM, MAX_TURN_DEG = 40.0, 12.0
LEAST_CORRELATION = 0.6
"""Less than this, or a larger movement, is a doubtful match (app settings)."""


@dataclass(frozen=True, eq=False)
class Registration:
    """Where a point of the fixed scan lies in the moving one: `matrix` (4, 4) on LPS mm. `is_doubtful` says it may be wrong."""

    matrix: FloatArray
    shift_mm: float
    turn_deg: float
    correlation: float

    @property
    def is_doubtful(self) -> bool:
        """Whether a reader must look at the match before numbers that rest on it are believed."""
        too_far = self.shift_mm > MAX_SHIFT_MM or self.turn_deg > MAX_TURN_DEG
        return too_far or not self.correlation >= LEAST_CORRELATION

    def moved(self, points_mm: npt.ArrayLike) -> FloatArray:
        """LPS positions (..., 3) of the fixed scan as positions in the moving one."""
        return np.asarray(np.asarray(points_mm, dtype=float) @ self.matrix[:3, :3].T + self.matrix[:3, 3])
