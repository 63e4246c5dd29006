"""Enhanced and Legacy Converted Enhanced CT: the frames of one multi-frame file as slices.

What a classic image says once is split here between functional groups shared by all frames and groups of each frame
(PS3.3 section C.7.6.16.2); converted legacy images keep what has no group of its own as "unassigned" attributes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import parse_fragments

from recon.dicom.elements import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from recon.dicom.files import FileReader
from recon.dicom.slice_header import SliceHeader

MAXIMUM_FRAMES = 20_000
_PLAIN = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE)


@dataclass(frozen=True, slots=True)
class _Group:
    """Where one attribute of a frame lies: the group's sequence, the element in it, and what it is called here."""

    sequence: str
    element: str
    field: str


_NUMBERS = (
    _Group("PixelValueTransformationSequence", "RescaleSlope", "slope"),
    _Group("PixelValueTransformationSequence", "RescaleIntercept", "intercept"),
    _Group("PixelMeasuresSequence", "SliceThickness", "thickness_mm"),
    _Group("CTXRayDetailsSequence", "KVP", "kvp"),
    _Group("CardiacSynchronizationSequence", "NominalPercentageOfCardiacPhase", "nominal_pct"),
    _Group("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", "trigger_time_ms"),
    _Group("CardiacSynchronizationSequence", "RRIntervalTimeNominal", "heart_beat_ms"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "TriggerTime", "trigger_time_ms"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "NominalInterval", "heart_beat_ms"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "NominalPercentageOfCardiacPhase", "nominal_pct"),
    _Group("UnassignedSharedConvertedAttributesSequence", "KVP", "kvp"),
)
_WHOLE = (
    _Group("FrameContentSequence", "TemporalPositionIndex", "temporal_index"),
    _Group("FrameContentSequence", "FrameAcquisitionNumber", "acquisition_number"),
    _Group("ConversionSourceAttributesSequence", "ReferencedFrameNumber", "instance_number"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "TemporalPositionIdentifier", "temporal_identifier"),
)
_TEXTS = (
    _Group("PixelValueTransformationSequence", "RescaleType", "rescale_type"),
    _Group("CTReconstructionSequence", "ConvolutionKernel", "kernel"),
    _Group("CTImageFrameTypeSequence", "PixelPresentation", "pixel_presentation"),
    _Group("UnassignedSharedConvertedAttributesSequence", "ConvolutionKernel", "kernel"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "ImageComments", "image_comments"),
    _Group("UnassignedPerFrameConvertedAttributesSequence", "ScanOptions", "scan_options"),
)


def frame_headers(header: SliceHeader, reader: FileReader) -> tuple[SliceHeader, ...] | str:
    """One header a frame, or in words why the frames cannot be told. `header` holds what the file says once."""
    data = reader.part(header.ref, 0, header.pixel_offset if header.syntax_uid != DEFLATED_LITTLE else None)
    try:
        dataset = pydicom.dcmread(BytesIO(data), stop_before_pixels=True, force=True)
        shared = _first(dataset, "SharedFunctionalGroupsSequence")
        frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
        if not 0 < len(frames) <= MAXIMUM_FRAMES:
            return f"a multi-frame image that describes {len(frames)} frames"
        places = _code_streams(header, reader, len(frames))
        return tuple(_frame(header, [frame, shared], k, len(frames), places) for k, frame in enumerate(frames))
    except Exception as error:  # the general parser raises almost anything on damaged bytes; it becomes a named refusal
        return f"its frames cannot be told apart ({type(error).__name__}: {error})"


def _first(holder: Dataset | None, name: str) -> Dataset | None:
    sequence = None if holder is None else holder.get(name)
    return sequence[0] if sequence else None


def _found(groups: Sequence[Dataset | None], sequence: str, element: str) -> Any:
    """The element from the frame's own group, else from the shared one; None when neither holds it."""
    for group in groups:
        item = _first(group, sequence)
        value = None if item is None else item.get(element)
        if value is not None and value != "":
            return value
    return None


def _numbers(value: Any, count: int) -> tuple[float, ...] | None:
    if value is None or len(value) != count or not all(math.isfinite(float(part)) for part in value):
        return None
    return tuple(float(part) for part in value)


def _frame(
    header: SliceHeader, groups: Sequence[Dataset | None], index: int, frames: int, places: list[tuple[int, int]] | None
) -> SliceHeader:
    changes: dict[str, Any] = {"frame": index, "frames": frames, "instance_number": index + 1}
    for table, kind in ((_NUMBERS, _finite), (_WHOLE, int), (_TEXTS, _text)):
        for row in table:
            value = _found(groups, row.sequence, row.element)
            if value is not None:
                changes[row.field] = kind(value)
    spacing = _numbers(_found(groups, "PixelMeasuresSequence", "PixelSpacing"), 2)
    frame_type = _found(groups, "CTImageFrameTypeSequence", "FrameType")
    if places is not None:
        changes["pixel_offset"], changes["pixel_length"] = places[index]
    return replace(
        header,
        position_mm=_numbers(_found(groups, "PlanePositionSequence", "ImagePositionPatient"), 3),
        orientation=_numbers(_found(groups, "PlaneOrientationSequence", "ImageOrientationPatient"), 6),
        spacing_mm=None if spacing is None else (spacing[0], spacing[1]),
        image_type=header.image_type if frame_type is None else tuple(str(part) for part in frame_type),
        **changes,
    )


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "\\".join(str(part) for part in value)


def _code_streams(header: SliceHeader, reader: FileReader, frames: int) -> list[tuple[int, int]] | None:
    """Offset and length of each frame's code stream where every frame is one fragment; None when it must be searched."""
    if header.syntax_uid in _PLAIN or header.pixel_offset is None:
        return None
    data = reader.part(header.ref, header.pixel_offset, None)
    first_fragment = 8 + int.from_bytes(data[4:8], "little")
    count, offsets = parse_fragments(data[first_fragment:])
    if count != frames:
        return None
    starts = [first_fragment + offset for offset in offsets]
    lengths = [int.from_bytes(data[start + 4 : start + 8], "little") for start in starts]
    return [(header.pixel_offset + start + 8, length) for start, length in zip(starts, lengths, strict=True)]
