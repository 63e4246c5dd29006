"""All total occlusions on CT of a tree, each in numbers (docs/clinical.md B.1 to B.7)."""

import math
from dataclasses import dataclass, replace

import numpy as np

from planner.bends import bend_inside
from planner.calibre import Reference, attenuation_gradient, landing_zone, reference
from planner.cap_fit import DECIDED, CapFit, CapSearch, cap_fit
from planner.cap_marks import placed_mm, with_marked_ends, with_stated_shape
from planner.interruptions import SHORTEST_MM, Interruption, interruptions
from planner.lumen_walk import LumenWalk, lumen_walk
from planner.occluded_wall import enhancement, remodelling
from planner.occlusion import ZONES, Cap, Occlusion, ZoneCalcium, zone_of
from planner.occlusion_flags import flags_of
from planner.plan import Plan
from planner.same_occlusion import without_repeats
from planner.side_branches import LEFT_MAIN_PARTNER, own_from_mm, parent_of, side_branches
from planner.tortuosity import tortuosity
from planner.total_or_subtotal import total_or_subtotal
from planner.zones import zone_calcium
from recon.bend_volume import calcium_volume_factor
from recon.estimate import Estimate, FloatArray
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Course, Tree, Vessel

HIDDEN_CSA_PCT = 90.0
HIDDEN_NEAR_MM = 1.0
AMBIGUOUS_MM = 3.0
"""A cap whose interval is wider is ambiguous on CT (app setting)."""
FLUSH_MM = 1.0
"""A cap this close to the surface of the parent lumen has no stump (app setting)."""
OSTIAL_MM = 3.0
"""A cap this close to the origin of its vessel is ostial (app setting)."""
TAPER_CLEAR_MM, BLUNT_CLEAR_MM = 4.0, 1.0
SHARED_SLACK_MM = 2.0


@dataclass(frozen=True, eq=False)
class _Scene:
    """What is known when one vessel is looked at."""

    tree: Tree
    vessel: Vessel
    sections: dict[str, VesselSections]
    own: VesselSections
    physics: ScanPhysics
    walk: LumenWalk
    plan: Plan


def find_occlusions(
    tree: Tree, sections: dict[str, VesselSections], physics: ScanPhysics | None, plan: Plan
) -> tuple[Occlusion, ...]:
    """Total occlusions on CT on every measured vessel; a person's caps in the plan win over the found ones.

    An occlusion of a part that two lines share is given once.
    """
    found: list[Occlusion] = []
    for vessel in tree.vessels:
        own = sections.get(vessel.name)
        if own is None or physics is None or len(own.axis_s_mm) < 2:
            continue
        walk = lumen_walk(own, physics, vessel.bridged_mm, own_from_mm(tree, vessel))
        scene = _Scene(tree, vessel, sections, own, physics, walk, plan)
        found += _on_vessel(scene, with_marked_ends(vessel, interruptions(walk, own, physics, _is_branch(vessel)), plan))
    return _named(without_repeats(tuple(found), tree), sections, plan)


def _is_branch(vessel: Vessel) -> bool:
    return vessel.parent is not None and vessel.name not in LEFT_MAIN_PARTNER


def _on_vessel(scene: _Scene, ends: tuple[Interruption, ...]) -> list[Occlusion]:
    return [_occlusion(scene, one, ends) for one in ends]


def _occlusion(scene: _Scene, ends: Interruption, all_ends: tuple[Interruption, ...]) -> Occlusion:
    line, vessel = scene.vessel.centerline, scene.vessel
    proximal, distal = _caps_in_order(scene, ends, all_ends)
    start, end = proximal.s_mm.best, distal.s_mm.best
    courses = _courses(vessel, start, end)
    bend = bend_inside(line, proximal.s_mm, distal.s_mm, courses)
    branches = side_branches(scene.tree, vessel, scene.sections, start, end)
    before, after = _reference(scene.own, proximal, "proximal"), _reference(scene.own, distal, "distal")
    points = line.at(np.array([start, end]))[0]
    length, winding = _between(proximal.s_mm, distal.s_mm), tortuosity(line, start, end)
    gradient = attenuation_gradient(scene.own, end)
    occlusion = Occlusion(
        id="",
        vessel=vessel.name,
        scct_segment=_segment(vessel, start),
        proximal_cap=proximal,
        distal_cap=distal,
        length_mm=length,
        chord_mm=float(np.linalg.norm(points[1] - points[0])),
        max_bend_deg=bend.angle_deg,
        bend_s_mm=bend.s_mm,
        side_branches=branches,
        calcium={},
        landing_zone=landing_zone(scene.own, end, branches),
        reference_diameter_proximal_mm=before.lumen_mm,
        reference_diameter_distal_mm=after.lumen_mm,
        flags=(),
        bend_by_arm_deg=bend.by_arm_deg,
        course_probabilities=tuple(c.probability for c in courses),
        reference_wall_diameter_proximal_mm=before.wall_mm,
        reference_wall_diameter_distal_mm=after.wall_mm,
        attenuation_gradient_hu_per_10_mm=gradient,
        bends_before_mm_deg=winding.bends_before_mm_deg,
        is_ostial=start - _origin_mm(scene, start) <= OSTIAL_MM,
        reference_s_mm=(before.s_mm, after.s_mm),
        tortuosity=winding,
        remodelling=remodelling(scene.own, start, end, before.wall_mm),
        enhancement=enhancement(scene.own, start, end, scene.physics),
        total_or_subtotal=total_or_subtotal(length, (start, end), gradient),
        in_stent=_in_stent(scene, start, end),
    )
    return replace(occlusion, calcium=_calcium(occlusion, scene.own, calcium_volume_factor(line, scene.own)))


