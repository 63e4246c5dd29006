"""How a series was made, from its first image and the one place where spectral scanners say more."""

import re
from io import BytesIO
from typing import Any

import pydicom

from recon.dicom.files import FileReader
from recon.dicom.series import SeriesEntry
from recon.dicom.slice_header import SliceHeader
from recon.volume import Acquisition

PHOTON_COUNTING_MODELS = ("naeotom",)
"""Model names (0008,1090) of scanners that count photons, lower case; others tell it in (0018,9372)."""
_KEV = re.compile(r"(?<!\d)(\d{2,3})\s*kev", re.IGNORECASE)


def acquisition(entry: SeriesEntry, ordered: tuple[SliceHeader, ...]) -> Acquisition:
    """`ordered` are the slices from the first of the volume to the last."""
    first = ordered[0]
    kev, detector = _spectral(first)
    texts = f"{first.series_description} {first.image_comments} {first.protocol}"
    named_kev = _KEV.search(texts)
    return Acquisition(
        manufacturer=first.manufacturer,
        model=first.model,
        kernel=first.kernel.replace("\\", " "),
        kvp=first.kvp or None,
        kev=kev if kev is not None else float(named_kev[1]) if named_kev else None,
        slice_thickness_mm=first.thickness_mm or None,
        phase_pct=entry.phase.pct if entry.phase else None,
        phase_rule=entry.phase.rule if entry.phase else "",
        patient_position=first.patient_position,
        transfer_syntax=first.syntax_uid,
        lossy=any(header.lossy for header in ordered),
        photon_counting="PHOTON_COUNTING" in detector or any(name in first.model.lower() for name in PHOTON_COUNTING_MODELS),
        age_text=first.age_text,
        sop_uids=tuple(header.sop_uid for header in ordered),
        source=first.ref.path,
        series_key=entry.key,
        split_by=entry.split_by,
    )


def _spectral(header: SliceHeader) -> tuple[float | None, str]:
    """Monoenergetic equivalent (0018,937C) in keV and Multi-energy Detector Type (0018,9372), both deep in sequences."""
    try:
        with FileReader() as reader:
            data = reader.part(header.ref, 0, header.pixel_offset)
        dataset = pydicom.dcmread(BytesIO(data), stop_before_pixels=True, force=True)
        found: dict[str, Any] = {}
        _collect(dataset, ("MonoenergeticEnergyEquivalent", "MultienergyDetectorType"), found)
        kev = found.get("MonoenergeticEnergyEquivalent")
        return None if kev is None else float(kev), str(found.get("MultienergyDetectorType", ""))
    except Exception:  # the general parser raises almost anything on damaged bytes; unknown stays unknown
        return None, ""


_SPECTRAL_SEQUENCES = (
    "MultienergyCTAcquisitionSequence",
    "MultienergyCTXRayDetectorSequence",
    "MultienergyCTCharacteristicsSequence",
    "SharedFunctionalGroupsSequence",
)


def _collect(dataset: pydicom.Dataset, names: tuple[str, ...], found: dict[str, Any]) -> None:
    for name in names:
        if name in dataset:
            found.setdefault(name, dataset.get(name))
    for sequence in _SPECTRAL_SEQUENCES:
        for item in dataset.get(sequence) or []:
            _collect(item, names, found)
