"""Errors of found occlusions against the exact truth of a test object, and their summary."""

from dataclasses import dataclass

import numpy as np

from planner.occlusion import Occlusion
from recon.phantom_truth import OcclusionTruth, Truth
from recon.vessels import Tree

ON_LINE_MM = 4.0
"""A true cap farther than this from the followed line was not on it: the course failed, not the cap."""


@dataclass(frozen=True, slots=True)
class OcclusionError:
    """One true occlusion against the found one; None where it was not found. Errors are found minus true."""

    case: str
    vessel: str
    length_mm: float
    found: bool
    proximal_error_mm: float | None = None
    distal_error_mm: float | None = None
    length_error_mm: float | None = None
    bend_error_deg: float | None = None
    stump_right: bool | None = None
    proximal_covered: bool | None = None
    distal_covered: bool | None = None
    length_covered: bool | None = None
    bend_covered: bool | None = None


def occlusion_errors(
    case: str, truth: Truth, tree: Tree, occlusions: tuple[Occlusion, ...]
) -> tuple[tuple[OcclusionError, ...], int]:
    """Errors of every visible true occlusion (its distal vessel filled), and how many found occlusions are false."""
    matched: set[str] = set()
    errors = []
    for true in truth.occlusions:
        if true.distal != "filled":
            continue
        match = _match(true, tree, occlusions)
        if match is None:
            errors.append(OcclusionError(case, true.vessel, true.length_mm, False))
            continue
        matched.add(match[0].id)
        errors.append(_error(case, true, *match))
    dark = [t for t in truth.occlusions if t.distal != "filled"]
    false = [o for o in occlusions if o.id not in matched and not any(_overlaps(t, tree, o) for t in dark)]
    return tuple(errors), len(false)


def _match(true: OcclusionTruth, tree: Tree, occlusions: tuple[Occlusion, ...]) -> tuple[Occlusion, float, float] | None:
    for occlusion in occlusions:
        place = _overlaps(true, tree, occlusion)
        if place is not None:
            return occlusion, *place
    return None


def _overlaps(true: OcclusionTruth, tree: Tree, occlusion: Occlusion) -> tuple[float, float] | None:
    """Arc positions of the true caps on the line of a found occlusion that overlaps them; None where it does not."""
    vessel = tree.vessel(occlusion.vessel)
    if vessel is None:
        return None
    s_mm, _, off_mm = vessel.centerline.locate(np.array([true.start_point_mm, true.end_point_mm]))
    start, end = float(s_mm[0]), float(s_mm[1])
    overlapping = occlusion.proximal_cap.s_mm.best < end and occlusion.distal_cap.s_mm.best > start
    return (start, end) if overlapping and float(off_mm.max()) <= ON_LINE_MM else None


def _error(case: str, true: OcclusionTruth, found: Occlusion, start_mm: float, end_mm: float) -> OcclusionError:
    proximal, distal = found.proximal_cap.s_mm, found.distal_cap.s_mm
    length, bend = found.length_mm, found.max_bend_deg
    return OcclusionError(
        case=case,
        vessel=true.vessel,
        length_mm=true.length_mm,
        found=True,
        proximal_error_mm=proximal.best - start_mm,
        distal_error_mm=distal.best - end_mm,
        length_error_mm=length.best - true.length_mm,
        bend_error_deg=bend.best - true.max_bend_deg,
        stump_right=_same_stump(true.proximal_cap, found.proximal_cap.morphology),
        proximal_covered=proximal.low <= start_mm <= proximal.high,
        distal_covered=distal.low <= end_mm <= distal.high,
        length_covered=length.low <= true.length_mm <= length.high,
        bend_covered=bend.low <= true.max_bend_deg <= bend.high,
    )


def _same_stump(true: str, found: str) -> bool:
    """Flush and blunt both score as blunt."""
    return (true == "tapered") == (found == "tapered") and found != "unknown"


def accuracy_rows(errors: tuple[OcclusionError, ...], false: int, cases: int) -> tuple[tuple[str, str, str], ...]:
    """(quantity, measured, wanted) rows for docs/accuracy.md; percentiles are of absolute errors."""
    found = [e for e in errors if e.found]
    rows = [
        ("cases, true occlusions", f"{cases}, {len(errors)}", ">= 40 cases"),
        ("found", f"{len(found)} of {len(errors)}", "all"),
        ("false occlusions", str(false), "0"),
    ]
    if not found:
        return tuple(rows)

    def absolute(name: str) -> np.ndarray:
        return np.abs([getattr(e, name) for e in found])

    def share(name: str) -> str:
        return f"{100 * np.mean([getattr(e, name) for e in found]):.0f} %"

    length, bend = absolute("length_error_mm"), absolute("bend_error_deg")
    caps = np.concatenate([absolute("proximal_error_mm"), absolute("distal_error_mm")])
    return (
        *rows,
        ("length error, median", f"{np.median(length):.2f} mm", "<= 1.0 mm"),
        ("length error, 90th percentile", f"{np.quantile(length, 0.9):.2f} mm", "<= 2.5 mm"),
        ("caps within 2 mm", f"{100 * np.mean(caps <= 2.0):.0f} %", ">= 90 %"),
        ("bend error, median", f"{np.median(bend):.1f} deg", "<= 5 deg"),
        ("bend error, 90th percentile", f"{np.quantile(bend, 0.9):.1f} deg", "-"),
        ("stump right", share("stump_right"), ">= 90 %"),
        ("proximal cap inside its interval", share("proximal_covered"), ">= 90 %"),
        ("distal cap inside its interval", share("distal_covered"), ">= 90 %"),
        ("length inside its interval", share("length_covered"), ">= 90 %"),
        ("bend inside its interval", share("bend_covered"), ">= 90 %"),
    )
