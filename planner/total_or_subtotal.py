"""Signs for a total or a subtotal occlusion on CT (docs/clinical.md B.6)."""

from planner.occlusion import Sign, TotalOrSubtotal
from recon.estimate import Estimate

CHRONIC_LENGTH_MM = 15.0
CHRONIC_GRADIENT = -0.9
"""HU per 10 mm."""
TOTAL, SUBTOTAL, NEITHER = "chronic total", "subtotal", "neither"
CAUTION = "Published positive predictive value of CT alone 55 %: a leaning, not a diagnosis."
BEYOND_MM = 20.0


def total_or_subtotal(length_mm: Estimate, caps_mm: tuple[float, float], gradient: float | None) -> TotalOrSubtotal:
    """What length and distal attenuation gradient (HU per 10 mm, None = not measured) favour; both must agree."""
    signs = [
        Sign(
            "occlusion length",
            length_mm.best,
            "mm",
            ">=",
            CHRONIC_LENGTH_MM,
            TOTAL if length_mm.best >= CHRONIC_LENGTH_MM else SUBTOTAL,
            caps_mm,
        )
    ]
    if gradient is not None:
        word = TOTAL if gradient >= CHRONIC_GRADIENT else SUBTOTAL
        place = (caps_mm[1], caps_mm[1] + BEYOND_MM)
        signs.append(Sign("distal attenuation gradient", gradient, "HU/10 mm", ">=", CHRONIC_GRADIENT, word, place))
    words = {sign.favours for sign in signs}
    agreed = words.pop() if len(words) == 1 else NEITHER
    if agreed == SUBTOTAL and len(signs) == 1:
        agreed = NEITHER
    return TotalOrSubtotal(agreed, tuple(signs), None if gradient is None else gradient > 0)
