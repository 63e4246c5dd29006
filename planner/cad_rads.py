"""CAD-RADS 2.0 category of the report, as far as this program can know it (docs/clinical.md F.1)."""

from dataclasses import dataclass

from planner.occlusion import Occlusion
from planner.plan import Plan

SOURCE = "CAD-RADS 2.0 (2022)"


@dataclass(frozen=True, slots=True)
class CadRads:
    """The category with its modifiers; `category` None = not assigned by this program."""

    category: str | None
    modifiers: tuple[str, ...]
    text: str
    source: str = SOURCE


def cad_rads(occlusions: tuple[Occlusion, ...], plan: Plan) -> CadRads:
    """Category 5 when a total occlusion was found; stenoses below that are not graded here, plaque burden neither.

    Modifiers: S in-stent, as stated or marked, and G graft, as stated; high-risk plaque needs two features and a reader.
    """
    if not occlusions:
        return CadRads(None, (), "No total occlusion found; stenosis is not graded by this program.")
    in_stent = plan.facts.in_stent or any(o.in_stent for o in occlusions)
    stated = (("S", in_stent), ("G", plan.facts.graft_on_target))
    modifiers = tuple(letter for letter, holds in stated if holds)
    category = "/".join(("CAD-RADS 5", *modifiers))
    open_words = "plaque burden (P) and high-risk plaque (HRP) are for the reader"
    return CadRads("5", modifiers, f"{category}: total occlusion on CT; {open_words}. It does not grade CTO difficulty.")