def _in_stent(scene: _Scene, start_mm: float, end_mm: float) -> bool | None:
    """Whether a reader marked a stent between the caps, else what the operator stated."""
    own = scene.own
    if own.stent.size == own.s_mm.size and own.stent[(own.s_mm >= start_mm) & (own.s_mm <= end_mm)].any():
        return True
    return scene.plan.facts.in_stent


def _caps_in_order(scene: _Scene, ends: Interruption, all_ends: tuple[Interruption, ...]) -> tuple[Cap, Cap]:
    """Both caps; where their fits cross, as they may on a short occlusion, each stays where the walk saw its end."""
    fitted = tuple(_cap(scene, ends, which, all_ends) for which in ("proximal", "distal"))
    if fitted[1].s_mm.best - fitted[0].s_mm.best >= SHORTEST_MM:
        return fitted[0], fitted[1]
    around = (ends.proximal_mm, ends.distal_mm)
    return _moved(scene, fitted[0], around[0]), _moved(scene, fitted[1], around[1])


def _moved(scene: _Scene, cap: Cap, s_mm: Estimate) -> Cap:
    point = scene.vessel.centerline.at(s_mm.best)[0]
    wide = Estimate(min(s_mm.low, cap.s_mm.low), s_mm.best, max(s_mm.high, cap.s_mm.high))
    return replace(
        cap,
        s_mm=_inside(wide, scene.vessel),
        point_mm=(float(point[0]), float(point[1]), float(point[2])),
        ambiguous_on_ct=True,
    )


def _courses(vessel: Vessel, start_mm: float, end_mm: float) -> tuple[Course, ...]:
    """The vessel's courses that run through this occlusion, of one bridged range only: the one it shares most with."""
    shared: dict[tuple[float, float] | None, list[Course]] = {}
    for course in vessel.courses:
        shared.setdefault(course.way_mm, []).append(course)

    def overlap_mm(courses: list[Course]) -> float:
        first, last = sorted(float(s) for s in vessel.centerline.locate(courses[0].points_mm[[0, -1]])[0])
        return min(last, end_mm) - max(first, start_mm)

    best = max(shared.values(), key=overlap_mm, default=[])
    return tuple(best) if best and overlap_mm(best) > 0 else ()


def _cap(scene: _Scene, ends: Interruption, which: str, all_ends: tuple[Interruption, ...]) -> Cap:
    around = ends.proximal_mm if which == "proximal" else ends.distal_mm
    middle = (ends.proximal_mm.best + ends.distal_mm.best) / 2
    search = CapSearch(around, which, middle, _origin_mm(scene, around.best))
    fit = cap_fit(scene.walk, scene.own, scene.physics, search)
    placed = placed_mm(scene.vessel, which, scene.plan)
    is_marked = placed is not None and math.isclose(around.best, placed)
    s_mm = around if is_marked else _inside(_with_inner(fit.s_mm, which, ends), scene.vessel)
    hidden = _hidden(scene.own, s_mm.best)
    ambiguous = s_mm.high - s_mm.low > AMBIGUOUS_MM or hidden
    shape, state = _shape(scene, fit, s_mm.best, which), "auto"
    point = scene.vessel.centerline.at(s_mm.best)[0]
    cap = Cap(
        s_mm=s_mm,
        point_mm=(float(point[0]), float(point[1]), float(point[2])),
        morphology=shape,
        morphology_state=state,
        taper_index=fit.taper_index,
        ambiguous_on_ct=ambiguous,
        hidden_by_calcium=hidden,
        tapered_probability=fit.tapered_probability if fit.taper_index is not None and shape != "flush" else None,
    )
    longest = max(all_ends, key=lambda e: e.distal_mm.best - e.proximal_mm.best)
    return with_stated_shape(scene.vessel, cap, which, scene.plan, is_marked or (placed is None and ends is longest))


