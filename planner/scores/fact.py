"""A fact a score reads: a measured number, a word or yes/no, with what its uncertainty allows and where it was seen."""

from dataclasses import dataclass, replace

from planner.zones import FULL_MOON_ARC_DEG, FULL_MOON_CSA_PCT
from recon.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Fact:
    """`value` None = unknown. `possible`: the words the evidence allows (empty = only `value`); `chance` is that of it.

    `state`: auto, edited, confirmed (on the images) or stated (typed in).
    """

    value: Estimate | bool | str | None
    possible: tuple[str | bool, ...] = ()
    chance: float | None = None
    state: str = "stated"
    evidence_s_mm: tuple[float, float] | None = None
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self.value is not None

    @property
    def words(self) -> tuple[str | bool, ...]:
        """Every word this fact may turn out to be."""
        if self.possible:
            return self.possible
        return (self.value,) if isinstance(self.value, str | bool) else ()


UNKNOWN = Fact(None)

Facts = dict[str, Fact]
"""Keys as in the output contract, plus `strategy`; an absent key is unknown."""


def with_full_moon(facts: Facts) -> Facts:
    """The facts with `full_moon` completed from area and arc where no reader has settled it (docs/clinical.md A.8).

    A reader's yes counts; a reader's no on the marked proposal (state confirmed) counts; otherwise the numbers decide, and a
    section that meets the digital rule short of 100 % leaves both readings open.
    """
    stated = facts.get("full_moon", UNKNOWN)
    csa, arc = facts.get("calcium_csa_pct", UNKNOWN), facts.get("calcium_arc_deg", UNKNOWN)
    if stated.value is True or (stated.value is False and stated.state == "confirmed"):
        return facts
    if not isinstance(csa.value, Estimate) or not isinstance(arc.value, Estimate):
        excluded = (isinstance(csa.value, Estimate) and csa.value.high < FULL_MOON_CSA_PCT) or (
            isinstance(arc.value, Estimate) and arc.value.high < FULL_MOON_ARC_DEG
        )
        return {**facts, "full_moon": _settled(False, csa)} if excluded and not stated.is_known else facts
    return {**facts, "full_moon": _from_numbers(csa, csa.value, arc.value, stated)}


def _from_numbers(csa: Fact, csa_pct: Estimate, arc_deg: Estimate, stated: Fact) -> Fact:
    if csa_pct.high < FULL_MOON_CSA_PCT or arc_deg.high < FULL_MOON_ARC_DEG:
        return stated if stated.is_known else _settled(False, csa)
    filled = csa_pct.best >= 100 and arc_deg.best >= 360 and not stated.is_known
    surely = filled and csa_pct.low >= FULL_MOON_CSA_PCT and arc_deg.low >= FULL_MOON_ARC_DEG
    note = (
        f"Full moon proposed: area {csa_pct.best:.0f} %, arc {arc_deg.best:.0f} deg "
        f"(rule: at least {FULL_MOON_CSA_PCT:.0f} % and {FULL_MOON_ARC_DEG:.0f} deg); a reader confirms."
    )
    base = stated if stated.is_known else csa
    return replace(base, value=filled, possible=(True,) if surely else (False, True), chance=None, note=note)


def _settled(value: bool, like: Fact) -> Fact:
    return replace(like, value=value, possible=(), chance=None, note="From calcium area and arc.")
