"""Global CTO crossing algorithm, ten steps (docs/clinical.md C.5)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of

CAP = is_one_of("cap_ambiguous", True)
COLLATERALS = is_one_of("interventional_collaterals", True)

ALGORITHM = AlgorithmTable(
    id="global",
    name="Global CTO crossing algorithm",
    order=40,
    source="Wu EB et al., J Am Coll Cardiol 2021;78:840-853",
    year=2021,
    mark="P",
    note="In a registry of 13,852 procedures 70 % followed it; technical success 87.9 against 85.6 %, perforation 4.1 "
    "against 6.1 %.",
    options=(
        OptionRow(
            "1-dual-injection",
            "Always",
            "Dual angiography; not needed when only ipsilateral collaterals fill the distal vessel, nor in a flush "
            "aorto-ostial "
            "occlusion. Triple injection is possible after CABG.",
        ),
        OptionRow("2-review", "Always", "Review cap, segment, distal vessel and collaterals with care."),
        OptionRow(
            "3-cap",
            "Proximal cap ambiguous",
            "IVUS, retrograde, or move-the-cap techniques.",
            ((CAP,),),
            reasons_for=(Reason("For IVUS: a side branch leaves at the cap.", (is_one_of("side_branch_at_cap", True),)),),
        ),
        OptionRow("4a-target", "Distal vessel poor", "Retrograde.", ((is_one_of("diseased_landing_zone", True),),)),
        OptionRow(
            "4b-bifurcation",
            "Bifurcation at the distal cap",
            "Dual-lumen catheter and IVUS.",
            ((is_one_of("bifurcation_at_distal_cap", True),),),
        ),
        OptionRow(
            "5-retrograde-feasible",
            "Graft, septal or epicardial channel that can be crossed",
            "Retrograde crossing is feasible.",
            ((COLLATERALS,), (is_one_of("graft_on_target", True),)),
        ),
        OptionRow(
            "6-antegrade",
            "Cap clear",
            "Antegrade wiring strategies.",
            ((is_one_of("cap_ambiguous", False),),),
        ),
        OptionRow(
            "7-retrograde-dissection",
            "Retrograde approach, severe calcium",
            "Retrograde dissection re-entry rather than retrograde wiring.",
            ((COLLATERALS, is_one_of("heavy_calcium", True)),),
            mark="S003",
        ),
        OptionRow("8-change", "No progress", "Change the strategy."),
        OptionRow("9-investment", "Crossing fails", "Consider an investment procedure."),
        OptionRow(
            "10-stop",
            "High radiation or contrast, long time, serious complication, fatigue, lack of expertise or kit",
            "Stop.",
            caution="Limits used elsewhere, unverified: over 3 h, contrast over 3.7 x eGFR, air kerma over 5 Gy "
            "without progress.",
        ),
    ),
)
