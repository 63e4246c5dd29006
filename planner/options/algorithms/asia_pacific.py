"""Asia-Pacific CTO Club algorithm (docs/clinical.md C.3)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of, over

CAP = is_one_of("cap_ambiguous", True)
POOR_TARGET = is_one_of("diseased_landing_zone", True)
COLLATERALS = is_one_of("interventional_collaterals", True)
HEAVY = is_one_of("heavy_calcium", True)

ALGORITHM = AlgorithmTable(
    id="asia-pacific",
    name="Asia-Pacific CTO Club",
    order=20,
    source="Harding SA et al., JACC Cardiovasc Interv 2017;10:2135-2143",
    year=2017,
    mark="P",
    note="Three questions decide antegrade or retrograde. Numeric stopping limits were not verified.",
    options=(
        OptionRow(
            "antegrade",
            "Cap clear and distal vessel not poor",
            "Antegrade first.",
            ((is_one_of("cap_ambiguous", False), is_one_of("diseased_landing_zone", False)),),
        ),
        OptionRow(
            "retrograde",
            "Cap ambiguous or distal vessel poor, and collaterals that can be crossed",
            "Retrograde first.",
            ((CAP, COLLATERALS), (POOR_TARGET, COLLATERALS)),
        ),
        OptionRow(
            "ivus-entry",
            "Cap ambiguous",
            "IVUS-guided entry from a side branch.",
            ((CAP,),),
            reasons_for=(Reason("A side branch leaves at the cap.", (is_one_of("side_branch_at_cap", True),)),),
            reasons_against=(Reason("No side branch was found at the cap.", (is_one_of("side_branch_at_cap", False),)),),
            caution="The side branch must be large enough for the catheter.",
        ),
        OptionRow(
            "escalation-or-dissection",
            "Antegrade",
            "Wire escalation or dissection re-entry, chosen from a combination of findings; length alone does not decide.",
            reasons_for=(
                Reason("Towards dissection re-entry: course ambiguous.", (is_one_of("course_ambiguous", True),)),
                Reason("Towards dissection re-entry: severe calcium.", (HEAVY,)),
                Reason("Towards dissection re-entry: tortuosity.", (is_one_of("tortuosity", "moderate", "severe"),)),
                Reason("Towards dissection re-entry: length.", (over("occlusion_length_mm", ">=", 20.0),)),
                Reason("Towards dissection re-entry: previous failure.", (is_one_of("prior_failed_pci", True),)),
            ),
        ),
        OptionRow(
            "knuckle",
            "Heavy calcium",
            "Primary knuckle wiring is an option.",
            ((HEAVY,),),
            caution="Knuckle wires track outside the plaque: later calcium modification is limited there.",
            mark="S003",
        ),
        OptionRow(
            "in-stent",
            "In-stent occlusion",
            "A blunt dissection catheter is an option for occlusive in-stent restenosis.",
            ((is_one_of("in_stent", True),),),
        ),
        OptionRow("wire-fails", "First antegrade wire fails", "Parallel wire, or device-based re-entry."),
        OptionRow(
            "last", "Late in the case", "IVUS-guided wiring and limited subintimal tracking come last; stop by explicit rules."
        ),
        OptionRow(
            "proctor",
            "J-CTO 2 or more",
            "The club suggests help from a proctor.",
            ((is_one_of("j_cto_2_or_more", True),),),
            source="apcto.club",
        ),
    ),
)
