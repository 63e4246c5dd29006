"""Proposals for the reader about one occlusion, each with the place that supports it (docs/clinical.md B)."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from planner.occluded_wall import ENHANCED_SHARE, ENLARGED_RATIO, SHRUNK_MM, SHRUNK_RATIO
from planner.occlusion import Cap, Flag, Occlusion
from planner.plan import Plan
from planner.total_or_subtotal import NEITHER, SUBTOTAL, TOTAL
from planner.zones import FULL_MOON_ARC_DEG, FULL_MOON_CSA_PCT, FULL_MOON_MM, runs
from recon.sections import SECTION_STEP_MM, VesselSections

CSA_CUT_PCT = 50.0
BEND_CUT_DEG = 45.0
CHRONIC_CODES = {TOTAL: "favours-chronic-total", SUBTOTAL: "favours-subtotal", NEITHER: "total-or-subtotal-open"}
CONCENTRIC_ARC_DEG = 270.0
SPOTTY_ARC_DEG, SPOTTY_MM = 90.0, 3.0
NODULE_ARC_DEG, NODULE_MM, NODULE_THICKNESS_MM, NODULE_LENGTH_MM, NODULE_HU = 180.0, 0.5, 1.5, 6.0, 800.0
FAT_HU, FAT_MM = -30.0, 2.0

Rule = Callable[[Occlusion, VesselSections, Plan], tuple[Flag, ...]]


def flags_of(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    """All flags of one occlusion; a reader's word in the plan (`<occlusion>:<code>`) sets the state."""
    flags = [flag for rule in RULES for flag in rule(occlusion, sections, plan)]
    said = {c.subject: "confirmed" if c.accepted else "declined" for c in plan.confirmations}
    return tuple(Flag(f.code, f.text, f.s_mm, said.get(f"{occlusion.id}:{f.code}", f.state)) for f in flags)


def inside(occlusion: Occlusion, sections: VesselSections) -> npt.NDArray[np.bool_]:
    """Sections (n,) between the two caps."""
    start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    return np.asarray((sections.s_mm >= start) & (sections.s_mm <= end))


