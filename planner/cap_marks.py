"""A person's caps on top of the found ones: the mark wins, its state is kept (docs/clinical.md B.1)."""

from dataclasses import replace

from planner.interruptions import Interruption
from planner.occlusion import Cap
from planner.plan import Plan
from recon.estimate import Estimate
from recon.vessels import Vessel

PLACED_MM = 0.5
"""Half width of the interval of a cap that a person placed."""


def with_marked_ends(vessel: Vessel, found: tuple[Interruption, ...], plan: Plan) -> tuple[Interruption, ...]:
    """The interruptions with a person's cap positions put in; two marks on a vessel without interruption make one."""
    marks = ((which, placed_mm(vessel, which, plan)) for which in ("proximal", "distal"))
    placed = {which: s_mm for which, s_mm in marks if s_mm is not None}
    if not placed:
        return found
    if not found:
        return _from_marks(placed)
    changed = list(found)
    for which, s_mm in placed.items():
        distances = [abs(_end(one, which).best - s_mm) for one in found]
        row = distances.index(min(distances))
        changed[row] = _moved(changed[row], which, s_mm)
    return tuple(sorted(changed, key=lambda c: c.proximal_mm.best))


def with_stated_shape(vessel: Vessel, cap: Cap, which: str, plan: Plan, is_marked_one: bool) -> Cap:
    """The cap with the position state and the shape that a person gave it."""
    mark = next((m for m in plan.caps if (m.vessel, m.which) == (vessel.name, which)), None)
    if mark is None or not is_marked_one:
        return cap
    if mark.point_mm is not None:
        cap = replace(cap, position_state=mark.said.state, ambiguous_on_ct=False)
    if mark.morphology is not None:
        cap = replace(cap, morphology=mark.morphology, morphology_state=mark.said.state, tapered_probability=None)
    return cap


def placed_mm(vessel: Vessel, which: str, plan: Plan) -> float | None:
    """Arc position of a person's cap of this side on this vessel."""
    point = next((m.point_mm for m in plan.caps if (m.vessel, m.which) == (vessel.name, which) and m.point_mm), None)
    return None if point is None else float(vessel.centerline.locate(point)[0])


def _end(interruption: Interruption, which: str) -> Estimate:
    return interruption.proximal_mm if which == "proximal" else interruption.distal_mm


def _moved(found: Interruption, which: str, s_mm: float) -> Interruption:
    """The interruption with one end moved; the other end stays unless the mark passes it."""
    place = Estimate.around(s_mm, PLACED_MM, floor=0.0)
    if which == "proximal":
        distal = found.distal_mm if found.distal_mm.best > s_mm else place
        return Interruption(place, distal)
    proximal = found.proximal_mm if found.proximal_mm.best < s_mm else place
    return Interruption(proximal, place)


def _from_marks(placed: dict[str, float]) -> tuple[Interruption, ...]:
    if set(placed) != {"proximal", "distal"} or placed["proximal"] >= placed["distal"]:
        return ()
    ends = [Estimate.around(placed[which], PLACED_MM, floor=0.0) for which in ("proximal", "distal")]
    return (Interruption(ends[0], ends[1]),)
