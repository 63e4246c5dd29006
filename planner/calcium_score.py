"""Values of a scored non-contrast scan."""

from dataclasses import dataclass

from recon.agatston import CalciumScore
from recon.alignment import Registration
from recon.estimate import Estimate
from recon.volume import Finding


@dataclass(frozen=True, eq=False)
class ArteryScore:
    """Scores of one artery: the best assignment, and the Agatston score if spots near the limit belong to it or not."""

    artery: str
    score: CalciumScore
    agatston: Estimate


@dataclass(frozen=True, eq=False)
class NonContrast:
    """Scores of a non-contrast scan; `arteries` is empty when the two scans could not be matched well enough."""

    series_uid: str
    series_description: str
    slice_mm: float
    calibration_mg_per_mm3_hu: float | None
    arteries: tuple[ArteryScore, ...]
    total: ArteryScore | None
    registration: Registration
    findings: tuple[Finding, ...]
