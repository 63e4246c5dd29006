"""A CT volume: voxels with geometry, identity, acquisition and what is wrong with it."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Identity:
    """Who and what this is; shown on every window, page and export. Empty text = absent in the file."""

    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    study_uid: str = ""
    series_uid: str = ""
    series_description: str = ""
    accession_number: str = ""
    study_time: str = ""
    study_id: str = ""
    referring_physician: str = ""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """How the scan was made; None = not stated in the file.

    `series_key` names the stack among those of its series (`recon.dicom.series.SeriesEntry.key`); `split_by` is the phase rule
    that a person named, empty when the program chose it.
    """

    manufacturer: str = ""
    model: str = ""
    kernel: str = ""
    kvp: float | None = None
    kev: float | None = None
    slice_thickness_mm: float | None = None
    phase_pct: float | None = None
    phase_rule: str = ""
    patient_position: str = ""
    transfer_syntax: str = ""
    lossy: bool = False
    photon_counting: bool = False
    age_text: str = ""
    sop_uids: tuple[str, ...] = ()
    source: str = ""
    series_key: str = ""
    split_by: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the input or a result that a reader must know."""

    code: str
    where: str
    what: str
    consequence: str
    advice: str
    blocks_measurement: bool = False


@dataclass(frozen=True, eq=False)
class Volume:
    """Read-only voxels `hu`, int16, shape (slices, rows, columns), on a rectilinear LPS grid.

    `slice_quality` has one number per slice of the files, 0 (not usable for measuring) to 1 (sound); `quality_axis` is the array
    axis they are counted along (0 unless the files' slices are not axial).
    """

    hu: npt.NDArray[np.int16]
    geometry: Geometry
    identity: Identity = Identity()
    acquisition: Acquisition = Acquisition()
    findings: tuple[Finding, ...] = ()
    slice_quality: FloatArray = field(default_factory=lambda: np.empty(0))
    quality_axis: int = 0

    def __post_init__(self) -> None:
        self.hu.flags.writeable = False
        if len(self.slice_quality) != self.hu.shape[self.quality_axis]:
            object.__setattr__(self, "slice_quality", np.ones(self.hu.shape[self.quality_axis]))
