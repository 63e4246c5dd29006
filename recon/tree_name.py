"""From ways to named vessels: main vessels chosen, side branches cut at their forks, each named by a table of rules."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.label import Way, left_pair, rca_score, shared_count

MIN_BRANCH_MM = 6.0
MAX_BRANCH_MM = 115.0
MAX_SUB_BRANCH_MM = 65.0
"""No side branch is longer than this beyond its fork, and no branch of a branch: what is has run on in a vein."""

NAMED_MM = 10.0
"""A shorter piece is numbered and not named: it may be the beginning of anything."""

RAMUS_WITHIN_MM = 9.0
"""A ramus parts this soon: lines of a wide left main run side by side and part before it ends."""

CRUX_BACK_MM = 3.0
CRUX_ARC_MM = 55.0
"""The crux lies at least this far behind the aortic root and this far along; earlier forks of the right coronary are marginal."""

POSTERIOR_SIDE_MM = -15.0
POSTERIOR_APEX_MM = 20.0
GROOVE_MM = 20.0
CRUX_SIDE_MM = -30.0
"""A circumflex that ends this far past the back of the heart and this far towards the apex has run on into the groove there,
for at least this long. One that ends beyond the last of these has reached the crux."""

CRUX_TAIL_MM = 5.0
"""The right coronary artery goes on this far beyond the origin of its posterior descending branch."""


@dataclass(frozen=True, eq=False)
class Named:
    """A vessel as a piece of a way: cells from the fork (or the ostium) to the end; the first `shared` belong to the parent."""

    name: str
    way: Way
    parent: str | None
    shared: int

    @property
    def own_mm(self) -> FloatArray:
        """Points from the fork on."""
        return self.way.points_mm[max(self.shared - 1, 0) :]

    @property
    def own_length_mm(self) -> float:
        """Arc length beyond the fork."""
        return float(np.linalg.norm(np.diff(self.own_mm, axis=0), axis=1).sum())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a rule looks at, in the heart frame (apex, back, side): where a branch goes from its fork and where it ends."""

    heading_side: float
    end_apex: float
    end_back: float
    end_side: float
    fork_back: float
    fork_side: float
    from_lm_mm: float


RULES: tuple[tuple[str, str, Callable[[_Shape], bool]], ...] = (
    ("LAD", "RI", lambda b: b.from_lm_mm < RAMUS_WITHIN_MM and b.heading_side > -0.3),
    ("LAD", "S", lambda b: b.heading_side < -0.5),
    ("LAD", "D", lambda b: True),
    ("LCx", "RI", lambda b: b.from_lm_mm < RAMUS_WITHIN_MM and b.end_back < 40.0),
    ("LCx", "L-PDA", lambda b: b.fork_side < -22.0 and b.end_side < -26.0 and b.end_back < 42.0),
    ("LCx", "L-PLB", lambda b: b.fork_side < 0.0 or b.end_side < -22.0),
    ("LCx", "OM", lambda b: b.end_apex > 20.0),
    ("RCA", "R-PDA", lambda b: b.fork_back > CRUX_BACK_MM and b.end_apex > 15.0),
    ("RCA", "AM", lambda b: b.end_apex > 4.0),
)
"""(parent, stem, rule): the first rule that holds names the branch; branches no rule fits are numbered."""

NUMBERED = {"D": 2, "OM": 2, "S": 1}
"""Stems that carry a number, with the highest number that has a name of its own."""


def main_ways(left: list[Way], right: list[Way]) -> dict[str, Way]:
    """The ways of RCA, LAD and LCx, as far as there are any."""
    lad, lcx = left_pair(left)
    rca = max(right, key=rca_score, default=None)
    return {n: w for n, w in (("RCA", rca), ("LAD", lad), ("LCx", lcx)) if w is not None}


def named_ways(left: list[Way], right: list[Way]) -> tuple[Named, ...]:
    """Every way cut at its fork and named; main vessels first."""
    mains = main_ways(left, right)
    named = [Named(n, w, None, 0) for n, w in mains.items()]
    if "RCA" in mains:
        named = _cut_at_crux(named, right)
    named = _cut_before_groove(named)
    taken = {id(w) for w in mains.values()}
    branches: list[Named] = []
    for way in sorted((w for w in left + right if id(w) not in taken), key=lambda w: -w.length_mm):
        parent = max(named + branches, key=lambda v: _shared_with(v, way))
        branch = Named("", way, parent.name, _shared_with(parent, way))
        longest = MAX_BRANCH_MM if parent.parent is None else MAX_SUB_BRANCH_MM
        if branch.shared > 0 and MIN_BRANCH_MM <= branch.own_length_mm <= longest and len(branch.way.cells) > branch.shared + 2:
            branches.append(Named(f"#{len(branches)}", way, parent.name, branch.shared))
    return tuple(named + _with_names(named, branches))


def _shared_with(vessel: Named, way: Way) -> int:
    """How many first cells of `way` run on the vessel itself; 0 when they part before the vessel begins."""
    count = min(shared_count(vessel.way, way), len(vessel.way.cells))
    return count if count >= vessel.shared else 0


