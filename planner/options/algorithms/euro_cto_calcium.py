"""EuroCTO Club algorithm for heavily calcified occlusions (docs/clinical.md C.8)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of

HEAVY = is_one_of("heavy_calcium", True)

ALGORITHM = AlgorithmTable(
    id="euro-cto-calcium",
    name="EuroCTO Club, heavily calcified CTO",
    order=70,
    source="Mashayekhi K et al., EuroCTO Club expert review on heavily calcified CTO",
    year=None,
    mark="S003",
    note="Crossing, then preparation. Dual injection; CT where available.",
    options=(
        OptionRow(
            "intraplaque-first",
            "Heavy calcium",
            "Crossing inside the plaque is preferred first: antegrade or retrograde wire escalation.",
            ((HEAVY,),),
            reasons_for=(Reason("Keeps all ways of calcium modification open.", (HEAVY,)),),
            caution="Tip deformation of microcatheters and wire entrapment.",
            mark="S003",
        ),
        OptionRow(
            "dissection-second",
            "Intraplaque crossing fails",
            "Dissection re-entry, antegrade or retrograde, as second line.",
            mark="S003",
            caution="Outside the plaque calcium preparation is limited: rotational, orbital, laser and high pressure "
            "are to be avoided.",
        ),
        OptionRow(
            "impenetrable-cap",
            "The wire cannot cross the cap",
            "Stiffer wires; more support (Amplatz guide, guide extension, anchoring, trapping); move the cap (BASE, "
            "scratch-and-go, "
            "side-BASE); Carlino; lithotripsy in a side branch; retrograde.",
            reasons_for=(Reason("Calcium lies at the proximal cap.", (is_one_of("cap_calcified", True),)),),
            mark="S003",
        ),
        OptionRow(
            "uncrossable",
            "Wire across, no low-profile balloon or microcatheter",
            "In steps, inside the plaque: guide support, balloons under 1.5 mm, guide extension, anchoring, screwable "
            "microcatheter, "
            "balloon-assisted microdissection, rotational, orbital or laser atherectomy. Outside the plaque: antegrade (BASE, "
            "side-BASE, power knuckle) or retrograde dissection re-entry.",
            caution="After extraplaque crossing rotational, orbital, laser and high-pressure balloons are to be avoided there.",
            mark="S003",
        ),
        OptionRow(
            "preparation",
            "Crossed",
            "Non-compliant balloon 1:1; check full expansion in two views; IVUS before stenting.",
            mark="S003",
        ),
        OptionRow(
            "undilatable",
            "The balloon does not expand (dog-boning)",
            "Non-compliant balloon under 30 atm (undersized or shorter), very high-pressure balloon 40 to 50 atm, lithotripsy, "
            "rotational or orbital atherectomy, ideally after IVUS confirms an intraplaque position.",
            caution="Coronary lithotripsy balloons are sized 1:1 to the IVUS reference diameter.",
            mark="S003",
        ),
        OptionRow(
            "ivus-class",
            "IVUS calcium class",
            "Superficial concentric, intraplaque: atherectomy, cutting, scoring or high pressure, lithotripsy. Deep "
            "concentric: only if "
            "the lumen is compromised. Eccentric or nodular: harder.",
            reasons_against=(
                Reason("CT proposes eccentric or nodular calcium: caution.", (is_one_of("calcium_one_sided", True),)),
            ),
            mark="S003",
        ),
    ),
)