def _cap_flags(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    found: list[Flag] = []
    for side, cap in (("Proximal", occlusion.proximal_cap), ("Distal", occlusion.distal_cap)):
        code, place = side.lower(), _place(cap)
        if cap.hidden_by_calcium:
            found.append(Flag(f"{code}-cap-calcified", f"{side} cap calcified, position uncertain.", place))
        if cap.ambiguous_on_ct:
            width = cap.s_mm.high - cap.s_mm.low
            found.append(Flag(f"{code}-cap-ambiguous", f"{side} cap ambiguous on CT: within {width:.1f} mm.", place))
    return tuple(found)


def _full_moon(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    full = inside(occlusion, sections) & _at_least(sections.calcium_csa_pct.best, FULL_MOON_CSA_PCT)
    full &= _at_least(sections.calcium_arc_deg.best, FULL_MOON_ARC_DEG)
    text = f"Full moon proposed: area at least {FULL_MOON_CSA_PCT:.0f} %, arc at least {FULL_MOON_ARC_DEG:.0f} deg."
    return _flags_of_runs("full-moon-proposed", text, full, sections, FULL_MOON_MM)


def _calcium_shape(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    rows = inside(occlusion, sections)
    arc, some = np.where(rows, sections.calcium_arc_deg.best, np.nan), rows & _at_least(sections.calcium_area_mm2.best, 0.5)
    if not some.any():
        return ()
    top = int(np.nanargmax(arc))
    length = float(some.sum() * SECTION_STEP_MM)
    place = (float(sections.s_mm[top]), float(sections.s_mm[top]))
    if arc[top] < SPOTTY_ARC_DEG and length < SPOTTY_MM:
        return (Flag("calcium-spotty", f"Spotty: {length:.1f} mm, arc {arc[top]:.0f} deg.", place),)
    word = "concentric" if arc[top] >= CONCENTRIC_ARC_DEG else "eccentric"
    return (Flag(f"calcium-{word}", f"Calcium {word}: largest arc {arc[top]:.0f} deg.", place),)


def _nodule(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    """Focal thick dense calcium on one side whose inner edge reaches inside the mid-wall radius; nothing without a density."""
    if sections.calcium_hu.size != sections.s_mm.size:
        return ()
    rows = inside(occlusion, sections) & (np.nan_to_num(sections.calcium_arc_deg.best) < NODULE_ARC_DEG)
    wall = np.sqrt(np.maximum(sections.wall_area_mm2, 0) / np.pi)
    inner = np.array([np.nanmin(r) if np.isfinite(r).any() else np.nan for r in sections.calcium_inner_r_mm])
    rows &= (sections.calcium_max_thickness_mm >= NODULE_THICKNESS_MM) & (inner < wall / 2 - NODULE_MM)
    rows &= _at_least(sections.calcium_hu, NODULE_HU)
    text = f"Nodular calcium proposed (over {NODULE_HU:.0f} HU); CT cannot confirm a calcified nodule."
    flags = _flags_of_runs("nodular-calcium", text, rows, sections, 1.0)
    return tuple(f for f in flags if f.s_mm[1] - f.s_mm[0] <= NODULE_LENGTH_MM)


def _threshold(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    zones = [z for name, z in occlusion.calcium.items() if name != "landing" and z.max_csa_pct is not None]
    names = {name for z in zones for name, _ in z.sensitivity_max_csa_pct}
    by_rule = {n: max((v for z in zones for m, v in z.sensitivity_max_csa_pct if m == n), default=0.0) for n in names}
    if not by_rule or len({value >= CSA_CUT_PCT for value in by_rule.values()}) == 1:
        return ()
    values = ", ".join(f"{name} {value:.0f} %" for name, value in sorted(by_rule.items()))
    return (Flag("calcium-threshold-dependent", f"Area over 50 % depends on the rule: {values}.", _extent(occlusion)),)


def _bend(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    over = {angle > BEND_CUT_DEG for _, angle in occlusion.bend_by_arm_deg}
    if len(over) < 2:
        return ()
    values = ", ".join(f"{arm:.0f} mm {angle:.0f} deg" for arm, angle in occlusion.bend_by_arm_deg)
    place = (occlusion.bend_s_mm, occlusion.bend_s_mm)
    return (Flag("bend-depends-on-arm", f"Bend over 45 deg depends on the arm: {values}.", place),)


def _chronic(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    """Evidence for total against subtotal; published positive predictive value 55 %, so only a leaning."""
    evidence = occlusion.total_or_subtotal
    if evidence is None:
        return ()
    told = ", ".join(f"{s.name} {s.value:.0f} {s.unit}" for s in evidence.signs)
    code = CHRONIC_CODES[evidence.favours]
    words = "leave total or subtotal open" if evidence.favours == NEITHER else f"favour {evidence.favours}"
    flags = [Flag(code, f"Findings {words}: {told}.", _extent(occlusion))]
    if evidence.is_gradient_reversed:
        gradient = evidence.signs[-1]
        flags.append(
            Flag("reversed-gradient", f"Attenuation rises distally, {gradient.value:+.0f} {gradient.unit}.", gradient.s_mm)
        )
    return tuple(flags)


def _remodelling(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    reference = occlusion.reference_wall_diameter_proximal_mm
    if reference is None:
        return ()
    ratio = np.where(inside(occlusion, sections), sections.wall_area_mm2 / (np.pi * reference**2 / 4), np.nan)
    shrunk = np.nan_to_num(ratio, nan=1.0) < SHRUNK_RATIO
    enlarged = np.nan_to_num(ratio, nan=1.0) >= ENLARGED_RATIO
    return _flags_of_runs(
        "shrinkage", "Outer wall area under 75 % of the reference.", shrunk, sections, SHRUNK_MM
    ) + _flags_of_runs("positive-remodelling", "Outer wall area at least 110 % of the reference.", enlarged, sections, SHRUNK_MM)


def _course(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    rows = (sections.axis_s_mm > start + 1) & (sections.axis_s_mm < end - 1)
    hu = sections.axis_hu[rows]
    if not np.isfinite(hu).any():
        return ()
    flags = []
    step_mm = float(np.median(np.diff(sections.axis_s_mm)))
    if np.sum(hu < FAT_HU) * step_mm >= FAT_MM:
        flags.append(Flag("course-in-fat", "The followed course touches fat; check it.", (start, end)))
    if occlusion.enhancement is not None and occlusion.enhancement.enhanced_share >= ENHANCED_SHARE:
        flags.append(
            Flag("linear-enhancement", "Enhancement along the axis inside the occlusion; a reader judges.", (start, end))
        )
    return tuple(flags)


def _stated(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    flags = []
    marked = inside(occlusion, sections) & sections.stent if sections.stent.size == sections.s_mm.size else np.zeros(0, bool)
    if marked.any():
        place = (float(sections.s_mm[marked][0]), float(sections.s_mm[marked][-1]))
        flags.append(Flag("in-stent", "A stent is marked inside the occlusion.", place, "edited"))
    elif plan.facts.in_stent:
        flags.append(Flag("in-stent", "In-stent occlusion, as stated.", _extent(occlusion), "edited"))
    if occlusion.interruptions > 1:
        text = f"{occlusion.interruptions} occlusions with at least 5 mm of contrast between them."
        flags.append(Flag("multiple-occlusions", text, _extent(occlusion)))
    return tuple(flags)


def _changed(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> tuple[Flag, ...]:
    """Where a reader changed sections, and where a stent hides the calcium, from the proximal cap to the landing zone."""
    start, end = _extent(occlusion)
    near = (sections.s_mm >= start - 2.0) & (sections.s_mm <= end + 20.0)
    stent = sections.stent if len(sections.stent) else np.zeros(len(near), dtype=bool)
    edited = sections.edited & ~stent if len(sections.edited) else stent & False
    found = _flags_of_runs(
        "stent-not-measured", "Stent, as stated: calcium is not measured there.", near & stent, sections, SECTION_STEP_MM
    ) + _flags_of_runs(
        "sections-edited",
        "Sections changed by a reader; their intervals are not calibrated.",
        near & edited,
        sections,
        SECTION_STEP_MM,
    )
    return tuple(Flag(f.code, f.text, f.s_mm, "edited") for f in found)


RULES: tuple[Rule, ...] = (
    _cap_flags,
    _full_moon,
    _calcium_shape,
    _nodule,
    _threshold,
    _bend,
    _chronic,
    _remodelling,
    _course,
    _stated,
    _changed,
)


def _place(cap: Cap) -> tuple[float, float]:
    return cap.s_mm.low, cap.s_mm.high


def _extent(occlusion: Occlusion) -> tuple[float, float]:
    return occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best


def _at_least(values: npt.NDArray[np.float64], cut: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.nan_to_num(values, nan=-1.0) >= cut)


def _flags_of_runs(
    code: str, text: str, rows: npt.NDArray[np.bool_], sections: VesselSections, shortest_mm: float
) -> tuple[Flag, ...]:
    found = (run for run in runs(rows) if (run[1] - run[0]) * SECTION_STEP_MM >= shortest_mm)
    return tuple(Flag(code, text, (float(sections.s_mm[a]), float(sections.s_mm[b - 1]))) for a, b in found)