def _with_inner(s_mm: Estimate, which: str, ends: Interruption) -> Estimate:
    """The cap's interval, led on to where the cap is when pieces that are not certain do not belong to the occlusion."""
    if ends.inner_mm is None:
        return s_mm
    proximal, distal = ends.inner_mm
    if which == "proximal":
        return Estimate(s_mm.low, s_mm.best, max(s_mm.high, proximal))
    return Estimate(min(s_mm.low, distal), s_mm.best, s_mm.high)


def _inside(s_mm: Estimate, vessel: Vessel) -> Estimate:
    """The estimate cut to the line."""
    low, best, high = (min(max(v, 0.0), vessel.centerline.length_mm) for v in (s_mm.low, s_mm.best, s_mm.high))
    return Estimate(low, best, high)


def _shape(scene: _Scene, fit: CapFit, s_mm: float, which: str) -> str:
    if which == "proximal" and _is_flush(scene, s_mm):
        return "flush"
    if fit.taper_index is None:
        return "unknown"
    return "tapered" if fit.tapered_probability >= DECIDED else "blunt"


def _is_flush(scene: _Scene, s_mm: float) -> bool:
    """Whether the cap lies within 1 mm of the surface of the lumen (or of the aorta) that the vessel leaves."""
    origin = _origin_mm(scene, s_mm)
    parent = parent_of(scene.tree, scene.vessel)
    if parent is None or origin == 0.0:
        return s_mm <= FLUSH_MM
    measured = scene.sections.get(parent.name)
    area = 0.0
    if measured is not None:
        at, _, _ = parent.centerline.locate(scene.vessel.centerline.at(origin)[0])
        area = float(np.interp(float(at), measured.s_mm, np.nan_to_num(measured.lumen_area_mm2)))
    return s_mm - origin <= math.sqrt(area / math.pi) + FLUSH_MM


def _origin_mm(scene: _Scene, s_mm: float) -> float:
    """Arc position where the vessel that holds `s_mm` begins: after the part shared with its parent, else the start."""
    shared = own_from_mm(scene.tree, scene.vessel)
    return shared if s_mm >= shared - SHARED_SLACK_MM else 0.0


def _hidden(sections: VesselSections, s_mm: float) -> bool:
    near = np.abs(sections.s_mm - s_mm) <= HIDDEN_NEAR_MM
    return bool(near.any()) and float(np.nan_to_num(sections.calcium_csa_pct.best[near]).max()) >= HIDDEN_CSA_PCT


def _reference(sections: VesselSections, cap: Cap, which: str) -> Reference:
    clear = TAPER_CLEAR_MM if cap.morphology == "tapered" else BLUNT_CLEAR_MM
    return reference(sections, cap.s_mm.best, which, clear)


def _between(proximal: Estimate, distal: Estimate) -> Estimate:
    """Length between two caps with independent errors."""
    best = max(distal.best - proximal.best, 0.0)
    less = math.hypot(proximal.high - proximal.best, distal.best - distal.low)
    more = math.hypot(proximal.best - proximal.low, distal.high - distal.best)
    return Estimate(max(best - less, 0.0), best, best + more)


def _segment(vessel: Vessel, s_mm: float) -> int | None:
    return next((s.scct for s in reversed(vessel.segments) if s.start_mm <= s_mm < s.end_mm), None)


def _calcium(occlusion: Occlusion, sections: VesselSections, volume_factor: FloatArray) -> dict[str, ZoneCalcium]:
    zone = zone_of(occlusion, sections.s_mm)
    return {name: zone_calcium(sections, zone == name, volume_factor) for name in ZONES[1:-1]}


def _named(found: tuple[Occlusion, ...], sections: dict[str, VesselSections], plan: Plan) -> tuple[Occlusion, ...]:
    """Occlusions numbered along each vessel, with what belongs to all of a vessel and what readers said."""
    named = []
    for occlusion in found:
        same = [o for o in found if o.vessel == occlusion.vessel]
        occlusion_id = f"{occlusion.vessel}-{same.index(occlusion) + 1}"
        total = _between(same[0].proximal_cap.s_mm, same[-1].distal_cap.s_mm)
        said = {c.subject: c for c in plan.confirmations}
        confirmed = said.get(f"{occlusion_id}:cto")
        one = replace(
            occlusion,
            id=occlusion_id,
            interruptions=len(same),
            total_length_mm=total,
            confirmed_cto=confirmed.accepted if confirmed else None,
        )
        named.append(replace(one, flags=flags_of(one, sections[one.vessel], plan)))
    return tuple(named)
