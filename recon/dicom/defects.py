"""What is wrong with a stack, in words: each defect names the slices, what follows from it and what to do."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recon.dicom.phases import ORDER_RULE, Phase
from recon.dicom.pixels import believed_padding
from recon.dicom.slice_header import SliceHeader
from recon.dicom.stack import Stack
from recon.volume import Finding

HU_TYPES = ("", "HU", "US")
"""Rescale Type (0028,1054) that may hold Hounsfield units: absent, stated, or "unspecified"."""
NAMED_SLICES = 8
"""So many slices are named one by one in a text."""


def slice_name(header: SliceHeader) -> str:
    """File and instance number, as a reader finds the slice again."""
    name = Path(header.ref.member or header.ref.path).name
    return name if header.instance_number is None else f"{name} (image {header.instance_number})"


def named(headers: Sequence[SliceHeader]) -> str:
    """The first few slices by name, and how many more."""
    names = ", ".join(slice_name(h) for h in headers[:NAMED_SLICES])
    return names if len(headers) <= NAMED_SLICES else f"{names} and {len(headers) - NAMED_SLICES} more"


def header_findings(piled: Stack, phase: Phase, phases: int) -> tuple[Finding, ...]:
    """Everything the headers alone tell about a stack."""
    return (
        *_gap_findings(piled),
        *_place_findings(piled),
        *_shape_findings(piled),
        *_phase_findings(phase, phases),
        *_value_findings(piled),
    )


def place_mm(piled: Stack, slot: float) -> str:
    """A place on the grid as a reader finds it: position along the normal, signed as in the files."""
    along = float(piled.origin_mm @ piled.normal) + slot * piled.step_mm
    return f"{along:.1f} mm"


def _gap_findings(piled: Stack) -> list[Finding]:
    findings = []
    if piled.missing:
        slots = np.array(piled.missing)
        runs = np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1)
        neighbours = {int(slot): header for slot, header in zip(np.rint(piled.slot), piled.headers, strict=True)}
        where = "; ".join(
            f"{len(run)} between {slice_name(neighbours[int(run[0]) - 1])} and {slice_name(neighbours[int(run[-1]) + 1])}"
            f" at {place_mm(piled, run[0])}"
            for run in runs[:NAMED_SLICES]
        )
        findings.append(
            Finding(
                "missing-slices",
                where,
                f"{len(slots)} of {piled.slots} slices are missing.",
                "The gap is filled by interpolation for viewing; nothing is measured there.",
                "Export the series again from the scanner or the archive.",
                blocks_measurement=True,
            )
        )
    if not piled.even:
        gaps = np.diff(piled.slot) * piled.step_mm
        widest = slice_name(piled.headers[int(gaps.argmax())])
        findings.append(
            Finding(
                "uneven-spacing",
                f"Steps from {gaps.min():.2f} to {gaps.max():.2f} mm; widest after {widest}.",
                "The slices are not evenly spaced.",
                f"They were interpolated onto steps of {piled.step_mm:.3f} mm; measures are less sure where steps are wide.",
                "Prefer an evenly spaced reconstruction.",
            )
        )
    return findings


def _place_findings(piled: Stack) -> list[Finding]:
    findings = []
    if piled.duplicates:
        findings.append(
            Finding(
                "duplicate-slices",
                named([extra for _, extra in piled.duplicates]),
                f"{len(piled.duplicates)} slices lie at a position that another slice already has.",
                "The first by image number is used.",
                "Compare the two images if the place matters.",
            )
        )
    if piled.outside:
        findings.append(
            Finding(
                "slices-apart",
                named(piled.outside),
                f"{len(piled.outside)} slices lie far from the others.",
                "They are left out.",
                "Check that the right part of the series was exported.",
            )
        )
    return findings


def _shape_findings(piled: Stack) -> list[Finding]:
    findings = []
    if piled.tilt_deg:
        findings.append(
            Finding(
                "tilt",
                "whole series",
                f"The slices are tilted by {piled.tilt_deg:.1f} degrees against the direction they are stacked in.",
                "Each slice was shifted back in its plane (resampled); without that the volume would be sheared.",
                "None; positions are right in patient space.",
            )
        )
    elif piled.sheared:
        findings.append(
            Finding(
                "sideways-shift",
                "whole series",
                "The slices do not lie exactly above each other.",
                "Each was shifted back in its plane (resampled).",
                "Check for table movement during the scan.",
            )
        )
    thickness = piled.headers[0].thickness_mm
    if thickness and thickness < 0.9 * piled.step_mm:
        findings.append(
            Finding(
                "gaps-between-slices",
                "whole series",
                f"Slices are {thickness:g} mm thick but {piled.step_mm:.2f} mm apart.",
                "What lies between them was not imaged.",
                "Prefer a reconstruction whose step is not larger than the thickness.",
            )
        )
    return findings


def _phase_findings(phase: Phase, phases: int) -> list[Finding]:
    if phases < 2:
        return []
    guess = " The files do not tell the phases: the order of images was used." if phase.rule == ORDER_RULE.text else ""
    return [
        Finding(
            "phase-split",
            f"phase {phase.label}",
            f"The series holds {phases} phases, told apart by: {phase.rule}.{guess}",
            "Only this phase is in the volume; phases are never mixed.",
            "Choose another phase in the series list if this one is blurred.",
        )
    ]


def _value_findings(piled: Stack) -> list[Finding]:
    findings = []
    first = piled.headers[0]
    unscaled = [h for h in piled.headers if h.intercept is None]
    if unscaled:
        findings.append(
            Finding(
                "no-rescale",
                named(unscaled),
                f"{len(unscaled)} slices do not say how stored values become Hounsfield units.",
                "Stored values are taken as they are; all HU are doubtful.",
                "Check air (-1000 HU) and blood pool before relying on any threshold.",
                blocks_measurement=True,
            )
        )
    if first.rescale_type.upper() not in HU_TYPES:
        findings.append(
            Finding(
                "not-hounsfield",
                "whole series",
                f"The values are '{first.rescale_type}' (Rescale Type), not Hounsfield units.",
                "Nothing is measured: every threshold is meant for Hounsfield units.",
                "Choose the conventional or virtual monoenergetic images.",
                blocks_measurement=True,
            )
        )
    if first.padding is not None and believed_padding(first) is None:
        findings.append(
            Finding(
                "padding-in-tissue",
                slice_name(first),
                f"Pixel Padding Value {first.padding[0]} lies in the range of tissue.",
                "It is not treated as padding.",
                "Look at the border of the images.",
            )
        )
    if any(h.lossy for h in piled.headers):
        findings.append(
            Finding(
                "lossy",
                "whole series",
                "The images were compressed with loss.",
                "Small calcium and edges may be changed.",
                "Use the original images where they can be had.",
            )
        )
    return findings