def _cut_at_crux(named: list[Named], right: list[Way]) -> list[Named]:
    """The right coronary artery ended after its last fork at the crux; what goes on is its posterolateral branch."""
    rca = next(v for v in named if v.name == "RCA")
    forks = [(shared_count(rca.way, w), w) for w in right if w is not rca.way]
    at_crux = []
    for count, way in forks:
        fork = rca.way.local_mm[max(count - 1, 0)]
        beyond = min(_length(way.points_mm[count:]), _length(rca.way.points_mm[count:]))
        if fork[1] > CRUX_BACK_MM and _length(rca.way.points_mm[:count]) > CRUX_ARC_MM and beyond > 12.0:
            at_crux.append((count, way))
    if not at_crux:
        return named
    count, other = min(at_crux, key=lambda f: (f[0], -f[1].length_mm))
    tail, pda = (rca.way, other) if rca.way.end[1] >= other.end[1] else (other, rca.way)
    step = max(float(np.linalg.norm(np.diff(tail.points_mm, axis=0), axis=1).mean()), 1e-3)
    cut = min(count + int(CRUX_TAIL_MM / step), len(tail.cells) - 3)
    trunk = tail.first(cut)
    rest = [v for v in named if v.name != "RCA"]
    return [Named("RCA", trunk, None, 0), *rest, Named("R-PLB", tail, "RCA", cut), Named("R-PDA", pda, "RCA", count)]


def _cut_before_groove(named: list[Named]) -> list[Named]:
    """The circumflex ended where it turns from the base into the posterior groove; what goes on is its descending branch."""
    lcx = next((v for v in named if v.name == "LCx"), None)
    if lcx is None or lcx.way.end[2] > POSTERIOR_SIDE_MM or lcx.way.end[0] < POSTERIOR_APEX_MM:
        return named
    behind = np.flatnonzero(lcx.way.local_mm[:, 2] < POSTERIOR_SIDE_MM)
    turn = int(behind[np.argmin(lcx.way.local_mm[behind, 0])])
    if turn < 3 or _length(lcx.way.points_mm[turn:]) < GROOVE_MM:
        return named
    rest = [v for v in named if v is not lcx]
    return [*rest, Named("LCx", lcx.way.first(turn), None, 0), Named("L-PDA", lcx.way, "LCx", turn)]


def _length(points: FloatArray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()) if len(points) > 1 else 0.0


def _with_names(named: list[Named], branches: list[Named]) -> list[Named]:
    """Names by the rules, numbered along each parent; a name is given once."""
    lad = next((v for v in named if v.name == "LAD"), None)
    lcx = next((v for v in named if v.name == "LCx"), None)
    lm_end = shared_count(lad.way, lcx.way) if lad and lcx else None
    used = {v.name for v in named}
    final: dict[str, str] = {}
    result: list[Named] = []
    for branch in sorted(branches, key=lambda b: b.shared):
        is_named = branch.parent in ("LAD", "LCx", "RCA") and branch.own_length_mm >= NAMED_MM
        stem = _stem(branch, lm_end) if is_named else ""
        name = _free_name(stem, used)
        used.add(name)
        final[branch.name] = name
        result.append(Named(name, branch.way, branch.parent, branch.shared))
    return [Named(v.name, v.way, final.get(v.parent or "", v.parent), v.shared) for v in result]


def _free_name(stem: str, used: set[str]) -> str:
    if stem in NUMBERED:
        for number in range(1, NUMBERED[stem] + 1):
            if f"{stem}{number}" not in used:
                return f"{stem}{number}"
    elif stem and stem not in used:
        return stem
    number = 1
    while f"B{number}" in used:
        number += 1
    return f"B{number}"


def _stem(branch: Named, lm_end: int | None) -> str:
    local = branch.way.local_mm
    fork = local[max(branch.shared - 1, 0)]
    own = local[branch.shared :]
    heading = own[: max(3, min(len(own), 50))].mean(axis=0) - fork
    after_lm = _length(branch.way.points_mm[lm_end : branch.shared]) if lm_end is not None else np.inf
    shape = _Shape(
        float(heading[2] / max(float(np.linalg.norm(heading)), 1e-6)),
        float(branch.way.end[0]),
        float(branch.way.end[1]),
        float(branch.way.end[2]),
        float(fork[1]),
        float(fork[2]),
        after_lm,
    )
    return next((stem for parent, stem, rule in RULES if parent == branch.parent and rule(shape)), "")


def reaches_crux(named: tuple[Named, ...]) -> bool:
    """Whether the circumflex goes round the base as far as the posterior groove."""
    return any(v.name == "LCx" and v.way.end[2] < CRUX_SIDE_MM for v in named)


def dominance(names: set[str], lcx_at_crux: bool = False) -> str:
    """Proposal from which side gives the posterior descending and posterolateral branches (docs/clinical.md E)."""
    if "R-PDA" in names and "L-PLB" in names and "R-PLB" not in names:
        return "balanced"
    if "R-PDA" in names or "R-PLB" in names:
        return "right"
    return "left" if "L-PDA" in names or lcx_at_crux else "unknown"
