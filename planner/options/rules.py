"""Thirteen rules from calcium on CT to text (docs/clinical.md C.9)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of, over

HEAVY = is_one_of("heavy_calcium", True)
HAN = "Han & McEntegart, severe calcification in CTO (S002)"
EURO = "Mashayekhi et al., EuroCTO Club expert review (S003)"
BOTH = "S002 and S003"

RULES = AlgorithmTable(
    id="calcium-rules",
    name="Calcium on CT",
    order=0,
    source=BOTH,
    year=None,
    mark="S002",
    options=(
        OptionRow(
            "1",
            "Calcium at the proximal cap",
            "Expect to need more guide or extension support, early escalation to wires of higher tip load, cap-moving "
            "techniques "
            "(BASE, side-BASE, scratch-and-go) or a retrograde approach.",
            ((is_one_of("cap_calcified", True),),),
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "2",
            "Cap ambiguous on angiography, located on CT",
            "The CT position of the cap can be shown; IVUS needs a side branch large enough for its catheter.",
            ((is_one_of("cap_ambiguous", True), is_one_of("cap_ambiguous_on_ct", False)),),
            reasons_for=(Reason("A side branch leaves at the cap.", (is_one_of("side_branch_at_cap", True),)),),
            caution="The CT position has the stated uncertainty.",
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "3",
            "A wire of high tip load would run through the segment",
            "De-escalate or knuckle after the cap.",
            reasons_against=(Reason("The course is ambiguous.", (is_one_of("course_ambiguous", True),)),),
            caution="Caution, above all where the course of the vessel is ambiguous; resistant calcium may turn the "
            "wire extraplaque.",
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "4",
            "Long or tortuous, heavily calcified",
            "Polymer-jacketed or knuckle wires track extraplaque within the vessel.",
            (
                (HEAVY, over("occlusion_length_mm", ">=", 20.0)),
                (HEAVY, is_one_of("tortuosity", "moderate", "severe")),
                (HEAVY, over("bend_deg", ">", 45.0)),
            ),
            caution="Avoid very high-pressure inflation: large, non-focal perforations.",
            source=EURO,
            mark="S003",
        ),
        OptionRow(
            "5",
            "Heavy calcium",
            "Crossing inside the plaque is the preferred first strategy; decide on modification after IVUS of the track.",
            ((HEAVY,),),
            caution="Tip deformation of the microcatheter, wire entrapment.",
            source=BOTH,
            mark="S003",
        ),
        OptionRow(
            "6",
            "Landing zone calcified",
            "Re-entry by antegrade dissection is likely harder.",
            ((is_one_of("landing_calcified", True),),),
            caution="Delivery of a re-entry balloon may need predilatation of the extraplaque space.",
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "7",
            "Landing zone without calcium",
            "A large, calcium-free distal vessel makes antegrade dissection re-entry easier; see the calcium-free "
            "runs and diameters.",
            ((is_one_of("landing_calcified", False),),),
            source=EURO,
            mark="S003",
        ),
        OptionRow(
            "8",
            "Crossed inside the plaque",
            "Prepare as in non-occlusive disease.",
            caution="Check by IVUS for injury from crossing; staged completion after healing is possible.",
            source=BOTH,
            mark="S002",
        ),
        OptionRow(
            "9",
            "Crossed outside the plaque",
            "Cautious, limited modification.",
            caution="All devices: less effect, more perforation; wire bias, most of all with rotational atherectomy; "
            "pressures kept low "
            "(S003 writes under 14 atm); a burr under 1.5 mm only at the transition. Lithotripsy: in theory safer, "
            "effect uncertain (S002), "
            "first experience favourable (S003), perforations described.",
            source=BOTH,
            mark="S003",
        ),
        OptionRow(
            "10",
            "Eccentric or nodular calcium",
            "Judge the wire's bias on IVUS. Eccentric expansion is expected and alone not linked to outcome: once the "
            "area is adequate, "
            "symmetry is not an aim.",
            ((is_one_of("calcium_one_sided", True),),),
            caution="Perforation or rupture with aggressive post-dilatation.",
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "11",
            "Prior CABG",
            "Expect a calcified distal cap and more calcium.",
            ((is_one_of("prior_cabg", True),),),
            caution="Lower success.",
            source=BOTH,
            mark="S003",
        ),
        OptionRow(
            "12",
            "Severe calcium with high-risk features",
            "An investment procedure, then staged completion, is an option.",
            ((HEAVY,),),
            source=HAN,
            mark="S002",
        ),
        OptionRow(
            "13",
            "Intravascular imaging during crossing",
            "IVUS is preferred to OCT.",
            caution="The contrast pressure of OCT may extend a dissection.",
            source=BOTH,
            mark="S003",
        ),
    ),
)
